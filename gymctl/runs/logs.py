"""Reads what a training printed, ``train.log``, and follows it while the training goes on."""

import os
import re
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from io import BufferedReader

from gymctl.core.errors import InputError
from gymctl.core.inside import open_regular
from gymctl.core.terminal import plain_text
from gymctl.runs.directory import Run

LARGEST = 2**40
"""Bytes that a log may have that is read piece by piece."""
_PIECE = 2**16  # bytes, of a line without end
_SECONDS = 0.25  # between two looks
_COMMAND = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])")
"""What a terminal obeys: colours, cursor movements, titles."""


def read_log(run: Run, last: int | None = None, largest: int = LARGEST) -> Iterator[str]:
    """Reads a run's log, line by line, as plain text without line breaks.

    Args:
        run: The run.
        last: Only so many of the last lines; None means all.
        largest: Bytes that it may have.

    Raises:
        InputError: There is none, or it is no file of the run.
    """
    file, begun = _open(run, largest), bytearray()
    if file is None:
        raise _no_log(run)
    with file:
        yield from _ending(_lines(file, begun), last)
    if begun:
        yield _plain(begun)


def follow_log(run: Run, last: int | None = None, wait: Callable[[float], None] = time.sleep) -> Iterator[str]:
    """Reads a run's log, and then what is added to it, until no process trains into the run.

    If the file is replaced or cut meanwhile, the new one is read from its beginning.

    Args:
        run: The run.
        last: Begin with so many of the last lines that there are; None means with all.
        wait: Waits for so many seconds.

    Raises:
        InputError: There is none and nothing trains into the run, or it is no file of the run.
    """
    file, begun = None, bytearray()
    try:
        while True:
            lives = run.is_claimed()  # asked before the file is read: what comes last is not lost
            if file is not None:
                yield from _lines(file, begun)
            if (file is None or _is_another(run, file)) and (opened := _open(run)) is not None:
                if file is not None:
                    file.close()
                if begun:
                    yield _plain(begun)
                    begun.clear()
                first, file = file is None, opened
                yield from _ending(_lines(file, begun), last if first else None)
            if not lives:
                break
            wait(_SECONDS)
    finally:
        if file is not None:
            file.close()
    if file is None:
        raise _no_log(run)
    if begun:
        yield _plain(begun)


def _ending(lines: Iterator[str], count: int | None) -> Iterable[str]:
    return lines if count is None else deque(lines, maxlen=count)


def _open(run: Run, largest: int = LARGEST) -> BufferedReader | None:
    try:
        return open_regular(run.log_path, largest, inside=run.path)
    except FileNotFoundError:
        return None


def _lines(file: BufferedReader, begun: bytearray) -> Iterator[str]:
    """The lines from where the file stands; the last one, if it has no end yet, is kept in `begun`."""
    while piece := file.readline(_PIECE):
        begun += piece
        if piece.endswith(b"\n") or len(begun) >= _PIECE:
            yield _plain(begun)
            begun.clear()


def _is_another(run: Run, file: BufferedReader) -> bool:
    """Whether another file has the log's name now, or it is shorter than what was read of it."""
    try:
        named = os.stat(run.log_path)
    except FileNotFoundError:  # it is being replaced
        return False
    opened = os.fstat(file.fileno())
    return (named.st_dev, named.st_ino) != (opened.st_dev, opened.st_ino) or opened.st_size < file.tell()


def _plain(line: bytearray) -> str:
    text = line.decode("utf-8", errors="replace").removesuffix("\n").removesuffix("\r")
    return plain_text(_COMMAND.sub("", text))


def _no_log(run: Run) -> InputError:
    return InputError(f"'{run.path}' has no train.log", "only trainings of gymctl have one")
