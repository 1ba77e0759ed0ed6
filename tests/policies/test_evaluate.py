"""Measured returns are not biased towards short episodes."""

import pytest
import torch

from gymctl.config import compose
from gymctl.envs import factory
from gymctl.policies.evaluate import Statistics, evaluate_policy
from tests.helpers import goals


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


def test_the_terms_of_the_return_are_means_over_the_same_episodes_and_add_up_to_it():
    env = make(4, "task.env.episodeLength=30")
    result = evaluate_policy(env, Acting(lambda obs, done: torch.tensor([[1.0], [1.0], [0.0], [0.0]])), 2)
    assert set(result.reward_terms) == {"upright", "cart_speed", "pole_speed", "lost"}
    assert sum(result.reward_terms.values()) == pytest.approx(result.reward.mean)
    assert result.reward_terms["lost"] < 0 < result.reward_terms["upright"]


def test_successes_are_measured_of_whole_episodes_however_long(walker):
    """Each press sets the counter of steps to zero; the fourth ends an episode. One env never presses."""
    walker(*goals.AS_WALKER)
    overrides = ["train=CartpolePPO", *goals.settings(most=4, episode_length=5)]
    env = factory.make(compose("Walker", settings={"num_envs": 3, "sim_device": "cpu"}, overrides=overrides))
    presses = torch.tensor([goals.PRESS, goals.PRESS, 0.0])

    def act(observations, done):
        return (presses * (env.episode_steps % 3 == 0))[:, None]

    result = evaluate_policy(env, Acting(act), episodes_per_env=2)
    successes, succeeded, speed = result.measures
    assert result.episodes == 6
    assert (result.length.min, result.length.max) == (4, 10)  # presses in steps 1, 4, 7 and 10
    assert (successes.min, successes.max) == (0.0, 4.0)
    assert successes.mean == pytest.approx((4 + 4 + 0) / 3)
    assert succeeded.mean == pytest.approx(200 / 3)
    assert speed.name == "forward speed"


def test_progress_is_told():
    told = []
    policy = Acting(lambda obs, done: torch.zeros(2, 1))
    evaluate_policy(make(2, "task.env.episodeLength=4"), policy, 3, told.append)
    assert told == sorted(told)
    assert set(told) <= {0, 2, 4}


def test_one_number_has_no_spread_and_no_interval():
    assert Statistics.of(torch.tensor([3.0])) == Statistics(3.0, 0.0, 3.0, 3.0, None)


@pytest.mark.parametrize(
    ("count", "t"),
    [
        (2, 12.70620),
        (3, 4.30265),
        (9, 2.30600),
        (21, 2.08596),
        (22, 2.07961),
        (31, 2.04227),
        (100, 1.98422),
        (4096, 1.96054),
    ],
)
def test_the_interval_is_students(count, t):
    values = torch.arange(float(count))
    middle, half = (count - 1) / 2, t * values.std().item() / count**0.5
    assert Statistics.of(values).ci95 == pytest.approx((middle - half, middle + half), rel=1e-5, abs=half * 1e-5)


def test_the_interval_holds_the_true_mean_in_19_of_20_small_samples():
    samples = torch.randn(4000, 4, generator=torch.Generator().manual_seed(0))
    intervals = [Statistics.of(sample).ci95 for sample in samples]
    assert sum(low < 0 < high for low, high in intervals) / 4000 == pytest.approx(0.95, abs=0.01)
