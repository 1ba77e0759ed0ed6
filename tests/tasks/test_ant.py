"""The simulated Ant: its model against the facts, its observations against MuJoCo's own values."""

import math

import mujoco
import numpy as np
import pytest
import torch

from gymctl.config import compose
from gymctl.envs import factory

DOF_NAMES = [f"{joint}_{leg}" for leg in range(1, 5) for joint in ("hip", "ankle")]
FEET = ["front_left_foot", "front_right_foot", "left_back_foot", "right_back_foot"]


@pytest.fixture
def env():
    env = factory.make(compose("Ant", settings={"num_envs": 4, "seed": 0}).config)
    yield env
    env.close()


def test_masses_and_inertias_are_those_of_the_original_robot(env):
    model = env.sim.model
    masses = {"torso": 0.48388025, "front_left_leg": 0.0391577537, "front_left_foot": 0.0675922045}
    inertias = {
        "torso": [0.0135857155, 0.011120357, 0.011120357],
        "left_back_leg": [0.000567966083, 0.000567966083, 0.000118441898],
        "right_back_foot": [0.00267479066, 0.00267479066, 0.000209432141],
    }
    for body, mass in masses.items():
        assert model.body(body).mass == pytest.approx(mass, rel=1e-6)
    for body, inertia in inertias.items():
        assert sorted(model.body(body).inertia) == pytest.approx(sorted(inertia), rel=1e-6)
    assert model.body_mass.sum() == pytest.approx(0.910880083, rel=1e-6)
    assert model.body("front_right_foot").ipos == pytest.approx([-0.2, 0.2, 0])


def test_joints_motors_and_sensors_are_in_the_order_of_actions_and_observations(env):
    model = env.sim.model
    assert [model.joint(i).name for i in range(1, model.njnt)] == DOF_NAMES
    assert [model.joint(model.actuator(i).trnid[0]).name for i in range(model.nu)] == DOF_NAMES
    assert [model.body(model.site_bodyid[model.sensor_objid[i]]).name for i in range(0, 8, 2)] == FEET
    assert model.jnt_range[1:].tolist() == pytest.approx(
        np.deg2rad([[-40, 40], [30, 100], [-40, 40], [-100, -30], [-40, 40], [-100, -30], [-40, 40], [30, 100]])
    )
    assert model.dof_damping[6:] == pytest.approx([0.1] * 8)
    assert model.dof_armature[6:] == pytest.approx([0.01] * 8)
    assert model.opt.timestep == pytest.approx(0.0083)


def test_friction_with_the_ground_is_the_mean_of_both_and_legs_do_not_touch_each_other(env):
    model = env.sim.model
    robot = model.geom_bodyid != 0
    assert model.geom_friction[robot, 0] == pytest.approx(1.25)
    assert (model.geom_priority[robot] > model.geom("floor").priority).all()
    assert not (model.geom_contype[robot, None] & model.geom_conaffinity[None, robot]).any()


def test_an_action_is_a_torque_of_15_newton_metres_on_its_own_joint(env):
    env.reset()
    torque = env.sim.output("qfrc_actuator")
    env.step(torch.eye(8)[:4] * 0.5)
    torch.testing.assert_close(torque[:, 6:], torch.eye(8, dtype=torch.float64)[:4] * 0.5 * 15)


def test_observations_agree_with_mujocos_own_frames(env):
    env.reset()
    generator = torch.Generator().manual_seed(0)
    for _ in range(40):
        observations, *_ = env.step(torch.rand(4, 8, generator=generator) * 2 - 1)
    for i, row in enumerate(observations["obs"].double().numpy()):
        model, data = env.sim.get_model(i), env.sim.get_data(i)
        mujoco.mj_forward(model, data)
        velocity = np.zeros(6)
        torso = model.body("torso").id
        mujoco.mj_objectVelocity(model, data, mujoco.mjtObj.mjOBJ_XBODY, torso, velocity, 1)  # body axes
        matrix = data.body("torso").xmat.reshape(3, 3)
        assert abs(matrix[2, 0]) > 1e-3  # it has tipped: frames differ
        assert row[0] == pytest.approx(data.body("torso").xpos[2], abs=1e-6)
        assert row[1:4] == pytest.approx(velocity[3:], abs=1e-5)
        assert row[4:7] == pytest.approx(velocity[:3], abs=1e-5)
        assert row[7] == pytest.approx(math.atan2(matrix[1, 0], matrix[0, 0]) % (2 * math.pi), abs=1e-5)
        assert row[8] == pytest.approx(math.atan2(matrix[2, 1], matrix[2, 2]) % (2 * math.pi), abs=1e-5)
        assert row[10] == pytest.approx(matrix[2, 2], abs=1e-5)
        assert row[11] == pytest.approx(matrix[0, 0], abs=1e-2)
        joints = [data.joint(name) for name in DOF_NAMES]
        limits = [model.joint(name).range for name in DOF_NAMES]
        scaled = [(2 * j.qpos[0] - low - high) / (high - low) for j, (low, high) in zip(joints, limits, strict=True)]
        assert row[12:20] == pytest.approx(scaled, abs=1e-5)
        assert row[20:28] == pytest.approx([0.2 * j.qvel[0] for j in joints], abs=1e-5)


def test_a_standing_ant_feels_the_ground_push_its_feet_up_with_its_weight():
    env = factory.make(compose("Ant", settings={"num_envs": 1}).config)
    env.reset()
    for _ in range(200):
        observations, *_ = env.step(torch.zeros(1, 8))
    model, data = env.sim.get_model(0), env.sim.get_data(0)
    mujoco.mj_forward(model, data)
    wrenches = observations["obs"][0, 28:52].double().numpy().reshape(4, 6) / 0.1
    up = sum((data.body(foot).xmat.reshape(3, 3) @ wrench[:3])[2] for foot, wrench in zip(FEET, wrenches, strict=True))
    carried = model.body_mass.sum() - sum(model.body(foot).mass[0] for foot in FEET)
    assert up == pytest.approx(carried * 9.81, rel=0.02)


def test_episodes_start_at_rest_near_the_start_pose_within_the_limits(env):
    env.reset()
    dof_pos, limits = env.sim.qpos[:, 7:], torch.from_numpy(env.sim.model.jnt_range[1:])
    assert (dof_pos >= limits[:, 0] - 1e-6).all()
    assert (dof_pos <= limits[:, 1] + 1e-6).all()
    start = torch.zeros(8, dtype=torch.float64).clamp(limits[:, 0], limits[:, 1])
    assert ((dof_pos - start).abs() <= 0.2 + 1e-6).all()
    assert (env.sim.qvel[:, :6] == 0).all()
    assert (env.sim.qvel[:, 6:].abs() <= 0.1).all()


def test_running_forward_is_rewarded_by_its_speed(env):
    env.reset()
    env.sim.qpos[:, 2] = 2.0  # in the air, so that nothing brakes
    env.sim.qpos[:, 7:] = env.sim.qpos[0, 7:]
    env.sim.qvel[:, 0] = torch.tensor([0.0, 1.0, 2.0, -1.0], dtype=torch.float64)
    rewards = env.step(torch.zeros(4, 8))[1]
    assert (rewards - rewards[0]).tolist() == pytest.approx([0, 1, 2, -1], abs=0.01)
