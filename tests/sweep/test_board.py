"""How trials get their values, and tell how they stand."""

import pytest

from gymctl.sweep.board import Board
from gymctl.sweep.record import SeedRun, Trial


@pytest.fixture
def board():
    return Board([Trial(2, {"a": 1}), Trial(3, {"a": 2})], known=3)


def test_a_planned_trial_begins_by_its_number(board):
    trial = board.begin("x", {"number": 3})
    assert (trial.number, trial.values, trial.status) == (3, {"a": 2}, "running")


def test_a_search_begins_planned_trials_by_their_values_and_adds_others(board):
    assert board.begin("x", {"a": 2}).number == 3
    assert board.begin("y", {"a": 7}).number == 4
    assert board.begin("z", {"a": 2}).number == 5


def test_only_what_is_new_is_taken(board):
    trial = board.begin("x", {"number": 2})
    assert [each.status for each in board.take()] == ["running"]
    assert board.take() == []
    trial.status, trial.objective = "completed", 3.0
    assert board.tell("x", trial) is None
    assert board.take() == [trial]


def test_asked_to_stop_the_running_hear_it_and_no_other_begins(board):
    trial = board.begin("x", {"number": 2})
    board.stop("SIGINT")
    assert board.tell("x", trial) == board.reason() == "SIGINT"
    assert board.begin("y", {"number": 3}) is None


def test_a_lost_trial_is_killed_with_its_run(board):
    trial = board.begin("x", {"number": 2})
    trial.runs = [SeedRun(1, "a", "completed"), SeedRun(2, "b")]
    board.tell("x", trial)
    board.lose("x", {"number": 2}, "its process is gone", killed=True)
    (taken,) = board.take()
    assert (taken.status, taken.error) == ("killed", "its process is gone")
    assert [run.status for run in taken.runs] == ["completed", "killed"]


def test_a_trial_that_never_began_is_lost_too(board):
    board.lose("x", {"number": 3}, "No module named 'gymctl'", killed=False)
    (taken,) = board.take()
    assert (taken.number, taken.status) == (3, "failed")


def test_a_trial_that_told_its_end_keeps_it(board):
    trial = board.begin("x", {"number": 2})
    trial.status, trial.error = "failed", "the loss is no longer a number"
    board.tell("x", trial)
    board.lose("x", {"number": 2}, "RuntimeError", killed=False)
    assert board.take() == [trial]
