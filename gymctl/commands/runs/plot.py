"""``gymctl runs plot`` draws learning curves into a picture."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gymctl.commands import completion
from gymctl.commands.flags import DEFAULT_RUNS_DIR, RunsDir
from gymctl.commands.output import Output
from gymctl.core.terminal import escaped

if TYPE_CHECKING:
    from gymctl.runs.directory import Run
    from gymctl.runs.history import Curve
    from gymctl.runs.plotting import Line

RunArguments = Annotated[
    list[str],
    typer.Argument(
        metavar="RUN",
        help="Runs: directories, names or beginnings of names, 'newest', or tasks: the newest run.",
        autocompletion=completion.runs,
    ),
]
_SHORTER = 0.95


def plot(
    runs: RunArguments,
    file: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The .png or .svg file, replaced if there is one; default named after the run, in this directory.",
        ),
    ] = None,
    tag: Annotated[
        str, typer.Option("--tag", metavar="TAG", help="Another curve; 'gymctl runs show RUN' lists them.")
    ] = "rewards/step",
    group: Annotated[
        bool,
        typer.Option(
            "--group",
            metavar="",
            help="Draw runs that differ by their seed only as one: mean, and band from min to max.",
        ),
    ] = False,
    runs_dir: RunsDir = DEFAULT_RUNS_DIR,
    *,
    output: Output,
) -> None:
    """Draw learning curves against env steps and training time, from TensorBoard's event files.

    Examples:
      gymctl runs plot newest
      gymctl runs plot Ant_seed1 Ant_seed2 Ant_seed3 --group --output ant.svg

    --group draws runs of one config with several seeds as a band.
    """
    from gymctl.runs import plotting
    from gymctl.runs.finding import choose_run
    from gymctl.runs.history import REWARD, read_history

    if file is not None:
        plotting.check_format(file)
    chosen = list(dict.fromkeys(choose_run(run, runs_dir) for run in runs))
    path = file or Path(_default_name(chosen, "" if tag == REWARD else tag))
    groups = plotting.group_runs(chosen) if group else [[run] for run in chosen]
    curves = {run: read_history(run).curve(tag) for run in chosen}
    output.notes(_shortened(groups, curves))
    lines = [_line(members, curves) for members in groups]
    plotting.plot(lines, tag, path)
    result = [
        {"label": line.label, "runs": [str(run.path) for run in members]}
        for line, members in zip(lines, groups, strict=True)
    ]
    output.result({"path": str(path), "tag": tag, "lines": result}, escaped(path))


def _default_name(runs: list["Run"], tag: str) -> str:
    name = runs[0].path.absolute().name if len(runs) == 1 else "curves"
    return "_".join([name, *filter(None, tag.split("/"))]) + ".png"


def _line(members: list["Run"], curves: dict["Run", "Curve"]) -> "Line":
    from gymctl.runs.plotting import Line

    first = members[0]
    label = first.path.absolute().name
    if len(members) > 1:
        names = dict.fromkeys(run.experiment for run in members)
        label = f"{' + '.join(names)}: mean of {len(members)} runs, band from min to max"
    return Line(label, [curves[run] for run in members])


def _shortened(groups: list[list["Run"]], curves: dict["Run", "Curve"]) -> list[str]:
    """Says where a group is drawn only as far as its shortest run."""
    from gymctl.runs.units import short

    notes = []
    for members in groups:
        ends = {run: curves[run].env_steps[-1] for run in members}
        shortest, longest = min(members, key=ends.__getitem__), max(ends.values())
        if ends[shortest] < _SHORTER * longest:
            notes.append(
                f"{shortest.path} ends at {short(ends[shortest])} of {short(longest)} env steps, and so does its group"
            )
    return notes
