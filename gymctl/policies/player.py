"""Loads a policy through rl_games' own player, from a config and a checkpoint alone: no env, no simulator."""

import copy
import io
import textwrap
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from gymnasium.spaces import Box

from gymctl.config.config import Config
from gymctl.core.errors import InputError
from gymctl.policies.checkpoints.fitting import check_fits
from gymctl.policies.networks.base import NetworkSizes, PolicyNetwork, RnnStates
from gymctl.policies.networks.registry import network_of, sizes_of
from gymctl.policies.probing import draw_observations

_NUM_PROBES = 64


@dataclass(frozen=True)
class Player:
    """A trained policy."""

    network: PolicyNetwork
    model: Any
    """rl_games' model with its weights, in evaluation mode."""
    device: torch.device
    clip_actions: bool
    """Whether actions are clipped to ±1."""


def load_player(config: Config, checkpoint: dict[str, Any], device: str | torch.device = "cpu") -> Player:
    """Builds rl_games' player and loads a checkpoint's weights into it.

    Args:
        config: The composed config.
        checkpoint: As `gymctl.policies.checkpoints.loading.load_checkpoint` returns it.
        device: Where the network goes.

    Returns:
        The policy, on `device`. torch's random state is as before.

    Raises:
        InputError: If the algorithm is not available, the checkpoint doesn't fit the config, or its network gives
            actions that are no numbers.
    """
    params, network = config.params, network_of(config)
    check_fits(checkpoint, config)
    with torch.random.fork_rng(devices=[]), redirect_stdout(io.StringIO()):  # networks draw weights and noise
        player = _build(network, _player_params(params, sizes_of(checkpoint), str(device)))
        try:
            player.model.load_state_dict(network.policy_weights(checkpoint["model"]))
        except RuntimeError as error:
            mismatch = textwrap.shorten(str(error).splitlines()[-1], 200, placeholder="…")
            raise InputError(
                f"the checkpoint doesn't fit the config: {mismatch}", "use the config of the run that made it"
            ) from error
        loaded = Player(network, player.model.eval(), player.device, bool(player.clip_actions))
        _check_acts(loaded, checkpoint)
    return loaded


def initial_states(player: Player, num_envs: int) -> RnnStates:
    """Makes the recurrent state at the start of an episode: zeros, or ``()`` for a policy without memory.

    Args:
        player: The policy.
        num_envs: The number of environments.
    """
    if not player.model.is_rnn():
        return ()
    return tuple(
        torch.zeros(layers, num_envs, units, device=player.device)
        for layers, _, units in (state.shape for state in player.model.get_default_rnn_state())
    )


def distribution(
    player: Player, obs: torch.Tensor, rnn_states: RnnStates = ()
) -> tuple[torch.Tensor, torch.Tensor, RnnStates]:
    """Computes the policy's Gaussian over actions, before any squashing or clipping.

    Args:
        player: The policy.
        obs: Raw observations. Shape: (num_envs, num_observations).
        rnn_states: As `initial_states` or the last call gave them, zeroed by the caller where an episode ended.

    Returns:
        Mean and standard deviation, both of shape (num_envs, num_actions), and the next recurrent state.
    """
    with torch.no_grad():
        return player.network.distribution(player.model, obs, rnn_states)


def _check_acts(player: Player, checkpoint: dict[str, Any]) -> None:
    """Refuses a network that overflows, on observations as it saw them in training."""
    obs = draw_observations(checkpoint["model"], sizes_of(checkpoint).observations, _NUM_PROBES).to(player.device)
    try:
        mean, std, _ = distribution(player, obs, initial_states(player, _NUM_PROBES))
        acts = bool((mean.isfinite() & std.isfinite()).all())
    except (RuntimeError, ValueError):  # rl_games draws from the distribution, which must be one
        acts = False
    if not acts:
        raise InputError(
            "the checkpoint's network gives actions that are no numbers: its weights have left all bounds",
            "give an earlier checkpoint of the run",
        )


def _player_params(params: dict[str, Any], network: NetworkSizes, device: str) -> dict[str, Any]:
    observations = Box(-np.inf, np.inf, (network.observations,), np.float32)
    actions = Box(-1.0, 1.0, (network.actions,), np.float32)
    learner = {
        **params["config"],
        "env_name": "",
        "device": device,
        "device_name": device,
        "multi_gpu": False,
        "player": {},
        "env_config": {},
        "env_info": {"observation_space": observations, "action_space": actions},
    }
    return copy.deepcopy({**params, "config": learner})


def _build(network: PolicyNetwork, params: dict[str, Any]) -> Any:
    try:
        return network.player(params)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise InputError(
            f"rl_games can't build the policy that the config describes: {type(error).__name__}: {error}",
            "correct train.params.network and train.params.model",
        ) from error
