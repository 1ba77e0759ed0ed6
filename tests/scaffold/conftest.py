"""Packages that `gymctl new` writes for three robots of ours, made once for all tests."""

import sys
from pathlib import Path

import pytest

from gymctl.config.catalogue import task_names
from gymctl.scaffold.package import Kind, write_package
from tests.docs.conftest import install

ROBOTS = Path(__file__).parents[1] / "data" / "robots"
MODELS = {"quadruped": "quadruped.xml", "arm": "arm.xml", "hopper": "hopper.urdf"}
BLANK = {f"blank_{name}": MODELS[name] for name in ("quadruped", "arm")}


def location(task):
    """Of a written task's class."""
    return f"{task.directory / task.directory.name / 'task.py'}:{task.name}"


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """What was written, by robot; blank tasks, too."""
    parent = tmp_path_factory.mktemp("made")

    def write(name, file, kind=None):
        return write_package(f"my_{name}", ROBOTS / file, task_names(), parent=parent, kind=kind)

    tasks = {name: write(name, file) for name, file in MODELS.items()}
    return tasks | {name: write(name, file, Kind.BLANK) for name, file in BLANK.items()}


@pytest.fixture
def installed(made, tmp_path_factory, monkeypatch):
    """Makes the package of a robot importable and its entry point known, for a test."""
    before = set(sys.modules)

    def run(robot):
        install(made[robot].directory, tmp_path_factory.mktemp("site"), monkeypatch)
        return made[robot]

    yield run
    for name in set(sys.modules) - before:
        if name.partition(".")[0] in {task.directory.name for task in made.values()}:
            del sys.modules[name]
