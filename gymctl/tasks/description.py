"""What a task tells about itself, by name: observations, actions, joints, commands, reward, terminations."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Numbers = float | tuple[float, ...]
"""One number for all elements, or one for each."""
HAND_MOTIONS = ("along", "hand translation", "m"), ("about", "hand rotation", "rad")
"""Kinds and units of the actions that move a hand, first along x, y and z of the world, then about them."""
_HAND_KINDS = [kind for _, kind, _ in HAND_MOTIONS for _ in "xyz"]


@dataclass(frozen=True)
class Observation:
    """A slice of the observations: ``(clip(value - offset) × scale)``, element by element."""

    name: str
    """What the value is, as ``base linear velocity``: docs/export.md lists the names that gymctl's tasks use."""
    size: int
    unit: str = ""
    """Of the value, before scaling; ``""`` for plain numbers."""
    frame: str = ""
    """Whose axes vectors are in: ``world``, ``body``, or ``heading``: the world's, turned about z to where the body's x
    axis points. ``""`` for what has no direction."""
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
    mean_timesteps: int = 1
    """Over how many of MuJoCo's last timesteps accelerations are means."""
    points: tuple[tuple[float, ...], ...] = ()
    """Where on the body, or around it, the value is measured [m]: one point for all elements, or one for each."""
    period: float | None = None
    """Of a value that the clock alone tells, which then repeats [s]; None for all others."""
    note: str = ""


@dataclass(frozen=True)
class Action:
    """What one action does: ``clip(offset + scale × action, limits)``, the new value of what it controls."""

    name: str
    """What it controls: a joint, or a motor."""
    kind: str
    """``torque``, ``force``, ``thrust``, ``position target``, or ``hand translation`` and ``hand rotation``: how far
    the hand should move, which `HandControl` turns into torques."""
    unit: str
    actuator: str
    """The actuator in the model. Its control is the value over its gear. ``""`` for motions of a hand."""
    joint: str = ""
    """The joint of `TaskDescription.joints` that it acts on; ``""`` for motors that act on a body."""
    scale: float = 1.0
    offset: float = 0.0
    limits: tuple[float, float] | None = None
    """None: as far as the clipped action reaches."""
    increment: bool = False
    """Whether it is added to the last value, before the limits. A joint's target begins where the joint is, others at
    0."""
    moving_average: float = 1.0
    """Weight of this value before the limits; the last value has the rest of 1. 1: there is no average."""
    relative_to: str = ""
    """The action whose value multiplies this one's, after the limits."""
    switch: bool = False
    """Whether the value is one of the limits: the upper one for an action of 0 or more, else the lower one."""
    followers: tuple[str, ...] = ()
    """Other actuators in the model that get the same value."""
    stiffness: float | None = None
    """Gain of a position drive [N m/rad or N/m]."""
    damping: float | None = None
    """Gain of a position drive [N m s/rad or N s/m]."""
    effort_limit: float | None = None
    """Of the drive [N m or N]."""
    by_controller: bool = False
    """Whether the controller turns the value into a motor's torque, once in a control step: with the position q and the
    speed q̇ of the joint then, clip(clip(u) - safety_damping q̇), both times to plus and minus the effort limit. u is the
    value of a torque, and stiffness (value - q) - damping q̇ of a position target."""
    safety_damping: float = 0.0
    """[N m s/rad]."""


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
class HandControl:
    """How motions of a hand become torques, once in a control step: operational-space control.

    With the arm's mass matrix M, the hand's Jacobian J, its motion x and its velocity v, positions q and velocities q̇:
    torques are Jᵀ Λ (stiffness x - damping v - J a) + M a, where Λ = (J M⁻¹ Jᵀ)⁻¹, and
    a = posture_stiffness (posture - q) - posture_damping q̇. Differences of angles are wrapped to ±π.
    """

    body: str
    """The hand's body in the model. The Jacobian is of its centre of mass, world axes, linear rows first."""
    point: tuple[float, ...]
    """Of which the linear velocity is damped, in the body's frame [m]."""
    joints: tuple[str, ...]
    """Of the arm."""
    actuators: tuple[str, ...]
    """Their motors in the model."""
    stiffness: float
    """[1/s²]."""
    damping: float
    """[1/s]."""
    posture: tuple[float, ...]
    """Positions of the joints that the arm goes to where the hand doesn't notice [rad]."""
    posture_stiffness: float
    """[1/s²]."""
    posture_damping: float
    """[1/s]."""
    effort_limits: tuple[float, ...]
    """Largest torques of the joints [N m]."""


