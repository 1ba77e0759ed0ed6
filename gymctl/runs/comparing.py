"""Compares runs: what differs in their configs, their best returns, and how soon they came to one."""

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from gymctl.config.differences import differences
from gymctl.core.errors import InputError
from gymctl.core.numbers import finite_int
from gymctl.core.words import counted
from gymctl.runs.directory import Run
from gymctl.runs.history import EPOCHS, REWARD, Curve, read_history
from gymctl.runs.plotting import group_runs
from gymctl.runs.segments import last_task_change, parts_of, segments_of

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FACTS = ("task", "task_version", "engine", "sim_device", "rl_device", "git", "versions")
"""Of a manifest: what may differ besides the config."""


@dataclass(frozen=True)
class Moment:
    """A point of a training."""

    env_steps: int
    """Of all envs together, since it began."""
    seconds: float
    """Of training, without pauses."""


@dataclass(frozen=True)
class Result:
    """How far one run came."""

    best_return: float
    """The best mean return."""
    best: Moment | None
    """When that was."""
    reached: Moment | None
    """When the mean return first was what is asked for; None if it never was."""
    end: Moment
    """The end of the curve."""


@dataclass(frozen=True)
class Member:
    """One run of a group."""

    run: Run
    seed: int | None
    curve: Curve
    """Its mean return, since its task last changed."""
    result: Result


@dataclass(frozen=True)
class Group:
    """The runs of one config; they differ only in their seed."""

    letter: str
    members: Sequence[Member]

    @property
    def name(self) -> str:
        """The run's name, or what its runs are."""
        if len(self.members) == 1:
            return self.members[0].run.path.absolute().name
        names = dict.fromkeys(member.run.experiment for member in self.members)
        seeds = ", ".join("?" if member.seed is None else str(member.seed) for member in self.members)
        return f"{' + '.join(names)}: {counted(len(self.members), 'run')}, seeds {seeds}"

    def range_of(self, number: str) -> tuple[float, float, float] | None:
        """The mean, lowest and highest of a number of its runs' results; None if none of them has it.

        Args:
            number: Dotted, as ``reached.seconds``.
        """
        values = [value for member in self.members if (value := _number(member.result, number)) is not None]
        return (sum(values) / len(values), min(values), max(values)) if values else None

    @property
    def count_reached(self) -> int:
        """How many of its runs had the return that is asked for."""
        return sum(member.result.reached is not None for member in self.members)


@dataclass(frozen=True)
class Comparison:
    """Some runs beside each other."""

    groups: Sequence[Group]
    differences: Mapping[str, tuple[Any, ...]]
    """By dotted key its value in each group, None where there is none."""
    target: float
    """The return whose time is told."""
    notes: Sequence[str]
    """What to know about the curves and configs."""

    @cached_property
    def fields(self) -> dict[str, Any]:
        """Plain data, as in ``gymctl runs compare --json``."""
        return {
            "to_return": self.target,
            "groups": [
                {
                    "label": group.letter,
                    "name": group.name,
                    "runs": [
                        {
                            "name": member.run.path.absolute().name,
                            "path": str(member.run.path),
                            "seed": member.seed,
                            **asdict(member.result),
                        }
                        for member in group.members
                    ],
                }
                for group in self.groups
            ],
            "differences": {key: list(values) for key, values in self.differences.items()},
            "notes": list(self.notes),
        }


def compare(runs: Sequence[Run], target: float | None = None) -> Comparison:
    """Compares runs. Those of one config, with several seeds, count as one.

    Args:
        runs: At least one.
        target: The return whose time is looked for; None means the highest that all runs have reached, rounded down to
            two digits.

    Raises:
        InputError: A run has no mean return, its files can't be read, or there are too many configs.
    """
    groups = group_runs(runs)
    if len(groups) > len(_LETTERS):
        raise InputError(f"{len(groups)} configs are too many to compare", f"give at most {len(_LETTERS)}")
    curves = {run: _curve_of(run) for run in runs}
    target = _rounded_down(min(max(curve.values) for curve in curves.values())) if target is None else target
    made = [
        Group(letter, [_member(run, curves[run], target) for run in members])
        for letter, members in zip(_LETTERS, groups, strict=False)
    ]
    tasks = dict.fromkeys(run.task() for run in runs)
    notes = [note for run in runs for note in _notes(run)]
    if len(tasks) > 1:
        notes.append(f"returns of different tasks can't be compared: {', '.join(tasks)}")
    differing = {**_differing_facts(groups), **_differing_keys(groups, tasks)}
    return Comparison(made, differing, target, notes)


def _curve_of(run: Run) -> Curve:
    """The mean return since the task last changed: returns before that can't be compared."""
    curve, since = read_history(run, (EPOCHS, REWARD)).curve(REWARD), _last_change(run)
    first = bisect_left(curve.env_steps, since)
    if first == len(curve.values):
        raise InputError(f"'{run.path}' has no return yet since its task changed", "wait until an episode has ended")
    return Curve(curve.env_steps[first:], curve.seconds[first:], curve.values[first:])


def _last_change(run: Run) -> int:
    """Env steps before the last change of the task."""
    return last_task_change(segments_of(run, run.manifest())).after_env_steps


def _notes(run: Run) -> Iterator[str]:
    if _last_change(run):
        yield f"{run.path.name}: only what followed its last change of the task counts"
    if len(parts_of(segments_of(run, run.manifest()))) > 1:
        yield f"{run.path.name} was resumed with other settings; its config is the last one"


def _member(run: Run, curve: Curve, target: float) -> Member:
    def first(value: float) -> Moment | None:
        index = next((i for i, at in enumerate(curve.values) if at >= value), None)
        return None if index is None else Moment(curve.env_steps[index], curve.seconds[index])

    best = max(curve.values)
    end = Moment(curve.env_steps[-1], curve.seconds[-1])
    return Member(run, finite_int(run.manifest().get("seed")), curve, Result(best, first(best), first(target), end))


def _differing_keys(groups: Sequence[Sequence[Run]], tasks: Iterable[str]) -> dict[str, tuple[Any, ...]]:
    trees = [_config_of(members[0]) for members in groups]
    return differences(trees, unresolved_config(next(iter(tasks))))


def _config_of(run: Run) -> dict[str, Any]:
    return run.read_config() if run.config_path.is_file() else {}


def unresolved_config(task: str) -> dict[str, Any] | None:
    """The config of a task with its ``${...}``; None for a task that isn't installed. No code of a task is run."""
    from gymctl.config import compose
    from gymctl.config.locations import parse_location

    try:
        return None if parse_location(task) else compose(task).unchanged
    except InputError:
        return None


def _differing_facts(groups: Sequence[Sequence[Run]]) -> dict[str, tuple[Any, ...]]:
    manifests = [members[0].manifest() for members in groups]
    facts = [{key: manifest[key] for key in _FACTS if key in manifest} for manifest in manifests]
    return {f"run.{key}": values for key, values in differences(facts).items()}


def _number(result: Result, name: str) -> float | None:
    value: Any = result
    for part in name.split("."):
        value = getattr(value, part, None)
    return value


def _rounded_down(number: float) -> float:
    """The next lower number of two digits: 7437 becomes 7400."""
    if number == 0.0 or not math.isfinite(number):
        return number
    unit = 10.0 ** (math.floor(math.log10(abs(number))) - 1)
    return float(f"{math.floor(number / unit) * unit:.2g}")
