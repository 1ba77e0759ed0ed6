"""The record of a sweep, ``sweep.json``: what was asked for, and what has become of each trial."""

import json
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from gymctl.core.errors import InputError
from gymctl.core.files import atomic_write
from gymctl.core.inside import GIVE_ACCESS, read_regular
from gymctl.core.names import is_name
from gymctl.core.numbers import LARGEST_INTEGER, finite, plain_data
from gymctl.core.terminal import one_line
from gymctl.runs.finding import BEST_RUN, LARGEST_SWEEP, SWEEP
from gymctl.sweep import MOST_SEEDS, MOST_TRIALS
from gymctl.sweep.objectives import Objective, parse_objective
from gymctl.sweep.space import Space, Values, as_data, space_from

NAME = SWEEP
TRACKING = "wandb_"
"""How the keys of Weights & Biases begin."""
LONGEST_ERROR = 500
"""Of a trial's."""
_MOST_VALUES = 3_000_000
_DEEPEST = 64
_LARGEST_PLAN = 1_000_000
"""Characters of a record beside its trials."""
_NO_FACTS = {"schema_version", "status", "trials", "num_trials", "best_trial", BEST_RUN, "sweep_dir", "picture"}

PLANNED, RUNNING, COMPLETED, STOPPED = "planned", "running", "completed", "stopped"
INTERRUPTED, FAILED, KILLED, WAITING = "interrupted", "failed", "killed", "waiting"
_STATUSES = (PLANNED, RUNNING, COMPLETED, STOPPED, INTERRUPTED, FAILED, KILLED, WAITING)
DONE = (COMPLETED, STOPPED)
"""The statuses of trials that a resumed sweep leaves as they are; ``stopped`` means by early stopping."""
POPULATION = "pbt"
"""The search that changes values during the training: population-based training."""


@dataclass
class SeedRun:
    """One training of a trial."""

    seed: int
    run: str
    """The name of its run directory, in the sweep's."""
    status: str = RUNNING
    epoch: int = 0
    reward: float | None = None
    """The mean return of the last episodes."""
    objective: float | None = None


@dataclass
class Exploit:
    """A trial of a population went on with another one's weights, optimizer and normalisers, and with new values."""

    epoch: int
    """After which."""
    trial: int
    """The number of the other one."""
    old_values: Values
    """What this one had before."""
    values: Values


@dataclass
class Trial:
    """One point of the space: trained once for each seed."""

    number: int
    """From 1."""
    values: Values
    """In a population, those of the present."""
    status: str = PLANNED
    objective: float | None = None
    """The mean over its seeds."""
    error: str | None = None
    """One line, of a trial that failed or was killed."""
    runs: list[SeedRun] = field(default_factory=list)
    exploits: list[Exploit] = field(default_factory=list)
    """In a population, the first one first."""

    @property
    def is_done(self) -> bool:
        """Whether a resumed sweep leaves it as it is."""
        return self.status in DONE


@dataclass(frozen=True)
class Plan:
    """What a sweep was asked to do; it doesn't change when the sweep is resumed."""

    name: str
    task: str
    space: Space
    settings: dict[str, Any]
    """Top-level config keys that all trials have."""
    overrides: tuple[str, ...]
    """``KEY=VALUE`` that all trials have."""
    seed: int
    """Of the search, and of each trial's first training."""
    seeds: int
    """Trainings for each trial."""
    search: str
    stop_early: str
    objective: Objective
    max_epochs: int
    """Of a training; -1 without a limit."""
    perturb_every: int = 0
    """Epochs from one perturbation of a population to the next; 0 in other sweeps."""
    config_dir: str | None = None
    """The user's own YAMLs."""

    def as_dict(self) -> dict[str, Any]:
        """Plain data, as in ``sweep.json``.

        The keys of Weights & Biases are left out, so that each command says anew where curves are sent.
        """
        shown = {each.name: getattr(self, each.name) for each in fields(self)}
        return shown | {
            "space": as_data(self.space),
            "objective": self.objective.name,
            "settings": _untracked_settings(self.settings),
            "overrides": _untracked_overrides(self.overrides),
        }


@dataclass
class Record:
    """A sweep's directory, its plan and its trials."""

    directory: Path
    plan: Plan
    trials: list[Trial]
    """Planned or begun; a search that learns from its trials plans them one by one."""
    num_trials: int
    """How many there are to be."""
    facts: dict[str, Any]
    """For people: ``commands``, ``versions``, ``started`` and the like."""
    status: str = RUNNING
    """``running``, ``completed`` or ``interrupted``."""

    def add(self, values: Values) -> Trial:
        """Plans one more trial."""
        self.trials.append(Trial(len(self.trials) + 1, values))
        return self.trials[-1]

    @property
    def missing(self) -> list[Trial]:
        """The trials that have yet to be run, or run to their end."""
        return [trial for trial in self.trials if not trial.is_done]

    @property
    def num_missing(self) -> int:
        """How many trials have yet to be run, those that are not planned yet included."""
        return self.num_trials - sum(trial.is_done for trial in self.trials)

    @property
    def ranked(self) -> list[Trial]:
        """All trials, the best first."""
        return sorted(self.trials, key=lambda trial: (self.plan.objective.rank(trial.objective), trial.number))

    @property
    def best(self) -> Trial | None:
        """The best trial; None before one has an objective."""
        first = next(iter(self.ranked), None)
        return first if first is not None and first.objective is not None else None

    @property
    def best_run(self) -> str | None:
        """The best run of the best trial; None before there is one."""
        runs = self.best.runs if self.best else []
        return min(runs, key=lambda run: self.plan.objective.rank(run.objective)).run if runs else None

    @property
    def how_to_go_on(self) -> str:
        """The command that resumes it; it names code and YAMLs that are not gymctl's, for the record may not."""
        task = [self.plan.task] if ":" in self.plan.task else []
        own = ["--config-dir", self.plan.config_dir] if self.plan.config_dir else []
        return shlex.join(["gymctl", "sweep", *task, "--resume", str(self.directory), *own])

    def as_dict(self) -> dict[str, Any]:
        """Plain data, as in ``sweep.json`` and in ``gymctl sweep --json``."""
        return {
            **self.plan.as_dict(),
            **self.facts,
            "status": self.status,
            "num_trials": self.num_trials,
            "best_trial": self.best.number if self.best else None,
            BEST_RUN: self.best_run,
            "trials": [asdict(trial) for trial in self.trials],
        }

    def write(self) -> None:
        """Writes ``sweep.json``, whole or not at all."""
        data = plain_data({"schema_version": 1, **self.as_dict()}, levels=_DEEPEST)
        with atomic_write(self.directory / NAME, inside=self.directory) as temporary:
            temporary.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")


