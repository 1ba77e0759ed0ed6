"""Sums up a run: its status, epochs, best reward, size and checkpoints."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from gymctl.core.errors import InputError
from gymctl.runs.checkpoint_names import parse
from gymctl.runs.checkpoints import checkpoint_files, pick
from gymctl.runs.directory import Run
from gymctl.runs.history import EPOCHS, REWARD, read_history

_MAX_EPOCHS = re.compile(r"^ +max_epochs: *(\d+) *$", re.MULTILINE)
ENDED = ("completed", "interrupted")
"""The statuses of runs whose manifest has their results."""


@dataclass(frozen=True)
class Summary:
    """A run in one line; what is not known is None."""

    run: Run
    task: str
    status: str | None
    """``running``, ``completed``, ``interrupted``, ``failed``, or ``killed``: it wrote no end, and its process is gone.
    Known of our own runs only."""
    epochs: int | None
    """Trained so far."""
    max_epochs: int | None
    """At which training ends by itself; None also without a limit."""
    best_reward: float | None
    """The best mean return of its episodes."""
    started: datetime
    size: int
    """Of all its files [bytes]."""


@dataclass(frozen=True)
class CheckpointFile:
    """A checkpoint of a run."""

    path: Path
    epoch: int | None
    """None for the best one, whose name has no epoch, and for one that is named by env steps."""
    reward: float | None
    """The mean return when it was saved, where its name has one."""
    size: int
    """[bytes]"""
    written: datetime
    is_best: bool
    """Whether ``gymctl play`` takes it."""


def summarize(run: Run) -> Summary:
    """Sums a run up. Of a run that ended, this reads the manifest only; of another of ours, its curves too."""
    manifest = _manifest(run)
    status = status_of(run, manifest)
    if status in ENDED:
        epochs, best = manifest.get("epochs"), manifest.get("best_reward")
    elif status is not None:
        epochs, best = _from_curves(run)
    else:
        names = [parse(path.stem) for path in checkpoint_files(run.nn_dir)]
        epochs = max((name.epoch for name in names if name.epoch is not None), default=None)
        best = max((name.reward for name in names if name.reward is not None), default=None)
    return Summary(
        run=run,
        task=run.task(),
        status=status,
        epochs=int(epochs) if isinstance(epochs, int | float) else None,
        max_epochs=_max_epochs(run, manifest),
        best_reward=float(best) if isinstance(best, int | float) else None,
        started=run.started(),
        size=sum(_sizes(run.path)),
    )


def _from_curves(run: Run) -> tuple[float | None, float | None]:
    """Epochs and best reward so far; None if the curves can't be read."""
    try:
        curves = read_history(run, (EPOCHS, REWARD)).curves
    except OSError:
        return None, None
    epochs = max(curves[EPOCHS].values) if EPOCHS in curves else 0
    return epochs, max(curves[REWARD].values) if REWARD in curves else None


def status_of(run: Run, manifest: dict[str, Any]) -> str | None:
    """What became of a run, as in `Summary.status`."""
    if not manifest:
        return None
    status = str(manifest.get("status", "running"))
    return "killed" if status == "running" and not run.is_claimed() else status


def checkpoints_of(run: Run) -> list[CheckpointFile]:
    """Lists the checkpoints of a run, the best first, then the newest first."""
    files = checkpoint_files(run.nn_dir)
    best = pick(files, "best")[0] if files else None
    found = []
    for path in files:
        name, status = parse(path.stem), path.stat()
        written = datetime.fromtimestamp(status.st_mtime).astimezone()
        found.append(CheckpointFile(path, name.epoch, name.reward, status.st_size, written, path == best))
    return sorted(found, key=lambda file: (file.is_best, file.written), reverse=True)


def _manifest(run: Run) -> dict[str, Any]:
    try:
        return run.manifest()
    except InputError:  # a damaged one tells nothing
        return {}


def _max_epochs(run: Run, manifest: dict[str, Any]) -> int | None:
    limit = manifest.get("max_epochs")
    if limit is None and run.config_path.is_file():  # loading it would take a hundred times as long
        found = _MAX_EPOCHS.search(run.config_path.read_text(encoding="utf-8", errors="replace"))
        limit = int(found[1]) if found else None
    return limit if isinstance(limit, int) and limit > 0 else None


def _sizes(directory: Path) -> Iterator[int]:
    try:
        with os.scandir(directory) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    yield from _sizes(Path(entry.path))
                else:
                    yield entry.stat(follow_symlinks=False).st_size
    except OSError:  # removed meanwhile, or no permission
        return
