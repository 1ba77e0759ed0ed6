"""Finds runs: all of them, the one at a path, or the one that a user's word means."""

from pathlib import Path

from gymctl.core.errors import InputError, suggest
from gymctl.runs.directory import Run

NEWEST = ("newest", "latest")
"""Words for the newest run; ``latest``, which means a checkpoint elsewhere, is kept for a release."""


def list_runs(runs_dir: Path, task: str | None = None) -> list[Run]:
    """Lists the run directories in ``runs_dir``, the one that was started or resumed last first.

    Args:
        runs_dir: The directory of all runs. What is in there but isn't a run is passed over.
        task: Only the runs of this task.
    """
    if not runs_dir.is_dir():
        return []
    runs = [Run(path) for path in runs_dir.iterdir() if is_run(path)]
    if task is not None:
        runs = [run for run in runs if run.task() == task]
    return sorted(runs, key=Run.last_started, reverse=True)


def run_at(what: str, runs_dir: Path) -> Run | None:
    """Finds the run in a directory given by its path or its name in ``runs_dir``, or the newest run of a name."""
    for path in (Path(what), runs_dir / what):
        try:
            if path.is_dir() and is_run(path):
                return Run(path if path.name.strip(".") else path.resolve())  # "." and ".." are no names
        except OSError:  # a name too long, no permission: what reads it will say so
            continue
    runs = list_runs(runs_dir)
    of_task = [run for run in runs if run.task() == what]
    return next(iter([*of_task, *(run for run in runs if run.experiment == what)]), None)


def choose_run(what: str, runs_dir: Path) -> Run:
    """Finds a run.

    Args:
        what: Its directory, its name in ``runs_dir`` or the beginning of that, the name of a task or an
            experiment, which means its newest run, or ``newest``.
        runs_dir: The directory of all runs.

    Raises:
        InputError: There is none, or more than one of whose names that is the beginning.
    """
    run = run_at(what, runs_dir) if what not in NEWEST else None  # whatever a directory is called
    if run is not None:
        return run
    if what not in NEWEST and Path(what).is_dir():
        raise InputError(f"'{what}' is not a run's directory", "give a directory that gymctl train made")
    runs = list_runs(runs_dir)
    if not runs:
        raise InputError(f"there is no run '{what}': '{runs_dir}' has none", "gymctl train makes one")
    if what in NEWEST:
        return runs[0]
    names = [run.path.name for run in runs]
    matches = [run for run in runs if run.path.name.startswith(what)]
    if len(matches) > 1:
        shown = [run.path.name for run in matches[:3]] + ["…"] * (len(matches) > 3)
        raise InputError(f"{len(matches)} runs have names that begin with {what!r}", f"give one: {', '.join(shown)}")
    if not matches:
        tasks = {run.task() for run in runs}
        raise InputError(
            f"there is no run '{what}' in '{runs_dir}'", suggest(what, [*names, *tasks]) or "'gymctl runs' lists them"
        )
    return matches[0]


def is_run(path: Path) -> bool:
    """Says whether a directory looks like a run's: with a manifest, a config or checkpoints' directory."""
    try:
        run = Run(path)
        return run.manifest_path.is_file() or run.config_path.is_file() or run.nn_dir.is_dir()
    except OSError:
        return False
