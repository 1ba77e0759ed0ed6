"""Body states are those that Isaac Gym has: checked by finite differences and against free joints."""

import mujoco
import pytest
import torch

from gymctl.scene.blocks import find_block
from gymctl.scene.body_states import BodyStates
from gymctl.sim.mujoco_engine import MujocoSimulation
from gymctl.sim.rotations import quat_mul
from tests.helpers.warp_device import DEVICE

MODEL = """
<mujoco>
  <option timestep="1e-5" cone="elliptic" integrator="implicitfast"/>
  <worldbody>
    <geom type="plane" size="5 5 .1"/>
    <body name="crate" pos="3 0 1"><freejoint/><geom type="box" size=".1 .2 .3" pos=".05 .02 -.1"/></body>
    <body name="robot" pos="0 0 1"><freejoint/><geom type="box" size=".2 .1 .1" pos="0 .03 0"/>
      <body name="arm" pos=".2 0 0" quat="1 .3 0 .1"><joint axis="0 1 0"/>
        <geom type="capsule" fromto="0 0 0 .3 0 .1" size=".03"/>
        <body name="forearm" pos=".3 0 .1"><joint axis="1 0 1" type="ball"/>
          <geom type="capsule" fromto="0 0 0 .3 0 0" size=".03"/>
        </body>
      </body>
    </body>
    <body name="table" pos="0 2 0"><geom type="box" size=".1 .1 .1"/></body>
    <body name="hand" mocap="true" pos="0 0 3" quat=".6 0 .8 0"/>
  </worldbody>
</mujoco>
"""


def simulation(engine):
    model = mujoco.MjModel.from_xml_string(MODEL)
    if engine == "mujoco":
        return MujocoSimulation(model, 3)
    pytest.importorskip("mujoco_warp")
    from gymctl.sim.warp_engine import WarpSimulation

    return WarpSimulation(model, 3, device=DEVICE, nconmax=16, njmax=64)


@pytest.fixture(params=["mujoco", pytest.param("mujoco_warp", marks=pytest.mark.slow)])
def sim(request):
    sim = simulation(request.param)
    draw = torch.Generator().manual_seed(0)
    sim.qvel.copy_(torch.randn(3, sim.model.nv, generator=draw))
    for name in ("crate", "robot"):
        quat = torch.nn.functional.normalize(torch.randn(3, 4, generator=draw), dim=1)
        sim.put("qpos", quat, torch.arange(3, device=sim.device), find_block(sim.model, name).root_quat)
    return sim


def test_a_free_root_has_the_state_of_its_joint(sim):
    states = BodyStates(sim)
    assert states.values.shape == (3, 6, 13)
    assert states.values.dtype == torch.float32
    sim.refresh()
    states.update()
    for name in ("crate", "robot"):
        block = find_block(sim.model, name)
        expected = torch.cat(block.root_state(sim.qpos, sim.qvel), dim=1).float()
        torch.testing.assert_close(states.values[:, block.root - 1], expected, atol=2e-6, rtol=1e-5)


def test_bodies_that_nothing_moves_are_at_rest(sim):
    states = BodyStates(sim)
    sim.refresh()
    states.update()
    table, hand = states.values[:, 4], states.values[:, 5]
    rest = [0.0] * 6
    assert table[1].tolist() == [0, 2, 0, 0, 0, 0, 1, *rest]
    assert hand[1].tolist() == pytest.approx([0, 0, 3, 0, 0.8, 0, 0.6, *rest])


def test_velocities_are_how_fast_centres_of_mass_and_orientations_change():
    sim = simulation("mujoco")
    sim.qvel.copy_(torch.randn(3, sim.model.nv, generator=torch.Generator().manual_seed(1)))
    states = BodyStates(sim, slice(1, 5))
    sim.refresh()
    xipos, xquat, dt = sim.output("xipos"), sim.output("xquat"), sim.model.opt.timestep
    sim.step()
    states.update()
    com, quat = xipos[:, 1:5].clone(), xquat[:, 1:5].roll(-1, -1)
    velocities = states.values[..., 7:].double()
    sim.step()
    torch.testing.assert_close((xipos[:, 1:5] - com) / dt, velocities[..., :3], atol=1e-3, rtol=0)
    conjugate = quat * torch.tensor([-1.0, -1.0, -1.0, 1.0], dtype=quat.dtype)
    turn = quat_mul(xquat[:, 1:5].roll(-1, -1), conjugate)
    torch.testing.assert_close(2 * turn[..., :3] / dt, velocities[..., 3:], atol=1e-3, rtol=0)
