"""``python -m gymctl.isaacgym SCRIPT.py ARGS…`` runs a script for Isaac Gym, as ``gymctl isaacgym`` does."""

import sys

from gymctl.core.errors import GymctlError
from gymctl.core.terminal import one_line
from gymctl.isaacgym.running import run

USAGE = """\
usage: python -m gymctl.isaacgym SCRIPT.py ARGS…
       python -m gymctl.isaacgym -m MODULE ARGS…

Runs a script written for Isaac Gym on gymctl's physics; its arguments are for the script.
"""


def main() -> int:
    """Runs what the command line says; returns the exit code."""
    arguments = sys.argv[1:]
    if arguments[:1] in (["-h"], ["--help"]):
        sys.stdout.write(USAGE)
        return 0
    try:
        return run(arguments)
    except GymctlError as error:
        sys.stderr.write(f"error: {one_line(error.what)}\n  {one_line(error.fix)}\n")
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
