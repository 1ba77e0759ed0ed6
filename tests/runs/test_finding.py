"""Runs are found by the words that users have for them."""

import json
import os

import pytest

from gymctl.config import Config
from gymctl.core.errors import InputError
from gymctl.learning.starting import find_start
from gymctl.policies.find import task_of
from gymctl.runs.checkpoints import locate_checkpoint
from gymctl.runs.directory import create_run
from gymctl.runs.finding import choose_run, list_runs, run_at


@pytest.fixture
def runs(tmp_path):
    """Three runs, the oldest first."""
    made = []
    for name, task, day in (("Ant", "Ant", 1), ("Ant_fast", "Ant", 2), ("Cartpole", "Cartpole", 3)):
        run = create_run(name, tmp_path)
        run.update_manifest(task=task, started=f"2026-01-0{day}T12:00:00+00:00")
        os.utime(run.path, (day, day))
        made.append(run)
    return made


@pytest.mark.parametrize(
    ("what", "index"), [("newest", 2), ("latest", 2), ("Ant", 1), ("Cartpole", 2), ("Ant_fast", 1)]
)
def test_a_word_means_a_run(runs, tmp_path, what, index):
    assert choose_run(what, tmp_path) == runs[index]


def test_a_path_and_a_name_mean_the_run_there(runs, tmp_path):
    assert run_at(str(runs[0].path), tmp_path) == run_at(runs[0].path.name, tmp_path) == runs[0]
    assert choose_run(runs[0].path.name, tmp_path) == runs[0]
    assert run_at("nothing", tmp_path) is None


def test_an_experiment_means_its_newest_run(runs, tmp_path):
    again = create_run("Ant_fast", tmp_path)
    again.update_manifest(task="Ant", started="2026-01-09T12:00:00+00:00")
    assert run_at("Ant_fast", tmp_path) == choose_run("Ant_fast", tmp_path) == again
    assert task_of("Ant_fast", tmp_path) == "Ant"
    assert task_of("latest", tmp_path) == "Ant"


def test_the_beginning_of_several_names_is_refused(runs, tmp_path):
    with pytest.raises(InputError, match="2 runs have names that begin with 'Ant_'"):
        choose_run("Ant_", tmp_path)


def test_every_command_takes_the_same_beginnings_of_names(runs, tmp_path):
    for run in runs:
        (run.nn_dir / "last.pth").write_bytes(b"weights")
        run.write_config(Config({"task": {"name": run.task()}}))
    assert choose_run("Cart", tmp_path) == run_at("Cart", tmp_path) == runs[2]
    assert locate_checkpoint("Cartpole", "Cart", tmp_path).run == runs[2]
    assert find_start("Cartpole", "Cart", None, tmp_path).run == runs[2]
    assert find_start("Cartpole", None, "Cart", tmp_path).notes[0] == f"repeating {runs[2].path}"
    assert task_of("Cart", tmp_path) == "Cartpole"
    for find in (
        lambda: choose_run("Ant_", tmp_path),
        lambda: locate_checkpoint("Ant", "Ant_", tmp_path),
        lambda: find_start("Ant", "Ant_", None, tmp_path),
        lambda: find_start("Ant", None, "Ant_", tmp_path),
        lambda: task_of("Ant_", tmp_path),
    ):
        with pytest.raises(InputError, match="2 runs have names that begin with 'Ant_'") as error:
            find()
        assert error.value.fix == f"give one: {runs[1].path.name}, {runs[0].path.name}"


@pytest.mark.parametrize("word", ["newest", "latest"])
def test_the_newest_run_is_that_of_the_task_where_one_is_named(runs, tmp_path, word):
    (runs[1].nn_dir / "Ant_fast.pth").write_bytes(b"weights")
    assert locate_checkpoint("Ant", word, tmp_path).run == runs[1]
    assert choose_run(word, tmp_path, "Ant") == runs[1]
    assert task_of(word, tmp_path) == "Cartpole"
    with pytest.raises(InputError, match=r"has none of Humanoid"):
        choose_run(word, tmp_path, "Humanoid")


