"""Which run is meant."""

from pathlib import Path

from gymctl.core.errors import InputError, suggest
from gymctl.runs.directory import Run, at, list_runs

LATEST = "latest"


def choose(what: str, runs_dir: Path) -> Run:
    """Finds a run.

    Args:
        what: Its directory, its name in ``runs_dir`` or the beginning of that, the name of a task, which means the
            task's newest run, or ``latest``.
        runs_dir: The directory of all runs.

    Raises:
        InputError: There is none, or more than one of whose names that is the beginning.
    """
    if run := at(what, runs_dir):
        return run
    if Path(what).is_dir():
        raise InputError(f"'{what}' is not a run's directory", "give a directory that gymctl train made")
    runs = list_runs(runs_dir)
    if not runs:
        raise InputError(f"there is no run '{what}': '{runs_dir}' has none", "gymctl train makes one")
    if what == LATEST:
        return runs[0]
    if of_task := [run for run in runs if run.task() == what]:
        return of_task[0]
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
