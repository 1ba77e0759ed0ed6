"""Goes on with a sweep: what its record says is checked, since the record may be a stranger's."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gymctl.config.config import MOTION_FILE
from gymctl.config.locations import canonical
from gymctl.config.overrides import parse_overrides
from gymctl.config.trees import KeyPath, dotted, leaves
from gymctl.core.errors import InputError
from gymctl.motions.sources import shipped_clips
from gymctl.sweep.planning import Wishes, check_installed, prepared
from gymctl.sweep.record import POPULATION, TRACKING, Plan, Record, read_record
from gymctl.sweep.space import Space, sample, split_arguments

if TYPE_CHECKING:
    from gymctl.learning.prepare import Training

_FILES: tuple[KeyPath, ...] = (("checkpoint",), ("train", "params", "load_path"), tuple(MOTION_FILE.split(".")))
"""The keys of a config that name a file to read."""
_COMPLETE = {"grid": "a grid has as many trials as combinations", POPULATION: "a population doesn't grow"}
"""Searches to which no trials can be added, and why."""
_CODE: KeyPath = ("task", "name")
"""The key that may name a class of somebody's."""


def resume_sweep(
    what: str,
    task: str | None,
    wishes: Wishes,
    *,
    arguments: Sequence[str] = (),
    tracking: Mapping[str, Any] | None = None,
    config_dir: Path | None = None,
    runs_dir: Path = Path("runs"),
) -> tuple[Record, "Training"]:
    """Reads a sweep of which something is missing.

    Args:
        what: Its directory, or the name of that in `runs_dir`.
        task: Needed only where the task is your own code, which a record doesn't have run by itself.
        wishes: Only `trials` may be said, as more than before.
        arguments: ``KEY=VALUE`` of the sweep, said again. Needed for those that name a file.
        tracking: ``wandb_…`` settings, which a record doesn't keep.
        config_dir: The user's own YAMLs, where the sweep was made with some.
        runs_dir: Where runs are.

    Raises:
        InputError: There is no such sweep, or something contradicts it.
    """
    directory = next((path for path in (Path(what), runs_dir / what) if path.is_dir()), None)
    if directory is None:
        raise InputError(f"there is no sweep '{what}'", "give a directory that 'gymctl sweep' made")
    record = read_record(directory)
    plan = record.plan
    check_installed(plan.search)
    for flag in ("seeds", "search", "stop_early", "objective", "population", "perturb_every"):
        if getattr(wishes, flag) is not None:
            raise _unchangeable(f"--{flag.replace('_', '-')}")
    task = None if task is None else canonical(task)
    if ":" in plan.task and task != canonical(plan.task):
        raise InputError(
            f"the sweep is of the task {plan.task}, whose code isn't gymctl's",
            f"if you trust that code, name it: {record.how_to_go_on}",
        )
    if task is not None and task != canonical(plan.task):
        raise InputError(f"'{directory}' is a sweep of {plan.task}, not of {task}", "leave the task out")
    _check_named(record, arguments)
    if plan.config_dir is not None and config_dir is None:
        raise InputError("the sweep was made with YAMLs of your own", f"give --config-dir {plan.config_dir}")
    wanted = wishes.trials or record.num_trials
    if wanted < record.num_trials:
        raise InputError(f"the sweep has {record.num_trials} trials already", "give more, or leave --trials out")
    if plan.search in _COMPLETE and wanted > record.num_trials:
        raise InputError(_COMPLETE[plan.search], "leave --trials out")
    record.num_trials = wanted
    if plan.search == "random":
        for values in sample(plan.space, wanted, plan.seed)[len(record.trials) :]:
            record.add(values)
    plan.settings.update(tracking or {})
    return record, prepared(plan.task, plan.settings, plan.overrides, plan.space, config_dir, runs_dir)


def _check_named(record: Record, arguments: Sequence[str]) -> None:
    """Refuses what only a command line may say: where curves are sent, which code is run, which files are read.

    Args:
        record: The sweep.
        arguments: What the command line says of the sweep again.

    Raises:
        InputError: The record says such a thing, or the command line something else than the record.
    """
    plan = record.plan
    space, named = split_arguments(arguments)
    for text in named:
        if text not in plan.overrides:
            raise _unchangeable(text)
    for key, parameter in space.items():
        if plan.space.get(key) != parameter:
            raise _unchangeable(key)
    unnamed = [text for text in plan.overrides if text not in named]
    for path, value in (*_set_once(plan, unnamed), *_varied(record, space)):
        if str(path[0]).startswith(TRACKING):
            raise InputError(f"the sweep sets {path[0]}, which says where curves are sent", "start a new sweep")
        if path[: len(_CODE)] == _CODE:
            raise InputError("the sweep sets task.name, which says what code is run", "start a new sweep")
        if any(path[: len(file)] == file for file in _FILES) and value not in ("", None, *shipped_clips()):
            key = dotted(path)
            raise InputError(
                f"the sweep reads a file that you have not named: {key}={value}",
                f"if you know that file, add {key}=… to the command, as when the sweep began",
            )


def _set_once(plan: Plan, overrides: Sequence[str]) -> Iterator[tuple[KeyPath, Any]]:
    """What all trials have."""
    yield from (((key,), value) for key, value in plan.settings.items())
    for override in parse_overrides(overrides, plan.task).values:
        yield from override.leaves()


def _varied(record: Record, named: Space) -> Iterator[tuple[KeyPath, Any]]:
    """What trials may have, but for the values that the command line names."""
    for key, parameter in record.plan.space.items():
        path, known = tuple(key.lstrip("+").split(".")), named[key].extremes if key in named else ()
        for value in (*parameter.extremes, *(trial.values[key] for trial in record.trials)):
            if value not in known:
                yield from leaves(value, path) if isinstance(value, dict) else [(path, value)]


def _unchangeable(what: str) -> InputError:
    return InputError(f"{what} can't change in a sweep that is resumed", "leave it out, or start a new one")
