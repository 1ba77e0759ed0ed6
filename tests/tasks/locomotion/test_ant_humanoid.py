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
        mujoco.mj_objectVelocity(model, data, mujoco.mjtObj.mjOBJ_BODY, torso, velocity, 0)  # of the centre of mass
        matrix = data.body("torso").xmat.reshape(3, 3)
        velocity = np.concatenate((velocity[:3] @ matrix, velocity[3:] @ matrix))
        assert abs(matrix[2, 0]) > 1e-3  # it has tipped: frames differ
        yaw, roll = math.atan2(matrix[1, 0], matrix[0, 0]), math.atan2(matrix[2, 1], matrix[2, 2])
        assert row[0] == pytest.approx(data.body("torso").xpos[2], abs=1e-6)
        assert row[1:4] == pytest.approx(velocity[3:], abs=1e-5)
        assert row[4:7] == pytest.approx(velocity[:3] * env.task.constants.angular_velocity_scale, abs=1e-5)
        assert row[7] == pytest.approx(yaw if wraps else yaw % (2 * math.pi), abs=1e-5)
        assert row[8] == pytest.approx(roll if wraps else roll % (2 * math.pi), abs=1e-5)
        assert row[10] == pytest.approx(matrix[2, 2], abs=1e-5)
        assert row[11] == pytest.approx(matrix[0, 0], abs=1e-2)
        dofs, gears = env.task.num_actions, env.task.gears.numpy()
        angles, speeds = data.actuator_length[:dofs] / gears, data.actuator_velocity[:dofs] / gears
        limits = env.task.dofs.limits.numpy()
        assert row[12 : 12 + dofs] == pytest.approx((2 * angles - limits.sum(1)) / np.ptp(limits, axis=1), abs=1e-5)
        assert row[12 + dofs : 12 + 2 * dofs] == pytest.approx(env.task.constants.dof_vel_scale * speeds, abs=1e-4)


def test_motors_are_in_the_order_of_the_joints(env):
    model = env.sim.model
    assert model.jnt_type[0] == mujoco.mjtJoint.mjJNT_FREE
    joints = model.actuator_trnid[: env.task.num_actions, 0].tolist()
    assert joints == sorted(joints)
    assert set(joints) == set(range(1, model.njnt))
    assert model.opt.timestep == pytest.approx(0.0083)


def test_an_action_is_its_part_of_its_own_motors_torque(env):
    dofs = env.task.num_actions
    actions = 0.5 * torch.eye(dofs)[:4] - 0.25 * torch.eye(dofs)[-4:]
    env.step(actions)
    model, data = env.sim.get_model(0), mujoco.MjData(env.sim.model)  # springs at rest, no stop touched
    for ctrl, motors in zip(env.sim.ctrl, env.task.motors, strict=True):
        data.ctrl[:] = ctrl
        mujoco.mj_forward(model, data)
        assert motors.numpy() == pytest.approx(data.qfrc_actuator)
        assert data.actuator_force[:dofs] == pytest.approx(data.ctrl[:dofs])
    assert env.sim.ctrl[:, :dofs].tolist() == actions.tolist()
    assert not env.sim.ctrl[:, dofs:].any()


def test_friction_with_the_ground_is_1_whatever_the_original_mjcf_says(env):
    model = env.sim.model
    robot = model.geom_bodyid != 0
    assert model.geom_friction[robot, 0] == pytest.approx(1.0)
    assert (model.geom_priority[robot] > model.geom("floor").priority).all()


def test_episodes_start_at_rest_near_the_start_pose_within_the_limits(env):
    dof_pos, limits = env.task.dofs.positions(env.sim.qpos.float()), env.task.dofs.limits
    assert (dof_pos >= limits[:, 0] - 1e-6).all()
    assert (dof_pos <= limits[:, 1] + 1e-6).all()
    start = torch.zeros(len(limits)).clamp(limits[:, 0], limits[:, 1])
    assert ((dof_pos - start).abs() <= 0.2 + 1e-6).all()
    assert dof_pos.std(0).min() > 0
    torch.testing.assert_close(env.sim.qpos[:, :7], torch.from_numpy(env.sim.model.qpos0[:7]).expand(4, 7))
    assert (env.sim.qvel[:, :6] == 0).all()
    assert (env.task.dofs.velocities(env.sim.qvel.float()).abs() <= 0.1 + 1e-6).all()


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


@pytest.mark.parametrize(("task", "timesteps"), [("Ant", 32), ("Humanoid", 32)])
def test_isaac_gyms_physics_takes_finer_timesteps_and_harder_contacts(task, timesteps):
    env = factory.make(compose(task, settings={"num_envs": 4, "seed": 0}, overrides=["physics=isaacgym"]))
    assert env.sim.substeps == timesteps
    assert env.sim.model.opt.timestep == pytest.approx(0.0166 / timesteps)
    assert env.sim.model.geom_solref == pytest.approx(np.tile([0.0042, 1.0], (env.sim.model.ngeom, 1)))
    env.reset()
    generator = torch.Generator().manual_seed(1)
    for _ in range(100):
        actions = torch.rand(4, env.task.num_actions, generator=generator).round() * 2 - 1
        assert env.step(actions)[0]["obs"].isfinite().all()
    assert env.num_diverged == 0
    env.close()
