"""What the ranks of a training tell each other."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import torch
from torch import Tensor, distributed
from torch.distributed.rendezvous import rendezvous

from gymctl.core.errors import GymctlError
from gymctl.learning.ranks.place import Rank

_PATIENCE = timedelta(minutes=10)
"""How long a rank waits for the others, as when one of them compiles kernels."""
_FAILURE = "gymctl/failure"


class RankLostError(GymctlError):
    """Another rank has ended, so that this one can't go on."""


class RanksDifferError(GymctlError):
    """The ranks' networks have become different ones."""


class Group:
    """The ranks of a training. Every rank calls the same methods in the same order; a rank alone waits for nobody.

    Args:
        rank: This process.
        store: Where the ranks leave messages.
        control: Carries what is on the host.
    """

    def __init__(self, rank: Rank | None = None, store: Any = None, control: Any = None) -> None:
        self.rank = rank or Rank()
        self._store = store
        self._control = control

    @property
    def is_alone(self) -> bool:
        """Whether there is one rank only."""
        return self.rank.size == 1

    @property
    def is_first(self) -> bool:
        """Whether this rank writes the run."""
        return self.rank.is_first

    def sum(self, tensor: Tensor) -> Tensor:
        """Adds up a tensor over the ranks, in place.

        Raises:
            RankLostError: A rank has ended.
        """
        return self._reduced(tensor, distributed.ReduceOp.SUM)

    def mean(self, tensor: Tensor) -> Tensor:
        """The mean of a tensor over the ranks, in place.

        Raises:
            RankLostError: A rank has ended.
        """
        return tensor if self.is_alone else self.sum(tensor).div_(self.rank.size)

    def moments(self, values: Tensor) -> tuple[Tensor, Tensor, int]:
        """Mean and variance of all ranks' rows ``[N, ...]``, each of as many, and how many rows there are.

        Raises:
            RankLostError: A rank has ended.
        """
        mean, variance, number = values.mean(0), values.var(0, unbiased=False), values.shape[0]
        if self.is_alone:
            return mean, variance, number
        both = self.mean(torch.stack((mean.double(), variance.double() + mean.double() ** 2)))
        return both[0], (both[1] - both[0] ** 2).clamp(min=0.0), number * self.rank.size

    def average_gradients(self, parameters: Iterable[Tensor]) -> None:
        """Gives every rank the mean of all ranks' gradients.

        Raises:
            RankLostError: A rank has ended.
        """
        if self.is_alone:
            return
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        together = self.mean(torch.cat([gradient.flatten() for gradient in gradients]))
        for gradient, part in zip(gradients, together.split([each.numel() for each in gradients]), strict=True):
            gradient.copy_(part.view_as(gradient))

    def check_equal(self, tensors: Iterable[tuple[str, Tensor]]) -> None:
        """Compares tensors, by the sums of their elements.

        Args:
            tensors: By name.

        Raises:
            RankLostError: A rank has ended.
            RanksDifferError: A tensor is another one on another rank.
        """
        if self.is_alone:
            return
        names, values = zip(*tensors, strict=True)
        sums = torch.stack([value.detach().double().sum() for value in values])
        lowest = self._reduced(sums.clone(), distributed.ReduceOp.MIN)
        highest = self._reduced(sums.clone(), distributed.ReduceOp.MAX)
        different = [
            name for name, low, high in zip(names, lowest.tolist(), highest.tolist(), strict=True) if low != high
        ]
        if different:
            more = f" and {len(different) - 1} more" if different[1:] else ""
            raise RanksDifferError(
                f"the ranks have become different: {different[0]}{more}",
                "please report it; the last checkpoint is that of rank 0",
            )

    def from_first(self, value: Any) -> Any:
        """What the first rank has.

        Raises:
            RankLostError: A rank has ended.
        """
        if self.is_alone:
            return value
        values = [value if self.is_first else None]
        with self._noticing_losses():
            distributed.broadcast_object_list(values, 0, group=self._control)
        return values[0]

    def any_of(self, value: str | None) -> str | None:
        """What the lowest rank has that has something.

        Raises:
            RankLostError: A rank has ended.
        """
        if self.is_alone:
            return value
        values: list[str | None] = [None] * self.rank.size
        with self._noticing_losses():
            distributed.all_gather_object(values, value, group=self._control)
        return next((each for each in values if each is not None), None)

    def tell_failure(self, error: BaseException) -> None:
        """Leaves a message for the other ranks, which will miss this one."""
        if self._store is not None and not isinstance(error, RankLostError):
            what = error.what if isinstance(error, GymctlError) else f"{type(error).__name__}: {error}"
            with suppress(RuntimeError):
                self._store.set(_FAILURE, f"rank {self.rank.index}: {what}")

    def _reduced(self, tensor: Tensor, operation: Any) -> Tensor:
        if not self.is_alone:
            with self._noticing_losses():
                distributed.all_reduce(tensor, op=operation)
        return tensor

    @contextmanager
    def _noticing_losses(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:
            raise RankLostError(self._loss(), "see the other ranks' logs, in the run's ranks/") from error

    def _loss(self) -> str:
        with suppress(RuntimeError):
            if self._store.check([_FAILURE]):
                return f"another process of this training has failed: {self._store.get(_FAILURE).decode()}"
        return "another process of this training has ended"


@contextmanager
def joined(rank: Rank, device: torch.device) -> Iterator[Group]:
    """Waits for the other ranks, and makes them a group until the end.

    Args:
        rank: This process.
        device: Where it learns.

    Raises:
        RankLostError: They don't come.
    """
    if rank.size == 1:
        yield Group()
        return
    rank.take_share_of_cores()
    backend = "nccl" if device.type == "cuda" else "gloo"
    try:
        store, index, size = next(iter(rendezvous("env://", timeout=_PATIENCE)))
        distributed.init_process_group(backend, store=store, rank=index, world_size=size, timeout=_PATIENCE)
        control = distributed.new_group(backend="gloo", timeout=_PATIENCE)
    except (RuntimeError, ValueError) as error:
        raise RankLostError(
            f"the ranks don't find each other: {str(error).strip().splitlines()[0]}",
            "start them with torchrun, which tells them where to meet",
        ) from error
    group = Group(rank, store, control)
    try:
        yield group
    except BaseException as error:
        group.tell_failure(error)
        raise
    finally:
        distributed.destroy_process_group()
