"""``gymctl isaacgym`` runs a script that was written for Isaac Gym."""

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from gymctl.commands import completion
from gymctl.commands.flags import Only
from gymctl.commands.viewer import DEFAULT_ENVS, ViewerFlags
from gymctl.core.errors import InputError

if TYPE_CHECKING:
    from gymctl.isaacgym.screen import Screen

PASSING_ALL_ON = {"ignore_unknown_options": True, "allow_interspersed_args": False}


def isaacgym(
    script: Annotated[
        list[str],
        typer.Argument(metavar="SCRIPT.py", help="The script, or -m and a module; then the script's own arguments."),
    ],
    *,
    physics: Annotated[
        str | None,
        typer.Option(
            "--physics",
            metavar="PHYSICS",
            help="fast, or isaacgym: slower, and as near to Isaac Gym's as can be. Stands before SCRIPT.py.",
            autocompletion=completion.one_of("fast", "isaacgym"),
        ),
    ] = None,
    no_viewer: Annotated[
        bool, typer.Option("--no-viewer", metavar="", help="Show nothing, whatever the script wants to show.")
    ] = False,
    viewer: Annotated[ViewerFlags, Only("viewer_envs", "viewer_host", "viewer_port")],
) -> None:
    """Run a script that was written for Isaac Gym, unedited, on gymctl's physics.

    Examples:
      gymctl isaacgym train.py --task=a1 --headless
      gymctl isaacgym -m legged_gym.scripts.train --task=a1
      gymctl isaacgym --physics isaacgym play.py --task=a1
      gymctl isaacgym train.py --help

    The script runs as 'python SCRIPT.py' would run it, but 'import isaacgym'
    finds gymctl's. All arguments after the script are the script's. If it makes
    a viewer, as most do without --headless, gymctl prints the address of a page.
    """
    from gymctl.isaacgym.running import run

    if viewer.given:
        if no_viewer:
            raise InputError(f"--no-viewer and {viewer.given[0]} exclude each other", "leave one of them out")
        from gymctl.viewer.server import find_port

        find_port(viewer.viewer_host, viewer.viewer_port)
    code = run(script, physics, _no_screen if no_viewer else partial(_open_page, viewer))
    if code:
        raise typer.Exit(code)


def _no_screen() -> None:
    return None


def _open_page(flags: ViewerFlags) -> "Screen":
    from gymctl.viewer.scripts import open_page

    on_ready = partial(flags.tell_address, _say, "viewer")
    return open_page(flags.viewer_envs or DEFAULT_ENVS, flags.viewer_host, flags.viewer_port, on_ready)


def _say(line: str) -> None:
    with suppress(OSError):  # nobody reads any more
        typer.echo(line, err=True)
