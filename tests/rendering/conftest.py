"""Fixtures of the tests of rendering: envs whose worlds are drawn."""

import pytest

from gymctl.config import compose
from gymctl.envs import factory


@pytest.fixture
def make():
    """Makes envs, and closes them at the end."""
    envs = []

    def make(task, num_envs, *overrides):
        config = compose(task, settings={"num_envs": num_envs, "seed": 0}, overrides=overrides)
        envs.append(factory.make(config))
        return envs[-1]

    yield make
    for env in envs:
        env.close()
