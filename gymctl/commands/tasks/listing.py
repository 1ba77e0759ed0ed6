"""``gymctl tasks list`` lists what there is to train."""

import textwrap
from pathlib import Path
from typing import Any

from gymctl.commands.flags import ConfigDir
from gymctl.commands.output import Output
from gymctl.commands.text import format_table, terminal_columns
from gymctl.core.errors import GymctlError

_LEAST_DESCRIPTION = 20


def list_command(config_dir: ConfigDir = None, *, output: Output) -> None:
    """List the tasks with the sizes of their observations, states and actions.

    Examples:
      gymctl tasks
      gymctl tasks --json

    GPU envs and CPU envs: how many robots a training simulates there, unless
    you say otherwise. 'gymctl tasks show TASK' tells what a task's observations
    and actions are, 'gymctl config TASK' prints all that can be set in one.
    """
    from gymctl.config import task_names

    described = (_describe(name, config_dir) for name in task_names(config_dir))
    rows = [row for row in described if row]
    output.result({"tasks": rows}, _table(rows, terminal_columns()))


def _describe(name: str, config_dir: Path | None) -> dict[str, Any] | None:
    """What is told of a task; None where the user's ``config.yaml`` is another task's."""
    from gymctl.config import OtherTaskError, compose
    from gymctl.config.catalogue import cpu_settings
    from gymctl.tasks import registry

    num_envs, on_cpu, problem, summary = None, None, None, None
    try:
        config = compose(name, config_dir=config_dir)
        num_envs = config.num_envs
        on_cpu = num_envs if config_dir else cpu_settings(name).get("num_envs", num_envs)
        summary = registry.summary(config.task.name, name)
    except OtherTaskError:
        return None
    except GymctlError as error:  # the others can be used all the same
        problem = f"{error.what}; {error.fix}"
    return {
        "name": name,
        "observations": summary and summary.observations,
        "states": summary and summary.states,
        "actions": summary and summary.actions,
        "num_envs": num_envs,
        "num_envs_on_cpu": on_cpu,
        "description": summary.description if summary else "",
        "problem": problem,
    }


def _table(rows: list[dict[str, Any]], columns: int | None) -> str:
    """The tasks, a line each; where there are only so many columns, descriptions go on below themselves."""
    lines = [["task", "observations", "states", "actions", "GPU envs", "CPU envs", "description"]]
    for row in rows:
        *numbers, description, problem = row.values()
        told = f"can't be used: {problem}" if problem else description
        lines.append([*("-" if number is None else str(number) for number in numbers), told])
    if columns:
        start = sum(max(map(len, column)) + 2 for column in list(zip(*lines, strict=True))[:-1])
        lines = [row for line in lines for row in _folded(line, max(_LEAST_DESCRIPTION, columns - start))]
    return format_table(lines, right=(1, 2, 3, 4, 5))


def _folded(line: list[str], width: int) -> list[list[str]]:
    """A row whose last cell goes on in further rows."""
    first, *rest = textwrap.wrap(line[-1], width) or [""]
    return [[*line[:-1], first], *([""] * (len(line) - 1) + [part] for part in rest)]
