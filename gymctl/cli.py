"""The command line. Importing it, ``--help`` and completion import neither torch nor MuJoCo."""

import contextlib
import functools
import os
import re
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from gymctl import __version__
from gymctl.commands.bench import bench
from gymctl.commands.config import config
from gymctl.commands.doctor import doctor
from gymctl.commands.export import export
from gymctl.commands.play import play
from gymctl.commands.reports import COMMANDS as RUNS_COMMANDS
from gymctl.commands.reports import RunsGroup
from gymctl.commands.tasks import tasks
from gymctl.commands.train import train
from gymctl.errors import GymctlError, suggest


class _Group(TyperGroup):
    """Suggests commands for a misspelt one."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        known = self.list_commands(ctx)
        if args and not args[0].startswith("-") and args[0] not in known:
            _report(f"there is no command {args[0]!r}", suggest(args[0], known) or f"use one of {', '.join(known)}")
            raise typer.Exit(2)
        return super().resolve_command(ctx, args)


def _reporting_errors(command: Callable[..., None]) -> Callable[..., None]:
    """Lets a command fail with one line that says what is wrong and one that says what to do, without a traceback."""

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except typer.Exit:
            raise
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads any more
            raise typer.Exit(128 + 13) from None
        except KeyboardInterrupt:
            _report("interrupted")
            raise typer.Exit(130) from None
        except Exception as error:
            if os.environ.get("GYMCTL_DEBUG") == "1":
                raise
            if isinstance(error, GymctlError):
                _report(error.what, error.fix)
                raise typer.Exit(error.exit_code) from error
            if isinstance(error, OSError):
                where = f"'{error.filename}'" if error.filename else "a file"
                _report(f"can't use {where}: {error.strerror or error}", "make room or give access")
                raise typer.Exit(1) from error
            _report(f"unexpected {type(error).__name__}: {error}", "set GYMCTL_DEBUG=1 to see the traceback")
            raise typer.Exit(1) from error

    return run


def _report(what: str, fix: str = "") -> None:
    with contextlib.suppress(OSError):  # nobody reads any more
        print(f"error: {_line(what)}", file=sys.stderr)
        if fix:
            print(f"  {_line(fix)}", file=sys.stderr)


def _line(text: str) -> str:
    """One line that a terminal can show, whatever a file's name or content has put into it."""
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
    return re.sub(r"\S{300,}", lambda word: f"{word[0][:100]}…{word[0][-50:]}", shown)


app = typer.Typer(
    name="gymctl",
    cls=_Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Train, play and export robot policies, the IsaacGymEnvs way, on MuJoCo.\n\n"
        "  gymctl train Ant --num-envs 4096\n\n"
        "  gymctl play Ant --sigma 0\n\n"
        "  gymctl export Ant --format onnx"
    ),
)
for _command in (train, play, export, tasks, config, bench, doctor):
    app.command()(_reporting_errors(_command))
_runs = typer.Typer(cls=RunsGroup, help="List the runs, show one, draw learning curves, remove old checkpoints.")
for _name, _command in RUNS_COMMANDS.items():
    _runs.command(_name)(_reporting_errors(_command))
app.add_typer(_runs, name="runs")


def _print_version(value: bool) -> None:
    if value:
        print(f"gymctl {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Entry point of the ``gymctl`` script."""
    app()
