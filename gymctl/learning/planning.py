"""From what the user asked for to a training that can begin; nothing is written.

Imports torch only once the config has been found valid, so that a misspelt key is answered at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gymctl.config import PACKAGED, compose, load_yaml
from gymctl.config.trees import KeyPath, leaves
from gymctl.core.errors import InputError
from gymctl.learning.continuing import check_continues
from gymctl.learning.starting import Start, adapt, find_start
from gymctl.policies.checkpoints.fitting import check_fits
from gymctl.policies.checkpoints.loading import load_checkpoint
from gymctl.runs.directory import Run

if TYPE_CHECKING:
    from gymctl.sim.devices import Backend


@dataclass(frozen=True)
class Plan:
    """A training in which everything fits together."""

    task: str
    config: dict[str, Any]
    origins: dict[KeyPath, str]
    """Where each value of the config comes from, for the user."""
    backend: "Backend"
    start: Start
    continued_run: Run | None
    """The run whose directory is trained on in; None for a new one."""
    checkpoint: dict[str, Any] | None
    notes: list[str]
    """Things to tell the user."""


def plan_training(
    task: str,
    *,
    settings: Mapping[str, Any],
    overrides: Sequence[str] = (),
    resume: str | None = None,
    from_run: str | None = None,
    trust: bool = False,
    config_dir: Path | None = None,
    runs_dir: Path = Path("runs"),
    flag_names: Mapping[str, str] | None = None,
) -> Plan:
    """Composes the config and checks that what it describes can be built, fits into memory and can be continued.

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
        flag_names: What the user knows `settings` by.

    Raises:
        InputError: Something doesn't fit together.
        BackendError: The device or engine can't be used here.
    """
    start = find_start(task, resume, from_run, runs_dir, config_dir)
    source, base = start.source, start.base
    asked = partial(
        compose,
        task,
        settings=settings,
        overrides=overrides,
        config_dir=config_dir,
        base=base,
        flag_names=flag_names,
    )
    composed = asked()
    notes = [*start.notes, *composed.notes]
    _refuse_play_settings(task, composed.config)

    from gymctl.learning import tracking
    from gymctl.learning.buildable import check_buildable
    from gymctl.learning.capacity import check_fits_memory
    from gymctl.learning.params import check_trainable
    from gymctl.policies.algorithms import algorithm_of
    from gymctl.sim import devices
    from gymctl.tasks import registry

    check_trainable(composed.config)
    registry.load(composed.config["task"]["name"])
    backend = devices.resolve(composed.config)
    if base is None and config_dir is None and backend.sim_device.type == "cpu":
        chosen = _cpu_settings(task, settings, overrides)
        composed = asked(machine=chosen)
        notes += [f"on a CPU {key} is {value}, unless you set it" for key, value in chosen.items()]
    config, origins = composed.config, composed.origins
    train_yaml = [override for override in overrides if override.startswith("train=")]
    defaults = compose(task, overrides=train_yaml, config_dir=config_dir, base=base).config
    check_fits_memory(config, backend, defaults)
    check_buildable(config)
    before = dict(leaves(config))
    if fitted := algorithm_of(config).fit(config, defaults):
        notes.append(fitted)
        origins |= {path: "gymctl: fitted" for path, value in leaves(config) if before.get(path) != value}
    if backend.engine == "mujoco_warp":
        notes.append("the first step of a new model compiles kernels, for a minute or more; Warp's cache keeps them")
    checkpoint = None
    if source is not None:
        checkpoint = _load_to_continue(source.path, config, trust)
        adapt(checkpoint, source, config)
        notes.append(f"continuing from {source.path}, {source.why}, at epoch {checkpoint['epoch']}")
    tracking.check(config)
    run = None if settings.get("experiment") else _continued_run(start, resume)
    return Plan(task, config, origins, backend, start, run, checkpoint, notes)


def _continued_run(start: Start, resume: str | None) -> Run | None:
    if start.run is not None:
        return start.run
    return start.source.run if start.source and resume and not resume.endswith(".pth") else None


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
    from gymctl.policies.algorithms import algorithm_of
    from gymctl.tasks import registry

    task_class = registry.load(config["task"]["name"])
    checkpoint = load_checkpoint(path, trust=trust)
    check_fits(checkpoint, config, task_class.num_observations, task_class.num_actions)
    check_continues(checkpoint, path, algorithm_of(config).optimizers)
    max_epochs = config["train"]["params"]["config"].get("max_epochs", -1)
    if max_epochs != -1 and checkpoint["epoch"] >= max_epochs:
        raise InputError(
            f"{path} has {checkpoint['epoch']} epochs already, and the config ends training at {max_epochs}",
            f"give more, as in --max-iterations {checkpoint['epoch'] + max_epochs}",
        )
    return checkpoint
