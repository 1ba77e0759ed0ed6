"""``gymctl train`` trains a policy."""

import contextlib
import shlex
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gymctl.commands import completion
from gymctl.commands.arguments import OptionalTask, Overrides, parse_arguments
from gymctl.commands.config import with_origins
from gymctl.commands.flags import CONFIGURATION, ConfigFlags, Directories, TrustCheckpoint
from gymctl.commands.output import Output
from gymctl.commands.text import format_clock
from gymctl.core.errors import InputError

if TYPE_CHECKING:
    from gymctl.learning.planning import Plan
    from gymctl.learning.prepare import Training
    from gymctl.learning.train import Progress
    from gymctl.runs.directory import Run


@dataclass(frozen=True)
class StartFlags:
    """Where the training starts."""

    resume: Annotated[
        str | None,
        typer.Option(
            "--resume",
            metavar="RUN|CHECKPOINT",
            help="Continue a run in its own directory, or a .pth file in a new one.",
            rich_help_panel=CONFIGURATION,
            autocompletion=completion.runs_and_checkpoints,
        ),
    ] = None
    from_run: Annotated[
        str | None,
        typer.Option(
            "--from-run",
            metavar="RUN",
            help="Repeat a run from its beginning: same config, same seed, and on the same machine the same rewards.",
            rich_help_panel=CONFIGURATION,
            autocompletion=completion.runs,
        ),
    ] = None
    trust_checkpoint: TrustCheckpoint = False


def train(
    task: OptionalTask = None,
    arguments: Overrides = None,
    *,
    flags: ConfigFlags,
    start: StartFlags,
    capture_video: Annotated[
        int | None,
        typer.Option(
            "--capture-video",
            metavar="EVERY",
            min=1,
            help="Film the policy every EVERY epochs into the run's videos/, in a process of its own.",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            metavar="",
            help="Check everything and print the config with the origin of each value. Nothing is trained or written.",
        ),
    ] = False,
    directories: Directories,
    output: Output,
) -> None:
    """Train a policy, with PPO unless the train YAML says otherwise.

    Examples:
      gymctl train Ant --num-envs 4096
      gymctl train AntSAC
      gymctl train Ant --dry-run
      gymctl train Ant --max-iterations 50 train.params.config.learning_rate=1e-3
      gymctl train --resume runs/Ant_2026-01-31_12-00-00 --max-iterations 1000
      gymctl train --from-run runs/Ant_2026-01-31_12-00-00

    Ctrl-C stops after the epoch and keeps a checkpoint; a second one stops at
    once.
    """
    from gymctl.learning.planning import plan_training
    from gymctl.learning.prepare import begin
    from gymctl.learning.starting import task_of

    graphics = _graphics() if capture_video else ""
    given = parse_arguments(
        [task, *(arguments or [])],
        takes_checkpoint=False,
        task=lambda: task_of(start.resume or start.from_run, directories.runs_dir),
    )
    plan = plan_training(
        given.task,
        settings=flags.settings,
        overrides=given.overrides,
        resume=start.resume or given.checkpoint,
        from_run=start.from_run,
        trust=start.trust_checkpoint,
        config_dir=directories.config_dir,
        runs_dir=directories.runs_dir,
        flag_names=flags.names,
    )
    output.notes(plan.notes)
    if dry_run:
        where = plan.continued_run.path if plan.continued_run else f"a new directory in {directories.runs_dir}"
        output.status(f"would train {_what(plan)}\nrun: {where}")
        output.result(*with_origins(plan.config))
        return
    training = begin(plan, directories.runs_dir)
    output.status(f"training {_what(plan)}\nrun: {training.run.path}")
    _train(given.task, training, capture_video or 0, graphics, output)


def _what(plan: "Plan") -> str:
    return (
        f"{plan.task}: {plan.config['task']['env']['numEnvs']} envs, {plan.backend.engine} on "
        f"{plan.backend.sim_device}, learning on {plan.backend.rl_device}, seed {plan.config['seed']}"
    )


def _graphics() -> str:
    """Which OpenGL draws; whether one does is found out before anything is trained."""
    from gymctl.rendering import graphics

    return graphics.choose()


