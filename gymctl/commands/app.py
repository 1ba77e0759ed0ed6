"""The command line. Importing it, ``--help`` and completion import neither torch nor MuJoCo."""

import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from gymctl.commands.bench import bench
from gymctl.commands.completion import ask_to_install
from gymctl.commands.config import config
from gymctl.commands.defaults import use_defaults
from gymctl.commands.demo import demo
from gymctl.commands.doctor import doctor
from gymctl.commands.export import export
from gymctl.commands.failures import (
    report_error,
    report_usage_error,
    reporting_errors,
    run_to_the_end,
    with_room_to_start,
)
from gymctl.commands.flags import expand_groups
from gymctl.commands.helping import Command, HelpOfAll, with_help_all
from gymctl.commands.isaacgym import PASSING_ALL_ON, isaacgym
from gymctl.commands.new import new
from gymctl.commands.play import play
from gymctl.commands.push import push
from gymctl.commands.runs import COMMANDS as RUNS_COMMANDS
from gymctl.commands.runs import HELP as RUNS_HELP
from gymctl.commands.runs import RunsGroup
from gymctl.commands.sweep import sweep
from gymctl.commands.tasks import COMMANDS as TASKS_COMMANDS
from gymctl.commands.tasks import HELP as TASKS_HELP
from gymctl.commands.tasks import TasksGroup
from gymctl.commands.train import train
from gymctl.core.errors import suggest
from gymctl.core.version import __version__


class _Group(TyperGroup):
    """Says in two lines what is wrong with a command line, and suggests commands for a misspelt one."""

    def main(self, *args: Any, standalone_mode: bool = True, **extra: Any) -> Any:
        if not standalone_mode:
            return super().main(*args, standalone_mode=False, **extra)
        try:
            code = super().main(*args, standalone_mode=False, **extra)
        except typer.TyperException as error:
            report_usage_error(error)
            code = error.exit_code
        sys.exit(code)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Asks before Typer changes a start-up file."""
        if args[:1] == ["--install-completion"] and not ctx.resilient_parsing:
            reporting_errors(ask_to_install)()
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        known = self.list_commands(ctx)
        if args and not args[0].startswith("-") and args[0] not in known and not ctx.resilient_parsing:
            report_error(
                f"there is no command {args[0]!r}", suggest(args[0], known) or f"use one of {', '.join(known)}"
            )
            raise typer.Exit(2)
        return super().resolve_command(ctx, args)


app = typer.Typer(
    name="gymctl",
    cls=_Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Train, play and export robot policies, the IsaacGymEnvs way, on MuJoCo.\n\n"
        "Examples:\n"
        "  gymctl train Ant --num-envs 1024\n"
        "  gymctl play Ant --sigma 0\n"
        "  gymctl export Ant --format onnx\n\n"
        "'gymctl COMMAND --help' tells more; 'gymctl tasks' lists what there is to train."
    ),
)
for _command in (demo, train, sweep, play, export, push, new, config, bench, doctor):
    app.command(cls=Command)(reporting_errors(with_help_all(expand_groups(with_room_to_start(_command)))))
app.command(cls=Command, context_settings=PASSING_ALL_ON)(reporting_errors(with_help_all(expand_groups(isaacgym))))


def _main_of_group(help_all: HelpOfAll = False) -> None:
    pass


for _group, _name, _help, _commands in (
    (TasksGroup, "tasks", TASKS_HELP, TASKS_COMMANDS),
    (RunsGroup, "runs", RUNS_HELP, RUNS_COMMANDS),
):
    _typer = typer.Typer(cls=_group, help=_help, callback=_main_of_group)
    for _subcommand, _command in _commands.items():
        _typer.command(_subcommand, cls=Command)(reporting_errors(with_help_all(expand_groups(_command))))
    app.add_typer(_typer, name=_name)


def _print_version(value: bool) -> None:
    if value:
        print(f"gymctl {__version__}")
        raise typer.Exit


@app.callback()
@reporting_errors
def _main(
    ctx: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version", "-V", metavar="", callback=_print_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
    help_all: HelpOfAll = False,
) -> None:
    use_defaults(ctx)


def main() -> None:
    """Entry point of the ``gymctl`` script."""
    sys.exit(run_to_the_end(app))
