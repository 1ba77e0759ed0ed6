"""AMP observations that a discriminator learns from: the policy's earlier ones, and demonstrations."""

from collections.abc import Collection
from typing import Any

import torch
from rl_games.common.datasets import PPODataset
from torch import Tensor

from gymctl.tasks.motion_prior import MotionPrior

_LARGEST_SAVED = 64 * 2**20
"""Bytes of a buffer that a checkpoint may hold."""


class ReplayBuffer:
    """AMP observations of the policy as it was in earlier epochs; the oldest are written over.

    Args:
        size: How many rows it holds.
        width: Numbers of an AMP observation.
        keep: ``amp_replay_keep_prob``: the part of new rows that is kept once it is full. IsaacGymEnvs draws for each
            row whether it is kept; here as many are as that gives on average, so that no number waits for the device.
        device: Where it is.
    """

    def __init__(self, size: int, width: int, keep: float, device: torch.device) -> None:
        self.size = size
        self.filled = 0
        """How many rows there are."""
        self._rows = torch.zeros(size, width, device=device)
        self._next = 0
        self._keep = keep

    def add(self, rows: Tensor) -> None:
        """Adds AMP observations ``[N, width]``: all of them, or a part where they are too many or it is full."""
        count = min(rows.shape[0], self.size)
        if self.filled == self.size:
            count = min(max(1, round(self._keep * rows.shape[0])), count)
        if count < rows.shape[0]:
            rows = rows[torch.randperm(rows.shape[0], device=rows.device)[:count]]
        places = (torch.arange(count, device=rows.device) + self._next) % self.size
        self._rows.index_copy_(0, places, rows)
        self._next = (self._next + count) % self.size
        self.filled = min(self.filled + count, self.size)

    def sample(self, count: int) -> Tensor:
        """Draws rows at random, ``[count, width]``."""
        return self._rows[torch.randint(self.filled, (count,), device=self._rows.device)]

    def state_dict(self) -> dict[str, Tensor] | None:
        """A copy of what it holds; None where that is too much for a checkpoint, 64 MiB."""
        if self.filled * self._rows[0].nbytes > _LARGEST_SAVED:
            return None
        return {"rows": self._rows[: self.filled].clone(), "next": torch.tensor(self._next)}

    def load_state_dict(self, state: Any) -> bool:
        """Puts back what `state_dict` gave; False, and nothing changed, if a file's is none of a buffer like this."""
        rows, place = (state.get("rows"), state.get("next")) if isinstance(state, dict) else (None, None)
        if not isinstance(rows, Tensor) or not isinstance(place, Tensor) or place.dtype != torch.int64 or place.ndim:
            return False
        fits = rows.ndim == 2 and rows.shape[0] <= self.size and rows.shape[1:] == self._rows.shape[1:]
        if not fits or rows.dtype != self._rows.dtype or not bool(rows.isfinite().all()):
            return False
        if int(place) != rows.shape[0] and not (rows.shape[0] == self.size and 0 <= int(place) < self.size):
            return False
        self.filled, self._next = rows.shape[0], int(place) % self.size
        self._rows[: self.filled] = rows.to(self._rows.device)
        return True


class Demonstrations:
    """AMP observations of a task's demonstrations, of which a part is drawn anew before each epoch.

    Those of a draw depend on the training's seed and the draw's number alone, so they are never saved: a resumed
    training draws the same ones again.

    Args:
        task: Draws them, with its generator.
        size: How many rows there are.
        count: Rows of a draw.
        device: Where they are kept.
    """

    def __init__(self, task: MotionPrior, size: int, count: int, device: torch.device) -> None:
        self._task = task
        self.rows = torch.zeros(size, task.num_amp_observations, device=device)
        """``[size, num_amp_observations]``."""
        self._count = min(count, size)
        self._seed = task.generator.initial_seed()
        self._fillings = -(-size // self._count)

    def fill(self, epoch: int) -> None:
        """Draws all rows, as they are after some epochs.

        Args:
            epoch: How many `refill` there have been.
        """
        for draw in range(epoch, epoch + self._fillings):
            self._draw(draw)

    def refill(self, epoch: int) -> None:
        """Draws a part of the rows anew.

        Args:
            epoch: The present epoch, from 1.
        """
        self._draw(epoch + self._fillings - 1)

    def sample(self, count: int) -> Tensor:
        """Draws rows at random, ``[count, num_amp_observations]``."""
        return self.rows[torch.randint(self.rows.shape[0], (count,), device=self.rows.device)]

    def _draw(self, number: int) -> None:
        generator = self._task.generator
        state = generator.get_state()
        generator.manual_seed(((self._seed + 1) * 2**31 + number) % 2**63)
        rows = self._task.demonstrate(self._count)
        generator.set_state(state)
        begin = number * self._count % self.rows.shape[0]
        first = min(self._count, self.rows.shape[0] - begin)
        self.rows[begin : begin + first] = rows[:first]
        self.rows[: self._count - first] = rows[first:]


class MotionDataset(PPODataset):
    """rl_games' ``PPODataset``, shuffled before every mini-epoch; the discriminator sees a part of each minibatch.

    Args:
        batch_size: Transitions of an epoch.
        minibatch_size: A divisor of it.
        motions: The names of what the discriminator sees.
        seen: How many rows of a minibatch it sees.
        device: Where they are.
    """

    values_dict: dict[str, Any]

    def __init__(
        self, batch_size: int, minibatch_size: int, motions: Collection[str], seen: int, device: torch.device
    ) -> None:
        super().__init__(batch_size, minibatch_size, False, False, device, 1)
        self._motions = motions
        self._seen = seen
        self._order = torch.arange(batch_size, device=device)

    def update_mu_sigma(self, mu: Tensor, sigma: Tensor) -> None:
        """Keeps those of the policy that acted, as IsaacGymEnvs: how far it has moved is counted from there."""

    def __getitem__(self, idx: int) -> dict[str, Tensor]:
        """A minibatch; the first one shuffles."""
        if idx == 0:
            self._order = torch.randperm(self.batch_size, device=self.device)
        places = self._order[idx * self.minibatch_size : (idx + 1) * self.minibatch_size]
        return {
            name: values[places[: self._seen] if name in self._motions else places]
            for name, values in self.values_dict.items()
            if values is not None
        }
