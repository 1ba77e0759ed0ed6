"""The simulated Ant: its model against the facts, its feet against its weight."""

import numpy as np
import pytest
import torch

from gymctl.config import compose
from gymctl.envs import factory

DOF_NAMES = [f"{joint}_{leg}" for leg in range(1, 5) for joint in ("hip", "ankle")]
FEET = ["front_left_foot", "front_right_foot", "left_back_foot", "right_back_foot"]


@pytest.fixture
def env():
    env = factory.make(compose("Ant", settings={"num_envs": 4, "seed": 0}))
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


def test_joints_motors_and_sensors_are_those_of_the_original_robot_in_the_order_of_actions_and_observations(env):
    model = env.sim.model
    assert [model.joint(i).name for i in range(1, model.njnt)] == DOF_NAMES
    assert [model.body(int(model.site(foot).bodyid[0])).name for foot in env.task.feet] == FEET
    assert model.jnt_range[1:].tolist() == pytest.approx(
        np.deg2rad([[-40, 40], [30, 100], [-40, 40], [-100, -30], [-40, 40], [-100, -30], [-40, 40], [30, 100]])
    )
    assert model.dof_damping[6:] == pytest.approx([0.1] * 8)
    assert model.dof_armature[6:] == pytest.approx([0.01] * 8)
    assert model.actuator_gear[:, 0] == pytest.approx([15] * 8)


def test_legs_do_not_touch_each_other(env):
    model = env.sim.model
    robot = model.geom_bodyid != 0
    assert not (model.geom_contype[robot, None] & model.geom_conaffinity[None, robot]).any()


def test_the_feet_feel_the_landing_and_nothing_once_the_ant_stands():
    env = factory.make(compose("Ant", settings={"num_envs": 1}))
    env.reset()
    felt = [env.step(torch.zeros(1, 8))[0]["obs"][0, 28:52].clone() for _ in range(200)]
    assert max(wrench.abs().max() for wrench in felt) > 0.1
    assert felt[-1].abs().max() < 1e-3
    env.sim.qpos[0, 2] = 0.8
    assert env.step(torch.zeros(1, 8))[0]["obs"][0, 28:52].abs().max() > 0.01  # legs, relieved, stretch their stops
    assert (env.reset()["obs"][:, 28:52] == 0).all()
    env.close()
