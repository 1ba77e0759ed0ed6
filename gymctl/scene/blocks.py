"""Which bodies, geoms, joints, tendons and actuators of a model belong to an actor."""

from dataclasses import dataclass

import mujoco
import numpy as np

from gymctl.core.errors import InputError, suggest

_TYPES = mujoco.mjtJoint


@dataclass(frozen=True)
class Actor:
    """Indices into the model."""

    name: str
    root: int
    bodies: np.ndarray
    geoms: np.ndarray
    sites: np.ndarray
    joints: np.ndarray
    """All but free joints."""
    dofs: np.ndarray
    """Those of `joints`, in the model's order."""
    tendons: np.ndarray
    """Fixed tendons that begin at one of `joints`."""
    drives: np.ndarray
    """Actuators on one of `joints`."""


def find(model: mujoco.MjModel, name: str, *, alone: bool) -> Actor:
    """Finds the actor that a config names.

    An actor is the kinematic tree whose root body has its name. A model's only tree is also what any single name means,
    since Isaac Gym's names of actors are not those of bodies.

    Args:
        model: The model.
        name: The actor's name.
        alone: Whether it is the only actor that the config names.

    Raises:
        InputError: There is no such actor.
    """
    roots = {model.body(body).name: body for body in range(1, model.nbody) if model.body_parentid[body] == 0}
    if name in roots:
        root = roots[name]
    elif len(roots) == 1 and alone:
        (root,) = roots.values()
    else:
        known = f"the actors are {', '.join(roots)}" if len(roots) > 1 else "there is one actor only: name no other"
        guess = suggest(name, roots)
        raise InputError(
            f"task.task.randomization_params.actor_params.{name} is no actor of the task",
            f"{guess} {known}" if guess else known,
        )
    bodies = np.flatnonzero(model.body_rootid == root)
    joints = np.flatnonzero(np.isin(model.jnt_bodyid, bodies) & (model.jnt_type != _TYPES.mjJNT_FREE.value))
    fixed = model.wrap_type[model.tendon_adr] == mujoco.mjtWrap.mjWRAP_JOINT.value
    on_joint = model.actuator_trntype == mujoco.mjtTrn.mjTRN_JOINT.value
    return Actor(
        name,
        root,
        bodies,
        geoms=np.flatnonzero(np.isin(model.geom_bodyid, bodies)),
        sites=np.flatnonzero(np.isin(model.site_bodyid, bodies)),
        joints=joints,
        dofs=np.flatnonzero(np.isin(model.dof_jntid, joints)),
        tendons=np.flatnonzero(fixed & np.isin(model.wrap_objid[model.tendon_adr], joints)),
        drives=np.flatnonzero(on_joint & np.isin(model.actuator_trnid[:, 0], joints)),
    )
