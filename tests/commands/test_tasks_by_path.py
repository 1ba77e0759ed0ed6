"""A task that is named by where its class is: every command takes it, and what gymctl suggests works when pasted."""

import json
import shlex
import signal
from pathlib import Path

import pytest

from gymctl.scaffold.package import write_package
from tests.commands.test_train import wait_for_epochs
from tests.scaffold.conftest import ROBOTS

TASK = "my_arm/my_arm/task.py:MyArm"
FOREIGN = f"{Path(__file__).parents[1]}/isaacgym/own/cart.py:Cart"
SMALL = ("--num-envs", 8, "--device", "cpu", "train.params.config.horizon_length=8")


@pytest.fixture
def package(tmp_path):
    return write_package("my_arm", ROBOTS / "arm.xml", [], parent=tmp_path)


def suggested(text, command):
    """The words of a command that gymctl tells to run next."""
    line = next(line for line in text.splitlines() if f"gymctl {command} " in line)
    return shlex.split(line[line.index("gymctl ") :])[1:]


def test_it_is_trained_played_exported_and_shown(package, invoke):
    trained = invoke("train", TASK, *SMALL, "--max-iterations", 1)
    invoke(*suggested(trained.stdout, "play"), "--episodes", 1, "--device", "cpu")
    (run,) = Path("runs").iterdir()
    for task in (TASK, str(Path(TASK).absolute())):
        played = json.loads(invoke("play", task, "--episodes", 1, "--device", "cpu", "--json").stdout)
        assert Path(played["checkpoint"]).parents[1] == run
    invoke("export", TASK, "--output", "arm.onnx")
    played = json.loads(invoke("play", TASK, "arm.onnx", "--episodes", 1, "--device", "cpu", "--json").stdout)
    assert played["checkpoint"] == "arm.onnx"
    assert "observations" in invoke("tasks", "show", TASK).stdout
    shown = invoke("runs").stdout
    assert "task.py:MyArm" in shown
    assert str(package.directory) not in shown
    for words in (("list", TASK), ("list", "task.py:MyArm"), ("show", TASK)):
        assert run.name in invoke("runs", *words).stdout
    for flag in ("--resume", "--from-run"):
        again = ("train", TASK, flag, "newest", "--max-iterations", 2, "--json")
        assert json.loads(invoke(*again).stdout)["epochs"] == 2
        refused = invoke("train", flag, "newest", code=2)
        assert suggested(refused.stderr, "train") == ["train", f"{Path(TASK).absolute()}", flag, "newest"]
    refused = invoke("runs", "report", TASK, "--episodes", 1, code=2).stderr
    assert "--episodes 0" in refused
    words = (*suggested(refused, "runs"), "--episodes", 2, "--no-video", "--device", "cpu", "--json")
    assert json.loads(invoke(*words).stdout)["episodes"] == 2
    other = ("runs", "report", TASK, "--task", "my_arm/task.py:MyLeg")
    assert "not my_arm/task.py:MyLeg" in invoke(*other, code=2).stderr
    assert "plays nothing" in invoke("runs", "report", TASK, "--task", TASK, "--episodes", 0, code=2).stderr


def test_what_an_interrupted_training_suggests_works(package, gymctl):
    process = gymctl.start("train", TASK, *map(str, SMALL), "--max-iterations", "100000")
    wait_for_epochs(process)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    words = suggested(stdout, "train")
    epochs = int(stdout.split(" epoch")[0].split()[-1].replace(",", ""))
    assert gymctl.json(*words, "--max-iterations", epochs + 1)["epochs"] == epochs + 1


def test_a_run_is_continued_and_played_without_the_yamls_that_it_was_trained_with(package, invoke):
    own = package.directory / "my_arm" / "configs"
    elsewhere = own.rename("cfg_elsewhere")
    trained = invoke("train", TASK, "--config-dir", elsewhere, *SMALL, "--max-iterations", 1)
    invoke(*suggested(trained.stdout, "play"), "--episodes", 1, "--device", "cpu")
    assert "there are no YAMLs" in invoke("train", TASK, code=2).stderr


def test_one_in_isaac_gyms_style_is_shown_and_measured_and_a_check_by_its_contract_refused_once(invoke, tmp_path):
    folder = f"task.env.asset.assetRoot={tmp_path}"
    shown = invoke("tasks", "show", FOREIGN, folder).stdout
    assert "2 observations, 1 action" in shown
    measured = invoke("bench", FOREIGN, "--num-envs", 8, "--device", "cpu", "--no-train", folder, "--json")
    assert json.loads(measured.stdout)
    invoke("train", FOREIGN, "--num-envs", 8, "--device", "cpu", "--max-iterations", 1, folder)
    refused = invoke("export", FOREIGN, "--output", "cart.onnx", "--check-in-mujoco", code=2).stderr
    assert refused.count("doesn't say what its observations") == 1
    assert not Path("cart.onnx").exists()