def test_a_file_comes_before_the_beginning_of_a_name(runs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Cart").mkdir()
    assert run_at("Cart", tmp_path) is None
    with pytest.raises(InputError, match="is not a run's directory"):
        choose_run("Cart", tmp_path)


@pytest.fixture
def sweep(runs, tmp_path):
    """A sweep whose best run is the second of three, with a checkpoint."""
    (tmp_path / "sweep.json").write_text(json.dumps({"best_run": runs[1].path.name}))
    (runs[1].nn_dir / "Ant_fast.pth").write_bytes(b"x")
    return tmp_path


def test_a_sweep_stands_for_its_best_run(sweep, runs):
    found = locate_checkpoint("Ant", str(sweep), sweep)
    assert found.path == runs[1].nn_dir / "Ant_fast.pth"
    assert f"of {runs[1].path.name}, the best run of the sweep" in found.why


def test_a_sweep_is_no_run_to_resume(sweep):
    with pytest.raises(InputError, match="is a sweep") as refused:
        find_start("Ant", str(sweep), None, sweep)
    assert "gymctl sweep --resume" in refused.value.fix


@pytest.mark.parametrize("best", ["../elsewhere", "/", "", "missing", 3, [], "a/b"])
def test_a_best_run_that_is_not_in_the_sweep_is_refused(sweep, best):
    (sweep / "sweep.json").write_text(json.dumps({"best_run": best}))
    with pytest.raises(InputError):
        locate_checkpoint("Ant", str(sweep), sweep)


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"best_run": null}', "[" * 10_000])
def test_a_sweep_that_tells_no_best_run_is_refused(sweep, text):
    (sweep / "sweep.json").write_text(text)
    with pytest.raises(InputError) as refused:
        locate_checkpoint("Ant", str(sweep), sweep)
    assert refused.value.fix


def test_a_best_run_that_leads_out_of_the_sweep_is_refused(sweep, tmp_path_factory):
    elsewhere = create_run("Ant", tmp_path_factory.mktemp("elsewhere"))
    (sweep / "link").symlink_to(elsewhere.path)
    (sweep / "sweep.json").write_text(json.dumps({"best_run": "link"}))
    with pytest.raises(InputError, match="leads out"):
        locate_checkpoint("Ant", str(sweep), sweep)


CLASS = "my_robot/task.py:MyRobot"


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Runs of a class of the user's, whose file is in the current directory, the oldest first."""
    monkeypatch.chdir(tmp_path)
    place, made = f"{tmp_path}/{CLASS}", []
    for day, told in enumerate((place, CLASS, f"{tmp_path}/other/task.py:MyRobot"), 1):
        run = create_run("MyRobot", tmp_path / "runs")
        run.update_manifest(task=told, started=f"2026-01-0{day}T12:00:00+00:00")
        run.write_config(Config({"task": {"name": place if told == CLASS else told}}))
        (run.nn_dir / "MyRobot.pth").write_bytes(b"weights")
        made.append(run)
    return made


@pytest.mark.parametrize("spelt", [CLASS, f"./{CLASS}", f"my_robot/../{CLASS}", "{here}/" + CLASS])
def test_the_newest_run_of_a_class_is_found_however_its_file_is_named(own, tmp_path, spelt):
    task = spelt.format(here=tmp_path)
    assert [run.path for run in list_runs(tmp_path / "runs", task)] == [own[1].path, own[0].path]
    assert run_at(task, tmp_path / "runs") == own[1]
    assert choose_run("newest", tmp_path / "runs", task) == own[1]
    assert locate_checkpoint(task, None, tmp_path / "runs").run == own[1]


def test_a_run_of_a_class_is_found_from_the_folder_of_its_file(own, tmp_path, monkeypatch):
    (tmp_path / "my_robot").mkdir()
    monkeypatch.chdir(tmp_path / "my_robot")
    assert run_at("task.py:MyRobot", tmp_path / "runs") == own[1]


def test_what_listings_call_a_class_means_its_newest_run(own, tmp_path):
    assert run_at("task.py:MyRobot", tmp_path / "runs") == own[2]
    assert run_at("task.py:Other", tmp_path / "runs") is None


def test_the_refusal_to_run_the_code_that_a_run_names_tells_the_words_that_do(own, tmp_path):
    with pytest.raises(InputError) as refused:
        task_of(str(own[0].path), tmp_path / "runs")
    assert f"gymctl train {tmp_path}/{CLASS} --resume {own[0].path}" in refused.value.fix


@pytest.mark.parametrize(
    "told", ["../../etc/x.py:A", "task.py:A", "/a/\x1b[2J.py:A", "/" + "a" * 9000 + ".py:A", "a b:A"]
)
def test_a_place_of_a_class_that_means_another_elsewhere_is_no_task(tmp_path, told):
    run = create_run("MyRobot", tmp_path)
    run.update_manifest(task=told)
    assert run.task() == "MyRobot"
