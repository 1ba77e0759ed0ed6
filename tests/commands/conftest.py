"""The installed command in a real process, and one small trained run that tests share."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.helpers.warm import GYMCTL, Started, run_gymctl


@dataclass
class Gymctl:
    """Runs ``gymctl`` in a directory."""

    directory: Path

    def __call__(self, *arguments, code=0, env=None, timeout=300):
        """Runs it to its end and checks the exit code."""
        done = run_gymctl(arguments, self.directory, {**os.environ, **(env or {})}, timeout)
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def json(self, *arguments, **kwargs):
        """Runs it with ``--json``; stdout must be exactly one JSON object."""
        return json.loads(self(*arguments, "--json", **kwargs).stdout)

    def start(self, *arguments):
        """Starts it and leaves it running."""
        return Started([GYMCTL, *arguments], self.directory)


@dataclass(frozen=True)
class Refusal:
    """How a command refused its input."""

    code: int
    what: str
    fix: str
    details: list[str] = field(default_factory=list)


@pytest.fixture
def invoke(tmp_path, monkeypatch):
    """Runs ``gymctl`` within this process, in a directory of the test; many times as fast as a process of its own."""
    from typer.testing import CliRunner

    from gymctl.commands.app import app

    monkeypatch.chdir(tmp_path)

    def run(*arguments, code=0, env=None):
        result = CliRunner().invoke(app, [str(argument) for argument in arguments], env=env)
        assert result.exit_code == code, f"{arguments}: {result.exit_code}\n{result.output}\n{result.exception!r}"
        return result

    return run


@pytest.fixture
def refuse(invoke):
    """Runs a command that must refuse its input: exit code 2, nothing on stdout, what is wrong and what to do."""

    def run(*arguments, code=2, env=None):
        result = invoke(*arguments, code=code, env=env)
        assert result.stdout == "", result.stdout
        assert "Traceback" not in result.stderr
        lines = result.stderr.splitlines()
        errors = [number for number, line in enumerate(lines) if line.startswith("error: ")]
        assert len(errors) == 1, result.stderr
        what, *details, fix = lines[errors[0] :]
        assert all(line.startswith("  ") for line in (*details, fix)), result.stderr
        assert max(map(len, (what, *details))) < 500, result.stderr
        return Refusal(code, what.removeprefix("error: "), fix.strip(), [line.strip() for line in details])

    return run


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
