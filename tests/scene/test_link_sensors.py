"""Force sensors at links: against a case worked out by hand, and against finite differences, on both engines."""

import mujoco
import numpy as np
import pytest
import torch

from gymctl.scene.link_sensors import LinkSensors
from gymctl.sim.devices import Backend
from gymctl.sim.engines import create_simulation

CPU = torch.device("cpu")
TWO_LINKS = """
<mujoco>
  <option timestep="1e-4" integrator="Euler"><flag contact="disable" eulerdamp="disable"/></option>
  <worldbody>
    <body>
      <joint name="one" axis="0 1 0"/>
      <inertial pos="0 0 -.5" mass="2" diaginertia=".1 .1 .1"/>
      <body name="forearm" pos="0 0 -1">
        <joint name="two" axis="0 1 0" stiffness="30"/>
        <inertial pos="0 0 -.4" mass="1" diaginertia=".05 .05 .05"/>
        <site name="forearm"/>
      </body>
    </body>
  </worldbody>
  <actuator><motor joint="one" gear="7"/></actuator>
</mujoco>
"""
CRAWLER = """
<mujoco>
  <option timestep="1e-3" integrator="Euler" cone="elliptic"><flag eulerdamp="disable"/></option>
  <worldbody>
    <geom type="plane" size="0 0 1"/>
    <body pos="0 0 .3" euler="10 20 0">
      <freejoint/>
      <geom size=".1" density="500"/>
      <body pos=".1 0 0">
        <joint axis="0 1 0" damping=".2" stiffness="3"/>
        <geom type="capsule" fromto="0 0 0 .2 0 -.1" size=".03"/>
        <body name="foot" pos=".2 0 -.1">
          <joint axis="0 1 1" damping=".1"/>
          <geom type="box" size=".02 .05 .12" pos=".02 0 -.1" euler="0 10 20"/>
          <site name="foot" euler="0 0 -45"/>
        </body>
      </body>
    </body>
  </worldbody>
</mujoco>
"""


def simulate(engine, xml, num_envs):
    device = CPU
    if engine == "mujoco_warp":
        pytest.importorskip("mujoco_warp")
        from tests.helpers.warp_device import DEVICE

        device = DEVICE
    model = mujoco.MjModel.from_xml_string(xml)
    return create_simulation(model, num_envs, Backend(engine, device, device), substeps=1)


@pytest.mark.parametrize("engine", ["mujoco", "mujoco_warp"])
def test_a_spring_between_two_hanging_links_is_felt_as_the_equations_of_motion_say(engine):
    """Both hang straight but for an elbow bent by 0.5; only the elbow's spring, 30 * 0.5 N m, is the solver's."""
    sim = simulate(engine, TWO_LINKS, 1)
    sensors = LinkSensors(sim, ["forearm"], 1)
    sim.qpos[:] = torch.tensor([0.0, 0.5])
    sim.ctrl[:] = 1.0
    sim.step()
    motors = torch.tensor([[7.0, 0.0]], device=sim.device)
    sensors.update(motors)

    bent, torque = 0.5, -30 * 0.5
    upper, lower = 0.1 + 2 * 0.5**2, 0.05 + 0.4**2  # of each link about its own joint
    coupling = lower + 1.0 * 0.4 * np.cos(bent)
    inertia = np.array([[upper + lower + 1.0 + 2 * 0.4 * np.cos(bent), coupling], [coupling, lower]])
    one, two = np.linalg.solve(inertia, [0.0, torque])
    along, across = np.sin(bent), np.cos(bent)  # the elbow moves by -one along the world's x, as the link sees it
    acceleration = np.array([-one * across - 0.4 * (one + two), 0.0, -one * along])
    gravity = 9.81 * np.array([along, 0.0, -across])
    expected = [*(gravity + acceleration), 0.0, 0.05 * (one + two), 0.0]
    assert sensors.wrenches[0, 0].tolist() == pytest.approx(expected, rel=2e-3, abs=1e-2)
    assert sensors.joint_forces()[0].tolist() == pytest.approx([0.0, torque], rel=2e-3, abs=1e-2)


