"""From what the user asked for to a run directory to train in, or to a policy to play or export."""

import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from gymctl.config import compose
from gymctl.core.errors import InputError
from gymctl.core.files import atomic_write, sha256
from gymctl.learning.planning import Plan, plan_training
from gymctl.learning.starting import config_of, locate
from gymctl.runs import directory as runs
from gymctl.runs.directory import Run

if TYPE_CHECKING:
    from gymctl.sim.devices import Backend

DEFAULT_PLAY_ENVS = 64


@dataclass(frozen=True)
class Training:
    """Everything `gymctl.learning.train.train` needs."""

    config: dict[str, Any]
    backend: "Backend"
    run: Run
    checkpoint: dict[str, Any] | None
    notes: list[str]
    """Things to tell the user."""
    claim: IO[str]
    """Keeps other processes out of the run while it is open."""


def prepare_training(task: str, *, runs_dir: Path = Path("runs"), **asked: Any) -> Training:
    """Plans a training and begins it; arguments as of `gymctl.learning.planning.plan_training`."""
    return begin(plan_training(task, runs_dir=runs_dir, **asked), runs_dir)


def begin(plan: Plan, runs_dir: Path) -> Training:
    """Makes the run directory of a planned training, or goes on in that of an earlier one.

    Args:
        plan: The training.
        runs_dir: Where runs are.

    Raises:
        InputError: The directory can't be made or written to, or another process trains into it.
    """
    run = _run_directory(plan, runs_dir)
    claim = run.claim()
    run.write_config(plan.config)
    source = plan.start.source
    if source is not None and (source.run is None or run.path != source.run.path):
        run.update_manifest(checkpoint={"path": str(source.path.absolute()), "sha256": sha256(source.path)})
    run.update_manifest(task=plan.task, status="running", command=sys.argv, **_provenance(plan.config, plan.backend))
    return Training(plan.config, plan.backend, run, plan.checkpoint, plan.notes, claim)


@dataclass(frozen=True)
class PolicySource:
    """A policy and the config to use it with."""

    task: str
    path: Path
    exported: bool
    """Whether it is an exported file, not a checkpoint."""
    config: dict[str, Any]
    notes: list[str]
    """Things to tell the user."""
    trust: bool = False
    """Whether the checkpoint may contain any Python objects."""


def find_policy(
    task: str,
    what: str | None,
    *,
    overrides: Sequence[str] = (),
    config_dir: Path | None = None,
    runs_dir: Path = Path("runs"),
) -> PolicySource:
    """Finds a policy and the config that it was trained with.

    Args:
        task: Name of a task YAML.
        what: A checkpoint as `gymctl.runs.checkpoints.locate_checkpoint` takes it.
        overrides: ``key=value`` settings.
        config_dir: The user's own YAMLs.
        runs_dir: Where runs are.

    Raises:
        InputError: There is no such policy, or the config is not right.
    """
    source = locate(task, what, runs_dir, config_dir)
    composed = compose(task, overrides=overrides, config_dir=config_dir, base=config_of(source))
    return PolicySource(task, source.path, False, composed.config, [*composed.notes, f"{source.path}, {source.why}"])


def find_policy_to_play(
    task: str,
    what: str | None,
    *,
    episodes: int | None = None,
    settings: Mapping[str, Any],
    overrides: Sequence[str] = (),
    config_dir: Path | None = None,
    runs_dir: Path = Path("runs"),
    trust: bool = False,
) -> PolicySource:
    """Finds a policy, and the config to play it in: its run's, but for the number of envs, devices and engine.

    Args:
        task: Name of a task YAML.
        what: A checkpoint as `gymctl.runs.checkpoints.locate_checkpoint` takes it, or an exported ``.onnx`` file.
        episodes: How many are to be played: without a number of envs in `settings`, there are no more envs than that.
        settings: Top-level config keys set by flags.
        overrides: ``key=value`` settings.
        config_dir: The user's own YAMLs.
        runs_dir: Where runs are.
        trust: Whether the checkpoint may contain any Python objects.

    Raises:
        InputError: There is no such policy, or the config is not right.
    """
    exported = Path(what) if what is not None and what.endswith(".onnx") else None
    if exported is not None:
        path, why, base = exported, "run by ONNX Runtime", _config_of_export(exported)
        if not path.is_file():
            raise InputError(f"there is no '{what}'", f"gymctl export {task} makes one")
    else:
        source = locate(task, what, runs_dir, config_dir)
        path, why, base = source.path, source.why, config_of(source)
    settings = {
        **settings,
        "num_envs": settings.get("num_envs") or min(DEFAULT_PLAY_ENVS, episodes or DEFAULT_PLAY_ENVS),
        "sim_device": settings.get("sim_device") or "auto",
        "rl_device": settings.get("rl_device") or "auto",
        "physics_engine": settings.get("physics_engine") or "auto",
        "num_threads": "",
    }
    composed = compose(task, settings=settings, overrides=overrides, config_dir=config_dir, base=base)
    notes = [*composed.notes, f"{path}, {why}"]
    return PolicySource(task, path, exported is not None, composed.config, notes, trust)


def _config_of_export(path: Path) -> dict[str, Any] | None:
    directory = path.absolute().parent
    run = Run(directory.parent)
    return run.read_config() if directory.name == "export" and run.config_path.is_file() else None


def _run_directory(plan: Plan, runs_dir: Path) -> Run:
    name, source = plan.config["train"]["params"]["config"]["name"], plan.start.source
    if run := plan.continued_run:
        return run
    if source is None or source.run is None:
        return runs.create(name, runs_dir)
    run = runs.create(name, runs_dir)
    best = source.run.nn_dir / f"{source.run.experiment}.pth"
    if best.is_file():
        with atomic_write(run.nn_dir / f"{name}.pth") as temporary:
            shutil.copyfile(best, temporary)
    return run


def _provenance(config: dict[str, Any], backend: "Backend") -> dict[str, Any]:
    packages = ["gymctl", "torch", "mujoco", "rl-games", "numpy"]
    if backend.engine == "mujoco_warp":
        packages += ["mujoco-warp", "warp-lang"]
    return {
        "seed": config["seed"],
        "max_epochs": config["train"]["params"]["config"].get("max_epochs", -1),
        "engine": backend.engine,
        "sim_device": str(backend.sim_device),
        "rl_device": str(backend.rl_device),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in packages}},
        "git": _git_commit(),
    }


def _git_commit() -> str | None:
    try:
        found = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() or None
