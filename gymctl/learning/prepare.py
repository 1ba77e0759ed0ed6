"""Prepares a training from the user's words: everything is checked, nothing is written.

Imports torch only once the config has been found valid, so that a misspelt key is answered at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gymctl.config import Config, compose
from gymctl.config.catalogue import cpu_settings
from gymctl.config.changes import changes_of, describe_changes, returns_alike
from gymctl.config.dependent import notes_of_engine
from gymctl.core.errors import InputError
from gymctl.core.words import counted
from gymctl.learning.pbt import without_population
from gymctl.learning.ranks.place import Rank
from gymctl.learning.starting import Start, find_start
from gymctl.policies.find import named_checkpoint, version_note
from gymctl.policies.origin import normaliser_note, origin_of, recorded_return
from gymctl.runs.checkpoints import Located
from gymctl.runs.directory import Run

if TYPE_CHECKING:
    from gymctl.learning.agents.base import Algorithm
    from gymctl.sim.devices import Backend


@dataclass(frozen=True)
class Training:
    """A training in which everything fits together; `gymctl.learning.session.run_training` runs it."""

    task: str
    """Name of the task YAML."""
    config: Config
    backend: "Backend"
    rank: Rank
    """Which of its processes this one is."""
    start: Start
    checkpoint: dict[str, Any] | None
    """The loaded checkpoint of `start`, or its weights alone, if there is one."""
    returns_alike: bool
    """Whether its returns can be compared with those of what it continues, so that the best so far stays the best."""
    runs_dir: Path
    """Where a new run's directory is made."""
    notes: tuple[str, ...]
    """Lines for the user."""


def prepare_training(
    task: str,
    *,
    settings: Mapping[str, Any],
    overrides: Sequence[str] = (),
    resume: str | None = None,
    from_run: str | None = None,
    from_policy: str | None = None,
    segment: int | None = None,
    trust: bool = False,
    config_dir: Path | None = None,
    runs_dir: Path = Path("runs"),
    flag_names: Mapping[str, str] | None = None,
    take_over: Path | None = None,
) -> Training:
    """Composes the config and checks that what it describes can be built, fits into memory and can be continued.

    Args:
        task: Name of a task YAML.
        settings: Top-level config keys set by flags.
        overrides: ``key=value`` settings.
        resume: A run directory, which is continued, or a checkpoint, which is continued in a run of its own; likewise
            a run directory when ``settings`` name another experiment.
        from_run: A run to repeat from its beginning.
        from_policy: A policy with whose weights a new training begins: ``pretrained``, a run or a checkpoint.
        segment: Which of its segments to repeat, where it was resumed with other settings.
        trust: Whether the checkpoint may contain any Python objects.
        config_dir: The user's own YAMLs.
        runs_dir: Where runs are.
        flag_names: What the user knows `settings` by.
        take_over: Another run's checkpoint, with which the run `resume` goes on in its own directory and config.

    Raises:
        InputError: Something doesn't fit together.
        BackendError: The device or engine can't be used here.
    """
    overrides = without_population(
        task, overrides, lambda others: _composed_for_this_machine(task, settings, others, config_dir)
    )
    if not resume and not from_run and not from_policy:
        resume = named_checkpoint(task, overrides, config_dir)
    renamed = bool(settings.get("experiment"))
    start = find_start(
        task,
        resume,
        from_run,
        runs_dir,
        config_dir,
        from_policy=from_policy,
        segment=segment,
        renamed=renamed,
        take_over=take_over,
    )
    machine = MachineSettings(task, settings, overrides)
    config = compose(
        task,
        settings=settings,
        overrides=overrides,
        config_dir=config_dir,
        base=start.base,
        run_dir=start.base_run and start.base_run.path,
        machine=machine,
        flag_names=flag_names,
    )
    notes = [*start.notes, *config.notes, *machine.notes, *_untracked(start.base, config)]

    from gymctl.envs.capacity import check_fits_memory
    from gymctl.envs.factory import resolve_backend
    from gymctl.envs.trial import try_task
    from gymctl.learning import resume_state, tracking
    from gymctl.learning.agents.registry import algorithm_of
    from gymctl.learning.checks import check_ranks, check_trainable, config_of_rank
    from gymctl.tasks import registry

    check_trainable(task, config)
    algorithm, name = algorithm_of(config), config.task.name
    rank, backend = check_ranks(config, algorithm), resolve_backend(config)
    if rank.size > 1:
        config = config_of_rank(config, backend, rank)
        backend = resolve_backend(config)
    elif config.learner.get("multi_gpu"):
        notes.append("multi_gpu=True, but this is one process: 'gymctl train --gpus N' starts N")
    notes += notes_of_engine(config, backend.engine)
    learns_beside = backend.rl_device.type == "cpu"
    notes += try_task(config, masks=backend.engine == "mujoco_warp")
    sizes, num_states = registry.sizes(config.task), registry.num_states(config.task)
    algorithm.check_settings(config, num_states)
    check_fits_memory(config, backend, algorithm.memory_need(config, *sizes, num_states) if learns_beside else None)
    algorithm.check_buildable(config, *sizes, num_states)
    config, fitted = algorithm.fit(config)
    notes += [fitted] if fitted else []
    if start.base is not None and (changes := changes_of(config)):
        notes.append(f"changed from the earlier run: {describe_changes(changes)}")
    if backend.engine == "mujoco_warp":
        notes.append("the first step of a new model compiles kernels, for a minute or more; Warp's cache keeps them")
    checkpoint, comparable = None, start.base is None or returns_alike(changes_of(config))
    if start.source is not None and start.weights_only:
        checkpoint = _load_weights(start.source, config, algorithm, sizes, trust)
        notes += _beginning_with(start.source, config)
    elif start.source is not None:
        checkpoint, completed = _load_to_continue(start, config, algorithm, sizes, trust)
        notes += [completed] if completed else []
        notes += _continuing(start.source, checkpoint, config)
        if start.takes_over and start.run is not None:
            _keep_own_best(checkpoint, start.run)
        if rank.size > 1 and checkpoint.pop(resume_state.KEY, None) is not None:
            notes.append("with several ranks, episodes start anew")
        origin = origin_of(start.source.path, start.source.run)
        comparable = comparable and origin.task_version == registry.version(name)
        if not comparable and checkpoint.pop("last_mean_rewards", None) is not None and origin.is_ours:
            notes.append("the task is not what it was there: a new best begins")
    tracking.check(config)
    return Training(task, config, backend, rank, start, checkpoint, comparable, runs_dir, tuple(notes))


