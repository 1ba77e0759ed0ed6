"""How trials get their values, and tell how they stand."""

from pathlib import Path

import pytest

from gymctl.sweep.board import Board
from gymctl.sweep.record import Exploit, SeedRun, Trial


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


@pytest.fixture
def members(board):
    """Two trials of a population that have come to their first perturbation."""
    for trial_id, number in (("x", 2), ("y", 3)):
        trial, begun, source = board.begin_slice(trial_id, number)
        assert (trial.number, trial.status, begun, source) == (number, "running", 0, None)
        trial.status, trial.runs = "waiting", [SeedRun(1, f"run-{number}", "waiting", 4)]
        board.end_slice(trial_id, trial, Path(f"{number}.pth"))
    return board


def test_a_member_goes_on_with_its_own_checkpoint(members):
    trial, begun, source = members.begin_slice("x", 2)
    assert (trial.status, begun, source, trial.exploits) == ("running", 1, None, [])


def test_a_member_that_exploits_gets_the_others_checkpoint_once_and_new_values(members):
    assert members.values("y") == {"a": 2}
    members.exploit("x", "y", {"a": 3})
    trial, _, source = members.begin_slice("x", 2)
    assert source == Path("3.pth")
    assert (trial.values, trial.exploits) == ({"a": 3}, [Exploit(4, 3, {"a": 1}, {"a": 3})])
    members.end_slice("x", trial, Path("2.pth"))
    assert members.begin_slice("x", 2)[2] is None


def test_a_member_that_is_lost_while_it_waits_is_killed(members):
    members.lose("x", {"number": 2}, "its process is gone", killed=True)
    (lost,) = [trial for trial in members.take() if trial.number == 2]
    assert (lost.status, lost.runs[0].status) == ("killed", "killed")


def test_asked_to_stop_no_member_goes_on(members):
    members.stop("SIGINT")
    assert members.begin_slice("x", 2) is None
