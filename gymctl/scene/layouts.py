"""Compiling several models so that they have one layout and can run in one simulation."""

from collections.abc import Sequence

import mujoco
import numpy as np

_NUDGE = 1e-6
"""The least that MuJoCo tells from nothing, rounded up [m]."""


def compile_alike(specs: Sequence[mujoco.MjSpec]) -> list[mujoco.MjModel]:
    """Compiles models that have the same structure.

    MuJoCo stores the inertia of a free body in fewer numbers if its centre of mass is the origin of its frame. Where
    that is so in some models only, the centre of mass is moved by a micrometre there.

    Args:
        specs: The models; the inertias of the bodies that are moved are explicit afterwards.
    """
    models = [spec.compile() for spec in specs]
    if len({model.nbody for model in models}) > 1:
        return models  # the simulation tells
    simple = np.array([model.body_simple for model in models], bool)
    mixed = simple.any(0) & ~simple.all(0)
    for number, (spec, model) in enumerate(zip(specs, models, strict=True)):
        bodies = np.flatnonzero(mixed & simple[number])
        if len(bodies):
            _nudge(spec, model, bodies)
            models[number] = spec.compile()
    return models


def _nudge(spec: mujoco.MjSpec, model: mujoco.MjModel, bodies: np.ndarray) -> None:
    """Moves centres of mass by next to nothing."""
    of_geoms = spec.compiler.inertiafromgeom == mujoco.mjtInertiaFromGeom.mjINERTIAFROMGEOM_TRUE.value
    for body in spec.bodies:
        number = body.id
        if number and (of_geoms or number in bodies):
            body.explicitinertial = True
            body.mass, body.inertia = model.body_mass[number], model.body_inertia[number]
            body.ipos, body.iquat = model.body_ipos[number], model.body_iquat[number]
            body.fullinertia = np.full(6, np.nan)
        if number in bodies:
            body.ipos[0] += _NUDGE
    if of_geoms:
        spec.compiler.inertiafromgeom = mujoco.mjtInertiaFromGeom.mjINERTIAFROMGEOM_AUTO.value
