"""Trains one trial: its values with each seed, one training after the other, each in a run directory of its own."""

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gymctl.core.errors import GymctlError, InputError
from gymctl.core.inside import check_inside
from gymctl.core.memory import is_out_of_memory
from gymctl.core.numbers import finite_int
from gymctl.core.terminal import one_line
from gymctl.runs.checkpoints import locate_checkpoint
from gymctl.runs.directory import Run
from gymctl.runs.history import EPOCHS, REWARD, Curve, read_history
from gymctl.sweep.evaluating import mean_return
from gymctl.sweep.objectives import parse_objective
from gymctl.sweep.population import next_perturbation
from gymctl.sweep.record import (
    COMPLETED,
    DONE,
    FAILED,
    INTERRUPTED,
    LONGEST_ERROR,
    POPULATION,
    RUNNING,
    STOPPED,
    TRACKING,
    WAITING,
    Record,
    SeedRun,
    Trial,
)
from gymctl.sweep.space import overrides_of

if TYPE_CHECKING:
    from gymctl.learning.observer import Progress
    from gymctl.learning.prepare import Training
    from gymctl.learning.session import TrainingResult

EARLY, PERTURBATION = "early stopping", "perturbation"
"""The reasons to stop of a trial that isn't worth its time, and of one that waits for the others of its population."""
_ENDED_BY_ITSELF = ("max_epochs", "score_to_win")


@dataclass(frozen=True)
class Slice:
    """The part of a training between two perturbations of a population."""

    until: int
    """The epoch after which it waits for the others."""
    source: Path | None = None
    """Another trial's checkpoint, with which it goes on."""


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
    first_perturbation: int = 0
    """The epoch of a population's first one in this command."""
    perturb_every: int = 0
    """Epochs from one to the next."""


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
        first_perturbation=next_perturbation(record) if plan.search == POPULATION else 0,
        perturb_every=plan.perturb_every,
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
        part: What of its training is to be done; None for all.
    """

    def __init__(
        self, job: Job, trial: Trial, tell: Callable[[float, int], str | None], part: Slice | None = None
    ) -> None:
        self.score = math.nan
        """Of the whole trial; in a population, the mean return of the present."""
        self.checkpoint: Path | None = None
        """The last one."""
        self._job = job
        self._trial = trial
        self._tell = tell
        self._part = part
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
                if run.status in DONE and self._objective.is_played:
                    self._play(run)
                if (status := run.status) != COMPLETED:
                    break
        except Exception as error:
            status, self._trial.error = FAILED, _line(error)
            for run in self._trial.runs:
                run.status = FAILED if run.status == RUNNING else run.status
        self._trial.status = status

    def _train(self, seed: int) -> SeedRun:
        before = next((run for run in self._trial.runs if run.seed == seed), None)
        if before is None:
            return self._follow(seed, Curve(), self._new(seed))
        directory = Run(self._job.directory / before.run)
        check_inside(directory.path, self._job.directory)
        if not directory.config_path.is_file():
            return self._follow(seed, Curve(), self._new(seed))
        known = _curve_of(directory)
        if before.status not in DONE and (manifest := directory.manifest()).get("status") == COMPLETED:
            before.status = COMPLETED  # and nobody was left to tell it
            before.epoch = finite_int(manifest.get("epochs")) or before.epoch
        if before.status in DONE or self._has_waited(before):
            self._curves.append(known)
            self._measure(before, known)
            self.checkpoint = locate_checkpoint(self._job.task, str(directory.path), directory.path, "latest").path
            return before
        if before.status == FAILED:
            return self._follow(seed, Curve(), self._new(seed))
        return self._follow(seed, known, self._continued(directory))

    def _has_waited(self, run: SeedRun) -> bool:
        """Whether a trial was interrupted while it waited for the others of its population, and goes on doing so."""
        if self._part is None or self._part.source is not None or run.epoch < self._part.until:
            return False
        run.status = WAITING
        return True

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
        source = self._part.source if self._part else None
        tracking = {key: value for key, value in job.settings.items() if key.startswith(TRACKING)}
        tracking_too = [text for text in job.overrides if text.lstrip("+").startswith(TRACKING)]
        return prepare_training(
            job.task,
            settings={**tracking, "num_threads": job.threads},
            overrides=[*tracking_too, *(overrides_of(self._trial.values) if source else [])],
            resume=str(run.path),
            config_dir=job.config_dir,
            runs_dir=job.directory,
            take_over=source,
        )

    def _follow(self, seed: int, known: Curve, training: "Training") -> SeedRun:
        from gymctl.learning.session import run_training

        sys.argv = list(self._job.command)  # which the run's manifest records
        runs, growing = self._trial.runs, _Growing(known)
        self._curves.append(known)

        def on_start(run: Run) -> None:
            known = next((each for each in runs if each.run == run.path.name), SeedRun(seed, run.path.name))
            known.status = RUNNING
            runs[:] = [*(each for each in runs if each.seed != seed), known]

        def on_progress(progress: "Progress") -> None:
            growing.add(progress)
            runs[-1].epoch, runs[-1].reward = progress.epoch, progress.reward_mean
            self._measure(runs[-1], known)
            self._reason = self._tell(self.score, self._epochs_before + progress.epoch) or self._pause(progress)

        result = run_training(
            training,
            on_start=on_start,
            on_progress=on_progress,
            should_stop=lambda: self._reason,
            torch_threads=self._job.threads,
        )
        runs[-1].status = _status(result)
        self.checkpoint = result.last_checkpoint
        return runs[-1]

    def _measure(self, run: SeedRun, curve: Curve) -> None:
        """Takes the objective and the score from the curves."""
        objective = self._objective
        if self._part is not None:
            self.score = math.nan if run.reward is None else run.reward
        else:
            scores = [objective.score(each) for each in self._curves]
            self.score = sum(scores) / len(scores)
        if not objective.is_played:
            run.objective = objective.value(curve)
            self._trial.objective = objective.mean([objective.value(each) for each in self._curves])

    def _pause(self, progress: "Progress") -> str | None:
        """The reason to stop of a slice at its end, which the end of the training isn't."""
        if self._part is None or progress.epoch < self._part.until or progress.epoch == progress.max_epochs:
            return None
        return PERTURBATION

    def _play(self, run: SeedRun) -> None:
        """Plays the best checkpoint of a run that is done, unless it was played already."""
        job, objective = self._job, self._objective
        if run.objective is None:
            directory = Run(job.directory / run.run)
            run.objective = mean_return(job.task, directory, job.settings, job.threads, job.config_dir)
        played = [each.objective for each in self._trial.runs if each.status in DONE]
        self._trial.objective = objective.mean(played)
        if self._trial.objective is not None and self._part is None:
            self.score = objective.score_of(self._trial.objective)


def _status(result: "TrainingResult") -> str:
    if result.stopped_by in _ENDED_BY_ITSELF:
        return COMPLETED
    return {EARLY: STOPPED, PERTURBATION: WAITING}.get(result.stopped_by, INTERRUPTED)


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
