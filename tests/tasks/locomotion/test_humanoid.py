"""The simulated Humanoid: its model against the facts, the forces it feels against the equations of motion."""

import mujoco
import numpy as np
import pytest
import torch

from gymctl.config import compose
from gymctl.envs import factory

MASSES = {
    "torso": 5.85383431,
    "head": 3.05362806,
    "lower_waist": 2.26194671,
    "pelvis": 6.61619413,
    "right_thigh": 4.75175093,
    "left_shin": 2.75569617,
    "right_foot": 1.13114123,
    "left_upper_arm": 1.66108048,
    "right_lower_arm": 0.96145762,
    "left_hand": 0.268082573,
}
INERTIAS = {
    "torso": [0.0512741929, 0.0319667499, 0.0311493415],
    "pelvis": [0.0523179792, 0.0523179792, 0.0243221475],
    "left_thigh": [0.0749516539, 0.0749516539, 0.00822743135],
    "right_shin": [0.0326080155, 0.0326080155, 0.00318989029],
    "left_foot": [0.00644646154, 0.00594372438, 0.000903017234],
    "right_upper_arm": [0.0159055424, 0.0159055424, 0.00128597118],
    "left_lower_arm": [0.00840161641, 0.00840161641, 0.000449988236],
}
CENTRES = {
    "torso": [-0.00386404293, 0, -0.0463685152],
    "right_foot": [0.035, -0.01, 0],
    "left_foot": [0.035, 0.01, 0],
    "left_lower_arm": [0.09, -0.09, 0.09],
}
LEG = {  # range [°], stiffness, damping, armature, gear
    "hip_x": (-45, 15, 10, 5, 0.01, 45),
    "hip_z": (-60, 35, 10, 5, 0.01, 45),
    "hip_y": (-120, 45, 20, 5, 0.01, 135),
    "knee": (-160, 2, 5, 0.1, 0.007, 90),
    "ankle_y": (-50, 50, 2, 1, 0.006, 22.5),
    "ankle_x": (-50, 50, 2, 1, 0.006, 22.5),
}
ARM = {
    "shoulder1": (-90, 70, 10, 5, 0.01, 67.5),
    "shoulder2": (-90, 70, 10, 5, 0.01, 67.5),
    "elbow": (-90, 50, 2, 1, 0.006, 45),
}
JOINTS = {
    "abdomen_z": (-45, 45, 20, 5, 0.02, 67.5),
    "abdomen_y": (-75, 30, 20, 5, 0.01, 67.5),
    "abdomen_x": (-35, 35, 10, 5, 0.01, 67.5),
    **{f"{side}_{joint}": numbers for side in ("right", "left") for joint, numbers in LEG.items()},
    **{f"{side}_{joint}": numbers for side in ("right", "left") for joint, numbers in ARM.items()},
}
FEET = ["right_foot", "left_foot"]


@pytest.fixture
def env():
    env = factory.make(compose("Humanoid", settings={"num_envs": 4, "seed": 0}))
    env.reset()
    yield env
    env.close()


def test_masses_and_inertias_are_those_of_the_original_robot(env):
    model = env.sim.model
    assert model.body_mass.sum() == pytest.approx(40.8440212, rel=1e-7)
    for body, mass in MASSES.items():
        assert model.body(body).mass == pytest.approx(mass, rel=1e-6)
    for body, inertia in INERTIAS.items():
        assert sorted(model.body(body).inertia) == pytest.approx(sorted(inertia), rel=1e-6)
    for body, centre in CENTRES.items():
        assert model.body(body).ipos == pytest.approx(centre, abs=1e-7)


