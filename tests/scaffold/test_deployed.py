"""A robot of the user's, from its model to plain MuJoCo: made, exported untrained, and played by its contract alone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gymctl.api import train
from gymctl.config import compose
from gymctl.policies.export.exporter import export
from gymctl.policies.export.in_mujoco import check_in_mujoco
from gymctl.runs.checkpoints import locate_checkpoint

pytestmark = pytest.mark.slow

DEPLOY = Path(__file__).parents[2] / "examples" / "deploy"
OVERRIDES = ["task.env.learn.episodeLength_s=1.0", "task.env.commands.seconds=0.2"]


@pytest.fixture
def files(installed, tmp_path, monkeypatch):
    """An exported policy of the quadruped, its config, and where it is."""
    task = installed("quadruped")
    monkeypatch.chdir(tmp_path)
    run = train(task.name, num_envs=16, max_iterations=1, device="cpu", seed=1)
    config = compose(task.name, overrides=OVERRIDES, settings={"num_threads": 1})
    checkpoint = locate_checkpoint(task.name, str(run.path), run.path.parent).path
    export(config, checkpoint, "onnx", tmp_path / "dog.onnx", model=tmp_path / "dog.xml")
    return config, tmp_path / "dog.onnx"


def test_a_made_quadruped_does_in_plain_mujoco_what_it_does_in_its_task(files):
    check = check_in_mujoco(*files, 1)
    assert check.passed
    assert check.step_by_step.steps > 20
    assert check.step_by_step.observation < 1e-4


def test_the_example_plays_it_without_gymctl_and_tells_how_well_it_keeps_its_command(files):
    without = "import runpy, sys; sys.modules['gymctl'] = sys.modules['torch'] = None; "
    arguments = [str(DEPLOY / "play.py"), "dog.onnx", "dog.xml", "2"]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | {"PYTHONPATH": str(DEPLOY)}
    code = f"{without}sys.argv = {arguments!r}; runpy.run_path(sys.argv[0], run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=files[1].parent, capture_output=True, text=True, env=environment
    )
    assert done.returncode == 0, done.stderr
    *episodes, last = done.stdout.splitlines()
    assert len(episodes) == 2
    assert "return" not in done.stdout
    assert 0.0 < float(last.removeprefix("mean velocity error ").removesuffix(" m/s")) < 3.0
