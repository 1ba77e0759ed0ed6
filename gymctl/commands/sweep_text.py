"""Words and tables for sweeps."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from gymctl.commands.text import format_table
from gymctl.core.terminal import escaped
from gymctl.core.words import counted
from gymctl.sweep.naming import describe_values, short_names, show_status, show_value

if TYPE_CHECKING:
    from gymctl.sweep.record import Record, Trial

_MOST_SHOWN = 20


def headings(record: "Record") -> list[str]:
    """The columns of `cells`."""
    return ["trial", *short_names(list(record.plan.space)), "epoch", "return", record.plan.objective.name, "status"]


def cells(record: "Record", trial: "Trial") -> list[str]:
    """A trial in one row."""
    run = trial.runs[-1] if trial.runs else None
    limit = f"/{record.plan.max_epochs}" if record.plan.max_epochs > 0 else ""
    seed = f" (seed {run.seed})" if run and record.plan.seeds > 1 and trial.status == "running" else ""
    return [
        str(trial.number),
        *map(show_value, trial.values.values()),
        f"{run.epoch}{limit}{seed}" if run else "",
        _number(run.reward) if run else "",
        show_objective(record, trial),
        show_status(trial),
    ]


def show_objective(record: "Record", trial: "Trial") -> str:
    """A trial's objective with its unit."""
    unit = record.plan.objective.unit
    return _number(trial.objective) + (f" {unit}" if unit and trial.objective is not None else "")


def describe_counts(record: "Record") -> str:
    """How many trials have come how far."""
    ended = [trial.status for trial in record.trials]
    done = sum(trial.is_done for trial in record.trials)
    parts = [f"{done} of {counted(record.num_trials, 'trial')} done"]
    parts += [f"{number} {status}" for status in _UNUSUAL if (number := ended.count(status))]
    return ", ".join(parts)


def summary(record: "Record", picture: Path | None) -> str:
    """What a sweep has found: its trials, the best first, its picture, and what to do next."""
    shown = [trial for trial in record.ranked if trial.runs or trial.error]
    right = [0, *range(1, len(record.plan.space) + 4)]
    lines = [f"{record.plan.task}: {describe_counts(record)}"]
    if shown:
        rows = [headings(record), *(cells(record, trial) for trial in shown[:_MOST_SHOWN])]
        lines += ["", *format_table(rows, right).splitlines()]
    if len(shown) > _MOST_SHOWN:
        lines.append(f"… and {len(shown) - _MOST_SHOWN} more in sweep.json")
    failed = [trial for trial in record.trials if trial.error]
    lines += [f"trial {trial.number}: {trial.error}" for trial in failed[:_MOST_SHOWN]]
    if record.best is None and record.plan.objective.goal is not None:
        lines.append(f"no trial has reached a return of {record.plan.objective.goal:g}")
    lines += ["", f"sweep: {record.directory}"]
    directory = shlex.quote(str(record.directory))
    if picture is not None:
        lines.append(f"picture: {picture}")
    if record.best is not None and record.best_run is not None:
        lines.append(f"best: trial {record.best.number}, {describe_values(record.best.values)}")
        lines.append(f"next: gymctl play {shlex.quote(record.plan.task)} {directory}")
        lines.append(f"      gymctl runs --runs-dir {directory}")
    if record.num_missing:
        lines.append(f"  or: {record.how_to_go_on}")
    return "\n".join(map(escaped, lines))


_UNUSUAL = ("running", "waiting", "interrupted", "failed", "killed")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.2f}"
