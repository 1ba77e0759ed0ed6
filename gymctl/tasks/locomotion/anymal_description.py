"""What Anymal and AnymalTerrain tell about themselves: the names of what they compute."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import mujoco

from gymctl.tasks.description import Action, Command, Joint, Observation, RewardTerm, names_of
from gymctl.tasks.from_model import describe_target

if TYPE_CHECKING:
    from gymctl.tasks.locomotion.anymal import AnymalConstants
    from gymctl.tasks.locomotion.anymal_terrain_constants import AnymalTerrainConstants
    from gymctl.tasks.locomotion.legged_robot import LeggedRobotConstants
    from gymctl.tasks.locomotion.walker_constants import WalkerConstants

    _Scales = AnymalConstants | AnymalTerrainConstants | WalkerConstants

BASE = "base"
_XYZ = ("x", "y", "z")
_IN_BASE = ("body", BASE)
_LINEAR_COMMANDS = ("linear velocity x", "linear velocity y")


def describe_targets(model: mujoco.MjModel, constants: "LeggedRobotConstants") -> tuple[Action, ...]:
    """The joints' targets: what `legged_robot.compute_dof_pos_targets` gives."""
    names = (model.actuator(index).name for index in range(model.nu))
    return tuple(
        describe_target(model, name, scale=constants.action_scale, offset=constants.default_dof_pos[name])
        for name in names
    )


def describe_flat_observations(joints: tuple[Joint, ...], constants: "AnymalConstants") -> tuple[Observation, ...]:
    """What `anymal.compute_observations` gives."""
    c, names, count = constants, names_of(joints), len(joints)
    return (
        *describe_base_velocities(BASE, c),
        Observation(
            "base down axis",
            3,
            "",
            "world",
            BASE,
            elements=_XYZ,
            note="minus the base's z axis; gravity's direction turned by the orientation instead of its inverse",
        ),
        *describe_told(BASE, c, "commanded angular velocity"),
        Observation(
            "joint position",
            count,
            "rad",
            scale=c.dof_pos_scale,
            offset=tuple(joint.default for joint in joints),
            elements=names,
        ),
        Observation("joint velocity", count, "rad/s", scale=c.dof_vel_scale, elements=names),
        Observation("last action", count, elements=names),
    )


def describe_terrain_observations(
    joints: tuple[Joint, ...],
    points: tuple[tuple[float, ...], ...],
    height: tuple[float, float],
    constants: "AnymalTerrainConstants",
) -> tuple[Observation, ...]:
    """What `anymal_terrain.compute_observations` gives, without noise.

    Args:
        joints: The robot's.
        points: See `anymal_terrain.height_points`.
        height: What counts as level ground below the base, and how much more or less is seen [m].
        constants: Scales.
    """
    c, names, count = constants, names_of(joints), len(joints)
    level, reach = height
    return (
        *describe_base_velocities(BASE, c),
        Observation("gravity direction", 3, "", *_IN_BASE, elements=_XYZ, note="a unit vector"),
        *describe_told(BASE, c, "turning rate to the heading"),
        Observation("joint position", count, "rad", scale=c.dof_pos_scale, elements=names),
        Observation("joint velocity", count, "rad/s", scale=c.dof_vel_scale, elements=names),
        Observation(
            "base height above ground",
            len(points),
            "m",
            "body",
            BASE,
            c.height_meas_scale,
            level,
            (-reach, reach),
            points=points,
            note="above the ground at these points x, y, which turn with the base's yaw alone",
        ),
        Observation("last action", count, elements=names),
    )


def describe_base_velocities(base: str, scales: "_Scales") -> tuple[Observation, ...]:
    """The linear and angular velocity of a root body, in its axes."""
    return (
        Observation(
            "base linear velocity",
            3,
            "m/s",
            "body",
            base,
            scales.lin_vel_scale,
            elements=_XYZ,
            note="of the centre of mass",
        ),
        Observation("base angular velocity", 3, "rad/s", "body", base, scales.ang_vel_scale, elements=_XYZ),
    )


def describe_told(base: str, scales: "_Scales", turning: str) -> tuple[Observation, ...]:
    """What a robot on legs is told, as it observes it.

    Args:
        base: The root body.
        scales: Of velocities.
        turning: ``commanded angular velocity``, or ``turning rate to the heading``.
    """
    follows_heading = turning != "commanded angular velocity"
    note = "0.5 × (heading - yaw) [rad], wrapped from above only, and within ±1 rad/s" if follows_heading else ""
    return (
        Observation(
            "commanded linear velocity", 2, "m/s", "body", base, scales.lin_vel_scale, elements=_LINEAR_COMMANDS
        ),
        Observation(
            turning,
            1,
            "rad/s",
            "body",
            base,
            scales.ang_vel_scale,
            elements=("heading" if follows_heading else "angular velocity z",),
            note=note,
        ),
    )


def describe_commands(constants: "LeggedRobotConstants", *, follows_heading: bool) -> tuple[Command, ...]:
    """What episodes draw.

    Args:
        constants: With the ranges.
        follows_heading: Whether the last range is one of headings, not of turning rates.
    """
    ranges = constants.commands
    turning = ("heading", "rad", "world") if follows_heading else ("angular velocity z", "rad/s", "body")
    return (
        *(
            Command(name, "m/s", "body", *limits)
            for name, limits in zip(_LINEAR_COMMANDS, (ranges.linear_x, ranges.linear_y), strict=True)
        ),
        Command(*turning, *ranges.yaw),
    )


def describe_flat_rewards(constants: "AnymalConstants") -> tuple[RewardTerm, ...]:
    """The terms of `anymal.compute_reward`."""
    c, kept = constants, "exp(-error² / 0.25)"
    return (
        RewardTerm("linear velocity", c.rew_scale_lin_vel_xy_times_dt, f"{kept}, forward and sideways [m/s]"),
        RewardTerm("angular velocity", c.rew_scale_ang_vel_z_times_dt, f"{kept}, turning [rad/s]"),
        RewardTerm("torques", c.rew_scale_torque_times_dt, "sum of the squares [N m]; the total is at least 0"),
    )


def describe_terrain_rewards(weights: Mapping[str, float], dt: float, terminal: float) -> tuple[RewardTerm, ...]:
    """The terms of `anymal_terrain_reward.compute_reward_terms`.

    Args:
        weights: Of the terms, per second.
        dt: Time of a control step [s].
        terminal: Weight of a termination, per second.
    """
    terms = tuple(RewardTerm(name, weight * dt) for name, weight in weights.items())
    return (*terms, RewardTerm("termination", terminal * dt, "added to the sum of the others, which is at least 0"))
