"""Finding a policy and the config to use it with; imports no torch, so that a wrong name is answered at once."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gymctl.config import Config, check_task, compose
from gymctl.config.locations import parse_location
from gymctl.core.errors import InputError, suggest
from gymctl.policies import packaged
from gymctl.policies.export.differing import contract_note
from gymctl.policies.hub.address import SCHEME
from gymctl.policies.hub.pull import locate_on_hub
from gymctl.policies.origin import Origin, normaliser_note, origin_of, origin_of_export
from gymctl.runs.checkpoint_names import parse
from gymctl.runs.checkpoints import Located, Which, locate_checkpoint, run_meant
from gymctl.runs.directory import Run
from gymctl.runs.finding import list_runs
from gymctl.runs.segments import config_at

DEFAULT_PLAY_ENVS = 64
_FOREIGN = "trained in Isaac Gym: playing with the physics nearest to it; --physics fast is faster"


@dataclass(frozen=True)
class PolicySource:
    """What acts, a policy's file or an agent without one, and the config to use it with."""

    task: str
    """Name of the task YAML."""
    path: Path | None
    """None for an agent without a policy."""
    exported: bool
    """Whether it is an exported file, not a checkpoint."""
    config: Config
    notes: tuple[str, ...]
    """Lines for the user."""
    trust: bool = False
    """Whether the checkpoint may contain any Python objects."""

    @property
    def file(self) -> Path:
        """Its file; not asked of an agent without one."""
        assert self.path is not None
        return self.path


def find_policy(
    task: str,
    what: str | None,
    *,
    overrides: Sequence[str] = (),
    config_dir: Path | None = None,
    runs_dir: Path = Path("runs"),
) -> PolicySource:
    """Finds a checkpoint and the config that it was trained with.

    Args:
        task: Name of a task YAML.
        what: A checkpoint as `gymctl.runs.checkpoints.locate_checkpoint` takes it.
        overrides: ``key=value`` settings.
        config_dir: The user's own YAMLs.
        runs_dir: Where runs are.

    Raises:
        InputError: There is no such policy, or the config is not right.
    """
    what = what or named_checkpoint(task, overrides, config_dir)
    source = find_checkpoint(task, what, runs_dir, config_dir)
    config = compose(
        task,
        overrides=overrides,
        config_dir=config_dir,
        base=config_of(source),
        run_dir=source.run and source.run.path,
    )
    notes = [*config.notes, f"{source.path}, {source.why}"]
    if warning := normaliser_note(source.path):
        notes.append(warning)
    return PolicySource(task, source.path, False, config, tuple(notes))


def find_policy_to_play(
    task: str,
    what: str | None,
    *,
    agent: str | None = None,
    episodes: int | None = None,
    settings: Mapping[str, Any],
    overrides: Sequence[str] = (),
    config_dir: Path | None = None,
    runs_dir: Path = Path("runs"),
    trust: bool = False,
) -> PolicySource:
    """Finds what acts, and the config to play in: a run's, but for the number of envs, devices and engine.

    Args:
        task: Name of a task YAML.
        what: A checkpoint as `gymctl.runs.checkpoints.locate_checkpoint` takes it, or an exported ``.onnx`` file.
        agent: Of `gymctl.policies.modes.AGENTS`, to play without a policy.
        episodes: How many are to be played: without a number of envs in `settings`, there are no more envs than that.
        settings: Top-level config keys set by flags.
        overrides: ``key=value`` settings.
        config_dir: The user's own YAMLs.
        runs_dir: Where runs are.
        trust: Whether the checkpoint may contain any Python objects.

    Raises:
        InputError: There is no such policy, there are two answers to what acts, or the config is not right.
    """
    if agent is not None:
        if what is not None:
            raise InputError(f"--agent plays without a policy, not with '{what}'", "leave one of them out")
        settings = _play_settings(settings, episodes)
        config = compose(task, settings=settings, overrides=overrides, config_dir=config_dir)
        return PolicySource(task, None, False, config, config.notes)
    what = what or named_checkpoint(task, overrides, config_dir)
    metadata: Mapping[str, str] = {}
    if what is not None and what.endswith(".onnx"):
        path, why, exported = Path(what), "run by ONNX Runtime", True
        if not path.is_file():
            raise InputError(f"there is no '{what}'", f"gymctl export {task} makes one")
        metadata = _metadata_of(path)
        run = _run_of_export(path)
        base, origin = run and run.read_config(), origin_of_export(metadata)
    else:
        source = find_checkpoint(task, what, runs_dir, config_dir)
        path, why, exported, run = source.path, source.why, False, source.run
        base, origin = config_of(source), origin_of(source.path, source.run)
    own = _own_physics(origin, base, settings, overrides)
    settings = _play_settings({**settings, **own}, episodes)
    config = compose(
        task,
        settings=settings,
        overrides=overrides,
        config_dir=config_dir,
        base=base,
        run_dir=run and run.path,
    )
    notes = [*config.notes, f"{path}, {why}", *([_FOREIGN] if own and not origin.is_ours else [])]
    unlike = contract_note(config, metadata, path) if exported else normaliser_note(path)
    notes += filter(None, (version_note(config, origin), unlike))
    return PolicySource(task, path, exported, config, tuple(notes), trust)


