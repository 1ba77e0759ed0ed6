"""``sweep.json``: written whole, read back the same, refused where a stranger has made something else of it."""

import json

import pytest

from gymctl.core.errors import InputError
from gymctl.sweep.record import Exploit, SeedRun, Trial, read_record
from tests.sweep.conftest import LR


def test_a_record_is_read_back_as_it_was(record):
    first, second, _ = record.trials
    first.status, first.objective, first.runs = "completed", 12.5, [SeedRun(42, "trial-01", "completed", 3, 11.0, 12.5)]
    second.status, second.error = "failed", "the loss is no longer a number"
    record.write()
    read = read_record(record.directory)
    assert read.trials == record.trials
    assert read.facts == record.facts
    assert read.num_trials == 3
    assert read.plan.space == record.plan.space
    assert read.plan.objective.name == "best"
    assert [trial.number for trial in read.missing] == [2, 3]
    assert read.best == first


def test_a_population_is_read_back_with_who_copied_whom(population):
    first = population.trials[0]
    first.exploits = [Exploit(4, 2, first.values, {LR: 2e-3, "num_envs": 32})]
    population.write()
    read = read_record(population.directory)
    assert read.trials == population.trials
    assert (read.plan.search, read.plan.perturb_every) == ("pbt", 4)


@pytest.mark.parametrize(
    "exploit",
    [
        {"epoch": 4, "trial": 2, "old_values": {}, "values": {}},
        {"epoch": "x", "trial": 2, "old_values": {LR: 1e-3, "num_envs": 16}, "values": {LR: 1e-3, "num_envs": 16}},
        {"epoch": 4, "trial": 2, "old_values": {LR: 1e-3, "num_envs": 16}, "values": {LR: "x", "num_envs": 16}},
        {"epoch": 4, "trial": 2, "old_values": {LR: 1e-3, "num_envs": 16}, "values": {LR: 9.0, "num_envs": 16}},
    ],
)
def test_what_no_population_can_have_done_is_refused(population, exploit):
    population.write()
    path = population.directory / "sweep.json"
    data = json.loads(path.read_text())
    data["trials"][0]["exploits"] = [exploit]
    path.write_text(json.dumps(data))
    with pytest.raises(InputError):
        read_record(population.directory)


@pytest.mark.parametrize(("key", "value"), [("seed", 1e308), ("max_epochs", -1e308), ("note", "words " * 200_000)])
def test_what_could_not_be_written_again_or_fills_a_screen_is_refused(record, key, value):
    record.write()
    path = record.directory / "sweep.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}))
    with pytest.raises(InputError):
        read_record(record.directory)


def test_the_best_run_is_the_best_seed_of_the_best_trial(record):
    record.trials[1].objective = 3.0
    record.trials[1].runs = [SeedRun(1, "a", objective=2.0), SeedRun(2, "b", objective=4.0)]
    assert record.best_run == "b"
    assert record.as_dict()["best_run"] == "b"


def test_the_keys_of_weights_and_biases_are_not_kept(record):
    record.write()
    plan = read_record(record.directory).plan
    assert plan.settings == {"max_iterations": 3}
    assert plan.overrides == ("task.env.resetDist=2.5",)


def test_numbers_that_json_has_not_are_none(record):
    record.trials[0].objective = float("nan")
    record.write()
    assert read_record(record.directory).trials[0].objective is None


def test_trials_are_ranked_best_first(record):
    for trial, objective in zip(record.trials, (1.0, 3.0, None), strict=True):
        trial.objective = objective
    assert [trial.number for trial in record.ranked] == [2, 1, 3]
    assert record.best is record.trials[1]


def test_trials_that_are_not_planned_yet_are_missing_too(record):
    record.num_trials = 5
    record.trials[0].status = "stopped"
    assert record.num_missing == 4
    assert record.add({"x": 1}) == Trial(4, {"x": 1})
    assert record.num_missing == 4


@pytest.mark.parametrize(
    "change",
    [
        {"trials": [{}]},
        {"trials": 3},
        {"space": {"a": 3}},
        {"space": {"a": "2..1"}},
        {"objective": "fame"},
        {"seeds": "many"},
        {"seeds": 10**9},
        {"num_trials": 10**9},
        {"num_trials": 2},
        {"settings": None},
        {"search": "pbt"},
        {"perturb_every": 3},
        {"commands": 3},
        {"space": {f"key{number}": [1, 2] for number in range(101)}},
    ],
)
def test_something_else_is_no_record(record, change):
    record.write()
    path = record.directory / "sweep.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(InputError) as refused:
        read_record(record.directory)
    assert refused.value.fix


@pytest.mark.parametrize("run", ["../elsewhere", "a/b", "", 3, None])
def test_a_run_that_lies_elsewhere_is_refused(record, run):
    record.trials[0].runs = [SeedRun(42, run)]
    record.write()
    with pytest.raises(InputError):
        read_record(record.directory)


@pytest.mark.parametrize("text", ["", "[]", "null", "{", "[" * 10_000])
def test_what_is_no_json_object_is_refused(record, text):
    (record.directory / "sweep.json").write_text(text)
    with pytest.raises(InputError):
        read_record(record.directory)


def test_a_directory_without_a_record_is_no_sweep(tmp_path):
    with pytest.raises(InputError, match="has no sweep"):
        read_record(tmp_path)


def test_a_file_with_more_values_than_a_sweep_has_is_refused_before_it_is_parsed(record):
    (record.directory / "sweep.json").write_text("[" + "[]," * 3_000_000 + "[]]")
    with pytest.raises(InputError, match="more than 3,000,000 values"):
        read_record(record.directory)


def test_an_error_is_one_short_line(record):
    record.trials[0].error = "a\nb \x1b[2J" + " x" * 10_000
    record.write()
    error = read_record(record.directory).trials[0].error
    assert error.startswith(r"a\nb \x1b[2J")
    assert len(error) == 500
