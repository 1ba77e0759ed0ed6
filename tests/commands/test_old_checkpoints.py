"""Checkpoints that rl_games saved since 2021 play, export and resume, without the run they come from."""

import json

import pytest
import torch

from gymctl.policies.checkpoints.loading import load_checkpoint
from tests.helpers.layouts import CONTENTS, FILES

pytestmark = pytest.mark.slow

FILES_OF_ALL_YEARS = [(content, FILES[0]) for content in CONTENTS] + [(CONTENTS[0], file) for file in FILES[1:]]


@pytest.fixture(scope="module")
def ours(trained):
    return torch.load(trained.gymctl.directory / trained.result["last_checkpoint"], weights_only=True)


@pytest.mark.parametrize(("content", "file"), FILES_OF_ALL_YEARS, ids=lambda part: part.__name__)
def test_an_old_file_plays_as_ours_exports_and_resumes(invoke, ours, tmp_path, content, file):
    old, new = tmp_path / "old.pth", tmp_path / "new.pth"
    torch.save(content(ours), old)
    file(old)
    torch.save(ours, new)
    played = [json.loads(invoke("play", "Cartpole", path, "--num-envs", 4, "--json").stdout) for path in (old, new)]
    assert played[0]["reward"] == played[1]["reward"]
    exported = json.loads(invoke("export", "Cartpole", old, "--format", "torchscript", "--json").stdout)
    assert exported["verified"]
    arguments = ("--num-envs", 16, "--max-iterations", ours["epoch"] + 1, "--json")
    resumed = json.loads(invoke("train", "Cartpole", "--resume", old, *arguments).stdout)
    assert resumed["epochs"] == ours["epoch"] + 1
    assert load_checkpoint(tmp_path / resumed["last_checkpoint"])["frame"] == ours["frame"] + 16 * 16


def test_a_file_of_other_sizes_is_explained(refuse, ours, tmp_path):
    torch.save(ours, tmp_path / "old.pth")
    refusal = refuse("play", "Cartpole", "old.pth", "train.params.network.mlp.units=[64,64]")
    assert "4 → 32 → 32 → 1" in refusal.what
    assert "4 → 64 → 64 → 1" in refusal.what
    refusal = refuse("play", "Ant", "old.pth")
    assert "4 observations, 1 action" in refusal.what
    assert "60 and 8" in refusal.what


@pytest.mark.parametrize(
    "damage",
    [
        {"epoch": "many"},
        {"epoch": -1},
        {"frame": 1.5},
        {"last_mean_rewards": "high"},
        {"last_mean_rewards": float("nan")},
        {"optimizer": 3},
        {"optimizer": {}},
        {"optimizer": {"state": {0: {"exp_avg": torch.ones(7, 7)}}, "param_groups": []}},
        {"optimizer": {"state": {99: {"exp_avg": torch.ones(7)}}, "param_groups": []}},
        {"optimizer": {"state": {}, "param_groups": []}},
        {"optimizer": {"state": {}, "param_groups": [{"lr": 1e-3}]}},
    ],
    ids=str,
)
def test_a_training_state_that_cannot_be_continued_is_refused_while_its_policy_plays(
    refuse, invoke, ours, tmp_path, damage
):
    torch.save(ours | damage, tmp_path / "old.pth")
    refusal = refuse("train", "Cartpole", "--num-envs", 16, "--max-iterations", 20, "--resume", "old.pth")
    assert "can be played, not continued" in refusal.fix
    invoke("play", "Cartpole", "old.pth", "--num-envs", 4)


@pytest.mark.parametrize(
    "damage", [3, {}, {"env": torch.ones(2)}, [torch.ones(3)], {"random": {"torch": None}}], ids=str
)
def test_a_resume_state_that_is_none_is_passed_over(invoke, trained, ours, tmp_path, damage):
    import shutil

    run = tmp_path / "runs" / trained.path.name
    shutil.copytree(trained.path, run)
    last = tmp_path / trained.result["last_checkpoint"]
    torch.save(ours | {"resume_state": damage}, last)
    result = json.loads(invoke("train", "--resume", run, "--max-iterations", 13, "--json").stdout)
    assert result["epochs"] == 13
    assert "starting new ones" in (run / "train.log").read_text()


def test_an_optimizer_that_another_pytorch_ran_in_another_way_goes_on(invoke, ours, tmp_path):
    (group,) = ours["optimizer"]["param_groups"]
    optimizer = ours["optimizer"] | {"param_groups": [group | {"foreach": True, "fused": None}]}
    torch.save(ours | {"optimizer": optimizer}, tmp_path / "old.pth")
    words = ("--num-envs", 16, "--max-iterations", ours["epoch"] + 1, "--resume", "old.pth", "--json")
    assert json.loads(invoke("train", "Cartpole", *words).stdout)["epochs"] == ours["epoch"] + 1