@pytest.mark.parametrize("randomised", [False, True])
@pytest.mark.parametrize("engine", ["mujoco", "mujoco_warp"])
def test_contacts_springs_and_dampers_are_felt_as_finite_differences_say(engine, randomised):
    sim = simulate(engine, CRAWLER, 3)
    sensors = LinkSensors(sim, ["foot"], 1)
    if randomised:
        for name in ("body_mass", "body_inertia", "opt.gravity"):
            sim.expand(name)[1:] *= 1.5
        sim.set_const()
    sim.qpos[:, 2] = torch.tensor([0.25, 0.3, 1.0])
    sim.qvel[:] = torch.linspace(-1, 1, sim.model.nv)
    for _ in range(20):
        sim.step()
    states = [(sim.get_model(env), sim.get_data(env)) for env in range(3)]
    sim.step()
    sensors.update(torch.zeros(3, sim.model.nv, device=sim.device))
    for (model, data), qvel, ours in zip(states, sim.qvel.cpu().double(), sensors.wrenches.cpu(), strict=True):
        assert ours[0].tolist() == pytest.approx(expected_wrench(model, data, qvel.numpy()), rel=5e-3, abs=2e-2)
    touching = sum(len(data.contact) > 0 for _, data in states)
    assert touching >= 1


@pytest.mark.parametrize("randomised", [False, True])
def test_two_sensors_on_one_link_tell_what_each_would_alone(randomised):
    readings = []
    for names in (["foot"], ["foot", "foot"]):
        sim = simulate("mujoco", CRAWLER, 2)
        sensors = LinkSensors(sim, names, 1)
        if randomised:
            sim.expand("body_mass")[1:] *= 1.5
            sim.set_const()
        sim.step(20)
        sensors.update(torch.zeros(2, sim.model.nv))
        readings.append(sensors.wrenches)
    alone, both = readings
    assert alone.abs().max() > 1e-2
    torch.testing.assert_close(both, alone.expand(-1, 2, -1))


def expected_wrench(model, data, qvel):
    """With Jacobians by finite differences of the foot's pose; the velocity is that after the step."""
    foot, site = model.body("foot").id, model.site("foot").id
    mujoco.mj_forward(model, data)
    solver = data.qfrc_constraint + data.qfrc_passive
    qacc = np.zeros((1, model.nv))
    mujoco.mj_solveM(model, data, qacc, solver[None])
    axes, rotation = data.site_xmat[site].reshape(3, 3).copy(), data.ximat[foot].reshape(3, 3).copy()
    linear, angular = pose_rates(model, data, foot, qacc[0])
    _, velocity = pose_rates(model, data, foot, qvel)
    inertia = rotation @ np.diag(model.body_inertia[foot]) @ rotation.T
    force = model.body_mass[foot] * (model.opt.gravity + linear)
    torque = inertia @ angular - np.cross(velocity, inertia @ velocity)
    return [*(axes.T @ force), *(axes.T @ torque)]


def pose_rates(model, data, body, rates, step=1e-6):
    """How fast a body's centre of mass moves and its axes turn when the joints go at some rates."""
    poses = []
    for sign in (-1, 1):
        moved = mujoco.MjData(model)
        moved.qpos[:] = data.qpos
        mujoco.mj_integratePos(model, moved.qpos, rates, sign * step)
        mujoco.mj_kinematics(model, moved)
        poses.append((moved.xipos[body].copy(), moved.ximat[body].reshape(3, 3).copy()))
    (pos, mat), (next_pos, next_mat) = poses
    turn = (next_mat @ mat.T - mat @ next_mat.T) / (4 * step)
    return (next_pos - pos) / (2 * step), np.array([turn[2, 1], turn[0, 2], turn[1, 0]])


def test_nothing_is_felt_in_a_world_that_has_taken_no_step():
    sim = simulate("mujoco", CRAWLER, 2)
    acceleration = sim.mean_qacc(1)
    sim.step()
    assert acceleration.abs().max() > 1
    sim.reset(torch.tensor([1]))
    sim.refresh(torch.tensor([1]))
    assert (acceleration[1] == 0).all()
    assert acceleration[0].abs().max() > 1
    with pytest.raises(ValueError, match="1 timesteps already, not 2"):
        sim.mean_qacc(2)
