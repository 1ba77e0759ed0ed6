"""Finds the checkpoint that is meant: a path, a run directory, ``best``, ``latest``, or nothing said."""

import shlex
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from gymctl.core.errors import InputError, suggest
from gymctl.core.files import expand_home
from gymctl.core.inside import GIVE_ACCESS, regular_files
from gymctl.core.words import counted
from gymctl.runs.checkpoint_names import CheckpointName, parse
from gymctl.runs.directory import Run
from gymctl.runs.finding import NEWEST, best_run_of_sweep, is_run, is_sweep, list_runs, run_at
from gymctl.runs.segments import segments_of

Which = Literal["best", "latest"]
KEYWORDS: tuple[str, ...] = get_args(Which)
LARGEST = 2**36
"""Bytes that a checkpoint may have."""


@dataclass(frozen=True)
class Located:
    """A checkpoint that was found."""

    path: Path
    """The ``.pth`` file."""
    run: Run | None
    """The run it belongs to, if it lies in one."""
    why: str
    """One line: why this file and no other."""


def locate_checkpoint(task: str, what: str | None, runs_dir: Path, prefer: Which = "best") -> Located:
    """Finds a checkpoint.

    The best checkpoint of a run is ``nn/<name>.pth``, else the one with the highest reward in its name, of those since
    the run was last resumed, else the latest of them. The latest is the one with the highest epoch or frame in its
    name; of equal ones, the file written last.

    Args:
        task: The task's name, whose runs are searched.
        what: A ``.pth`` file, a run's directory, or a sweep's, which means its best run, or ``best`` or ``latest``,
            which mean the task's newest run that has a checkpoint, as do ``newest`` and None; or whatever else means a
            run to `gymctl.runs.finding.run_at`.
        runs_dir: The directory of all runs.
        prefer: Which checkpoint of a run is taken where ``what`` doesn't say it.

    Raises:
        InputError: If there is no such file or directory, no checkpoint in it, or the file is empty.
    """
    if what is None or what in (*KEYWORDS, *NEWEST):
        return _of_newest_run(task, what if what in KEYWORDS else prefer, runs_dir)
    try:
        return _of_path(what, task, runs_dir, prefer)
    except (OSError, RuntimeError) as error:  # no permission, a name too long, the home of nobody
        if isinstance(error, PermissionError):
            raise InputError(f"can't read '{error.filename}': {error.strerror}", GIVE_ACCESS) from error
        raise InputError(f"can't read '{what}': {error}", _how_to_get_one(task)) from error


def run_of(path: Path) -> Run | None:
    """Finds the run that a checkpoint in ``<run>/nn/`` belongs to: one with a config or a manifest.

    Args:
        path: The ``.pth`` file.
    """
    if path.parent.name != "nn":
        path = path.absolute()
    if path.parent.name != "nn":
        return None
    run = Run(path.parent.parent)
    return run if run.config_path.is_file() or run.manifest_path.is_file() else None


def run_meant(what: str, runs_dir: Path) -> Run | None:
    """The run that a word means, or that the checkpoint lies in which it names; the newest for ``newest`` and the like.

    Args:
        what: A run's directory or name, a checkpoint, one of `KEYWORDS` or of `NEWEST`.
        runs_dir: Where runs are.

    Returns:
        None if it is neither.
    """
    newest = list_runs(runs_dir)[:1] if what in (*KEYWORDS, *NEWEST) else []
    return newest[0] if newest else run_at(what, runs_dir) or run_of(Path(what))


def checkpoint_files(directory: Path) -> list[Path]:
    """Lists the checkpoints in a directory, empty files left out.

    Args:
        directory: ``nn/`` of a run, or another one.

    Raises:
        InputError: A link leads out of the run, or out of the other directory.
    """
    inside = directory.parent if directory.name == "nn" else directory
    return [path for path in regular_files(directory, inside, suffix=".pth") if path.stat().st_size > 0]


def pick(files: list[Path], which: str) -> tuple[Path, str]:
    """Picks the best or the latest of a run's checkpoints.

    Args:
        files: At least one.
        which: ``best`` or ``latest``.

    Returns:
        The file, and why it is this one.
    """
    return _latest(files) if which == "latest" else _best(files)


def latest_first(names: Mapping[Path, CheckpointName]) -> list[Path]:
    """Checkpoints in the order in which each is the latest of those that are left.

    rl_games counts frames in the name of the last file of a run that ends at a limit of frames; one that was resumed
    has epochs after that, which only the time tells.

    Args:
        names: What their names say.
    """
    written = {path: path.stat().st_mtime for path in names}
    frames = {path: (name.frame, written[path]) for path, name in names.items() if name.frame is not None}
    epochs = {path: (name.epoch, written[path]) for path, name in names.items() if name.epoch is not None}
    queues = [deque(sorted(counts, key=counts.__getitem__, reverse=True)) for counts in (frames, epochs)]
    order = []
    while heads := [paths for paths in queues if paths]:
        order.append(max(heads, key=lambda paths: written[paths[0]]).popleft())
    return order + sorted(names.keys() - set(order), key=lambda path: (-written[path], path))


