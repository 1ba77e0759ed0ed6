"""Train, play and export from Python in three calls."""

import sys
from subprocess import check_output

import pytest

from gymctl import export, play, train
from gymctl.core.errors import InputError


def test_a_policy_is_trained_played_and_exported_in_three_calls(tmp_path):
    epochs = []
    settings = {"overrides": ["train.params.config.save_best_after=1"], "runs_dir": tmp_path / "runs"}
    result = train("Cartpole", num_envs=16, max_iterations=3, seed=1, on_progress=epochs.append, **settings)
    assert [progress.epoch for progress in epochs] == [1, 2, 3]
    assert result.path.parent == tmp_path / "runs"
    assert result.last_checkpoint.is_file()

    played = play("Cartpole", result.path, sigma=0, episodes=32, num_envs=16, seed=5)
    assert played.episodes == 32

    report = export("Cartpole", result.path, output=tmp_path / "cartpole.onnx")
    assert report.verified
    again = play("Cartpole", report.path, episodes=32, num_envs=16, seed=5)
    assert again.reward.mean == pytest.approx(played.reward.mean, rel=0.02)


def test_a_training_is_resumed_in_its_own_directory(tmp_path):
    first = train("Cartpole", num_envs=16, max_iterations=2, runs_dir=tmp_path)
    second = train("Cartpole", resume=first.path, max_iterations=3, runs_dir=tmp_path)
    assert second.path == first.path
    assert second.progress.epoch == 3


def test_a_training_begins_with_the_weights_of_a_policy(tmp_path):
    result = train("Cartpole", num_envs=16, max_iterations=1, from_policy="pretrained", runs_dir=tmp_path)
    assert result.progress.epoch == 1
    assert result.run.manifest()["checkpoint"]["weights_only"]


def test_a_refusal_is_an_exception_that_says_what_to_do(tmp_path):
    with pytest.raises(InputError, match="did you mean 'Cartpole'"):
        train("Cartpol", runs_dir=tmp_path)


def test_importing_the_package_imports_nothing_heavy():
    code = (
        "import sys, gymctl; print(sorted({'torch', 'mujoco', 'gymnasium', 'numpy', 'omegaconf'} & set(sys.modules)))"
    )
    assert check_output([sys.executable, "-c", code], text=True).strip() == "[]"
