"""Runs hostile inputs, each in a process of its own that may take so much time and memory."""

import contextlib
import importlib
import multiprocessing
import os
import pkgutil
import resource
import select
import shutil
import signal
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

from gymctl.core.errors import GymctlError
from tests import hostile
from tests.helpers.rights import give_up_roots_rights
from tests.hostile.cases import Case

SECONDS, BYTES = 10.0, 2 * 10**9


def all_cases(kinds: Sequence[str] = ()) -> list[Case]:
    """The cases of all modules beside this one, or those of some kinds."""
    names = sorted(module.name for module in pkgutil.iter_modules(hostile.__path__) if module.name != "__main__")
    modules = [importlib.import_module(f"{hostile.__name__}.{name}") for name in names if not name.startswith("test_")]
    found = [case for module in modules if hasattr(module, "cases") for case in module.cases()]
    assert len({(case.kind, case.name) for case in found}) == len(found), "two cases have one name"
    return [case for case in found if not kinds or case.kind in kinds]


def sample(cases: Sequence[Case], count: int) -> list[Case]:
    """As many cases, evenly spread."""
    return [cases[index * len(cases) // count] for index in range(count)] if count < len(cases) else list(cases)


def failures(cases: Sequence[Case], processes: int = 1) -> Iterator[tuple[Case, str | None]]:
    """Runs cases, which so many processes share; with each that ends, what went wrong, or None."""
    context = multiprocessing.get_context("fork")
    found, taken = context.SimpleQueue(), context.Value("l", 0)

    def work() -> None:
        while True:
            with taken.get_lock():
                index, taken.value = taken.value, taken.value + 1
            if index >= len(cases):
                return
            found.put((index, _failure_in_a_directory(cases[index])))

    workers = [context.Process(target=work, daemon=True) for _ in range(processes)]
    for worker in workers:
        worker.start()
    for _ in cases:
        index, failure = found.get()
        yield cases[index], failure
    for worker in workers:
        worker.join()


def _failure_in_a_directory(case: Case) -> str | None:
    with tempfile.TemporaryDirectory(prefix="gymctl-hostile-", ignore_cleanup_errors=True) as directory:
        failure = _failure(case, Path(directory))
        for path in Path(directory).rglob("*"):  # what a case has made unreadable
            with contextlib.suppress(OSError):
                path.chmod(0o700, follow_symlinks=False) if not path.is_symlink() else None
        shutil.rmtree(directory, ignore_errors=True)
        Path(directory).mkdir(exist_ok=True)
    return failure


def _failure(case: Case, directory: Path) -> str | None:
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        _run(case, directory, writes)
    os.close(writes)
    told, begin = b"", time.monotonic()
    while time.monotonic() - begin - _seconds_without_a_core(child) < SECONDS:
        if select.select([reads], [], [], SECONDS / 10)[0]:
            if not (piece := os.read(reads, 65536)):
                break
            told += piece
    os.close(reads)
    ended, status, usage = os.wait4(child, os.WNOHANG)
    if not ended:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, 0 if told.endswith(b"\0") else signal.SIGKILL)
        _, status, usage = os.wait4(child, 0)
    if not told.endswith(b"\0"):
        return f"no end within {SECONDS:g} s" if status == signal.SIGKILL else f"the process died of {status}"
    if usage.ru_maxrss * 1024 > BYTES:
        return f"it took {usage.ru_maxrss / 1e6:.1f} GB"
    return told[:-1].decode(errors="replace") or None


def _seconds_without_a_core(process: int) -> float:
    """How long a process, or one that it started, has waited for a core: on a busy machine that is no hang of its."""
    longest = 0.0
    for task in Path(f"/proc/{process}/task").glob("*"):
        with contextlib.suppress(OSError, IndexError):  # it is gone, or this kernel doesn't tell
            longest = max(longest, int((task / "schedstat").read_text().split()[1]) / 1e9)
            children = (task / "children").read_text().split()
            longest = max([longest, *map(_seconds_without_a_core, map(int, children))])
    return longest


def _run(case: Case, directory: Path, writes: int) -> None:
    """In the child: runs a case, and writes what went wrong, and a NUL at its end."""
    text = ""
    try:
        os.setsid()
        os.chdir(directory)
        with contextlib.suppress(OSError):
            give_up_roots_rights()  # so that what is unreadable can't be read
        with Path("/proc/self/statm").open() as statm:
            size = int(statm.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (size + 2 * BYTES, resource.RLIM_INFINITY))
        silent = os.open(os.devnull, os.O_RDWR)
        for descriptor in range(3):
            os.dup2(silent, descriptor)
        case.run(directory)
    except GymctlError:
        pass
    except BaseException:
        text = traceback.format_exc()
    finally:
        os.write(writes, text.encode("utf-8", "backslashreplace")[-60_000:] + b"\0")
        os._exit(0)
