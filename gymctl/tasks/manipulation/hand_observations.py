"""What a policy sees of a hand and an object, in the layouts that IsaacGymEnvs names."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from gymctl.sim.frames import RootState
from gymctl.tasks.manipulation.hand_maths import Goal, HandConstants, relative_rotation


class Hand(NamedTuple):
    """State of a hand."""

    pos: Tensor
    """Of its joints ``[N, dofs]`` [rad]."""
    vel: Tensor
    """Of its joints ``[N, dofs]`` [rad/s]."""
    torque: Tensor
    """What the drives do to the joints ``[N, dofs]`` [N m]."""
    limits: Tensor
    """Lower and upper limits of the joints ``[dofs, 2]`` [rad]; they are -1 and 1 in observations."""
    tips: Tensor
    """Fingertips: position, orientation xyzw, linear and angular velocity, world ``[N, tips, 13]`` [m, m/s, rad/s]."""
    tip_forces: Tensor
    """Forces and torques that the fingertips feel, in their axes ``[N, tips, 6]`` [N, N m]."""


class Seen(NamedTuple):
    """All that can be observed."""

    hand: Hand
    object: RootState
    goal: Goal
    actions: Tensor
    """``[N, drives]``."""


LAYOUTS = {
    "openai": ("tip position", "object position", "rotation", "action"),
    "full_no_vel": ("joint position", "object pose", "goal", "rotation", "tip position", "action"),
    "full": (
        *("joint position", "joint velocity"),
        *("object pose", "object velocity", "goal", "rotation", "tip state", "action"),
    ),
    "full_state": (
        *("joint position", "joint velocity", "drive torque"),
        *("object pose", "object velocity", "goal", "rotation", "tip state", "tip force", "action"),
    ),
}
"""Parts of the observations, by ``observationType``."""


def _joint_pos(seen: Seen, _: HandConstants) -> Tensor:
    low, high = seen.hand.limits.unbind(1)
    return (2.0 * seen.hand.pos - high - low) / (high - low)


_PARTS: dict[str, Callable[[Seen, HandConstants], Tensor]] = {
    "joint position": _joint_pos,
    "joint velocity": lambda seen, c: seen.hand.vel * c.vel_obs_scale,
    "drive torque": lambda seen, c: seen.hand.torque * c.dof_force_obs_scale,
    "object position": lambda seen, _: seen.object.pos,
    "object pose": lambda seen, _: torch.cat((seen.object.pos, seen.object.quat), dim=1),
    "object velocity": lambda seen, c: torch.cat((seen.object.lin_vel, seen.object.ang_vel * c.vel_obs_scale), dim=1),
    "goal": lambda seen, _: torch.cat((seen.goal.pos, seen.goal.quat), dim=1),
    "rotation": lambda seen, _: relative_rotation(seen.object.quat, seen.goal.quat),
    "tip position": lambda seen, _: seen.hand.tips[..., :3].flatten(1),
    "tip state": lambda seen, _: seen.hand.tips.flatten(1),
    "tip force": lambda seen, c: seen.hand.tip_forces.flatten(1) * c.force_torque_obs_scale,
    "action": lambda seen, _: seen.actions,
}


def compute_observations(seen: Seen, layout: tuple[str, ...], constants: HandConstants) -> Tensor:
    """Observations ``[N, width]``.

    Args:
        seen: The present state.
        layout: Names of the parts.
        constants: Scales.
    """
    return torch.cat([_PARTS[part](seen, constants) for part in layout], dim=1)


def width_of(layout: tuple[str, ...], dofs: int, tips: int, actions: int) -> int:
    """How many numbers a layout has, of a hand with so many joints and observed fingertips."""
    widths = {
        "joint position": dofs,
        "joint velocity": dofs,
        "drive torque": dofs,
        "object position": 3,
        "object pose": 7,
        "object velocity": 6,
        "goal": 7,
        "rotation": 4,
        "tip position": 3 * tips,
        "tip state": 13 * tips,
        "tip force": 6 * tips,
        "action": actions,
    }
    return sum(widths[part] for part in layout)
