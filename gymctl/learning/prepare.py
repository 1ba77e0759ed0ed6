"""From what the user asked for to a config, a checkpoint and a run directory.

Imports torch only once the config has been found valid, so that a misspelt key is answered at once.
"""

import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from gymctl import checkpoints, runs
from gymctl.config import PACKAGED, compose, load_yaml
from gymctl.errors import InputError
from gymctl.learning.starting import Start, adapt, config_of, find_start, locate
from gymctl.runs import Run

if TYPE_CHECKING:
    from gymctl.devices import Backend

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


def prepare_training(
    task: str,
    *,
    settings: Mapping[str, Any],
    overrides: Sequence[str] = (),
    resume: str | None = None,
    from_run: str | None = None,
    trust: bool = False,
    config_dir: Path | None = None,
    runs_dir: Path = Path("runs"),
) -> Training:
    """Composes the config and makes the run directory; nothing is written unless everything fits.

    Args:
        task: Name of a task YAML.
        settings: Top-level config keys set by flags.
        overrides: ``key=value`` settings.
        resume: A run directory, which is continued, or a checkpoint, which is continued in a run of its own; likewise
            a run directory when ``settings`` name another experiment.
        from_run: A run to repeat from its beginning.
        trust: Whether the checkpoint may contain any Python objects.
        config_dir: The user's own YAMLs.
        runs_dir: Where runs are.

    Raises:
        InputError: Something doesn't fit together.
        BackendError: The device or engine can't be used here.
    """
    start = find_start(task, resume, from_run, runs_dir, config_dir)
    source, base = start.source, start.base
    composed = compose(task, settings=settings, overrides=overrides, config_dir=config_dir, base=base)
    config, notes = composed.config, [*start.notes, *composed.notes]
    _refuse_play_settings(task, config)

    from gymctl import devices
    from gymctl.learning import tracking
    from gymctl.learning.algorithms import algorithm_of
    from gymctl.learning.buildable import check_buildable
    from gymctl.learning.capacity import check_fits_memory
    from gymctl.learning.params import check_trainable
    from gymctl.tasks import registry

    check_trainable(config)
    registry.load(config["task"]["name"])
    backend = devices.resolve(config)
    left_to_us = base is None and config_dir is None
    train_yaml = [override for override in overrides if override.startswith("train=")]
    chosen = _cpu_settings(task, settings, overrides) if left_to_us and backend.sim_device.type == "cpu" else {}
    if chosen:
        ours = [f"{key}={value}" for key, value in chosen.items()]
        config = compose(task, settings=settings, overrides=[*ours, *overrides]).config
        notes += [f"on a CPU {key} is {value}, unless you set it" for key, value in chosen.items()]
    defaults = compose(task, overrides=train_yaml, config_dir=config_dir, base=base).config
    check_fits_memory(config, backend, defaults)
    check_buildable(config)
    if fitted := algorithm_of(config).fit(config, defaults):
        notes.append(fitted)
    if backend.engine == "mujoco_warp":
        notes.append("the first step of a new model compiles kernels, for a minute or more; Warp's cache keeps them")
    checkpoint = None
    if source is not None:
        checkpoint = _load_to_continue(source.path, config, trust)
        adapt(checkpoint, source, config)
        notes.append(f"continuing from {source.path}, {source.why}, at epoch {checkpoint['epoch']}")
    tracking.check(config)
    run = _run_directory(config, start, resume or "", bool(settings.get("experiment")), runs_dir)
    claim = run.claim()
    run.write_config(config)
    if source is not None and (source.run is None or run.path != source.run.path):
        run.update_manifest(checkpoint={"path": str(source.path.absolute()), "sha256": checkpoints.sha256(source.path)})
    run.update_manifest(task=task, status="running", command=sys.argv, **_provenance(config, backend))
    return Training(config, backend, run, checkpoint, notes, claim)


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
        what: A checkpoint as `gymctl.checkpoints.locate` takes it.
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
        what: A checkpoint as `gymctl.checkpoints.locate` takes it, or an exported ``.onnx`` file.
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


def _cpu_settings(task: str, settings: Mapping[str, Any], overrides: Sequence[str]) -> dict[str, Any]:
    """What is better on a CPU than the YAMLs' values, which were chosen for a GPU; nothing that the user set.

    They are named after the train YAML that ``train=NAME`` chooses, or else after the task.
    """
    train = [override.removeprefix("train=") for override in overrides if override.startswith("train=")]
    files = [PACKAGED / "cpu" / f"{name}.yaml" for name in (*train, task)]
    better = next((load_yaml(file) for file in files if file.is_file()), {})
    if any(override.startswith("task.env.numEnvs=") for override in overrides):
        better.pop("num_envs", None)
    set_by_user = {override.partition("=")[0] for override in overrides}
    return {key: value for key, value in better.items() if settings.get(key) is None and key not in set_by_user}


def _refuse_play_settings(task: str, config: dict[str, Any]) -> None:
    if config["test"]:
        raise InputError("test=True is how IsaacGymEnvs plays a policy; here that is a command", f"gymctl play {task}")
    if config["sigma"] not in ("", None):
        raise InputError(
            "sigma sets the noise of a policy that is played, not trained", f"gymctl play {task} --sigma S"
        )


def _load_to_continue(path: Path, config: dict[str, Any], trust: bool) -> dict[str, Any]:
    from gymctl.learning.algorithms import algorithm_of
    from gymctl.tasks import registry

    task_class = registry.load(config["task"]["name"])
    checkpoint = checkpoints.load(path, trust=trust)
    checkpoints.check_fits(checkpoint, config, task_class.num_observations, task_class.num_actions)
    checkpoints.check_continues(checkpoint, path, algorithm_of(config).optimizers)
    max_epochs = config["train"]["params"]["config"].get("max_epochs", -1)
    if max_epochs != -1 and checkpoint["epoch"] >= max_epochs:
        raise InputError(
            f"{path} has {checkpoint['epoch']} epochs already, and the config ends training at {max_epochs}",
            f"give more, as in --max-iterations {checkpoint['epoch'] + max_epochs}",
        )
    return checkpoint


def _run_directory(config: dict[str, Any], start: Start, resume: str, renamed: bool, runs_dir: Path) -> Run:
    name, source = config["train"]["params"]["config"]["name"], start.source
    if start.run is not None and not renamed:
        return start.run
    if source is None or source.run is None:
        return runs.create(name, runs_dir)
    if resume and not resume.endswith(".pth") and not renamed:
        return source.run
    run = runs.create(name, runs_dir)
    best = source.run.nn_dir / f"{source.run.experiment}.pth"
    if best.is_file():
        with runs.atomic_write(run.nn_dir / f"{name}.pth") as temporary:
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
