"""Writes the best checkpoint now and then, not after every epoch that improves on it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from torch import Tensor

from gymctl.core.errors import InputError
from gymctl.learning.agents.base import write_checkpoint

INTERVAL = 20.0
"""Seconds between two writes, at least."""


class BestCheckpoint:
    """The best checkpoint so far, a copy of which waits to be written.

    Args:
        path: The ``.pth`` file.
        clock: Gives seconds.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self.path = path
        self._clock = clock
        self._written_at = -INTERVAL - 1.0 + clock()
        self._waiting: dict[str, Any] | None = None

    def keep(self, state: dict[str, Any]) -> None:
        """Takes a better one, of which it keeps a copy; the first one, and later ones by and by, are written.

        Args:
            state: What is written, plain values and tensors.

        Raises:
            OSError: It can't be written.
        """
        self._waiting = _copied(state)
        self.write_if_due()

    def write_if_due(self) -> None:
        """Writes what waits, if the last time is long enough ago.

        Raises:
            OSError: It can't be written; it goes on waiting.
        """
        if self._clock() - self._written_at > INTERVAL:
            self.write()

    def write(self) -> None:
        """Writes what waits.

        Raises:
            OSError: It can't be written; it goes on waiting.
        """
        if self._waiting is not None:
            write_checkpoint(self._waiting, self.path)
            self._waiting, self._written_at = None, self._clock()


@contextmanager
def writing_at_the_end(best: BestCheckpoint) -> Iterator[None]:
    """Writes what waits at the end of a training, however it ends.

    Raises:
        OSError: It can't be written, and nothing else went wrong.
    """
    try:
        yield
    except BaseException:
        with suppress(OSError, InputError):  # what ended the training is told
            best.write()
        raise
    best.write()


def _copied(value: Any) -> Any:
    """A copy of nested dicts and lists, with their tensors copied where they are."""
    if isinstance(value, Tensor):
        return value.detach().clone()
    if isinstance(value, dict):
        return type(value)((key, _copied(item)) for key, item in value.items())
    if isinstance(value, list | tuple):
        return type(value)(_copied(item) for item in value)
    return value
