"""Which tasks there are and where their classes live; imports neither torch nor MuJoCo until a class is asked for."""

import importlib
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gymctl.errors import InputError, suggest

if TYPE_CHECKING:
    from gymctl.tasks.base import Task

ENTRY_POINT_GROUP = "gymctl.tasks"

_BUILT_IN = {
    "Ant": "gymctl.tasks.ant:Ant",
    "Anymal": "gymctl.tasks.anymal:Anymal",
    "AnymalTerrain": "gymctl.tasks.anymal_terrain:AnymalTerrain",
    "BallBalance": "gymctl.tasks.ball_balance:BallBalance",
    "Cartpole": "gymctl.tasks.cartpole:Cartpole",
    "Humanoid": "gymctl.tasks.humanoid:Humanoid",
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
        InputError: No task has that name, or its class can't be used.
    """
    location = _BUILT_IN.get(name) or next((p.value for p in _entry_points() if p.name == name), None)
    if location is None:
        raise InputError(
            f"there is no task class {name!r}", suggest(name, names()) or f"known are {', '.join(names())}"
        )
    module, _, attribute = location.partition(":")
    try:
        task_class = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise InputError(
            f"the task {name} can't be imported from {location}: {error}",
            "correct the entry point or the module; GYMCTL_DEBUG=1 shows the traceback",
        ) from error
    if problem := _problem(task_class):
        raise InputError(f"{location} is no task: {problem}", "see docs/new-task.md for what a task's class has")
    return task_class


def config_dirs() -> list[Path]:
    """The ``configs`` directories of packages that offer tasks, laid out as this package's own."""
    found = []
    for point in _entry_points():
        spec = find_spec(point.value.partition(":")[0].partition(".")[0])
        for location in (spec and spec.submodule_search_locations) or ():
            if (directory := Path(location) / "configs").is_dir() and directory not in found:
                found.append(directory)
    return found


def _problem(task_class: Any) -> str:
    """What keeps a class from being a task; ``""`` if nothing does."""
    from gymctl.tasks.base import Task

    if not (isinstance(task_class, type) and issubclass(task_class, Task)):
        return f"it doesn't inherit from {Task.__module__}.{Task.__name__}"
    if missing := task_class.__abstractmethods__:
        return f"it lacks {', '.join(sorted(missing))}"
    for size in ("num_observations", "num_actions"):
        value = getattr(task_class, size, None)
        if not isinstance(value, int) or value < 1:
            return f"{size} has to be an integer above 0, in the class itself"
    return ""


def _entry_points() -> list[EntryPoint]:
    return list(entry_points(group=ENTRY_POINT_GROUP))
