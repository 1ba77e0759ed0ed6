"""A policy as rl_games' own player loads it, from a config and a checkpoint alone: no env, no simulator."""

import copy
import io
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from gymnasium.spaces import Box

from gymctl.checkpoints import NetworkSizes, check_fits, sizes
from gymctl.errors import InputError
from gymctl.learning.algorithms import Algorithm, RnnStates, algorithm_of


@dataclass(frozen=True)
class Player:
    """A trained policy."""

    algorithm: Algorithm
    model: Any
    """rl_games' model with its weights, in evaluation mode."""
    device: torch.device
    clip_actions: bool
    """Whether actions are clipped to ±1."""


def load_player(config: dict[str, Any], checkpoint: dict[str, Any], device: str | torch.device = "cpu") -> Player:
    """Builds rl_games' player and loads a checkpoint's weights into it.

    Args:
        config: The composed config.
        checkpoint: As `gymctl.checkpoints.load` returns it.
        device: Where the network goes.

    Returns:
        The policy, on `device`. torch's random state is as before.

    Raises:
        InputError: If the algorithm is not available or the checkpoint doesn't fit the config.
    """
    params, algorithm = config["train"]["params"], algorithm_of(config)
    check_fits(checkpoint, config)
    with torch.random.fork_rng(devices=[]), redirect_stdout(io.StringIO()):  # networks draw initial weights
        player = _build(algorithm, _player_params(params, sizes(checkpoint), str(device)))
        try:
            player.model.load_state_dict(checkpoint["model"])
        except RuntimeError as error:
            mismatch = str(error).splitlines()[-1].strip()
            raise InputError(
                f"the checkpoint doesn't fit the config: {mismatch}", "use the config of the run that made it"
            ) from error
    return Player(algorithm, player.model.eval(), player.device, bool(player.clip_actions))


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
        return player.algorithm.distribution(player.model, obs, rnn_states)


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


def _build(algorithm: Algorithm, params: dict[str, Any]) -> Any:
    try:
        return algorithm.player(params)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise InputError(
            f"rl_games can't build the policy that the config describes: {type(error).__name__}: {error}",
            "correct train.params.network and train.params.model",
        ) from error
