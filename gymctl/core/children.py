"""Starts Python in a process of its own, which imports what this one would, and nothing from the current directory."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

_PACKAGE_IN = str(Path(__file__).absolute().parents[2])
_RUN = """
import runpy, sys
count = int(sys.argv[1])
sys.path += [entry for entry in sys.argv[2 : 2 + count] if entry not in sys.path]
sys.argv = sys.argv[2 + count :]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


def python(module: str, *arguments: str) -> list[str]:
    """The command that runs a module as a program.

    ``python -m`` would put the current directory first, so that a file there, as ``gymctl/__init__.py``, would be run.
    Instead, the child looks where any Python does, then where this process looks, then where this package is.

    Args:
        module: Its name.
        arguments: What it gets.
    """
    places = [*map(os.path.abspath, filter(None, sys.path)), _PACKAGE_IN]
    return [sys.executable, "-P", "-c", _RUN, str(len(places)), *places, module, *arguments]


def environment(**variables: str) -> Mapping[str, str]:
    """The environment for a child: this process's own, with some variables set."""
    return {**os.environ, **variables}
