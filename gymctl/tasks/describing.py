"""Asks a task what it tells about itself, and checks that it fits the task's sizes."""

from typing import NamedTuple

import mujoco

from gymctl.config.config import Config
from gymctl.tasks import registry
from gymctl.tasks.description import TaskDescription, inconsistency
from gymctl.tasks.user_code import TaskError, telling_where

HOW = "give its class a method describe: docs/new-task.md shows one"


class Described(NamedTuple):
    """A task's compiled model, and what the task tells; either is None where the task gives none."""

    description: TaskDescription | None
    model: mujoco.MjModel | None


def describe_task(config: Config) -> Described:
    """Builds a task's model and asks the task what it tells. Nothing is simulated.

    Raises:
        InputError: The task can't be loaded, its model can't be built, or what it tells doesn't fit its sizes.
    """
    name = config.task.name
    if registry.is_in_isaacgym_style(name):
        return Described(None, None)
    task_class = registry.load(name)
    with telling_where(task_class, "build_model"):
        model = task_class.build_model(config.task)
    with telling_where(task_class, "describe"):
        description = task_class.describe(config.task, model)
    sizes = *registry.sizes(config.task), registry.num_states(config.task)
    if description is not None and (problem := _problem(description, *sizes)):
        raise TaskError(f"{task_class.__name__}.describe {problem}", "correct it, or what the class says of its sizes")
    return Described(description, model)


def _problem(description: TaskDescription, num_observations: int, num_actions: int, num_states: int) -> str:
    """How a description contradicts its task or itself; ``""`` if it doesn't."""
    states = sum(observation.size for observation in description.states)
    told = sum(observation.size for observation in description.observations)
    if told != num_observations:
        return f"tells of {told} observations, num_observations is {num_observations}"
    if states not in (0, num_states):
        return f"tells of {states} numbers that the critic sees, num_states is {num_states}"
    if len(description.actions) != num_actions:
        return f"tells of {len(description.actions)} actions, num_actions is {num_actions}"
    return inconsistency(description.observations, description.actions, description.joints, description.hand_control)
