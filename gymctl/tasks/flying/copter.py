"""What the flying tasks share: their observations, their reward, their start and how fast they may turn."""

import math
from abc import abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

from gymctl.config.config import TaskConfig
from gymctl.sim.frames import RootState, root_state
from gymctl.sim.rows import take
from gymctl.sim.simulation import EnvIds, Simulation
from gymctl.tasks.base import Task

MAX_ANGULAR_VELOCITY = 4.0 * math.pi
"""What PhysX let the original copters reach [rad/s]."""


class Copter(Task):
    """A free body that is to hover, level and without spin, at a target."""

    episode_length_key = "maxEpisodeLength"
    up_weight: ClassVar[float]
    """Weight of flying level."""
    max_distance: ClassVar[float]
    """Distance from the target beyond which an episode ends [m]."""
    min_height: ClassVar[float]
    """Height below which an episode ends [m]."""

    def __init__(self, config: TaskConfig, sim: Simulation, generator: torch.Generator) -> None:
        super().__init__(config, sim, generator)
        self.start_root_qpos = torch.from_numpy(sim.model.qpos0[:7]).float().to(sim.device)

    @abstractmethod
    def target(self, ids: EnvIds | None) -> Tensor:
        """Where to hover, world ``[3]`` or as many rows as `observe` has ``[n, 3]`` [m]."""

    def observe(self, ids: EnvIds | None = None) -> Tensor:
        """See `compute_observations`; all rows together are the end of a step, where fast turns are slowed down."""
        if ids is None:
            limit_length_(self.sim.qvel[:, 3:6], MAX_ANGULAR_VELOCITY)
        root = root_state(take(self.sim.qpos, ids).float(), take(self.sim.qvel, ids).float())
        return compute_observations(root, self.target(ids))

    def reward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """See `compute_reward`."""
        height = self.sim.qpos[:, 2].float()
        return compute_reward(observations, height, self.up_weight, self.max_distance, self.min_height)

    def draw_root_qpos(self, n: int) -> Tensor:
        """Start poses ``[n, 7]``: level, up to 1.5 m beside and above the model's start, or 0.2 m below it."""
        qpos = self.start_root_qpos.repeat(n, 1)
        qpos[:, :2] += self.uniform(-1.5, 1.5, n, 2)
        qpos[:, 2] += self.uniform(-0.2, 1.5, n)
        return qpos


def compute_observations(root: RootState, target: Tensor) -> Tensor:
    """Way to the target / 3 m, orientation (xyzw), linear velocity / 2 m/s, angular velocity / π rad/s: ``[N, 13]``.

    Args:
        root: The chassis' state.
        target: Where to hover, world ``[3]`` or ``[N, 3]`` [m].
    """
    return torch.cat(((target - root.pos) / 3.0, root.quat, root.lin_vel / 2.0, root.ang_vel / math.pi), dim=1)


def compute_reward(
    observations: Tensor, height: Tensor, up_weight: float, max_distance: float, min_height: float
) -> tuple[Tensor, Tensor]:
    """Nearness to the target, and as a part of it flying level and not spinning about the world's z axis.

    Args:
        observations: ``[N, 13]`` or more, as of `compute_observations`.
        height: Height of the chassis ``[N]`` [m].
        up_weight: Weight of flying level.
        max_distance: Distance from the target beyond which the copter is lost [m].
        min_height: Height below which the copter is lost [m].

    Returns:
        Reward ``[N]`` and whether the copter is lost, bool ``[N]``.
    """
    distance = 3.0 * torch.linalg.vector_norm(observations[:, :3], dim=1)
    tilt = 2.0 * observations[:, 3:5].square().sum(1)  # 1 less the height of the chassis' z axis
    spin = math.pi * observations[:, 12]
    near = 1.0 / (1.0 + distance.square())
    reward = near * (1.0 + up_weight / (1.0 + tilt.square()) + 1.0 / (1.0 + spin.square()))
    return reward, (distance > max_distance) | (height < min_height)


def limit_length_(vectors: Tensor, limit: float) -> None:
    """Shortens vectors ``[N, 3]`` in place to a length of at most `limit`."""
    length = torch.linalg.vector_norm(vectors, dim=1, keepdim=True)
    vectors *= limit / length.clamp(min=limit)
