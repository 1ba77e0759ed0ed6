"""``gymctl tasks``: what there is to train."""

from typing import Any

from gymctl.commands import options
from gymctl.commands.output import Output
from gymctl.commands.tables import table


def tasks(config_dir: options.ConfigDir = None, as_json: options.Json = False) -> None:
    """List the tasks with the sizes of their observations, states and actions.

    Examples:
      gymctl tasks
      gymctl tasks --json

    'gymctl config TASK' prints all that can be set in one.
    """
    from gymctl.config import task_names

    rows = [_describe(name, config_dir) for name in task_names(config_dir)]
    Output(as_json).result({"tasks": rows}, _table(rows))


def _describe(name: str, config_dir: options.ConfigDir) -> dict[str, Any]:
    from gymctl.config import compose
    from gymctl.tasks import registry

    config = compose(name, config_dir=config_dir).config
    task = registry.load(config["task"]["name"])
    return {
        "name": name,
        "observations": task.num_observations,
        "states": task.num_states,
        "actions": task.num_actions,
        "num_envs": config["task"]["env"]["numEnvs"],
        "description": (task.__doc__ or "").strip().partition("\n")[0],
    }


def _table(rows: list[dict[str, Any]]) -> str:
    heading = ["task", "observations", "states", "actions", "envs", "description"]
    return table([heading, *([str(value) for value in row.values()] for row in rows)])
