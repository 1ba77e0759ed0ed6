"""Makes or opens the directory of a training, and writes there what it is: config, manifest, what it began with."""

import platform
import shutil
import sys
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, BinaryIO

from gymctl.config import to_yaml
from gymctl.config.changes import changes_of, learns_alike
from gymctl.config.locations import canonical
from gymctl.core.files import atomic_write, sha256
from gymctl.core.inside import check_inside, make_directory, open_regular
from gymctl.learning.agents.base import checkpoint_path
from gymctl.learning.clips import with_clips
from gymctl.learning.commit import commit_of
from gymctl.learning.prepare import Training
from gymctl.policies.checkpoints.loading import load_checkpoint
from gymctl.runs.checkpoint_names import parse
from gymctl.runs.checkpoints import LARGEST, Located, names_of
from gymctl.runs.directory import Run, create_run
from gymctl.runs.segments import Segment, begin_segment
from gymctl.tasks import registry


def open_run(training: Training) -> Run:
    """The directory to train in: that of the run that is continued, or a new one with the best policy so far.

    Raises:
        InputError: It can't be made.
    """
    if training.start.run is not None:
        return training.start.run
    name, start = training.config.experiment, training.start
    before = start.source.run if start.source is not None and not start.weights_only else None
    best = before.nn_dir / f"{before.experiment}.pth" if before is not None else None
    if before is None or best is None or not best.is_file() or not training.returns_alike:
        return create_run(name, training.runs_dir)
    with open_regular(best, LARGEST, inside=before.path) as file:
        run = create_run(name, training.runs_dir)
        _write_copy(file, run.nn_dir / f"{name}.pth", run)
    return run


def describe_run(training: Training, run: Run) -> None:
    """Writes the manifest with its new segment, the config, and of a new run what it begins with.

    Args:
        training: What begins.
        run: Its directory, claimed.
    """
    config, start, checkpoint = training.config, training.start, training.checkpoint or {}
    facts: dict[str, Any] = {"task": canonical(training.task), "command": sys.argv, **_provenance(training)}
    changes = changes_of(config) if start.base is not None else {}
    segment = Segment(
        number=1,
        after_epoch=checkpoint.get("epoch", 0),
        after_env_steps=checkpoint.get("frame", 0),
        changed=changes,
        learns_alike=start.run is not None and not start.takes_over and learns_alike(changes, config),
        returns_alike=training.returns_alike,
    )
    if start.source is not None:
        path, digest = start.source.path, sha256(start.source.path)
        if start.takes_over:
            path = _take_over(run, start.source, checkpoint)
        if start.takes_over or (start.source.run is not None and run.path == start.source.run.path):
            segment = replace(segment, checkpoint={"path": f"nn/{path.name}", "sha256": digest})
        elif start.run is None:
            _keep_start(training, run, path)
            facts["checkpoint"] = {
                "path": str(path.absolute()),
                "sha256": digest,
                "weights_only": start.weights_only,
            }
    begin_segment(run, with_clips(config, run), segment, facts)
    if not segment.returns_alike:
        _set_best_aside(run)


def _take_over(run: Run, source: Located, checkpoint: Mapping[str, Any]) -> Path:
    """Copies another run's checkpoint into a run that goes on with it, where it is the latest one from then on."""
    reward = parse(source.path.stem, names_of(source.path)).reward
    known = float("nan") if reward is None else reward
    path = checkpoint_path(str(run.nn_dir / f"{run.experiment}_ep_{checkpoint['epoch']}_rew_{known:.7g}"))
    with open_regular(source.path, LARGEST) as file:
        _write_copy(file, path, run)
    return path


def _set_best_aside(run: Run) -> None:
    """Gives the best checkpoint of an earlier segment, with whose task the new one can't be compared, another name."""
    best = run.nn_dir / f"{run.experiment}.pth"
    if not best.is_file():
        return
    check_inside(best, run.path)
    checkpoint = load_checkpoint(best)
    epoch, reward = int(checkpoint.get("epoch", 0)), float(checkpoint.get("last_mean_rewards", float("nan")))
    best.rename(checkpoint_path(str(run.nn_dir / f"{run.experiment}_ep_{epoch}_rew_{reward:.7g}")))


def _keep_start(training: Training, run: Run, path: Path) -> None:
    """Keeps a copy of what a run begins with, so that it can be repeated whatever becomes of the file."""
    for directory in (run.start_nn_dir.parent, run.start_nn_dir):
        make_directory(directory, run.path)
    with open_regular(path, LARGEST) as file:
        _write_copy(file, run.start_nn_dir / path.name, run)
    if training.start.before is not None:
        before = Run(run.start_nn_dir.parent).config_path
        with atomic_write(before, inside=run.path) as temporary:
            temporary.write_text(to_yaml(dict(training.start.before)), encoding="utf-8")


def _write_copy(file: BinaryIO, path: Path, run: Run) -> None:
    """Writes what an open file holds to a path in a run."""
    with atomic_write(path, inside=run.path) as temporary, temporary.open("wb") as copy:
        shutil.copyfileobj(file, copy)


def _provenance(training: Training) -> dict[str, Any]:
    packages = ["gymctl", "torch", "mujoco", "rl-games", "numpy"]
    if training.backend.engine == "mujoco_warp":
        packages += ["mujoco-warp", "warp-lang"]
    return {
        "seed": training.config.seed,
        "physics": training.config.task.physics,
        "task_version": registry.version(training.config.task.name),
        "max_epochs": training.config.max_epochs,
        "engine": training.backend.engine,
        "sim_device": str(training.backend.sim_device),
        "rl_device": str(training.backend.rl_device),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in packages}},
        "git": commit_of(Path()),
    }
