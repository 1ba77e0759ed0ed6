"""Measured returns are not biased towards short episodes."""

import pytest
import torch

from gymctl.config import compose
from gymctl.envs import factory
from gymctl.policies.evaluate import Statistics, evaluate_policy


class Acting:
    """A policy made of a function."""

    def __init__(self, act):
        self.act = act


def make(num_envs=4, *overrides):
    return factory.make(compose("Cartpole", settings={"num_envs": num_envs, "seed": 0}, overrides=overrides))


def test_every_env_contributes_the_same_number_of_episodes():
    """Two envs lose their pole over and over while two keep going: the short episodes must not crowd out the long."""
    env = make(4, "task.env.episodeLength=100")

    def act(observations, done):
        env.sim.qpos[2:].zero_()  # held upright and at rest by force
        env.sim.qvel[2:].zero_()
        return torch.tensor([[1.0], [1.0], [0.0], [0.0]])

    result = evaluate_policy(env, Acting(act), episodes_per_env=2)
    assert result.episodes == 8
    assert result.length.max == 100
    assert result.length.mean == pytest.approx((100 + result.length.min) / 2, abs=5)


def test_returns_are_undiscounted_sums_of_rewards():
    env = make(3, "task.env.episodeLength=3")
    total = torch.zeros(3)
    step = env.step

    def recording(actions):
        result = step(actions)
        total.add_(result[1])
        return result

    env.step = recording
    result = evaluate_policy(env, Acting(lambda obs, done: torch.zeros(3, 1)), episodes_per_env=1)
    assert result.reward.mean == pytest.approx(total.mean().item(), rel=1e-6)
    assert (result.length.min, result.length.max) == (3, 3)


def test_progress_is_told():
    told = []
    policy = Acting(lambda obs, done: torch.zeros(2, 1))
    evaluate_policy(make(2, "task.env.episodeLength=4"), policy, 3, told.append)
    assert told == sorted(told)
    assert set(told) <= {0, 2, 4}


def test_statistics_of_one_number_have_no_spread():
    assert Statistics.of(torch.tensor([3.0])) == Statistics(3.0, 0.0, 3.0, 3.0, (3.0, 3.0))
    statistics = Statistics.of(torch.arange(100.0))
    half = 1.96 * torch.arange(100.0).std().item() / 10
    assert statistics.ci95 == pytest.approx((49.5 - half, 49.5 + half))
