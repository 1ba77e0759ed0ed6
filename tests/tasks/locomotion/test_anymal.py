"""The simulated Anymal: its model against the facts, its drives, observations and endings against MuJoCo itself."""

import mujoco
import numpy as np
import pytest
import torch

from gymctl.config import compose
from gymctl.envs import factory
from gymctl.tasks.locomotion.anymal_robot import DOF_NAMES

LEGS = ["LF", "LH", "RF", "RH"]
MASSES = {
    "Anymal": {"base": 26.37317, "HIP": 2.781, "THIGH": 3.071, "SHANK": 0.58842},
    "AnymalTerrain": {"base": 27.80286, "HIP": 2.51203, "THIGH": 3.27327, "SHANK": 0.55505},
}


def make(task="Anymal", *overrides, num_envs=4):
    return factory.make(compose(task, settings={"num_envs": num_envs, "seed": 0}, overrides=overrides))


@pytest.fixture
def env():
    env = make()
    env.reset()
    yield env
    env.close()


@pytest.fixture(params=["Anymal", "AnymalTerrain"])
def either(request):
    env = make(request.param, *(["task.env.terrain.terrainType=plane"] if request.param == "AnymalTerrain" else []))
    env.reset()
    yield env
    env.close()


def test_masses_are_those_of_the_original_robots(either):
    model, masses = either.sim.model, MASSES[type(either.task).__name__]
    assert model.body("base").mass == pytest.approx(masses["base"], rel=1e-6)
    for leg in LEGS:
        for part in ("HIP", "THIGH", "SHANK"):
            assert model.body(f"{leg}_{part}").mass == pytest.approx(masses[part], rel=1e-6)
    assert model.body_mass.sum() == pytest.approx(masses["base"] + 4 * sum(list(masses.values())[1:]), rel=1e-6)


def test_joints_drives_and_their_limits_are_in_the_order_of_actions(either):
    model = either.sim.model
    assert [model.joint(i).name for i in range(1, model.njnt)] == list(DOF_NAMES)
    assert [model.joint(model.actuator(i).trnid[0]).name for i in range(model.nu)] == list(DOF_NAMES)
    if type(either.task).__name__ == "AnymalTerrain":
        assert not model.jnt_limited.any()
    else:
        assert model.joint("LH_HAA").range == pytest.approx([-0.72, 0.49])
        assert model.joint("RF_HAA").range == pytest.approx([-0.49, 0.72])
        assert model.joint("RH_KFE").range == pytest.approx([-9.42477796, 9.42477796])


def test_legs_are_mirror_images_and_joints_turn_as_in_the_original(either):
    """Positive angles: abduction lifts the left legs outwards; flexion swings all feet backwards."""
    model, data = either.sim.model, mujoco.MjData(either.sim.model)
    mujoco.mj_kinematics(model, data)
    feet = {leg: data.geom(f"{leg}_FOOT").xpos.copy() for leg in LEGS}
    assert feet["LF"] * [1, -1, 1] == pytest.approx(feet["RF"], abs=1e-9)
    assert feet["LF"] * [-1, 1, 1] == pytest.approx(feet["LH"], abs=1e-9)
    assert feet["LF"][0] == pytest.approx(0.2999 + 0.0599 + 0.08795)
    data.qpos[7:] = 0.2
    mujoco.mj_kinematics(model, data)
    for leg in LEGS:
        assert data.geom(f"{leg}_FOOT").xpos[1] > feet[leg][1]
        assert data.geom(f"{leg}_FOOT").xpos[0] < feet[leg][0]


def test_the_drives_torque_is_clipped_pd_in_every_substep(either):
    """The torque that MuJoCo reports is that of the last substep's beginning."""
    env, model = either, either.sim.model
    env.sim.output("actuator_force")
    env.sim.substeps = env.physics_steps = 1
    generator = torch.Generator().manual_seed(0)
    actions = torch.rand(4, 12, generator=generator) * 2 - 1
    env.sim.qpos[:, 7:] += 1.5 * (torch.rand(4, 12, generator=generator) - 0.5)
    env.sim.qvel[:, 6:] = 10 * (torch.rand(4, 12, generator=generator) - 0.5)
    dof_pos, dof_vel = env.sim.qpos[:, 7:].clone(), env.sim.qvel[:, 6:].clone()
    env.task.apply_actions(actions)
    env.sim.step()
    control = env.task.env_config["control"]
    target = env.task.default_dof_pos + 0.5 * actions
    torques = control["stiffness"] * (target - dof_pos) - control["damping"] * dof_vel
    assert (torques.abs() > 80).any()
    torch.testing.assert_close(env.sim.output("actuator_force"), torques.clamp(-80, 80).double())
    assert model.opt.timestep == pytest.approx(0.01 if type(env.task).__name__ == "Anymal" else 0.005)


def test_gains_come_from_the_config():
    env = make("Anymal", "task.env.control.stiffness=40", "task.env.control.damping=1")
    assert (env.sim.model.actuator_gainprm[:, 0] == 40).all()
    assert (env.sim.model.actuator_biasprm[:, 1:3] == [-40, -1]).all()


def test_friction_with_the_ground_is_the_mean_of_both_and_only_the_ground_is_touched(env):
    model = env.sim.model
    robot = (model.geom_bodyid != 0) & (model.geom_contype != 0)
    assert model.geom_friction[robot, 0] == pytest.approx(1.0)
    half = make("Anymal", "task.env.plane.dynamicFriction=0.5").sim.model
    assert half.geom_friction[robot, 0] == pytest.approx(0.75)
    assert (half.geom_priority[robot] > half.geom("floor").priority).all()
    assert not (model.geom_contype[robot, None] & model.geom_conaffinity[None, robot]).any()


