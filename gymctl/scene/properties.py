"""The table from a property of an actor, as domain randomisation names it, to the fields of a model."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import mujoco
import numpy as np

from gymctl.core.errors import InputError, suggest
from gymctl.scene.blocks import Block, find_block, list_roots
from gymctl.scene.spherical import dof_of, find_stops

_TYPES = mujoco.mjtJoint


class Entries(NamedTuple):
    """Entries of one model field that follow samples."""

    field: str
    """Name in `MjModel`."""
    rows: np.ndarray
    """Which bodies, geoms, joints … ``[n]``."""
    samples: np.ndarray
    """Which sample each of them follows ``[n]``."""
    element: int | None = None
    """Which element of a row, where rows are vectors."""
    unit: float | np.ndarray = 1.0
    """What one of the property is in the field, of each entry or of all: -1 where the field holds its negative."""
    power: int = 1
    """The power of the factor by which it is scaled."""


@dataclass(frozen=True)
class Fields:
    """Where a property is written to."""

    num_samples: int
    """How many are drawn for a world."""
    entries: list[Entries]
    lowest: float = 0.0
    """Values below are set to this."""
    reference: Literal["each", "first", "one"] = "each"
    """What samples change: each entry; or the first ones or 1, and then all entries are scaled in proportion."""
    derived: bool = False
    """Whether MuJoCo derives constants from them."""


def find_actor(model: mujoco.MjModel, name: str, *, alone: bool) -> Block:
    """Finds the actor that a config names.

    An actor is the tree whose root body has its name. A model's only tree is also what any single name means, since
    Isaac Gym's names of actors are not those of bodies.

    Args:
        model: The model.
        name: The actor's name.
        alone: Whether it is the only actor that the config names.

    Raises:
        InputError: There is no such actor.
    """
    roots = list_roots(model)
    if name in roots:
        return find_block(model, roots[name])
    if len(roots) == 1 and alone:
        return replace(find_block(model, *roots.values()), name=name)
    known = f"the actors are {', '.join(roots)}" if len(roots) > 1 else "there is one actor only: name no other"
    guess = suggest(name, roots)
    raise InputError(
        f"task.task.randomization_params.actor_params.{name} is no actor of the task",
        f"{guess} {known}" if guess else known,
    )


def find_fields(model: mujoco.MjModel, actor: Block, name: str) -> Fields:
    """Finds where a property is written to.

    Args:
        model: The model.
        actor: The actor.
        name: The property, as ``dof_properties.damping`` or ``scale``.

    Raises:
        InputError: The actor has nothing of the kind.
    """
    found = _PROPERTIES[name](model, actor)
    if not any(len(entries.rows) for entries in found.entries):
        raise InputError(
            f"{name} of {actor.name!r} can't be randomised: it has {_MISSING.get(name, 'none')}",
            f"take actor_params.{actor.name}.{name} out of task.task.randomization_params",
        )
    return found


def _mass(model: mujoco.MjModel, actor: Block) -> Fields:
    bodies = actor.bodies[model.body_mass[actor.bodies] > 0]
    each = np.arange(len(bodies))
    inertia = [Entries("body_inertia", bodies, each, element) for element in range(3)]
    entries = [Entries("body_mass", bodies, each), *inertia]
    return Fields(len(bodies), entries, lowest=1e-6, reference="first", derived=True)


def _friction(element: int) -> Callable[[mujoco.MjModel, Block], Fields]:
    def friction(model: mujoco.MjModel, actor: Block) -> Fields:
        geoms = actor.geoms
        return Fields(len(geoms), [Entries("geom_friction", geoms, np.arange(len(geoms)), element)])

    return friction


def _dof(field: str, *, derived: bool = False) -> Callable[[mujoco.MjModel, Block], Fields]:
    def dof(model: mujoco.MjModel, actor: Block) -> Fields:
        return Fields(len(actor.dofs), [Entries(field, actor.dofs, np.arange(len(actor.dofs)))], derived=derived)

    return dof


def _stiffness(model: mujoco.MjModel, actor: Block) -> Fields:
    driven = actor.drives[model.actuator_biasprm[actor.drives, 1] != 0]
    passive = np.setdiff1d(actor.joints, model.actuator_trnid[driven, 0])
    at_drive = _sample_at(model, actor, driven)
    entries = [
        Entries("jnt_stiffness", passive, _sample_of(model, actor, passive)),
        Entries("actuator_gainprm", driven, at_drive, 0),
        Entries("actuator_biasprm", driven, at_drive, 1, unit=-1.0),
    ]
    return Fields(len(actor.dofs), entries)


def _damping(model: mujoco.MjModel, actor: Block) -> Fields:
    biasprm = model.actuator_biasprm[actor.drives]
    driven = actor.drives[(biasprm[:, 1] != 0) & (biasprm[:, 2] != 0)]
    joints = model.actuator_trnid[driven, 0]
    passive = np.setdiff1d(actor.dofs, model.jnt_dofadr[joints])
    entries = [
        Entries("dof_damping", passive, np.searchsorted(actor.dofs, passive)),
        Entries("actuator_biasprm", driven, _sample_at(model, actor, driven), 2, unit=-1.0),
    ]
    return Fields(len(actor.dofs), entries)


def _limit(element: int) -> Callable[[mujoco.MjModel, Block], Fields]:
    def limit(model: mujoco.MjModel, actor: Block) -> Fields:
        joints = actor.joints
        single = model.jnt_type[joints] != _TYPES.mjJNT_BALL.value
        limited = joints[single & model.jnt_limited[joints].astype(bool)]
        stops = find_stops(model)[element::2]
        stops = stops[np.isin(model.actuator_trnid[stops, 0], joints)]
        stiffness = -model.actuator_biasprm[stops, 1]
        entries = [
            Entries("jnt_range", limited, _sample_of(model, actor, limited), element),
            Entries("actuator_biasprm", stops, _sample_at(model, actor, stops), 0, stiffness),
        ]
        return Fields(len(actor.dofs), entries, lowest=-np.inf)

    return limit


def _effort(model: mujoco.MjModel, actor: Block) -> Fields:
    drives = actor.drives[model.actuator_forcelimited[actor.drives].astype(bool)]
    joints = actor.joints[model.jnt_actfrclimited[actor.joints].astype(bool)]
    at_drive = _sample_at(model, actor, drives)
    at_joint = _sample_of(model, actor, joints)
    entries = []
    for element, unit in ((0, -1.0), (1, 1.0)):
        entries.append(Entries("actuator_forcerange", drives, at_drive, element, unit))
        entries.append(Entries("jnt_actfrcrange", joints, at_joint, element, unit))
    return Fields(len(actor.dofs), entries)


def _tendon(field: str) -> Callable[[mujoco.MjModel, Block], Fields]:
    def tendon(model: mujoco.MjModel, actor: Block) -> Fields:
        return Fields(len(actor.tendons), [Entries(field, actor.tendons, np.arange(len(actor.tendons)))])

    return tendon


def _scale(model: mujoco.MjModel, actor: Block) -> Fields:
    kinds = set(model.geom_type[actor.geoms].tolist())
    if unscalable := kinds - {kind.value for kind in _SCALABLE}:
        names = ", ".join(mujoco.mjtGeom(kind).name.removeprefix("mjGEOM_").lower() for kind in sorted(unscalable))
        raise InputError(
            f"scale of {actor.name!r} can't be randomised: all worlds share its geoms of type {names}",
            f"take actor_params.{actor.name}.scale out of task.task.randomization_params",
        )
    slides = actor.joints[model.jnt_type[actor.joints] == _TYPES.mjJNT_SLIDE.value]
    lengths = (
        ("geom_size", actor.geoms, 3, 1),
        ("geom_pos", actor.geoms, 3, 1),
        ("site_pos", actor.sites, 3, 1),
        ("body_pos", actor.bodies[actor.bodies != actor.root], 3, 1),
        ("body_ipos", actor.bodies, 3, 1),
        ("jnt_pos", actor.joints, 3, 1),
        ("jnt_range", slides, 2, 1),
        ("body_inertia", actor.bodies, 3, 5),
    )
    entries = [Entries("body_mass", actor.bodies, _first(actor.bodies), power=3)]
    for field, rows, size, power in lengths:
        entries += [Entries(field, rows, _first(rows), element, power=power) for element in range(size)]
    return Fields(1, entries, lowest=0.01, reference="one", derived=True)


def _first(rows: np.ndarray) -> np.ndarray:
    return np.zeros(len(rows), int)


def _sample_of(model: mujoco.MjModel, actor: Block, joints: np.ndarray) -> np.ndarray:
    """Which of the actor's DOFs each joint begins with."""
    return np.searchsorted(actor.dofs, model.jnt_dofadr[joints])


