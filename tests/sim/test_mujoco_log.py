"""MuJoCo's warnings leave no MUJOCO_LOG.TXT in the directory where the user works."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

UNSTABLE = """
import mujoco
model = mujoco.MjModel.from_xml_string('''
<mujoco>
  <worldbody><body><joint name="hinge" axis="0 1 0"/><geom size=".1" pos="1 0 0"/></body></worldbody>
  <actuator><motor joint="hinge" gear="1e15"/></actuator>
</mujoco>
''')
data = mujoco.MjData(model)
data.ctrl[:] = 1
"""


def run(code, directory):
    return subprocess.run(
        [sys.executable, "-c", UNSTABLE + code], cwd=directory, capture_output=True, text=True, check=True
    ).stdout


def test_mujoco_itself_leaves_a_file(tmp_path):
    """Otherwise the tests below say nothing."""
    run("mujoco.mj_step(model, data)", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["MUJOCO_LOG.TXT"]


@pytest.mark.parametrize("module", ["sim.simulation", "rendering.stage"])
def test_whoever_has_imported_the_simulation_may_step_mujoco_by_themselves(tmp_path, module):
    run(f"import gymctl.{module}\nmujoco.mj_step(model, data)", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_measuring_an_unstable_model_leaves_nothing(tmp_path):
    pytest.importorskip("mujoco_warp")
    run("from gymctl.sim.warp_limits import measure\nmeasure(model, episodes=1)", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_handler_of_the_users_own_goes_on_being_called(tmp_path):
    code = """
mujoco.set_mju_user_warning(print)
import gymctl.sim.simulation
mujoco.mj_step(model, data)
"""
    assert "unstable" in run(code, tmp_path)
    assert list(tmp_path.iterdir()) == []
