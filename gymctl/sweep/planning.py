"""Plans a sweep from the user's words: all is checked before anything is made."""

import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gymctl.config import compose
from gymctl.config.locations import canonical
from gymctl.core.errors import BackendError, InputError, suggest
from gymctl.core.extras import how_to_install
from gymctl.runs.directory import new_directory
from gymctl.sweep.objectives import parse_objective
from gymctl.sweep.population import check_learner, check_space, interval
from gymctl.sweep.record import NAME, POPULATION, RUNNING, TRACKING, Plan, Record, Trial
from gymctl.sweep.space import Space, extremes, grid, load_space, merged, overrides_of, sample, split_arguments

if TYPE_CHECKING:
    from gymctl.learning.prepare import Training

SEARCHES = ("random", "grid", "optuna")
EARLY_STOPS = ("none", "asha")
_DEFAULT_TRIALS = 10
_PACKAGES = ("gymctl", "torch", "mujoco", "rl-games", "numpy", "ray", "optuna")
_OWN_KEYS = ("experiment", "num_threads")


@dataclass(frozen=True)
class Wishes:
    """How a sweep searches; None means not said."""

    trials: int | None = None
    seeds: int | None = None
    search: str | None = None
    stop_early: str | None = None
    objective: str | None = None
    population: int | None = None
    """How many trials take over each other's weights while they train."""
    perturb_every: int | None = None
    """Epochs from one time that they do to the next."""


def check_installed(search: str) -> None:
    """Makes sure that what a sweep needs is installed.

    Raises:
        BackendError: It isn't.
    """
    for package in ("ray", *(["optuna"] if search == "optuna" else [])):
        if find_spec(package) is None:
            raise BackendError(f"a sweep needs the package {package}", f"run: {how_to_install('sweep')}")


def plan_sweep(
    task: str,
    arguments: Sequence[str],
    wishes: Wishes,
    *,
    settings: Mapping[str, Any],
    space_file: Path | None = None,
    config_dir: Path | None = None,
    runs_dir: Path = Path("runs"),
    flag_names: Mapping[str, str] | None = None,
) -> tuple[Record, "Training"]:
    """Plans a new sweep. Nothing is written.

    Args:
        task: Name of a task YAML.
        arguments: ``KEY=VALUE``, of keys that vary and of keys that don't.
        wishes: How to search.
        settings: Top-level config keys set by flags.
        space_file: A YAML of keys that vary.
        config_dir: The user's own YAMLs.
        runs_dir: Where the sweep's directory will be made.
        flag_names: What the user knows `settings` by.

    Returns:
        The record, without a directory yet, and the first trial's training, prepared.

    Raises:
        InputError: A value of the space can't be trained with, or something else doesn't fit.
        BackendError: The device or engine can't be used here.
    """
    search, stop_early = wishes.search or "random", wishes.stop_early or "none"
    _check_one_of("--search", search, SEARCHES)
    _check_one_of("--stop-early", stop_early, EARLY_STOPS)
    if is_population := _is_population(wishes):
        search, wishes = POPULATION, replace(wishes, trials=wishes.population)
    check_installed(search)
    objective = parse_objective(wishes.objective or "best")
    varied, overrides = split_arguments(arguments)
    space = merged(varied, load_space(space_file) if space_file else {})
    if not space:
        raise InputError(
            "no key varies", "give values, as in train.params.config.learning_rate=1e-4..1e-2:log, or --space FILE"
        )
    _check_keys(space, overrides, settings, wishes)
    if is_population:
        check_space(space)
    given = {key: value for key, value in settings.items() if value is not None}
    for values in extremes(space):
        compose(
            task,
            settings=given,
            overrides=[*overrides, *overrides_of(values)],
            config_dir=config_dir,
            flag_names=flag_names,
        )
    training = prepared(task, given, overrides, space, config_dir, runs_dir, flag_names)
    if stop_early == "asha" and training.config.max_epochs < 1:
        raise InputError("--stop-early asha compares trials of a known length", "give --max-iterations")
    perturb_every = 0
    if is_population:
        check_learner(training.config)
        perturb_every = interval(wishes.perturb_every, training.config.max_epochs)
    points = _points(space, search, wishes.trials, training.config.seed)
    plan = Plan(
        name=str(given.pop("experiment", None) or f"{training.config.task.name.rpartition(':')[2]}Sweep"),
        task=canonical(task),
        space=space,
        settings=given,
        overrides=tuple(overrides),
        seed=training.config.seed,
        seeds=wishes.seeds or 1,
        search=search,
        stop_early=stop_early,
        objective=objective,
        max_epochs=training.config.max_epochs,
        perturb_every=perturb_every,
        config_dir=str(config_dir.absolute()) if config_dir else None,
    )
    trials = [Trial(number, values) for number, values in enumerate(points, 1)]
    num_trials = len(trials) or wishes.trials or _DEFAULT_TRIALS
    return Record(runs_dir, plan, trials, num_trials, {}), training


