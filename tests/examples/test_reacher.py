"""The task outside of the package: installed, trained, played, exported as a user would."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.conftest import Gymctl

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "reacher"


@pytest.fixture(scope="module")
def gymctl(tmp_path_factory):
    """The command, in an environment that has the example's package."""
    directory = tmp_path_factory.mktemp("reacher")
    shutil.copytree(EXAMPLE, directory / "source")  # setuptools builds in the source tree
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*install, "--target", directory / "installed", directory / "source"], check=True)
    path = os.pathsep.join(filter(None, [str(directory / "installed"), os.environ.get("PYTHONPATH")]))
    command = Gymctl(directory)
    return lambda *arguments: command.json(*arguments, env={"PYTHONPATH": path})


def test_the_installed_task_learns_plays_and_is_exported(gymctl):
    """Moved at random, the arm is some 0.4 m from its target on average, which gives a return of -45."""
    trained = gymctl("train", "Reacher", "--max-iterations", 50, "--seed", 1, "--device", "cpu")
    assert trained["best_reward"] > 10
    played = gymctl("play", "Reacher", trained["run_dir"], "--device", "cpu", "--episodes", 256)
    assert played["reward"]["mean"] > 10
    exported = gymctl("export", "Reacher", trained["run_dir"])
    assert exported["verified"]
    assert exported["inputs"] == {"obs": ["batch", 10]}
