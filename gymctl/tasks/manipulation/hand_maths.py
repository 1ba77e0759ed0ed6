"""What tasks of a hand and an object compute, as pure functions: targets, reward, random rotations."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from gymctl.config.config import TaskConfig
from gymctl.sim.rotations import quat_mul

_FORCE_OBS_SCALE = 10.0


@dataclass(frozen=True)
class HandConstants:
    """Weights and scales, under their names in the golden facts; see `from_config` for the YAML's keys."""

    dt: float
    vel_obs_scale: float
    """From velocities of joints and turning rates of the object to observations."""
    dof_force_obs_scale: float
    """From torques of the drives to observations."""
    force_torque_obs_scale: float
    """From what the fingertips feel to observations."""
    dist_reward_scale: float
    rot_reward_scale: float
    rot_eps: float
    """Added to the angle in the denominator [rad]."""
    action_penalty_scale: float
    success_tolerance: float
    """Angle to the goal from which down it is reached [rad]."""
    reach_goal_bonus: float
    fall_dist: float
    """Distance from the goal from which on the object has fallen [m]."""
    fall_penalty: float
    max_consecutive_successes: int
    dof_speed_scale: float
    """Speed of the targets for action 1, with relative control [rad/s]."""
    act_moving_average: float
    """Weight of an action in its targets, without relative control; the rest is the last target's."""
    max_episode_length: int

    @classmethod
    def from_config(cls, config: TaskConfig, *, feels_drives: bool) -> "HandConstants":
        """Reads IsaacGymEnvs' keys.

        Args:
            config: The ``task:`` part of the config.
            feels_drives: Whether the torques of the drives are observed.
        """
        env = config.env
        return cls(
            dt=config.sim["dt"],
            vel_obs_scale=0.2,
            dof_force_obs_scale=_FORCE_OBS_SCALE if feels_drives else 0.0,
            force_torque_obs_scale=_FORCE_OBS_SCALE,
            dist_reward_scale=env["distRewardScale"],
            rot_reward_scale=env["rotRewardScale"],
            rot_eps=env["rotEps"],
            action_penalty_scale=env["actionPenaltyScale"],
            success_tolerance=env["successTolerance"] * (2.0 if env["objectType"] == "pen" else 1.0),
            reach_goal_bonus=env["reachGoalBonus"],
            fall_dist=env["fallDistance"],
            fall_penalty=env["fallPenalty"],
            max_consecutive_successes=env["maxConsecutiveSuccesses"],
            dof_speed_scale=env["dofSpeedScale"],
            act_moving_average=env["actionsMovingAverage"],
            max_episode_length=episode_length(config),
        )


def episode_length(config: TaskConfig) -> int:
    """Time limit of an episode [control steps]: ``resetTime`` [s], where that is above 0, or ``episodeLength``."""
    seconds = config.env.get("resetTime", -1.0)
    return round(seconds / config.control_dt) if seconds > 0 else config.env["episodeLength"]


class Goal(NamedTuple):
    """Where the object should be."""

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


def random_pen_rotation(turn: Tensor) -> Tensor:
    """Rotations of a pen: about its axis, then up to 0.3 rad more or less than upright; xyzw ``[N, 4]``.

    Args:
        turn: About its axis, in half turns; both angles follow it ``[N]``.
    """
    half, zero = 0.5 * torch.stack((0.5 * math.pi + 0.3 * turn, math.pi * turn)), torch.zeros_like(turn)
    (sin_x, sin_z), (cos_x, cos_z) = half.sin(), half.cos()
    about_x = torch.stack((sin_x, zero, zero, cos_x), dim=1)
    return quat_mul(about_x, torch.stack((zero, zero, sin_z, cos_z), dim=1))


def compute_targets(actions: Tensor, last: Tensor, limits: Tensor, average: float) -> Tensor:
    """Targets of the drives ``[N, drives]`` [rad]: of actions -1 and 1, the joints' limits.

    Args:
        actions: ``[N, drives]``.
        last: The targets before ``[N, drives]`` [rad].
        limits: Lower and upper limits of the drives' joints ``[drives, 2]`` [rad].
        average: Weight of the actions; the rest is the last targets'.
    """
    low, high = limits.unbind(1)
    targets = 0.5 * (actions + 1.0) * (high - low) + low
    return (average * targets + (1.0 - average) * last).clamp(low, high)


def is_reached(angle: Tensor, constants: HandConstants) -> Tensor:
    """Whether the goal is reached, bool ``[N]``, given the angle to it ``[N]`` [rad]."""
    return angle <= constants.success_tolerance


def has_fallen(distance: Tensor, constants: HandConstants) -> Tensor:
    """Whether the object has fallen, bool ``[N]``, given its distance from the goal ``[N]`` [m]."""
    return distance >= constants.fall_dist


def compute_reward_terms(
    distance: Tensor, angle: Tensor, actions: Tensor, steps: Tensor, constants: HandConstants
) -> dict[str, Tensor]:
    """What the reward is the sum of, each ``[N]``.

    Args:
        distance: Of the object from the goal ``[N]`` [m].
        angle: Between the object's orientation and the goal's ``[N]`` [rad].
        actions: ``[N, drives]``.
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
