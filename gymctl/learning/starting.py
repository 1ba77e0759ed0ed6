"""Where a training starts from: nothing, an earlier run or checkpoint that it continues, or a run that it repeats."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from gymctl.config import check_task
from gymctl.config.trees import lookup
from gymctl.core.errors import InputError, suggest
from gymctl.core.files import sha256
from gymctl.runs import directory as runs
from gymctl.runs.checkpoints import Located, Which, checkpoint_files, locate_checkpoint, run_of
from gymctl.runs.directory import Run, list_runs


@dataclass(frozen=True)
class Start:
    """What a training begins with."""

    source: Located | None = None
    """The checkpoint to continue from."""
    base: dict[str, Any] | None = None
    """The config of the earlier run."""
    run: Run | None = None
    """The run to go on in, which has no checkpoint yet."""
    notes: list[str] = field(default_factory=list)
    """Things to tell the user."""


def find_start(
    task: str, resume: str | None, from_run: str | None, runs_dir: Path, config_dir: Path | None = None
) -> Start:
    """Finds what a training starts from.

    Args:
        task: The task's name.
        resume: A run directory or a checkpoint to continue.
        from_run: A run to repeat.
        runs_dir: Where runs are.
        config_dir: The user's own YAMLs.

    Raises:
        InputError: Both are given, there is no such thing, or it can't be used.
    """
    if resume and from_run:
        raise InputError("--resume continues a run, --from-run repeats it", "give one of them")
    if from_run:
        return _repeated(from_run, runs_dir)
    if not resume:
        return Start()
    run = runs.at(resume, runs_dir)
    if run and run.config_path.is_file() and not checkpoint_files(run.nn_dir):
        return Start(None, run.read_config(), run, [f"{run.path} has no checkpoint yet: starting from the beginning"])
    source = locate(task, resume, runs_dir, config_dir, prefer="latest")
    return Start(source, config_of(source))


def locate(task: str, what: str | None, runs_dir: Path, config_dir: Path | None, prefer: Which = "best") -> Located:
    """Finds a checkpoint as `locate_checkpoint` does; where there is none, a misspelt task is named first."""
    try:
        return locate_checkpoint(task, what, runs_dir, prefer)
    except InputError:
        check_task(task, config_dir)
        raise


def config_of(source: Located | None) -> dict[str, Any] | None:
    """The config of the run that a checkpoint lies in; None if it lies in none."""
    run = source.run if source else None
    return run.read_config() if run is not None and run.config_path.is_file() else None


def task_of(what: str | None, runs_dir: Path) -> str | None:
    """The task of a run, or of the run that a checkpoint lies in; None if neither is named.

    Raises:
        InputError: There is no such run.
    """
    if not what:
        return None
    run = runs.at(what, runs_dir) or run_of(Path(what))
    if run is None:
        raise InputError(
            f"no task given, and '{what}' is in no run that would tell it",
            "name the task, as in 'gymctl train Ant', or give a run's directory",
        )
    return run.task()


def adapt(checkpoint: dict[str, Any], source: Located, config: Mapping[str, Any]) -> None:
    """Takes from a checkpoint, in place, what must not outlive a change of the config.

    Episodes and random numbers go on with the same task and seed only; a learning rate that is set anew holds, instead
    of the one that the schedule had come to.

    Args:
        checkpoint: What a training continues from.
        source: Where it comes from.
        config: The resolved config to continue with.
    """
    base = config_of(source)
    if base is None or any(base.get(key) != config[key] for key in ("task", "seed")):
        checkpoint.pop("resume_state", None)
    path = ("train", "params", "config", "learning_rate")
    rate = lookup(config, path)
    if base is not None and lookup(base, path) != rate:
        for group in checkpoint["optimizer"]["param_groups"]:
            group["lr"] = rate


def _repeated(what: str, runs_dir: Path) -> Start:
    run = runs.at(what, runs_dir)
    if run is None:
        known = [run.path.name for run in list_runs(runs_dir)]
        raise InputError(
            f"there is no run '{what}'", suggest(Path(what).name, known) or "give a directory that gymctl train made"
        )
    base, manifest = run.read_config(), run.manifest()
    notes = [f"repeating {run.path}", *_differences(manifest.get("versions"))]
    began_with = manifest.get("checkpoint")
    if not isinstance(began_with, dict):
        return Start(base=base, notes=notes)
    path = Path(str(began_with.get("path")))
    if not path.is_file() or sha256(path) != began_with.get("sha256"):
        raise InputError(
            f"{run.path} began with '{path}', which is gone or has changed", "put that file back to repeat the run"
        )
    return Start(Located(path, run_of(path), "with which that run began"), base, notes=notes)


def _differences(versions: Any) -> list[str]:
    """What was of another version when a run was made: then its rewards need not come out the same."""
    found = []
    for name, was in versions.items() if isinstance(versions, dict) else ():
        try:
            now = platform.python_version() if name == "python" else version(str(name))
        except PackageNotFoundError:
            now = "not installed"
        if now != was:
            found.append(f"{name} {was} (here {now})")
    return [f"that run was made with {', '.join(found)}: rewards may differ"] if found else []