def _train(task: str, training: "Training", capture_every: int, graphics: str, output: Output) -> None:
    from gymctl.commands.progress import training_display
    from gymctl.commands.signals import StopSignals
    from gymctl.learning.capture import VideoCapture
    from gymctl.learning.tracking import tracked
    from gymctl.learning.train import train as learn

    run = training.run
    display = training_display(quiet=output.quiet)
    stop = StopSignals(lambda: display.say("stopping after this epoch; once more to stop at once"))
    capture = VideoCapture(run, task, training.config, capture_every, graphics, display.say) if capture_every else None
    try:
        with (
            training.claim,
            stop,
            display,
            capture or contextlib.nullcontext(),
            tracked(training.config, run, display.say) as on_scalar,
        ):
            progress = learn(
                training.config,
                training.backend,
                run,
                checkpoint=training.checkpoint,
                on_progress=display.update,
                should_stop=lambda: stop.received is not None,
                on_scalar=on_scalar,
                after_epoch=capture.after_epoch if capture else lambda epoch, save: None,
            )
            if capture:
                capture.finish(should_stop=lambda: stop.received is not None)
    except BaseException:
        with contextlib.suppress(OSError, InputError):  # as on a full disk, which is what ended the training
            run.update_manifest(status="failed", ended=_now())
        raise
    fields = _result(task, run, progress, stop.received.name if stop.received else None)
    if capture:
        fields["videos"] = [str(video) for video in capture.videos]
    run.update_manifest(status="interrupted" if stop.received else "completed", ended=_now(), **fields)
    output.result(fields, _summary(fields))
    raise typer.Exit(stop.exit_code)


def _result(task: str, run: "Run", progress: "Progress", stopped_by: str | None) -> dict[str, Any]:
    from gymctl.runs.checkpoints import locate_checkpoint

    best = run.nn_dir / f"{run.experiment}.pth"
    if stopped_by is None:
        stopped_by = "max_epochs" if progress.epoch >= progress.max_epochs > 0 else "score_to_win"
    return {
        "task": task,
        "run_dir": str(run.path),
        "best_checkpoint": str(best) if best.is_file() else None,
        "last_checkpoint": str(locate_checkpoint(task, str(run.path), run.path.parent, prefer="latest").path),
        "epochs": progress.epoch,
        "frames": progress.frames,
        "reward_mean": progress.reward_mean,
        "length_mean": progress.length_mean,
        "best_reward": progress.best_reward,
        "diverged": progress.diverged,
        "wall_seconds": round(progress.wall_seconds, 3),
        "steps_per_second": round(progress.frames_done / progress.wall_seconds, 1),
        "stopped_by": stopped_by,
    }


def _summary(fields: dict[str, Any]) -> str:
    lines = [
        f"{fields['task']}: {fields['epochs']:,} epochs, stopped by {fields['stopped_by']}",
        f"{fields['frames']:,} env steps in {format_clock(fields['wall_seconds'])}, "
        f"{fields['steps_per_second']:,.0f} steps/s",
    ]
    if fields["reward_mean"] is not None:
        best = "" if fields["best_reward"] is None else f"best {fields['best_reward']:,.2f}, "
        lines.append(f"mean reward {fields['reward_mean']:,.2f}, {best}mean length {fields['length_mean']:,.1f}")
    if fields["diverged"]:
        lines.append(f"{fields['diverged']:,} episodes ended by a non-finite state")
    lines.append(f"run: {fields['run_dir']}")
    checkpoints = {name: fields[f"{name}_checkpoint"] for name in ("best", "last")}
    lines += [f"{name}: {Path(file).relative_to(fields['run_dir'])}" for name, file in checkpoints.items() if file]
    task, run = shlex.quote(fields["task"]), shlex.quote(fields["run_dir"])
    lines.append(f"next: gymctl play {task} {run}")
    if fields["stopped_by"].startswith("SIG"):
        lines.append(f"  or: gymctl train --resume {run}")
    return "\n".join(lines)


def _now() -> str:
    return datetime.now().astimezone().isoformat()
