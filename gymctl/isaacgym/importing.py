"""Lets ``import isaacgym`` find this package, and what else task code for it imports."""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from gymctl.core.errors import InputError
from gymctl.isaacgym import old_python, screen
from gymctl.isaacgym.physics import choose
from gymctl.isaacgym.screen import Opener

_PACKAGE = __name__.rpartition(".")[0]


def install(physics: str | None = None, viewer: Opener | None = None) -> None:
    """Makes ``isaacgym`` and its modules those of this package, and puts back what old task code needs.

    ``gym`` becomes a thin layer on Gymnasium where it isn't installed. A second call only changes physics and viewer.

    Args:
        physics: Of simulations made from now on: ``fast``, or ``isaacgym``, which is slower and as near to Isaac Gym's
            as can be. None leaves it, at ``fast`` in the beginning.
        viewer: Opens what viewers draw on that are created from now on, as `gymctl.viewer.open_page` does. None leaves
            it; in the beginning, viewers show nothing.

    Raises:
        InputError: Another ``isaacgym`` can be imported, or there is no such physics.
    """
    if physics is not None:
        choose(physics)
    if viewer is not None:
        screen.choose(viewer)
    if any(isinstance(finder, _Finder) for finder in sys.meta_path):
        return
    imported = sys.modules.get("isaacgym")
    if imported is not None:
        _refuse(getattr(imported, "__file__", None))
    names = {"isaacgym": _PACKAGE}
    if "gym" not in sys.modules and not _is_importable("gym"):
        names["gym"] = f"{_PACKAGE}.old_gym"
    finder = _Finder(names, old_python.AFTER_IMPORT)
    finder.refuse_another()
    old_python.put_back()
    for name in old_python.AFTER_IMPORT:
        if name in sys.modules:
            old_python.AFTER_IMPORT[name](sys.modules[name])
    sys.meta_path.insert(0, finder)


class _Finder(importlib.abc.MetaPathFinder):
    """Finds modules under other names, and changes some after their import.

    Args:
        names: Which module a top-level name means.
        after_import: What is done with a module that was imported.
    """

    def __init__(self, names: dict[str, str], after_import: dict[str, Callable[[ModuleType], None]]) -> None:
        self._names = names
        self._after_import = after_import

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Where a module is."""
        if fullname in self._after_import:
            return self._changed(fullname, path, target)
        top, dot, rest = fullname.partition(".")
        if top not in self._names:
            return None
        if top == "isaacgym" and not rest:
            self.refuse_another()
        meant = self._names[top] + dot + rest
        if top == "gym" and rest:
            meant = f"gymnasium.{rest}"
        if importlib.util.find_spec(meant) is None:
            return None
        return importlib.machinery.ModuleSpec(fullname, _Alias(meant), is_package=not rest)

    def refuse_another(self) -> None:
        """Raises an InputError if another ``isaacgym`` can be imported."""
        spec = self._elsewhere("isaacgym", None, None)
        if spec is not None and spec.origin is not None:  # one without is a mere folder of that name
            _refuse(spec.origin)

    def _changed(self, name: str, path: Any, target: Any) -> importlib.machinery.ModuleSpec | None:
        spec = self._elsewhere(name, path, target)
        if spec is not None and spec.loader is not None:
            run = spec.loader.exec_module

            def run_and_change(module: ModuleType) -> None:
                run(module)
                self._after_import[name](module)

            spec.loader.exec_module = run_and_change
        return spec

    def _elsewhere(self, name: str, path: Any, target: Any) -> importlib.machinery.ModuleSpec | None:
        specs = (finder.find_spec(name, path, target) for finder in sys.meta_path if finder is not self)
        return next((spec for spec in specs if spec is not None), None)


class _Alias(importlib.abc.Loader):
    """Gives a module that exists under another name: the same object."""

    def __init__(self, meant: str) -> None:
        self._meant = meant

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        module = importlib.import_module(self._meant)
        self._own_spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__spec__ = self._own_spec


def _is_importable(name: str) -> bool:
    spec = importlib.util.find_spec(name)
    return spec is not None and spec.origin is not None


def _refuse(origin: str | None) -> None:
    raise InputError(
        f"another isaacgym is installed, at '{origin}'",
        "run your script with python, or uninstall that one to run it on gymctl's physics",
    )
