"""rl_games' PPO agent: its updates, safe checkpoints and exact resume; an epoch waits for its device once."""

import os
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from gymctl.core.errors import InputError
from gymctl.learning import resume_state
from gymctl.learning.agents.base import EpochTimes, best_before, checkpoint_path, origin_marks, write_checkpoint
from gymctl.learning.agents.collecting import CollectingPpo
from gymctl.learning.best import BestCheckpoint, writing_at_the_end
from gymctl.learning.guards import Seen, check_finite, size_of_weights
from gymctl.learning.on_device.learning_rate import LearningRate
from gymctl.learning.on_device.models import build_central_network, build_network
from gymctl.learning.on_device.recorder import CudaGraphs, Inputs, Outputs, Recorder
from gymctl.learning.ranks.group import RankLostError

_LOSSES = ("a_loss", "c_loss", "b_loss", "entropy", "kl")
_KL = _LOSSES.index("kl")


class PpoAgent(CollectingPpo):
    """rl_games' ``A2CAgent`` as of rl_games 1.6.5, with its traps around saving and resuming taken out.

    Its losses are rl_games' own. What an epoch brings - losses, the learning rate, the returns of ended episodes -
    stays on the device until `train_epoch` reads all of it with one copy.
    """

    writer: Any
    scheduler: Any
    train_result: Any
    central_value_net: Any
    further_losses: Sequence[Tensor] = ()
    """Of a minibatch, beside PPO's own: numbers to be read with them, ``[]``, without gradients."""

    def __init__(self, base_name: str, params: dict[str, Any]) -> None:
        super().__init__(base_name, params)
        device = torch.device(self.ppo_device)
        self.epoch_times = EpochTimes(0.0, 0.0, 0.0)
        self._cpu_bfloat16: bool = self.config["cpu_bfloat16"]
        self._best_before = -float("inf")
        self._resume_state: Any = None
        self._central_loss = torch.zeros(())
        self._best = BestCheckpoint(checkpoint_path(os.path.join(self.nn_dir, self.config["name"])))
        self._rate = LearningRate(self.last_lr, device)
        self._rate.give_to(self.optimizer.param_groups)
        self._learn = None
        if self._recordable():
            self._learn = None if self.is_rnn else Recorder(self._minibatch, self.state_tensors, CudaGraphs(device))
            if self.has_central_value:
                self.central_value_net.record()

    def load_networks(self, params: dict[str, Any]) -> None:
        """Has the networks built with models that never wait."""
        self.config["network"] = build_network(params)
        if (central := self.config.get("central_value_config")) is not None:
            central["network"] = build_central_network(central)

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
            self.last_lr = float(self.optimizer.param_groups[0]["lr"])
        except (AttributeError, KeyError, RuntimeError, TypeError, ValueError) as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise InputError(
                f"the state of the training can't be continued: {reason}", "the checkpoint can be played, not continued"
            ) from error
        self._rate.set(self.last_lr)
        self._rate.give_to(self.optimizer.param_groups)
        if self.has_central_value:
            self.central_value_net.prepare_optimizer()
        self._resume_state = checkpoint.get(resume_state.KEY)
        self._best_before = best_before(checkpoint)

    def take_weights(self, checkpoint: dict[str, Any]) -> None:
        """Begins with a policy's weights and normalisers; everything else is that of a new training.

        A central value begins anew, too.

        Args:
            checkpoint: Its ``model`` is of this network.
        """
        self.model.load_state_dict(checkpoint["model"])

    def state_tensors(self) -> list[Tensor]:
        """All that an update of the networks changes, in place."""
        optimizer = [value for state in self.optimizer.state.values() for value in state.values()]
        scaler = [self.scaler._scale, self.scaler._growth_tracker] if self.scaler.is_enabled() else []
        model = [*self.model.parameters(), *self.model.buffers()]
        return [tensor.detach() for tensor in [*model, *optimizer, *scaler, *self._rate.tensors] if tensor is not None]

    def env_reset(self) -> dict[str, Tensor]:
        """First observations: those of new episodes, or of the ones that a resumed training left."""
        self.obs = super().env_reset()
        state, self._resume_state = self._resume_state, None
        if state is not None and not resume_state.restore(self, state):
            print("the checkpoint's episodes and random numbers are of another training: starting new ones")  # noqa: T201
        return self.obs

    def train(self) -> Any:
        """Trains until a limit is reached, which the observer may set. However it ends, the best checkpoint is there.

        All ranks begin with the first one's networks. If one is lost, the first one writes what it has learned.

        Returns:
            The best reward and the last epoch.

        Raises:
            RankLostError: Another rank has ended.
        """
        if not self.group.is_alone:
            state = self.group.from_first(self.get_full_state_weights())
            if not self.group.is_first:
                self.restore_state(state)
        with writing_at_the_end(self._best):
            try:
                return super().train()
            except RankLostError:
                self.epoch_num -= 1
                self.save(os.path.join(self.nn_dir, f"last_{self.config['name']}_ep_{self.epoch_num}"))
                raise

    def train_epoch(self) -> tuple[Any, ...]:
        """An epoch of steps and updates, and the one copy of what they brought.

        Returns:
            What rl_games' `train_epoch` returns, on the host.

        Raises:
            DivergedError: A loss or a weight is not finite.
        """
        self.vec_env.set_train_info(self.frame, self)
        seen = Seen(self.vec_env.env.task, self._seen)
        with seen.explaining(self.epoch_num):
            self.set_eval()
            with torch.no_grad(), self._stopwatch.timing("play"):
                batch = self.play_steps()
            with self._stopwatch.timing("update"):
                self.curr_frames = batch.pop("played_frames")
                self.prepare_dataset(batch)
                self.algo_observer.after_steps()
                self.set_train()
                rows, dtypes = self._update()
        rows = self.group.mean(rows)
        weights = torch.stack([size_of_weights(network) for network in self.networks]).max()
        central = [self._central_loss] if self.has_central_value else []
        rows, rate, weights, *central = self.readback.read([rows, self._rate.value, weights, *central])
        if self.is_adaptive_lr:
            self.last_lr = rate.item()
        check_finite([rows, *central], weights, self.epoch_num, seen)
        self._central_loss = central[0] if central else self._central_loss
        self.compare_networks()
        return self.results(rows, dtypes)

    def calc_gradients(self, input_dict: dict[str, Any]) -> None:
        """One minibatch's step, with ``mixed_precision`` on CPUs too that have units for it; rl_games: on CUDA only."""
        with torch.autocast("cpu", torch.bfloat16, enabled=self._cpu_bfloat16):
            super().calc_gradients(input_dict)

    def update_epoch(self) -> int:
        """Counts the epoch; rl_games forgets the restored best at the start of training, this brings it back."""
        self.last_mean_rewards = max(self.last_mean_rewards, self._best_before)
        self._best.write_if_due()
        return super().update_epoch()

    def get_full_state_weights(self) -> dict[str, Any]:
        """What a checkpoint holds, with keys and values that any rl_games and a weights-only load can read."""
        state = super().get_full_state_weights()
        state["model"] = {key.removeprefix("_orig_mod."): value for key, value in state["model"].items()}
        state["last_mean_rewards"] = float(state["last_mean_rewards"])
        self._rate.write_into(state["optimizer"]["param_groups"])
        if self.has_central_value:
            state |= self.central_value_net.checkpoint()
        return state | origin_marks(self.vec_env.env)

    def save(self, fn: str) -> None:
        """Writes ``<fn>.pth`` atomically; the best checkpoint only now and then, and before any other.

        The best checkpoint is for playing; the others also have what makes a resumed training go on exactly, unless it
        had several ranks. Only the first rank writes.
        """
        if not self.group.is_first:
            return
        state, path = self.get_full_state_weights(), checkpoint_path(fn)
        self.writer.flush()  # a resumed training begins where the curves end
        if path == self._best.path:
            self._best.keep(state)
            return
        self._best.write()
        if self.vec_env.env.resumable and self.group.is_alone:
            state |= self.resume_entries()
        write_checkpoint(state, path)

    def resume_entries(self) -> dict[str, Any]:
        """What a checkpoint has besides, to be resumed and not only played."""
        return {resume_state.KEY: resume_state.capture(self)}

    def write_stats(self, total_time: float, epoch_num: int, *args: Any, **kwargs: Any) -> None:
        """Keeps the epoch's times for the observer, then writes TensorBoard's scalars."""
        self.epoch_times = EpochTimes(*args[:3])
        super().write_stats(total_time, epoch_num, *args, **kwargs)
        if self.has_central_value:
            self.writer.add_scalar("losses/cval_loss", self._central_loss.item(), self.frame)
            self.writer.add_scalar("info/cval_lr", self.central_value_net.lr, self.frame)

    def _seen(self) -> dict[str, list[Tensor]]:
        """What the present epoch learns from."""
        transitions = self.experience_buffer.tensor_dict
        states = [transitions["states"], self.obs["states"]] if self.has_central_value else []
        return {
            "observe": [transitions["obses"], self.obs["obs"]],
            "observe_states": states,
            "reward": [transitions["rewards"]],
        }

    def _update(self) -> tuple[Tensor, list[torch.dtype]]:
        """Learns from the epoch's transitions.

        Returns:
            The losses by `_LOSSES`, the `further_losses` and the learning rate of each minibatch, ``[mini_epochs,
            minibatches, losses + 1]``, and the types that the losses had.
        """
        if self.has_central_value:
            self._central_loss = self.central_value_net.learn(self.epoch_num)
        learn, rows, dtypes = self._learn or self._minibatch, [], []
        for mini_epoch in range(self.mini_epochs_num):
            for index in range(len(self.dataset)):
                mean, deviation, row, *losses = learn(self.dataset[index])
                self.dataset.update_mu_sigma(mean, deviation)
                rows.append(row.clone() if self._learn else row)
                dtypes = [loss.dtype for loss in losses]
                if self.schedule_type == "legacy" and not self.is_adaptive_lr:
                    self._schedule()
            if self.schedule_type == "standard":
                kls = torch.stack(rows[-len(self.dataset) :])[:, _KL]
                self._schedule(kls.to(dtypes[_KL]).mean())
            self.diagnostics.mini_epoch(self, mini_epoch)
        return torch.stack(rows).unflatten(0, (self.mini_epochs_num, -1)), dtypes

    def _minibatch(self, minibatch: Inputs) -> Outputs:
        """Learns from a minibatch, without a look at any value.

        Returns:
            The policy's means and standard deviations; the losses and the learning rate in double precision, together,
            and the losses as they were.
        """
        rate = self._rate.value.clone()
        self.calc_gradients(dict(minibatch))
        a_loss, c_loss, entropy, kl, _, _, mean, deviation, b_loss = self.train_result
        self.train_result = None  # it would keep the gradients' graph
        if self.schedule_type == "legacy" and self.is_adaptive_lr:
            self._schedule(kl)
        losses = [*(loss.detach() for loss in (a_loss, c_loss, b_loss, entropy, kl)), *self.further_losses]
        return mean, deviation, torch.stack([*(loss.double() for loss in losses), rate]), *losses

    def _schedule(self, kl: Tensor | None = None) -> None:
        """Takes the learning rate one step further; only the adaptive rule needs to know how far the policy moved."""
        if self.is_adaptive_lr:
            assert kl is not None
            kl = self.group.mean(kl.clone())
            self._rate.adapt(kl, self.scheduler.kl_threshold, self.scheduler.min_lr, self.scheduler.max_lr)
            return
        self.last_lr, self.entropy_coef = self.scheduler.update(self.last_lr, self.entropy_coef, self.epoch_num, 0, 0.0)
        self._rate.set(self.last_lr)

    def results(self, rows: Tensor, dtypes: list[torch.dtype]) -> tuple[Any, ...]:
        """What `train_epoch` returns.

        Args:
            rows: As of `_update`, on the host.
            dtypes: Of the losses.
        """
        columns = rows.flatten(0, 1).unbind(1)
        a_losses, c_losses, b_losses, entropies, *_ = (
            list(column.to(dtype)) for column, dtype in zip(columns, dtypes, strict=False)
        )
        kls = list(rows[:, :, _KL].to(dtypes[_KL]).mean(1))
        times = self._stopwatch.take()
        whole = times["play"] + times["update"]
        rate = rows[-1, -1, -1].item()
        return (
            *(times["step"], times["play"], times["update"], whole),
            *(a_losses, c_losses, b_losses, entropies, kls, rate, 1.0),
        )

    def _recordable(self) -> bool:
        """Whether minibatches' steps may be recorded: always the same Python code, on a GPU, without other ranks."""
        changes = self.config.get("use_diagnostics") or self.config.get("schedule_entropy")
        return (
            torch.device(self.ppo_device).type == "cuda"
            and self.config.get("cuda_graph", True)
            and self.group.is_alone
            and not (changes or self.config["torch_compile"])
        )
