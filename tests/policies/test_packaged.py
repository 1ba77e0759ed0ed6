"""The policies that come with gymctl."""

import json

import pytest

from gymctl.core.errors import InputError
from gymctl.policies import packaged
from gymctl.policies.find import find_policy, find_policy_to_play
from tests.helpers.warm import run_gymctl

SHARE = 0.85
"""Of the recorded return, in few episodes."""


def run_of(task):
    run = packaged.locate(task).run
    assert run is not None
    return run


def test_each_says_how_it_was_made():
    assert {"Ant", "Cartpole", "Humanoid"} <= set(packaged.tasks())
    for task in packaged.tasks():
        located = packaged.locate(task)
        assert located.path.stat().st_size < (2_200_000 if task == "AnymalTerrain" else 2_000_000)
        assert run_of(task).manifest()["command"][:3] == ["gymctl", "train", task]
        assert "comes with gymctl" in located.why
        assert find_policy(task, "pretrained").config.task.name == task


def test_a_task_without_one_is_told_which_have_one(monkeypatch):
    others = [task for task in packaged.tasks() if task != "AnymalTerrain"]
    monkeypatch.setattr(packaged, "tasks", lambda: others)
    with pytest.raises(InputError, match="no policy for AnymalTerrain comes") as told:
        find_policy_to_play("AnymalTerrain", "pretrained", settings={})
    assert "Ant, " in told.value.fix


@pytest.mark.slow
@pytest.mark.parametrize("task", packaged.tasks())
def test_each_does_what_it_is_said_to_do(tmp_path, task):
    recorded = run_of(task).manifest()["evaluation"]["reward"]["mean"]
    size = ["--num-envs", "24", "--episodes", "24", "--device", "cpu", "--json"]
    ended = run_gymctl(["play", task, "pretrained", *size], tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["reward"]["mean"] > SHARE * recorded


def test_an_export_goes_to_the_current_directory(tmp_path):
    ended = run_gymctl(["export", "Cartpole", "pretrained"], tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["Cartpole.onnx"]
    assert not (run_of("Cartpole").path / "export").exists()


def test_it_is_not_trained_on(tmp_path):
    ended = run_gymctl(["train", "Cartpole", "--resume", "pretrained"], tmp_path)
    assert ended.returncode == 2
    assert "have no optimizer" in ended.stderr
