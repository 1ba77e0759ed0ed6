"""What AllegroHand computes, as pure functions: targets of its drives, observations, reward, random rotations."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from gymctl.config.config import TaskConfig
from gymctl.sim.frames import RootState
from gymctl.sim.rotations import quat_mul


@dataclass(frozen=True)
class AllegroHandConstants:
    """Weights and scales, under their names in the golden facts; see `from_config` for the YAML's keys."""

    dt: float
    vel_obs_scale: float
    """From velocities of joints and turning rates of the cube to observations."""
    force_torque_obs_scale: float
    dist_reward_scale: float
    rot_reward_scale: float
    rot_eps: float
    """Added to the angle in the denominator [rad]."""
    action_penalty_scale: float
    success_tolerance: float
    """Angle to the goal from which down it is reached [rad]."""
    reach_goal_bonus: float
    fall_dist: float
    """Distance from the goal from which on the cube has fallen [m]."""
    fall_penalty: float
    max_consecutive_successes: int
    dof_speed_scale: float
    """Speed of the targets for action 1, with relative control [rad/s]."""
    act_moving_average: float
    """Weight of an action in its targets, without relative control; the rest is the last target's."""
    max_episode_length: int

    @classmethod
    def from_config(cls, config: TaskConfig) -> "AllegroHandConstants":
        """Reads IsaacGymEnvs' keys from the ``task:`` part of the config."""
        env = config.env
        return cls(
            dt=config.sim["dt"],
            vel_obs_scale=0.2,
            force_torque_obs_scale=10.0 if config.physics == "fast" else 0.0,
            dist_reward_scale=env["distRewardScale"],
            rot_reward_scale=env["rotRewardScale"],
            rot_eps=env["rotEps"],
            action_penalty_scale=env["actionPenaltyScale"],
            success_tolerance=env["successTolerance"],
            reach_goal_bonus=env["reachGoalBonus"],
            fall_dist=env["fallDistance"],
            fall_penalty=env["fallPenalty"],
            max_consecutive_successes=env["maxConsecutiveSuccesses"],
            dof_speed_scale=env["dofSpeedScale"],
            act_moving_average=env["actionsMovingAverage"],
            max_episode_length=env["episodeLength"],
        )


class Hand(NamedTuple):
    """Joints of the hand."""

    pos: Tensor
    """``[N, 16]`` [rad]."""
    vel: Tensor
    """``[N, 16]`` [rad/s]."""
    torque: Tensor
    """What the drives do ``[N, 16]`` [N m]."""


class Goal(NamedTuple):
    """Where the cube should be."""

    pos: Tensor
    """World ``[N, 3]`` [m]."""
    quat: Tensor
    """Body to world, xyzw ``[N, 4]``."""


def relative_rotation(quat: Tensor, goal: Tensor) -> Tensor:
    """The rotation that leads from the goal's orientation to an orientation, all xyzw ``[N, 4]``."""
    return quat_mul(quat, torch.cat((-goal[:, :3], goal[:, 3:]), dim=1))


def angle_of(rotation: Tensor) -> Tensor:
    """Angle of rotations, xyzw ``[N, 4]``: ``[N]`` in [0, π] [rad]."""
    return 2.0 * torch.asin(torch.linalg.vector_norm(rotation[:, :3], dim=1).clamp(max=1.0))


def random_rotation(around_x: Tensor, around_y: Tensor) -> Tensor:
    """Rotations about y, followed by rotations about x; xyzw ``[N, 4]``.

    Args:
        around_x: In half turns ``[N]``.
        around_y: In half turns ``[N]``.
    """
    half, zero = 0.5 * math.pi * torch.stack((around_x, around_y)), torch.zeros_like(around_x)
    (sin_x, sin_y), (cos_x, cos_y) = half.sin(), half.cos()
    about_x = torch.stack((sin_x, zero, zero, cos_x), dim=1)
    return quat_mul(about_x, torch.stack((zero, sin_y, zero, cos_y), dim=1))


def compute_targets(actions: Tensor, last: Tensor, limits: Tensor, average: float) -> Tensor:
    """Targets of the drives ``[N, 16]`` [rad]: of actions -1 and 1, the joints' limits.

    Args:
        actions: ``[N, 16]``.
        last: The targets before ``[N, 16]`` [rad].
        limits: Lower and upper limits of the joints ``[16, 2]`` [rad].
        average: Weight of the actions; the rest is the last targets'.
    """
    low, high = limits.unbind(1)
    targets = 0.5 * (actions + 1.0) * (high - low) + low
    return (average * targets + (1.0 - average) * last).clamp(low, high)


def compute_observations(
    hand: Hand, limits: Tensor, cube: RootState, goal: Goal, actions: Tensor, constants: AllegroHandConstants
) -> Tensor:
    """The 88 observations of IsaacGymEnvs' AllegroHand, ``[N, 88]``.

    Args:
        hand: Its joints.
        limits: Lower and upper limits of the joints ``[16, 2]`` [rad]; they are -1 and 1 in the observations.
        cube: State of the cube.
        goal: Where it should be.
        actions: ``[N, 16]``.
        constants: Scales.
    """
    low, high = limits.unbind(1)
    return torch.cat(
        (
            (2.0 * hand.pos - high - low) / (high - low),
            hand.vel * constants.vel_obs_scale,
            hand.torque * constants.force_torque_obs_scale,
            cube.pos,
            cube.quat,
            cube.lin_vel,
            cube.ang_vel * constants.vel_obs_scale,
            goal.pos,
            goal.quat,
            relative_rotation(cube.quat, goal.quat),
            actions,
        ),
        dim=1,
    )


def is_reached(angle: Tensor, constants: AllegroHandConstants) -> Tensor:
    """Whether the goal is reached, bool ``[N]``, given the angle to it ``[N]`` [rad]."""
    return angle <= constants.success_tolerance


def has_fallen(distance: Tensor, constants: AllegroHandConstants) -> Tensor:
    """Whether the cube has fallen, bool ``[N]``, given its distance from the goal ``[N]`` [m]."""
    return distance >= constants.fall_dist


def compute_reward_terms(
    distance: Tensor, angle: Tensor, actions: Tensor, steps: Tensor, constants: AllegroHandConstants
) -> dict[str, Tensor]:
    """What the reward is the sum of, each ``[N]``.

    Args:
        distance: Of the cube from the goal ``[N]`` [m].
        angle: Between the cube's orientation and the goal's ``[N]`` [rad].
        actions: ``[N, 16]``.
        steps: Control steps of the episode, or since its last success where that counts anew ``[N]``.
        constants: Weights.
    """
    c, reached = constants, is_reached(angle, constants)
    terms = {
        "distance": c.dist_reward_scale * distance,
        "rotation": c.rot_reward_scale / (angle + c.rot_eps),
        "actions": c.action_penalty_scale * actions.square().sum(1),
        "goal": c.reach_goal_bonus * reached,
        "fall": c.fall_penalty * has_fallen(distance, constants),
    }
    if not c.max_consecutive_successes:
        return terms
    late = (steps >= c.max_episode_length - 1) & ~reached
    return {**terms, "too_late": 0.5 * c.fall_penalty * late}
