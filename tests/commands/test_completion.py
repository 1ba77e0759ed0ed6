"""Completion, asked for as the shells do it."""

import json
import os
import pty
import shlex
import subprocess
import sys

import pytest

from tests.helpers.warm import GYMCTL


@pytest.fixture
def complete(invoke, tmp_path):
    """What bash is given for a line that ends where the cursor stands; ``=`` is a word of its own there."""
    for name, task in (("Ant_2026-01-31_12-00-00", "Ant"), ("mine_2026-02-01_12-00-00", "Cartpole")):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "run.json").write_text(json.dumps({"task": task}))
    (tmp_path / "old.pth").touch()

    def run(line):
        words = [*shlex.split(line), *([""] if line.endswith(" ") else [])]
        env = {
            "_GYMCTL_COMPLETE": "complete_bash",
            "COMP_WORDS": "\n".join(words),
            "COMP_CWORD": str(len(words) - 1),
        }
        result = invoke(env=env)
        assert result.stderr == ""
        return result.stdout.split()

    return run


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("gymctl tr", ["train"]),
        ("gymctl train Ant", ["Ant", "AntSAC"]),
        ("gymctl bench Quad", ["Quadcopter"]),
        ("gymctl train Ant --eng", ["--engine"]),
        ("gymctl play Ant --video-s", ["--video-size", "--video-speed"]),
        ("gymctl train --help-", ["--help-all"]),
        ("gymctl train Ant --engine ", ["auto", "mujoco", "mujoco_warp"]),
        ("gymctl play Ant --device c", ["cpu", "cuda"]),
        ("gymctl export Ant --format ", ["onnx", "torchscript"]),
        ("gymctl play Ant ", ["best", "latest", "pretrained", "Ant_2026-01-31_12-00-00", "old.pth"]),
        ("gymctl play Cartpole mi", ["mine_2026-02-01_12-00-00"]),
        ("gymctl play Ant ./o", ["./old.pth"]),
        ("gymctl train --resume m", ["mine_2026-02-01_12-00-00"]),
        ("gymctl train --from-run A", ["Ant_2026-01-31_12-00-00"]),
        ("gymctl train Ant task.env.headingW", ["task.env.headingWeight=0.5"]),
        ("gymctl train Ant task.env.headingWeight = ", ["0.5"]),
        ("gymctl play Ant task.env.enable", []),
        ("gymctl train Ant torch_det", ["torch_deterministic=false", "torch_deterministic=true"]),
        ("gymctl train Ant train = AntS", ["AntSAC"]),
        ("gymctl runs ", ["list", "show", "logs", "plot", "compare", "report", "prune"]),
        ("gymctl tasks ", ["list", "show"]),
        ("gymctl tasks show Cart", ["Cartpole"]),
        ("gymctl runs show A", ["Ant_2026-01-31_12-00-00"]),
        ("gymctl config Ant train=AntSAC train.params.algo", ["train.params.algo.name=sac"]),
    ],
)
def test_words_are_completed_with_what_may_stand_there(complete, line, words):
    completed = complete(line)
    if "--device" in line:
        completed = [word for word in completed if not word.startswith("cuda:")]  # this machine's
    assert completed == words


@pytest.mark.parametrize("line", ["gymctl trian A", "gymctl train Antt task", "gymctl train Ant --nun-envs 4 x"])
def test_a_line_that_is_wrong_completes_to_nothing_and_says_nothing(complete, line):
    assert complete(line) == []


def test_a_directory_of_configs_is_completed_from(complete, tmp_path):
    (tmp_path / "mine" / "task").mkdir(parents=True)
    (tmp_path / "mine" / "task" / "Antelope.yaml").write_text("name: Ant\n")
    assert complete("gymctl train --config-dir mine Antel") == ["Antelope"]


def test_a_damaged_config_completes_to_nothing(complete, tmp_path):
    (tmp_path / "mine" / "task").mkdir(parents=True)
    (tmp_path / "mine" / "task" / "Ant.yaml").write_text("{")
    assert complete("gymctl train --config-dir mine Ant task.env") == []


@pytest.mark.parametrize("line", ["gymctl play Ant ", "gymctl train Ant task.env"])
def test_completion_imports_neither_torch_nor_mujoco(line):
    code = """
import sys
from gymctl.commands.app import app
try:
    app(prog_name="gymctl")
except SystemExit as end:
    assert end.code == 0
assert not {"torch", "mujoco", "rl_games", "gymnasium", "numpy"} & set(sys.modules), "imported"
"""
    words = line.split(" ")
    env = {"_GYMCTL_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_are_given_the_same_words(invoke, shell):
    env = {
        "_GYMCTL_COMPLETE": f"complete_{shell}",
        "_TYPER_COMPLETE_ARGS": "gymctl train Quad",
        "_TYPER_COMPLETE_FISH_ACTION": "get-args",
    }
    assert "Quadcopter" in invoke(env=env).stdout


@pytest.mark.slow
@pytest.mark.parametrize("answer", [b"n\n", None])
def test_no_start_up_file_is_changed_without_a_yes(tmp_path, answer):
    ours, theirs = pty.openpty()
    os.write(ours, answer or b"")
    done = subprocess.run(
        [GYMCTL, "--install-completion"],
        stdin=subprocess.DEVNULL if answer is None else theirs,
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    os.close(ours)
    os.close(theirs)
    assert done.returncode == (2 if answer is None else 1)
    assert ("--show-completion" if answer is None else "~/.bashrc") in done.stderr
    assert not list(tmp_path.iterdir())
