"""Counts how often envs reach goals that are renewed within an episode, as IsaacGymEnvs' hand tasks do."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from gymctl.sim.rows import assign
from gymctl.sim.simulation import EnvIds

AVERAGE_NAME = "consecutive_successes"
"""What IsaacGymEnvs calls `Successes.average`."""

_STATE = ("count", "earlier_steps", "average")


class Successes:
    """The successes of the present episodes, and IsaacGymEnvs' running average of those that ended.

    Args:
        env_config: The ``env:`` part of the config. ``maxConsecutiveSuccesses``: so many successes end an episode, and
            each sets its counter of steps to zero; 0: neither. ``averFactor``: the weight of the episodes that end in a
            step.
        num_envs: Number of envs.
        device: The simulation's.
    """

    def __init__(self, env_config: Mapping[str, Any], num_envs: int, device: torch.device) -> None:
        self.most: int = env_config.get("maxConsecutiveSuccesses", 0)
        self._factor: float = env_config.get("averFactor", 0.1)
        self.count = torch.zeros(num_envs, dtype=torch.int64, device=device)
        """Of the present episodes ``[num_envs]``."""
        self.earlier_steps = torch.zeros_like(self.count)
        """Control steps of the present episodes before their counters were last set to zero ``[num_envs]``."""
        self.average = torch.zeros((), device=device)
        """Of the successes of episodes that ended; one number of all envs ``[]``."""

    def add(self, reached: Tensor, progress_buf: Tensor) -> Tensor:
        """Counts the successes of a step.

        Args:
            reached: The envs that have reached their goals, bool ``[num_envs]``.
            progress_buf: The counter of steps ``[num_envs]``, set to zero where it is to be.

        Returns:
            The episodes that have all the successes they can have, bool ``[num_envs]``.
        """
        self.count += reached
        if not self.most:
            return torch.zeros_like(reached)
        self.earlier_steps += progress_buf * reached
        progress_buf.masked_fill_(reached, 0)
        return self.count >= self.most

    def take_average(self, done: Tensor) -> None:
        """Moves the average on by the episodes that end in this step, bool ``[num_envs]``."""
        ended = done.sum()
        mean = (self.count * done).sum() / ended
        moved = self._factor * mean + (1.0 - self._factor) * self.average
        self.average.copy_(torch.where(ended > 0, moved, self.average))

    def start_episodes(self, ids: EnvIds) -> None:
        """Begins anew in the given envs."""
        assign(self.count, 0, ids)
        assign(self.earlier_steps, 0, ids)

    def state_dict(self) -> dict[str, Tensor]:
        """A copy of all that decides the future."""
        return {name: getattr(self, name).clone() for name in _STATE}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Puts back what `state_dict` gave."""
        for name in _STATE:
            getattr(self, name).copy_(state[name])
