"""Imports task classes from where the user says they are, without what their packages import beside them."""

import importlib
import importlib.util
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

from gymctl.config.locations import Location, find_module
from gymctl.core.errors import InputError
from gymctl.tasks.user_code import advice, describe, place_in


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
    if len(parts) == 1 and name not in sys.modules:
        return _import_file(Path(str(getattr(find_module(name, None), "origin", name))))
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
    spec = find_module(package, path)
    if spec is None or spec.submodule_search_locations is None:
        raise InputError(
            f"there is no package {package!r}",
            "install it (pip install --no-deps -e FOLDER), or go to the folder that it is in",
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