def _continuing(source: Located, checkpoint: dict[str, Any], config: Config) -> list[str]:
    """Lines for the user: what is continued, and what it reached where it was trained."""
    notes = [f"continuing from {source.path}, {source.why}, at epoch {checkpoint['epoch']}"]
    origin, recorded = origin_of(source.path, source.run), recorded_return(source.path, checkpoint)
    if recorded is not None:
        where = "here" if origin.is_ours else "in Isaac Gym, which doesn't count as the best of this training"
        notes.append(f"it recorded a return of {recorded:,.2f} {where}")
    return [*notes, *filter(None, (version_note(config, origin), normaliser_note(source.path)))]


def _keep_own_best(checkpoint: dict[str, Any], run: Run) -> None:
    """Lets a run that takes over another's checkpoint go on with the best return of its own best checkpoint."""
    from gymctl.policies.checkpoints.loading import load_checkpoint

    checkpoint.pop("last_mean_rewards", None)
    best = run.nn_dir / f"{run.experiment}.pth"
    if best.is_file():
        checkpoint["last_mean_rewards"] = load_checkpoint(best)["last_mean_rewards"]


def _beginning_with(source: Located, config: Config) -> list[str]:
    """Lines for the user: whose weights a new training begins with."""
    note = f"beginning with the weights of {source.path}, {source.why}; optimizer, epochs and best reward begin anew"
    origin = origin_of(source.path, source.run)
    return [note, *filter(None, (version_note(config, origin), normaliser_note(source.path)))]


def _untracked(base: Mapping[str, Any] | None, config: Config) -> list[str]:
    """A line for the user if the earlier run was tracked and this training isn't."""
    if not base or not base.get("wandb_activate") or config.tree["wandb_activate"]:
        return []
    keys = [key for key, value in config.tree.items() if key.startswith("wandb_") and base.get(key, value) != value]
    others = [key for key in keys if key not in ("wandb_activate", "wandb_name")]
    more = f", with {', '.join(f'{key}=…' for key in others)} of your own" if others else ""
    return [f"that run was sent to Weights & Biases; this training is not, unless you give --wandb{more}"]


