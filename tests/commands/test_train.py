"""``gymctl train`` as a user runs it: real processes, real runs, real signals."""

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import time

import pytest
import torch
import yaml

from gymctl.policies.checkpoints.loading import load_checkpoint
from tests.helpers.terminals import drained
from tests.helpers.warm import GYMCTL

pytestmark = pytest.mark.slow

SHORT = ("train", "Cartpole", "--num-envs", 32)


def rewards(run_dir):
    """Mean reward of every epoch, from TensorBoard's files."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(run_dir / "summaries")).Reload()
    return [event.value for event in events.Scalars("rewards/iter")]


def test_a_run_leaves_config_manifest_checkpoints_curves_and_log(trained):
    result, path = trained.result, trained.path
    assert result["schema_version"] == 1
    assert {"task", "run_dir", "best_checkpoint", "last_checkpoint", "epochs", "env_steps"} <= result.keys()
    assert (result["epochs"], result["env_steps"], result["frames"]) == (12, 12 * 64 * 16, 12 * 64 * 16)
    assert result["stopped_by"] == "max_epochs"
    assert result["reward_mean"] > 10
    assert result["wall_seconds"] > 0 < result["steps_per_second"]
    assert re.fullmatch(r"Cartpole_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d", path.name)
    manifest = json.loads((path / "run.json").read_text())
    assert manifest["status"] == "completed"
    assert manifest["task"] == "Cartpole"
    assert manifest["seed"] == 7
    assert {"gymctl", "torch", "mujoco", "rl-games", "python"} <= manifest["versions"].keys()
    config = yaml.safe_load((path / "config.yaml").read_text())
    assert config["task"]["env"]["numEnvs"] == config["train"]["params"]["config"]["num_actors"] == 64
    assert len(rewards(path)) > 5
    assert "seq_length" in (path / "train.log").read_text()  # rl_games' prints


def test_checkpoints_are_named_as_by_isaacgymenvs_and_load_with_weights_only(trained):
    names = sorted(file.name for file in (trained.path / "nn").iterdir())
    assert names[0] == "Cartpole.pth"
    assert re.fullmatch(r"last_Cartpole_ep_\d+_rew_-?[\d.]+\.pth", names[-1])
    state = torch.load(trained.path / "nn" / "Cartpole.pth", weights_only=True)
    assert state["env_state"]["task"] == "Cartpole"
    assert state["model"]["a2c_network.mu.weight"].shape == (1, 32)


def test_off_a_terminal_progress_is_plain_lines_and_stdout_is_the_summary(gymctl):
    done = gymctl(*SHORT, "--max-iterations", 2)
    assert "epoch 2/2" in done.stderr
    assert "\x1b" not in done.stderr + done.stdout
    assert "loading" not in done.stderr
    assert "note: minibatch 8192 -> 512" in done.stderr
    assert "next: gymctl play Cartpole runs/Cartpole_" in done.stdout
    assert gymctl(*SHORT, "--max-iterations", 1, "-q").stderr == ""


@pytest.mark.parametrize("quiet", [False, True])
def test_on_a_terminal_it_says_first_what_is_loaded(tmp_path, quiet):
    ours, theirs = pty.openpty()
    options = ["--dry-run", *(["--quiet"] if quiet else [])]
    subprocess.run(
        [GYMCTL, "train", "Cartpole", *options], cwd=tmp_path, stderr=theirs, stdout=subprocess.DEVNULL, check=True
    )
    shown = drained(ours).decode()
    os.close(ours)
    os.close(theirs)
    assert shown.startswith("loading PyTorch and MuJoCo\r\n") != quiet


@pytest.mark.parametrize("num_envs", [1, 7, 100])
def test_any_number_of_envs_works(gymctl, num_envs):
    assert gymctl.json("train", "Cartpole", "--num-envs", num_envs, "--max-iterations", 1)["frames"] == num_envs * 16


def test_isaacgymenvs_spelling_is_understood(gymctl):
    words = ["task=Cartpole", "num_envs=16", "seed=3", "max_iterations=2", "headless=True", "experiment=old"]
    result = gymctl.json("train", *words)
    assert result["epochs"] == 2
    assert "runs/old_" in result["run_dir"]
    config = yaml.safe_load((gymctl.directory / result["run_dir"] / "config.yaml").read_text())
    assert config["seed"] == 3
    assert config["task"]["env"]["numEnvs"] == 16


def test_the_same_seed_gives_the_same_rewards_to_the_last_digit(gymctl):
    def curve(seed):
        result = gymctl.json("train", "Ant", "--num-envs", 64, "--max-iterations", 6, "--seed", seed)
        state = load_checkpoint(gymctl.directory / result["last_checkpoint"])
        return rewards(gymctl.directory / result["run_dir"]), state["model"]["a2c_network.mu.weight"]

    (first, weights), (second, same_weights), (other, _) = curve(0), curve(0), curve(1)
    assert len(first) > 2
    assert first == second
    assert torch.equal(weights, same_weights)
    assert first != other


def test_resume_continues_a_run_in_place_and_keeps_a_better_best(trained, gymctl):
    shutil.copytree(trained.gymctl.directory / "runs", gymctl.directory / "runs")
    best = gymctl.directory / trained.result["best_checkpoint"]
    state = torch.load(best, weights_only=True)
    for file in best.parent.iterdir():  # a best that can't be beaten
        content = torch.load(file, weights_only=True)
        torch.save({**content, "last_mean_rewards": 1e6}, file)
    before = best.read_bytes()
    result = gymctl.json("train", "Cartpole", "--resume", trained.result["run_dir"], "--max-iterations", 15)
    assert result["run_dir"] == trained.result["run_dir"]
    assert result["epochs"] == 15
    assert result["frames"] == 15 * 64 * 16
    assert best.read_bytes() == before
    resumed = load_checkpoint(gymctl.directory / result["last_checkpoint"])
    assert resumed["epoch"] == 15
    count = "running_mean_std.count"
    assert resumed["model"][count] > state["model"][count]
    steps = [checkpoint["optimizer"]["state"][0]["step"] for checkpoint in (state, resumed)]
    assert steps[1] > steps[0]


def test_resuming_a_checkpoint_file_makes_a_new_run_with_the_old_best(trained, gymctl):
    source = trained.gymctl.directory / trained.result["last_checkpoint"]
    result = gymctl.json("train", "Cartpole", "--resume", source, "--max-iterations", 13)
    path = gymctl.directory / result["run_dir"]
    assert path != trained.path
    assert result["epochs"] == 13
    assert (path / "nn" / "Cartpole.pth").exists()
    assert yaml.safe_load((path / "config.yaml").read_text())["task"]["env"]["numEnvs"] == 64


def test_a_best_checkpoint_that_tells_no_reward_is_named_without_one(trained, gymctl):
    path = gymctl.directory / "runs" / trained.path.name
    shutil.copytree(trained.path, path)
    best = path / "nn" / "Cartpole.pth"
    state = torch.load(best, weights_only=True)
    del state["last_mean_rewards"]
    torch.save(state, best)
    settings = ["--max-iterations", state["epoch"] + 1, "train.params.config.save_best_after=1000"]
    done = gymctl("train", "Cartpole", "--resume", best, *settings)
    assert re.search(r"^best: \S+/Cartpole\.pth$", done.stdout, re.MULTILINE)


def test_resuming_a_finished_run_says_how_to_go_on(trained):
    done = trained.gymctl("train", "Cartpole", "--resume", trained.result["run_dir"], code=2)
    assert "--max-iterations 24" in done.stderr


def test_resuming_another_tasks_run_is_refused(trained):
    assert "Cartpole" in trained.gymctl("train", "Ant", "--resume", trained.result["run_dir"], code=2).stderr


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_stops_after_the_epoch_with_a_checkpoint(gymctl, number, code):
    process = gymctl.start("train", "Cartpole", "--num-envs", "64", "--max-iterations", "100000", "--json")
    wait_for_epochs(process)
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == code, stderr
    result = json.loads(stdout)
    assert result["stopped_by"] == number.name
    assert load_checkpoint(gymctl.directory / result["last_checkpoint"])["epoch"] == result["epochs"]
    assert json.loads((gymctl.directory / result["run_dir"] / "run.json").read_text())["status"] == "interrupted"
    more = result["epochs"] + 2
    assert gymctl.json("train", "Cartpole", "--resume", result["run_dir"], "--max-iterations", more)["epochs"] == more


def test_a_second_signal_stops_at_once(gymctl):
    process = gymctl.start("train", "Ant", "--num-envs", "4096", "--max-iterations", "100000")  # epochs of seconds
    wait_for_epochs(process)
    time.sleep(0.2)  # into the next one
    process.send_signal(signal.SIGINT)
    assert any("once more to stop at once" in line for line in process.stderr)  # two at a time would count as one
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    (manifest,) = gymctl.directory.glob("runs/Ant_*/run.json")
    assert json.loads(manifest.read_text())["status"] == "interrupted"


def wait_for_epochs(process):
    for line in process.stderr:
        if line.startswith("epoch"):
            return
    raise AssertionError("it ended before the first epoch")


@pytest.mark.parametrize(
    ("arguments", "num_envs"),
    [([], 1024), (["--num-envs", 64], 64), (["task.env.numEnvs=32"], 32), (["num_envs=16"], 16)],
)
def test_on_a_cpu_ant_takes_fewer_envs_and_says_so_unless_the_user_chose(gymctl, arguments, num_envs):
    done = gymctl("train", "Ant", "--max-iterations", 1, "--device", "cpu", "--json", *arguments)
    config = yaml.safe_load((gymctl.directory / json.loads(done.stdout)["run_dir"] / "config.yaml").read_text())
    assert config["task"]["env"]["numEnvs"] == config["train"]["params"]["config"]["num_actors"] == num_envs
    assert ("on a CPU num_envs is 1024" in done.stderr) == (num_envs == 1024)
