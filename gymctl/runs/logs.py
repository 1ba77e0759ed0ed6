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

_LARGEST = 2**40  # bytes; it is read piece by piece
_PIECE = 2**16  # bytes, read at once
_LONGEST = 2**12  # bytes of a line; the rest isn't shown
_SECONDS = 0.25  # between two looks
_COMMAND = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])")
"""What a terminal obeys: colours, cursor movements, titles."""


def size_of_log(run: Run) -> int:
    """Bytes of a run's log; 0 if there is none.

    Raises:
        InputError: It is no file of the run.
    """
    file = _open(run)
    if file is None:
        return 0
    with file:
        return file.seek(0, os.SEEK_END)


def read_log(run: Run, last: int | None = None) -> Iterator[str]:
    """Reads a run's log, line by line, as plain text without line breaks.

    Args:
        run: The run.
        last: Only so many of the last lines; None means all.

    Raises:
        InputError: There is none, or it is no file of the run.
    """
    file, begun = _open(run), bytearray()
    if file is None:
        raise _no_log(run)
    with file:
        yield from _ending(file, begun, last)
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
                yield from _ending(file, begun, last if first else None)
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


def _ending(file: BufferedReader, begun: bytearray, count: int | None) -> Iterable[str]:
    """The last lines of a file that was just opened; None means all."""
    if count is None:
        return _lines(file, begun)
    start = file.seek(0, os.SEEK_END) - (count + 1) * _PIECE
    file.seek(max(start, 0))
    if start > 0:
        file.readline(_PIECE)  # the rest of a line
    return deque(_lines(file, begun), maxlen=count)


def _open(run: Run) -> BufferedReader | None:
    try:
        return open_regular(run.log_path, _LARGEST, inside=run.path)
    except FileNotFoundError:
        return None


def _lines(file: BufferedReader, begun: bytearray) -> Iterator[str]:
    """The lines from where the file stands; the last one, if it has no end yet, is kept in `begun`."""
    while piece := file.readline(_PIECE):
        begun += piece[: _LONGEST + 1 - len(begun)]
        if piece.endswith(b"\n"):
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
    text = line[:_LONGEST].decode("utf-8", errors="replace").removesuffix("\n").removesuffix("\r")
    cut = len(line) > _LONGEST and not line.endswith(b"\n")
    return plain_text(_COMMAND.sub("", text)) + ("…" if cut else "")


def _no_log(run: Run) -> InputError:
    return InputError(f"'{run.path}' has no train.log", "only trainings of gymctl have one")
