"""Pseudo-terminals, to see what is drawn on a terminal."""

import contextlib
import os


def drained(master: int) -> bytes:
    """All that has been written to a pseudo-terminal."""
    os.set_blocking(master, False)
    written = b""
    with contextlib.suppress(BlockingIOError):
        while True:
            written += os.read(master, 65536)
    return written
