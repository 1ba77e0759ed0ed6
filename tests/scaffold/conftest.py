"""Packages that `gymctl new` writes for three robots of ours, made once for all tests."""

from pathlib import Path

import pytest

from gymctl.config.catalogue import task_names
from gymctl.scaffold.package import write_package

ROBOTS = Path(__file__).parents[1] / "data" / "robots"
MODELS = {"quadruped": "quadruped.xml", "arm": "arm.xml", "hopper": "hopper.urdf"}


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """What was written, by robot."""
    parent = tmp_path_factory.mktemp("made")
    return {
        name: write_package(f"my_{name}", ROBOTS / file, task_names(), parent=parent) for name, file in MODELS.items()
    }
