"""The one place that makes an engine passes on what it was given."""

import mujoco
import pytest
import torch

from gymctl.sim.devices import Backend
from gymctl.sim.engines import create_simulation
from gymctl.sim.mujoco_engine import MujocoSimulation

CPU = torch.device("cpu")
PENDULUM = """
<mujoco>
  <worldbody><body><joint axis="0 1 0"/><geom size=".1" pos="1 0 0"/></body></worldbody>
</mujoco>
"""


@pytest.fixture(scope="module")
def model():
    return mujoco.MjModel.from_xml_string(PENDULUM)


def test_mujoco_gets_its_substeps_and_threads(model):
    sim = create_simulation(model, 4, Backend("mujoco", CPU, CPU), substeps=3, num_threads=2)
    assert isinstance(sim, MujocoSimulation)
    assert (sim.model, sim.num_envs, sim.substeps, sim.num_threads) == (model, 4, 3, 2)
    assert sim.device == CPU


def test_mujoco_warp_gets_its_device_and_room(model):
    pytest.importorskip("mujoco_warp")
    from gymctl.sim.warp_engine import WarpSimulation
    from tests.helpers.warp_device import DEVICE

    backend = Backend("mujoco_warp", DEVICE, CPU)
    sim = create_simulation(model, 4, backend, substeps=3, nconmax=40, njmax=50)
    assert isinstance(sim, WarpSimulation)
    assert (sim.model, sim.num_envs, sim.substeps, sim.limits) == (model, 4, 3, (40, 50))
    assert sim.device == DEVICE
    assert create_simulation(model, 4, backend, substeps=1).limits == (16, 16)


@pytest.mark.parametrize("engine", ["mujoco", "mujoco_warp"])
def test_either_engine_swings_a_pendulum(model, engine):
    device = CPU
    if engine == "mujoco_warp":
        pytest.importorskip("mujoco_warp")
        from tests.helpers.warp_device import DEVICE

        device = DEVICE
    sim = create_simulation(model, 2, Backend(engine, device, device), substeps=1)
    sim.step()
    assert (sim.qvel != 0).all()
