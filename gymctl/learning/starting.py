"""Finds where a training starts: at nothing, at a run or checkpoint to continue, or at a run to repeat."""

import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from gymctl.core.errors import InputError, suggest
from gymctl.core.files import sha256
from gymctl.policies.find import config_of, find_checkpoint
from gymctl.runs.checkpoints import LARGEST, Located, checkpoint_files, run_of
from gymctl.runs.directory import Run
from gymctl.runs.finding import list_runs, run_at


@dataclass(frozen=True)
class Start:
    """Where a training starts."""

    source: Located | None = None
    """The checkpoint to continue from."""
    base: dict[str, Any] | None = None
    """The config tree of the earlier run."""
    run: Run | None = None
    """The run whose directory is trained on in; None for a new one."""
    notes: tuple[str, ...] = ()
    """Lines for the user."""


def find_start(
    task: str,
    resume: str | None,
    from_run: str | None,
    runs_dir: Path,
    config_dir: Path | None = None,
    *,
    renamed: bool = False,
) -> Start:
    """Finds where a training starts.

    Args:
        task: Name of a task YAML.
        resume: A run directory or a checkpoint to continue.
        from_run: A run to repeat.
        runs_dir: Where runs are.
        config_dir: The user's own YAMLs.
        renamed: Whether the training has a name of its own, and so a new directory.

    Raises:
        InputError: Both are given, there is no such thing, or it can't be used.
    """
    if resume and from_run:
        raise InputError("--resume continues a run, --from-run repeats it", "give one of them")
    if from_run:
        return _repeated(from_run, runs_dir)
    if not resume:
        return Start()
    run = run_at(resume, runs_dir)
    if run and run.config_path.is_file() and not checkpoint_files(run.nn_dir):
        note = f"{run.path} has no checkpoint yet: starting from the beginning"
        return Start(base=run.read_config(), run=None if renamed else run, notes=(note,))
    source = find_checkpoint(task, resume, runs_dir, config_dir, prefer="latest")
    continued = None if renamed or resume.endswith(".pth") else source.run
    return Start(source, config_of(source), continued)


def _repeated(what: str, runs_dir: Path) -> Start:
    run = run_at(what, runs_dir)
    if run is None:
        known = [run.path.name for run in list_runs(runs_dir)]
        raise InputError(
            f"there is no run '{what}'", suggest(Path(what).name, known) or "give a directory that gymctl train made"
        )
    base, manifest = run.read_config(), run.manifest()
    notes = (f"repeating {run.path}", *_differences(manifest.get("versions")))
    began_with = manifest.get("checkpoint")
    if not isinstance(began_with, dict):
        return Start(base=base, notes=notes)
    path = Path(str(began_with.get("path")))
    if path.suffix != ".pth" or not path.is_file() or sha256(path, LARGEST) != began_with.get("sha256"):
        raise InputError(
            f"{run.path} began with '{path}', which is gone or has changed", "put that file back to repeat the run"
        )
    return Start(Located(path, run_of(path), "with which that run began"), base, notes=notes)


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
