"""``gymctl play`` and ``gymctl export`` on a trained run."""

import contextlib
import json
import shutil

import pytest
from typer.testing import CliRunner

from gymctl.commands.app import app
from gymctl.policies.export.exporter import export
from tests.helpers.networks import make_checkpoint, make_config, save

pytestmark = pytest.mark.slow


def play(trained, *arguments):
    """The result of a play within this process, which saves imports; the same one is run only once."""
    if arguments not in trained.plays:
        with contextlib.chdir(trained.gymctl.directory):
            played = CliRunner().invoke(app, ["play", "Cartpole", *map(str, arguments), "--json"])
        assert played.exit_code == 0, played.output
        trained.plays[arguments] = json.loads(played.stdout)
    return trained.plays[arguments]


def test_play_reports_returns_and_lengths_with_their_interval(trained):
    result = play(trained, "--episodes", 100)
    assert result["schema_version"] == 1
    assert result["checkpoint"].endswith("nn/Cartpole.pth")
    assert len(result["checkpoint_sha256"]) == 64
    assert (result["action_mode"], result["sigma"]) == ("mean", None)
    assert (result["num_envs"], result["episodes"]) == (64, 128)  # the same number from every env
    for statistics in (result["reward"], result["length"]):
        low, high = statistics["ci95"]
        assert statistics["min"] <= low <= statistics["mean"] <= high <= statistics["max"]
    assert result["seed"] == 7
    assert (result["device"], result["engine"]) == ("cpu", "mujoco")


def test_sigma_0_is_the_mean_action_and_noise_changes_the_return(trained):
    mean, zero = play(trained), play(trained, "--sigma", 0)
    assert mean["reward"] == zero["reward"]
    assert zero["sigma"] == 0
    noisy, learned = play(trained, "--sigma", 0.5), play(trained, "--stochastic")
    assert (noisy["action_mode"], noisy["sigma"]) == ("gaussian", 0.5)
    assert (learned["action_mode"], learned["sigma"]) == ("learned", None)
    assert len({str(result["reward"]) for result in (mean, noisy, learned)}) == 3
    assert play(trained, "sigma=0.5")["sigma"] == 0.5


def test_the_seed_makes_it_repeatable(trained):
    again = trained.gymctl.json("play", "Cartpole", "--sigma", 0.5, "--seed", 7)
    assert again["reward"] == play(trained, "--sigma", 0.5)["reward"]
    assert again["reward"] != play(trained, "--sigma", 0.5, "--seed", 8)["reward"]


@pytest.mark.parametrize(
    ("what", "played"), [("best", "nn/Cartpole.pth"), ("latest", "_ep_12_"), (None, "nn/Cartpole.pth")]
)
def test_best_latest_or_nothing_choose_from_the_newest_run(trained, what, played):
    assert played in play(trained, *filter(None, [what]))["checkpoint"]


def test_a_run_directory_or_a_file_choose_directly(trained):
    assert play(trained, trained.result["run_dir"])["checkpoint"] == trained.result["best_checkpoint"]
    last = trained.result["last_checkpoint"]
    assert play(trained, last)["checkpoint"] == last
    assert play(trained, f"checkpoint={last}")["checkpoint"] == last


def test_the_runs_own_config_is_used_and_overrides_change_it(trained):
    short = play(trained, "task.env.episodeLength=6")
    assert short["length"]["max"] == 6
    assert short["num_envs"] == 64


def test_fewer_episodes_than_64_take_fewer_envs(trained):
    assert (play(trained, "--episodes", 3)["num_envs"], play(trained, "--episodes", 3)["episodes"]) == (3, 3)


def test_a_checkpoint_without_its_run_plays_with_the_packaged_config(trained, gymctl):
    shutil.copy(trained.gymctl.directory / trained.result["best_checkpoint"], gymctl.directory / "old policy.pth")
    assert gymctl.json("play", "Cartpole", "old policy.pth")["reward"]["mean"] > 0


