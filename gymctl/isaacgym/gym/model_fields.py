"""Properties of actors as fields of MuJoCo's model."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import mujoco
import numpy as np
import torch

from gymctl.isaacgym.enums import DofDriveMode
from gymctl.isaacgym.gym.bodies import BodyTable
from gymctl.isaacgym.gym.handles import SHAPE_FIELDS
from gymctl.scene.assets.inertia import principal
from gymctl.scene.contacts import mix_frictions
from gymctl.scene.worlds import Slot
from gymctl.sim.simulation import Simulation

UNLIMITED = 1e9
"""Force of a drive that nothing limits [N or N m]."""
_POS, _VEL = int(DofDriveMode.DOF_MODE_POS), int(DofDriveMode.DOF_MODE_VEL)
_HINGE, _SLIDE = mujoco.mjtJoint.mjJNT_HINGE.value, mujoco.mjtJoint.mjJNT_SLIDE.value
_FRICTION = SHAPE_FIELDS.index("friction")


class Values(NamedTuple):
    """Values of a model field."""

    field: str
    rows: np.ndarray
    """Which bodies, geoms, joints … ``[n]``."""
    values: np.ndarray
    """``[envs or 1, n]``, or ``[envs or 1, n, k]`` for whole rows."""
    element: int | None = None
    """Which element of a row, where rows are vectors."""
    derived: bool = False
    """Whether MuJoCo derives constants from them."""


def dof_values(model: mujoco.MjModel, slot: Slot, table: np.ndarray, substep: float) -> Iterator[Values]:
    """Values of an actor's DOF properties.

    A drive is an actuator that gives the force of its control, less stiffness times position. Its damper is the
    joint's. Passive dampers add to a joint's inertia what PhysX's order of impulses makes of them: motors act first,
    for a whole substep, and dampers then. Of that, MuJoCo's implicit integrator adds a timestep's part by itself. A
    spherical joint has the damping and inertia of its first DOF.

    Args:
        model: The world's.
        slot: Where the actor is in it.
        table: The properties ``[envs or 1, dofs]``.
        substep: Of Isaac Gym's [s].
    """
    if not len(slot.drives):
        return
    mode, stiffness, damping = table["driveMode"], table["stiffness"].astype(float), table["damping"].astype(float)
    joints = model.actuator_trnid[slot.drives, 0]
    follows = mode == _POS
    yield Values("actuator_biasprm", slot.drives, np.where(follows, -stiffness, 0.0), element=1)
    driven = follows | (mode == _VEL)
    effort = table["effort"].astype(float)
    limit = np.where(driven & (effort > 0.0) & (effort < UNLIMITED), effort, UNLIMITED)
    yield Values("actuator_forcerange", slot.drives, np.stack((-limit, limit), axis=-1))
    single = np.isin(model.jnt_type[joints], (_HINGE, _SLIDE))
    springs = np.where(follows, 0.0, stiffness)
    hinges, dofs = joints[single], model.jnt_dofadr[joints[single]]
    yield Values("jnt_stiffness", hinges, springs[:, single])
    yield Values("dof_damping", dofs, damping[:, single])
    armature = table["armature"] + np.where(driven, 0.0, damping) * (2.0 * substep - model.opt.timestep)
    yield Values("dof_armature", dofs, armature[:, single], derived=True)
    limits = np.sort(np.stack((table["lower"], table["upper"]), axis=-1).astype(float)[:, single], axis=-1)
    limits += np.where(limits[..., :1] == limits[..., 1:], [-1e-4, 1e-4], 0.0)  # MuJoCo can't have them equal
    limited: np.ndarray = table["hasLimits"]
    limits = np.where(limited[:, single, None], limits, [-UNLIMITED, UNLIMITED])
    yield Values("jnt_range", hinges, limits)
    for ball in np.unique(joints[~single]):
        own = joints == ball
        rows = model.jnt_dofadr[ball] + np.arange(3)
        for field, values in (("dof_damping", damping), ("dof_armature", armature)):
            first = np.repeat(values[:, own][:, :1], 3, axis=1)
            yield Values(field, rows, first, derived=field == "dof_armature")
        for column in np.flatnonzero(own):
            spring = model.actuator(slot.drives[column]).name + "_spring"
            found = mujoco.mj_name2id(model, mujoco.mjtObj.mjOBJ_ACTUATOR, spring)
            if found >= 0:
                yield Values("actuator_biasprm", np.array([found]), -springs[:, column : column + 1], element=1)


def prepare_dofs(model: mujoco.MjModel, slot: Slot, table: np.ndarray) -> None:
    """Switches on what `dof_values` needs and no world can have of its own: force limits, and joint limits in use."""
    model.actuator_forcelimited[slot.drives] = 1
    joints = model.actuator_trnid[slot.drives, 0]
    single = np.isin(model.jnt_type[joints], (_HINGE, _SLIDE))
    model.jnt_limited[joints[single]] = np.any(table["hasLimits"], axis=0)[single]


def body_values(slot: Slot, bodies: BodyTable) -> Iterator[Values]:
    """Values of an actor's bodies, whose table has a first axis ``[envs or 1]``."""
    moments, quats = principal(bodies.inertia)
    yield Values("body_mass", slot.bodies, np.maximum(bodies.mass, 1e-9), derived=True)
    yield Values("body_ipos", slot.bodies, bodies.com, derived=True)
    yield Values("body_inertia", slot.bodies, moments, derived=True)
    yield Values("body_iquat", slot.bodies, quats, derived=True)
    yield Values("body_gravcomp", slot.bodies, (bodies.flags & 1).astype(float))


