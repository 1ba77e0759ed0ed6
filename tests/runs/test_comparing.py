"""Runs beside each other."""

import pytest

from gymctl.core.errors import InputError
from gymctl.runs.comparing import compare
from tests.helpers import written_events

HOSTILE = "<img src=//evil onerror=alert(1)>"


def make(directory, name, *, seed=1, rate=1e-3, slope=1.0, epochs=30, more=None, **manifest):
    """A run whose mean return is `slope` times the epoch."""
    params = {"seed": seed, "config": {"name": name, "learning_rate": rate, **(more or {})}}
    config = {"seed": seed, "task": {"name": "Ant"}, "train": {"params": params}}
    run = written_events.run(directory, name, config=config, **{"task": "Ant", "seed": seed, **manifest})
    written_events.event_file(
        run.summaries_dir, 1e9, written_events.epochs(range(1, epochs + 1), reward=lambda epoch: slope * epoch)
    )
    return run


def test_seeds_of_one_config_are_a_group_with_mean_and_range(tmp_path):
    runs = [make(tmp_path, f"s{seed}", seed=seed, slope=float(seed)) for seed in (1, 2, 3)]
    comparison = compare([*runs, make(tmp_path, "other", rate=1e-4, slope=4.0)])
    first, second = comparison.groups
    assert [member.seed for member in first.members] == [1, 2, 3]
    assert first.name == "s1 + s2 + s3: 3 runs, seeds 1, 2, 3"
    assert (first.letter, second.letter, second.name) == ("A", "B", "other")
    assert first.range_of("best_return") == (60.0, 30.0, 90.0)
    assert second.range_of("best_return") == (120.0, 120.0, 120.0)
    assert comparison.differences == {"train.params.config.learning_rate": (1e-3, 1e-4)}


def test_the_time_to_a_return_is_the_first_time_that_the_mean_was_there(tmp_path):
    slow, fast = make(tmp_path, "slow", slope=1.0), make(tmp_path, "fast", slope=2.0, rate=1e-4)
    comparison = compare([slow, fast], 40.0)
    (first,), (second,) = (group.members for group in comparison.groups)
    assert first.result.reached is None
    assert second.result.reached is not None
    assert (second.result.reached.env_steps, second.result.reached.seconds) == (2000, 20.0)
    assert [group.count_reached for group in comparison.groups] == [0, 1]


@pytest.mark.parametrize(("best", "target"), [(7437.2, 7400.0), (-123.4, -130.0), (0.0456, 0.045), (0.0, 0.0)])
def test_without_a_return_it_is_what_all_runs_reached_in_two_digits(tmp_path, best, target):
    low = make(tmp_path, "low", slope=best, epochs=1)
    assert compare([low, make(tmp_path, "high", slope=1e5, rate=1e-4)]).target == pytest.approx(target)


def test_only_what_followed_the_last_change_of_the_task_counts(tmp_path):
    first = {"number": 1, "after_epoch": 0, "after_env_steps": 0, "changed": {}}
    second = {"number": 2, "after_epoch": 20, "after_env_steps": 2000, "changed": {"a": [1, 2]}}
    run = make(tmp_path, "changed", slope=-1.0, segments=[first, {**second, "returns_alike": False}])
    comparison = compare([run])
    assert comparison.groups[0].members[0].result.best_return == -20.0
    assert any("last change of the task" in note for note in comparison.notes)


def test_what_else_differs_is_told_and_so_are_different_tasks(tmp_path):
    ours = make(tmp_path, "ours", versions={"torch": "2.10"}, engine="mujoco")
    theirs = make(tmp_path, "theirs", versions={"torch": "2.11"}, engine="mujoco", task="Humanoid", rate=2e-3)
    comparison = compare([ours, theirs])
    assert comparison.differences["run.versions.torch"] == ("2.10", "2.11")
    assert comparison.differences["run.task"] == ("Ant", "Humanoid")
    assert "run.engine" not in comparison.differences
    assert any("different tasks" in note for note in comparison.notes)


def test_a_run_without_returns_and_too_many_configs_are_refused(tmp_path):
    with pytest.raises(InputError, match="no learning curves"):
        compare([written_events.run(tmp_path, "empty", task="Ant")])
    with pytest.raises(InputError, match="27 configs"):
        compare([written_events.run(tmp_path, f"r{number}") for number in range(27)])
