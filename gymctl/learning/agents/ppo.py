"""PPO by rl_games: what training has to know of it."""

import contextlib
import copy
import io
import itertools
from collections.abc import Mapping
from typing import Any

import torch

from gymctl.config import Config
from gymctl.config.trees import lookup
from gymctl.core.errors import InputError
from gymctl.envs.capacity import FLOAT, MemoryNeed
from gymctl.learning.agents.base import Algorithm
from gymctl.learning.agents.ppo_agent import PpoAgent
from gymctl.learning.minibatch import fit_minibatch, num_minibatches
from gymctl.learning.on_device.models import build_network
from gymctl.policies.networks.ppo import PpoNetwork
from gymctl.sim.devices import has_bfloat16_units

_BROKEN = {"max_steps": "max_frames", "normalize_rms_advantage": "normalize_advantage"}
"""Keys that rl_games 1.6.5 knows and fails on, with what does the same."""
_LEARNING_RATE = ("train", "params", "config", "learning_rate")


class Ppo(Algorithm):
    """PPO with continuous actions, with or without memory."""

    name = PpoNetwork.algorithm
    agent = PpoAgent
    horizon = "horizon_length"
    shares_learning = True
    optimizers = frozenset({"optimizer"})

    def fit(self, config: Config) -> tuple[Config, str | None]:
        """Fits the minibatch to the number of envs."""
        return fit_minibatch(config)

    def check_buildable(self, config: Config, num_observations: int, num_actions: int) -> None:
        """Builds the network, and checks that sequences for a policy with memory fill the horizon."""
        horizon, sequence = config.learner["horizon_length"], config.learner.get("seq_length", 4)
        if config.learner.get("normalize_advantage") and config.num_envs * horizon == 1:
            raise InputError("an epoch of one step has no spread of advantages to normalise by", "use more envs")
        if "rnn" in config.network and horizon % sequence:
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
            except Exception as error:  # its builders raise whatever a missing or misspelt key leads to
                problem = (str(error).strip() or "?").splitlines()[0]
                raise InputError(
                    f"rl_games can't build the network that the config describes: {type(error).__name__}: {problem}",
                    "correct train.params.network: its name, initializer, sigma_init and the like",
                ) from error

    def memory_need(self, config: Config, num_observations: int, num_actions: int) -> MemoryNeed:
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
        per_env = FLOAT * config.learner["horizon_length"] * (transition + activations)
        return MemoryNeed(4 * FLOAT * towers * weights, per_env)

    def adapt(self, checkpoint: dict[str, Any], before: Mapping[str, Any] | None, config: Config) -> None:
        """A learning rate that is set anew holds, instead of the one that the schedule had come to."""
        rate = config.learner["learning_rate"]
        if before is not None and lookup(before, _LEARNING_RATE) != rate:
            for group in checkpoint["optimizer"]["param_groups"]:
                group["lr"] = rate
