"""What Ant and Humanoid tell about themselves: the names of what `ant_humanoid` computes."""

import math
from typing import TYPE_CHECKING

from gymctl.tasks.description import Command, Joint, Observation, RewardTerm, names_of

if TYPE_CHECKING:
    from gymctl.tasks.locomotion.ant_humanoid_maths import LocomotionConstants

TORSO = "torso"
UPRIGHT, HEADED = 0.93, 0.8
"""Projections from which the torso counts as upright, and as headed right."""
_XYZ = ("x", "y", "z")


def describe_observations(
    joints: tuple[Joint, ...], forces: tuple[Observation, ...], constants: "LocomotionConstants"
) -> tuple[Observation, ...]:
    """What `ant_humanoid.compute_observations` gives.

    Args:
        joints: The robot's, all with limits.
        forces: What the robot feels; see `describe_link_sensors`.
        constants: Weights and scales.
    """
    c, names, count = constants, names_of(joints), len(joints)
    limits = [(joint.lower or 0.0, joint.upper or 0.0) for joint in joints]
    in_world = ("rad", "world", TORSO)
    wrap = -math.pi if c.wrap_angles else 0.0
    return (
        Observation("base height", 1, "m", "world", TORSO),
        Observation("base linear velocity", 3, "m/s", "body", TORSO, elements=_XYZ, note="of the centre of mass"),
        Observation("base angular velocity", 3, "rad/s", "body", TORSO, c.angular_velocity_scale, elements=_XYZ),
        Observation("base yaw", 1, *in_world, wrap=wrap),
        Observation("base roll", 1, *in_world, wrap=wrap),
        Observation(
            "angle to the target",
            1,
            *in_world,
            wrap=wrap if c.wrap_angles else None,
            note="atan2(height difference, difference along x) less the yaw in [0, 2π)",
        ),
        Observation("base up projection", 1, "", "world", TORSO, note="height of the base's z axis"),
        Observation("heading projection", 1, "", "world", TORSO, note="of the base's x axis on the way to the target"),
        Observation(
            "joint position",
            count,
            "rad",
            scale=tuple(2.0 / (high - low) for low, high in limits),
            offset=tuple((high + low) / 2.0 for low, high in limits),
            elements=names,
        ),
        Observation("joint velocity", count, "rad/s", scale=c.dof_vel_scale, elements=names),
        *forces,
        Observation("last action", count, elements=names),
    )


def describe_link_sensors(sites: tuple[str, ...], scale: float, timesteps: int) -> Observation:
    """What `gymctl.scene.link_sensors.LinkSensors` tells of some sites."""
    parts = tuple(f"{site} {what} {axis}" for site in sites for what in ("force", "torque") for axis in _XYZ)
    return Observation(
        "link force and torque",
        len(parts),
        "N, N m",
        "body",
        scale=scale,
        elements=parts,
        mean_timesteps=timesteps,
        note="in the sites' axes: mass times acceleration, but for what motors and gravity do; 0 at an episode's start",
    )


def describe_joint_torques(joints: tuple[Joint, ...], scale: float, timesteps: int) -> Observation:
    """What stops, springs, dampers and contacts do to the joints."""
    return Observation(
        "joint torque without motors",
        len(joints),
        "N m",
        scale=scale,
        elements=names_of(joints),
        mean_timesteps=timesteps,
        note="of stops, springs, dampers and contacts, 0 at an episode's start",
    )


def describe_target(target: tuple[float, ...]) -> tuple[Command, ...]:
    """The point to run to."""
    return tuple(
        Command(f"target {axis}", "m", "world", value, value) for axis, value in zip(_XYZ, target, strict=True)
    )


def describe_rewards(constants: "LocomotionConstants") -> tuple[RewardTerm, ...]:
    """The terms of `ant_humanoid.compute_reward`."""
    c = constants
    return (
        RewardTerm("progress", 1.0, "speed towards the target [m/s]"),
        RewardTerm("alive", c.alive),
        RewardTerm("up", c.up_weight, f"where the up projection is above {UPRIGHT:g}"),
        RewardTerm("heading", c.heading_weight, f"heading projection / {HEADED:g}, at most 1"),
        RewardTerm("actions", -c.actions_cost_scale, "sum of the squared actions"),
        RewardTerm("energy", -c.energy_cost_scale, "|action × scaled joint velocity|, by gears"),
        RewardTerm("joints at limit", -c.joints_at_limit_cost_scale, "by gears"),
        RewardTerm("fallen", c.death_cost, "instead of all others"),
    )
