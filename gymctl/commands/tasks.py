"""``gymctl tasks`` lists what there is to train."""

import textwrap
from pathlib import Path
from typing import Annotated, Any

from gymctl.commands.flags import ConfigDir, Only
from gymctl.commands.output import Output
from gymctl.commands.text import format_table, terminal_columns

_LEAST_DESCRIPTION = 20


def tasks(config_dir: ConfigDir = None, *, output: Annotated[Output, Only("json")]) -> None:
    """List the tasks with the sizes of their observations, states and actions.

    Examples:
      gymctl tasks
      gymctl tasks --json

    'gymctl config TASK' prints all that can be set in one.
    """
    from gymctl.config import task_names

    described = (_describe(name, config_dir) for name in task_names(config_dir))
    rows = [row for row in described if row]
    output.result({"tasks": rows}, _table(rows, terminal_columns()))


def _describe(name: str, config_dir: Path | None) -> dict[str, Any] | None:
    """What is told of a task; None where the user's ``config.yaml`` is another task's."""
    from gymctl.config import OtherTaskError, compose
    from gymctl.learning.prepare import MachineSettings
    from gymctl.tasks import registry

    try:
        config = compose(name, config_dir=config_dir, machine=MachineSettings(name, {}, ()))
    except OtherTaskError:
        return None
    task = registry.load(config.task.name)
    return {
        "name": name,
        "observations": task.num_observations,
        "states": task.num_states,
        "actions": task.num_actions,
        "num_envs": config.num_envs,
        "description": (task.__doc__ or "").strip().partition("\n")[0],
    }


def _table(rows: list[dict[str, Any]], columns: int | None) -> str:
    """The tasks, a line each; where there are only so many columns, descriptions go on below themselves."""
    lines = [["task", "observations", "states", "actions", "envs", "description"]]
    lines += [[str(value) for value in row.values()] for row in rows]
    if columns:
        start = sum(max(map(len, column)) + 2 for column in list(zip(*lines, strict=True))[:-1])
        lines = [row for line in lines for row in _folded(line, max(_LEAST_DESCRIPTION, columns - start))]
    return format_table(lines)


def _folded(line: list[str], width: int) -> list[list[str]]:
    """A row whose last cell goes on in further rows."""
    first, *rest = textwrap.wrap(line[-1], width) or [""]
    return [[*line[:-1], first], *([""] * (len(line) - 1) + [part] for part in rest)]
