"""rl_games' PPO agent, with checkpoints that are written whole or not at all and a best that survives a resume."""

import re
from pathlib import Path
from typing import Any, NamedTuple

import torch
from rl_games.algos_torch.a2c_continuous import A2CAgent
from torch import Tensor

from gymctl.core.errors import InputError
from gymctl.learning import resume_state
from gymctl.learning.guards import check_finite
from gymctl.learning.saving import write_checkpoint


class EpochTimes(NamedTuple):
    """Where an epoch's wall time went [s]."""

    step: float
    """Environment steps."""
    play: float
    """Environment steps and policy inference."""
    update: float
    """The networks' updates."""


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
        self._best_before = float(checkpoint.get("last_mean_rewards", -float("inf")))

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
        result = super().train_epoch()
        losses = [loss for losses in result[4:9] for loss in losses]
        check_finite(losses, self.model, self.epoch_num)
        return result

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
        path = Path(fn)
        path = path.with_name(re.sub(r"_rew__?(.+?)_?$", r"_rew_\1", path.name) + ".pth")
        self.writer.flush()  # a resumed training begins where the curves end
        if path.stem != self.config["name"] and self.vec_env.env.resumable:
            state[resume_state.KEY] = resume_state.capture(self)
        write_checkpoint(state, path)

    def write_stats(self, total_time: float, epoch_num: int, *args: Any, **kwargs: Any) -> None:
        """Keeps the epoch's times for the observer, then writes TensorBoard's scalars."""
        self.epoch_times = EpochTimes(*args[:3])
        super().write_stats(total_time, epoch_num, *args, **kwargs)
