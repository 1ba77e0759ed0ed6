"""What not every operating system has, with what is done where it isn't there; nothing else asks for it.

gymctl is made for Linux. On macOS, the memory of a step isn't bounded and free memory isn't known. On Windows, besides:

- Two processes can train into one run: it isn't locked.
- A link that somebody puts in the way while a file is opened is followed; links that were there before aren't.
- A closed terminal ends a training as a kill does, and videos of a training are made at its own priority.
"""

import errno
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

try:
    import fcntl
except ImportError:
    fcntl = None
try:
    import resource
except ImportError:
    resource = None

NO_WAITING: int = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_CLOEXEC", 0)
"""Flags to open a file that may be a pipe without a writer, which would wait for one; not for child processes."""
BINARY: int = getattr(os, "O_BINARY", 0)
"""Flag to read and write bytes as they are."""
STOP_SIGNALS: tuple[signal.Signals, ...] = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""By which people and systems end a program: Ctrl-C, a kill, a closed terminal."""
OWN_SESSION: dict[str, Any] = (
    {"start_new_session": True} if hasattr(os, "setsid") else {"creationflags": 0x200}  # CREATE_NEW_PROCESS_GROUP
)
"""For `subprocess.Popen`: a process that Ctrl-C doesn't reach."""
OPENGL: tuple[str, ...] = {"darwin": ("cgl",), "win32": ("glfw",)}.get(sys.platform, ("egl", "osmesa"))
"""What may draw without a window, the best first, as MuJoCo names it."""
_OPENS_BELOW = hasattr(os, "O_DIRECTORY") and hasattr(os, "O_NOFOLLOW") and os.open in os.supports_dir_fd


class Directory:
    """A directory whose files are opened and removed by their names in it; used with ``with``.

    Where the system can, it is opened step by step, so that no link that is put in the way meanwhile is followed.

    Args:
        top: A directory, by whatever links.
        below: Names from there; none may be a link.

    Raises:
        OSError: One of them can't be opened.
    """

    def __init__(self, top: Path, below: tuple[str, ...]) -> None:
        self._path = top.joinpath(*below)
        self._descriptor: int | None = None
        if not _OPENS_BELOW:
            if not self._path.is_dir():
                missing = errno.ENOTDIR if os.path.lexists(self._path) else errno.ENOENT
                raise OSError(missing, os.strerror(missing), str(self._path))
            return
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
        self._descriptor = os.open(top, flags)
        for name in below:
            above = self._descriptor
            try:
                self._descriptor = os.open(name, flags | os.O_NOFOLLOW, dir_fd=above)
            except OSError as error:
                error.filename = str(self._path)
                raise
            finally:
                os.close(above)

    def __enter__(self) -> "Directory":
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)

    def open(self, name: str, flags: int) -> int:
        """Opens a file, made with the usual rights if `flags` say so; gives a descriptor."""
        if self._descriptor is None:
            return os.open(self._path / name, flags | BINARY, 0o666)
        return os.open(name, flags | os.O_NOFOLLOW, 0o666, dir_fd=self._descriptor)

    def remove(self, name: str) -> None:
        """Removes a file; of a link, the link."""
        if self._descriptor is None:
            (self._path / name).unlink()
        else:
            os.unlink(name, dir_fd=self._descriptor)

    @contextmanager
    def scan(self) -> Iterator[Iterator[os.DirEntry[str]]]:
        """What is in it, as `os.scandir` gives it."""
        with os.scandir(self._path if self._descriptor is None else self._descriptor) as entries:
            yield entries


def try_lock(file: IO[bytes], *, shared: bool = False) -> bool:
    """Locks an open file until it is closed; True also where there are no locks: on some systems, on some disks.

    Returns:
        False if another process has a lock that keeps this one out.
    """
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno != errno.EWOULDBLOCK
    return True


def flush_to_disk(path: Path) -> None:
    """Has what was written to a file, or changed in a directory, reach the disk."""
    try:
        descriptor = os.open(path, (os.O_RDONLY if _OPENS_BELOW else os.O_RDWR) | BINARY)
    except PermissionError:
        if path.is_dir() and not _OPENS_BELOW:
            return  # directories can't be opened
        raise
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def usable_cores() -> list[int] | None:
    """Numbers of the cores that this process may use; None if the system doesn't say."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None


def use_cores(cores: list[int]) -> None:
    """Keeps the process on some cores, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)


def lower_priority(process: int, niceness: int) -> None:
    """Lets others go before a process, where the system can; niceness is 0 to 19. It may have ended already."""
    if hasattr(os, "setpriority"):
        with suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, process, niceness)


def page_size() -> int | None:
    """Bytes of a page of memory; None if the system doesn't say."""
    return None if resource is None else resource.getpagesize()


def physical_memory() -> int | None:
    """Bytes that the machine has; None if the system doesn't say."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


def address_space_limit() -> int | None:
    """Bytes of address space that the process may have; None without a limit."""
    if resource is None:
        return None
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if soft == resource.RLIM_INFINITY else soft


@contextmanager
def limited_address_space(largest: int) -> Iterator[None]:
    """Lets the process have no more address space than that in the block, where the system can."""
    if resource is None:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = min([largest, *(bound for bound in (soft, hard) if bound != resource.RLIM_INFINITY)])
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