def test_a_policy_of_another_task_is_refused(trained):
    done = trained.gymctl("play", "Ant", trained.result["best_checkpoint"], code=2)
    assert "Cartpole" in done.stderr


def test_the_mode_and_the_choice_are_said(trained):
    done = trained.gymctl("play", "Cartpole", "--sigma", "0.5")
    assert "actions: sampled, std 0.5 (overridden)" in done.stderr
    assert "the best checkpoint" in done.stderr
    assert "95% interval" in done.stdout


def test_a_single_episode_has_no_interval(trained):
    single = play(trained, "--num-envs", 1)
    assert single["episodes"] == 1
    assert single["reward"]["ci95"] is single["length"]["ci95"] is None
    lines = trained.gymctl("play", "Cartpole", "--num-envs", 1).stdout.splitlines()
    assert next(line.split()[3] for line in lines if line.startswith("return")) == "-"
    assert "1 episode," in lines[0]


def test_an_exported_file_plays_like_its_checkpoint(trained):
    exported = trained.gymctl.json("export", "Cartpole", "--output", "policy.onnx")
    assert exported["verified"] is True
    assert exported["max_abs_error"] < 1e-5
    assert {"task", "checkpoint", "format", "path", "inputs", "outputs"} <= exported.keys()
    from_file, from_network = play(trained, "policy.onnx", "--episodes", 128), play(trained, "--episodes", 128)
    (low, high), (lowest, highest) = from_network["reward"]["ci95"], from_file["reward"]["ci95"]
    assert max(low, lowest) <= min(high, highest)
    assert from_file["checkpoint"] == "policy.onnx"
    assert "mean action" in trained.gymctl("play", "Cartpole", "policy.onnx", "--sigma", 0.5, code=2).stderr
    assert "Cartpole" in trained.gymctl("play", "Ant", "policy.onnx", code=2).stderr


def test_an_exported_file_of_the_same_task_with_other_sizes_asks_for_its_settings(refuse, tmp_path):
    config = make_config()
    exported = export(config, save(make_checkpoint(config), tmp_path / "Ant.pth"), "onnx").path
    refused = refuse("play", "Ant", exported)
    assert "for Ant with 12 observations and 3 actions; Ant has 60 and 8" in refused.what
    assert refused.fix == f"give the settings of task.env that {exported.name} was exported with"


def test_without_a_policy_there_is_no_checkpoint_and_every_flag_works(invoke, tmp_path, opengl):
    words = ["play", "Cartpole", "--agent", "random", "--episodes", 4, "task.env.episodeLength=9"]
    film = ["--video", tmp_path / "random.mp4", "--video-size", "64x64", "--video-length", 0.1]
    result = json.loads(invoke(*words, *film, "--json").stdout)
    assert result["checkpoint"] is result["checkpoint_sha256"] is result["recorded_return"] is None
    assert (result["action_mode"], result["episodes"]) == ("random", 4)
    assert (tmp_path / "random.mp4").stat().st_size > 0
    watched = json.loads(invoke(*words, "--viewer", "--json").stdout)
    assert watched["reward"] == result["reward"]
    told = invoke(*words)
    assert "actions: uniform in [-1, 1]" in told.stderr


def test_the_terms_of_the_return_are_told(trained):
    result = play(trained)
    assert sum(result["reward_terms"].values()) == pytest.approx(result["reward"]["mean"])
    lines = trained.gymctl("play", "Cartpole").stdout.splitlines()
    told = dict(line.split() for line in lines[lines.index("terms of the return, means per episode:") + 1 :][:4])
    assert {name: float(value) for name, value in told.items()} == pytest.approx(result["reward_terms"], abs=0.006)


def test_torchscript_and_unknown_formats(trained):
    exported = trained.gymctl.json("export", "Cartpole", "latest", "--format", "torchscript", "-o", "policy.pt")
    assert exported["format"] == "torchscript"
    assert (trained.gymctl.directory / "policy.pt").exists()
    assert "onnx" in trained.gymctl("export", "Cartpole", "--format", "onx", code=2).stderr
