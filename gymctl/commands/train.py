"""``gymctl train`` trains a policy."""

import contextlib
import shlex
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gymctl.commands import completion
from gymctl.commands.arguments import OptionalTask, Overrides, parse_arguments
from gymctl.commands.config import with_origins
from gymctl.commands.flags import CONFIGURATION, ConfigFlags, Directories, TrustCheckpoint
from gymctl.commands.helping import rarely_used
from gymctl.commands.output import Output
from gymctl.commands.text import describe_end, format_clock
from gymctl.core.errors import GymctlError
from gymctl.core.terminal import escaped
from gymctl.core.words import counted

if TYPE_CHECKING:
    from gymctl.learning.prepare import Training
    from gymctl.runs.directory import Run

_ECHO = 2.0
"""See `StopSignals`, seconds."""


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
            help="Repeat a run from its beginning, on the same machine with the same rewards.",
            rich_help_panel=CONFIGURATION,
            autocompletion=completion.runs,
        ),
    ] = None
    from_policy: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="SOURCE",
            help="Begin with the weights of a policy: pretrained, a run or a checkpoint.",
            rich_help_panel=CONFIGURATION,
            autocompletion=completion.policies,
        ),
    ] = None
    segment: Annotated[
        int | None,
        typer.Option(
            "--segment",
            metavar="N",
            min=1,
            help="Which segment of that run to repeat, if it was resumed with other settings.",
            rich_help_panel=CONFIGURATION,
            show_default=False,
        ),
    ] = None
    trust_checkpoint: TrustCheckpoint = False


