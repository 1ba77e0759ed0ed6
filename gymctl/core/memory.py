"""Memory: the amount that is there, and a bound on what a step of the program may take."""

import errno
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gymctl.core.system import address_space_limit, limited_address_space, page_size

_OUT_OF_MEMORY = re.compile("can't allocate memory|Failed to allocate")  # PyTorch on CPUs, Warp
_NO_ROOM = re.compile("failed to map segment|annot allocate memory")
_LIBRARIES = 850 * 2**20
"""What PyTorch and MuJoCo take of a process's address space, and a small simulation."""
_NO_LIMIT = 2**62  # cgroups of version 1 write "no limit" as a number near 2**63


@contextmanager
def bounded_memory(budget: int) -> Iterator[None]:
    """Lets the process grow by no more than a budget: beyond that, allocations fail with an error.

    Without effect where the operating system can't tell or limit the size of a process.

    Args:
        budget: Bytes.
    """
    pages, page = _read(Path("/proc/self/statm")).split(), page_size()
    if not pages or page is None:
        yield
        return
    with limited_address_space(int(pages[0]) * page + budget):
        yield


def available(root: Path = Path("/")) -> int | None:
    """Bytes that this process may still take: what the machine has free, or less where a limit is set.

    Limits are those of the process (``ulimit -v``) and of its control groups, as containers and batch systems set them.

    Args:
        root: Where ``proc`` and ``sys`` are.

    Returns:
        None if the operating system doesn't say.
    """
    meminfo = _read(root / "proc/meminfo")
    free = [int(line.split()[1]) * 1024 for line in meminfo.splitlines() if line.startswith("MemAvailable:")]
    rooms = [*free, *_cgroup_rooms(root), *_process_room(root)]
    return max(0, min(rooms)) if rooms else None


def check_room_to_start() -> None:
    """Refuses to load PyTorch and MuJoCo where a limit of the process leaves no room for them: they would abort.

    Raises:
        MemoryError: There is too little room.
    """
    if any(room < _LIBRARIES for room in _process_room(Path("/"))):
        raise MemoryError("no room for PyTorch and MuJoCo")


def resident_bytes() -> int:
    """Memory that this process has in use; 0 if the operating system doesn't say."""
    pages, page = _read(Path("/proc/self/statm")).split(), page_size()
    return int(pages[1]) * page if pages and page else 0


def is_out_of_memory(error: BaseException) -> bool:
    """Says whether an exception means that an allocation failed: Python's, the system's, PyTorch's or Warp's.

    A library that there is no room for can't be imported.
    """
    kinds = {kind.__name__ for kind in type(error).__mro__}
    no_room = isinstance(error, ImportError) and bool(_NO_ROOM.search(str(error)))
    failed = bool(kinds & {"MemoryError", "OutOfMemoryError"}) or bool(_OUT_OF_MEMORY.search(str(error)))
    return no_room or failed or getattr(error, "errno", None) == errno.ENOMEM


def _cgroup_rooms(root: Path) -> Iterator[int]:
    """What is left in each control group that the process is in, from the innermost to the outermost."""
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, controllers, group = line.split(":", 2)
        if not controllers:  # version 2
            top, names = root / "sys/fs/cgroup", ("memory.max", "memory.current")
        elif "memory" in controllers.split(","):
            top, names = root / "sys/fs/cgroup/memory", ("memory.limit_in_bytes", "memory.usage_in_bytes")
        else:
            continue
        directory = top / group.lstrip("/")
        for level in (directory, *directory.parents):
            limit, usage = (_read(level / name).strip() for name in names)
            if limit.isdigit() and usage.isdigit() and int(limit) < _NO_LIMIT:
                yield int(limit) - int(usage) + _file_cache(level)
            if level == top:
                break


def _file_cache(group: Path) -> int:
    """Bytes of a control group's usage that the kernel gives back when they are needed."""
    lines = (line.split() for line in _read(group / "memory.stat").splitlines())
    return sum(int(value) for name, value in lines if name in ("inactive_file", "total_inactive_file"))


def _process_room(root: Path) -> Iterator[int]:
    limit, pages, page = address_space_limit(), _read(root / "proc/self/statm").split(), page_size()
    if limit is not None and pages and page:
        yield limit - int(pages[0]) * page


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
