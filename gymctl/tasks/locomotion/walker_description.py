"""What a walker tells about itself: the names of what it computes."""

from dataclasses import replace
from typing import TYPE_CHECKING

from gymctl.tasks.description import Action, Command, Joint, Observation, RewardTerm
from gymctl.tasks.locomotion.anymal_description import describe_base_velocities, describe_commands, describe_told
from gymctl.tasks.locomotion.walker_constants import REWARD_TERMS

if TYPE_CHECKING:
    from gymctl.tasks.locomotion.legged_robot import LeggedRobotConstants
    from gymctl.tasks.locomotion.walker_constants import GaitConstants, WalkerConstants

PHASE = "gait phase"
_XYZ = ("x", "y", "z")
_NOTES = {
    "alive": "1",
    "lin_vel_xy": "exp(-error² / 0.25), forward and sideways [m/s]",
    "ang_vel_z": "exp(-error² / 0.25), turning [rad/s]",
    "gait": "share of the feet that touch the ground when they should",
    "swing": "how much too low feet swing, squared",
    "slip": "of feet on the ground, squared [m/s]",
    "lin_vel_z": "up and down, squared [m/s]",
    "ang_vel_xy": "rolling and pitching, squared [rad/s]",
    "orient": "tilt, squared",
    "base_height": "error in parts of the height, squared",
    "posture": "mean square of the joints' way from the default [rad]; twice where the robot stands",
    "torques": "mean square, in parts of their limits",
    "joint_acc": "mean square of the change of joint velocities [rad/s]",
    "action_rate": "mean square of the change of actions",
    "collision": "how many bodies touch something that should touch nothing",
}


def describe_walker_observations(
    base: str,
    joints: tuple[Joint, ...],
    actions: tuple[Action, ...],
    constants: "WalkerConstants",
    gait: "GaitConstants",
    standing: float,
) -> tuple[Observation, ...]:
    """What `Walker.observe` gives.

    Args:
        base: The root body.
        joints: All joints of the robot.
        actions: The drives.
        constants: Scales.
        gait: With its period.
        standing: Commands that are smaller are to stand [m/s, rad/s].
    """
    c, driven = constants, tuple(action.joint for action in actions)
    defaults = {joint.name: joint.default for joint in joints}
    return (
        *describe_base_velocities(base, c),
        Observation("gravity direction", 3, "", "body", base, elements=_XYZ, note="a unit vector"),
        *describe_told(base, c, "commanded angular velocity"),
        Observation(
            "joint position",
            len(driven),
            "rad",
            scale=c.dof_pos_scale,
            offset=tuple(defaults[name] for name in driven),
            elements=driven,
        ),
        Observation("joint velocity", len(driven), "rad/s", scale=c.dof_vel_scale, elements=driven),
        Observation("last action", len(driven), elements=driven),
        Observation(
            "gait clock",
            2,
            elements=("sine", "cosine"),
            period=gait.period,
            note="of an angle that turns once in a period and begins at the gait phase; "
            f"0 while no commanded velocity is beyond ±{standing:g}",
        ),
    )


def describe_walker_commands(robot: "LeggedRobotConstants", constants: "WalkerConstants") -> tuple[Command, ...]:
    """What a walker is told: velocities, and where in its gait an episode begins.

    Args:
        robot: With the ranges.
        constants: With the time after which other velocities are drawn.
    """
    period = round(constants.command_seconds / robot.dt)
    velocities = describe_commands(robot, follows_heading=False)
    return (*(replace(command, period=period) for command in velocities), Command(PHASE, "", "", 0.0, 1.0))


def describe_walker_rewards(constants: "WalkerConstants", dt: float) -> tuple[RewardTerm, ...]:
    """The terms of `walker_reward.compute_reward_terms`, and what a fall costs.

    Args:
        constants: Weights.
        dt: Time of a control step [s].
    """
    weights = zip(REWARD_TERMS, constants.weights, strict=True)
    terms = tuple(RewardTerm(name, weight * dt, _NOTES[name]) for name, weight in weights)
    fall = RewardTerm("fall", constants.terminal_weight, "added to the sum of the others, which is at least 0")
    return (*terms, fall)


def describe_falls(constants: "WalkerConstants") -> tuple[str, ...]:
    """What `walker_reward.compute_falls` looks at."""
    c = constants
    touching = (f"{' or '.join(c.fall_bodies)} touches something with more than 1 N",) if c.fall_bodies else ()
    return (
        f"the root is below {c.lowest:g} m",
        f"the cosine of the root's tilt is below {c.upright:g}",
        *touching,
    )
