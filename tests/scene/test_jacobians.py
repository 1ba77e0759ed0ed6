"""Jacobians and mass matrices agree with MuJoCo's own functions, with velocities and with energies."""

import mujoco
import numpy as np
import pytest
import torch

from gymctl.scene.blocks import find_block
from gymctl.scene.body_states import BodyStates
from gymctl.scene.jacobians import Jacobian, MassMatrix
from gymctl.sim.mujoco_engine import MujocoSimulation
from tests.helpers.warp_device import DEVICE

ARM = """
  <joint axis="0 1 0" armature=".1"/><geom type="capsule" fromto="0 0 0 .3 0 .1" size=".03"/>
  <body name="{0} forearm" pos=".3 0 .1" quat="1 .2 0 .3"><joint axis="1 0 1"/><joint type="slide" axis="0 1 0"/>
    <geom type="capsule" fromto="0 0 0 .3 0 0" size=".03"/>
    <body name="{0} hand" pos=".3 0 0"><geom type="box" size=".05 .1 .02"/></body>
  </body>
  <body name="{0} other" pos="0 .1 0"><joint axis="1 0 0"/><geom size=".05" pos="0 .1 0"/></body>
"""
MODEL = f"""
<mujoco>
  <option cone="elliptic" integrator="implicitfast"/>
  <worldbody>
    <body name="ball" pos="3 0 1"><freejoint/><geom size=".1" pos=".01 0 0"/></body>
    <body name="robot" pos="1 2 1" quat="1 0 .5 0"><geom type="box" size=".1 .1 .1"/>
      <body name="robot arm" pos=".2 0 0">{ARM.format("robot")}</body>
    </body>
    <body name="walker" pos="0 0 1"><freejoint/><geom type="box" size=".2 .1 .1" pos=".02 .03 0"/>
      <body name="walker arm" pos=".2 0 0">{ARM.format("walker")}</body>
    </body>
  </worldbody>
</mujoco>
"""
NAMES = {"mujoco": [], "mujoco_warp": [pytest.mark.slow]}


@pytest.fixture(params=[pytest.param(name, marks=marks) for name, marks in NAMES.items()])
def sim(request):
    model = mujoco.MjModel.from_xml_string(MODEL)
    if request.param == "mujoco":
        sim = MujocoSimulation(model, 3)
    else:
        pytest.importorskip("mujoco_warp")
        from gymctl.sim.warp_engine import WarpSimulation

        sim = WarpSimulation(model, 3, device=DEVICE, nconmax=16, njmax=64)
    draw = torch.Generator().manual_seed(0)
    sim.qpos += 0.5 * torch.randn(3, model.nq, generator=draw).to(sim.qpos)
    for name in ("ball", "walker"):
        quat = sim.qpos[:, find_block(model, name).root_quat]
        quat /= quat.norm(dim=1, keepdim=True)
    sim.qvel.copy_(torch.randn(3, model.nv, generator=draw))
    return sim


def forwarded(sim, env):
    data = sim.get_data(env)
    mujoco.mj_forward(sim.model, data)
    return data


def isaac_velocities(sim, block):
    """A free root's linear velocity (centre of mass) and angular velocity in world axes, then the joints'."""
    state = block.root_state(sim.qpos, sim.qvel)
    return torch.cat((state.lin_vel, state.ang_vel, sim.qvel[:, block.dof_vel]), dim=1).float()


@pytest.mark.parametrize("point", ["frame", "com"])
def test_a_fixed_robots_jacobian_is_mujocos(sim, point):
    block = find_block(sim.model, "robot")
    jacobian = Jacobian(sim, block, point)
    sim.refresh()
    jacobian.update()
    assert jacobian.values.shape == (3, 4, 6, 4), "the root is left out"
    linear, angular = np.zeros((2, 3, sim.model.nv))
    of_mujoco = mujoco.mj_jacBody if point == "frame" else mujoco.mj_jacBodyCom
    for env in range(3):
        for link, body in enumerate(block.bodies[1:]):
            of_mujoco(sim.model, forwarded(sim, env), linear, angular, body)
            expected = np.concatenate((linear, angular))[:, block.dof_vel]
            np.testing.assert_allclose(jacobian.values[env, link].cpu(), expected, atol=2e-6)


