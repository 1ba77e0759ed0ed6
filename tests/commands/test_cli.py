"""The command line as a whole: help, errors, exit codes."""

import json
import subprocess
import sys

import pytest

import gymctl as package

pytestmark = pytest.mark.slow


def test_help_and_completion_import_neither_torch_nor_mujoco():
    code = """
import sys
from typer.testing import CliRunner
from gymctl.commands.app import app
for arguments in (["--help"], ["train", "--help"], ["play", "-h"], ["export", "-h"]):
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0 and "Usage" in result.stdout
assert not {"torch", "mujoco", "rl_games", "gymnasium"} & set(sys.modules), "imported"
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_version(gymctl):
    assert gymctl("-V").stdout == gymctl("--version").stdout == f"gymctl {package.__version__}\n"


def test_python_dash_m_is_the_same_command(tmp_path):
    done = subprocess.run([sys.executable, "-m", "gymctl", "--version"], capture_output=True, text=True, check=True)
    assert package.__version__ in done.stdout


def test_tasks_lists_sizes_as_text_and_as_json(gymctl):
    listed = gymctl.json("tasks")
    assert listed["schema_version"] == 1
    ant = next(task for task in listed["tasks"] if task["name"] == "Ant")
    assert {key: ant[key] for key in ("observations", "states", "actions")} == {
        "observations": 60,
        "states": 0,
        "actions": 8,
    }
    assert ant["num_envs"] == 4096
    assert ant["description"]
    assert "Cartpole" in gymctl("tasks").stdout


def test_config_prints_yaml_that_is_valid_input_again(gymctl):
    printed = gymctl("config", "Ant", "--num-envs", 128, "task.env.headingWeight=0.7").stdout
    (gymctl.directory / "mine").mkdir()
    (gymctl.directory / "mine" / "config.yaml").write_text(printed)
    assert gymctl("config", "Ant", "--config-dir", "mine").stdout == printed
    assert "headingWeight: 0.7" in printed


def test_config_says_where_values_come_from(gymctl, invoke):
    arguments = ("config", "Ant", "--seed", 6, "task.env.headingWeight=0.7", "--origins")
    told = invoke(*arguments, env={"GYMCTL_NUM_ENVS": "32"}).stdout
    lines = {line.split()[0]: line.partition("# ")[2] for line in told.splitlines() if "#" in line}
    assert lines["numEnvs:"] == "GYMCTL_NUM_ENVS"
    assert lines["headingWeight:"] == "task.env.headingWeight="
    assert lines["upWeight:"] == "gymctl: task/Ant.yaml"
    origins = gymctl.json(*arguments)["origins"]
    assert (origins["seed"], origins["train.params.seed"]) == ("--seed", "--seed")


def test_a_dry_run_prints_the_config_of_the_training_and_leaves_nothing(invoke, tmp_path):
    arguments = ("train", "Cartpole", "--num-envs", 24, "--device", "cpu", "--dry-run")
    result = invoke(*arguments)
    assert "would train Cartpole: 24 envs, mujoco on cpu" in result.stderr
    assert "# --num-envs" in result.stdout
    told = json.loads(invoke(*arguments, "--json").stdout)
    assert told["config"]["train"]["params"]["config"]["minibatch_size"] == 24 * 16
    assert told["origins"]["train.params.config.minibatch_size"] == "gymctl: fitted"
    assert list(tmp_path.iterdir()) == []


def test_environment_variables_stand_below_flags(gymctl):
    env = {"GYMCTL_NUM_ENVS": "32", "GYMCTL_SEED": "5"}
    config = gymctl.json("config", "Ant", "--seed", 6, env=env)["config"]
    assert config["task"]["env"]["numEnvs"] == 32
    assert config["seed"] == 6


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["trian", "Ant"], "train"),
        (["train"], "gymctl train Ant"),
        (["train", "ant"], "'Ant'"),
        (["train", "Antt"], "'Ant'"),
        (["train", "Ant", "Cartpole"], "unexpected argument 'Cartpole'"),
        (["train", "Ant", "--num-envs", "0"], "--num-envs"),
        (["train", "Ant", "--nun-envs", "4"], "--num-envs"),
        (["train", "Ant", "--device", "gpu"], "cuda"),
        (["train", "Ant", "--engine", "physics"], "mujoco"),
        (["train", "Ant", "task.env.headingWeigth=1"], "headingWeight"),
        (["train", "Ant", "--resume", "nowhere"], "nowhere"),
        (["train", "Ant", "test=True"], "gymctl play Ant"),
        (["train", "Ant", "sigma=0"], "gymctl play Ant"),
        (["train", "Ant", "--experiment", "a/b"], "separators"),
        (["train", "AntSAC", "multi_gpu=True"], "several ranks"),
        (["play", "Ant"], "gymctl train Ant"),
        (["play", "Ant", "nothing.pth"], "nothing.pth"),
        (["play", "Ant", "nothing.onnx"], "nothing.onnx"),
        (["play", "Ant", "--sigma", "-1"], "--sigma"),
        (["play", "Ant", "--sigma", "nan"], "--sigma"),
        (["play", "Ant", "--sigma", "0.5", "--stochastic"], "exclude"),
        (["play", "Ant", "sigma=a"], "sigma"),
        (["play", "Ant", "--episodes", "0"], "--episodes"),
        (["export", "Ant"], "gymctl train Ant"),
        (["config", "Nothing"], "gymctl tasks"),
    ],
)
def test_bad_input_exits_2_says_what_to_do_and_leaves_nothing(invoke, tmp_path, arguments, says):
    done = invoke(*arguments, code=2)
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["trian", "Ant"], "train"), (["train", "Ant", "task.env.headingWeigth=1"], "headingWeight")],
)
def test_the_installed_command_refuses_bad_input_alike(gymctl, arguments, says):
    done = gymctl(*arguments, code=2)
    assert says in done.stderr
    assert (done.stdout, "Traceback" in done.stderr) == ("", False)


@pytest.mark.parametrize("option", [["--device", "cuda:0"], ["--engine", "mujoco_warp"]])
def test_a_missing_backend_exits_3(gymctl, option):
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("this machine has the device")
    assert "use --" in gymctl("train", "Cartpole", *option, code=3).stderr
    assert list(gymctl.directory.iterdir()) == []


def test_debug_shows_the_traceback(gymctl):
    assert "Traceback" in gymctl("play", "Ant", env={"GYMCTL_DEBUG": "1"}, code=1).stderr


def test_errors_keep_stdout_empty_with_json(gymctl):
    assert gymctl("play", "Ant", "--json", code=2).stdout == ""


def test_json_is_one_line(gymctl):
    assert json.loads(gymctl("tasks", "--json").stdout.splitlines()[0])


@pytest.mark.parametrize("words", [("Ant",), ("Ant", "train=AntSAC"), ("Cartpole", "--num-envs", 48)])
def test_config_prints_what_a_training_on_this_machine_would_use(invoke, words):
    printed, planned = (
        json.loads(invoke(*command, "--json").stdout)["config"]
        for command in (("config", *words), ("train", *words, "--dry-run"))
    )
    assert printed == planned


def test_config_prints_a_config_for_another_machine(invoke):
    printed = json.loads(invoke("config", "Ant", "--device", "cuda:7", "--json").stdout)["config"]
    assert printed["sim_device"] == printed["rl_device"] == "cuda:7"
