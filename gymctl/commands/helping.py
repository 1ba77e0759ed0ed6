"""Help that fits a screen: ``--help`` leaves out a command's rare flags, ``--help-all`` shows all."""

import copy
import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Annotated, Any, TypeVar

import typer
from typer.core import TyperCommand

from gymctl.core.words import counted

_ALL = "gymctl.help_all"
_Function = TypeVar("_Function", bound=Callable[..., None])


def rarely_used(*flags: str) -> Callable[[_Function], _Function]:
    """Names the flags of a command that its ``--help`` leaves out: ``@rarely_used("--segment")``."""

    def mark(command: _Function) -> _Function:
        vars(command)["rare"] = flags
        return command

    return mark


def help_flag(command: Any, flags: Iterable[str]) -> str:
    """Which help of a command tells of all these flags: ``--help`` or ``--help-all``."""
    return "--help-all" if _rare(command).intersection(flags) else "--help"


def _rare(command: Any) -> set[str]:
    return set(getattr(command.callback, "rare", ()))


def with_help_all(command: Callable[..., None]) -> Callable[..., None]:
    """Gives a command the flag ``--help-all``."""

    @functools.wraps(command)
    def run(*, help_all: bool, **values: Any) -> None:
        command(**values)

    signature = inspect.signature(command)
    vars(run)["__signature__"] = signature.replace(parameters=[*signature.parameters.values(), _HELP_ALL])
    return run


def _show_all(ctx: typer.Context, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        ctx.meta[_ALL] = True
        _show(ctx)
        raise typer.Exit


def _show(ctx: Any) -> None:
    """Shows the help of a command, and of those in it."""
    typer.echo(ctx.get_help())
    for name, command in getattr(ctx.command, "commands", {}).items():
        with type(ctx)(command, parent=ctx, info_name=name) as inner:
            _show(inner)


_HELP_ALL = inspect.Parameter(
    "help_all",
    inspect.Parameter.KEYWORD_ONLY,
    default=False,
    annotation=Annotated[
        bool,
        typer.Option("--help-all", metavar="", callback=_show_all, is_eager=True, help="Show all flags and exit."),
    ],
)
HelpOfAll = Annotated[
    bool,
    typer.Option(
        "--help-all", metavar="", callback=_show_all, is_eager=True, help="Show all flags of all commands and exit."
    ),
]
"""The flag ``--help-all`` of several commands together."""


class Command(TyperCommand):
    """A command whose ``--help`` shows its everyday flags only, and says how to see the others."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Shows all flags after ``--help-all``."""
        shown = self if ctx.meta.get(_ALL) else self._everyday(ctx.command_path)
        super(Command, shown).format_help(ctx, formatter)

    def _everyday(self, name: str) -> "Command":
        rare = _rare(self)
        short = copy.copy(self)
        short.params = [param for param in self.params if not (rare | {"--help-all"}).intersection(param.opts)]
        short.epilog = f"'{name} --help-all' shows {counted(len(rare), 'more flag')}." if rare else None
        return short
