"""What a compiled model says of a robot's joints and actuators, for the description of a task."""

from collections.abc import Iterable, Sequence

import mujoco

from gymctl.scene.blocks import Block
from gymctl.scene.dofs import list_dofs
from gymctl.tasks.description import Action, Joint


def describe_joints(
    model: mujoco.MjModel, block: Block, defaults: Sequence[float], max_velocities: Sequence[float | None] | None = None
) -> tuple[Joint, ...]:
    """The degrees of freedom of a robot, as `gymctl.scene.dofs.Dofs` counts them.

    Args:
        model: The compiled model.
        block: The robot.
        defaults: Positions in the default pose, one for each.
        max_velocities: Their speed limits; None for those that have none.
    """
    dofs = list_dofs(model, block)
    speeds: Sequence[float | None] = [None] * len(dofs) if max_velocities is None else max_velocities
    return tuple(
        Joint(
            dof.name,
            "m" if dof.slides else "rad",
            dof.joint,
            dof.axis,
            None if dof.limits is None else dof.limits[0],
            None if dof.limits is None else dof.limits[1],
            speed,
            float(default),
        )
        for dof, default, speed in zip(dofs, defaults, speeds, strict=True)
    )


def describe_torques(model: mujoco.MjModel, joints: Iterable[Joint], control_scale: float) -> tuple[Action, ...]:
    """Actions that are torques, one motor for each joint, in the model's order of motors.

    Args:
        model: The compiled model.
        joints: The joints, in the same order.
        control_scale: A motor's control for action 1.
    """
    return tuple(
        Action(
            joint.name,
            "torque",
            "N m",
            model.actuator(index).name,
            joint.name,
            scale=control_scale * gear_of(model, index),
        )
        for index, joint in enumerate(joints)
    )


def describe_target(
    model: mujoco.MjModel,
    actuator: str,
    *,
    scale: float,
    offset: float = 0.0,
    increment: bool = False,
    moving_average: float = 1.0,
    switch: bool = False,
    followers: Sequence[str] = (),
) -> Action:
    """An action that moves the target of a position drive on a hinge or slide, with the gains that the model has.

    Args:
        model: The compiled model.
        actuator: The drive in the model.
        scale: From an action to the target [rad or m].
        offset: The target for action 0.
        increment: See `Action`.
        moving_average: The same.
        switch: The same.
        followers: The same.
    """
    index = model.actuator(actuator).id
    joint = int(model.actuator_trnid[index, 0])
    damping = model.dof_damping[model.jnt_dofadr[joint]] - model.actuator_biasprm[index, 2]
    return Action(
        model.joint(joint).name,
        "position target",
        "m" if model.jnt_type[joint] == mujoco.mjtJoint.mjJNT_SLIDE.value else "rad",
        actuator,
        model.joint(joint).name,
        scale,
        offset,
        _range(model.actuator_ctrlrange[index]) if model.actuator_ctrllimited[index] else None,
        increment,
        moving_average,
        switch=switch,
        followers=tuple(followers),
        stiffness=float(model.actuator_gainprm[index, 0]),
        damping=float(damping),
        effort_limit=float(model.actuator_forcerange[index, 1]) if model.actuator_forcelimited[index] else None,
    )


def control_limits(model: mujoco.MjModel, actuator: str) -> tuple[float, float] | None:
    """From where to where an actuator's control goes; None where it has no limits."""
    index = model.actuator(actuator).id
    return _range(model.actuator_ctrlrange[index]) if model.actuator_ctrllimited[index] else None


def gear_of(model: mujoco.MjModel, actuator: int) -> float:
    """Force or torque of an actuator for control 1."""
    return float(sum(model.actuator_gear[actuator, :3] ** 2) ** 0.5)


def _range(limits: Sequence[float]) -> tuple[float, float]:
    return float(limits[0]), float(limits[1])
