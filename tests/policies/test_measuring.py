"""What tasks measure, put together over episodes, and the intervals of rates and shares."""

import pytest
import torch

from gymctl.policies.measuring import EpisodeMeasures
from gymctl.policies.statistics import rate_interval, share_interval
from gymctl.tasks.measures import FALLS, FORWARD_SPEED, LASTED, SUCCEEDED, SUCCESSES


def test_means_rates_and_shares_of_episodes():
    """Two envs, two episodes each, of 2 and 3 steps."""
    added = EpisodeMeasures((FORWARD_SPEED, FALLS, LASTED), 2, 2, torch.device("cpu"))
    everywhere = torch.tensor([True, True])
    for episode, length in ((0, 2), (1, 3)):
        for step in range(length):
            last = float(step == length - 1)
            fell = torch.tensor([last, 0.0])
            speed = torch.tensor([1.0 + step, 10.0])
            values = torch.stack((speed, fell, 1.0 - fell), dim=1)
            added.add(values, torch.full((2,), episode), everywhere)
    added.add(torch.full((2, 3), 99.0), torch.ones(2, dtype=torch.int64), ~everywhere)  # beyond what counts
    lengths = torch.tensor([[2.0, 3.0], [2.0, 3.0]])
    speed, falls, lasted = added.results(lengths, control_dt=6.0)
    assert speed.mean == pytest.approx((1.5 + 2.0 + 10.0 + 10.0) / 4)
    assert (speed.min, speed.max) == (1.5, 10.0)
    assert falls.mean == pytest.approx(2.0 / 1.0)  # 10 steps of 6 s are a minute
    assert falls.std is None
    assert lasted.mean == 50.0


def test_successes_are_summed_and_one_at_any_time_makes_an_episode_count():
    """Two envs, an episode each, of 4 steps: the first succeeds in the first two, the second never."""
    added = EpisodeMeasures((SUCCESSES, SUCCEEDED), 2, 1, torch.device("cpu"))
    for step in range(4):
        values = torch.tensor([[float(step < 2)] * 2, [0.0] * 2])
        added.add(values, torch.zeros(2, dtype=torch.int64), torch.tensor([True, True]))
    successes, succeeded = added.results(torch.full((2, 1), 4.0), control_dt=0.1)
    assert (successes.mean, successes.min, successes.max) == (1.0, 0.0, 2.0)
    assert successes.values.flatten().tolist() == [2.0, 0.0]
    low, high = successes.ci95
    assert low < 1.0 < high
    assert succeeded.mean == 50.0
    assert succeeded.ci95 == pytest.approx([100.0 * bound for bound in share_interval(1, 2)])


@pytest.mark.parametrize(
    ("events", "exact"), [(0, (0.0, 3.689)), (1, (0.0253, 5.572)), (10, (4.795, 18.39)), (100, (81.36, 121.63))]
)
def test_a_rates_interval_is_poissons(events, exact):
    assert rate_interval(events) == pytest.approx(exact, rel=0.02, abs=0.03)


@pytest.mark.parametrize(
    ("held", "count", "wilson"), [(0, 10, (0.0, 0.2775)), (5, 10, (0.2366, 0.7634)), (64, 64, (0.9434, 1.0))]
)
def test_a_shares_interval_is_wilsons(held, count, wilson):
    assert share_interval(held, count) == pytest.approx(wilson, abs=1e-4)
