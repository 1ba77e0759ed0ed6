"""The registry of task classes; it imports neither torch nor MuJoCo until a class is asked for."""

import importlib
from inspect import getattr_static
from typing import TYPE_CHECKING, Any

from gymctl.config.catalogue import task_entry_points
from gymctl.config.config import TaskConfig
from gymctl.config.locations import Location, parse_location
from gymctl.core.errors import InputError, suggest
from gymctl.tasks.built_in import BUILT_IN, VARIANTS, TaskSummary
from gymctl.tasks.importing import import_class
from gymctl.tasks.user_code import advice, describe, place_in

if TYPE_CHECKING:
    from gymctl.config.config import TaskConfig
    from gymctl.tasks.base import Task


def names() -> list[str]:
    """Names of all task classes: those of this package and those that installed packages offer."""
    return sorted({*BUILT_IN, *(point.name for point in task_entry_points())})


def is_in_isaacgym_style(name: str) -> bool:
    """Says whether a task is a class of the user's in Isaac Gym's style, named by where it is. Imports it.

    Raises:
        InputError: As `load`.
    """
    return parse_location(name) is not None and not issubclass(load(name), _task_base())


def note_sizes(name: str, num_observations: int, num_actions: int, num_states: int = 0) -> None:
    """Notes the sizes of a class in Isaac Gym's style, which only an object of it knows."""
    _SIZES[name] = num_observations, num_actions
    _NUM_STATES[name] = num_states


def sizes(task: TaskConfig) -> tuple[int, int]:
    """Numbers of observations and actions of a task; of one in Isaac Gym's style once it was tried.

    Raises:
        InputError: As `load`, or the config asks for observations that the task doesn't have.
    """
    if task.name in _SIZES:
        return _SIZES[task.name]
    found = load(task.name).sizes(task)
    return found.observations, found.actions


def num_states(task: TaskConfig) -> int:
    """See `Task.num_states`; of a class in Isaac Gym's style once it was tried.

    Raises:
        InputError: As `sizes`.
    """
    return _NUM_STATES[task.name] if task.name in _NUM_STATES else load(task.name).sizes(task).states


def version(name: str) -> int:
    """See `Task.version`; 1 of classes in Isaac Gym's style.

    Raises:
        InputError: As `load`.
    """
    return getattr(load(name), "version", 1)


def is_built_in(name: str) -> bool:
    """Says whether a task's class is one of this package's."""
    return name in BUILT_IN


def load(name: str) -> "type[Task]":
    """Imports a task's class.

    Args:
        name: The ``name:`` of a task YAML, or where a class is; see `gymctl.config.locations`.

    Raises:
        InputError: No task has that name, or its class can't be used.
    """
    if (place := parse_location(name)) is not None:
        return _load_located(place)
    location = BUILT_IN[name].location if name in BUILT_IN else _offered(name)
    if location is None:
        raise InputError(
            f"there is no task class {name!r}", suggest(name, names()) or f"known are {', '.join(names())}"
        )
    module, _, attribute = location.partition(":")
    try:
        task_class = getattr(importlib.import_module(module), attribute)
    except (Exception, SystemExit) as error:  # a user's module may raise anything
        place = place_in(error, {module.partition(".")[0]})
        raise InputError(
            f"the task {name} can't be imported from {location}: {describe(error)}",
            advice(place) if place else "correct the entry point or the module; GYMCTL_DEBUG=1 shows the traceback",
        ) from error
    if problem := _problem(task_class):
        raise InputError(f"{location} is no task: {problem}", "see docs/new-task.md for what a task's class has")
    return task_class


def _offered(name: str) -> str | None:
    """Where an installed package has the class of a task."""
    return next((point.value for point in task_entry_points() if point.name == name), None)


def _load_located(location: Location) -> "type[Any]":
    from gymctl.isaacgym.importing import install

    install()
    task_class = import_class(location)
    methods = ("pre_physics_step", "post_physics_step", "reset_idx")
    if all(callable(getattr(task_class, method, None)) for method in methods):
        return task_class
    if issubclass(task_class, _task_base()) and not _problem(task_class):
        return task_class
    raise InputError(
        f"{location} is no task: {_problem(task_class)}, and it lacks {' or '.join(methods)} of Isaac Gym's tasks",
        "name a class that inherits from IsaacGymEnvs' VecTask, or see docs/new-task.md",
    )


def _task_base() -> "type[Task]":
    from gymctl.tasks.base import Task

    return Task


def summary(name: str, yaml: str | None = None) -> TaskSummary:
    """What ``gymctl tasks`` tells of a task; only a class from elsewhere is imported for it, and PyTorch with it.

    Args:
        name: The ``name:`` of a task YAML.
        yaml: The YAML's own name, where that is another.

    Raises:
        InputError: As `load`.
    """
    if name in BUILT_IN:
        return VARIANTS.get(yaml or name, BUILT_IN[name].summary)
    task_class = load(name)
    description = (task_class.__doc__ or "").strip().partition("\n")[0]
    return TaskSummary(task_class.num_observations, task_class.num_states, task_class.num_actions, description)


_SIZES: dict[str, tuple[int, int]] = {}
_NUM_STATES: dict[str, int] = {}


def _problem(task_class: Any) -> str:
    """What keeps a class from being a task; ``""`` if nothing does."""
    base = _task_base()
    if not (isinstance(task_class, type) and issubclass(task_class, base)):
        return f"it doesn't inherit from {base.__module__}.{base.__name__}"
    missing = set(task_class.__abstractmethods__)
    if all(getattr_static(task_class, name) is vars(base)[name] for name in ("build_model", "build_spec")):
        missing.add("build_model")
    if missing:
        return f"it lacks {', '.join(sorted(missing))}"
    for size in ("num_observations", "num_actions"):
        value = getattr(task_class, size, None)
        if type(value) is not int or value < 1:
            return f"{size} has to be an integer above 0, in the class itself"
    if type(task_class.num_states) is not int or task_class.num_states < 0:
        return "num_states has to be an integer of at least 0"
    if task_class.num_states and task_class.observe_states is base.observe_states:
        return "it has num_states, but no observe_states, which gives them"
    if task_class.renews_goals and any(
        getattr_static(task_class, name) is vars(base)[name] for name in ("reached_goals", "renew_goals")
    ):
        return "it has renews_goals, so it needs reached_goals and renew_goals"
    if type(task_class.version) is not int or task_class.version < 1:
        return "version has to be an integer above 0"
    names = task_class.episode_info_names
    if not isinstance(names, tuple | list) or not all(isinstance(name, str) for name in names):
        return "episode_info_names has to be a tuple of names, as ('distance',)"
    from gymctl.tasks.measures import Measure

    measures = task_class.measures
    if not isinstance(measures, tuple | list) or not all(isinstance(measure, Measure) for measure in measures):
        return "measures has to be a tuple of gymctl.tasks.measures.Measure"
    return ""
