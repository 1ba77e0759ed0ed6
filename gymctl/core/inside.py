"""Files that a stranger may have made: only regular ones of a bounded size, and none by a link out of their directory.

Every file that is read or written in a run's directory goes through here. The directory itself may be a link, as to a
larger disk; what is in it may be a link to something else in it.
"""

import errno
import itertools
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path

from gymctl.core.errors import InputError
from gymctl.core.system import BINARY, NO_WAITING, Directory

GIVE_ACCESS = "give yourself access to it (see chmod), or name another"
"""What to do where the permission is denied."""
_MOST_ENTRIES = 50_000


def open_regular(path: Path, largest: int, inside: Path | None = None) -> BufferedReader:
    """Opens a file for reading.

    Args:
        path: The file.
        largest: Bytes that it may have.
        inside: The directory that it must not lead out of; None where the user named the file.

    Raises:
        OSError: It isn't there or can't be opened.
        InputError: It is no regular file, is larger, or lies behind a link that leads out.
    """
    flags = os.O_RDONLY | NO_WAITING | BINARY
    descriptor = os.open(path, flags) if inside is None else _open_inside(path, inside, flags)
    try:
        size = _regular_size(descriptor, path, os.O_RDONLY)
        if size > largest:
            raise InputError(f"'{path}' is too large: it has more than {_amount(largest)}", "look at what it is")
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def read_regular(path: Path, largest: int, inside: Path | None = None) -> bytes:
    """Reads a whole file; see `open_regular`."""
    with open_regular(path, largest, inside) as file:
        return file.read(largest)


def check_regular(path: Path, largest: int, inside: Path | None = None) -> None:
    """Refuses what `open_regular` does, for a file that something else will open."""
    open_regular(path, largest, inside).close()


def open_to_append(path: Path, inside: Path) -> int:
    """Opens a file for writing at its end, made if missing.

    Args:
        path: The file.
        inside: The directory that it must not lead out of.

    Returns:
        A file descriptor.

    Raises:
        OSError: It can't be opened.
        InputError: It is a link, no regular file, or known elsewhere by another name (a hard link).
    """
    descriptor = _open_inside(path, inside, os.O_WRONLY | os.O_APPEND | os.O_CREAT | NO_WAITING, may_be_link=False)
    try:
        _regular_size(descriptor, path, os.O_WRONLY)
        if os.fstat(descriptor).st_nlink > 1:
            raise InputError(
                f"'{path}' is also known by another name (a hard link)", "put a copy of the file in its place"
            )
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def make_directory(path: Path, inside: Path) -> None:
    """Makes a directory if it is missing.

    Raises:
        OSError: It can't be made.
        InputError: It leads out of `inside`.
    """
    check_inside(path.parent, inside)
    try:
        path.mkdir()
    except FileExistsError:
        check_inside(path, inside)
        if not path.is_dir():
            raise InputError(f"'{path}' is no directory", "move it away") from None


def remove(path: Path, inside: Path) -> None:
    """Removes a file, if it is there; of a link, the link.

    Raises:
        OSError: It can't be removed.
        InputError: Its directory leads out of `inside`.
    """
    with _open_directory(path.parent, inside) as directory, suppress(FileNotFoundError):
        directory.remove(path.name)


def regular_files(directory: Path, inside: Path, *, prefix: str = "", suffix: str = "") -> list[Path]:
    """Lists the regular files in a directory, as `entries`; what is something else is left out.

    Raises:
        OSError: The directory can't be read.
        InputError: As `entries`, or a file in it is a link that leads out.
    """
    return [
        path
        for path, is_regular, is_link in _scan(directory, inside, prefix, suffix)
        if is_regular or (is_link and _is_regular_inside(path, inside))
    ]


def entries(directory: Path, inside: Path, *, prefix: str = "", suffix: str = "") -> list[Path]:
    """Lists what is in a directory, sorted by name.

    Args:
        directory: Missing means empty.
        inside: What it must not lead out of.
        prefix: Of the names.
        suffix: Of the names.

    Raises:
        OSError: It can't be read.
        InputError: It is a link that leads out, or has more in it than a run can have.
    """
    return [path for path, _, _ in _scan(directory, inside, prefix, suffix)]


