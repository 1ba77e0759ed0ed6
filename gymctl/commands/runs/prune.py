"""``gymctl runs prune`` removes old checkpoints."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gymctl.commands import completion
from gymctl.commands.flags import DEFAULT_RUNS_DIR, RunsDir
from gymctl.commands.output import Output
from gymctl.commands.text import format_table
from gymctl.core.errors import InputError
from gymctl.core.terminal import plain_text
from gymctl.core.words import counted

if TYPE_CHECKING:
    from gymctl.runs.directory import Run
    from gymctl.runs.pruning import Pruning


def prune(
    runs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="RUN",
            help="Runs: directories, names or beginnings of names, 'newest', or tasks: the newest run. Default: all.",
            show_default=False,
            autocompletion=completion.runs,
        ),
    ] = None,
    keep: Annotated[int, typer.Option("--keep", metavar="N", min=1, help="How many of the latest to keep.")] = 1,
    yes: Annotated[bool, typer.Option("--yes", "-y", metavar="", help="Don't ask.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", metavar="", help="Only say what would be removed.")] = False,
    runs_dir: RunsDir = DEFAULT_RUNS_DIR,
    *,
    output: Output,
) -> None:
    """Remove old numbered checkpoints, and keep the best and the latest; curves, config and log stay.

    Examples:
      gymctl runs prune Ant --keep 3
      gymctl runs prune --dry-run

    In scripts (no terminal), --yes is required.
    """
    from gymctl.runs import pruning
    from gymctl.runs.finding import choose_run, list_runs

    chosen = list(dict.fromkeys(choose_run(run, runs_dir) for run in runs)) if runs else list_runs(runs_dir)
    trained = [run for run in chosen if run.is_claimed()]
    if runs and trained:
        raise InputError(f"'{trained[0].path}' is being trained", "wait for its end, or leave it out")
    output.notes(f"{run.path} is being trained: left alone" for run in trained)
    free = [run for run in chosen if run not in trained]
    if not runs:
        free = _readable(free, output)
    plans = [plan for plan in pruning.plan(free, keep, runs_dir) if plan.remove]
    if plans and not (yes or dry_run):
        _ask(plans)
    if not dry_run:
        for plan in plans:
            pruning.remove(plan)
    result = {"dry_run": dry_run, "size": sum(plan.size for plan in plans), "runs": [_fields(plan) for plan in plans]}
    output.result(result, _text(plans, "would be removed" if dry_run else "removed"))


def _readable(runs: list["Run"], output: Output) -> list["Run"]:
    """Those whose checkpoints can be listed: among all runs, a damaged one is left alone."""
    from gymctl.runs.checkpoints import checkpoint_files

    found = []
    for run in runs:
        try:
            run.check_links()
            checkpoint_files(run.nn_dir)
        except (InputError, OSError) as error:
            output.notes([f"{run.path} is left alone: {error}".partition("\n")[0]])
        else:
            found.append(run)
    return found


def _ask(plans: list["Pruning"]) -> None:
    if not sys.stdin.isatty():
        raise InputError(
            f"{_total(plans)} would be removed, and there is no terminal to ask on",
            "say --yes, or --dry-run to see them",
        )
    print(plain_text(_text(plans, "to be removed")), file=sys.stderr)  # noqa: T201
    if not typer.confirm("remove them?", err=True):
        raise typer.Exit(1)


def _text(plans: list["Pruning"], what: str) -> str:
    from gymctl.runs.units import megabytes

    if not plans:
        return "there is nothing to remove"
    rows = [["run", "remove", "keep", "size"]]
    rows += [[str(p.run.path), str(len(p.remove)), str(len(p.keep)), megabytes(p.size)] for p in plans]
    return f"{format_table(rows, right=(1, 2, 3))}\n{_total(plans)} {what}"


def _total(plans: list["Pruning"]) -> str:
    from gymctl.runs.units import megabytes

    count = counted(sum(len(plan.remove) for plan in plans), "checkpoint")
    return f"{count} ({megabytes(sum(plan.size for plan in plans))})"


def _fields(plan: "Pruning") -> dict[str, Any]:
    return {
        "path": str(plan.run.path),
        "removed": [str(path) for path in plan.remove],
        "kept": [str(path) for path in plan.keep],
        "size": plan.size,
    }
