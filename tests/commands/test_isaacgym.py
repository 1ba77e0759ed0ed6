"""``gymctl isaacgym``: the script gets all its arguments, and what is wrong before it starts is said in two lines."""

import re
import socket

import pytest

from tests.helpers.warm import run_gymctl

pytestmark = pytest.mark.slow


def gymctl(folder, *arguments):
    return run_gymctl(["isaacgym", *arguments], folder, timeout=120)


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


VIEWING = """
from isaacgym import gymapi
gym = gymapi.acquire_gym()
params = gymapi.SimParams()
params.use_gpu_pipeline = False
sim = gym.create_sim(0, 0, gymapi.SIM_PHYSX, params)
env = gym.create_env(sim, gymapi.Vec3(), gymapi.Vec3(), 1)
gym.create_actor(env, gym.create_box(sim, 1, 1, 1, gymapi.AssetOptions()), gymapi.Transform(), "box", 0, 0)
viewer = gym.create_viewer(sim, gymapi.CameraProperties())
gym.prepare_sim(sim)
for _ in range(50):
    gym.simulate(sim)
    gym.step_graphics(sim)
    gym.draw_viewer(viewer, sim, True)
    gym.sync_frame_time(sim)
print("done")
"""


def test_the_address_of_the_scripts_viewer_is_told_on_stderr(folder):
    (folder / "viewing.py").write_text(VIEWING)
    done = gymctl(folder, "viewing.py")
    assert done.stdout == "done\n"
    lines = [line for line in done.stderr.splitlines() if not line.startswith("note: port")]
    assert re.fullmatch(r"viewer: http://127\.0\.0\.1:\d+", "\n".join(lines))


def test_a_script_can_be_kept_from_opening_a_page(folder):
    (folder / "viewing.py").write_text(VIEWING)
    done = gymctl(folder, "--no-viewer", "viewing.py")
    assert (done.stdout, done.stderr) == ("done\n", "")


def test_a_headless_script_opens_no_page(folder):
    assert gymctl(folder, "--viewer-envs", "3", "script.py").stderr == ""


def test_viewer_flags_that_cant_be_had_are_refused_before_the_script_runs(folder):
    done = gymctl(folder, "--no-viewer", "--viewer-envs", "3", "script.py")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--viewer-envs" in done.stderr
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = gymctl(folder, "--viewer-port", str(other.getsockname()[1]), "script.py")
    assert (done.returncode, done.stdout) == (2, "")
    assert "is taken" in done.stderr


def test_its_own_help_stands_before_the_script(folder):
    done = gymctl(folder, "--help")
    assert done.returncode == 0
    assert "Run a script that was written for Isaac Gym" in done.stdout