def _play_settings(settings: Mapping[str, Any], episodes: int | None) -> dict[str, Any]:
    """Settings with which little is simulated, on whatever this machine has."""
    return {
        **settings,
        "num_envs": settings.get("num_envs") or min(DEFAULT_PLAY_ENVS, episodes or DEFAULT_PLAY_ENVS),
        "sim_device": settings.get("sim_device") or "auto",
        "rl_device": settings.get("rl_device") or "auto",
        "physics_engine": settings.get("physics_engine") or "auto",
        "num_threads": "",
    }


def version_note(config: Config, origin: Origin) -> str | None:
    """A line for the user if the task has changed since a policy was trained; None if it hasn't. Imports the task."""
    from gymctl.tasks import registry

    return origin.version_note(config.task.name, registry.version(config.task.name))


def named_checkpoint(task: str, overrides: Sequence[str], config_dir: Path | None) -> str | None:
    """The checkpoint that settings or the user's YAMLs name; None if nothing does, or it is the run's config that does.

    A task that is only known to a run has no YAML to ask.
    """
    if not overrides and config_dir is None:
        return None
    try:
        check_task(task, config_dir)
    except InputError:
        return None
    return compose(task, overrides=overrides, config_dir=config_dir).checkpoint


def find_checkpoint(
    task: str, what: str | None, runs_dir: Path, config_dir: Path | None = None, prefer: Which = "best"
) -> Located:
    """Finds a checkpoint as `locate_checkpoint` does, the packaged one that ``pretrained`` means, or one on the Hub.

    Where there is none, a misspelt task is named first.
    """
    try:
        if what == packaged.PRETRAINED:
            return packaged.locate(task)
        if what is not None and what.startswith(SCHEME):
            return locate_on_hub(what)
        return locate_checkpoint(task, what, runs_dir, prefer)
    except InputError:
        check_task(task, config_dir)
        raise


def config_of(source: Located | None) -> dict[str, Any] | None:
    """The config tree that a checkpoint's run had when it was saved; None if it lies in no run."""
    if source is None or source.run is None or not source.run.config_path.is_file():
        return None
    return config_at(source.run, parse(source.path.stem, source.run.names).epoch)


def task_of(what: str | None, runs_dir: Path, flag: str = "--resume") -> str | None:
    """The task of a run, or of the run that a checkpoint lies in, the newest for ``newest``; None if none is named.

    Args:
        what: The run or checkpoint.
        runs_dir: Where runs are.
        flag: Which one of ``gymctl train`` names it.

    Raises:
        InputError: There is no such run, or only the user may say that its task's code is run.
    """
    if not what:
        return None
    run = run_meant(what, runs_dir)
    if run is None:
        raise InputError(
            f"no task given, and '{what}' is in no run that would tell it",
            suggest(Path(what).name, [run.path.name for run in list_runs(runs_dir)])
            or "name the task, as in 'gymctl train Ant', or give a run's directory",
        )
    if parse_location(run.task()) is not None:
        raise InputError(
            f"{run.path} is of the task {run.task()}, whose code isn't gymctl's",
            f"if you trust that code, name it: {shlex.join(['gymctl', 'train', run.task(), flag, what])}",
        )
    return run.task()


def _run_of_export(path: Path) -> Run | None:
    """The run that an exported file lies in; None if it lies in no run with a config."""
    directory = path.absolute().parent
    run = Run(directory.parent)
    return run if directory.name == "export" and run.config_path.is_file() else None


def _metadata_of(path: Path) -> Mapping[str, str]:
    from gymctl.policies.export.inspecting import read_onnx

    return read_onnx(path)[1]


def _own_physics(
    origin: Origin, base: Mapping[str, Any] | None, settings: Mapping[str, Any], overrides: Sequence[str]
) -> dict[str, Any]:
    """The setting for the physics a policy was trained on, where neither the user nor the run's config tells it."""
    told = settings.get("physics") or any(override.startswith("physics=") for override in overrides)
    return {} if told or (base is not None and "physics" in base) else {"physics": origin.physics}
