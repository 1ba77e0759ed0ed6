"""PPO by rl_games: its agent, with safe checkpoints and exact resume, and what training has to know of it."""

import contextlib
import copy
import io
import itertools
from collections.abc import Mapping
from typing import Any

import torch
from rl_games.algos_torch.a2c_continuous import A2CAgent
from rl_games.algos_torch.model_builder import ModelBuilder
from torch import Tensor

from gymctl.config import Config
from gymctl.config.trees import lookup
from gymctl.core.errors import InputError
from gymctl.envs.capacity import FLOAT, MemoryNeed
from gymctl.learning import resume_state
from gymctl.learning.agents.base import (
    Algorithm,
    EpochTimes,
    best_before,
    checkpoint_path,
    origin_marks,
    write_checkpoint,
)
from gymctl.learning.guards import Seen, check_finite
from gymctl.learning.minibatch import fit_minibatch, num_minibatches
from gymctl.policies.networks.ppo import PpoNetwork
from gymctl.sim.devices import has_bfloat16_units

_BROKEN = {"max_steps": "max_frames", "normalize_rms_advantage": "normalize_advantage"}
"""Keys that rl_games 1.6.5 knows and fails on, with what does the same."""
_LEARNING_RATE = ("train", "params", "config", "learning_rate")


class PpoAgent(A2CAgent):
    """`A2CAgent` as of rl_games 1.6.5, with its traps around saving and resuming taken out."""

    vec_env: Any
    writer: Any
    obs: Any

    def __init__(self, base_name: str, params: dict[str, Any]) -> None:
        super().__init__(base_name, params)
        self.epoch_times = EpochTimes(0.0, 0.0, 0.0)
        self._cpu_bfloat16: bool = self.config["cpu_bfloat16"]
        self._best_before = -float("inf")
        self._resume_state: Any = None

    def restore_state(self, checkpoint: dict[str, Any]) -> None:
        """Continues from a loaded checkpoint: network, normalisers, optimizer, epoch, frame and best reward.

        What the checkpoint has of the episodes under way and of random numbers is put back when training begins.

        Args:
            checkpoint: As returned by `gymctl.policies.checkpoints.loading.load_checkpoint`.

        Raises:
            InputError: The optimizer's state is not that of this network.
        """
        try:
            self.set_full_state_weights(checkpoint)
        except (AttributeError, KeyError, RuntimeError, TypeError, ValueError) as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise InputError(
                f"the state of the training can't be continued: {reason}", "the checkpoint can be played, not continued"
            ) from error
        self._resume_state = checkpoint.get(resume_state.KEY)
        self.last_lr = float(self.optimizer.param_groups[0]["lr"])
        self._best_before = best_before(checkpoint)

    def env_reset(self) -> dict[str, Tensor]:
        """First observations: those of new episodes, or of the ones that a resumed training left."""
        self.obs = super().env_reset()
        state, self._resume_state = self._resume_state, None
        if state is not None and not resume_state.restore(self, state):
            print("the checkpoint's episodes and random numbers are of another training: starting new ones")  # noqa: T201
        return self.obs

    def train_epoch(self) -> tuple[Any, ...]:
        """An epoch of steps and updates.

        Raises:
            DivergedError: A loss or a weight is not finite.
        """
        seen = Seen(self.vec_env.env.task, self._seen)
        with seen.explaining(self.epoch_num):
            result = super().train_epoch()
        losses = [loss for losses in result[4:9] for loss in losses]
        check_finite(losses, self.model, self.epoch_num, seen)
        return result

    def _seen(self) -> dict[str, list[Tensor]]:
        """What the present epoch learns from."""
        transitions = self.experience_buffer.tensor_dict
        return {"observe": [transitions["obses"], self.obs["obs"]], "reward": [transitions["rewards"]]}

    def calc_gradients(self, input_dict: dict[str, Any]) -> None:
        """One minibatch's step, with ``mixed_precision`` on CPUs too that have units for it; rl_games: on CUDA only."""
        with torch.autocast("cpu", torch.bfloat16, enabled=self._cpu_bfloat16):
            super().calc_gradients(input_dict)

    def update_epoch(self) -> int:
        """Counts the epoch; rl_games forgets the restored best at the start of training, this brings it back."""
        self.last_mean_rewards = max(self.last_mean_rewards, self._best_before)
        return super().update_epoch()

    def save(self, fn: str) -> None:
        """Writes ``<fn>.pth`` atomically, with keys and values that any rl_games and a weights-only load can read.

        The best checkpoint is for playing; the others also have what makes a resumed training go on exactly.
        """
        state = self.get_full_state_weights()
        state["model"] = {key.removeprefix("_orig_mod."): value for key, value in state["model"].items()}
        state["last_mean_rewards"] = float(state["last_mean_rewards"])
        state |= origin_marks(self.vec_env.env)
        path = checkpoint_path(fn)
        self.writer.flush()  # a resumed training begins where the curves end
        if path.stem != self.config["name"] and self.vec_env.env.resumable:
            state[resume_state.KEY] = resume_state.capture(self)
        write_checkpoint(state, path)

    def write_stats(self, total_time: float, epoch_num: int, *args: Any, **kwargs: Any) -> None:
        """Keeps the epoch's times for the observer, then writes TensorBoard's scalars."""
        self.epoch_times = EpochTimes(*args[:3])
        super().write_stats(total_time, epoch_num, *args, **kwargs)


class Ppo(Algorithm):
    """PPO with continuous actions, with or without memory."""

    name = PpoNetwork.algorithm
    agent = PpoAgent
    horizon = "horizon_length"
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
                ModelBuilder().load(copy.deepcopy(config.params)).build(sizes)
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
