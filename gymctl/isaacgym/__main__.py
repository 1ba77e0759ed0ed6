"""``python -m gymctl.isaacgym SCRIPT.py ARGS…`` runs a script for Isaac Gym, as ``gymctl isaacgym`` does."""

import sys

from gymctl.core.errors import GymctlError, InputError
from gymctl.core.terminal import one_line
from gymctl.isaacgym.physics import CHOICES
from gymctl.isaacgym.running import run

USAGE = """\
usage: python -m gymctl.isaacgym [--physics PHYSICS] SCRIPT.py ARGS…
       python -m gymctl.isaacgym [--physics PHYSICS] -m MODULE ARGS…

Runs a script written for Isaac Gym on gymctl's physics; ARGS are for the script.
PHYSICS is fast, or isaacgym: slower, and as near to Isaac Gym's as can be.
"""


def main() -> int:
    """Runs what the command line says; returns the exit code."""
    arguments = sys.argv[1:]
    if arguments[:1] in (["-h"], ["--help"]):
        sys.stdout.write(USAGE)
        return 0
    try:
        return run(*_split(arguments))
    except GymctlError as error:
        sys.stderr.write(f"error: {one_line(error.what)}\n  {one_line(error.fix)}\n")
        return error.exit_code


def _split(arguments: list[str]) -> tuple[list[str], str | None]:
    """What to run, and on which physics."""
    flag, equals, physics = (arguments or [""])[0].partition("=")
    if flag != "--physics":
        return arguments, None
    if equals:
        return arguments[1:], physics
    if len(arguments) == 1:
        raise InputError("no physics after --physics", f"give one of {', '.join(CHOICES)}")
    return arguments[2:], arguments[1]


if __name__ == "__main__":
    sys.exit(main())
