"""The read side of an algorithm, as everything that plays, measures or exports a policy sees it."""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from rl_games.common.player import BasePlayer
from torch import Tensor, nn

RnnStates = tuple[Tensor, ...]
"""A recurrent policy's state, each of shape (layers, num_envs, units). Order: h, c for an LSTM, h for a GRU; where the
critic is separate, the actor's first, then the critic's. Empty for a policy without memory."""


@dataclass(frozen=True)
class Recurrence:
    """The recurrent part of a policy."""

    kind: str
    """``lstm`` or ``gru``."""
    units: int
    layers: int
    before_mlp: bool = field(compare=False)
    """Whether it comes before the fully connected layers (inferred from sizes, so not compared)."""

    def __str__(self) -> str:
        return f"{self.kind} {self.units}" + (f"x{self.layers}" if self.layers > 1 else "")


@dataclass(frozen=True)
class NetworkSizes:
    """Sizes of a policy network."""

    algorithm: str
    """``train.params.algo.name``."""
    observations: int
    actions: int
    layers: tuple[int, ...]
    """Widths of the actor's fully connected layers."""
    recurrence: Recurrence | None
    separate: bool
    """Whether the critic has layers of its own."""
    fixed_sigma: bool
    """Whether the standard deviation is a parameter, not an output of the network."""
    normalize_input: bool
    normalize_value: bool

    def __str__(self) -> str:
        hidden: list[Any] = list(self.layers)
        if self.recurrence is not None:
            hidden.insert(0 if self.recurrence.before_mlp else len(hidden), self.recurrence)
        return " → ".join(str(part) for part in (self.observations, *hidden, self.actions))


class PolicyNetwork(ABC):
    """Reads an algorithm's policy out of rl_games' model and out of checkpoints; trains nothing."""

    algorithm: ClassVar[str]
    """``train.params.algo.name``."""
    model: ClassVar[str]
    """``train.params.model.name``."""
    player: ClassVar[type[BasePlayer]]
    """rl_games' player, which builds the model."""
    example: ClassVar[str]
    """A train YAML with the algorithm."""

    @abstractmethod
    def sizes(self, weights: dict[str, Tensor]) -> NetworkSizes | None:
        """Reads the sizes from a checkpoint's tensors; None if they are of another algorithm.

        Args:
            weights: The ``model`` of a checkpoint in today's layout.

        Raises:
            InputError: Some tensors are missing.
        """

    @abstractmethod
    def configured_sizes(self, params: dict[str, Any], found: NetworkSizes) -> NetworkSizes:
        """The sizes that a config asks for; those of observations and actions are taken from `found`.

        Args:
            params: ``train.params``.
            found: Sizes of a checkpoint of this algorithm.

        Raises:
            KeyError: The config lacks a key.
        """

    def policy_weights(self, weights: dict[str, Tensor]) -> dict[str, Tensor]:
        """The tensors of a checkpoint's ``model`` that `player` builds a network for; all of them here."""
        return weights

    @abstractmethod
    def actor(self, model: Any) -> nn.Module:
        """The part of rl_games' model that `mean` needs."""

    def actor_states(self, actor: Any) -> RnnStates:
        """The recurrent state that the actor needs, for one env: ``()`` without memory."""
        return ()

    @abstractmethod
    def mean(self, actor: Any, obs: Tensor, states: RnnStates) -> tuple[Tensor, RnnStates]:
        """The mean action ``[N, num_actions]`` before squashing and clipping, and the actor's next state.

        Args:
            actor: As of `actor`.
            obs: Normalised observations ``[N, num_observations]``.
            states: The actor's recurrent state.
        """

    @abstractmethod
    def distribution(self, model: Any, obs: Tensor, states: RnnStates) -> tuple[Tensor, Tensor, RnnStates]:
        """Mean and standard deviation ``[N, num_actions]`` before squashing and clipping, and the next state.

        Args:
            model: rl_games' model.
            obs: Raw observations ``[N, num_observations]``.
            states: The recurrent state.
        """

    def squash(self, actions: Tensor) -> Tensor:
        """The algorithm's own bound on an action drawn from its Gaussian, ``[N, num_actions]``; none here."""
        return actions


def layers_in_order(layer: re.Pattern[str], weights: dict[str, Tensor]) -> list[Tensor]:
    """The weight matrices whose names match a pattern, by the number in its first group."""
    found = {int(m[1]): w for key, w in weights.items() if (m := layer.fullmatch(key)) and w.ndim == 2}
    return [found[index] for index in sorted(found)]


def normalizes(weights: dict[str, torch.Tensor], what: str) -> bool:
    """Whether a checkpoint has a normaliser: ``running_mean_std`` for observations, ``value_mean_std`` for values."""
    return f"{what}.running_mean" in weights
