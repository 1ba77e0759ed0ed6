"""The reward of a walker: how well it keeps its command and its gait, and what the motion costs.

No term depends on the size of the robot or the number of its joints: heights count in parts of what they should be,
torques in parts of their limits, and joints and feet by their mean. So one set of weights suits many robots.
"""

import torch
from torch import Tensor

from gymctl.scene.contacts import force_norms
from gymctl.tasks.locomotion.legged_robot import BaseMotion, tracking
from gymctl.tasks.locomotion.walker_constants import REWARD_TERMS, GaitConstants, WalkerConstants

_TOUCHING = 1.0
"""Least force of a contact [N]."""


def compute_strides(clock: Tensor, phases: Tensor) -> Tensor:
    """Where each foot is in its stride, 0 to 1 ``[N, feet]``.

    Args:
        clock: Of each robot, 0 to 1 ``[N]``.
        phases: Of each foot ``[feet]``.
    """
    return (clock[:, None] + phases).remainder(1.0)


def compute_swing(strides: Tensor, stance: float) -> Tensor:
    """How high a foot should be, from 0 on the ground to 1 in the middle of its swing ``[N, feet]``."""
    return torch.sin(torch.pi * ((strides - stance) / (1.0 - stance)).clamp(min=0.0))


def compute_reward_terms(
    base: BaseMotion,
    height: Tensor,
    commands: Tensor,
    moving: Tensor,
    swing: Tensor,
    foot_heights: Tensor,
    foot_velocities: Tensor,
    foot_forces: Tensor,
    limb_forces: Tensor,
    dof_offset: Tensor,
    dof_vel_change: Tensor,
    efforts: Tensor,
    action_change: Tensor,
    constants: WalkerConstants,
    gait: GaitConstants,
) -> Tensor:
    """The terms of `REWARD_TERMS` before weighting, ``[N, 15]``.

    Args:
        base: The trunk's motion in its own frame.
        height: Of the trunk ``[N]`` [m].
        commands: Velocity forward and sideways, turning rate ``[N, 3]`` [m/s, m/s, rad/s].
        moving: Whether the robot is to walk, 0 or 1 ``[N]``.
        swing: See `compute_swing`; 0 for robots that are to stand ``[N, feet]``.
        foot_heights: Of the points that touch the ground ``[N, feet]`` [m].
        foot_velocities: Of these points, world axes ``[N, feet, 3]`` [m/s].
        foot_forces: Contact forces on the feet, world axes ``[N, feet, 3]`` [N].
        limb_forces: Contact forces on bodies that should touch nothing ``[N, bodies, 3]`` [N].
        dof_offset: Joint angles less the default ones ``[N, joints]`` [rad].
        dof_vel_change: Of joint velocities since the last step ``[N, joints]`` [rad/s].
        efforts: Torques of the drives, in parts of their limits ``[N, drives]``.
        action_change: Since the last step ``[N, drives]``.
        constants: The height that the trunk should have.
        gait: The height that feet should have.
    """
    on_ground = foot_forces[:, :, 2] > _TOUCHING
    should_be = swing == 0.0
    too_low = (swing - foot_heights / gait.swing_height).clamp(min=0.0, max=1.0)
    terms = {
        "alive": torch.ones_like(height),
        "lin_vel_xy": tracking((commands[:, :2] - base.lin_vel[:, :2]).square().sum(1)),
        "ang_vel_z": tracking((commands[:, 2] - base.ang_vel[:, 2]).square()),
        "gait": (on_ground == should_be).float().mean(1),
        "swing": too_low.square().mean(1),
        "slip": (foot_velocities[:, :, :2].square().sum(2) * on_ground).mean(1),
        "lin_vel_z": base.lin_vel[:, 2].square(),
        "ang_vel_xy": base.ang_vel[:, :2].square().sum(1),
        "orient": base.gravity[:, :2].square().sum(1),
        "base_height": (height / constants.base_height - 1.0).square(),
        "posture": dof_offset.square().mean(1) * (2.0 - moving),
        "torques": efforts.square().mean(1),
        "joint_acc": dof_vel_change.square().mean(1),
        "action_rate": action_change.square().mean(1),
        "collision": (force_norms(limb_forces) > _TOUCHING).float().sum(1),
    }
    return torch.stack([terms[name] for name in REWARD_TERMS], dim=1)


def compute_falls(base: BaseMotion, height: Tensor, trunk_forces: Tensor, constants: WalkerConstants) -> Tensor:
    """Which robots have fallen, bool ``[N]``: too low, tilted too far, or touching the ground with the trunk.

    Args:
        base: The trunk's motion in its own frame.
        height: Of the trunk ``[N]`` [m].
        trunk_forces: Contact forces on bodies whose touch is a fall ``[N, bodies, 3]`` [N].
        constants: The limits.
    """
    touching = (force_norms(trunk_forces) > _TOUCHING).any(1)
    return (height < constants.lowest) | (-base.gravity[:, 2] < constants.upright) | touching
