"""Runs scripts in processes of their own, so that what they import and change stays there."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path


def python(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """Runs Python in a folder."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
    """Runs ``python -m gymctl.isaacgym ARGUMENTS`` in a folder."""
    return python(folder, "-m", "gymctl.isaacgym", *arguments, **environment)


def write(folder: Path, name: str, text: str) -> Path:
    """Writes a file of Python."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text))
    return path
