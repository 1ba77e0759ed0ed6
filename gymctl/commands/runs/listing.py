"""``gymctl runs list`` prints a line for each run."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gymctl.commands import completion
from gymctl.commands.flags import DEFAULT_RUNS_DIR, RunsDir
from gymctl.commands.output import Output
from gymctl.commands.text import format_table
from gymctl.core.errors import InputError, suggest
from gymctl.core.terminal import escaped

if TYPE_CHECKING:
    from gymctl.runs.summary import Summary

_COLOURS = {"running": 36, "completed": 32, "interrupted": 33, "failed": 31, "killed": 31, "damaged": 31}
"""ANSI's numbers: cyan, green, yellow, red."""
_MOST_NOTES = 10


def list_command(
    task: Annotated[
        str | None,
        typer.Argument(
            metavar="TASK", help="Only the runs of this task.", show_default=False, autocompletion=completion.tasks
        ),
    ] = None,
    runs_dir: RunsDir = DEFAULT_RUNS_DIR,
    *,
    output: Output,
) -> None:
    """List the runs, the newest first; 'gymctl runs' alone does so too.

    Examples:
      gymctl runs
      gymctl runs Ant --json

    'gymctl runs show RUN' tells all about one.
    """
    from gymctl.runs.finding import list_runs, runs_of, shown_task, unreadable
    from gymctl.runs.summary import summarize

    runs = list_runs(runs_dir)
    output.notes(f"'{path}' can't be read: Permission denied" for path in unreadable(runs_dir)[:_MOST_NOTES])
    found = runs if task is None else runs_of(runs, task)
    if task is not None and not found:
        tasks = sorted({shown_task(run.task()) for run in runs})
        fix = (
            suggest(task, [*tasks, "list", "show", "logs", "plot", "compare", "report", "prune"])
            or f"it has runs of {', '.join(tasks)}"
        )
        raise InputError(
            f"'{runs_dir}' has no run of a task {task!r}", fix if tasks else f"train one with 'gymctl train {task}'"
        )
    summaries = [summarize(run) for run in found]
    text = _text(summaries) if summaries else f"no runs in '{escaped(runs_dir)}'"
    output.result(
        {"runs_dir": str(runs_dir), "runs": [as_fields(summary) for summary in summaries]}, text, paint=_paint
    )


def _paint(text: str) -> str:
    """The table with coloured statuses."""
    heading, *lines = text.splitlines()
    start = heading.find("status")
    if start < 0:
        return text
    painted = [heading]
    for line in lines:
        status = line[start:].partition(" ")[0]
        colour = _COLOURS.get(status)
        painted.append(
            line if colour is None else f"{line[:start]}\x1b[{colour}m{status}\x1b[0m{line[start + len(status) :]}"
        )
    return "\n".join(painted)


def as_fields(summary: "Summary") -> dict[str, Any]:
    """A summary for machines: ISO times, bytes, null for what is not known."""
    return {
        "name": summary.run.path.name,
        "path": str(summary.run.path),
        "task": summary.task,
        "status": summary.status,
        "epochs": summary.epochs,
        "max_epochs": summary.max_epochs,
        "best_reward": summary.best_reward,
        "started": summary.started.isoformat(),
        "size": summary.size,
    }


def format_epochs(summary: "Summary") -> str:
    """The epochs done, and of how many where that is known."""
    done = "-" if summary.epochs is None else str(summary.epochs)
    return f"{done}/{summary.max_epochs}" if summary.max_epochs else done


def _text(summaries: list["Summary"]) -> str:
    from gymctl.runs.finding import shown_task
    from gymctl.runs.units import age, decimal, megabytes

    now = datetime.now().astimezone()
    rows = [["name", "task", "status", "epochs", "best", "age", "size"]]
    rows += [
        [
            summary.run.path.name,
            shown_task(summary.task),
            summary.status or "-",
            format_epochs(summary),
            "-" if summary.best_reward is None else decimal(summary.best_reward),
            age((now - summary.started).total_seconds()),
            megabytes(summary.size),
        ]
        for summary in summaries
    ]
    return format_table(rows, right=(3, 4, 5, 6))
