"""Agents that have learned nothing: zero actions, or random ones. A policy should do better."""

import torch
from torch import Tensor


class UntrainedAgent:
    """Acts without a look at the observations; see `gymctl.policies.policy.Policy`.

    Args:
        name: Of `gymctl.policies.modes.AGENTS`: ``zero``, or ``random``, which is uniform in [-1, 1].
        num_actions: Actions of an env.
        seed: Of the random numbers.
        device: Where the observations are.
    """

    def __init__(self, name: str, num_actions: int, seed: int, device: torch.device) -> None:
        self._name = name
        self._num_actions = num_actions
        self._generator = torch.Generator(device=device).manual_seed(seed)

    def act(self, obs: Tensor, done: Tensor | None = None) -> Tensor:
        """Actions ``[num_envs, num_actions]``, for observations ``[num_envs, num_observations]``."""
        actions = obs.new_zeros(obs.shape[0], self._num_actions)
        return actions.uniform_(-1.0, 1.0, generator=self._generator) if self._name == "random" else actions
