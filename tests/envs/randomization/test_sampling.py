"""Noise on observations and actions."""

import pytest
import torch

from tests.envs.randomization.conftest import assert_gaussian, assert_uniform, draw

SHAPE = (400, 5)


@pytest.fixture
def noisy(worlds):
    """Makes what disturbs observations, from their part of the config."""

    def make(observations, frequency=10, **kwargs):
        return worlds({"frequency": frequency, "observations": observations}, num_envs=SHAPE[0], **kwargs).randomizer

    return make


def test_white_noise_is_new_at_every_step_and_leaves_the_input_alone(noisy):
    disturb = noisy(draw(0.5, 0.2, "additive", "gaussian")).disturb_observations
    values = torch.full(SHAPE, 3.0)
    first, second = disturb(values), disturb(values)
    assert_gaussian(first, 3.5, 0.2)
    assert torch.corrcoef(torch.stack((first.flatten(), second.flatten())))[0, 1].abs() < 0.1
    assert (values == 3).all()


def test_correlated_noise_stays_for_a_period_and_adds_to_the_white_one(noisy):
    given = draw(0, 0.1, "additive", "gaussian", range_correlated=[1.0, 0.3])
    randomizer, values = noisy(given), torch.zeros(SHAPE)
    means = []
    for _ in range(2):
        rows = torch.stack([randomizer.disturb_observations(values) for _ in range(50)])
        means.append(rows.mean(0))
        assert_gaussian(rows - rows.mean(0), 0, 0.1)
        assert_gaussian(means[-1], 1.0, 0.3)
        randomizer.advance(10)
    assert torch.corrcoef(torch.stack([mean.flatten() for mean in means]))[0, 1].abs() < 0.1


def test_uniform_noise_multiplies_where_it_scales(noisy):
    disturb = noisy(draw(0.8, 1.1)).disturb_observations
    assert_uniform(disturb(torch.full(SHAPE, 2.0)), 1.6, 2.2)
    assert (disturb(torch.zeros(SHAPE)) == 0).all()


@pytest.mark.parametrize("operation", ["additive", "scaling"])
def test_a_linear_schedule_lets_noise_grow_period_by_period(noisy, operation):
    given = draw(0, 2, operation, range_correlated=[0, 0], schedule="linear", schedule_steps=100)
    randomizer, values = noisy(given), torch.ones(SHAPE)
    assert torch.equal(randomizer.disturb_observations(values), values)
    randomizer.advance(9)
    assert torch.equal(randomizer.disturb_observations(values), values)
    for steps in (41, 100):
        randomizer.advance(steps)
        strength = min((9 + steps) / 100, 1) if steps == 41 else 1
        low, high = (1, 1 + 2 * strength) if operation == "additive" else (1 - strength, 1 + strength)
        assert_uniform(randomizer.disturb_observations(values), low, high)


def test_a_constant_schedule_switches_noise_on(noisy):
    randomizer = noisy(draw(0, 1, "additive", schedule="constant", schedule_steps=25))
    values = torch.zeros(SHAPE)
    for _ in range(2):
        randomizer.advance(10)
        assert (randomizer.disturb_observations(values) == 0).all()
    randomizer.advance(10)
    assert_uniform(randomizer.disturb_observations(values), 0, 1)


def test_what_is_not_in_the_config_is_not_disturbed(noisy):
    values = torch.ones(SHAPE[0], 3)
    assert noisy(draw(0, 1, "additive")).disturb_actions(values) is values
