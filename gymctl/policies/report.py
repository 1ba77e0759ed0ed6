"""Plays a run's policy for a report: an evaluation, and a short video where something can be drawn."""

import shlex
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gymctl.config.locations import parse_location, portable
from gymctl.core.errors import BackendError, InputError
from gymctl.core.files import sha256
from gymctl.core.inside import read_regular
from gymctl.envs.factory import resolve_backend
from gymctl.policies.evaluate import Evaluation, episodes_per_env
from gymctl.policies.find import PolicySource, find_policy_to_play
from gymctl.policies.measuring import Measured as MeasureResult
from gymctl.policies.modes import ActionMode
from gymctl.policies.play import play
from gymctl.policies.statistics import Statistics
from gymctl.rendering import graphics
from gymctl.rendering.recorder import VideoRecorder
from gymctl.rendering.settings import VideoSettings
from gymctl.runs.directory import Run
from gymctl.runs.pages.report import Evaluated, Measured
from gymctl.sim.devices import Backend

_SIZE, _SECONDS = "480x270", 6.0
_LARGEST_VIDEO = 4_000_000  # bytes
_SHOWN = 16  # digits of a hash
Count = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Wishes:
    """How a policy is to be played."""

    episodes: int
    settings: dict[str, Any]
    """Top-level config keys set by flags."""
    video: bool
    """Whether a video is wanted."""
    task: str | None = None
    """The run's task, whose code the user trusts; None if none was named."""


def evaluate_run(run: Run, wishes: Wishes, runs_dir: Path, count: Count) -> tuple[Evaluated, Evaluation]:
    """Plays the best policy of a run, without noise.

    Args:
        run: The run.
        wishes: How.
        runs_dir: The directory of all runs.
        count: Told how many ``episodes`` have ended and how many ``frames`` are drawn, of how many.

    Raises:
        InputError: There is no policy, it can't be played, its task's code isn't gymctl's and the user doesn't name
            it, or they name another task.
        BackendError: The engine or device isn't there.
    """
    source = find_policy_to_play(
        _task_to_play(run, wishes.task),
        str(run.path),
        episodes=wishes.episodes,
        settings=wishes.settings,
        runs_dir=runs_dir,
    )
    backend, per_env = resolve_backend(source.config), episodes_per_env(wishes.episodes, source.config.num_envs)
    total = source.config.num_envs * per_env
    recorder, video, notes = None, None, []
    with TemporaryDirectory(prefix="gymctl-") if wishes.video else nullcontext() as directory:
        if directory is not None:
            try:
                recorder = _recorder(Path(directory) / "film.mp4", partial(count, "frames"))
            except BackendError as error:
                notes.append(f"without a video: {error.what}")
        evaluation = play(
            source, ActionMode("mean"), backend, per_env, lambda ended: count("episodes", ended, total), recorder
        )
        if directory is not None and recorder is not None:
            film = Path(directory) / "film.mp4"
            video = read_regular(film, _LARGEST_VIDEO) if film.stat().st_size <= _LARGEST_VIDEO else None
            notes += [] if video is not None else ["without a video: it would be too large"]
    conditions = _conditions(source, backend, evaluation)
    return Evaluated(_measured(evaluation), conditions, video, notes), evaluation


def _task_to_play(run: Run, named: str | None) -> str:
    recorded = run.task()
    if named is None and parse_location(recorded) is not None:
        command = shlex.join(["gymctl", "runs", "report", str(run.path), "--task", recorded])
        raise InputError(
            f"{run.path} is of the task {recorded}, whose code isn't gymctl's",
            f"give --episodes 0; if you trust that code, run: {command}",
        )
    if named is not None and portable(named) != portable(recorded):
        raise InputError(f"{run.path} is of the task {recorded}, not {named}", "leave out --task, or correct it")
    return named or recorded


def _recorder(path: Path, on_frame: Callable[[int, int], None]) -> VideoRecorder:
    settings = VideoSettings.check(path, 1, _SIZE, _SECONDS, None, 1.0)
    return VideoRecorder(settings, graphics.choose(), on_frame=on_frame)


def _conditions(source: PolicySource, backend: Backend, evaluation: Evaluation) -> dict[str, str]:
    return {
        "checkpoint": source.file.name,
        "sha256": sha256(source.file)[:_SHOWN],
        "episodes": f"{evaluation.episodes:,}",
        "envs": f"{source.config.num_envs:,}",
        "actions": "the policy's mean",
        "seed": str(source.config.seed),
        "physics": source.config.task.physics,
        "engine": f"{backend.engine} on {backend.sim_device}",
    }


def _measured(evaluation: Evaluation) -> list[Measured]:
    named: dict[str, Statistics | MeasureResult] = {
        "return": evaluation.reward,
        "length [control steps]": evaluation.length,
    }
    named |= {f"{measure.name} [{measure.unit}]": measure for measure in evaluation.measures}
    return [Measured(name, s.mean, s.ci95, s.std, s.min, s.max) for name, s in named.items()]