@rarely_used(
    *("--engine", "--segment", "--capture-video", "--verbose"),
    *("--trust-checkpoint", "--config-dir", "--runs-dir"),
)
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
    gpus: Annotated[
        int | None,
        typer.Option(
            "--gpus",
            metavar="N",
            min=1,
            help="Train one policy on N GPUs together.",
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
      gymctl train Ant --max-iterations 50 train.params.config.learning_rate=1e-3
      gymctl train Ant --from pretrained
      gymctl train --resume runs/Ant_2026-01-31_12-00-00 --max-iterations 1000
      gymctl train --from-run runs/Ant_2026-01-31_12-00-00

    Ctrl-C stops after the epoch and keeps a checkpoint; once more stops at once.
    """
    from gymctl.learning.prepare import prepare_training
    from gymctl.learning.ranks.launching import launch
    from gymctl.learning.ranks.place import Rank
    from gymctl.policies.find import task_of

    rank = Rank.of_this_process()
    output = output if rank.is_first else replace(output, quiet=True)
    several = gpus is not None and gpus > 1 and rank.size == 1
    graphics = _graphics() if capture_video else ""
    given = parse_arguments(
        [task, *(arguments or [])],
        takes_checkpoint=False,
        task=lambda: task_of(
            start.resume or start.from_run, directories.runs_dir, "--resume" if start.resume else "--from-run"
        ),
    )
    output.waiting("loading PyTorch and MuJoCo")
    training = prepare_training(
        given.task,
        settings=flags.settings,
        overrides=[*given.overrides, *(["multi_gpu=True"] if several else [])],
        resume=start.resume or given.checkpoint,
        from_run=start.from_run,
        from_policy=start.from_policy,
        segment=start.segment,
        trust=start.trust_checkpoint,
        config_dir=directories.config_dir,
        runs_dir=directories.runs_dir,
        flag_names=flags.names,
    )
    if several and not dry_run:
        raise typer.Exit(launch(gpus or 1, [*_without_gpus(sys.argv[1:]), "multi_gpu=True"]))
    output.notes(training.notes)
    if dry_run:
        run = training.start.run
        where = run.path if run else f"a new directory in {directories.runs_dir}"
        output.status(f"would train {_what(training)}")
        output.status(f"run: {where}")
        output.result(*with_origins(training.config))
        return
    if rank.is_first:
        _train(training, capture_video or 0, graphics, output)
    else:
        _follow(training)


def _what(training: "Training") -> str:
    config, backend, ranks = training.config, training.backend, training.rank.size
    envs, seeds = counted(config.num_envs, "env"), f"seed {config.seed}"
    if ranks > 1:
        envs = f"{ranks} ranks of {envs}, {ranks * config.num_envs:,} together"
        seeds = f"seeds {config.seed} to {config.seed + ranks - 1}"
    return (
        f"{training.task}: {envs}, {backend.engine} on {backend.sim_device}, learning on {backend.rl_device}, {seeds}"
    )


def _without_gpus(words: list[str]) -> list[str]:
    """The command line without ``--gpus N``."""
    kept = [word for word in words if not word.startswith("--gpus=")]
    while "--gpus" in kept:
        place = kept.index("--gpus")
        del kept[place : place + 2]
    return kept


def _follow(training: "Training") -> None:
    from gymctl.commands.signals import StopSignals
    from gymctl.learning.session import follow_training

    stop = StopSignals(lambda: None, _ECHO)
    try:
        with stop:
            follow_training(training, should_stop=lambda: stop.received.name if stop.received else None)
    except GymctlError as error:  # the first rank tells it
        raise typer.Exit(error.exit_code) from error


def _graphics() -> str:
    """Which OpenGL draws; whether one does is found out before anything is trained."""
    from gymctl.rendering import graphics

    return graphics.choose()


def _train(training: "Training", video_every: int, graphics: str, output: Output) -> None:
    from gymctl.commands.progress import training_display
    from gymctl.commands.signals import StopSignals
    from gymctl.learning.session import run_training

    display = training_display(quiet=output.quiet)
    echo = _ECHO if training.rank.size > 1 else 0.0
    stop = StopSignals(lambda: display.say("stopping after this epoch; once more to stop at once"), echo)
    with stop, contextlib.ExitStack() as shown:

        def on_start(run: "Run") -> None:
            output.status(f"training {_what(training)}")
            output.status(f"run: {run.path}")
            shown.enter_context(display)

        result = run_training(
            training,
            on_start=on_start,
            on_progress=display.update,
            should_stop=lambda: stop.received.name if stop.received else None,
            say=display.say,
            video_every=video_every,
            graphics=graphics,
        )
    fields = result.as_dict()
    output.result(fields, _summary(fields))
    raise typer.Exit(stop.exit_code)


def _best(fields: dict[str, Any]) -> str:
    facts = [f"at epoch {fields['best_epoch']}"] if fields["best_epoch"] is not None else []
    saved = fields["best_checkpoint"] or fields["best_epoch"] == fields["epochs"]
    facts += [] if saved else ["not saved as a checkpoint"]
    return f"{fields['best_reward']:,.2f}" + (f" ({', '.join(facts)})" if facts else "")


def _work(fields: dict[str, Any]) -> str:
    """What this training did itself; env steps before a resume took no time of its own."""
    done, total = fields["env_steps_done"], fields["env_steps"]
    rate = f"in {format_clock(fields['wall_seconds'])}, {fields['steps_per_second']:,.0f} steps/s"
    before = f"; {total:,} in all, with those before it was resumed" if done != total else ""
    return f"{counted(done, 'env step')} {rate}{before}"


def _summary(fields: dict[str, Any]) -> str:
    ended = describe_end(fields["stopped_by"]) or "finished"
    lines = [f"{fields['task']}: {counted(fields['epochs'], 'epoch')}, {ended}", _work(fields)]
    if fields["reward_mean"] is not None:
        best = "" if fields["best_reward"] is None else f"best {_best(fields)}, "
        lines.append(f"mean reward {fields['reward_mean']:,.2f}, {best}mean length {fields['length_mean']:,.1f}")
    if fields["diverged"]:
        lines.append(f"{counted(fields['diverged'], 'episode')} ended by a non-finite state")
    lines.append(f"run: {fields['run_dir']}")
    checkpoints = {name: fields[f"{name}_checkpoint"] for name in ("best", "last")}
    lines += [f"{name}: {Path(file).relative_to(fields['run_dir'])}" for name, file in checkpoints.items() if file]
    task, run = shlex.quote(fields["task"]), shlex.quote(fields["run_dir"])
    lines.append(f"next: gymctl play {task} {run}")
    if fields["stopped_by"].startswith("SIG"):
        lines.append(f"  or: gymctl train {task} --resume {run}")
    return "\n".join(map(escaped, lines))
