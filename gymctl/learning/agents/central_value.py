"""rl_games' central value: a critic beside the policy, which sees the states that only the simulator knows."""

from typing import Any

import torch
from rl_games.algos_torch.central_value import CentralValueTrain
from torch import Tensor
from torch.nn.utils import clip_grad_norm_

from gymctl.learning.on_device.learning_rate import LearningRate
from gymctl.learning.on_device.recorder import CudaGraphs, Inputs, Recorder
from gymctl.learning.ranks.group import Group
from gymctl.policies.checkpoints.training_state import CENTRAL_NETS, CENTRAL_OPTIMIZER


class CentralValue(CentralValueTrain):
    """rl_games' ``CentralValueTrain`` as of rl_games 1.6.5, which doesn't wait for its device and learns in a group.

    Args:
        settings: rl_games' own.
    """

    optimizer: Any
    rnn_states: Any

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.group = Group()
        self._device = torch.device(self.ppo_device)
        self._bfloat16: bool = self.config["bfloat16"]
        self._rate = LearningRate(self.lr, self._device)
        self._recorder: Recorder | None = None
        self.prepare_optimizer()

    def record(self) -> None:
        """Has its updates recorded as a CUDA graph; without an effect where it has memory."""
        if not self.is_rnn:
            self._recorder = Recorder(self._minibatch, self.state_tensors, CudaGraphs(self._device))

    def prepare_optimizer(self) -> None:
        """Has the optimizer, new or restored, read its learning rate on the device."""
        for group in self.optimizer.param_groups:
            self.lr = float(group["lr"])
        self._rate.set(self.lr)
        self._rate.give_to(self.optimizer.param_groups)

    def state_tensors(self) -> list[Tensor]:
        """All that an update changes, in place."""
        moments = [value for state in self.optimizer.state.values() for value in state.values()]
        return [tensor.detach() for tensor in (*self.model.parameters(), *self.model.buffers(), *moments)]

    def checkpoint(self) -> dict[str, Any]:
        """What a checkpoint holds of it, under rl_games' keys."""
        optimizer = self.optimizer.state_dict()
        self._rate.write_into(optimizer["param_groups"])
        return {CENTRAL_NETS: self.state_dict(), CENTRAL_OPTIMIZER: optimizer}

    def forget(self, done: Tensor) -> None:
        """Empties the memory of episodes that have ended (bool ``[num_envs]``)."""
        if self.is_rnn and self.zero_rnn_on_done:
            for state in self.rnn_states:
                state.masked_fill_(done[:, None], 0.0)

    def learn(self, epoch: int) -> Tensor:
        """Learns from an epoch's transitions, and takes the learning rate a step further.

        Args:
            epoch: The present epoch.

        Returns:
            The mean loss, ``[]``.
        """
        if self.config.get("freeze_critic"):
            return torch.zeros((), device=self._device)
        self.model.train()
        learn = self._recorder or self._minibatch
        losses = [learn(self.dataset[i])[0].clone() for _ in range(self.mini_epoch) for i in range(len(self.dataset))]
        self.lr, _ = self.scheduler.update(self.lr, 0, epoch, 0, 0)
        self._rate.set(self.lr)
        return torch.stack(losses).mean()

    def calc_gradients(self, batch: dict[str, Any]) -> Tensor:
        """A minibatch's step, with the mean of all ranks' gradients; returns the loss."""
        inputs = {"obs": batch["obs"], "actions": batch["actions"], "seq_length": self.seq_length}
        inputs |= {"dones": batch["dones"]} | ({"rnn_states": batch["rnn_states"]} if self.is_rnn else {})
        with torch.autocast("cuda" if self._device.type == "cuda" else "cpu", torch.bfloat16, enabled=self._bfloat16):
            values = self.model(inputs)["values"]
            loss = self.calc_loss(batch["old_values"], values, batch["returns"], batch.get("rnn_masks"))
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.group.average_gradients(self.model.parameters())
        if self.truncate_grads:
            clip_grad_norm_(self.model.parameters(), self.grad_norm)
        self.optimizer.step()
        return loss

    def _minibatch(self, minibatch: Inputs) -> tuple[Tensor]:
        return (self.calc_gradients(minibatch).detach(),)
