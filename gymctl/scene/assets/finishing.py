"""What all readers end with: masses of links that have none, an actuator for each DOF, and which geoms are seen."""

from collections.abc import Collection, Mapping, Sequence

import mujoco
import numpy as np

from gymctl.core.errors import InputError
from gymctl.core.memory import bounded_memory
from gymctl.scene.assets.asset import ImportOptions
from gymctl.scene.assets.inertia import Inertial, from_principal, principal
from gymctl.scene.spherical import add_joint_actuator

COLLISION, VISUAL, HIDDEN = 0, 2, 3
"""Groups of geoms: collision shapes, what is only looked at, and collision shapes behind that. MuJoCo draws 0 to 2."""
_MEMORY = 4 * 2**30
_LEAST = 1e-4
"""Half of the smallest range of a joint [rad or m]."""
_SMALLEST = Inertial(1e-3, np.zeros(3), np.eye(3) * 1e-6)
"""Of a link without mass and shapes."""


def set_inertials(
    spec: mujoco.MjSpec,
    links: Sequence[str],
    given: Mapping[str, Inertial],
    options: ImportOptions,
    notes: list[str],
    without_inertia: Collection[str] = (),
) -> None:
    """Gives all bodies a mass and an inertia: the file's, or what its collision shapes have at the density.

    Args:
        spec: The model; its collision geoms have the density.
        links: Names of the bodies.
        given: What the file says.
        options: Whether shapes overrule the file.
        notes: Where lines for the user go.
        without_inertia: Links for which the file has a mass and no inertia: they have that of their shapes.

    Raises:
        InputError: The shapes can't be compiled, or a mass or an inertia isn't finite.
    """
    shapes = _inertials_of_shapes(spec, links)
    for name in links:
        found, shape = given.get(name), shapes.get(name)
        if found is None:
            if shape is None:
                notes.append(f"links without mass and shapes have {_SMALLEST.mass * 1e3:g} g")
            found = shape or _SMALLEST
        elif shape is not None and shape.mass > 0.0:
            if options.override_com:
                found = found._replace(com=shape.com)
            if name in without_inertia:
                found = found._replace(inertia=shape.inertia)
            if options.override_inertia:
                found = found._replace(inertia=shape.inertia * (found.mass / shape.mass))
        if not all(np.isfinite(value).all() for value in found):
            raise InputError(f"the mass or the inertia of the link {name!r} isn't finite", "correct its numbers")
        _set(spec.body(name), found)


def add_drives(
    spec: mujoco.MjSpec, dofs: Sequence[str], targets: Mapping[str, tuple[str, np.ndarray]] | None = None
) -> None:
    """Adds an actuator for each DOF, which gives as much force as its control says.

    Args:
        spec: The model.
        dofs: Names of the DOFs.
        targets: Of DOFs of ball joints: the joint's name, and the DOF's axis.
    """
    for name in dofs:
        joint, axis = (targets or {}).get(name, (name, np.array([1.0, 0.0, 0.0])))
        add_joint_actuator(spec, name, joint, axis).gainprm[0] = 1.0


def hide_collisions(spec: mujoco.MjSpec, links: Sequence[str]) -> None:
    """Has nobody see the collision shapes of bodies that have geometry to look at."""
    for name in links:
        geoms = list(spec.body(name).geoms)
        if any(geom.group == VISUAL for geom in geoms):
            for geom in geoms:
                geom.group = VISUAL if geom.group == VISUAL else HIDDEN


def open_range(lower: float, upper: float) -> tuple[float, float]:
    """The range of a joint, which MuJoCo can't have empty: joints whose limits are equal don't move."""
    lower, upper = min(lower, upper), max(lower, upper)
    return (lower, upper) if upper - lower > 2.0 * _LEAST else (lower - _LEAST, upper + _LEAST)


def _set(body: mujoco.MjsBody, inertial: Inertial) -> None:
    moments, quat = principal(inertial.inertia)
    body.mass, body.ipos, body.inertia, body.iquat = inertial.mass, inertial.com, moments, quat
    body.explicitinertial = True


def _inertials_of_shapes(spec: mujoco.MjSpec, links: Sequence[str]) -> dict[str, Inertial]:
    """What bodies have by their geoms; none for bodies without."""
    alone = spec.copy()
    alone.compiler.inertiafromgeom = mujoco.mjtInertiaFromGeom.mjINERTIAFROMGEOM_TRUE
    alone.compiler.boundmass, alone.compiler.boundinertia = 1e-9, 1e-12
    for element in (*alone.actuators, *alone.tendons, *alone.joints):
        alone.delete(element)
    try:
        with bounded_memory(_MEMORY):
            model = alone.compile()
    except (ValueError, MemoryError) as error:
        raise InputError(f"MuJoCo can't simulate the model: {error}", "correct the file that it names") from error
    found = {}
    for name in links:
        body = model.body(name).id
        if model.body_mass[body] > 2e-9:
            inertia = from_principal(model.body_inertia[body], model.body_iquat[body])
            found[name] = Inertial(float(model.body_mass[body]), model.body_ipos[body].copy(), inertia)
    return found
