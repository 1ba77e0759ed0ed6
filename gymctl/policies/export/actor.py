"""A trained policy as a plain torch module: raw observations in, actions ready for the task out."""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from gymctl.config.config import Config
from gymctl.policies.networks.base import PolicyNetwork

_NORMALISED_RANGE = 5.0  # rl_games clamps a normalised observation to this


@dataclass(frozen=True)
class Clips:
    """The bounds that lie between a task and its policy; infinite where there is none."""

    observations: float
    """Observations are clamped to plus and minus this before the policy sees them."""
    actions: float
    """Actions are clamped to plus and minus this before the task sees them."""


def clips(config: Config) -> Clips:
    """Reads the bounds from a config: the task's, and the policy's own bound of 1 on its actions.

    Args:
        config: The composed config.
    """
    env = config.task.env
    clip_to_one = config.learner.get("clip_actions", True)
    return Clips(
        observations=float(env.get("clipObservations", math.inf)),
        actions=min(float(env.get("clipActions", math.inf)), 1.0 if clip_to_one else math.inf),
    )


class Normaliser(nn.Module):
    """The observation normaliser as rl_games computes it, with its statistics frozen, in single precision."""

    mean: Tensor
    std: Tensor

    def __init__(self, mean: Tensor, variance: Tensor, epsilon: float = 1e-5) -> None:
        super().__init__()
        self.register_buffer("mean", mean.float())
        self.register_buffer("std", torch.sqrt(variance.float() + epsilon))

    def forward(self, obs: Tensor) -> Tensor:
        """Normalises observations. Shape: (batch, num_observations)."""
        return ((obs - self.mean) / self.std).clamp(-_NORMALISED_RANGE, _NORMALISED_RANGE)


class Actor(nn.Module):
    """The mean action of an rl_games policy.

    Args:
        network: How to read it.
        model: rl_games' model, in evaluation mode.
        bounds: What observations and actions are clamped to.
    """

    def __init__(self, network: PolicyNetwork, model: nn.Module, bounds: Clips) -> None:
        super().__init__()
        self.bounds = bounds
        self.reader = network
        self.actor = network.actor(model)
        statistics: Any = getattr(model, "running_mean_std", None)
        self.normaliser = (
            nn.Identity() if statistics is None else Normaliser(statistics.running_mean, statistics.running_var)
        )
        self.eval().requires_grad_(False)

    @property
    def state_shapes(self) -> dict[str, tuple[int, int]]:
        """Names of the recurrent state's tensors and their (layers, units): empty without memory."""
        states = self.reader.actor_states(self.actor)
        return {name: (state.shape[0], state.shape[2]) for name, state in zip(("h", "c"), states, strict=False)}

    def forward(self, obs: Tensor, *states: Tensor) -> Tensor | tuple[Tensor, ...]:
        """Computes actions.

        Args:
            obs: Raw observations. Shape: (batch, num_observations).
            *states: The recurrent state. Shape: (layers, batch, units) each.

        Returns:
            Actions, shape (batch, num_actions); of a recurrent policy, a tuple of these and the next states.
        """
        obs = _clamp(obs, self.bounds.observations)
        mean, next_states = self.reader.mean(self.actor, self.normaliser(obs), states)
        actions = _clamp(self.reader.squash(mean), self.bounds.actions)
        return (actions, *next_states) if states else actions


def _clamp(values: Tensor, bound: float) -> Tensor:
    return values.clamp(-bound, bound) if math.isfinite(bound) else values
