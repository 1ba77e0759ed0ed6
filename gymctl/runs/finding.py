"""Finds runs: all of them, the one at a path, the one that a user's word means, or the best one of a sweep."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from gymctl.core.errors import InputError, suggest
from gymctl.core.inside import check_access, check_inside, read_regular
from gymctl.core.names import is_name
from gymctl.runs.directory import Run

NEWEST = ("newest", "latest")
"""Words for the newest run; ``latest``, which means a checkpoint elsewhere, is kept for a release."""
SWEEP, BEST_RUN = "sweep.json", "best_run"
"""What a sweep's directory has, and where in it the name of the best of its runs stands."""
LARGEST_SWEEP = 50_000_000
"""Bytes that it may have."""
_MOST_TOLD = 10


def list_runs(runs_dir: Path, task: str | None = None) -> list[Run]:
    """Lists the run directories in ``runs_dir``, the one that was started or resumed last first.

    Args:
        runs_dir: The directory of all runs. What is in there but isn't a run is passed over.
        task: Only the runs of this task; of a class, its place counts, however that is spelt.
    """
    if not runs_dir.is_dir():
        return []
    runs = [Run(path) for path in runs_dir.iterdir() if is_run(path)]
    if task is not None:
        runs = _exactly_of(runs, task)
    return sorted(runs, key=Run.last_started, reverse=True)


def runs_of(runs: Sequence[Run], task: str) -> list[Run]:
    """Those of a task, which the user may name as listings do: a class by its file's name alone.

    Args:
        runs: Some.
        task: Its name.
    """
    named = _exactly_of(runs, task)
    return named if named or ":" not in task else [run for run in runs if shown_task(run.task()) == task]


def shown_task(task: str) -> str:
    """What listings call a run's task: of a class in a file, without the file's folder."""
    if ":" not in task:
        return task
    from gymctl.config.locations import portable  # as slow as `Run.read_config`

    return portable(task)


def run_at(what: str, runs_dir: Path) -> Run | None:
    """Finds the run that a word means, whatever command it is given to.

    Args:
        what: A run's directory, its name in ``runs_dir``, the name of a task or an experiment, which means its newest
            run, or the beginning of one run's name where no file is called so.
        runs_dir: The directory of all runs.

    Raises:
        InputError: It is the beginning of several names, or a directory that can't be read.
    """
    directories = [path for path in (Path(what), runs_dir / what) if _is_directory(path)]
    for path in directories:
        if is_run(path):
            return Run(path if path.name.strip(".") else path.resolve())  # "." and ".." are no names
    runs = list_runs(runs_dir)
    named = [*runs_of(runs, what), *(run for run in runs if run.experiment == what)]
    begun = [run for run in runs if what and run.path.name.startswith(what)]
    if not named and directories:
        check_access(directories[0], os.R_OK | os.X_OK)
    if named or not begun or Path(what).exists():
        return named[0] if named else None
    if len(begun) > 1:
        shown = [run.path.name for run in begun[:_MOST_TOLD]] + ["…"] * (len(begun) > _MOST_TOLD)
        raise InputError(f"{len(begun)} runs have names that begin with {what!r}", f"give one: {', '.join(shown)}")
    return begun[0]


def choose_run(what: str, runs_dir: Path, task: str | None = None) -> Run:
    """Finds the run that a word means, as `run_at` does, and refuses a word that means none.

    Args:
        what: As for `run_at`, or ``newest``.
        runs_dir: The directory of all runs.
        task: The one whose newest run ``newest`` means; None for that of all tasks.

    Raises:
        InputError: There is none, or more than one of whose names that is the beginning.
    """
    run = run_at(what, runs_dir) if what not in NEWEST else None  # whatever a directory is called
    if run is not None:
        return run
    if what not in NEWEST and _is_directory(Path(what)):
        raise InputError(f"'{what}' is not a run's directory", "give a directory that gymctl train made")
    runs = list_runs(runs_dir, task if what in NEWEST else None)
    if not runs:
        has = f"'{runs_dir}' has none" + (f" of {task}" if task and what in NEWEST else "")
        raise InputError(f"there is no run '{what}': {has}", "gymctl train makes one")
    if what in NEWEST:
        return runs[0]
    known = [run.path.name for run in runs] + sorted({shown_task(run.task()) for run in runs})
    raise InputError(
        f"there is no run '{what}' in '{runs_dir}'", suggest(Path(what).name, known) or "'gymctl runs' lists them"
    )


def unreadable(runs_dir: Path) -> list[Path]:
    """Lists the directories in ``runs_dir`` that can't be read, so that nobody knows whether they are runs."""
    paths = sorted(runs_dir.iterdir()) if runs_dir.is_dir() else []
    return [path for path in paths if _is_directory(path) and not os.access(path, os.R_OK | os.X_OK)]


def _is_directory(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name too long, no permission: what reads it will say so
        return False


def _exactly_of(runs: Sequence[Run], task: str) -> list[Run]:
    """Those of a task; of a class, its place counts, however that is spelt."""
    if ":" in task:
        from gymctl.config.locations import canonical  # as slow as `Run.read_config`

        task = canonical(task)
    return [run for run in runs if run.task() == task]


def is_run(path: Path) -> bool:
    """Says whether a directory looks like a run's: with a manifest, a config or checkpoints' directory."""
    try:
        run = Run(path)
        return run.manifest_path.is_file() or run.config_path.is_file() or run.nn_dir.is_dir()
    except OSError:
        return False


def is_sweep(path: Path) -> bool:
    """Says whether a directory is a sweep's, with runs in it."""
    try:
        return (path / SWEEP).is_file()
    except OSError:
        return False


def best_run_of_sweep(directory: Path) -> Run:
    """Finds the best run of a sweep.

    Args:
        directory: The sweep's.

    Raises:
        InputError: None has ended an episode yet, or it isn't told in a way that can be read.
    """
    path = directory / SWEEP
    try:
        name = json.loads(read_regular(path, LARGEST_SWEEP, inside=directory))[BEST_RUN]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"'{path}' doesn't tell the best run", f"name one of the runs in '{directory}'") from error
    if name is None:
        raise InputError(f"the sweep '{directory}' has no best run yet", "wait until a trial has ended an episode")
    if not is_name(name) or not is_run(directory / name):
        raise InputError(f"the best run of '{directory}' is not in it", "name one of the runs that are")
    check_inside(directory / name, directory)
    return Run(directory / name)
