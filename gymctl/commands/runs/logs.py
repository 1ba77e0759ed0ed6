"""``gymctl runs logs`` prints what a training printed."""

from typing import Annotated

import typer

from gymctl.commands.flags import DEFAULT_RUNS_DIR, RunsDir
from gymctl.commands.output import Output
from gymctl.commands.runs.show import RunArgument
from gymctl.core.errors import InputError

_LARGEST_IN_JSON = 2**28  # bytes


def logs(
    run: RunArgument,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", metavar="", help="Go on until the training ends, or Ctrl-C.")
    ] = False,
    lines: Annotated[
        int | None, typer.Option("--lines", "-n", min=0, metavar="N", help="Begin with the last N lines. Default: all.")
    ] = None,
    runs_dir: RunsDir = DEFAULT_RUNS_DIR,
    *,
    output: Output,
) -> None:
    """Print a run's train.log: what the learner printed, of all segments.

    Examples:
      gymctl runs logs Ant
      gymctl runs logs newest --follow
      gymctl runs logs Ant --lines 20

    With --follow, Ctrl-C ends it with exit code 130; the training goes on.
    """
    from gymctl.runs.finding import choose_run
    from gymctl.runs.logs import follow_log, read_log
    from gymctl.runs.summary import status_of

    if follow and output.json:
        raise InputError("--follow prints lines as they come, --json one object at the end", "give one of them")
    chosen = choose_run(run, runs_dir)
    if output.json:
        told = list(read_log(chosen, lines, _LARGEST_IN_JSON))
        output.result({"run": str(chosen.path), "path": str(chosen.log_path), "lines": told}, "")
        return
    try:
        for line in follow_log(chosen, lines) if follow else read_log(chosen, lines):
            output.line(line)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    if follow:
        output.status(f"{chosen.path}: {status_of(chosen, chosen.manifest()) or 'no training'}")
