"""``gymctl sweep`` trains many policies with different settings."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gymctl.commands import completion
from gymctl.commands.arguments import parse_arguments
from gymctl.commands.flags import ConfigFlags, Directories
from gymctl.commands.helping import rarely_used
from gymctl.commands.output import Output
from gymctl.core.errors import InputError
from gymctl.core.words import counted
from gymctl.sweep import MOST_SEEDS, MOST_TRIALS

if TYPE_CHECKING:
    from gymctl.sweep.cluster import Resources
    from gymctl.sweep.record import Record

SEARCH = "Search"
"""Title of a panel in ``--help``."""

SweepTask = Annotated[
    str | None,
    typer.Argument(
        metavar="TASK",
        help="Name of a task; not needed with --resume.",
        autocompletion=completion.tasks,
    ),
]
Varied = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="KEY=VALUES",
        help="What varies: KEY=a,b,c or KEY=lo..hi, :log and :int behind.",
        show_default=False,
        autocompletion=completion.settings,
    ),
]


@dataclass(frozen=True)
class SearchFlags:
    """How a sweep searches."""

    space: Annotated[
        Path | None,
        typer.Option("--space", metavar="FILE", help="A YAML file of what varies.", rich_help_panel=SEARCH),
    ] = None
    trials: Annotated[
        int | None,
        typer.Option(
            "--trials",
            metavar="N",
            min=1,
            max=MOST_TRIALS,
            help="Settings to try: 10, or all of a grid.",
            show_default=False,
            rich_help_panel=SEARCH,
        ),
    ] = None
    seeds: Annotated[
        int | None,
        typer.Option(
            "--seeds",
            metavar="K",
            min=1,
            max=MOST_SEEDS,
            help="Train each with K seeds, and take the mean.",
            show_default=False,
            rich_help_panel=SEARCH,
        ),
    ] = None
    search: Annotated[
        str | None,
        typer.Option(
            "--search",
            metavar="HOW",
            help="random, grid, or optuna, which learns.",
            show_default=False,
            rich_help_panel=SEARCH,
            autocompletion=completion.one_of("random", "grid", "optuna"),
        ),
    ] = None
    stop_early: Annotated[
        str | None,
        typer.Option(
            "--stop-early",
            metavar="HOW",
            help="asha ends the worse trials early.",
            show_default=False,
            rich_help_panel=SEARCH,
            autocompletion=completion.one_of("none", "asha"),
        ),
    ] = None
    objective: Annotated[
        str | None,
        typer.Option(
            "--objective",
            metavar="WHAT",
            help="best, last or area of the mean return, time-to:RETURN, frames-to:RETURN.",
            show_default=False,
            rich_help_panel=SEARCH,
            autocompletion=completion.one_of("best", "last", "area"),
        ),
    ] = None
    resume: Annotated[
        str | None,
        typer.Option(
            "--resume",
            metavar="SWEEP",
            help="Run what is missing, or with more --trials.",
            show_default=False,
            rich_help_panel=SEARCH,
        ),
    ] = None


@dataclass(frozen=True)
class ResourceFlags:
    """What a sweep may use."""

    parallel: Annotated[
        int,
        typer.Option(
            "--parallel",
            metavar="N",
            min=1,
            help="Trials at a time; they share the cores.",
            rich_help_panel="Resources",
        ),
    ] = 1
    gpus_per_trial: Annotated[
        float | None,
        typer.Option(
            "--gpus-per-trial",
            metavar="FRACTION",
            min=0,
            help="As 0.5 for two trials on a GPU. If not given, the trials share the GPUs equally.",
            show_default=False,
            rich_help_panel="Resources",
        ),
    ] = None
    address: Annotated[
        str | None,
        typer.Option(
            "--address",
            metavar="ADDRESS",
            help="A Ray cluster to run on, as ray://head:10001, instead of this machine alone.",
            show_default=False,
            rich_help_panel="Resources",
        ),
    ] = None


@rarely_used(
    *("--gpus-per-trial", "--address", "--engine", "--physics", "--experiment"),
    *("--wandb", "--verbose", "--config-dir", "--runs-dir"),
)
def sweep(
    task: SweepTask = None,
    arguments: Varied = None,
    *,
    searching: SearchFlags,
    using: ResourceFlags,
    flags: ConfigFlags,
    directories: Directories,
    output: Output,
) -> None:
    """Train many policies with different settings, and tell which are best.

    It needs the extra 'sweep'.

    Examples:
      gymctl sweep Ant train.params.config.learning_rate=1e-4..1e-2:log
      gymctl sweep Ant task.env.headingWeight=0.3,0.5,0.7 --search grid
      gymctl sweep Ant --space sweep.yaml --search optuna --parallel 2
      gymctl sweep --resume runs/AntSweep_2026-01-31_12-00-00

    Ctrl-C lets each training end its epoch and keep a checkpoint; a second
    one stops at once.
    """
    from gymctl.sweep.planning import Wishes, plan_sweep
    from gymctl.sweep.resuming import resume_sweep

    wishes = Wishes(searching.trials, searching.seeds, searching.search, searching.stop_early, searching.objective)
    output.waiting("loading PyTorch and MuJoCo")
    if searching.resume:
        _refuse_changes(searching, flags)
        task, arguments = (None, [task, *(arguments or [])]) if task and "=" in task else (task, arguments)
        record, training = resume_sweep(
            searching.resume,
            task,
            wishes,
            arguments=arguments or (),
            tracking={key: value for key, value in flags.settings.items() if key.startswith("wandb_")},
            config_dir=directories.config_dir,
            runs_dir=directories.runs_dir,
        )
    else:
        given = parse_arguments([task, *(arguments or [])], takes_checkpoint=False)
        record, training = plan_sweep(
            given.task,
            given.overrides,
            wishes,
            settings=flags.settings,
            space_file=searching.space,
            config_dir=directories.config_dir,
            runs_dir=directories.runs_dir,
            flag_names=flags.names,
        )
        output.notes(training.notes)
    from gymctl.sweep.running import resources_for

    resources = resources_for(
        record, training, parallel=using.parallel, gpus_per_trial=using.gpus_per_trial, address=using.address
    )
    _run(record, resources, directories.config_dir, output)


def _refuse_changes(searching: SearchFlags, flags: ConfigFlags) -> None:
    given = [flags.names[key] for key, value in flags.settings.items() if value is not None]
    changed = [name for name in given if name.startswith("--") and " in " not in name and name != "--wandb"]
    changed += ["--space"] if searching.space else []
    if changed:
        raise InputError(f"{changed[0]} can't change in a sweep that is resumed", "leave it out, or start a new one")


def _run(record: "Record", resources: "Resources", config_dir: Path | None, output: Output) -> None:
    from gymctl.commands.signals import StopSignals
    from gymctl.commands.sweep_display import sweep_display
    from gymctl.commands.sweep_text import summary
    from gymctl.sweep.planning import begin
    from gymctl.sweep.running import run_sweep

    begin(record)
    plan = record.plan
    display = sweep_display(record, quiet=output.quiet)
    stop = StopSignals(lambda: display.say("each training ends its epoch; once more to stop at once"))

    def on_start(cores: int) -> None:
        together = f"{counted(resources.parallel, 'trial')} at a time, {counted(cores, 'core')} each"
        seeds = f", {counted(plan.seeds, 'seed')} each" if plan.seeds > 1 else ""
        output.status(f"sweep of {plan.task}: {counted(record.num_missing, 'trial')}{seeds}, {together}")
        output.status(f"sweep: {record.directory}")

    output.waiting("starting Ray")
    with stop, display:
        run_sweep(
            record,
            resources,
            config_dir=config_dir,
            on_start=on_start,
            on_change=display.update,
            should_stop=lambda: stop.received.name if stop.received else None,
        )
    output.result({"sweep_dir": str(record.directory), **record.as_dict()}, summary(record))
    raise typer.Exit(stop.exit_code or int(not any(trial.is_done for trial in record.trials)))
