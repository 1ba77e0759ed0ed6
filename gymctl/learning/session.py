"""Runs a prepared training: its run directory, its env and agent, and whatever follows it along the way."""

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from rl_games.common.algo_observer import AlgoObserver
from rl_games.torch_runner import Runner

from gymctl.core.errors import InputError
from gymctl.core.inside import open_to_append
from gymctl.core.terminal import PlainFile
from gymctl.envs import factory
from gymctl.learning.agents.central_value import CentralValue
from gymctl.learning.agents.registry import algorithm_of
from gymctl.learning.bridge import RlGamesVecEnv, rl_games_params
from gymctl.learning.capture import VideoCapture
from gymctl.learning.curves import CurveWriter, ScalarListener
from gymctl.learning.guards import DivergenceWatch, naming_the_last_checkpoint
from gymctl.learning.observer import AfterEpoch, Progress, TrainingObserver
from gymctl.learning.prepare import Training
from gymctl.learning.ranks.group import Group, joined
from gymctl.learning.rate_watch import RateWatch
from gymctl.learning.records import describe_run, open_run
from gymctl.learning.tracking import tracked
from gymctl.policies.rl_games_patches import keep_matmul_precision, train_central_values_with, write_curves_with
from gymctl.runs.checkpoints import locate_checkpoint
from gymctl.runs.directory import Run
from gymctl.runs.history import EPOCHS, REWARD, Best, best_of, read_history
from gymctl.runs.segments import last_task_change, segments_of
from gymctl.sim.devices import available_cores
from gymctl.tasks import registry
from gymctl.tasks.user_code import telling_where


@dataclass(frozen=True)
class TrainingResult:
    """The outcome of a training."""

    task: str
    run: Run
    progress: Progress
    stopped_by: str
    """``max_epochs``, ``score_to_win``, or what `should_stop` gave, as ``SIGINT``."""
    best: Best | None
    """The best mean return of its episodes, whether or not it was saved."""
    best_checkpoint: Path | None
    """None where none was saved: not before epoch ``save_best_after``."""
    last_checkpoint: Path
    videos: tuple[Path, ...] | None
    """None where none were asked for."""

    @property
    def path(self) -> Path:
        """The run's directory."""
        return self.run.path

    def as_dict(self) -> dict[str, Any]:
        """Plain data, as in the manifest and in ``gymctl train --json``."""
        progress = self.progress
        fields: dict[str, Any] = {
            "task": self.task,
            "run_dir": str(self.run.path),
            "best_checkpoint": str(self.best_checkpoint) if self.best_checkpoint else None,
            "last_checkpoint": str(self.last_checkpoint),
            "epochs": progress.epoch,
            "env_steps": progress.env_steps,
            "env_steps_done": progress.env_steps_done,
            "frames": progress.env_steps,  # the name of env_steps until 0.1; kept for a release
            "reward_mean": progress.reward_mean,
            "length_mean": progress.length_mean,
            "best_reward": self.best.reward if self.best else None,
            "best_epoch": self.best.epoch if self.best else None,
            "diverged": progress.diverged,
            "wall_seconds": round(progress.wall_seconds, 3),
            "steps_per_second": round(progress.env_steps_done / progress.wall_seconds, 1),
            "stopped_by": self.stopped_by,
        }
        if progress.style is not None:
            fields |= {f"style_{name}": value for name, value in progress.style._asdict().items()}
        if self.videos is not None:
            fields["videos"] = [str(video) for video in self.videos]
        return fields


def run_training(
    training: Training,
    *,
    on_start: Callable[[Run], None] = lambda run: None,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    should_stop: Callable[[], str | None] = lambda: None,
    say: Callable[[str], None] = lambda line: None,
    video_every: int = 0,
    graphics: str = "",
    torch_threads: int = 0,
) -> TrainingResult:
    """Trains into a run directory until the last epoch or until asked to stop; either way leaves a last checkpoint.

    rl_games' own output goes to ``train.log`` in the run. The run's manifest says how the training ended.

    Args:
        training: What was prepared.
        on_start: Called with the run, once its directory is there.
        on_progress: Called after every epoch.
        should_stop: Asked after every epoch; gives the reason to stop, as ``SIGINT``, or None.
        say: Tells the user something in between.
        video_every: Epochs from one video of the policy to the next; 0 for none.
        graphics: Which OpenGL draws the videos; see `gymctl.rendering.graphics.choose`.
        torch_threads: PyTorch's threads on the CPU; 0 for as many as there are cores.

    Raises:
        GymctlError: The directory can't be made, another process trains into it, the learning or the physics diverges,
            or nothing can be written any more.
    """
    with joined(training.rank, training.backend.rl_device) as group:
        torch.set_num_threads(torch_threads or available_cores())
        return _lead(training, group, on_start, on_progress, should_stop, say, video_every, graphics)


def follow_training(training: Training, *, should_stop: Callable[[], str | None]) -> None:
    """Trains as a rank that isn't the first one, and writes nothing but its log, ``ranks/<index>.log`` in the run.

    Args:
        training: What was prepared.
        should_stop: Asked after every epoch; gives the reason to stop, as ``SIGINT``, or None.

    Raises:
        GymctlError: As `run_training`, or another rank has ended.
    """
    with joined(training.rank, training.backend.rl_device) as group, TemporaryDirectory(prefix="gymctl-") as scratch:
        torch.set_num_threads(available_cores())
        run = Run(Path(group.from_first(None)))
        run.ranks_dir.mkdir(parents=True, exist_ok=True)  # another machine may not have it
        own = Run(Path(scratch) / run.path.name)
        own.path.mkdir()
        log = open_to_append(run.ranks_dir / f"{training.rank.index}.log", run.path)
        _train(training, own, log, group, _nothing_after, lambda: bool(group.any_of(should_stop())), None, _nothing)


