"""``gymctl runs report`` writes a page about a run."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gymctl.commands.flags import DEFAULT_RUNS_DIR, ConfigFlags, Only, RunsDir
from gymctl.commands.measures import measure_fields
from gymctl.commands.output import Output
from gymctl.commands.runs.show import RunArgument
from gymctl.core.errors import GymctlError, InputError
from gymctl.core.terminal import escaped

if TYPE_CHECKING:
    from gymctl.policies.evaluate import Evaluation
    from gymctl.runs.directory import Run
    from gymctl.runs.pages.report import Evaluated

_EPISODES = 64


def report(
    run: RunArgument,
    file: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="The .html file, replaced if there is one; default named after the run, in this directory.",
            show_default=False,
        ),
    ] = None,
    episodes: Annotated[
        int | None,
        typer.Option(
            "--episodes", metavar="N", min=0, help="Play the policy for N episodes; 0 plays nothing. Default: 64."
        ),
    ] = None,
    task: Annotated[
        str | None,
        typer.Option(
            "--task",
            metavar="TASK",
            help="The run's task, FILE.py:CLASS or MODULE:CLASS, if you trust its code: it is run.",
            show_default=False,
        ),
    ] = None,
    video: Annotated[
        bool, typer.Option("--video/--no-video", metavar="", help="Film some seconds of it.", show_default=False)
    ] = True,
    runs_dir: RunsDir = DEFAULT_RUNS_DIR,
    *,
    flags: Annotated[ConfigFlags, Only("num_envs", "seed", "device")],
    output: Output,
) -> None:
    """Write a page about a run, to send around: one HTML file that loads nothing.

    Examples:
      gymctl runs report Ant
      gymctl runs report Ant --episodes 512 --output ant.html
      gymctl runs report newest --episodes 0

    It has the curves, an evaluation, a video, what isn't at the task's
    defaults, and how to run it again.
    """
    from dataclasses import asdict

    from gymctl.runs.finding import choose_run
    from gymctl.runs.pages.html import check_page, write_page
    from gymctl.runs.pages.report import report_page
    from gymctl.runs.reporting import read_report

    if task is not None and episodes == 0:
        raise InputError("--task names code to play, and --episodes 0 plays nothing", "leave one of them out")
    chosen = choose_run(run, runs_dir)
    path = file or Path(f"{chosen.path.absolute().name}.html")
    check_page(path)
    told = read_report(chosen)
    evaluated, evaluation, notes = None, None, []
    if episodes != 0:
        try:
            evaluated, evaluation = _evaluate(
                chosen, episodes or _EPISODES, flags, runs_dir, output, video=video, task=task
            )
            notes += evaluated.notes
        except GymctlError as error:
            if episodes is not None or task is not None:
                raise
            notes.append(f"without an evaluation: {error.what}")
    output.notes(notes)
    write_page(report_page(told, evaluated, [] if evaluated else notes), path)
    fields = {
        "path": str(path),
        "run": str(chosen.path),
        "size": path.stat().st_size,
        "evaluation": {
            "reward": asdict(evaluation.reward),
            "length": asdict(evaluation.length),
            "measures": measure_fields(evaluation.measures),
        }
        if evaluation
        else None,
        "episodes": evaluation.episodes if evaluation else 0,
        "video": bool(evaluated and evaluated.video),
        "notes": notes,
    }
    output.result(fields, escaped(path))


def _evaluate(
    run: "Run", episodes: int, flags: ConfigFlags, runs_dir: Path, output: Output, *, video: bool, task: str | None
) -> "tuple[Evaluated, Evaluation]":
    from gymctl.commands.signals import leaving_nothing_behind
    from gymctl.core.memory import check_room_to_start

    check_room_to_start()
    output.waiting("loading PyTorch and MuJoCo")
    from gymctl.policies.report import Wishes, evaluate_run

    with leaving_nothing_behind(), output.counter() as count:
        return evaluate_run(run, Wishes(episodes, flags.settings, video, task), runs_dir, count)