def names_of(path: Path) -> tuple[str, ...]:
    """What the experiment of a checkpoint can be called; nothing if the file lies in no run."""
    directory = path.absolute().parent
    return Run(directory.parent).names if directory.name == "nn" else ()


def _of_newest_run(task: str, which: str, runs_dir: Path) -> Located:
    runs = list_runs(runs_dir, task)
    for run in runs:
        files = checkpoint_files(run.nn_dir)
        if files:
            path, reason = pick(files, which)
            age = f"the newest run of {task}" if run == runs[0] else f"the newest run of {task} that has a checkpoint"
            return Located(path, run_of(path), f"{reason} of {age}")
    if runs:
        searched = f"'{runs_dir}' has {counted(len(runs), 'run')} of it, and none has a checkpoint"
    elif others := sorted({run.task() for run in list_runs(runs_dir)}):
        searched = f"'{runs_dir}' has runs of {', '.join(others)}, none of {task}"
    else:
        searched = f"'{runs_dir}' has no runs"
    raise InputError(f"no checkpoint of {task} found: {searched}", _how_to_get_one(task))


def _of_path(what: str, task: str, runs_dir: Path, prefer: str) -> Located:
    path = expand_home(what)
    if not path.exists() and (runs_dir / what).exists():
        path = runs_dir / what
    if not path.exists() and (run := run_at(what, runs_dir)):
        path = run.path
    if path.is_dir():
        return _of_directory(path, task, prefer)
    if not path.is_file():
        raise InputError(f"there is no '{what}'", _did_you_mean(path, runs_dir) or _how_to_get_one(task))
    if path.stat().st_size == 0:
        raise InputError(f"'{path}' is empty", "give another checkpoint: this one was never written completely")
    return Located(path, run_of(path), "the file you named")


def _of_directory(directory: Path, task: str, which: str) -> Located:
    if not is_run(directory) and is_sweep(directory):
        best = best_run_of_sweep(directory)
        found = _of_directory(best.path, task, which)
        return replace(found, why=f"{found.why} of {best.path.name}, the best run of the sweep")
    files = checkpoint_files(Run(directory).nn_dir if is_run(directory) else directory)
    if not files:
        raise InputError(f"'{directory}' has no checkpoint in it", _how_to_get_one(task))
    path, reason = pick(files, which)
    return Located(path, run_of(path), reason)


def _best(files: list[Path]) -> tuple[Path, str]:
    names = names_of(files[0])
    named_best = [path for path in files if path.stem in names]
    named_best = named_best or [path for path in files if parse(path.stem, names).is_best]
    if named_best:
        return max(named_best, key=lambda path: path.stat().st_mtime), "the best checkpoint"
    files = _of_last_segment(files, names)
    rewards = {path: reward for path in files if (reward := parse(path.stem, names).reward) is not None}
    if rewards:
        path = max(rewards, key=rewards.__getitem__)
        return path, f"no best checkpoint was saved yet, so the highest reward ({rewards[path]:g})"
    path, reason = _latest(files)
    return path, f"no reward is known yet, so {reason}"


def _of_last_segment(files: list[Path], names: Sequence[str]) -> list[Path]:
    """Those since the run was last resumed: none is older than what was just trained. All, if that saved none yet."""
    run = Run(files[0].absolute().parents[1])
    try:
        segments = segments_of(run, run.manifest())
    except InputError:
        return files
    if not segments:
        return files
    last, parsed = segments[-1], {path: parse(path.stem, names) for path in files}
    since = [
        path
        for path, name in parsed.items()
        if (name.epoch is not None and name.epoch > last.after_epoch)
        or (name.frame is not None and name.frame > last.after_env_steps)
    ]
    return since or files


def _latest(files: list[Path]) -> tuple[Path, str]:
    known = names_of(files[0])
    names = {path: parse(path.stem, known) for path in files}
    path = latest_first(names)[0]
    name = names[path]
    if name.frame is not None:
        return path, f"the latest checkpoint (frame {name.frame})"
    if name.epoch is not None:
        return path, f"the latest checkpoint (epoch {name.epoch})"
    return path, "the latest checkpoint"


def _did_you_mean(path: Path, runs_dir: Path) -> str:
    siblings = [sibling.name for sibling in path.parent.glob("*") if sibling.is_dir() or sibling.suffix == ".pth"]
    runs = [run.path.name for run in list_runs(runs_dir)]
    return suggest(path.name, [*KEYWORDS, *siblings, *runs])


def _how_to_get_one(task: str) -> str:
    return f"train a policy with 'gymctl train {shlex.quote(task)}', or give a .pth file or a run directory"
