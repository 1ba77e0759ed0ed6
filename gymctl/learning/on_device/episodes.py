"""Returns and lengths of ended episodes: added up on the device, averaged on the host."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from gymctl.learning.ranks.group import Group


class Meter:
    """rl_games' ``AverageMeter``, on the host and fed with sums: the mean of about the last ``max_size`` episodes.

    Args:
        max_size: How many episodes count.
    """

    def __init__(self, max_size: int) -> None:
        self.max_size = max_size
        self.current_size = 0
        """How many episodes the mean is of."""
        self.mean = torch.zeros(1)

    def update(self, total: float, count: int) -> None:
        """Adds episodes that ended together.

        Args:
            total: Sum over them.
            count: How many they are.
        """
        if count == 0:
            return
        new, size = torch.full((1,), total / count), min(count, self.max_size)
        old_size = min(self.max_size - size, self.current_size)
        self.current_size = old_size + size
        self.mean = (self.mean * old_size + new * size) / self.current_size

    def get_mean(self) -> np.ndarray:
        """The mean, ``[1]``."""
        return self.mean.numpy()

    def clear(self) -> None:
        """Forgets all episodes."""
        self.current_size = 0
        self.mean = torch.zeros(1)


class EndedEpisodes:
    """Adds up, step by step, what the episodes that ended in it had, on all ranks.

    Args:
        meters: Get the sums, once they are read, in the order of `add`.
        group: The ranks, if there are several.
    """

    def __init__(self, meters: Sequence[Meter], group: Group | None = None) -> None:
        self._meters = meters
        self._group = group or Group()
        self._steps: list[Tensor] = []

    def add(self, values: Sequence[Tensor], done: Tensor) -> None:
        """Adds a control step.

        Args:
            values: For each meter, a number of every running episode, ``[num_envs]``.
            done: The episodes that ended (bool ``[num_envs]``).
        """
        rows = torch.stack([*values, torch.ones_like(values[0])])
        self._steps.append(torch.where(done, rows, 0.0).sum(1, dtype=torch.float64))

    def give(self) -> list[Tensor]:
        """The sums since the last `take`, and how many episodes ended, ``[steps, meters + 1]``."""
        return [self._group.sum(torch.stack(self._steps))] if self._steps else []

    def take(self, sums: Sequence[Tensor]) -> None:
        """Averages what was given.

        Args:
            sums: The same on the host.
        """
        self._steps.clear()
        for row in sums[0].tolist() if sums else ():
            *totals, count = row
            for meter, total in zip(self._meters, totals, strict=True):
                meter.update(total, int(count))
