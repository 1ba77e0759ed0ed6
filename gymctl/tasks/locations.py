"""Task classes that the user names by where they are: ``PACKAGE.MODULE:CLASS`` or ``FILE.py:CLASS``."""

import importlib
import importlib.util
import sys
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from gymctl.core.errors import InputError
from gymctl.tasks.user_code import advice, describe, place_in

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


def find_config_dir(location: Location) -> Path | None:
    """The directory of YAMLs that belongs to a class: ``cfg``, ``configs`` or ``config`` beside its module or above.

    Nothing is imported.
    """
    file = _file_of(location)
    package = location.module.partition(".")[0]
    for folder in file.parents if file else ():
        for name in _CONFIG_DIRS:
            if (folder / name / "task").is_dir():
                return folder / name
        if (location.is_file and not (folder / "__init__.py").exists()) or folder.name == package:
            return None
    return None


def import_class(location: Location) -> type:
    """Imports a class, without what the ``__init__.py`` of its packages would import beside it.

    Raises:
        InputError: There is no such class, or its module fails.
    """
    try:
        module = _import_file(Path(location.module)) if location.is_file else _import_module(location.module)
        found = getattr(module, location.name)
    except InputError:
        raise
    except (Exception, SystemExit) as error:  # a user's module may raise anything
        place = place_in(error, {location.module.partition(".")[0], Path(location.module).stem})
        raise InputError(f"{location} can't be imported: {describe(error)}", advice(place)) from error
    if not isinstance(found, type):
        raise InputError(f"{location} is a {type(found).__name__}, not a class", "name the task's class")
    return found


class LazyPackage(ModuleType):
    """A package whose ``__init__.py`` is only executed when something is asked for that a module of it can't give."""

    def __getattr__(self, name: str) -> Any:
        spec = self.__dict__.get("__spec__")
        if name.startswith("__") or spec is None or self.__dict__.get("_executed"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        self.__dict__["_executed"] = True
        spec.loader.exec_module(self)
        return getattr(self, name)


def _import_module(name: str) -> ModuleType:
    parts = name.split(".")
    path: Any = None
    for end in range(1, len(parts)):
        package = ".".join(parts[:end])
        if package not in sys.modules:
            spec = _find(package, path)
            sys.modules[package] = _lazy(package, spec)
            if end > 1:
                setattr(sys.modules[".".join(parts[: end - 1])], parts[end - 1], sys.modules[package])
        path = sys.modules[package].__path__
    return importlib.import_module(name)


def _lazy(package: str, spec: ModuleSpec) -> ModuleType:
    module = LazyPackage(package)
    module.__spec__, module.__file__ = spec, spec.origin
    module.__path__ = list(spec.submodule_search_locations or ())
    module.__package__ = package
    if spec.loader is None or spec.origin is None:
        module.__dict__["_executed"] = True
    return module


def _find(package: str, path: Any) -> ModuleSpec:
    spec = PathFinder.find_spec(package, path)
    if spec is None or spec.submodule_search_locations is None:
        raise InputError(
            f"there is no package {package!r}",
            "install it (pip install --no-deps -e FOLDER), or set PYTHONPATH to the folder that it is in",
        )
    return spec


def _import_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise InputError(f"there is no file '{path}'", "check the path")
    name = path.stem
    loaded = sys.modules.get(name)
    if loaded is not None and getattr(loaded, "__file__", None) == str(path):
        return loaded
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(path.parent))  # as Python does for a script
    try:
        spec.loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


def _file_of(location: Location) -> Path | None:
    if location.is_file:
        return Path(location.module)
    path: Any = None
    spec = None
    for end in range(1, len(parts := location.module.split(".")) + 1):
        spec = PathFinder.find_spec(".".join(parts[:end]), path)
        if spec is None:
            return None
        path = spec.submodule_search_locations
    return Path(spec.origin) if spec and spec.origin else None
