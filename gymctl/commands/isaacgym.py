"""``gymctl isaacgym`` runs a script that was written for Isaac Gym."""

from typing import Annotated

import typer

from gymctl.commands import completion

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
) -> None:
    """Run a script that was written for Isaac Gym, unedited, on gymctl's physics.

    Examples:
      gymctl isaacgym train.py --task=a1 --headless
      gymctl isaacgym -m legged_gym.scripts.train --task=a1
      gymctl isaacgym --physics isaacgym play.py --task=a1
      gymctl isaacgym train.py --help

    The script runs as 'python SCRIPT.py' would run it, but 'import isaacgym'
    finds gymctl's. All arguments after the script are the script's.
    """
    from gymctl.isaacgym.running import run

    code = run(script, physics)
    if code:
        raise typer.Exit(code)
