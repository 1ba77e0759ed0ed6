"""Files: written whole or not at all, and their hashes."""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_TEMPORARY = ".gymctl-tmp"


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Lets a file be written under a temporary name, and puts it in its place once it is complete.

    Args:
        path: The final file. An existing one is replaced, and stays as it is when the block raises.

    Yields:
        An empty file in the same directory, to be written by the caller.
    """
    temporary = path.with_name(f".{secrets.token_hex(8)}{_TEMPORARY}")
    try:
        temporary.touch(exist_ok=False)
        yield temporary
        _flush_to_disk(temporary)
        temporary.replace(path)
        _flush_to_disk(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def remove_leftovers(directory: Path) -> None:
    """Removes what processes that were killed in an `atomic_write` have left in a directory."""
    for leftover in directory.glob(f".*{_TEMPORARY}"):
        leftover.unlink(missing_ok=True)


def sha256(path: Path) -> str:
    """Computes the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush_to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
