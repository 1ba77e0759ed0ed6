"""Trains one trial: its values with each seed, one training after the other, each in a run directory of its own."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gymctl.core.errors import GymctlError, InputError
from gymctl.core.inside import check_inside
from gymctl.core.memory import is_out_of_memory
from gymctl.core.terminal import one_line
from gymctl.runs.directory import Run
from gymctl.runs.history import EPOCHS, REWARD, Curve, read_history
from gymctl.sweep.objectives import parse_objective
from gymctl.sweep.record import (
    COMPLETED,
    DONE,
    FAILED,
    INTERRUPTED,
    LONGEST_ERROR,
    RUNNING,
    STOPPED,
    TRACKING,
    Record,
    SeedRun,
    Trial,
)
from gymctl.sweep.space import overrides_of

if TYPE_CHECKING:
    from gymctl.learning.observer import Progress
    from gymctl.learning.prepare import Training
    from gymctl.learning.session import TrainingResult

EARLY = "early stopping"
"""The reason to stop of a trial that isn't worth its time."""
_ENDED_BY_ITSELF = ("max_epochs", "score_to_win")


@dataclass(frozen=True)
class Job:
    """What all trials of a sweep have in common."""

    task: str
    settings: dict[str, Any]
    """Top-level config keys."""
    overrides: tuple[str, ...]
    config_dir: Path | None
    directory: Path
    """The sweep's, absolute: workers have another working directory."""
    seeds: tuple[int, ...]
    objective: str
    threads: int
    """Of the physics and of PyTorch."""
    command: tuple[str, ...]


def job_of(record: Record, threads: int, config_dir: Path | None) -> Job:
    """The job of a sweep that this command runs.

    Args:
        record: The sweep.
        threads: Of each trial.
        config_dir: The user's own YAMLs.
    """
    plan = record.plan
    return Job(
        task=plan.task,
        settings=plan.settings,
        overrides=plan.overrides,
        config_dir=config_dir.absolute() if config_dir else None,
        directory=record.directory.absolute(),
        seeds=tuple(range(plan.seed, plan.seed + plan.seeds)),
        objective=plan.objective.name,
        threads=threads,
        command=tuple(sys.argv),
    )


class _Growing:
    """A learning curve that a training adds to.

    Args:
        known: What an earlier process has trained; what of that lies beyond its last checkpoint is done anew.
    """

    def __init__(self, known: Curve) -> None:
        self.curve = known
        self._seconds_before: float | None = None

    def add(self, progress: "Progress") -> None:
        """Adds an epoch, once an episode has ended."""
        if progress.reward_mean is None:
            return
        steps, seconds, values = self.curve.env_steps, self.curve.seconds, self.curve.values
        while steps and steps[-1] >= progress.env_steps:
            for column in (steps, seconds, values):
                column.pop()
        if self._seconds_before is None:
            self._seconds_before = seconds[-1] if seconds else 0.0
        steps.append(progress.env_steps)
        seconds.append(self._seconds_before + progress.wall_seconds)
        values.append(progress.reward_mean)


class TrialTraining:
    """Trains a trial, and tells after every epoch how it stands.

    Args:
        job: The sweep's part of it.
        trial: The trial, with what it has trained already; kept up to date.
        tell: Called after every epoch with the trial's score (nan before an episode has ended) and how many epochs it
            has trained; gives the reason to stop, or None.
    """

    def __init__(self, job: Job, trial: Trial, tell: Callable[[float, int], str | None]) -> None:
        self._job = job
        self._trial = trial
        self._tell = tell
        self._objective = parse_objective(job.objective)
        self._curves: list[Curve] = []
        self._epochs_before = 0
        self._reason: str | None = None

    def run(self) -> None:
        """Trains with every seed that is missing. What goes wrong is the trial's `error`; it is not raised."""
        status = COMPLETED
        try:
            for seed in self._job.seeds:
                run = self._train(seed)
                self._epochs_before += run.epoch
                if (status := run.status) != COMPLETED:
                    break
        except Exception as error:
            status, self._trial.error = FAILED, _line(error)
            for run in self._trial.runs:
                run.status = FAILED if run.status == RUNNING else run.status
        self._trial.status = status

    def _train(self, seed: int) -> SeedRun:
        before = next((run for run in self._trial.runs if run.seed == seed), None)
        if before is None or before.status == FAILED:
            return self._follow(seed, Curve(), self._new(seed))
        directory = Run(self._job.directory / before.run)
        check_inside(directory.path, self._job.directory)
        if not directory.config_path.is_file():
            return self._follow(seed, Curve(), self._new(seed))
        known = _curve_of(directory)
        if before.status in DONE:
            self._curves.append(known)
            return before
        return self._follow(seed, known, self._continued(directory))

    def _new(self, seed: int) -> "Training":
        from gymctl.learning.prepare import prepare_training

        job, number = self._job, self._trial.number
        name = f"trial-{number:02}" + (f"-seed-{seed}" if len(job.seeds) > 1 else "")
        return prepare_training(
            job.task,
            settings={**job.settings, "num_threads": job.threads, "seed": seed, "experiment": name},
            overrides=[*job.overrides, *overrides_of(self._trial.values)],
            config_dir=job.config_dir,
            runs_dir=job.directory,
        )

    def _continued(self, run: Run) -> "Training":
        from gymctl.learning.prepare import prepare_training

        job = self._job
        tracking = {key: value for key, value in job.settings.items() if key.startswith(TRACKING)}
        return prepare_training(
            job.task,
            settings={**tracking, "num_threads": job.threads},
            overrides=[text for text in job.overrides if text.lstrip("+").startswith(TRACKING)],
            resume=str(run.path),
            config_dir=job.config_dir,
            runs_dir=job.directory,
        )

    def _follow(self, seed: int, known: Curve, training: "Training") -> SeedRun:
        from gymctl.learning.session import run_training

        sys.argv = list(self._job.command)  # which the run's manifest records
        runs, growing = self._trial.runs, _Growing(known)
        self._curves.append(known)

        def on_start(run: Run) -> None:
            runs[:] = [*(each for each in runs if each.seed != seed), SeedRun(seed, run.path.name)]

        def on_progress(progress: "Progress") -> None:
            growing.add(progress)
            run = runs[-1]
            run.epoch, run.reward, run.objective = progress.epoch, progress.reward_mean, self._objective.value(known)
            self._trial.objective = self._objective.mean([self._objective.value(each) for each in self._curves])
            scores = [self._objective.score(each) for each in self._curves]
            self._reason = self._tell(sum(scores) / len(scores), self._epochs_before + progress.epoch)

        result = run_training(
            training,
            on_start=on_start,
            on_progress=on_progress,
            should_stop=lambda: self._reason,
            torch_threads=self._job.threads,
        )
        runs[-1].status = _status(result)
        return runs[-1]


def _status(result: "TrainingResult") -> str:
    if result.stopped_by in _ENDED_BY_ITSELF:
        return COMPLETED
    return STOPPED if result.stopped_by == EARLY else INTERRUPTED


def _curve_of(run: Run) -> Curve:
    """The mean returns that a run has reached."""
    try:
        return read_history(run, (REWARD, EPOCHS)).curves.get(REWARD, Curve())
    except (InputError, OSError):
        return Curve()


def _line(error: Exception) -> str:
    """What went wrong, in one line."""
    if isinstance(error, GymctlError):
        text = error.what
    elif is_out_of_memory(error):
        text = "there is not enough memory"
    else:
        text = f"{type(error).__name__}: {error}"
    return one_line(text.strip().partition("\n")[0])[:LONGEST_ERROR]
