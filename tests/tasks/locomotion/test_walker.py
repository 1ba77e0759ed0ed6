"""Walker: the gait, the reward, falls and commands, on a small quadruped of ours."""

import pytest
import torch

from gymctl.config import compose
from gymctl.config.catalogue import task_names
from gymctl.core.errors import InputError
from gymctl.envs import factory
from gymctl.scaffold.package import write_package
from gymctl.tasks.locomotion.legged_robot import BaseMotion
from gymctl.tasks.locomotion.walker_constants import REWARD_TERMS, GaitConstants, WalkerConstants
from gymctl.tasks.locomotion.walker_reward import compute_falls, compute_reward_terms, compute_strides, compute_swing
from tests.scaffold.conftest import ROBOTS

NUM_ENVS = 6


@pytest.fixture(scope="module")
def location(tmp_path_factory):
    parent = tmp_path_factory.mktemp("walker")
    task = write_package("my_quadruped", ROBOTS / "quadruped.xml", task_names(), parent=parent)
    return f"{task.directory}/my_quadruped/task.py:MyQuadruped"


@pytest.fixture
def make(location):
    made = []

    def make(*overrides):
        settings = {"num_envs": NUM_ENVS, "sim_device": "cpu", "rl_device": "cpu", "seed": 0}
        env = factory.make(compose(location, settings=settings, overrides=overrides))
        made.append(env)
        env.reset()
        return env

    yield make
    for env in made:
        env.close()


def test_feet_swing_in_turn_and_highest_in_the_middle_of_their_swing():
    strides = compute_strides(torch.tensor([0.0, 0.3, 0.8]), torch.tensor([0.0, 0.5]))
    torch.testing.assert_close(strides, torch.tensor([[0.0, 0.5], [0.3, 0.8], [0.8, 0.3]]))
    swing = compute_swing(strides, stance=0.6)
    torch.testing.assert_close(swing, torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0]]))


def terms(config, **changes):
    """The reward's terms of a robot that does all as it should, but for some arguments."""
    feet, joints = 4, 12
    given = {
        "base": BaseMotion(torch.zeros(1, 3), torch.zeros(1, 3), torch.tensor([[0.0, 0.0, -1.0]])),
        "height": torch.tensor([config.env["baseHeight"]]),
        "commands": torch.zeros(1, 3),
        "moving": torch.zeros(1),
        "swing": torch.zeros(1, feet),
        "foot_heights": torch.zeros(1, feet),
        "foot_velocities": torch.zeros(1, feet, 3),
        "foot_forces": torch.tensor([0.0, 0.0, 20.0]).expand(1, feet, 3),
        "limb_forces": torch.zeros(1, 8, 3),
        "dof_offset": torch.zeros(1, joints),
        "dof_vel_change": torch.zeros(1, joints),
        "efforts": torch.zeros(1, joints),
        "action_change": torch.zeros(1, joints),
        "constants": WalkerConstants.from_config(config),
        "gait": GaitConstants.from_config(config),
    }
    row = compute_reward_terms(**(given | changes))
    return dict(zip(REWARD_TERMS, row[0].tolist(), strict=True))


def test_a_robot_that_stands_as_it_is_told_loses_nothing(location):
    perfect = {"alive": 1.0, "lin_vel_xy": 1.0, "ang_vel_z": 1.0, "gait": 1.0}
    assert terms(compose(location).task) == pytest.approx({name: perfect.get(name, 0.0) for name in REWARD_TERMS})


def test_each_term_sees_what_it_is_named_after(location):
    config = compose(location).task
    lifted = torch.tensor([[1.0, 0.0, 0.0, 1.0]])
    still = terms(config, swing=lifted, moving=torch.ones(1))
    assert still["gait"] == pytest.approx(0.5)
    assert still["swing"] == pytest.approx(0.5)
    forces = torch.tensor([[0.0, 20.0, 20.0, 0.0]])[:, :, None] * torch.tensor([0.0, 0.0, 1.0])
    heights = lifted * config.env["gait"]["swingHeight"]
    walking = terms(config, swing=lifted, foot_forces=forces, foot_heights=heights)
    assert (walking["gait"], walking["swing"]) == pytest.approx((1.0, 0.0))
    sliding = torch.tensor([[[2.0, 0.0, 5.0]] * 4])
    assert terms(config, foot_velocities=sliding)["slip"] == pytest.approx(4.0)
    half = torch.tensor([config.env["baseHeight"] / 2])
    assert terms(config, height=half)["base_height"] == pytest.approx(0.25)
    touching = torch.tensor([[[0.0, 3.0, 0.0]] * 2 + [[0.0, 0.0, 0.5]] * 6])
    assert terms(config, limb_forces=touching)["collision"] == pytest.approx(2.0)


def test_a_robot_has_fallen_if_it_is_low_or_tilted_or_lies_on_its_trunk(location):
    constants = WalkerConstants.from_config(compose(location).task)
    up = torch.tensor([0.0, 0.0, -1.0])
    gravity = torch.stack((up, up, torch.tensor([1.0, 0.0, 0.0]), up))
    height = torch.tensor([1.0, constants.lowest - 0.01, 1.0, 1.0])
    forces = torch.zeros(4, 1, 3)
    forces[3, 0, 2] = 5.0
    base = BaseMotion(torch.zeros(4, 3), torch.zeros(4, 3), gravity)
    assert compute_falls(base, height, forces, constants).tolist() == [False, True, True, True]


def test_standing_robots_have_a_still_clock_and_commands_change_in_time(make):
    env = make("task.env.commands.standing=1.0", "task.env.commands.seconds=0.1")
    observations, *_ = env.step(torch.zeros(NUM_ENVS, 12))
    assert (observations["obs"][:, -2:] == 0).all()
    env = make("task.env.commands.seconds=0.1", "task.env.commands.standing=0.0")
    first = env.task.commands.clone()
    for _ in range(4):
        env.step(torch.zeros(NUM_ENVS, 12))
    assert (env.task.commands == first).all()
    env.step(torch.zeros(NUM_ENVS, 12))
    env.step(torch.zeros(NUM_ENVS, 12))
    assert (env.task.commands != first).all()


def test_drives_hold_the_default_pose_and_feet_carry_the_robot(make):
    env = make("task.env.commands.standing=1.0")
    for _ in range(50):
        _, _, done, _ = env.step(torch.zeros(NUM_ENVS, 12))
        assert not done.any()
    forces, feet, _ = env.task._read_sensors()
    weight = 9.81 * float(env.sim.model.body_subtreemass[1])
    assert forces[:, :4, 2].sum(1).mean() == pytest.approx(weight, rel=0.1)
    assert feet[:, :, 2].abs().max() < 0.04


def test_only_the_floor_is_touched_unless_the_robots_own_bodies_are_to(make):
    def own(env):
        model = env.sim.model
        robot = model.geom_bodyid != 0
        return bool((model.geom_contype[robot, None] & model.geom_conaffinity[None, robot]).any())

    assert not own(make())
    assert own(make("task.env.selfCollisions=True"))


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("task.env.gait.stance=1.0", "a number that no gait has"),
        ("task.env.limbBodies=[nobody]", "no body 'nobody'"),
        ("task.env.limbBodies=[trunk]", "named twice"),
        ("task.env.control.stiffness.front_left_knee=-1", "'front_left_knee'"),
    ],
)
def test_a_yaml_that_does_not_fit_the_model_is_refused(make, override, told):
    with pytest.raises(InputError, match=told):
        make(override)
