"""The example that runs a policy without gymctl: in plain MuJoCo, and on a control computer."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gymctl.policies.export.exporter import export
from gymctl.policies.find import find_policy
from gymctl.policies.packaged import locate

pytestmark = pytest.mark.slow

AT_REST = {"slider_to_cart": 0.0, "cart_to_pole": 0.0}
BROKEN = {"slider_to_cart": 0.0, "cart_to_pole": np.nan}
DEPLOY = Path(__file__).parents[2] / "examples" / "deploy"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    directory = tmp_path_factory.mktemp("deploy")
    source = find_policy("Cartpole", "pretrained")
    export(source.config, source.path, "onnx", directory / "cartpole.onnx", model=directory / "cartpole.xml")
    return directory


@pytest.fixture
def robot(monkeypatch):
    monkeypatch.syspath_prepend(DEPLOY)
    yield runpy.run_path(str(DEPLOY / "robot.py"))
    for name in ("controller", "sensors", "readers", "hand_control", "joint_control", "robot_model", "rewards"):
        sys.modules.pop(name, None)


def test_it_reaches_in_plain_mujoco_what_play_tells_and_needs_no_gymctl(files):
    without = "import runpy, sys; sys.modules['gymctl'] = sys.modules['torch'] = None; "
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | {"PYTHONPATH": str(DEPLOY)}
    arguments = [str(DEPLOY / "play.py"), "cartpole.onnx", "cartpole.xml", "3"]
    command = [
        sys.executable,
        "-c",
        f"{without}sys.argv = {arguments!r}; runpy.run_path(sys.argv[0], run_name='__main__')",
    ]
    done = subprocess.run(command, cwd=files, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    mean = float(done.stdout.splitlines()[-1].removeprefix("mean return "))
    assert mean > 0.95 * locate("Cartpole").run.manifest()["evaluation"]["reward"]["mean"]


class Clock:
    """A clock that only goes on when something takes time."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def wait(self, seconds):
        self.now += seconds


def test_the_robot_s_loop_keeps_to_the_control_step_and_counts_late_ones(robot, files):
    controller, clock, sent = robot["Controller"](str(files / "cartpole.onnx")), Clock(), []

    def read():
        clock.wait(0.05 if len(sent) == 4 else 0.001)
        return {"joint position": {"slider_to_cart": 0.1, "cart_to_pole": 0.0}, "joint velocity": AT_REST}

    late = robot["control"](
        controller, read, lambda commands: sent.append((clock(), commands)), 0.166, clock, clock.wait
    )
    assert (len(sent), late) == (10, 1)
    assert {name for _, commands in sent for name in commands} == {"slider_to_cart"}
    assert all(-400.0 <= commands["slider_to_cart"] <= 400.0 for _, commands in sent)
    assert sent[3][0] - sent[2][0] == pytest.approx(controller.contract["time"]["control_dt"])


def test_a_sensor_that_gives_no_number_sends_nothing(robot, files):
    controller, sent = robot["Controller"](str(files / "cartpole.onnx")), []
    with pytest.raises(SystemExit, match="no number"):
        robot["control"](controller, lambda: {"joint position": BROKEN, "joint velocity": AT_REST}, sent.append, 1.0)
    assert not sent
