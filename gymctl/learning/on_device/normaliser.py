"""The running mean and variance of rl_games, updated in place and without TorchScript."""

import torch
from torch import Tensor, nn

from gymctl.learning.ranks.group import Group

_EPSILON, _LIMIT = 1e-5, 5.0


class RunningMeanStd(nn.Module):
    """Normalises by the mean and variance of all it has seen in training: rl_games' numbers under the same keys.

    rl_games binds its buffers anew with every update, and a compiler that looks at a module's first calls stands
    between; both can't be recorded. Of several ranks, each counts in what all have seen.

    Args:
        size: Of what is normalised.
    """

    running_mean: Tensor
    running_var: Tensor
    count: Tensor

    def __init__(self, size: tuple[int, ...]) -> None:
        super().__init__()
        self.group = Group()
        self.register_buffer("running_mean", torch.zeros(size, dtype=torch.float64))
        self.register_buffer("running_var", torch.ones(size, dtype=torch.float64))
        self.register_buffer("count", torch.ones((), dtype=torch.float64))

    def forward(self, values: Tensor, denorm: bool = False) -> Tensor:
        """Normalises, or undoes it.

        Args:
            values: ``[N, *size]``; in training, they are counted in first.
            denorm: Whether to undo it.
        """
        if self.training:
            self.count_in(values)
        mean, deviation = self.running_mean.float(), torch.sqrt(self.running_var.float() + _EPSILON)
        if denorm:
            return deviation * values.clamp(-_LIMIT, _LIMIT) + mean
        return ((values - mean) / deviation).clamp(-_LIMIT, _LIMIT)

    def count_in(self, values: Tensor) -> None:
        """Counts values into mean and variance.

        Args:
            values: ``[N, *size]``.
        """
        mean, variance, number = self.group.moments(values)
        delta, total = mean - self.running_mean, self.count + number
        squares = self.running_var * self.count + variance * number + delta**2 * self.count * number / total
        self.running_mean.copy_(self.running_mean + delta * number / total)
        self.running_var.copy_(squares / total)
        self.count.copy_(total)


def replace_normalisers(model: nn.Module) -> None:
    """Gives a new model of rl_games these normalisers instead of its own.

    Args:
        model: Untrained.
    """
    for name, module in model.named_children():
        if name in ("running_mean_std", "value_mean_std"):
            size = tuple(module.running_mean.shape)  # pyright: ignore[reportCallIssue, reportAttributeAccessIssue, reportArgumentType]
            setattr(model, name, RunningMeanStd(size))
