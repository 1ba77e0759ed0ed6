"""Stable-Baselines3 on our tasks, by the example."""

import re
import runpy
import subprocess
import sys
from pathlib import Path

import gymnasium
import numpy as np
import pytest

pytestmark = pytest.mark.slow

TRAIN = Path(__file__).parents[2] / "examples" / "sb3" / "train.py"


@pytest.fixture
def make():
    adapter = runpy.run_path(str(TRAIN))["GymctlVecEnv"]
    return lambda *overrides: adapter(
        gymnasium.make_vec("gymctl:gymctl/Cartpole-v0", num_envs=3, seed=0, overrides=overrides)
    )


def test_cartpole_is_learnt(tmp_path):
    """Pushed at random, the pole falls at a return of 20 or so; 499 is the most there is."""
    command = [sys.executable, TRAIN, "Cartpole", "--steps", "40000", "--seed", "1"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    before, after = map(float, re.findall(r"mean return (\S+)", done.stdout))
    assert before < 100
    assert after > 250
    assert (tmp_path / "Cartpole.zip").is_file()


def test_a_time_limit_is_told_as_such_with_the_observation_that_it_cut_off(make):
    env = make("task.env.episodeLength=4")
    env.reset()
    for _ in range(4):
        observations, _, dones, infos = env.step(np.ones((3, 1), np.float32))
    assert dones.all()
    assert all(info["TimeLimit.truncated"] for info in infos)
    assert (np.stack([info["terminal_observation"] for info in infos])[:, 1] > 1).all()  # under way
    assert (np.abs(observations[:, 1]) <= 0.25).all()


def test_a_failure_is_no_time_limit(make):
    env = make()
    env.reset()
    dones = np.zeros(3, bool)
    while not dones.any():
        _, _, dones, infos = env.step(np.ones((3, 1), np.float32))
    ended = [info for info, done in zip(infos, dones, strict=True) if done]
    assert all(info["TimeLimit.truncated"] is False for info in ended)
    assert sum(map(bool, infos)) == dones.sum()


def test_a_seed_begins_the_same_episodes(make):
    env = make()
    env.seed(4)
    first = env.reset()
    assert not np.array_equal(env.reset(), first)
    env.seed(4)
    assert np.array_equal(env.reset(), first)
