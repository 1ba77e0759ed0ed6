"""Finds where a training starts: at nothing, at a run or checkpoint to continue or to repeat, or with its weights."""

import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from gymctl.config.changes import describe_changes
from gymctl.core.errors import InputError
from gymctl.core.files import sha256
from gymctl.core.inside import check_inside
from gymctl.core.names import is_name
from gymctl.policies.find import config_of, find_checkpoint
from gymctl.policies.hub.address import SCHEME
from gymctl.policies.packaged import PRETRAINED
from gymctl.runs.checkpoints import LARGEST, Located, checkpoint_files, run_of
from gymctl.runs.directory import Run
from gymctl.runs.finding import choose_run, is_sweep, run_at
from gymctl.runs.segments import Segment, config_of_segment, parts_of, segments_of


@dataclass(frozen=True)
class Start:
    """Where a training starts."""

    source: Located | None = None
    """The checkpoint to continue from, or whose weights are taken."""
    weights_only: bool = False
    """Whether its weights are all that is taken, and the training is a new one."""
    before: Mapping[str, Any] | None = None
    """The config tree that it was trained with, where that is known."""
    base: Mapping[str, Any] | None = None
    """The config tree of the earlier run."""
    base_run: Run | None = None
    """The earlier run."""
    run: Run | None = None
    """The run whose directory is trained on in; None for a new one."""
    takes_over: bool = False
    """Whether that run goes on with another run's checkpoint."""
    notes: tuple[str, ...] = ()
    """Lines for the user."""


def find_start(
    task: str,
    resume: str | None,
    from_run: str | None,
    runs_dir: Path,
    config_dir: Path | None = None,
    *,
    from_policy: str | None = None,
    segment: int | None = None,
    renamed: bool = False,
    take_over: Path | None = None,
) -> Start:
    """Finds where a training starts.

    Args:
        task: Name of a task YAML.
        resume: A run directory or a checkpoint to continue.
        from_run: A run to repeat.
        runs_dir: Where runs are.
        config_dir: The user's own YAMLs.
        from_policy: A policy with whose weights a new training begins: ``pretrained``, a run or a checkpoint.
        segment: Which segment of `from_run` to repeat.
        renamed: Whether the training has a name of its own, and so a new directory.
        take_over: Another run's checkpoint, with which the run `resume` goes on.

    Raises:
        InputError: Two of them are given, there is no such thing, or it can't be used.
    """
    if sum(map(bool, (resume, from_run, from_policy))) > 1:
        raise InputError(
            "--resume continues a run, --from-run repeats it, --from takes a policy's weights", "give one of them"
        )
    if segment is not None and not from_run:
        raise InputError("--segment is a part of a run that is repeated", "give that with --from-run")
    if from_run:
        return _repeated(choose_run(from_run, runs_dir, task), segment)
    if from_policy:
        return Start(find_checkpoint(task, from_policy, runs_dir, config_dir), weights_only=True)
    if not resume:
        return Start()
    if resume == PRETRAINED:
        raise InputError(
            "the policies that come with gymctl have no optimizer, with which a training could go on",
            f"begin a training with its weights: gymctl train {task} --from {PRETRAINED}",
        )
    if resume.startswith(SCHEME):
        raise InputError(
            "a policy on the Hub has no optimizer, with which a training could go on",
            f"begin a training with its weights: gymctl train {task} --from {resume}",
        )
    run = run_at(resume, runs_dir)
    if run and take_over is not None:
        source = Located(take_over, run_of(take_over), "which the run takes over")
        return Start(source, before=config_of(source), base=run.read_config(), base_run=run, run=run, takes_over=True)
    if run and run.config_path.is_file() and not _has_own_checkpoint(run):
        note = f"{run.path} has no checkpoint yet: starting from the beginning"
        began_with = run.manifest().get("checkpoint")
        return replace(
            _at_beginning(run, began_with),
            base=run.read_config(),
            base_run=run,
            run=None if renamed else run,
            notes=(note,),
        )
    if run is None and is_sweep(Path(resume)):
        raise InputError(f"'{resume}' is a sweep", f"gymctl sweep --resume {resume}; or name one of the runs in it")
    source = find_checkpoint(task, resume, runs_dir, config_dir, prefer="latest")
    continued = None if renamed or resume.endswith(".pth") else source.run
    base = config_of(source)
    return Start(source, before=base, base=base, base_run=source.run, run=continued)


