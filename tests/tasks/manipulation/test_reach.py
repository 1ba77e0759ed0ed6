"""Reach: targets, drives and reward, on a small arm of ours."""

import pytest
import torch

from gymctl.config import compose
from gymctl.config.catalogue import task_names
from gymctl.envs import factory
from gymctl.scaffold.package import write_package
from gymctl.tasks.manipulation.reach import ReachConstants, compute_reward
from tests.scaffold.conftest import ROBOTS

NUM_ENVS = 5


@pytest.fixture(scope="module")
def location(tmp_path_factory):
    task = write_package("my_arm", ROBOTS / "arm.xml", task_names(), parent=tmp_path_factory.mktemp("reach"))
    return f"{task.directory}/my_arm/task.py:MyArm"


@pytest.fixture
def env(location):
    settings = {"num_envs": NUM_ENVS, "sim_device": "cpu", "rl_device": "cpu", "seed": 0}
    env = factory.make(compose(location, settings=settings))
    env.reset()
    yield env
    env.close()


def test_targets_are_above_the_ground_and_within_reach(env):
    places = env.task.places
    assert (places[:, 2] > 0.02).all()
    assert torch.linalg.vector_norm(places - torch.tensor([0.0, 0.0, 0.22]), dim=1).max() < 0.6
    first = env.sim.mocap_pos[:, 0].clone()
    env.reset()
    assert (env.sim.mocap_pos[:, 0] != first).any()


def test_observations_have_the_hand_and_the_way_to_the_target(env):
    observations, *_ = env.step(torch.zeros(NUM_ENVS, 6))
    hand, target, way = observations["obs"][:, -9:].split(3, dim=1)
    torch.testing.assert_close(target - hand, way)
    torch.testing.assert_close(target.double(), env.sim.mocap_pos[:, 0])


def test_actions_move_the_drives_targets_within_the_joints_limits(env):
    before = env.sim.ctrl.clone()
    env.step(torch.ones(NUM_ENVS, 6))
    torch.testing.assert_close(env.sim.ctrl[:, 1], before[:, 1] + 2.0 * 0.02)
    for _ in range(100):
        env.step(torch.ones(NUM_ENVS, 6))
    assert env.sim.ctrl[:, 1].max() == pytest.approx(1.8)
    assert env.sim.qpos[:, 1].max() < 1.9


def test_the_reward_is_highest_at_the_target_and_less_for_effort(location):
    constants = ReachConstants.from_config(compose(location).task)
    distance = torch.tensor([0.0, 0.05, 0.5])
    reward = compute_reward(distance, torch.zeros(3, 6), constants)
    assert reward[0] == pytest.approx(5.0 * 0.02)
    assert reward[0] > reward[1] > reward[2]
    assert (compute_reward(distance, torch.ones(3, 6), constants) < reward).all()
