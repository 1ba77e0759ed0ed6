"""Files: written whole or not at all, and their hashes."""

import hashlib
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gymctl.core.errors import InputError
from gymctl.core.inside import check_inside, open_regular, regular_files, remove
from gymctl.core.system import flush_to_disk

_TEMPORARY = ".gymctl-tmp"
_LARGEST = 2**40


def expand_home(name: str) -> Path:
    """The path with the user's home for ``~``, and another's for ``~name``; as it stands where there is none."""
    return Path(os.path.expanduser(name))


@contextmanager
def atomic_write(path: Path, inside: Path | None = None) -> Iterator[Path]:
    """Lets a file be written under a temporary name, and puts it in its place once it is complete.

    Args:
        path: The final file. An existing one is replaced, and stays as it is when the block raises.
        inside: The directory that its directory must not lead out of; None where the user named the file.

    Yields:
        An empty file in the same directory, to be written by the caller.

    Raises:
        InputError: There is something else than a regular file, or the directory leads out.
    """
    check_replaceable(path)
    if inside is not None:
        check_inside(path.parent, inside)
    temporary = path.with_name(f".{secrets.token_hex(8)}{_TEMPORARY}")
    try:
        _make(temporary, path)
        yield temporary
        flush_to_disk(temporary)
        temporary.replace(path)
        flush_to_disk(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def check_replaceable(path: Path) -> None:
    """Refuses to put a file where a directory, a device or a pipe is.

    Args:
        path: The file to write. A link is replaced itself, whatever it leads to.

    Raises:
        InputError: There is something else than a file, or the system's own directory of devices or processes.
    """
    directory = os.path.realpath(path.absolute().parent)
    try:
        kind = path.stat().st_mode
    except OSError:  # nothing there, or a link to nothing
        kind = stat.S_IFREG
    if stat.S_ISDIR(kind):
        raise InputError(f"'{path}' is a directory", f"name a file in it, as '{path}/NAME'")
    if not stat.S_ISREG(kind) or directory == "/dev" or directory.startswith(("/proc/", "/sys/")):
        raise InputError(f"'{path}' is a device or a pipe, not a file", "give the name of a file to write")


def remove_leftovers(directory: Path, inside: Path) -> None:
    """Removes what processes that were killed in an `atomic_write` have left in a directory of a run.

    Args:
        directory: The directory.
        inside: The run's directory.
    """
    for leftover in regular_files(directory, inside, suffix=_TEMPORARY, prefix="."):
        remove(leftover, inside)


def sha256(path: Path, largest: int = _LARGEST) -> str:
    """Computes the SHA-256 of a regular file, in hexadecimal.

    Args:
        path: The file.
        largest: Bytes that it may have.
    """
    with open_regular(path, largest) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _make(temporary: Path, path: Path) -> None:
    """Makes the temporary file of a file; an error tells of the file."""
    try:
        temporary.touch(exist_ok=False)
    except OSError as error:
        error.filename = str(path)
        raise