def _has_own_checkpoint(run: Run) -> bool:
    """Whether a run has a checkpoint, and not just the best one of the run that it went on from."""
    files = checkpoint_files(run.nn_dir)
    began = segments_of(run, run.manifest())[:1]
    if files != [run.nn_dir / f"{run.experiment}.pth"] or not began or not began[0].after_epoch:
        return bool(files)
    from gymctl.policies.checkpoints.loading import load_checkpoint  # it needs PyTorch

    return int(load_checkpoint(files[0]).get("epoch", 0)) > began[0].after_epoch


def _repeated(run: Run, number: int | None) -> Start:
    manifest = run.manifest()
    parts = parts_of(segments_of(run, manifest))
    if not parts:
        return Start(base=run.read_config(), base_run=run, notes=(f"repeating {run.path}",))
    index = _chosen(run, parts, number)
    first, last = parts[index][0], parts[index][-1]
    notes = [f"repeating {run.path}"]
    if len(parts) > 1:
        notes = [f"repeating segment {first.number} of {run.path}, {_epochs(parts, index)}"]
    notes += _differences(last.facts.get("versions"))
    if index == 0:
        start = _at_beginning(run, manifest.get("checkpoint"))
    else:
        start = Start(_within(run, first), before=config_of_segment(run, parts[index - 1][-1]))
    return replace(start, base=config_of_segment(run, last), base_run=run, notes=tuple(notes))


def _chosen(run: Run, parts: Sequence[Sequence[Segment]], number: int | None) -> int:
    """Which part of a run is to be repeated."""
    numbers = [part[0].number for part in parts]
    if number is None and len(parts) == 1:
        return 0
    if number in numbers:
        return numbers.index(number)
    segments = [
        f"segment {part[0].number}: {_epochs(parts, index)}"
        + (f", {describe_changes(part[0].changed)}" if index else "")
        for index, part in enumerate(parts)
    ]
    what = f"{run.path} was resumed with other settings" if number is None else f"{run.path} has no segment {number}"
    raise InputError(what, f"choose what to repeat, as with --segment {numbers[0]}", segments)


def _epochs(parts: Sequence[Sequence[Segment]], index: int) -> str:
    begin = f"from epoch {parts[index][0].after_epoch + 1}"
    return f"{begin} to {parts[index + 1][0].after_epoch}" if index + 1 < len(parts) else begin


def _at_beginning(run: Run, began_with: Any) -> Start:
    """The start with the copy of the checkpoint that a run began with; at nothing if it began without one."""
    if not isinstance(began_with, dict):
        return Start()
    name = Path(str(began_with.get("path"))).name
    copy = run.start_nn_dir / (name if is_name(name) else "start.pth")
    if not _is_unchanged(copy, run, began_with):
        raise InputError(
            f"{run.path} began with '{began_with.get('path')}', of which it has no unchanged copy",
            f"put that file there as {copy} to repeat the run",
        )
    source = Located(copy, run_of(copy), "with which that run began")
    return Start(source, weights_only=began_with.get("weights_only") is True, before=config_of(source))


def _within(run: Run, segment: Segment) -> Located:
    """The checkpoint of a run that a segment goes on from."""
    name = Path(str((segment.checkpoint or {}).get("path"))).name
    path = run.nn_dir / name
    if not is_name(name) or not _is_unchanged(path, run, segment.checkpoint or {}):
        raise InputError(
            f"segment {segment.number} of {run.path} went on from '{path}', which is gone or has changed",
            "put that file back, or repeat the segment before",
        )
    return Located(path, run, f"with which segment {segment.number} began")


def _is_unchanged(path: Path, run: Run, record: Mapping[str, Any]) -> bool:
    if path.suffix != ".pth" or not path.is_file():
        return False
    check_inside(path, run.path)
    return sha256(path, LARGEST) == record.get("sha256")


def _differences(versions: Any) -> list[str]:
    """Packages that had another version when a run was made: then its rewards need not come out the same."""
    found = []
    for name, was in versions.items() if isinstance(versions, dict) else ():
        try:
            now = platform.python_version() if name == "python" else version(str(name))
        except PackageNotFoundError:
            now = "not installed"
        if now != was:
            found.append(f"{name} {was} (here {now})")
    return [f"that run was made with {', '.join(found)}: rewards may differ"] if found else []
