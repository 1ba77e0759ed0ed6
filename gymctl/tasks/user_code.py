"""Tells what fails in a user's own task: the method, and the file and line in their code."""

import linecache
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from gymctl.core.errors import GymctlError, InputError
from gymctl.core.memory import is_out_of_memory

_OURS = __name__.partition(".")[0]


class TaskError(InputError):
    """A slip in a user's own task. Exit code 2."""


@contextmanager
def telling_where(task_class: type, method: str = "") -> Iterator[None]:
    """Turns whatever a user's task raises meanwhile into an error that names the method, the file and the line.

    Errors of this package's own tasks, errors that are for the user already, and a full memory pass as they are.

    Args:
        task_class: The task's class.
        method: The method that is called; ``""`` where only the traceback can tell, and else the error passes.

    Raises:
        TaskError: Instead of the exception.
    """
    try:
        yield
    except GymctlError:
        raise
    except Exception as error:
        packages = user_packages(task_class)
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        name = method or next((f.f_code.co_name for f in frames if _is_method(f, task_class)), "")
        place = place_in(error, packages)
        if not packages or is_out_of_memory(error) or not name or not (method or place):
            raise
        raise TaskError(f"{task_class.__name__}.{name} fails: {describe(error)}", advice(place)) from error


def user_packages(task_class: type) -> set[str]:
    """The packages that a task's class and those it inherits from come from, without this one and Python's own."""
    packages = {base.__module__.partition(".")[0] for base in task_class.__mro__}
    return packages - {_OURS, "abc", "builtins", "typing"}


def place_in(error: BaseException, packages: set[str]) -> str:
    """``FILE:LINE: code`` of the innermost call in the given packages that raised an error; ``""`` if there is none.

    Args:
        error: What was raised.
        packages: Names of packages.
    """
    if isinstance(error, SyntaxError) and error.filename:
        return _place(error.filename, error.lineno or 0)
    calls = [
        (frame.f_code.co_filename, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if str(frame.f_globals.get("__name__")).partition(".")[0] in packages
    ]
    return _place(*calls[-1]) if calls else ""


def describe(error: BaseException) -> str:
    """An exception in one line: its type, and what it says first."""
    said = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {said[0]}" if said else type(error).__name__


def advice(place: str) -> str:
    """What to do about an error at a place."""
    return f"correct {place}" if place else "correct the task's class; GYMCTL_DEBUG=1 shows the traceback"


def _place(file: str, line: int) -> str:
    shown = f"{_short(file)}:{line}"
    code = linecache.getline(file, line).strip()
    return f"{shown}: {code}" if code else shown


def _short(file: str) -> str:
    """A file's path, from the working directory if it lies there."""
    try:
        return str(Path(file).relative_to(Path.cwd()))
    except (OSError, ValueError):
        return file


def _is_method(frame: FrameType, task_class: type) -> bool:
    first: Any = frame.f_locals.get("self", frame.f_locals.get("cls"))
    return isinstance(first, task_class) or (isinstance(first, type) and issubclass(first, task_class))
