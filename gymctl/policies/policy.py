"""The `Policy` protocol, and the policy of a checkpoint's network."""

from typing import Protocol

import torch
from torch import Tensor

from gymctl.policies.modes import ActionMode
from gymctl.policies.networks.base import RnnStates
from gymctl.policies.player import Player, distribution, initial_states


class Policy(Protocol):
    """Maps observations to actions; keeps its recurrent state itself."""

    def act(self, obs: Tensor, done: Tensor | None = None) -> Tensor:
        """Actions ``[num_envs, num_actions]`` as an env takes them.

        Args:
            obs: Raw observations ``[num_envs, num_observations]``.
            done: Where they are the first of an episode, bool ``[num_envs]``; None: everywhere at first, then nowhere.
        """
        ...


class NetworkPolicy:
    """rl_games' network with our action modes; keeps the recurrent state and zeroes it where episodes end.

    Args:
        player: With its weights loaded; see `gymctl.policies.player.load_player`.
        mode: How actions are drawn.
        seed: Of the noise.
    """

    def __init__(self, player: Player, mode: ActionMode, seed: int) -> None:
        self.player = player
        self.mode = mode
        self._generator = torch.Generator(device=player.device).manual_seed(seed)
        self._states: RnnStates | None = None

    def draw(self, obs: Tensor, done: Tensor | None = None) -> Tensor:
        """Actions ``[N, num_actions]`` before squashing and clipping.

        Args:
            obs: Raw observations ``[N, num_observations]``.
            done: Where they are the first of an episode, bool ``[N]``; None: everywhere at first, then nowhere.
        """
        if self._states is None:
            self._states = initial_states(self.player, obs.shape[0])
        elif done is not None:
            self._states = tuple(state.masked_fill(done[None, :, None], 0.0) for state in self._states)
        mean, std, self._states = distribution(self.player, obs, self._states)
        return self.mode.draw(mean, std, self._generator)

    def act(self, obs: Tensor, done: Tensor | None = None) -> Tensor:
        """Actions ``[N, num_actions]`` as an env gets them: squashed, and clipped to ±1 where the config says so."""
        actions = self.player.network.squash(self.draw(obs, done))
        return actions.clamp(-1.0, 1.0) if self.player.clip_actions else actions
