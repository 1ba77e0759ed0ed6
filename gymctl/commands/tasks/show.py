"""``gymctl tasks show`` tells what a task observes, does and rewards, by name."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from gymctl.commands.arguments import Overrides, Task, parse_arguments
from gymctl.commands.flags import ConfigDir
from gymctl.commands.output import Output
from gymctl.commands.tasks.tables import sizes_and_times, tables
from gymctl.commands.text import format_table

if TYPE_CHECKING:
    from gymctl.tasks.shown import ShownTask


def show(
    task: Task,
    overrides: Overrides = None,
    *,
    config_dir: ConfigDir = None,
    output: Output,
) -> None:
    """Show a task: observations, actions, reward, terminations, model and times.

    Examples:
      gymctl tasks show Ant
      gymctl tasks show Cartpole task.env.maxEffort=100
      gymctl tasks show Anymal --json

    Observations are (value - offset) × scale, in this order. It is what exported
    policies say in their contract: docs/export.md.
    """
    from gymctl.config import compose

    given = parse_arguments([task, *(overrides or [])], takes_checkpoint=False)
    config = compose(given.task, overrides=given.overrides, config_dir=config_dir)
    output.waiting("loading MuJoCo")
    from gymctl.tasks import registry
    from gymctl.tasks.shown import show_task

    if registry.is_in_isaacgym_style(config.task.name):
        from gymctl.envs.trial import try_task

        try_task(config)  # only an object of its class knows its sizes
    shown = show_task(config)
    output.result({"task": given.task, **asdict(shown)}, _text(given.task, shown))


def _text(name: str, shown: "ShownTask") -> str:
    lines = [f"{name}: {shown.summary}", "", *sizes_and_times(shown)]
    if shown.description is None:
        return "\n".join([*lines, "", f"What they are, {name} doesn't say: {shown.how}."])
    for title, rows in tables(shown.description).items():
        lines += ["", title, *(f"  {line}" for line in format_table(rows).splitlines())]
    return "\n".join(lines)
