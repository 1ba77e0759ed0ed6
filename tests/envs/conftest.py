"""Fixtures of the tests of envs."""

import gymnasium as gym
import pytest

import gymctl  # noqa: F401
from tests.helpers.warp_device import DEVICE


@pytest.fixture
def make_vec():
    """Makes vector envs and closes them."""
    made = []

    def make_vec(task="Cartpole", num_envs=4, **settings):
        if settings.get("engine") == "mujoco_warp":
            pytest.importorskip("mujoco_warp")
            settings["device"] = str(DEVICE)
        made.append(gym.make_vec(f"gymctl/{task}-v0", num_envs=num_envs, **settings))
        return made[-1]

    yield make_vec
    for envs in made:
        envs.close()
