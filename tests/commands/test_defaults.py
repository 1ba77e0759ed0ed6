"""Defaults that the user keeps in a file: who stands above whom, and what a project's file may not do."""

import json
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """The user's own settings, none at first."""
    monkeypatch.delenv("GYMCTL_SETTINGS", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "gymctl").mkdir(parents=True)
    return tmp_path / "home" / "gymctl" / "gymctl.toml"


def num_envs(invoke, *flags, env=None):
    return json.loads(invoke("config", "Ant", *flags, "--json", env=env).stdout)["config"]["num_envs"]


def test_a_flag_stands_above_a_variable_above_the_project_above_the_users_own(invoke, home):
    home.write_text("num_envs = 11\n")
    assert num_envs(invoke) == 11
    Path("pyproject.toml").write_text("[tool.gymctl]\nnum-envs = 12\n")
    assert num_envs(invoke) == 12
    Path("gymctl.toml").write_text("num-envs = 13\n")
    assert num_envs(invoke) == 13
    assert num_envs(invoke, env={"GYMCTL_NUM_ENVS": "14"}) == 14
    assert num_envs(invoke, "--num-envs", 15, env={"GYMCTL_NUM_ENVS": "14"}) == 15


def test_the_origin_of_a_value_is_the_file(invoke):
    Path("gymctl.toml").write_text("seed = 9\n")
    assert "# --seed in gymctl.toml" in invoke("config", "Cartpole", "--origins").stdout


def test_runs_are_where_the_file_says_for_every_command(invoke):
    Path("gymctl.toml").write_text('runs_dir = "experiments"\nnum_envs = 16\n')
    invoke("train", "Cartpole", "--max-iterations", 1)
    assert len(list(Path("experiments").iterdir())) == 1
    assert len(json.loads(invoke("runs", "list", "--json").stdout)["runs"]) == 1


def test_a_file_that_a_variable_names_is_the_only_one(invoke, home, tmp_path):
    home.write_text("num_envs = 11\n")
    Path("gymctl.toml").write_text("num-envs = 13\n")
    assert num_envs(invoke, env={"GYMCTL_SETTINGS": ""}) not in (11, 13)
    (tmp_path / "mine.toml").write_text("num-envs = 14\n")
    assert num_envs(invoke, env={"GYMCTL_SETTINGS": "mine.toml"}) == 14


def test_the_users_own_may_name_any_folder_and_switch_tracking_on(invoke, home, tmp_path):
    home.write_text(f'config_dir = "{tmp_path}/cfg"\nwandb = true\n')
    (tmp_path / "cfg" / "task").mkdir(parents=True)
    (tmp_path / "cfg" / "task" / "Mine.yaml").write_text("defaults: [Cartpole]\n")
    shown = invoke("train", "Mine", "train=CartpolePPO", "--dry-run", env={"WANDB_MODE": "offline"}).stdout
    assert "wandb_activate: true" in shown


@pytest.mark.parametrize("key", ["wandb = true", 'config_dir = "cfg"'])
def test_a_projects_file_can_neither_track_nor_change_configs(refuse, key):
    Path("gymctl.toml").write_text(key)
    assert "only your own settings may" in refuse("tasks").what


@pytest.mark.parametrize("where", ["../out", "/tmp/out", "~/out", "link"])
def test_a_projects_runs_stay_in_the_project(refuse, tmp_path, where):
    (tmp_path / "link").symlink_to("/tmp")
    Path("gymctl.toml").write_text(f'runs_dir = "{where}"\n')
    assert "leads out of the project" in refuse("runs").what


def test_a_resumed_sweep_keeps_its_settings(refuse):
    Path("gymctl.toml").write_text("num_envs = 13\n")
    assert "there is no sweep" in refuse("sweep", "--resume", "missing").what


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("num_env = 3", "'num_env'"),
        ("num_envs = 0", "can't be 0"),
        ("num_envs = true", "can't be True"),
        ("device = 3", "can't be 3"),
        ("num_envs = ", "is no TOML"),
        ("a = " + "[" * 100_000, "is no TOML"),
        ("\x00", "is no TOML"),
        ("seed = " + "9" * 5_000, "is no TOML"),
        ("seed = 0x" + "f" * 5_000, "can't be a number"),
        ("device = [0x" + "f" * 5_000 + "]", "can't be a number"),
        ('runs_dir = "a\\u0000b"', r"can't be 'a\x00b'"),
        ("a." * 200_000 + "a = 1", "has more than 1,000 dots"),
        ('runs_dir = "~nobody-at-all/../../out"', "leads out"),
    ],
)
def test_a_bad_file_is_refused_in_two_lines(refuse, text, says):
    Path("gymctl.toml").write_text(text)
    refusal = refuse("tasks")
    assert says in refusal.what
    assert "gymctl.toml" in refusal.what


@pytest.mark.parametrize("text", ["tool = 3 # tool.gymctl", "tool.gymctl = 3"])
def test_a_pyproject_without_a_table_is_refused(refuse, text):
    Path("pyproject.toml").write_text(text)
    assert "is no table" in refuse("tasks").what


def test_a_pyproject_of_others_is_no_concern(invoke):
    Path("pyproject.toml").write_text("[tool.other\n")
    invoke("tasks")
    Path("pyproject.toml").write_text("[tool]\ngymctl = 3\n")
    invoke("tasks")
