"""Shows on stderr how much of something is done: bars on a terminal, now and then a plain line elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

from gymctl.commands.progress import live_console

_SECONDS_BETWEEN_LINES = 5.0


class Count(Protocol):
    """Shows how many of something are done."""

    def __call__(self, what: str, done: int, total: int) -> None:
        """Takes what is counted, as ``frames``, how many of them are done, and how many there are."""
        ...


@contextmanager
def counter(*, is_silent: bool) -> Iterator[Count]:
    """Shows how far things have come, for stderr as it is. What is done within seconds gets no line in a log.

    Args:
        is_silent: Shows nothing.
    """
    console = None if is_silent else live_console()
    if console is not None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True) as progress:
            tasks = {}

            def show(what: str, done: int, total: int) -> None:
                if what not in tasks:
                    tasks[what] = progress.add_task(what, total=total)
                progress.update(tasks[what], completed=done)

            yield show
    else:
        yield _nothing if is_silent else _Lines()


def _nothing(what: str, done: int, total: int) -> None:
    pass


class _Lines:
    def __init__(self) -> None:
        self._counts: dict[str, str] = {}
        self._next = time.monotonic() + _SECONDS_BETWEEN_LINES

    def __call__(self, what: str, done: int, total: int) -> None:
        self._counts[what] = f"{what} {done:,}/{total:,}"
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _SECONDS_BETWEEN_LINES
            with suppress(OSError):  # nobody reads any more
                print("  ".join(self._counts.values()), file=sys.stderr, flush=True)  # noqa: T201
