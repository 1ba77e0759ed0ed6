"""``gymctl isaacgym``: the script gets all its arguments, and what is wrong before it starts is said in two lines."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

GYMCTL = Path(sys.executable).with_name("gymctl")


def gymctl(folder, *arguments):
    return subprocess.run(
        [GYMCTL, "isaacgym", *arguments], cwd=folder, env={**os.environ}, capture_output=True, text=True, timeout=120
    )


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "script.py").write_text(
        "import sys, isaacgym\n"
        "from isaacgym import gymapi\n"
        "print(sys.argv[1:], gymapi.Vec3(1, 2, 3).z)\n"
        "sys.exit(3 if '--fail' in sys.argv else 0)\n"
    )
    return tmp_path


@pytest.mark.parametrize("command", [["script.py"], ["-m", "script"]])
def test_arguments_after_the_script_are_the_scripts(folder, command):
    arguments = ["--help", "-h", "-V", "--version", "--num-envs=3", "task.x=1", "--", "-m"]
    done = gymctl(folder, *command, *arguments)
    assert done.stderr == ""
    assert done.stdout == f"{arguments} 3.0\n"


def test_the_exit_code_is_the_scripts(folder):
    assert gymctl(folder, "script.py", "--fail").returncode == 3


def test_the_scripts_own_error_is_a_traceback_of_its_own(folder):
    (folder / "bad.py").write_text("import isaacgym\nraise OSError('no GPU')\n")
    done = gymctl(folder, "bad.py")
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == "Traceback (most recent call last):"
    assert "gymctl/isaacgym" not in done.stderr
    assert done.stderr.splitlines()[-1] == "OSError: no GPU"


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["none.py"], "error: there is no script 'none.py'"),
        (["-m"], "error: no module after -m"),
        (["-m", "none.train", "--help"], "error: there is no module 'none.train' to run"),
        (["--headless", "script.py"], "error: --headless stands before the script"),
        ([], "error: no SCRIPT.py given"),
    ],
)
def test_what_is_wrong_is_said_in_two_lines(folder, arguments, what):
    done = gymctl(folder, *arguments)
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == what
    assert len(done.stderr.splitlines()) == 2
    assert done.stdout == ""


def test_its_own_help_stands_before_the_script(folder):
    done = gymctl(folder, "--help")
    assert done.returncode == 0
    assert "Run a script that was written for Isaac Gym" in done.stdout