def _composed_for_this_machine(
    task: str, settings: Mapping[str, Any], overrides: Sequence[str], config_dir: Path | None
) -> Config:
    machine = MachineSettings(task, settings, overrides)
    return compose(task, settings=settings, overrides=overrides, config_dir=config_dir, machine=machine)


class MachineSettings:
    """Settings that suit a CPU better than the YAMLs' values, which were chosen for a GPU; nothing that the user set.

    They are named after the train YAML that ``train=NAME`` chooses, or else after the task.
    """

    def __init__(self, task: str, settings: Mapping[str, Any], overrides: Sequence[str]) -> None:
        self._task = task
        self._settings = settings
        self._overrides = overrides
        self.notes: list[str] = []

    def __call__(self, config: Config) -> dict[str, Any]:
        """The values by key, and a line for each in `notes`; raises `BackendError` for a device that is not here."""
        from gymctl.envs.factory import resolve_backend

        if resolve_backend(config).sim_device.type != "cpu":
            return {}
        train = [text.removeprefix("train=") for text in self._overrides if text.startswith("train=")]
        better = cpu_settings(self._task, train)
        if any(text.startswith("task.env.numEnvs=") for text in self._overrides):
            better.pop("num_envs", None)
        set_by_user = {text.partition("=")[0] for text in self._overrides}
        chosen = {
            key: value for key, value in better.items() if self._settings.get(key) is None and key not in set_by_user
        }
        self.notes = [f"on a CPU {key} is {value}, unless you set it" for key, value in chosen.items()]
        return chosen


def _load_weights(
    source: Located, config: Config, algorithm: "Algorithm", sizes: tuple[int, int], trust: bool
) -> dict[str, Any]:
    """What a new training takes of a checkpoint: weights, normalisers, and SAC's temperature."""
    from gymctl.policies.checkpoints.fitting import check_fits
    from gymctl.policies.checkpoints.loading import load_checkpoint
    from gymctl.policies.checkpoints.training_state import check_temperature
    from gymctl.policies.networks.amp import NORMALISER
    from gymctl.policies.player import load_player

    checkpoint = load_checkpoint(source.path, trust=trust)
    check_fits(checkpoint, config, *sizes)
    load_player(config, checkpoint)
    check_temperature(checkpoint, source.path)
    algorithm.check_weights(checkpoint, source.path, config)
    return {key: checkpoint[key] for key in ("model", "log_alpha", NORMALISER) if key in checkpoint}


def _load_to_continue(
    start: Start, config: Config, algorithm: "Algorithm", sizes: tuple[int, int], trust: bool
) -> tuple[dict[str, Any], str | None]:
    """The checkpoint, and a line for the user where it lacked something."""
    from gymctl.learning import resume_state
    from gymctl.policies.checkpoints.fitting import check_fits
    from gymctl.policies.checkpoints.loading import load_checkpoint
    from gymctl.policies.checkpoints.training_state import check_continues
    from gymctl.policies.player import load_player

    assert start.source is not None
    path, before = start.source.path, start.before
    checkpoint = load_checkpoint(path, trust=trust)
    check_fits(checkpoint, config, *sizes)
    load_player(config, checkpoint)
    algorithm.check_weights(checkpoint, path, config)
    completed = algorithm.complete(checkpoint, path, config)
    check_continues(checkpoint, path, algorithm.optimizers_of(config))
    if config.max_epochs != -1 and checkpoint["epoch"] >= config.max_epochs:
        raise InputError(
            f"{path} has {counted(checkpoint['epoch'], 'epoch')} already, "
            f"and the config ends training at {config.max_epochs}",
            f"give more, as in --max-iterations {checkpoint['epoch'] + config.max_epochs}",
        )
    if before is None or any(before.get(key) != config.tree[key] for key in ("task", "seed")):
        checkpoint.pop(resume_state.KEY, None)  # episodes and random numbers go on with the same task and seed only
    algorithm.adapt(checkpoint, before, config)
    return checkpoint, completed
