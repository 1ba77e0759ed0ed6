"""Which trials of a population wait, and which take over which."""

import random

import pytest

pytest.importorskip("ray")
from ray.tune.experiment import Trial
from ray.tune.schedulers import TrialScheduler

from gymctl.sweep.scheduler import ROUND, Population

pytestmark = pytest.mark.slow


class Tuning:
    """Four members, and what has become of them."""

    search_alg = None

    def __init__(self, statuses):
        self.members = [Trial("member", trial_id=name, stub=True) for name in "abcd"]
        for member, status in zip(self.members, statuses, strict=True):
            member.set_status(status)
        self.exploits, self.went_on, self.drawn = [], [], []
        self.scheduler = Population(
            values=lambda trial_id: {"x": ord(trial_id)},
            explore=lambda values, generator: {"x": values["x"] + 0.5},
            exploit=lambda *exploit: self.exploits.append(exploit),
            generator=lambda number: self.drawn.append(number) or random.Random(number),
        )
        self.scheduler.set_search_properties("score", "max")
        for member in self.members:
            self.scheduler.on_trial_add(self, member)

    def get_trials(self):
        return self.members

    def _schedule_trial_train(self, trial):
        self.went_on.append(trial.trial_id)

    def comes(self, name, score, number=1):
        """A member comes to a perturbation."""
        member = self.members["abcd".index(name)]
        return self.scheduler.on_trial_result(self, member, {"score": score, ROUND: number})


@pytest.fixture
def tuning():
    return Tuning([Trial.RUNNING] * 4)


def test_all_wait_for_the_last_and_then_the_worst_takes_over_the_best(tuning):
    assert [tuning.comes(name, score) for name, score in (("a", 3), ("b", 9), ("c", 1))] == [TrialScheduler.NOOP] * 3
    assert (tuning.exploits, tuning.went_on) == ([], [])
    assert tuning.comes("d", 5) == TrialScheduler.CONTINUE
    assert tuning.exploits == [("c", "b", {"x": ord("b") + 0.5})]
    assert tuning.went_on == ["a", "b", "c"]


def test_the_next_perturbation_compares_the_scores_of_then(tuning):
    for scores in ((1, 2, 3, 4), (4, 3, 2, 1)):
        for name, score in zip("abcd", scores, strict=True):
            tuning.comes(name, score, number=scores[0] // 4 + 1)
    assert [exploit[:2] for exploit in tuning.exploits] == [("a", "d"), ("d", "a")]
    assert tuning.drawn == [1, 2]


def test_one_that_waits_leaves_its_cores_to_one_that_has_none():
    tuning = Tuning([Trial.RUNNING, Trial.RUNNING, Trial.PAUSED, Trial.PENDING])
    assert tuning.comes("a", 1) == TrialScheduler.PAUSE
    for member, status in zip(tuning.members, (Trial.PAUSED, *[Trial.RUNNING] * 3), strict=True):
        member.set_status(status)
    assert tuning.comes("b", 2) == TrialScheduler.NOOP
    assert tuning.scheduler.choose_trial_to_run(tuning) is None
    tuning.comes("c", 3)
    tuning.comes("d", 4)
    assert tuning.went_on == ["b", "c"]
    assert tuning.scheduler.choose_trial_to_run(tuning) is tuning.members[0]


def test_nobody_waits_for_one_that_has_failed(tuning):
    for name, score in (("a", 3), ("b", 9), ("c", 1)):
        tuning.comes(name, score)
    tuning.scheduler.on_trial_error(tuning, tuning.members[3])
    assert tuning.exploits == [("c", "b", {"x": ord("b") + 0.5})]
    assert tuning.went_on == ["a", "b", "c"]
    tuning.members[3].set_status(Trial.ERROR)
    assert [tuning.comes(name, 1, number=2) for name in "abc"][-1] == TrialScheduler.CONTINUE


def test_one_that_was_lost_while_it_waited_neither_copies_nor_is_copied(tuning):
    for name, score in (("a", 3), ("b", 9), ("c", 1)):
        tuning.comes(name, score)
    for member in tuning.members[1:3]:
        tuning.scheduler.on_trial_error(tuning, member)
        member.set_status(Trial.ERROR)
    tuning.comes("d", 5)
    assert [exploit[:2] for exploit in tuning.exploits] == [("a", "d")]
    assert tuning.went_on == ["a"]


def test_without_an_episode_that_has_ended_one_is_not_compared(tuning):
    for name, score in (("a", float("nan")), ("b", 9), ("c", 1), ("d", 5)):
        tuning.comes(name, score)
    assert [exploit[:2] for exploit in tuning.exploits] == [("c", "b")]