def test_a_free_robots_jacobian_gives_its_links_velocities(sim):
    block = find_block(sim.model, "walker")
    jacobian, states = Jacobian(sim, block), BodyStates(sim, slice(block.root, block.root + 5))
    sim.refresh()
    jacobian.update()
    states.update()
    assert jacobian.values.shape == (3, 5, 6, 10)
    velocities = torch.einsum("nlrd,nd->nlr", jacobian.values, isaac_velocities(sim, block))
    torch.testing.assert_close(velocities, states.values[..., 7:], atol=5e-6, rtol=1e-5)


def test_a_free_robots_jacobian_is_of_its_frames_too(sim):
    block = find_block(sim.model, "walker")
    jacobian = Jacobian(sim, block, "frame")
    sim.refresh()
    jacobian.update()
    spin = torch.from_numpy(np.stack([forwarded(sim, env).body("walker").xmat.reshape(3, 3) for env in range(3)]))
    angular = torch.einsum("nij,nj->ni", spin.to(sim.qvel), sim.qvel[:, block.root_ang_vel])
    rates = torch.cat((sim.qvel[:, block.root_lin_vel], angular, sim.qvel[:, block.dof_vel]), dim=1).float()
    velocities = torch.einsum("nlrd,nd->nlr", jacobian.values, rates)
    expected = np.zeros(6)
    for env in range(3):
        for link, body in enumerate(block.bodies):
            mujoco.mj_objectVelocity(sim.model, forwarded(sim, env), mujoco.mjtObj.mjOBJ_XBODY, body, expected, False)
            assert velocities[env, link].tolist() == pytest.approx([*expected[3:], *expected[:3]], abs=5e-6)


def test_positions_change_as_a_jacobian_says():
    sim = MujocoSimulation(mujoco.MjModel.from_xml_string(MODEL), 1)
    block = find_block(sim.model, "robot")
    jacobian, xipos = Jacobian(sim, block), sim.output("xipos")
    sim.refresh()
    jacobian.update()
    before = xipos.clone()
    for dof in range(4):
        sim.reset()
        sim.qpos[:, block.dof_pos][:, dof] += 1e-6
        sim.refresh()
        change = (xipos - before)[0, block.bodies[1:]] / 1e-6
        torch.testing.assert_close(jacobian.values[0, :, :3, dof].double(), change, atol=1e-5, rtol=0)


def test_a_fixed_robots_mass_matrix_is_mujocos(sim):
    block = find_block(sim.model, "robot")
    mass = MassMatrix(sim, block)
    sim.refresh()
    mass.update()
    full = np.zeros((sim.model.nv, sim.model.nv))
    for env in range(3):
        mujoco.mj_fullM(sim.model, forwarded(sim, env), full)
        np.testing.assert_allclose(mass.values[env].cpu(), full[block.dof_vel, block.dof_vel], atol=1e-5, rtol=1e-5)


def test_a_free_robots_mass_matrix_gives_its_kinetic_energy(sim):
    block = find_block(sim.model, "walker")
    mass = MassMatrix(sim, block)
    sim.refresh()
    mass.update()
    assert mass.values.shape == (3, 10, 10)
    rates = isaac_velocities(sim, block)
    energies = torch.einsum("nd,nde,ne->n", rates, mass.values, rates) / 2
    for env in range(3):
        data = forwarded(sim, env)
        momentum = np.zeros(sim.model.nv)
        mujoco.mj_mulM(sim.model, data, momentum, data.qvel)
        columns = slice(block.root_qvel.start, block.dof_vel.stop)
        assert float(energies[env]) == pytest.approx(0.5 * momentum[columns] @ data.qvel[columns], rel=1e-5)
    total = sim.model.body_subtreemass[block.root] * torch.eye(3)
    torch.testing.assert_close(mass.values[:, :3, :3].cpu(), total.float().expand(3, 3, 3), atol=1e-4, rtol=1e-5)
