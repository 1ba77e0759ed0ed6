"""Sums up a run: its status, epochs, best reward, size and checkpoints."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from gymctl.core.errors import InputError
from gymctl.core.inside import read_regular
from gymctl.core.numbers import finite, finite_int
from gymctl.runs.checkpoint_names import parse
from gymctl.runs.checkpoints import checkpoint_files, pick
from gymctl.runs.directory import Run, local_time
from gymctl.runs.history import EPOCHS, REWARD, History, read_history

_MAX_EPOCHS = re.compile(r"^ +max_epochs: *(\d{1,18}) *$", re.MULTILINE | re.ASCII)
_LARGEST_CONFIG = 4_000_000  # bytes
_STATUSES = ("running", "completed", "interrupted", "failed")
ENDED = ("completed", "interrupted")
"""The statuses of runs whose manifest has their results."""


@dataclass(frozen=True)
class Summary:
    """A run in one line; what is not known is None."""

    run: Run
    task: str
    status: str | None
    """``running``, ``completed``, ``interrupted``, ``failed``, ``killed``: it wrote no end, and its process is gone, or
    ``damaged``: its manifest says something else, or its files can't be read. Known of our own runs only."""
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


def summarize(run: Run, history: History | None = None) -> Summary:
    """Sums a run up. Of a run that ended, this reads the manifest only; of another of ours, its curves too.

    Never raises for what is in the run: one that can't be read is damaged.

    Args:
        run: The run.
        history: Its curves `EPOCHS` and `REWARD`, if they have been read.
    """
    manifest: dict[str, Any] = {}
    try:
        manifest = run.manifest()
        status = status_of(run, manifest)
        epochs, best = _results(run, manifest, status, history)
    except (InputError, OSError):
        status, epochs, best = "damaged", None, None
    return Summary(
        run=run,
        task=run.task(),
        status=status,
        epochs=finite_int(epochs),
        max_epochs=_max_epochs(run, manifest),
        best_reward=None if (number := finite(best)) is None else float(number),
        started=run.started(),
        size=sum(_sizes(run.path)),
    )


def _results(run: Run, manifest: dict[str, Any], status: str | None, history: History | None) -> tuple[Any, Any]:
    """Epochs and best reward so far."""
    if status in ENDED:
        return manifest.get("epochs"), manifest.get("best_reward")
    if status is not None:
        curves = (history or read_history(run, (EPOCHS, REWARD))).curves
        epochs = max(curves[EPOCHS].values) if EPOCHS in curves else 0
        return epochs, max(curves[REWARD].values) if REWARD in curves else None
    names = run.names
    parsed = [parse(path.stem, names) for path in checkpoint_files(run.nn_dir)]
    epochs = max((name.epoch for name in parsed if name.epoch is not None), default=None)
    return epochs, max((name.reward for name in parsed if name.reward is not None), default=None)


def status_of(run: Run, manifest: dict[str, Any]) -> str | None:
    """What became of a run, as in `Summary.status`."""
    if not manifest:
        return None
    status = manifest.get("status", "running")
    if status not in _STATUSES:
        return "damaged"
    return "killed" if status == "running" and not run.is_claimed() else status


def checkpoints_of(run: Run) -> list[CheckpointFile]:
    """Lists the checkpoints of a run, the best first, then the newest first."""
    files = checkpoint_files(run.nn_dir)
    best, names = pick(files, "best")[0] if files else None, run.names
    found = []
    for path in files:
        name, status = parse(path.stem, names), path.stat()
        written = local_time(status.st_mtime)
        found.append(CheckpointFile(path, name.epoch, name.reward, status.st_size, written, path == best))
    return sorted(found, key=lambda file: (file.is_best, file.written), reverse=True)


def _max_epochs(run: Run, manifest: dict[str, Any]) -> int | None:
    limit = manifest.get("max_epochs")
    if limit is None:  # loading the config would take a hundred times as long
        try:
            config = read_regular(run.config_path, _LARGEST_CONFIG, inside=run.path)
        except (InputError, OSError):
            return None
        found = _MAX_EPOCHS.search(config.decode("utf-8", errors="replace"))
        limit = int(found[1]) if found else None
    number = finite_int(limit)
    return number if number is not None and number > 0 else None


def _sizes(directory: Path) -> Iterator[int]:
    directories = [directory]
    while directories:
        try:
            with os.scandir(directories.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        directories.append(Path(entry.path))
                    else:
                        yield entry.stat(follow_symlinks=False).st_size
        except OSError:  # removed meanwhile, or no permission
            continue
