"""What a task tells about itself, by name: observations, actions, joints, commands, reward, terminations."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import mujoco

from gymctl.scene.blocks import Block
from gymctl.scene.dofs import list_dofs

Numbers = float | tuple[float, ...]
"""One number for all elements, or one for each."""


@dataclass(frozen=True)
class Observation:
    """A slice of the observations: ``(clip(value - offset) × scale)``, element by element."""

    name: str
    """What the value is, as ``base linear velocity``: docs/export.md lists the names that gymctl's tasks use."""
    size: int
    unit: str = ""
    """Of the value, before scaling; ``""`` for plain numbers."""
    frame: str = ""
    """``world`` or ``body``: whose axes vectors are in; ``""`` for what has no direction."""
    body: str = ""
    """The body that is meant, in the model; ``""`` for what belongs to joints."""
    scale: Numbers = 1.0
    offset: Numbers = 0.0
    clip: tuple[float, float] | None = None
    """Bounds of the value less the offset."""
    wrap: float | None = None
    """Angles count from here to 2π above; None where they are not wrapped."""
    elements: tuple[str, ...] = ()
    """What each element is: an axis, or a joint, site or command by its name."""
    points: tuple[tuple[float, ...], ...] = ()
    """Where on the body, or around it, the value is measured [m]."""
    note: str = ""


@dataclass(frozen=True)
class Action:
    """What one action does: ``clip(offset + scale × action, limits)``, the new value of what it controls."""

    name: str
    """What it controls: a joint, or a motor."""
    kind: str
    """``torque``, ``force``, ``thrust`` or ``position target``."""
    unit: str
    actuator: str
    """The actuator in the model. Its control is the value over its gear."""
    joint: str = ""
    """The joint of `TaskDescription.joints` that it acts on; ``""`` for motors that act on a body."""
    scale: float = 1.0
    offset: float = 0.0
    limits: tuple[float, float] | None = None
    """None: as far as the clipped action reaches."""
    increment: bool = False
    """Whether it is added to the last value, before the limits. A joint's target begins where the joint is, others at
    0."""
    relative_to: str = ""
    """The action whose value multiplies this one's, after the limits."""
    stiffness: float | None = None
    """Gain of a position drive [N m/rad or N/m]."""
    damping: float | None = None
    """Gain of a position drive [N m s/rad or N s/m]."""
    effort_limit: float | None = None
    """Of the drive [N m or N]."""


@dataclass(frozen=True)
class Joint:
    """One degree of freedom of the robot."""

    name: str
    unit: str
    """``rad`` or ``m``."""
    model_joint: str
    """The joint in the model: another one where a ball joint has several degrees of freedom."""
    axis: tuple[float, ...] | None = None
    """Of a ball joint: positions are components of its rotation vector along this axis, fixed in the child."""
    lower: float | None = None
    upper: float | None = None
    max_velocity: float | None = None
    """Faster motion is cut to this after a control step [rad/s or m/s]."""
    default: float = 0.0
    """Position in the default pose."""


@dataclass(frozen=True)
class Command:
    """What the robot is told to do: one number."""

    name: str
    unit: str
    frame: str
    low: float
    high: float
    """Drawn from this range in training; fixed where both ends are the same."""
    period: int = 0
    """Control steps until the next draw; 0 for a whole episode."""


@dataclass(frozen=True)
class RewardTerm:
    """One summand of the reward of a step."""

    name: str
    weight: float
    note: str = ""


@dataclass(frozen=True)
class TaskDescription:
    """All that a task tells about itself; see `gymctl.tasks.base.Task.describe`."""

    base: str
    """The robot's root body in the model."""
    observations: tuple[Observation, ...]
    actions: tuple[Action, ...]
    joints: tuple[Joint, ...]
    """In the order of the model: all joints of the robot, driven or not."""
    commands: tuple[Command, ...] = ()
    rewards: tuple[RewardTerm, ...] = ()
    terminations: tuple[str, ...] = ()
    """What ends an episode, but for the time limit."""
    max_angular_velocity: float | None = None
    """Of the base; faster turns are cut to this after a control step [rad/s]."""


def describe_joints(
    model: mujoco.MjModel, block: Block, defaults: Sequence[float], max_velocities: Sequence[float] | None = None
) -> tuple[Joint, ...]:
    """The degrees of freedom of a robot, as `gymctl.scene.dofs.Dofs` counts them.

    Args:
        model: The compiled model.
        block: The robot.
        defaults: Positions in the default pose, one for each.
        max_velocities: Their speed limits, if they have any.
    """
    dofs = list_dofs(model, block)
    speeds = [None] * len(dofs) if max_velocities is None else max_velocities
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
    model: mujoco.MjModel, actuator: str, *, scale: float, offset: float = 0.0, increment: bool = False
) -> Action:
    """An action that moves the target of a position drive on a hinge or slide, with the gains that the model has.

    Args:
        model: The compiled model.
        actuator: The drive in the model.
        scale: From an action to the target [rad or m].
        offset: The target for action 0.
        increment: See `Action`.
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


def names_of(joints: Iterable[Joint]) -> tuple[str, ...]:
    """The names of joints."""
    return tuple(joint.name for joint in joints)


def _range(limits: Sequence[float]) -> tuple[float, float]:
    return float(limits[0]), float(limits[1])