def check_access(path: Path, rights: int) -> None:
    """Refuses a file or directory that the permission is denied for, before there is a need of it.

    Args:
        path: The file or directory; a missing one is not refused.
        rights: Of `os.access`: ``os.R_OK | os.X_OK`` to list a directory and use what is in it, ``os.W_OK | os.X_OK``
            to write into it.

    Raises:
        InputError: It is denied.
    """
    if os.path.lexists(path) and not os.access(path, rights):
        verb = "write to" if rights & os.W_OK else "read"
        raise InputError(f"can't {verb} '{path}': Permission denied", GIVE_ACCESS)


def check_inside(path: Path, inside: Path) -> None:
    """Refuses a path that a link leads out of a directory, whether or not there is something.

    Raises:
        InputError: It leads out, or in a circle.
    """
    _relative(path, inside)


@contextmanager
def as_input_errors(what: str, fix: str) -> Iterator[None]:
    """Turns an `OSError` in the block into an `InputError` that says what was to be done.

    Args:
        what: As "can't read 'file'".
        fix: What to do.
    """
    try:
        yield
    except OSError as error:
        raise InputError(f"{what}: {error.strerror or error}", fix) from error


def _scan(directory: Path, inside: Path, prefix: str, suffix: str) -> list[tuple[Path, bool, bool]]:
    """What is in a directory, sorted by name: each path, whether it is a regular file, and whether it is a link."""
    try:
        opened = _open_directory(directory, inside)
    except (FileNotFoundError, NotADirectoryError):
        return []
    with opened:
        with opened.scan() as scan:
            entries = list(itertools.islice(scan, _MOST_ENTRIES + 1))
        if len(entries) > _MOST_ENTRIES:
            raise InputError(f"'{directory}' has more than {_MOST_ENTRIES:,} files", "move some of them away")
        named = [entry for entry in entries if entry.name.startswith(prefix) and entry.name.endswith(suffix)]
        named.sort(key=lambda entry: entry.name)
        return [(directory / e.name, e.is_file(follow_symlinks=False), e.is_symlink()) for e in named]


def _is_regular_inside(path: Path, inside: Path) -> bool:
    try:
        is_regular = stat.S_ISREG(path.stat().st_mode)
    except OSError:  # a link to nothing or to itself, or gone meanwhile
        return False
    if is_regular:
        check_inside(path, inside)
    return is_regular


def _relative(path: Path, inside: Path) -> Path:
    """Where a path leads, from a directory."""
    try:
        root, target = Path(os.path.realpath(inside)), Path(os.path.realpath(path))
        if target != root:
            return target.relative_to(root)
    except ValueError:
        raise InputError(
            f"'{path}' is a link that leads out of '{inside}'",
            "put a copy of what it leads to in its place, if you know who made it; or link the whole run instead",
        ) from None
    return Path()


def _open_inside(path: Path, inside: Path, flags: int, *, may_be_link: bool = True) -> int:
    if not may_be_link and path.is_symlink():
        raise InputError(f"'{path}' is a link", "put a copy of what it leads to in its place, if you know who made it")
    relative = _relative(path, inside)
    with _open_directory(inside / relative.parent, inside) as directory:
        try:
            return directory.open(relative.name, flags)
        except OSError as error:
            if error.errno == errno.ENXIO:  # a pipe that nobody reads, or a socket
                raise _not_regular(path, flags) from error
            error.filename = str(path)
            raise


def _open_directory(path: Path, inside: Path) -> Directory:
    return Directory(inside, _relative(path, inside).parts)


def _regular_size(descriptor: int, path: Path, flags: int) -> int:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        raise _not_regular(path, flags)
    return status.st_size


def _not_regular(path: Path, flags: int) -> InputError:
    verb = "write to" if flags & os.O_WRONLY else "read"
    return InputError(f"can't {verb} '{path}': it is no regular file", "it is a directory, a device or a pipe")


def _amount(size: int) -> str:
    return f"{size / 1e9:g} GB" if size >= 1e9 else f"{size / 1e6:g} MB"
