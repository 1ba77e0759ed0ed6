"""PPO by rl_games: what training has to know of it."""

import contextlib
import copy
import io
import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from gymctl.config import Config
from gymctl.config.trees import lookup
from gymctl.core.errors import InputError
from gymctl.envs.capacity import FLOAT, MemoryNeed
from gymctl.learning.agents.base import Algorithm
from gymctl.learning.agents.central_settings import (
    check_settings,
    check_weights_of,
    has_central_value,
    has_memory,
)
from gymctl.learning.agents.ppo_agent import PpoAgent
from gymctl.learning.minibatch import central_minibatch, fit_central_minibatch, fit_minibatch, num_minibatches
from gymctl.learning.on_device.models import build_central_network, build_network
from gymctl.policies.checkpoints.training_state import CENTRAL_NETS, CENTRAL_OPTIMIZER
from gymctl.policies.networks.ppo import PpoNetwork
from gymctl.sim.devices import has_bfloat16_units

_BROKEN = {"max_steps": "max_frames", "normalize_rms_advantage": "normalize_advantage"}
"""Keys that rl_games 1.6.5 knows and fails on, with what does the same."""
_CONFIG = ("train", "params", "config")
_LEARNING_RATES = {
    "optimizer": (*_CONFIG, "learning_rate"),
    CENTRAL_OPTIMIZER: (*_CONFIG, "central_value_config", "learning_rate"),
}
"""Of each optimizer of a checkpoint."""


class Ppo(Algorithm):
    """PPO with continuous actions, with or without memory."""

    name = PpoNetwork.algorithm
    agent = PpoAgent
    horizon = "horizon_length"
    shares_learning = True
    optimizers = frozenset({"optimizer"})

    def optimizers_of(self, config: Config) -> frozenset[str]:
        """See `Algorithm.optimizers_of`."""
        return self.optimizers | ({CENTRAL_OPTIMIZER} if has_central_value(config) else set())

    def fit(self, config: Config) -> tuple[Config, str | None]:
        """Fits the minibatches to the number of envs."""
        config, note = fit_minibatch(config)
        if not has_central_value(config):
            return config, note
        config, central = fit_central_minibatch(config)
        return config, "; ".join(filter(None, (note, central))) or None

    def check_settings(self, config: Config, num_states: int) -> None:
        """Checks the settings of a central value."""
        if has_central_value(config):
            check_settings(config, num_states)

    def check_buildable(self, config: Config, num_observations: int, num_actions: int, num_states: int = 0) -> None:
        """Builds the networks, and checks that sequences for one with memory fill the horizon."""
        horizon, sequence = config.learner["horizon_length"], config.learner.get("seq_length", 4)
        if config.learner.get("normalize_advantage") and config.num_envs * horizon == 1:
            raise InputError("an epoch of one step has no spread of advantages to normalise by", "use more envs")
        if (has_memory(config) or "rnn" in config.network) and horizon % sequence:
            raise InputError(
                f"horizon_length {horizon} is not a multiple of seq_length {sequence}, over which memory learns",
                f"set train.params.config.horizon_length={max(1, round(horizon / sequence)) * sequence}",
            )
        for key, instead in _BROKEN.items():
            if config.learner.get(key):
                raise InputError(f"rl_games 1.6.5 fails on train.params.config.{key}", f"use {instead} instead")
        sizes = {
            "actions_num": num_actions,
            "input_shape": (num_observations,),
            "num_seqs": 1,
            "value_size": 1,
            "normalize_value": config.learner.get("normalize_value", False),
            "normalize_input": config.learner["normalize_input"],
        }
        with torch.random.fork_rng(devices=[]), contextlib.redirect_stdout(io.StringIO()):
            try:
                build_network(copy.deepcopy(config.params)).build(sizes)
                if has_central_value(config):
                    central = copy.deepcopy(config.learner["central_value_config"])
                    sizes |= {"input_shape": (num_states,), "normalize_input": central["normalize_input"]}
                    build_central_network(central).build(sizes)
            except Exception as error:  # its builders raise whatever a missing or misspelt key leads to
                problem = (str(error).strip() or "?").splitlines()[0]
                raise InputError(
                    f"rl_games can't build the network that the config describes: {type(error).__name__}: {problem}",
                    "correct train.params.network, or that of central_value_config: its name, initializer, sigma_init "
                    "and the like",
                ) from error

    def memory_need(self, config: Config, num_observations: int, num_actions: int, num_states: int = 0) -> MemoryNeed:
        """Networks with Adam, and an epoch's transitions, which rl_games keeps twice: by time and by env.

        In a minibatch every unit keeps about five numbers for the gradient (measured; in bfloat16, half of the bytes).
        """
        widths = [num_observations, *config.network["mlp"]["units"], num_actions]
        weights = sum(a * b for a, b in itertools.pairwise(widths))
        towers = 2 if config.network.get("separate") else 1
        transition = 2 * (num_observations + 3 * num_actions + 5)
        activations = (2 * num_observations + 5 * towers * sum(widths[1:])) / num_minibatches(config.defaults)
        if config.learner.get("mixed_precision") and has_bfloat16_units():
            activations /= 2
        weights *= towers
        if has_central_value(config):
            central = config.learner["central_value_config"]
            critic = [num_states, *central["network"]["mlp"]["units"], 1]
            weights += sum(a * b for a, b in itertools.pairwise(critic))
            transition += 2 * num_states
            share = min(central_minibatch(config) / (config.num_envs * config.learner["horizon_length"]), 1.0)
            activations = max(activations, (2 * num_states + 5 * sum(critic[1:])) * share)
        per_env = FLOAT * config.learner["horizon_length"] * (transition + activations)
        return MemoryNeed(4 * FLOAT * weights, per_env)

    def complete(self, checkpoint: dict[str, Any], path: Path, config: Config) -> str | None:
        """Checks that the checkpoint has a central value if the config has one; see `Algorithm.complete`.

        Raises:
            InputError: One of them has none, or its weights are no such thing.
        """
        if has_central_value(config):
            check_weights_of(checkpoint, path)
        elif CENTRAL_NETS in checkpoint:
            raise InputError(
                f"{path} was trained with a central value, and the config has none",
                "give the config of its run, or begin a training with its weights: --from",
            )
        return None

    def adapt(self, checkpoint: dict[str, Any], before: Mapping[str, Any] | None, config: Config) -> None:
        """Learning rates that are set anew hold, instead of those that their schedules had come to."""
        for optimizer in self.optimizers_of(config):
            rate = lookup(config.tree, _LEARNING_RATES[optimizer])
            if before is not None and lookup(before, _LEARNING_RATES[optimizer]) != rate:
                for group in checkpoint[optimizer]["param_groups"]:
                    group["lr"] = rate
