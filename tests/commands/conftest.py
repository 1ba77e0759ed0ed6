"""The installed command in a real process, and one small trained run that tests share."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

GYMCTL = Path(sys.executable).with_name("gymctl")


@dataclass
class Gymctl:
    """Runs ``gymctl`` in a directory."""

    directory: Path

    def __call__(self, *arguments, code=0, env=None, timeout=300):
        """Runs it to its end and checks the exit code."""
        done = subprocess.run(
            [GYMCTL, *map(str, arguments)],
            cwd=self.directory,
            env={**os.environ, **(env or {})},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def json(self, *arguments, **kwargs):
        """Runs it with ``--json``; stdout must be exactly one JSON object."""
        return json.loads(self(*arguments, "--json", **kwargs).stdout)

    def start(self, *arguments):
        """Starts it and leaves it running."""
        return subprocess.Popen(
            [GYMCTL, *map(str, arguments)],
            cwd=self.directory,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@pytest.fixture
def gymctl(tmp_path):
    return Gymctl(tmp_path)


@dataclass
class TrainedRun:
    """What the shared training left."""

    gymctl: Gymctl
    result: dict
    plays: dict = field(default_factory=dict)

    @property
    def path(self):
        return self.gymctl.directory / self.result["run_dir"]


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A short training of Cartpole; read it, don't change it."""
    gymctl = Gymctl(tmp_path_factory.mktemp("trained"))
    settings = ["train.params.config.save_best_after=2", "train.params.config.save_frequency=5"]
    return TrainedRun(
        gymctl, gymctl.json("train", "Cartpole", "--num-envs", 64, "--max-iterations", 12, "--seed", 7, *settings)
    )
