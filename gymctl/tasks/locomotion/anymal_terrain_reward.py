"""The reward of AnymalTerrain: thirteen terms of how the robot moves and what it touches."""

from dataclasses import dataclass

import torch
from torch import Tensor

from gymctl.config.config import TaskConfig
from gymctl.scene.contacts import force_norms
from gymctl.sim.frames import RootState
from gymctl.tasks.locomotion.legged_robot import base_motion, tracking

REWARD_WEIGHTS = {
    "lin_vel_xy": "linearVelocityXYRewardScale",
    "lin_vel_z": "linearVelocityZRewardScale",
    "ang_vel_z": "angularVelocityZRewardScale",
    "ang_vel_xy": "angularVelocityXYRewardScale",
    "orient": "orientationRewardScale",
    "torques": "torqueRewardScale",
    "joint_acc": "jointAccRewardScale",
    "base_height": "baseHeightRewardScale",
    "air_time": "feetAirTimeRewardScale",
    "collision": "kneeCollisionRewardScale",
    "stumble": "feetStumbleRewardScale",
    "action_rate": "actionRateRewardScale",
    "hip": "hipRewardScale",
}
"""The reward's terms, in the order of `compute_reward_terms`, and the YAML's keys of their weights."""
REWARD_TERMS = tuple(REWARD_WEIGHTS)
BASE, KNEES, FEET = 0, slice(1, 5), slice(5, 9)
"""Where a body's force is among the contact sensors."""


@dataclass(frozen=True)
class RewardConstants:
    """Weights per second, and what ends an episode; see `from_config` for the YAML's keys."""

    weights: tuple[float, ...]
    """In the order of `REWARD_TERMS`."""
    terminal_weight: float
    """Of a termination."""
    allow_knee_contacts: bool

    @classmethod
    def from_config(cls, config: TaskConfig) -> "RewardConstants":
        """Reads IsaacGymEnvs' keys from the ``task:`` part of the config."""
        learn = config.env["learn"]
        return cls(
            weights=tuple(learn[key] for key in REWARD_WEIGHTS.values()),
            terminal_weight=learn["terminalReward"],
            allow_knee_contacts=learn["allowKneeContacts"],
        )


def compute_air_time(feet_air_time: Tensor, feet_forces: Tensor, dt: float) -> tuple[Tensor, Tensor]:
    """Counts how long the feet are in the air.

    Args:
        feet_air_time: Time since each foot was on the ground, before this step ``[N, 4]`` [s].
        feet_forces: Contact forces on the feet, world axes ``[N, 4, 3]`` [N].
        dt: Time of a step [s].

    Returns:
        How much longer than half a second the feet that now touch down were in the air, summed ``[N]``, and the times
        after this step ``[N, 4]`` [s].
    """
    contact = feet_forces[:, :, 2] > 1.0
    touchdown = (feet_air_time > 0.0) & contact
    air_time = feet_air_time + dt
    return ((air_time - 0.5) * touchdown).sum(1), air_time * ~contact


def compute_reward_terms(
    root: RootState,
    dof_offset: Tensor,
    dof_vel_change: Tensor,
    commands: Tensor,
    torques: Tensor,
    contact_forces: Tensor,
    touchdown: Tensor,
    action_change: Tensor,
) -> Tensor:
    """The terms of `REWARD_TERMS` before weighting, ``[N, 13]``.

    Args:
        root: The trunk's state.
        dof_offset: Joint angles less the default ones ``[N, 12]`` [rad].
        dof_vel_change: Of joint velocities since the last step ``[N, 12]`` [rad/s].
        commands: As in `compute_commands` ``[N, 4]``.
        torques: Of the joints in the last substep ``[N, 12]`` [N m].
        contact_forces: On the trunk, the four thighs and the four shanks, world axes ``[N, 9, 3]`` [N].
        touchdown: See `compute_air_time` ``[N]`` [s].
        action_change: Since the last step ``[N, 12]``.
    """
    base = base_motion(root)
    knee_forces, feet_forces = contact_forces[:, KNEES], contact_forces[:, FEET]
    sideways = torch.linalg.vector_norm(feet_forces[:, :, :2], dim=2)
    moving = torch.linalg.vector_norm(commands[:, :2], dim=1) > 0.1
    terms = {
        "lin_vel_xy": tracking((commands[:, :2] - base.lin_vel[:, :2]).square().sum(1)),
        "lin_vel_z": base.lin_vel[:, 2].square(),
        "ang_vel_z": tracking((commands[:, 2] - base.ang_vel[:, 2]).square()),
        "ang_vel_xy": base.ang_vel[:, :2].square().sum(1),
        "orient": base.gravity[:, :2].square().sum(1),
        "torques": torques.square().sum(1),
        "joint_acc": dof_vel_change.square().sum(1),
        "base_height": (root.pos[:, 2] - 0.52).square(),
        "air_time": touchdown * moving,
        "collision": (force_norms(knee_forces) > 1.0).sum(1),
        "stumble": ((sideways > 5.0) & (feet_forces[:, :, 2].abs() < 1.0)).sum(1),
        "action_rate": action_change.square().sum(1),
        "hip": dof_offset[:, ::3].abs().sum(1),
    }
    return torch.stack([terms[name] for name in REWARD_TERMS], dim=1)


def compute_termination(contact_forces: Tensor, *, allow_knee_contacts: bool) -> Tensor:
    """Whether the trunk, or a knee where that is not allowed, touches anything with more than 1 N, bool ``[N]``.

    Args:
        contact_forces: As in `compute_reward_terms` ``[N, 9, 3]`` [N].
        allow_knee_contacts: Whether knees may touch the ground.
    """
    touching = force_norms(contact_forces) > 1.0
    return touching[:, BASE] if allow_knee_contacts else touching[:, BASE] | touching[:, KNEES].any(1)


def compute_reward(weighted_terms: Tensor, terminated: Tensor, terminal_weight: float) -> Tensor:
    """The sum of the terms, at least 0, and then the weight of an ending where there is one: ``[N]``.

    Args:
        weighted_terms: ``[N, 13]``.
        terminated: Which episodes fail in this step, bool ``[N]``.
        terminal_weight: What that adds.
    """
    return weighted_terms.sum(1).clamp(min=0.0) + terminal_weight * terminated
