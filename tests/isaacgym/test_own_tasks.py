"""Whole tasks in Isaac Gym's style: trained, played and exported where they lie."""

import json
from pathlib import Path

import pytest

from tests.helpers.warm import run_gymctl

OWN = Path(__file__).parent / "own"
pytestmark = pytest.mark.slow


@pytest.fixture
def gymctl(tmp_path):
    """Runs a command in an empty directory; returns what it printed as JSON."""

    def run(*words, status=0):
        done = run_gymctl([*words, "--json"], tmp_path)
        assert done.returncode == status, done.stderr
        return json.loads(done.stdout) if status == 0 else done.stderr

    return run


def _train(gymctl, tmp_path, task, *words):
    folder = f"task.env.asset.assetRoot={tmp_path}"
    return gymctl("train", f"{OWN}/{task}", "--num-envs", 64, "--device", "cpu", "--seed", 1, folder, *words)


def test_a_task_learns_is_played_and_exported(gymctl, tmp_path):
    trained = _train(gymctl, tmp_path, "cart.py:Cart", "--max-iterations", 25)
    untrained = 60 * (1.0 - 0.6)
    assert trained["best_reward"] > untrained
    run = trained["run_dir"]
    played = gymctl("play", f"{OWN}/cart.py:Cart", run, "--episodes", 64, "--device", "cpu", "--seed", 2)
    assert played["reward"]["mean"] > untrained
    assert played["length"]["mean"] == pytest.approx(59, abs=1)
    exported = gymctl("export", f"{OWN}/cart.py:Cart", run, "--output", "cart.onnx")
    assert (tmp_path / exported["path"]).is_file()


def test_a_walker_on_steps_with_a_box_and_its_own_randomisation_trains(gymctl, tmp_path):
    trained = _train(gymctl, tmp_path, "walker.py:Walker", "--max-iterations", 6)
    assert trained["epochs"] == 6
    assert trained["reward_mean"] > 0.0


def test_a_run_says_whose_code_it_needs_and_no_run_brings_code(gymctl, tmp_path):
    run = _train(gymctl, tmp_path, "cart.py:Cart", "--max-iterations", 1)["run_dir"]
    for words in (("train", "--resume", run), ("play", "Cart", run), ("export", "Cart", run)):
        said = gymctl(*words, status=2)
        assert "whose code isn't gymctl's" in said or "no task 'Cart'" in said


@pytest.mark.parametrize(
    ("task", "says"),
    [
        ("nowhere.py:Cart", "there is no file"),
        ("no_such_package.cart:Cart", "there is no module"),
        (f"{OWN}/cart.py:Bus", "there is no task 'Bus'"),
        ("cart.py:", "names no task"),
    ],
)
def test_what_is_no_task_is_refused(gymctl, task, says):
    assert says in gymctl("train", task, status=2)
