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
    model, dofs = env.sim.model, env.task.dofs
    assert [model.actuator(i).name for i in range(21)] == list(JOINTS)
    low, high, stiffness, damping, armature, gear = zip(*JOINTS.values(), strict=True)
    assert dofs.limits.T.tolist() == [pytest.approx(np.deg2rad(low)), pytest.approx(np.deg2rad(high))]
    assert env.task.gears.tolist() == pytest.approx(gear)
    of_joint = model.actuator_trnid[:21, 0]
    assert model.dof_damping[model.jnt_dofadr[of_joint]] == pytest.approx(damping)
    springs = {model.actuator(i).name: -model.actuator_biasprm[i, 1] for i in range(21, model.nu)}
    own = [
        springs.get(f"{name}_spring", model.jnt_stiffness[joint]) for name, joint in zip(JOINTS, of_joint, strict=True)
    ]
    assert own == pytest.approx(stiffness)
    added = model.dof_armature[model.jnt_dofadr[of_joint]] - 0.0083 * np.array(damping)
    assert np.delete(added, 1) == pytest.approx(np.delete(armature, 1))
    assert added[1] == pytest.approx(armature[0])  # of one joint with the first
    ankle, shoulder = model.actuator("right_ankle_x").gear[:3], model.actuator("left_shoulder1").gear[:3]
    assert ankle / 22.5 == pytest.approx([0.894427191, 0, 0.447213595])
    assert shoulder / 67.5 == pytest.approx([-0.816496581, 0.40824829, -0.40824829])


def test_limbs_collide_with_each_other_but_not_in_the_start_pose(env):
    model, data = env.sim.get_model(0), mujoco.MjData(env.sim.model)
    mujoco.mj_forward(model, data)
    assert data.ncon == 0
    data.qpos[2] = 3.0
    for side, sign in (("right", 1), ("left", -1)):
        half = np.deg2rad(15) / 2  # inwards
        data.joint(f"{side}_thigh").qpos = [np.cos(half), sign * np.sin(half), 0, 0]
    mujoco.mj_forward(model, data)
    touching = {tuple(model.geom(geom).name for geom in pair) for pair in data.contact.geom}
    assert ("right_shin", "left_shin") in touching


def test_joints_feel_springs_dampers_and_stops_but_not_their_motors(env):
    env.sim.qpos[:, 2] = 3.0
    position = torch.zeros(4, 21)
    position[:, 6] = 0.1  # a knee beyond its upper stop at 0.035
    velocity = torch.linspace(-1, 1, 21).repeat(4, 1)
    qpos, qvel = env.sim.qpos.float(), env.sim.qvel.float()
    env.task.dofs.write(position, velocity, qpos, qvel)
    env.sim.qpos.copy_(qpos)
    env.sim.qvel.copy_(qvel)
    env.sim.substeps = 1
    felt = {}
    for size in (0.0, 0.01):
        state = env.state_dict()
        felt[size] = env.step(torch.full((4, 21), size))[0]["obs"][:, 54:75] / 0.01
        env.load_state_dict(state)
    assert felt[0.0][0, 6] < -5.0  # the stop
    others = [0, 1, 2, 4, 9, 11, 16, 19]
    assert (felt[0.0][:, others] * velocity[:, others] < 0).all()  # dampers
    change, motors = (felt[0.01] - felt[0.0]).abs(), 0.01 * env.task.gears
    assert (change < motors)[:, others].all()