def _lead(
    training: Training,
    group: Group,
    on_start: Callable[[Run], None],
    on_progress: Callable[[Progress], None],
    should_stop: Callable[[], str | None],
    say: Callable[[str], None],
    video_every: int,
    graphics: str,
) -> TrainingResult:
    config, task = training.config, training.task
    run = open_run(training)
    rate = RateWatch(config, say)
    capture = VideoCapture(run, task, config, video_every, graphics, say) if video_every else None
    reason: list[str] = []

    def stop() -> bool:
        if not reason and (asked := should_stop()):
            reason.append(asked)
        return bool(reason)

    def stop_together() -> bool:
        stop()
        if asked := group.any_of(reason[0] if reason else None):
            reason[:] = [asked]
        return bool(reason)

    def after_epoch(progress: Progress) -> None:
        on_progress(progress)
        rate.after_epoch(progress)

    with run.claim():
        describe_run(training, run)
        on_start(run)
        try:
            group.from_first(str(run.path.absolute()))
            with capture or contextlib.nullcontext(), tracked(config, run, say) as on_scalar:
                log = open_to_append(run.log_path, run.path)
                progress = _train(
                    training,
                    run,
                    log,
                    group,
                    after_epoch,
                    stop_together,
                    on_scalar,
                    capture.after_epoch if capture else _nothing,
                )
                if capture:
                    capture.finish(should_stop=stop)
        except BaseException as error:
            status = "interrupted" if isinstance(error, KeyboardInterrupt | SystemExit) else "failed"
            with contextlib.suppress(OSError, InputError):  # as on a full disk, which is what ended the training
                run.update_manifest(status=status, ended=_now())
            raise
        stop()
        ended_by = "max_epochs" if progress.epoch >= progress.max_epochs > 0 else "score_to_win"
        best_file = run.nn_dir / f"{run.experiment}.pth"
        best_checkpoint = best_file if best_file.is_file() else None
        result = TrainingResult(
            task,
            run,
            progress,
            stopped_by=reason[0] if reason else ended_by,
            best=_best(run, progress.best_reward if best_checkpoint else None),
            best_checkpoint=best_checkpoint,
            last_checkpoint=locate_checkpoint(task, str(run.path), run.path.parent, prefer="latest").path,
            videos=tuple(capture.videos) if capture else None,
        )
        status = "interrupted" if reason else "completed"
        run.update_manifest(status=status, ended=_now(), **result.as_dict())
    return result


def build_agent(
    training: Training,
    run: Run,
    vec_env: RlGamesVecEnv,
    observer: AlgoObserver,
    on_scalar: ScalarListener | None = None,
    group: Group | None = None,
) -> Any:
    """Builds the agent that a training describes, untrained.

    Args:
        training: What was prepared.
        run: The run directory that checkpoints and curves go to.
        vec_env: The env to learn in.
        observer: Told of every epoch.
        on_scalar: Told of every point of a curve.
        group: The ranks that learn together.
    """
    config, backend = training.config, training.backend
    params, algorithm = rl_games_params(config, backend, run), algorithm_of(config)
    params["config"].update(env_info=vec_env.get_env_info(), vec_env=vec_env, group=group)
    write_curves_with(partial(CurveWriter, listener=on_scalar))
    train_central_values_with(CentralValue)
    runner = Runner(observer)
    runner.algo_factory.register_builder(algorithm.name, algorithm.agent)
    runner.load_config(params)  # Runner.load would copy the env
    keep_matmul_precision(backend.rl_device)
    return runner.algo_factory.create(runner.algo_name, base_name="run", params=runner.params)


def _train(
    training: Training,
    run: Run,
    log: int,
    group: Group,
    on_progress: Callable[[Progress], None],
    should_stop: Callable[[], bool],
    on_scalar: ScalarListener | None,
    after_epoch: AfterEpoch,
) -> Progress:
    config = training.config
    factory.seed_everything(config.seed)
    with (
        naming_the_last_checkpoint(run),
        telling_where(registry.load(config.task.name)),
        PlainFile(os.fdopen(log, "ab")) as printed,
        contextlib.redirect_stdout(printed),
    ):
        env = factory.make(config, training.backend)
        watch = DivergenceWatch(config, group.rank.size)
        observer = TrainingObserver(env.num_diverged, watch, on_progress, should_stop, after_epoch, group)
        try:
            agent = build_agent(training, run, RlGamesVecEnv(env, config.task.name), observer, on_scalar, group)
            if training.checkpoint is not None and training.start.weights_only:
                agent.take_weights(training.checkpoint)
            elif training.checkpoint is not None:
                agent.restore_state(training.checkpoint)
            if agent.config["torch_compile"]:
                agent.model = torch.compile(agent.model)
            agent.train()
            observer.close()
        finally:
            env.close()
            with contextlib.suppress(OSError):  # what ended the training, then
                observer.close()
    assert observer.progress is not None  # rl_games always runs an epoch
    return observer.progress


def _best(run: Run, saved: float | None) -> Best | None:
    """The best mean return: that of the best checkpoint, or where there is none, that of the curve."""
    try:
        history, segments = read_history(run, (EPOCHS, REWARD)), segments_of(run, run.manifest())
    except (InputError, OSError):
        return None if saved is None else Best(saved, None)
    return best_of(history, last_task_change(segments).after_env_steps, saved)


def _now() -> str:
    return datetime.now().astimezone().isoformat()


def _nothing_after(progress: Progress) -> None:
    """Tells nobody of an epoch."""


def _nothing(epoch: int, save: Callable[[str], None]) -> None:
    """Does nothing after an epoch."""
