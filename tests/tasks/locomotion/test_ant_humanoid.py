"""Ant and Humanoid in simulation, where they agree: frames against MuJoCo, starts, friction, rewards."""

import math

import mujoco
import numpy as np
import pytest
import torch

from gymctl.config import compose
from gymctl.envs import factory


@pytest.fixture(params=["Ant", "Humanoid"])
def env(request):
    env = factory.make(compose(request.param, settings={"num_envs": 4, "seed": 0}))
    env.reset()
    yield env
    env.close()


def test_observations_agree_with_mujocos_own_frames(env):
    generator = torch.Generator().manual_seed(0)
    for _ in range(15):
        observations, *_ = env.step(torch.rand(4, env.task.num_actions, generator=generator) * 2 - 1)
    wraps = env.task.wrap_angles
    for i, row in enumerate(observations["obs"].double().numpy()):
        model, data = env.sim.get_model(i), env.sim.get_data(i)
        mujoco.mj_forward(model, data)
        velocity = np.zeros(6)
        torso = model.body("torso").id
        mujoco.mj_objectVelocity(model, data, mujoco.mjtObj.mjOBJ_XBODY, torso, velocity, 1)  # body axes
        matrix = data.body("torso").xmat.reshape(3, 3)
        assert abs(matrix[2, 0]) > 1e-3  # it has tipped: frames differ
        yaw, roll = math.atan2(matrix[1, 0], matrix[0, 0]), math.atan2(matrix[2, 1], matrix[2, 2])
        assert row[0] == pytest.approx(data.body("torso").xpos[2], abs=1e-6)
        assert row[1:4] == pytest.approx(velocity[3:], abs=1e-5)
        assert row[4:7] == pytest.approx(velocity[:3] * env.task.constants.angular_velocity_scale, abs=1e-5)
        assert row[7] == pytest.approx(yaw if wraps else yaw % (2 * math.pi), abs=1e-5)
        assert row[8] == pytest.approx(roll if wraps else roll % (2 * math.pi), abs=1e-5)
        assert row[10] == pytest.approx(matrix[2, 2], abs=1e-5)
        assert row[11] == pytest.approx(matrix[0, 0], abs=1e-2)
        joints = [model.joint(j) for j in range(1, model.njnt)]
        angles, speeds = data.qpos[7:], data.qvel[6:]
        scaled = [(2 * q - sum(j.range)) / np.ptp(j.range) for q, j in zip(angles, joints, strict=True)]
        assert row[12 : 12 + len(joints)] == pytest.approx(scaled, abs=1e-5)
        scale = env.task.constants.dof_vel_scale
        assert row[12 + len(joints) : 12 + 2 * len(joints)] == pytest.approx(scale * speeds, abs=1e-4)


def test_motors_are_in_the_order_of_the_joints(env):
    model = env.sim.model
    assert model.jnt_type[0] == mujoco.mjtJoint.mjJNT_FREE
    assert model.actuator_trnid[:, 0].tolist() == list(range(1, model.njnt))
    assert model.opt.timestep == pytest.approx(0.0083)


def test_an_action_is_its_part_of_its_own_motors_torque(env):
    torque = env.sim.output("qfrc_actuator")
    actions = 0.5 * torch.eye(env.task.num_actions)[:4]
    env.step(actions)
    gears = torch.from_numpy(env.sim.model.actuator_gear[:, 0])
    torch.testing.assert_close(torque[:, 6:], actions.double() * gears)


def test_friction_with_the_ground_is_the_mean_of_both(env):
    """The original robots' own friction is 1.5 and 1."""
    model = env.sim.model
    robot = model.geom_bodyid != 0
    expected = {8: 1.25, 21: 1.0}[env.task.num_actions]
    assert model.geom_friction[robot, 0] == pytest.approx(expected)
    assert (model.geom_priority[robot] > model.geom("floor").priority).all()


def test_episodes_start_at_rest_near_the_start_pose_within_the_limits(env):
    dof_pos, limits = env.sim.qpos[:, 7:], torch.from_numpy(env.sim.model.jnt_range[1:])
    assert (dof_pos >= limits[:, 0] - 1e-6).all()
    assert (dof_pos <= limits[:, 1] + 1e-6).all()
    start = torch.zeros(len(limits), dtype=torch.float64).clamp(limits[:, 0], limits[:, 1])
    assert ((dof_pos - start).abs() <= 0.2 + 1e-6).all()
    assert dof_pos.std(0).min() > 0
    torch.testing.assert_close(env.sim.qpos[:, :7], torch.from_numpy(env.sim.model.qpos0[:7]).expand(4, 7))
    assert (env.sim.qvel[:, :6] == 0).all()
    assert (env.sim.qvel[:, 6:].abs() <= 0.1).all()


def test_running_forward_is_rewarded_by_its_speed(env):
    env.sim.qpos[:, 2] = 3.0  # in the air, so that nothing brakes
    env.sim.qpos[:, 7:] = env.sim.qpos[0, 7:]
    env.sim.qvel[:, 6:] = env.sim.qvel[0, 6:]
    env.sim.qvel[:, 0] = torch.tensor([0.0, 1.0, 2.0, -1.0], dtype=torch.float64)
    rewards = env.step(torch.zeros(4, env.task.num_actions))[1]
    assert (rewards - rewards[0]).tolist() == pytest.approx([0, 1, 2, -1], abs=0.01)


def test_a_fall_ends_the_episode_and_costs_what_the_config_says(env):
    env.sim.qpos[1, 2] = 0.2
    _, rewards, done, extras = env.step(torch.zeros(4, env.task.num_actions))
    assert done.tolist() == [False, True, False, False]
    assert rewards[1] == env.task.env_config["deathCost"]
    assert not extras["time_outs"].any()


def test_full_torque_to_and_fro_standing_or_fallen_leaves_numbers_finite_and_mujoco_without_a_warning(env):
    generator = torch.Generator().manual_seed(1)
    for _ in range(500):
        env.task.apply_actions(torch.rand(4, env.task.num_actions, generator=generator).round() * 2 - 1)
        env.sim.step()
        assert env.task.observe().isfinite().all()
    assert not env.sim.take_diverged().any()
    assert not any(env.sim.get_data(i).warning.number.any() for i in range(4))
