"""The step contract with domain randomisation."""

from typing import Any

import torch
from torch import Tensor

from gymctl.config.config import TaskConfig
from gymctl.envs.randomization.randomizer import Randomizer
from gymctl.envs.vec_env import VecEnv
from gymctl.sim.simulation import EnvIds, Simulation
from gymctl.tasks.base import Task


class RandomizedVecEnv(VecEnv):
    """`VecEnv` with noise on actions and observations, before they are clipped, and properties drawn at resets.

    Args:
        task: The task, on its simulation.
        sim: The worlds.
        config: The ``task:`` part of the config.
        rl_device: Where actions come from and results go to.
        randomizer: What is drawn, on the same worlds.
    """

    resumable = False  # what is drawn for noise, gravity and properties is not in the state

    def __init__(
        self, task: Task, sim: Simulation, config: TaskConfig, rl_device: torch.device, randomizer: Randomizer
    ) -> None:
        super().__init__(task, sim, config, rl_device)
        self.randomizer = randomizer

    def step(self, actions: Tensor) -> tuple[dict[str, Tensor], Tensor, Tensor, dict[str, Any]]:
        """See `VecEnv.step`."""
        self.randomizer.advance(self.control_frequency_inv)
        return super().step(self.randomizer.disturb_actions(actions.to(self.sim.device)))

    def _start_episodes(self, ids: EnvIds) -> None:
        self.randomizer.start_episodes(ids)
        super()._start_episodes(ids)

    def _observation_dict(self, observations: Tensor) -> dict[str, Tensor]:
        return super()._observation_dict(self.randomizer.disturb_observations(observations))