@dataclass(frozen=True)
class TaskDescription:
    """All that a task tells about itself; see `gymctl.tasks.base.Task.describe`."""

    base: str
    """The robot's root body in the model."""
    observations: tuple[Observation, ...]
    actions: tuple[Action, ...]
    joints: tuple[Joint, ...]
    """In the order of the model: all joints of the robot, driven or not."""
    states: tuple[Observation, ...] = ()
    """What the critic sees, where it sees something else than the policy; empty otherwise, or where nothing tells."""
    commands: tuple[Command, ...] = ()
    rewards: tuple[RewardTerm, ...] = ()
    terminations: tuple[str, ...] = ()
    """What ends an episode, but for the time limit."""
    episode_steps: int | None = None
    """Control steps of an episode that only the time limit ends."""
    max_angular_velocity: float | None = None
    """Of the base; faster turns are cut to this after a control step [rad/s]."""
    hand_control: HandControl | None = None
    """How actions that move a hand do it."""


def names_of(joints: Iterable[Joint]) -> tuple[str, ...]:
    """The names of joints."""
    return tuple(joint.name for joint in joints)


def inconsistency(
    observations: Sequence[Observation],
    actions: Sequence[Action],
    joints: Sequence[Joint],
    hand_control: HandControl | None,
) -> str:
    """What in them contradicts something else in them; ``""`` if nothing does."""
    joint_names, action_names = {joint.name for joint in joints}, {action.name for action in actions}
    problems = (
        *map(_problem_of_observation, observations),
        *(_problem_of_action(action, joint_names, action_names) for action in actions),
        _problem_of_hand(actions, joint_names, hand_control),
    )
    return next(filter(None, problems), "")


def _problem_of_observation(part: Observation) -> str:
    """What is wrong with the lengths in a slice of the observations."""
    per_element = {"scales": part.scale, "offsets": part.offset}
    lengths = {key: len(value) for key, value in per_element.items() if isinstance(value, tuple)}
    lengths |= {key: len(value) for key, value in (("elements", part.elements), ("points", part.points)) if value}
    if lengths.get("points") == 1:
        del lengths["points"]
    wrong = next((f"{count} {key}" for key, count in lengths.items() if count != part.size), "")
    return wrong and f"tells of {part.name!r} with the size {part.size} and {wrong}"


def _problem_of_action(action: Action, joints: set[str], actions: set[str]) -> str:
    """What an action names that isn't there."""
    if action.joint and action.joint not in joints:
        return f"tells of the action {action.name!r} on the joint {action.joint!r}, which is not among its joints"
    if action.relative_to and action.relative_to not in actions:
        return f"tells of the action {action.name!r} relative to {action.relative_to!r}, which is no action"
    if action.switch and action.limits is None:
        return f"tells of the action {action.name!r} as a switch, without limits"
    if action.by_controller and (not action.joint or action.effort_limit is None):
        return f"tells of the action {action.name!r} by the controller, without a joint or an effort limit"
    return ""


def _problem_of_hand(actions: Sequence[Action], joints: set[str], control: HandControl | None) -> str:
    """What doesn't fit in the control of a hand."""
    kinds = [action.kind for action in actions if action.kind in _HAND_KINDS]
    if kinds != ([] if control is None else _HAND_KINDS):
        return "needs hand_control and three translations and three rotations of the hand, or none of them"
    if control is None:
        return ""
    lengths = {len(values) for values in (control.joints, control.actuators, control.posture, control.effort_limits)}
    if lengths != {len(control.joints)} or len(control.point) != 3 or not {*control.joints} <= joints:
        return "tells of a hand_control that doesn't fit its joints"
    return ""