def read_record(directory: Path) -> Record:
    """Reads the record of a sweep, which may be a stranger's.

    Raises:
        InputError: There is none, or it can't be read.
    """
    path = directory / NAME
    try:
        content = read_regular(path, LARGEST_SWEEP, inside=directory)
        if sum(map(content.count, (b",", b"[", b"{"))) > _MOST_VALUES:
            raise ValueError(f"more than {_MOST_VALUES:,} values")
        return _record(directory, plain_data(json.loads(content), levels=_DEEPEST))
    except FileNotFoundError:
        raise InputError(f"'{directory}' has no {NAME}", "give a directory that 'gymctl sweep' made") from None
    except OSError as error:
        raise InputError(f"can't read '{path}': {error.strerror or error}", GIVE_ACCESS) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"'{path}' is not a sweep's record: {error}", "start a new sweep") from error


def _record(directory: Path, data: dict[str, Any]) -> Record:
    if len(json.dumps({key: value for key, value in data.items() if key != "trials"})) > _LARGEST_PLAN:
        raise ValueError(f"more than {_LARGEST_PLAN:,} characters beside its trials")
    plan = Plan(
        name=str(data["name"]),
        task=str(data["task"]),
        space=space_from(data["space"]),
        settings=_untracked_settings(data["settings"]),
        overrides=_untracked_overrides(map(str, data["overrides"])),
        seed=_whole(data["seed"]),
        seeds=_whole(data["seeds"]),
        search=str(data["search"]),
        stop_early=str(data["stop_early"]),
        objective=parse_objective(str(data["objective"])),
        max_epochs=_whole(data["max_epochs"]),
        perturb_every=_whole(data.get("perturb_every", 0)),
        config_dir=data["config_dir"],
    )
    num_trials = _whole(data["num_trials"])
    if not (0 < num_trials <= MOST_TRIALS and 0 < plan.seeds <= MOST_SEEDS and len(data["trials"]) <= num_trials):
        raise ValueError("its numbers of trials and seeds can't be")
    if (plan.search == POPULATION) != (plan.perturb_every > 0):
        raise ValueError("its values are perturbed at no time that can be")
    trials = [_trial(number, plan, entry) for number, entry in enumerate(data["trials"], 1)]
    known = {each.name for each in fields(Plan)} | _NO_FACTS
    facts = {key: value for key, value in data.items() if key not in known}
    if not isinstance(facts.get("commands", []), list):
        raise ValueError("its commands are no list")
    return Record(directory, plan, trials, num_trials, facts, status=str(data["status"]))


def _trial(number: int, plan: Plan, entry: Mapping[str, Any]) -> Trial:
    error = entry["error"]
    return Trial(
        number,
        _values(plan, entry["values"]),
        _status(entry["status"]),
        finite(entry["objective"]),
        None if error is None else one_line(error)[:LONGEST_ERROR],
        [_seed_run(run) for run in entry["runs"]],
        [_exploit(plan, exploit) for exploit in entry.get("exploits", [])],
    )


def _exploit(plan: Plan, entry: Mapping[str, Any]) -> Exploit:
    old_values, values = (_values(plan, entry[key]) for key in ("old_values", "values"))
    return Exploit(_whole(entry["epoch"]), _whole(entry["trial"]), old_values, values)


def _values(plan: Plan, entry: Mapping[str, Any]) -> Values:
    """A point; in a population, from which others are made, one of the space."""
    values = dict(entry)
    if values.keys() != plan.space.keys():
        raise ValueError("a trial has other keys than the space")
    if plan.search == POPULATION and not all(values[key] in parameter for key, parameter in plan.space.items()):
        raise ValueError("a trial has a value that is not of the space")
    return values


def _seed_run(entry: Mapping[str, Any]) -> SeedRun:
    if not is_name(entry["run"]):
        raise ValueError(f"{entry['run']!r} is no run's name")
    return SeedRun(
        _whole(entry["seed"]),
        entry["run"],
        _status(entry["status"]),
        _whole(entry["epoch"]),
        finite(entry["reward"]),
        finite(entry["objective"]),
    )


def _untracked_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if not key.startswith(TRACKING)}


def _untracked_overrides(overrides: Iterable[str]) -> tuple[str, ...]:
    return tuple(text for text in overrides if not text.lstrip("+").startswith(TRACKING))


def _whole(value: Any) -> int:
    """A whole number of at most 64 bits, which is what a record that is written again keeps."""
    number = int(value)
    if abs(number) > LARGEST_INTEGER:
        raise ValueError("a whole number has more than 64 bits")
    return number


def _status(text: Any) -> str:
    if text not in _STATUSES:
        raise ValueError(f"there is no status {text!r}")
    return text