def test_joints_are_those_of_the_original_robot_in_the_order_of_actions_and_observations(env):
    model = env.sim.model
    assert [model.joint(i).name for i in range(1, model.njnt)] == list(JOINTS)
    low, high, stiffness, damping, armature, gear = zip(*JOINTS.values(), strict=True)
    assert model.jnt_range[1:].T.tolist() == [pytest.approx(np.deg2rad(low)), pytest.approx(np.deg2rad(high))]
    assert model.jnt_stiffness[1:] == pytest.approx(stiffness)
    assert model.dof_damping[6:] == pytest.approx(damping)
    assert model.dof_armature[6:] == pytest.approx(armature)
    assert model.actuator_gear[:, 0] == pytest.approx(gear)
    assert model.joint("right_ankle_x").axis == pytest.approx([0.894427191, 0, 0.447213595])
    assert model.joint("left_shoulder1").axis == pytest.approx([-0.816496581, 0.40824829, -0.40824829])


def test_limbs_collide_with_each_other_but_not_in_the_start_pose(env):
    model, data = env.sim.get_model(0), mujoco.MjData(env.sim.model)
    mujoco.mj_forward(model, data)
    assert data.ncon == 0
    data.qpos[2] = 3.0
    for side in ("right", "left"):
        data.joint(f"{side}_hip_x").qpos = np.deg2rad(15)  # inwards
    mujoco.mj_forward(model, data)
    touching = {tuple(model.geom(geom).name for geom in pair) for pair in data.contact.geom}
    assert ("right_shin", "left_shin") in touching


def felt_in_a_substep(env):
    """What MuJoCo says of the state before one substep (a pair for each world), and what the policy feels after it."""
    env.sim.substeps = 1
    before = [(env.sim.get_model(i), env.sim.get_data(i)) for i in range(env.num_envs)]
    env.sim.step()
    for model, data in before:
        mujoco.mj_forward(model, data)
        mujoco.mj_rnePostConstraint(model, data)
    return before, env.task.observe()[:, 54:87].double().numpy() / 0.01


def test_the_joints_torques_are_what_accelerates_a_flying_robot(env):
    """M(q) q'' + bias, with motors at work, springs and dampers stretched, and some joints beyond their stops."""
    env.sim.qpos[:, 2] = 3.0
    env.sim.qpos[:, 13] = 0.1  # a knee beyond its upper stop at 0.035
    env.sim.qpos[:, 20] = -0.95  # an ankle beyond its lower one at -0.87
    env.sim.qvel[:, 6:] = torch.linspace(-3, 3, 21)
    env.sim.ctrl[:] = torch.linspace(1, -1, 21)
    before, felt = felt_in_a_substep(env)
    for (model, data), torques in zip(before, felt[:, :21], strict=True):
        assert data.nefc == 2
        inertial = np.zeros(model.nv)
        mujoco.mj_mulM(model, data, inertial, data.qacc)
        assert torques == pytest.approx((inertial + data.qfrc_bias)[6:], rel=1e-3, abs=1e-2)


def test_the_feet_feel_the_ground_less_their_own_weight_and_inertia(env):
    for _ in range(12):
        env.step(torch.zeros(4, 21))
    before, felt = felt_in_a_substep(env)
    touching = 0
    for (model, data), wrenches in zip(before, felt[:, 21:].reshape(4, 2, 6), strict=True):
        for foot, wrench in zip(FEET, wrenches, strict=True):
            body, acceleration = model.body(foot).id, np.zeros(6)
            contacts = [contact for contact in range(data.ncon) if touches(model, data, contact, body)]
            ground = sum((force(model, data, contact) for contact in contacts), np.zeros(3))
            mujoco.mj_objectAcceleration(model, data, mujoco.mjtObj.mjOBJ_BODY, body, acceleration, 0)
            passed_on = ground - model.body_mass[body] * acceleration[3:]  # MuJoCo's acceleration has gravity in it
            assert data.xmat[body].reshape(3, 3) @ wrench[:3] == pytest.approx(passed_on, rel=1e-3, abs=0.1)
            touching += ground[2] > 10
    assert touching >= 2


def touches(model, data, contact, body):
    return body in model.geom_bodyid[data.contact.geom[contact]]


def force(model, data, contact):
    """On the robot, from the floor, world axes."""
    assert model.geom("floor").id == data.contact.geom[contact, 0]
    wrench = np.zeros(6)
    mujoco.mj_contactForce(model, data, contact, wrench)
    return data.contact.frame[contact].reshape(3, 3).T @ wrench[:3]
