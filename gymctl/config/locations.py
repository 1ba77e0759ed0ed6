"""Task classes that the user names by where they are: ``PACKAGE.MODULE:CLASS`` or ``FILE.py:CLASS``."""

import os
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from typing import Any, NamedTuple

from gymctl.core.errors import InputError

_CONFIG_DIRS = "cfg", "configs", "config"


class Location(NamedTuple):
    """Where a class is."""

    module: str
    """A module's dotted name, or the path of a file."""
    name: str

    @property
    def is_file(self) -> bool:
        """Whether `module` is the path of a file."""
        return self.module.endswith(".py")

    def __str__(self) -> str:
        return f"{self.module}:{self.name}"

    def resolved(self) -> "Location":
        """Itself, with a file's path without links and ``..``."""
        return Location(os.path.realpath(self.module), self.name) if self.is_file else self


def parse_location(task: str) -> Location | None:
    """The location that a task's name is; None if it is a plain name. A file's path becomes an absolute one.

    Raises:
        InputError: It has a colon, and isn't one.
    """
    module, colon, name = task.rpartition(":")
    if not colon:
        return None
    if not name.isidentifier() or not module:
        raise InputError(f"{task!r} names no task", "write PACKAGE.MODULE:CLASS or FILE.py:CLASS")
    if module.endswith(".py"):
        return Location(str(Path(module).absolute()), name)
    if not all(part.isidentifier() for part in module.split(".")):
        raise InputError(f"{task!r} names no task", "write PACKAGE.MODULE:CLASS or FILE.py:CLASS")
    return Location(module, name)


def canonical(task: str) -> str:
    """A task's name as it is wherever it is asked for: of a class in a file, with the file's real path.

    What names no task stays as it is.
    """
    try:
        location = parse_location(task)
    except InputError:
        return task
    return task if location is None else str(location.resolved())


def portable(task: str) -> str:
    """A task's name without the folder of its file, which is another one on another machine: ``FILE.py:CLASS``."""
    module, _, name = task.rpartition(":")
    return f"{Path(module).name}:{name}" if module.endswith(".py") else task


def config_dir_of(location: Location) -> Path:
    """The directory of YAMLs that belongs to a class, as `find_config_dir`.

    Raises:
        InputError: There is none, or no such module.
    """
    found = find_config_dir(location)
    if found is None:
        raise InputError(
            f"there are no YAMLs beside {location}: no folder {', '.join(_CONFIG_DIRS)} with task/{location.name}.yaml",
            "give the folder with --config-dir",
        )
    return found


def find_config_dir(location: Location) -> Path | None:
    """The directory of YAMLs that belongs to a class: ``cfg``, ``configs`` or ``config`` beside its module or above.

    Nothing is imported.

    Raises:
        InputError: There is no such module.
    """
    file = _file_of(location)
    if file is None or not file.is_file():
        fix = "check the path" if location.is_file else "install its package, or go to the folder it is in"
        raise InputError(f"there is no {'file' if location.is_file else 'module'} '{location.module}'", fix)
    package = location.module.partition(".")[0]
    for folder in file.parents:
        for name in _CONFIG_DIRS:
            if (folder / name / "task").is_dir():
                return folder / name
        if (location.is_file and not (folder / "__init__.py").exists()) or folder.name == package:
            break
    return None


def find_module(name: str, path: Sequence[str] | None) -> ModuleSpec | None:
    """Where a module is: in a package's folders, or for None where Python looks and then in the current directory.

    Only a module that the user names is looked for there.
    """
    return PathFinder.find_spec(name, path) or (PathFinder.find_spec(name, [os.getcwd()]) if path is None else None)


def _file_of(location: Location) -> Path | None:
    if location.is_file:
        return Path(location.module)
    path: Any = None
    spec = None
    for end in range(1, len(parts := location.module.split(".")) + 1):
        spec = find_module(".".join(parts[:end]), path)
        if spec is None:
            return None
        path = spec.submodule_search_locations
    return Path(spec.origin) if spec and spec.origin else None
