"""The difference of two policies, and its interval."""

import math
import re
from pathlib import Path

import pytest
import torch

from gymctl.config import compose
from gymctl.policies.comparing import Comparison, difference_of, in_the_same_task
from gymctl.policies.evaluate import Evaluation, Statistics
from gymctl.policies.find import PolicySource


def compared(a, b, *, paired):
    sides = [Evaluation(len(x), Statistics.of(x), Statistics.of(x), 1.0, 0, returns=x) for x in (a, b)]
    return Comparison(*sides, paired, difference_of(a, b, paired=paired))


def test_pairs_are_compared_one_by_one():
    a = torch.linspace(0.0, 1000.0, 64)
    noise = torch.linspace(-1.0, 1.0, 64)
    paired = difference_of(a, a + 10.0 + noise, paired=True)
    assert paired.mean == pytest.approx(10.0, abs=1e-4)
    assert paired.ci95 is not None
    assert paired.ci95[0] == pytest.approx(10.0 - 1.99834 * noise.std().item() / 8, abs=1e-3)
    assert paired.verdict == "more"
    assert difference_of(a, a + 10.0, paired=False).verdict == "none"


def test_welchs_interval():
    """Degrees of freedom are rounded down."""
    a, b = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), torch.tensor([10.0, 30.0, 20.0, 40.0])
    variance = 3.5 / 6 + b.var().item() / 4
    freedom = variance**2 / ((3.5 / 6) ** 2 / 5 + (b.var().item() / 4) ** 2 / 3)
    assert math.floor(freedom) == 3
    found = difference_of(a, b, paired=False)
    assert found.mean == pytest.approx(21.5)
    assert found.half_width == pytest.approx(3.1824463 * math.sqrt(variance), rel=1e-6)


def test_intervals_hold_the_true_difference_as_often_as_they_say():
    generator = torch.Generator().manual_seed(0)
    for paired in (True, False):
        hits = 0
        for _ in range(400):
            a, b = (torch.randn(12, generator=generator) * scale for scale in (1.0, 3.0))
            low, high = difference_of(a, b + 2.0, paired=paired).ci95 or (0.0, 0.0)
            hits += low <= 2.0 <= high
        assert 0.92 <= hits / 400 <= 0.98


@pytest.mark.parametrize(
    ("shift", "spread", "verdict"),
    [
        (210.0, 250.0, "B is better by 210 ± 63"),
        (-210.0, 250.0, "A is better by 210 ± 63"),
        (0.0, 1.0, r"no difference seen with 64 episodes each: B - A is .* ± 0\.\d\d"),
    ],
)
def test_the_verdict_is_a_plain_sentence(shift, spread, verdict):
    noise = torch.randn(64, generator=torch.Generator().manual_seed(1))
    a = torch.zeros(64)
    said = compared(a, a + shift + spread * (noise - noise.mean()), paired=True).verdict
    assert re.fullmatch(verdict, said), said


def test_b_is_played_on_as_task_and_seed_and_what_differs_is_told():
    ours = compose("Cartpole", settings={"seed": 1}, overrides=["task.env.maxEffort=200"])
    theirs = compose("Cartpole", settings={"seed": 2}, overrides=["train.params.network.mlp.units=[8]"])
    a, b = (PolicySource("Cartpole", Path(name), False, config, ()) for name, config in (("a", ours), ("b", theirs)))
    moved = in_the_same_task(a, b)
    assert moved.config.tree["task"] == ours.tree["task"]
    assert moved.config.seed == 1
    assert moved.config.network["mlp"]["units"] == [8]
    assert moved.notes == ("trained on other settings of the task, and played on A's: maxEffort 400.0 → 200",)
    assert in_the_same_task(a, a).notes == ()


def test_the_same_twice_is_no_difference_and_one_episode_says_nothing():
    a = torch.rand(8)
    assert compared(a, a, paired=True).verdict == "no difference seen with 8 episodes each: B - A is 0.00 ± 0.00"
    assert compared(a, a, paired=False).difference.verdict == "none"
    assert compared(a[:1], a[1:2], paired=True).verdict == "one episode each says nothing: give --episodes 64"