def shape_values(slot: Slot, rows: np.ndarray, ground_friction: float | None) -> Iterator[Values]:
    """Values of an actor's shapes ``[envs or 1, shapes, len(SHAPE_FIELDS)]``: their friction on the ground."""
    if not len(slot.geoms):
        return
    friction = rows[..., _FRICTION]
    mixed = friction if ground_friction is None else mix_frictions(torch.from_numpy(friction), ground_friction).numpy()
    yield Values("geom_friction", slot.geoms, np.maximum(mixed, 1e-5), element=0)


def write_models(models: Sequence[mujoco.MjModel], kinds: np.ndarray, given: Sequence[Values]) -> list[Values]:
    """Writes values that all envs of a kind share into the models; returns those that differ between such envs."""
    different = []
    for values in given:
        for kind, model in enumerate(models):
            of_kind = values.values if len(values.values) == 1 else values.values[kinds == kind]
            _assign(getattr(model, values.field), values.rows, values.element, of_kind[0])
            if (of_kind != of_kind[:1]).any():
                different.append(values)
                break
    for model in models:
        mujoco.mj_setConst(model, mujoco.MjData(model))
    return different


def write_worlds(sim: Simulation, given: Sequence[Values], envs: Sequence[int] | None = None) -> None:
    """Writes values into the worlds' own fields.

    Args:
        sim: The worlds.
        given: Values, with rows for `envs`.
        envs: Which worlds; None for all.
    """
    everyone = slice(None) if envs is None else torch.tensor(envs, device=sim.device)
    for values in given:
        field = sim.expand(values.field)
        shape = field.shape
        field = field.view(shape[0], -1, *_row_shape(sim.model, values.field))
        new = torch.from_numpy(np.ascontiguousarray(values.values)).to(field.device, field.dtype)
        rows = torch.from_numpy(values.rows.astype(np.int64)).to(field.device)
        part = field[everyone]
        if values.element is None:
            part[:, rows] = new.view(new.shape[0], len(rows), *part.shape[2:])
        else:
            part[:, rows, values.element] = new
        field[everyone] = part
    if any(values.derived for values in given):
        sim.set_const(None if envs is None else torch.tensor(sorted(envs), device=sim.device))


def _row_shape(model: mujoco.MjModel, field: str) -> tuple[int, ...]:
    return getattr(model, field).shape[1:]


def _assign(target: np.ndarray, rows: np.ndarray, element: int | None, values: Any) -> None:
    if element is None:
        target[rows] = np.asarray(values).reshape(len(rows), *target.shape[1:])
    else:
        target[rows, element] = values
