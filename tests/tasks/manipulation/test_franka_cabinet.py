"""The simulated FrankaCabinet: its model against the facts, its drives, and its drawer."""

import numpy as np
import pytest
import torch

from gymctl.config import compose
from gymctl.core.errors import InputError
from gymctl.envs import factory
from gymctl.tasks.manipulation.franka_cabinet import GRASP_POS, GRASP_QUAT, HANDLE_POS, OPEN
from gymctl.tasks.manipulation.franka_cabinet_model import START

ARM = [f"panda_joint{number}" for number in range(1, 8)]
FINGERS = ["panda_finger_joint1", "panda_finger_joint2"]
CABINET = ["door_left_joint", "door_right_joint", "drawer_bottom_joint", "drawer_top_joint"]
LIMITS = [
    *([-2.8973, 2.8973], [-1.7628, 1.7628], [-2.8973, 2.8973], [-3.0718, -0.0698], [-2.8973, 2.8973]),
    *([-0.0175, 3.7525], [-2.8973, 2.8973], [0, 0.04], [0, 0.04]),
    *([-1.57, 0], [0, 1.57], [0, 0.4], [0, 0.4]),
]
MASSES = [2.997, 2.975, 3.004, 2.328, 2.374, 3.419, 1.435, 0.446, 0.709, 0.022, 0.022]
PLACES = {
    "panda_link7": (0.8306, -0.0813, 0.8118),
    "panda_hand": (0.7838, 0.0142, 0.8003),
    "panda_leftfinger": (0.7591, 0.0710, 0.8287),
    "panda_rightfinger": (0.7576, 0.0618, 0.7593),
}


def make(num_envs=4, props=0, *overrides, **settings):
    overrides = [f"task.env.numProps={props}", *overrides]
    env = factory.make(
        compose("FrankaCabinet", settings={"num_envs": num_envs, "seed": 0, **settings}, overrides=overrides)
    )
    env.reset()
    return env


@pytest.fixture(scope="module")
def env():
    env = make()
    yield env
    env.close()


@pytest.fixture(scope="module")
def model(env):
    return env.sim.model


def test_joints_have_the_original_order_limits_and_damping(model):
    assert [model.joint(index).name for index in range(model.njnt)] == ARM + FINGERS + CABINET
    assert model.jnt_range == pytest.approx(np.array(LIMITS))
    assert model.dof_damping[9:] == pytest.approx(10)
    assert model.dof_armature[9:] == pytest.approx(0.005)


def test_drives_have_the_original_gains_and_efforts(model):
    assert [model.actuator(index).name for index in range(model.nu)] == ARM + FINGERS
    assert model.actuator_forcerange[:, 1].tolist() == [*4 * [87], *3 * [12], 200, 200]
    assert model.actuator_gainprm[:7, 0] == pytest.approx(400)
    assert model.actuator_biasprm[:7, 1:3] == pytest.approx(np.tile([-400, -80], (7, 1)))
    assert model.dof_damping[7:9] == pytest.approx(100)


def test_masses_are_those_of_the_original_hulls(model):
    robot = [body for body in range(model.nbody) if model.body(body).name.startswith("panda")]
    assert model.body_mass[robot] == pytest.approx(MASSES)
    cabinet = {"door_left_link": 3.891, "door_right_link": 3.891, "drawer_bottom": 43.43}
    for name, mass in cabinet.items():
        assert model.body(name).mass == pytest.approx(mass, abs=0.01)


@pytest.mark.parametrize("props", [0, 5, 16])
def test_the_drawer_weighs_the_same_with_and_without_cubes(props):
    model = make(1, props).sim.model
    cubes = [body for body in range(model.nbody) if model.body(body).name.startswith("prop")]
    assert len(cubes) == props
    assert model.body("drawer_top").mass + model.body_mass[cubes].sum() == pytest.approx(5.332 + 3.2768)


def test_more_cubes_than_there_is_room_for_are_refused():
    with pytest.raises(InputError, match="numProps is 17"):
        make(1, 17)


def test_the_hand_is_where_the_original_one_is(env):
    env.sim.put("qpos", torch.tensor(START).repeat(4, 1), torch.arange(4), slice(0, 9))
    env.sim.refresh()
    for name, place in PLACES.items():
        assert env.task.xpos[0, env.sim.model.body(name).id].numpy() == pytest.approx(place, abs=1e-4)


def test_the_models_sites_are_where_the_task_measures(model):
    grasp, handle = model.site("grasp"), model.site("handle")
    assert grasp.pos == pytest.approx(GRASP_POS)
    assert np.roll(grasp.quat, -1) == pytest.approx(GRASP_QUAT)
    assert handle.pos == pytest.approx(HANDLE_POS)


def test_cubes_lie_still_in_the_drawer():
    env = make(2, 16)
    cubes = [index for index in range(env.sim.model.nbody) if env.sim.model.body(index).name.startswith("prop")]
    before = env.task.xpos[:, cubes].clone()
    for _ in range(60):
        env.step(torch.zeros(2, 9))
    assert (env.task.xpos[:, cubes] - before).abs().max() < 0.01
    assert env.sim.qvel[:, 13:].abs().max() < 0.05


@pytest.mark.parametrize("physics", ["fast", "isaacgym"])
def test_fingers_and_arm_come_to_rest_at_their_targets(physics):
    env = make(4, 0, physics=physics)
    for _ in range(40):
        env.step(torch.cat((torch.zeros(4, 7), -torch.ones(4, 2)), dim=1))
    assert env.sim.qpos[:, 7:9].abs().max() < 2e-3
    assert env.sim.qvel[:, :9].abs().max() < 0.05
    assert (env.sim.qpos[:, :7] - env.sim.ctrl[:, :7]).abs().max() < 0.02


def test_drives_push_up_to_their_effort_and_no_more():
    env = factory.make(compose("FrankaCabinet", settings={"num_envs": 4, "seed": 0}))
    forces, efforts = env.sim.output("actuator_force"), torch.from_numpy(env.sim.model.actuator_forcerange[:, 1])
    env.reset()
    largest = torch.zeros(9)
    for step in range(40):
        env.step(torch.full((4, 9), 1.0 if step % 20 < 10 else -1.0))
        largest = torch.maximum(largest, (forces.abs() / efforts).amax(0))
    assert largest.max() == pytest.approx(1.0)


def test_an_open_drawer_ends_the_episode_and_counts(env):
    env.reset()
    env.keep_measures = True
    env.sim.put("qpos", torch.tensor([[0.395], [0.25], [0.1], [0.0]]), torch.arange(4), slice(12, 13))
    env.sim.refresh()
    _, _, done, extras = env.step(torch.zeros(4, 9))
    assert done.tolist() == [True, False, False, False]
    assert extras["measures"][:, 0].tolist() == [1, 1, 0, 0]
    assert extras["measures"][:, 1].tolist() == pytest.approx([0.395, 0.25, 0.1, 0.0], abs=0.01)
    assert OPEN == 0.39


def test_starts_are_around_the_original_one_and_within_limits(env):
    start = env.reset()["obs"]
    positions = env.sim.qpos[:, :9]
    assert (positions[:, :7] - torch.tensor(START[:7])).abs().max() <= 0.125 + 1e-6
    assert positions[:, 7:].min() >= 0
    assert positions[:, 7:].max() <= 0.04
    assert torch.equal(env.sim.ctrl[:, :9].float(), positions.float())
    assert start[:, 9:18].abs().max() == 0
    assert positions[:, :7].std(0).min() > 0