def _sample_at(model: mujoco.MjModel, actor: Block, actuators: np.ndarray) -> np.ndarray:
    """Which of the actor's DOFs each actuator acts on."""
    return np.searchsorted(actor.dofs, [dof_of(model, actuator) for actuator in actuators])


_SCALABLE = (
    mujoco.mjtGeom.mjGEOM_SPHERE,
    mujoco.mjtGeom.mjGEOM_CAPSULE,
    mujoco.mjtGeom.mjGEOM_ELLIPSOID,
    mujoco.mjtGeom.mjGEOM_CYLINDER,
    mujoco.mjtGeom.mjGEOM_BOX,
)

_MISSING = {
    "dof_properties.lower": "no limited joints",
    "dof_properties.upper": "no limited joints",
    "dof_properties.effort": "no joint or actuator whose force is limited",
    "tendon_properties.stiffness": "no fixed tendons",
    "tendon_properties.damping": "no fixed tendons",
}

_PROPERTIES: dict[str, Callable[[mujoco.MjModel, Block], Fields]] = {
    "scale": _scale,
    "rigid_body_properties.mass": _mass,
    "rigid_shape_properties.friction": _friction(0),
    "rigid_shape_properties.torsion_friction": _friction(1),
    "rigid_shape_properties.rolling_friction": _friction(2),
    "dof_properties.stiffness": _stiffness,
    "dof_properties.damping": _damping,
    "dof_properties.lower": _limit(0),
    "dof_properties.upper": _limit(1),
    "dof_properties.effort": _effort,
    "dof_properties.friction": _dof("dof_frictionloss"),
    "dof_properties.armature": _dof("dof_armature", derived=True),
    "tendon_properties.stiffness": _tendon("tendon_stiffness"),
    "tendon_properties.damping": _tendon("tendon_damping"),
}
