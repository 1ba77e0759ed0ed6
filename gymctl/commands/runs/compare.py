"""``gymctl runs compare`` puts runs beside each other."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gymctl.commands.flags import DEFAULT_RUNS_DIR, RunsDir
from gymctl.commands.output import Output
from gymctl.commands.runs.plot import RunArguments
from gymctl.commands.text import format_table
from gymctl.core.terminal import escaped
from gymctl.core.words import counted

if TYPE_CHECKING:
    from gymctl.runs.comparing import Comparison

_MOST_KEYS = 60


def compare(
    runs: RunArguments,
    file: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Also write a .png or .svg of the curves, or an .html page of all; replaced if there is one.",
            show_default=False,
        ),
    ] = None,
    to_return: Annotated[
        float | None,
        typer.Option(
            "--to-return",
            metavar="R",
            help="Tell the env steps and the time until the mean return was R. Default: what all runs reached.",
        ),
    ] = None,
    runs_dir: RunsDir = DEFAULT_RUNS_DIR,
    *,
    output: Output,
) -> None:
    """Compare runs: settings that differ, best return, and how soon they learned.

    Examples:
      gymctl runs compare Ant_seed1 newest
      gymctl runs compare Ant_seed1 Ant_seed2 Ant_seed3 --output compare.html
      gymctl runs compare Ant_seed1 Ant_seed2 --to-return 3000

    Runs of one config with several seeds count as one: mean and range.
    """
    from gymctl.runs import comparing
    from gymctl.runs.finding import choose_run
    from gymctl.runs.pages.comparison import check_output, write_comparison

    if file is not None:
        check_output(file)
    chosen = list(dict.fromkeys(choose_run(run, runs_dir) for run in runs))
    comparison = comparing.compare(chosen, to_return)
    output.notes(comparison.notes)
    if file is not None:
        write_comparison(comparison, file)
    output.result({**comparison.fields, "path": str(file) if file else None}, _text(comparison, file))


def _text(comparison: "Comparison", file: Path | None) -> str:
    from gymctl.config.changes import show_value
    from gymctl.runs.pages.comparison import result_rows

    groups = comparison.groups
    head = ["", *(group.letter for group in groups)]
    keys = list(comparison.differences.items())
    differing = [[key, *map(show_value, values)] for key, values in keys[:_MOST_KEYS]]
    more = [f"and {counted(len(keys) - _MOST_KEYS, 'more key')}: see --json"] if len(keys) > _MOST_KEYS else []
    columns = tuple(range(1, len(head)))
    parts = [
        format_table([[group.letter, group.name] for group in groups]),
        format_table([head, *result_rows(comparison)], right=columns),
        "\n".join([format_table([["settings", *head[1:]], *differing]), *more])
        if differing
        else "no setting differs but names and seeds",
    ]
    if file is not None:
        parts.append(escaped(file))
    return "\n\n".join(parts)