def begin(record: Record) -> None:
    """Makes the directory of a planned sweep, or opens that of one that is resumed, and writes the record."""
    if not (record.directory / NAME).is_file():
        record.directory = new_directory(record.plan.name, record.directory, now := datetime.now().astimezone())
        record.facts["started"] = now.isoformat()
    record.facts.setdefault("commands", []).append(sys.argv)
    record.facts["versions"] = _versions()
    record.status = RUNNING
    record.write()


def _points(space: Space, search: str, trials: int | None, seed: int) -> list[dict[str, Any]]:
    """The values of all trials, where they are known from the beginning."""
    if search == "grid":
        points = grid(space)
        if trials is not None and trials != len(points):
            raise InputError(
                f"the grid has {len(points):,} combinations, not {trials}", "leave --trials out, or use --search random"
            )
        return points
    return sample(space, trials or _DEFAULT_TRIALS, seed) if search in ("random", POPULATION) else []


def prepared(
    task: str,
    settings: Mapping[str, Any],
    overrides: Sequence[str],
    space: Space,
    config_dir: Path | None,
    runs_dir: Path,
    flag_names: Mapping[str, str] | None = None,
) -> "Training":
    """The training of the first values of a space."""
    from gymctl.learning.prepare import prepare_training

    return prepare_training(
        task,
        settings=settings,
        overrides=[*overrides, *overrides_of(next(extremes(space)))],
        config_dir=config_dir,
        runs_dir=runs_dir,
        flag_names=flag_names,
    )


def _is_population(wishes: Wishes) -> bool:
    if wishes.population is None:
        if wishes.perturb_every is not None:
            raise InputError("--perturb-every is for a population", "give --population N")
        return False
    for flag in ("trials", "seeds", "search", "stop_early"):
        if getattr(wishes, flag) is not None:
            raise InputError(f"--population doesn't go with --{flag.replace('_', '-')}", "give one of them")
    return True


def _check_one_of(flag: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise InputError(f"{flag} can't be {value!r}", suggest(value, known) or f"use one of {', '.join(known)}")


def _check_keys(space: Space, overrides: Sequence[str], settings: Mapping[str, Any], wishes: Wishes) -> None:
    fixed = {text.partition("=")[0] for text in overrides}
    for key in space:
        if key in fixed or settings.get(key) is not None:
            raise InputError(f"{key} varies, and has one value too", "give it once")
        if key in _OWN_KEYS:
            raise InputError(f"{key} can't vary: the sweep sets it", "leave it out")
        if key.lstrip("+").startswith(TRACKING):
            raise InputError(f"{key} can't vary: where curves are sent is said for all trials", "give it one value")
    if (wishes.seeds or 1) > 1 and "seed" in (fixed | space.keys()):
        raise InputError(
            "--seeds trains with several seeds, and 'seed' sets one", "give --seeds with --seed N, or none"
        )


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
