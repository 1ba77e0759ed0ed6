"""Whether what a config describes can be built, tried before a run directory is made."""

import contextlib
import copy
import io
from typing import Any

import torch
from rl_games.algos_torch.model_builder import ModelBuilder

from gymctl.core.errors import InputError
from gymctl.envs import factory
from gymctl.sim.devices import Backend
from gymctl.tasks import registry

_FEW_ENVS = 2
_BROKEN = {"max_steps": "max_frames", "normalize_rms_advantage": "normalize_advantage"}
"""Keys of PPO that rl_games 1.6.5 knows and fails on, with what does the same."""


def check_buildable(config: dict[str, Any]) -> None:
    """Builds a small env and, for PPO, the policy's network, and throws them away.

    Args:
        config: The resolved config.

    Raises:
        InputError: The task or rl_games can't be built from it, or fails on a key.
    """
    _build_env(config)
    _build_network(config)


def _build_env(config: dict[str, Any]) -> None:
    cpu = torch.device("cpu")
    small = copy.deepcopy(config)
    small["task"]["env"]["numEnvs"] = min(_FEW_ENVS, config["task"]["env"]["numEnvs"])
    env = factory.make(small, Backend("mujoco", cpu, cpu))
    try:
        env.reset()
    finally:
        env.close()


def _build_network(config: dict[str, Any]) -> None:
    params = config["train"]["params"]
    if not params["algo"]["name"].startswith("a2c_"):
        return
    ppo = params["config"]
    for key, instead in _BROKEN.items():
        if ppo.get(key):
            raise InputError(f"rl_games 1.6.5 fails on train.params.config.{key}", f"use {instead} instead")
    task_class = registry.load(config["task"]["name"])
    sizes = {
        "actions_num": task_class.num_actions,
        "input_shape": (task_class.num_observations,),
        "num_seqs": 1,
        "value_size": 1,
        "normalize_value": ppo.get("normalize_value", False),
        "normalize_input": ppo["normalize_input"],
    }
    with torch.random.fork_rng(devices=[]), contextlib.redirect_stdout(io.StringIO()):
        try:
            ModelBuilder().load(copy.deepcopy(params)).build(sizes)
        except Exception as error:  # its builders raise whatever a missing or misspelt key leads to
            problem = (str(error).strip() or "?").splitlines()[0]
            raise InputError(
                f"rl_games can't build the network that the config describes: {type(error).__name__}: {problem}",
                "correct train.params.network: its name, initializer, sigma_init and the like",
            ) from error
