"""Names of a new package, its class and its task."""

import keyword
import re
import sys
from importlib.util import find_spec
from pathlib import Path

from gymctl.core.errors import InputError
from gymctl.core.terminal import one_line

_LONGEST = 60
_PACKAGE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._+-]*")
_ELEMENT = re.compile(r"[\w][\w .:/+()\[\]-]*", re.ASCII)


def class_of(package: str) -> str:
    """The class's and the task's name: ``MyWalker`` of ``my_walker``."""
    return "".join(word[:1].upper() + word[1:] for word in package.split("_"))


def check_package(package: str, tasks: list[str]) -> None:
    """Refuses a name that no package can have, or that is taken.

    Args:
        package: The name.
        tasks: Names of the tasks that there are.

    Raises:
        InputError: It can't be used.
    """
    if not _PACKAGE.fullmatch(package) or len(package) > _LONGEST or keyword.iskeyword(package):
        proposal = re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", package).lower()).strip("_")
        fix = "write small letters, digits and single underscores, at most 60, with a letter first"
        usable = _PACKAGE.fullmatch(proposal) and len(proposal) <= _LONGEST and not keyword.iskeyword(proposal)
        raise InputError(f"'{one_line(package)}' can't be a package's name", f"{fix}: {proposal}" if usable else fix)
    if package in sys.stdlib_module_names or _is_installed(package):
        raise InputError(f"there is a Python package {package!r} already", f"take another name, as {package}_task")
    if (name := class_of(package)).lower() in {task.lower() for task in tasks}:
        raise InputError(f"there is a task {name} already", f"take another name, as my_{package}")


def check_parts(file: Path, elements: list[str]) -> None:
    """Refuses names in a model that the files of a task can't hold.

    Args:
        file: The model.
        elements: Names of its bodies and joints.

    Raises:
        InputError: There is one.
    """
    if not _FILE.fullmatch(file.name):
        raise InputError(f"the model's file name '{one_line(file.name)}' has odd characters", "rename the file")
    for name in elements:
        if not _ELEMENT.fullmatch(name):
            raise InputError(
                f"the model has the name '{one_line(name)[:80]}'",
                "rename the element with letters, digits and _ - . : / + ( ) [ ]",
            )


def _is_installed(package: str) -> bool:
    """Whether a package has the name; a plain folder of that name in the working directory is none."""
    spec = find_spec(package)
    return spec is not None and spec.origin is not None
