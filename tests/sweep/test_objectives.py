"""What a sweep looks for in a learning curve."""

import math

import pytest

from gymctl.core.errors import InputError
from gymctl.runs.history import Curve
from gymctl.sweep.objectives import parse_objective


def curve(*values):
    """A point every 100 env steps and every 2 s."""
    steps = range(1, len(values) + 1)
    return Curve([100 * step for step in steps], [2.0 * step for step in steps], list(values))


@pytest.mark.parametrize(
    ("text", "number"),
    [("best", 5.0), ("last", 3.0), ("area", 3.25), ("time-to:4", 4.0), ("frames-to:4", 200), ("time-to:6", None)],
)
def test_each_objective_is_one_number_of_the_curve(text, number):
    assert parse_objective(text).value(curve(1, 4, 5, 2, 3)) == number


def test_the_area_is_the_mean_return_however_long_the_epochs_are():
    uneven = Curve([0, 100, 400], [0.0, 1.0, 2.0], [0.0, 2.0, 2.0])
    assert parse_objective("area").value(uneven) == pytest.approx((100 * 1 + 300 * 2) / 400)
    assert parse_objective("area").value(curve(7)) == 7


def test_what_is_played_is_no_number_of_the_curve_but_has_a_score():
    objective = parse_objective("eval")
    assert objective.value(curve(1, 5, 3)) is None
    assert objective.score(curve(1, 5, 3)) == 5
    assert sorted([3.0, None, 7.0], key=objective.rank) == [7.0, 3.0, None]


@pytest.mark.parametrize("text", ["best", "last", "area", "eval", "time-to:1", "frames-to:1"])
def test_nothing_is_known_before_an_episode_has_ended(text):
    assert parse_objective(text).value(Curve()) is None
    assert math.isnan(parse_objective(text).score(Curve()))


def test_a_higher_score_is_better_for_every_objective():
    best, goal = parse_objective("best"), parse_objective("time-to:4")
    assert best.score(curve(1, 5)) > best.score(curve(1, 4))
    soon, late, near, far = curve(4), curve(1, 4), curve(1, 3), curve(1, 2)
    scores = [goal.score(each) for each in (soon, late, near, far)]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 4


def test_trials_are_ranked_by_the_number_and_those_without_are_last():
    best, goal = parse_objective("best"), parse_objective("frames-to:4")
    assert sorted([3.0, None, 7.0], key=best.rank) == [7.0, 3.0, None]
    assert sorted([300, None, 100], key=goal.rank) == [100, 300, None]


def test_a_trial_has_the_mean_of_its_seeds_or_nothing():
    objective = parse_objective("best")
    assert objective.mean([1.0, 3.0]) == 2.0
    assert objective.mean([1.0, None]) is None
    assert objective.mean([]) is None


@pytest.mark.parametrize("text", ["bets", "", "time-to", "time-to:", "time-to:x", "frames-to:nan", "best:3"])
def test_other_words_are_refused(text):
    with pytest.raises(InputError) as refused:
        parse_objective(text)
    assert refused.value.fix
