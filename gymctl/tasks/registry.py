"""Which tasks there are and where their classes live; imports neither torch nor MuJoCo until a class is asked for."""

import importlib
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from gymctl.errors import InputError, suggest

if TYPE_CHECKING:
    from gymctl.tasks.base import Task

ENTRY_POINT_GROUP = "gymctl.tasks"

_BUILT_IN = {
    "Ant": "gymctl.tasks.ant:Ant",
    "BallBalance": "gymctl.tasks.ball_balance:BallBalance",
    "Cartpole": "gymctl.tasks.cartpole:Cartpole",
    "Ingenuity": "gymctl.tasks.ingenuity:Ingenuity",
    "Quadcopter": "gymctl.tasks.quadcopter:Quadcopter",
}


def names() -> list[str]:
    """Names of all task classes: those of this package and those that installed packages offer."""
    return sorted({*_BUILT_IN, *(point.name for point in _entry_points())})


def load(name: str) -> "type[Task]":
    """Imports a task's class.

    Args:
        name: The ``name:`` of a task YAML.

    Raises:
        InputError: No task has that name.
    """
    location = _BUILT_IN.get(name) or next((p.value for p in _entry_points() if p.name == name), None)
    if location is None:
        raise InputError(
            f"there is no task class {name!r}", suggest(name, names()) or f"known are {', '.join(names())}"
        )
    module, _, attribute = location.partition(":")
    return getattr(importlib.import_module(module), attribute)


def config_dirs() -> list[Path]:
    """The ``configs`` directories of packages that offer tasks, laid out as this package's own."""
    found = []
    for point in _entry_points():
        spec = find_spec(point.value.partition(":")[0].partition(".")[0])
        for location in (spec and spec.submodule_search_locations) or ():
            if (directory := Path(location) / "configs").is_dir() and directory not in found:
                found.append(directory)
    return found


def _entry_points() -> list[EntryPoint]:
    return list(entry_points(group=ENTRY_POINT_GROUP))
