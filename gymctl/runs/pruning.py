"""Finds and removes old checkpoints that nothing needs any more."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gymctl.core import inside
from gymctl.core.errors import InputError
from gymctl.runs.checkpoint_names import parse
from gymctl.runs.checkpoints import checkpoint_files, latest_first, pick
from gymctl.runs.directory import Run
from gymctl.runs.finding import list_runs
from gymctl.runs.segments import segments_of


@dataclass(frozen=True)
class Pruning:
    """What can go of a run."""

    run: Run
    remove: list[Path]
    """Checkpoints, the oldest first."""
    keep: list[Path]
    """The other checkpoints."""
    size: int
    """Of what can go [bytes]."""


def plan(runs: Iterable[Run], keep: int, runs_dir: Path) -> list[Pruning]:
    """Finds the numbered checkpoints of runs, ``last_*``, that are neither their run's best nor among its latest.

    One that another run or a segment began with stays too, since repeating that takes it.

    Args:
        runs: The runs.
        keep: How many of the latest stay.
        runs_dir: Where the other runs are.
    """
    needed = _began_with(list_runs(runs_dir))
    return [_plan(run, keep, needed | _resumed_with(run)) for run in runs]


def remove(pruning: Pruning) -> None:
    """Removes what was planned.

    Raises:
        InputError: The run is being trained.
    """
    with pruning.run.claim():
        for path in pruning.remove:
            inside.remove(path, pruning.run.path)


def _plan(run: Run, keep: int, needed: set[Path]) -> Pruning:
    files = checkpoint_files(run.nn_dir)
    names = run.names
    parsed = {path: name for path in files if (name := parse(path.stem, names)).last and not name.is_best}
    latest = latest_first(parsed)
    best = pick(files, "best")[0] if files else None
    remove = [path for path in reversed(latest[keep:]) if path != best and path.absolute() not in needed]
    removed = set(remove)
    kept = [path for path in files if path not in removed]
    return Pruning(run, remove, kept, sum(path.stat().st_size for path in remove))


def _resumed_with(run: Run) -> set[Path]:
    """The checkpoints of a run from which segments with other settings went on."""
    try:
        segments = segments_of(run, run.manifest())
    except InputError:
        return set()
    records = [segment.checkpoint for segment in segments if segment.checkpoint and not segment.learns_alike]
    return {(run.nn_dir / Path(str(record.get("path"))).name).absolute() for record in records}


def _began_with(runs: Iterable[Run]) -> set[Path]:
    """The checkpoints that runs continued."""
    paths = set()
    for run in runs:
        try:
            paths.add(Path(run.manifest()["checkpoint"]["path"]))
        except (InputError, KeyError, TypeError):
            continue
    return paths