def test_observations_agree_with_mujocos_own_frames(env):
    generator = torch.Generator().manual_seed(0)
    for _ in range(10):
        observations, *_ = env.step(torch.rand(4, 12, generator=generator) * 2 - 1)
    for i, row in enumerate(observations["obs"].double().numpy()):
        model, data = env.sim.get_model(i), env.sim.get_data(i)
        mujoco.mj_forward(model, data)
        velocity = np.zeros(6)
        base = model.body("base").id
        mujoco.mj_objectVelocity(model, data, mujoco.mjtObj.mjOBJ_BODY, base, velocity, 0)  # of the centre of mass
        matrix = data.body("base").xmat.reshape(3, 3)
        velocity = np.concatenate((velocity[:3] @ matrix, velocity[3:] @ matrix))
        assert abs(matrix[2, 0]) > 1e-3  # it has tipped: frames differ
        assert row[0:3] == pytest.approx(2 * velocity[3:], abs=1e-5)
        assert row[3:6] == pytest.approx(velocity[:3] / 4, abs=1e-5)
        assert row[6:9] == pytest.approx(matrix @ [0, 0, -1], abs=1e-6)  # turned forwards, as the original does
        joints = [data.joint(name) for name in DOF_NAMES]
        default = env.task.default_dof_pos.numpy()
        assert row[12:24] == pytest.approx([j.qpos[0] for j in joints] - default, abs=1e-5)
        assert row[24:36] == pytest.approx([0.05 * j.qvel[0] for j in joints], abs=1e-5)
        assert row[9:12] == pytest.approx(env.task.commands[i].numpy() * [2, 2, 0.25], abs=1e-6)


def test_joints_never_turn_faster_than_their_limit(env):
    env.sim.qpos[:, 2] = 2.0  # in the air
    env.sim.qvel[:, 6:] = 40.0
    observations, *_ = env.step(torch.zeros(4, 12))
    assert env.sim.qvel[:, 6:].abs().max() <= 20
    assert observations["obs"][:, 24:36].abs().max() <= 1


def test_a_standing_robot_pays_for_the_weight_of_its_legs_but_not_of_its_trunk(env):
    """What drives and contacts do to a joint at rest bears the leg below it."""
    env.sim.qpos[:, 7:] = env.task.default_dof_pos.double()
    env.sim.qvel.zero_()
    for _ in range(200):
        env.task.commands.zero_()
        _, reward, *_ = env.step(torch.zeros(4, 12))
    for i in range(4):
        model, data = env.sim.get_model(i), env.sim.get_data(i)
        mujoco.mj_forward(model, data)
        weight = data.qfrc_bias[6:]
        assert (data.qfrc_actuator[6:] ** 2).sum() > 5 * (weight**2).sum()
        assert reward[i].item() == pytest.approx(0.03 - 0.02 * 2.5e-5 * (weight**2).sum(), abs=1e-5)


def test_a_standing_robot_stands_on_and_one_whose_trunk_or_thigh_touches_the_ground_has_fallen():
    env = make(num_envs=3)
    env.reset()
    env.sim.qpos[:, 7:] = env.task.default_dof_pos.double()
    env.sim.qvel.zero_()
    env.sim.qpos[1, 3:7] = torch.tensor([0, 1, 0, 0])  # on its back
    env.sim.qpos[2, 7 + 1] = 1.5  # the left fore thigh points backwards, its knee to the ground
    env.sim.qpos[2, 2] = 0.1
    ended = torch.zeros(3, dtype=torch.bool)
    for _ in range(50):
        ended |= env.step(torch.zeros(3, 12))[2]
    assert ended.tolist() == [False, True, True]


def test_episodes_start_near_the_default_posture_with_commands_in_their_ranges():
    env = make(num_envs=256)
    env.reset()
    ratio = env.sim.qpos[:, 7:] / env.task.default_dof_pos
    assert ratio.min() >= 0.5 - 1e-6
    assert ratio.max() <= 1.5 + 1e-6
    assert ratio.std() > 0.2
    assert torch.allclose(env.sim.qpos[:, :7], torch.tensor([0.0, 0, 0.62, 1, 0, 0, 0], dtype=torch.float64))
    assert (env.sim.qvel[:, :6] == 0).all()
    assert (env.sim.qvel[:, 6:].abs() <= 0.1).all()
    assert (env.task.commands.abs() <= torch.tensor([2.0, 1.0, 1.0])).all()
    assert env.task.commands.amax(0).tolist() == pytest.approx([2, 1, 1], abs=0.1)
    before = env.task.commands.clone()
    env.step(torch.zeros(256, 12))
    assert torch.equal(env.task.commands, before)


def test_keeping_the_commanded_velocity_is_worth_one_and_a_half_a_second(env):
    env.sim.qpos[:, 2] = 2.0  # in the air
    env.sim.qpos[:, 7:] = env.task.default_dof_pos.double()
    env.sim.qvel.zero_()
    env.sim.qvel[:, :2] = env.task.commands[:, :2].double()
    env.sim.qvel[:, 5] = env.task.commands[:, 2].double()
    env.sim.qvel[3, 0] += 3.0
    reward = env.step(torch.zeros(4, 12))[1]
    assert (reward[:3] > 0.027).all()
    assert (reward[:3] < 0.03).all()
    assert reward[3] == pytest.approx(0.01, abs=1e-3)


def test_an_episode_lasts_fifty_seconds():
    env = make()
    assert env.max_episode_length == 2500
    assert env.control_dt == pytest.approx(0.02)
    assert make("Anymal", "task.env.learn.episodeLength_s=10").max_episode_length == 500
