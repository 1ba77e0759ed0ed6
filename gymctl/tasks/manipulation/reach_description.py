"""What an arm that reaches tells about itself: the names of what it computes."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import mujoco
import numpy as np

from gymctl.tasks.description import Action, Command, Joint, Observation, RewardTerm
from gymctl.tasks.from_model import describe_target

if TYPE_CHECKING:
    from gymctl.tasks.manipulation.reach import ReachConstants

_XYZ = ("x", "y", "z")
_TARGETS = tuple(f"target {axis}" for axis in _XYZ)
_IN_WORLD = ("m", "world")


def describe_arm_actions(
    model: mujoco.MjModel, limits: Mapping[str, tuple[float, float]], constants: "ReachConstants", dt: float
) -> tuple[Action, ...]:
    """The drives, whose targets the actions move.

    Args:
        model: The compiled model.
        limits: Lower and upper limit of each joint, by name [rad or m].
        constants: With the targets' speed.
        dt: Time of a control step [s].
    """
    targets = (
        describe_target(model, model.actuator(index).name, scale=constants.joint_speed * dt, increment=True)
        for index in range(model.nu)
    )
    return tuple(replace(target, limits=limits[target.joint]) for target in targets)


def describe_arm_observations(
    joints: tuple[Joint, ...], actions: tuple[Action, ...], constants: "ReachConstants"
) -> tuple[Observation, ...]:
    """What `Reach.observe` gives."""
    c, driven = constants, tuple(action.joint for action in actions)
    defaults, count = {joint.name: joint.default for joint in joints}, len(driven)
    unit = next((joint.unit for joint in joints if joint.name in driven), "rad")
    return (
        Observation("joint position", count, unit, offset=tuple(defaults[name] for name in driven), elements=driven),
        Observation("joint velocity", count, f"{unit}/s", scale=c.speed_scale, elements=driven),
        Observation("way to the joint target", count, unit, elements=driven, note="of the drive, from where it is"),
        Observation("hand position", 3, *_IN_WORLD, c.hand, elements=_XYZ, points=(c.point,)),
        Observation("target", 3, *_IN_WORLD, elements=_TARGETS),
        Observation("way from the hand to the target", 3, *_IN_WORLD, c.hand, elements=_TARGETS, points=(c.point,)),
    )


def describe_targets(places: np.ndarray) -> tuple[Command, ...]:
    """Where targets are.

    Args:
        places: Those that targets are drawn from ``[N, 3]``, world axes [m].
    """
    ranges = zip(_TARGETS, places.min(axis=0), places.max(axis=0), strict=True)
    return tuple(Command(name, *_IN_WORLD, float(low), float(high)) for name, low, high in ranges)


def describe_arm_rewards(constants: "ReachConstants") -> tuple[RewardTerm, ...]:
    """The terms of `reach.compute_reward_terms`."""
    c = constants
    return (
        RewardTerm("reached", c.reached_reward, f"exp(-(distance / {c.reached_distance:g} m)²)"),
        RewardTerm("distance", -c.distance_cost, "of the hand from the target [m]"),
        RewardTerm("actions", -c.actions_cost, "mean of the squared actions"),
    )
