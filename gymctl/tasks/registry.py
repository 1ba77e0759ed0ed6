"""The registry of task classes; it imports neither torch nor MuJoCo until a class is asked for."""

import importlib
from typing import TYPE_CHECKING, Any

from gymctl.config.catalogue import task_entry_points
from gymctl.core.errors import InputError, suggest

if TYPE_CHECKING:
    from gymctl.tasks.base import Task

_BUILT_IN = {
    "Ant": "gymctl.tasks.locomotion.ant:Ant",
    "Anymal": "gymctl.tasks.locomotion.anymal:Anymal",
    "AnymalTerrain": "gymctl.tasks.locomotion.anymal_terrain:AnymalTerrain",
    "BallBalance": "gymctl.tasks.classic.ball_balance:BallBalance",
    "Cartpole": "gymctl.tasks.classic.cartpole:Cartpole",
    "Humanoid": "gymctl.tasks.locomotion.humanoid:Humanoid",
    "Ingenuity": "gymctl.tasks.flying.ingenuity:Ingenuity",
    "Quadcopter": "gymctl.tasks.flying.quadcopter:Quadcopter",
}


def names() -> list[str]:
    """Names of all task classes: those of this package and those that installed packages offer."""
    return sorted({*_BUILT_IN, *(point.name for point in task_entry_points())})


def load(name: str) -> "type[Task]":
    """Imports a task's class.

    Args:
        name: The ``name:`` of a task YAML.

    Raises:
        InputError: No task has that name, or its class can't be used.
    """
    location = _BUILT_IN.get(name) or next((p.value for p in task_entry_points() if p.name == name), None)
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
