"""Ends a training that must not go on: losses that are no numbers, worlds that keep exploding, a full disk."""

import math
import shlex
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

from gymctl.config import Config
from gymctl.core.errors import GymctlError, InputError
from gymctl.core.memory import is_out_of_memory
from gymctl.core.words import counted
from gymctl.learning.ranks.group import RankLostError, RanksDifferError
from gymctl.runs.checkpoints import locate_checkpoint
from gymctl.runs.directory import Run
from gymctl.tasks.base import Task
from gymctl.tasks.user_code import TaskError

DIVERGED_SHARE, DIVERGED_EPOCHS = 0.1, 5
"""In how many epochs in a row what share of the envs must have diverged, so that training stops."""


class DivergedError(GymctlError):
    """The learner or the physics has left all bounds. Exit code 1."""


def check_finite(losses: Sequence[Tensor], weights: Tensor, epoch: int, seen: "Seen") -> None:
    """Ends a training whose losses or weights are not finite.

    Args:
        losses: All losses of an epoch, on the host; none, where nothing was learned.
        weights: The size of the network's weights after the epoch, on the host; see `size_of_weights`.
        epoch: The epoch, for the message.
        seen: What the losses were computed from.

    Raises:
        DivergedError: One is NaN or infinite.
    """
    losses_are_finite = all(bool(loss.isfinite().all()) for loss in losses)
    if losses_are_finite and weights.isfinite():
        return
    seen.check(epoch)
    what = "a weight of the network" if losses_are_finite else "the loss"
    raise DivergedError(
        f"{what} is no longer a number in epoch {epoch}",
        "lower the learning rate in train.params.config, or look for rewards or observations without bounds",
    )


def size_of_weights(model: torch.nn.Module) -> Tensor:
    """The largest weight of a network, ``[]``, which is NaN or infinite if one of them is."""
    return torch.nn.utils.get_total_norm([weight.detach() for weight in model.parameters()], math.inf)


class Seen:
    """What a learner learns from, looked at only where something has gone wrong.

    Args:
        task: The task that it comes from.
        values: Gives tensors by the task's method that they come from.
    """

    def __init__(self, task: Task, values: Callable[[], Mapping[str, Sequence[Tensor]]]) -> None:
        self._task = task
        self._values = values

    def check(self, epoch: int) -> None:
        """Blames the task, if it is to blame.

        Args:
            epoch: The present epoch, for the message.

        Raises:
            DivergedError: It has given NaN or infinite numbers.
        """
        for method, tensors in self._values().items():
            if wrong := sum(int((~tensor.isfinite()).sum()) for tensor in tensors):
                raise DivergedError(
                    f"{type(self._task).__name__}.{method} has given NaN or infinite numbers: "
                    f"{wrong:,} of {sum(tensor.numel() for tensor in tensors):,}, in epoch {epoch} at the latest",
                    f"look in {method} for a division by zero, or a root or logarithm of what can be negative",
                )

    @contextmanager
    def explaining(self, epoch: int) -> Iterator[None]:
        """Checks it where a network refuses it.

        Raises:
            DivergedError: As `check`, instead of PyTorch's error.
        """
        try:
            yield
        except (RuntimeError, ValueError):
            self.check(epoch)
            raise


class DivergenceWatch:
    """Ends a training in which world after world goes non-finite.

    Args:
        config: The resolved config.
        ranks: How many processes have as many envs.
    """

    def __init__(self, config: Config, ranks: int = 1) -> None:
        self._num_envs = config.num_envs * ranks
        self._sim = config.task.sim
        self._total = 0
        self._shares: deque[float] = deque(maxlen=DIVERGED_EPOCHS)

    def after_epoch(self, total: int) -> None:
        """Looks at an epoch.

        Args:
            total: Episodes that ended by a non-finite world, since the start.

        Raises:
            DivergedError: It has been too many for some epochs.
        """
        self._shares.append((total - self._total) / self._num_envs)
        self._total = total
        if len(self._shares) == DIVERGED_EPOCHS and min(self._shares) > DIVERGED_SHARE:
            raise DivergedError(
                f"the physics keeps exploding: in each of the last {DIVERGED_EPOCHS} epochs more than "
                f"{DIVERGED_SHARE:.0%} of the {counted(self._num_envs, 'env')} went non-finite, "
                f"{counted(total, 'time')} in all",
                f"raise task.sim.substeps (now {self._sim['substeps']}) or lower task.sim.dt (now {self._sim['dt']:g})"
                " or the task's forces",
            )


@contextmanager
def naming_the_last_checkpoint(run: Run) -> Iterator[None]:
    """Adds to an error that ends a training how to go on, and makes one of the operating system readable.

    Raises:
        GymctlError: Instead of an `OSError`, or with a longer advice.
    """
    try:
        yield
    except (DivergedError, RankLostError, RanksDifferError, TaskError) as error:
        raise type(error)(error.what, f"{error.fix}; {_how_to_go_on(run)}") from error
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise InputError(
            f"there is not enough memory: {(str(error).strip() or 'an allocation failed').splitlines()[0]}",
            f"use fewer envs (--num-envs) or a smaller horizon_length; {_how_to_go_on(run)}",
        ) from error
    except OSError as error:
        where = f" '{error.filename}'" if error.filename else f" to '{run.path}'"
        raise GymctlError(
            f"training stopped, for it can't write{where}: {error.strerror or error}",
            f"make room or give access; {_how_to_go_on(run)}",
        ) from error


def _how_to_go_on(run: Run) -> str:
    task = run.task()
    try:
        last = locate_checkpoint(task, str(run.path), run.path.parent, prefer="latest").path
    except InputError:
        return "no checkpoint was saved yet"
    words = " ".join(shlex.quote(word) for word in (task, "--resume", str(run.path)))
    return f"the last good checkpoint is {last}, 'gymctl train {words}' goes on from it"
