"""Falling often doesn't count more than walking on."""

import math

import pytest
import torch

from gymctl.tasks.measures import Measure
from gymctl.viewer.episodes import EpisodeStatistics


def test_the_means_take_the_same_number_of_episodes_from_every_env():
    episodes = EpisodeStatistics(2, torch.device("cpu"))
    for step in range(1, 101):  # one falls every 5 steps, the other walks 50
        episodes.add(torch.ones(2), torch.tensor([step % 5 == 0, step % 50 == 0]))
        if step < 50:
            assert math.isnan(episodes.means()[0])
    assert episodes.finished == 22
    assert episodes.means() == (27.5, 27.5)
    result = episodes.evaluation(1.0, 0)
    assert (result.episodes, result.reward.mean, result.length.mean) == (4, 27.5, 27.5)


def test_means_and_result_agree_for_episodes_of_any_length():
    generator = torch.Generator().manual_seed(0)
    episodes = EpisodeStatistics(5, torch.device("cpu"))
    for _ in range(400):
        episodes.add(torch.randn(5, generator=generator), torch.rand(5, generator=generator) < torch.arange(1, 6) / 20)
    result = episodes.evaluation(1.0, 0)
    assert result.reward_terms == {}
    assert episodes.means() == pytest.approx((result.reward.mean, result.length.mean))


MEASURES = Measure("speed", "m/s"), Measure("falls", "1/min", "rate"), Measure("there", "%", "share")


def test_measures_are_those_of_the_same_episodes_as_the_return():
    episodes = EpisodeStatistics(2, torch.device("cpu"), MEASURES, control_dt=0.6)
    for step in range(1, 101):
        done = torch.tensor([step % 5 == 0, step % 50 == 0])
        there = torch.tensor([0.0, 1.0])
        measured = torch.stack((torch.tensor([1.0, 3.0]), (done & torch.tensor([True, False])).float(), there), 1)
        episodes.add(torch.ones(2), done, measured=measured)
    speed, falls, share = episodes.evaluation(1.0, 0).measures
    assert (speed.mean, share.mean) == (2.0, 50.0)
    assert falls.mean == pytest.approx(2 / (110 * 0.6 / 60))  # two in the first two episodes of both
    later = episodes.for_new_policy()
    for step in range(1, 21):
        done = torch.tensor([step % 10 == 0] * 2)
        later.add(torch.ones(2), done, measured=torch.tensor([[5.0, 0.0, 1.0]] * 2))
    speed, falls, share = later.evaluation(1.0, 0).measures
    assert (speed.mean, falls.mean, share.mean) == (5.0, 0.0, 100.0)


def test_terms_are_summed_in_each_episode_and_their_means_are_of_the_same_episodes_as_the_return():
    episodes = EpisodeStatistics(2, torch.device("cpu"))
    for step in range(1, 101):
        done = torch.tensor([step % 5 == 0, step % 50 == 0])
        if step == 8:
            assert episodes.terms["gain"].tolist() == [4.0, 14.0]
        episodes.add(torch.ones(2), done, {"gain": torch.full((2,), 2.0), "cost": torch.full((2,), -1.0)})
    assert episodes.evaluation(1.0, 0).reward_terms == {"gain": 55.0, "cost": -27.5}
    episodes.add(torch.ones(2), done, {"gain": torch.full((2,), 2.0), "cost": torch.full((2,), -1.0)})
    later = episodes.for_new_policy()
    for step in range(1, 51):
        done = torch.tensor([step % 5 == 0, step % 25 == 0])
        later.add(torch.ones(2), done, {"gain": torch.full((2,), 4.0), "cost": torch.full((2,), -3.0)})
    assert later.evaluation(1.0, 0).reward_terms == {"gain": 60.0, "cost": -45.0}
