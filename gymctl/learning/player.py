"""rl_games' own player, built from a config and a checkpoint alone: no env, no simulator."""

import io
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

import numpy as np
import torch
from gymnasium.spaces import Box
from rl_games.algos_torch.players import PpoPlayerContinuous
from rl_games.torch_runner import Runner

from gymctl.checkpoints import NetworkSizes, check_fits, sizes
from gymctl.errors import InputError

RnnStates = tuple[torch.Tensor, ...]
"""A recurrent policy's state, each of shape (layers, num_envs, units). Order: h, c for an LSTM, h for a GRU; where the
critic is separate, the actor's first, then the critic's. Empty for a policy without memory."""

_ALGORITHM = "a2c_continuous"
_MODEL = "continuous_a2c_logstd"


@contextmanager
def undisturbed_torch() -> Iterator[None]:
    """Puts torch's process-wide settings back: thread count, matrix precision, cuDNN's modes, CPU random state.

    rl_games' Runner changes all of them, and its networks draw their initial weights.
    """
    threads = torch.get_num_threads()
    precision = torch.get_float32_matmul_precision()
    matmul_tf32 = torch.backends.cuda.matmul.allow_tf32
    cudnn_flags = torch.backends.cudnn.flags(
        enabled=torch.backends.cudnn.enabled,
        benchmark=torch.backends.cudnn.benchmark,
        deterministic=torch.backends.cudnn.deterministic,
        allow_tf32=torch.backends.cudnn.allow_tf32,
    )
    try:
        with cudnn_flags, torch.random.fork_rng(devices=[]):
            yield
    finally:
        torch.set_num_threads(threads)
        torch.set_float32_matmul_precision(precision)
        torch.backends.cuda.matmul.allow_tf32 = matmul_tf32


def load_player(
    config: dict[str, Any], checkpoint: dict[str, Any], device: str | torch.device = "cpu"
) -> PpoPlayerContinuous:
    """Builds rl_games' player and loads a checkpoint's weights into it.

    Args:
        config: The composed config.
        checkpoint: As `gymctl.checkpoints.load` returns it.
        device: Where the network goes.

    Returns:
        The player in evaluation mode, without an env. torch's process-wide settings are as before.

    Raises:
        InputError: If the policy is no PPO with continuous actions or the checkpoint doesn't fit the config.
    """
    params = config["train"]["params"]
    algorithm, model = params["algo"]["name"], params["model"]["name"]
    if (algorithm, model) != (_ALGORITHM, _MODEL):
        raise InputError(
            f"a policy of algorithm '{algorithm}' with model '{model}' can't be loaded",
            f"only '{_ALGORITHM}' with '{_MODEL}' is supported: PPO with continuous actions",
        )
    check_fits(checkpoint, config)
    with undisturbed_torch(), redirect_stdout(io.StringIO()):
        player = _build(_player_params(params, sizes(checkpoint), str(device)))
        try:
            player.model.load_state_dict(checkpoint["model"])
        except RuntimeError as error:
            mismatch = str(error).splitlines()[-1].strip()
            raise InputError(
                f"the checkpoint doesn't fit the config: {mismatch}", "use the config of the run that made it"
            ) from error
    player.model.eval()
    return player


def initial_states(player: PpoPlayerContinuous, num_envs: int) -> RnnStates:
    """Makes the recurrent state at the start of an episode: zeros, or ``()`` for a policy without memory.

    Args:
        player: The player.
        num_envs: The number of environments.
    """
    if not player.is_rnn:
        return ()
    return tuple(
        torch.zeros(layers, num_envs, units, device=player.device)
        for layers, _, units in (state.shape for state in player.model.get_default_rnn_state())
    )


def distribution(
    player: PpoPlayerContinuous, obs: torch.Tensor, rnn_states: RnnStates = ()
) -> tuple[torch.Tensor, torch.Tensor, RnnStates]:
    """Computes the policy's Gaussian over actions, before any clipping.

    Args:
        player: The player.
        obs: Raw observations. Shape: (num_envs, num_observations).
        rnn_states: As `initial_states` or the last call gave them, zeroed by the caller where an episode ended.

    Returns:
        Mean and standard deviation, both of shape (num_envs, num_actions), and the next recurrent state.
    """
    with torch.no_grad():
        output = player.model({"is_train": False, "prev_actions": None, "obs": obs, "rnn_states": rnn_states})
    return output["mus"], output["sigmas"], tuple(output["rnn_states"] or ())


def _player_params(params: dict[str, Any], network: NetworkSizes, device: str) -> dict[str, Any]:
    observations = Box(-np.inf, np.inf, (network.observations,), np.float32)
    actions = Box(-1.0, 1.0, (network.actions,), np.float32)
    learner = {
        **params["config"],
        "reward_shaper": {},
        "env_name": "",
        "device": device,
        "device_name": device,
        "multi_gpu": False,
        "player": {},
        "env_config": {},
        "env_info": {"observation_space": observations, "action_space": actions},
    }
    return {**params, "config": learner, "seed": 0, "torch_threads": 0}  # to rl_games, 0 means: leave alone


def _build(params: dict[str, Any]) -> PpoPlayerContinuous:
    runner = Runner()
    try:
        runner.load({"params": params})
        return runner.create_player()
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise InputError(
            f"rl_games can't build the policy that the config describes: {type(error).__name__}: {error}",
            "correct train.params.network and train.params.model",
        ) from error
