"""The time that a training still takes: not told before it is known, and steady then."""

from dataclasses import replace

import pytest

from gymctl.commands.remaining import RemainingTime
from tests.commands.test_progress import progress


def estimates(times, max_epochs=1000, epochs_before=0):
    """What is told after each epoch, given the seconds that each took."""
    remaining, told, wall = RemainingTime(), [], 0.0
    for done, seconds in enumerate(times, 1):
        wall += seconds
        told.append(
            remaining.after(
                replace(
                    progress(done),
                    epoch=epochs_before + done,
                    epochs_done=done,
                    max_epochs=max_epochs,
                    wall_seconds=wall,
                )
            )
        )
    return told


def test_the_first_epoch_which_takes_longer_does_not_count():
    told = estimates([30.0, *[2.0] * 10])
    assert told[:3] == [None] * 3
    assert told[-1] == pytest.approx((1000 - 11) * 2.0)


def test_short_epochs_need_seconds_before_anything_is_told():
    told = estimates([0.1] * 30)
    assert told[19] is None
    assert told[-1] == pytest.approx((1000 - 30) * 0.1)


def test_one_slow_epoch_hardly_changes_it_and_a_lasting_change_does():
    steady = [1.0] * 100
    assert estimates([*steady, 10.0])[-1] < 1.2 * estimates([*steady, 1.0])[-1]
    assert estimates([*steady, *[3.0] * 100])[-1] == pytest.approx(800 * 3.0)


def test_a_resumed_training_counts_its_own_epochs_only():
    assert estimates([2.0] * 10, epochs_before=500)[-1] == pytest.approx(490 * 2.0)


def test_at_the_end_nothing_is_left_and_without_an_end_nothing_is_told():
    assert estimates([0.1], max_epochs=1) == [0.0]
    assert estimates([2.0] * 10, max_epochs=-1) == [None] * 10
