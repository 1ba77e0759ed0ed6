"""The simulated FrankaCubeStack: its model against the facts, its control, its starts, and a firm grip."""

import math

import numpy as np
import pytest
import torch

from gymctl.config import compose
from gymctl.core.errors import InputError
from gymctl.envs import factory
from gymctl.sim.rotations import quat_mul, rotation_matrix
from gymctl.tasks import registry
from gymctl.tasks.manipulation.franka_cube_stack_maths import GAP, away_from
from gymctl.tasks.manipulation.franka_cube_stack_model import START
from gymctl.tasks.manipulation.operational_space import invert
from tests.helpers.contracts import DEPLOY, contract_of

ARM = [f"panda_joint{number}" for number in range(1, 8)]
FINGERS = ["panda_finger_joint1", "panda_finger_joint2"]
EFFORTS = [*4 * [87], *3 * [12]]
DOWN = torch.tensor([[1.0, 0.0, 0.0, 0.0]])
OPEN, CLOSED = 1.0, -1.0


def make(num_envs=4, *overrides, **settings):
    config = compose("FrankaCubeStack", settings={"num_envs": num_envs, "seed": 0, **settings}, overrides=overrides)
    env = factory.make(config)
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


def test_drives_have_the_original_order_gains_and_efforts(model):
    assert [model.actuator(index).name for index in range(model.nu)] == ARM + FINGERS
    assert model.actuator_ctrlrange[:7].tolist() == [[-effort, effort] for effort in EFFORTS]
    assert model.actuator_gainprm[:, 0] == pytest.approx([*7 * [1], 5000, 5000])
    assert model.actuator_biasprm[7:, 1].tolist() == [-5000, -5000]
    assert model.actuator_forcerange[7:].tolist() == 2 * [[-200, 200]]
    assert model.dof_damping[:7].tolist() == 7 * [0]


def test_fingers_are_no_faster_than_the_original_ones(model):
    assert model.actuator_forcerange[7:, 1] / model.dof_damping[7:9] == pytest.approx(0.2)


def test_cubes_weigh_what_the_original_ones_do(model):
    assert model.body("cubeA").mass == pytest.approx(0.125)
    assert model.body("cubeB").mass == pytest.approx(0.343)


def test_the_hand_is_where_the_original_one_is(env):
    env.sim.put("qpos", torch.tensor(START).repeat(4, 1), torch.arange(4), slice(0, 9))
    env.sim.refresh()
    grip = env.task.site_xpos[0, env.sim.model.site("grip").id]
    assert grip.numpy() == pytest.approx((0.008, 0.0, 1.2181), abs=1e-4)
    forward = rotation_matrix(env.task.observe()[:1, 13:17])[0, :, 2]
    assert forward.numpy() == pytest.approx((0.127, 0.0, -0.992), abs=1e-3)


def test_episodes_start_with_cubes_apart_on_the_table():
    env = make(256)
    joints, a, b = env.sim.qpos[:, :9].float(), env.sim.qpos[:, 9:16].float(), env.sim.qpos[:, 16:23].float()
    assert (joints[:, :7] - torch.tensor(START[:7])).abs().max() <= 0.25 + 1e-6
    assert torch.equal(joints[:, 7:], torch.full((256, 2), 0.035))
    assert torch.linalg.vector_norm(a[:, :2] - b[:, :2], dim=1).min() >= GAP - 1e-6
    for cube, height in ((a, 1.05), (b, 1.06)):
        assert cube[:, :2].abs().max() <= 0.25
        assert cube[:, :2].std(0).min() > 0.1
        assert cube[:, 2].numpy() == pytest.approx(height)
        assert (2 * torch.atan2(cube[:, 6], cube[:, 3])).abs().max() <= 0.785 + 1e-6
    for _ in range(20):
        env.step(torch.zeros(256, 7))
    assert env.sim.qvel[:, 9:].abs().max() < 0.05


def test_a_cube_goes_to_the_first_place_with_room_or_to_the_far_corner():
    other = torch.tensor([[0.1, -0.2], [0.0, 0.0]])
    near, far, farther = [0.1, -0.1], [-0.1, 0.1], [-0.2, 0.2]
    candidates = torch.tensor([[near, far, farther], [near, near, near]])
    expected = torch.tensor([far, [0.25, 0.25]])
    assert torch.equal(away_from(other, candidates, 0.25), expected)


@pytest.mark.parametrize(
    ("setting", "fix"),
    [
        ("startPositionNoise=0.1", "give 0.12 or more, so that cubes start apart"),
        ("startRotationNoise=-0.1", "give 0 or more"),
        ("frankaDofNoise=-0.1", "give 0 or more"),
        ("actionScale=0", "give a number above 0"),
    ],
)
def test_settings_that_give_no_start_or_no_motion_are_refused(setting, fix):
    with pytest.raises(InputError, match=f"task.env.{setting.replace('=', ' is ')}") as refused:
        make(1, f"task.env.{setting}")
    assert refused.value.fix.startswith(fix)


def test_inverses_are_those_of_pytorch_and_finite_where_there_is_none():
    root = torch.randn(16, 7, 7, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    matrices = root @ root.transpose(1, 2) + 0.1 * torch.eye(7)
    torch.testing.assert_close(invert(matrices), torch.linalg.inv(matrices))
    assert invert(torch.ones(1, 6, 6)).isfinite().all()


@pytest.mark.parametrize("axis", range(6))
def test_an_action_moves_the_hand_along_or_about_its_axis_of_the_world(env, axis):
    env.reset()
    env.sim.put("qpos", torch.tensor(START).repeat(4, 1), torch.arange(4), slice(0, 9))
    env.sim.put("qvel", torch.zeros(4, 9), torch.arange(4), slice(0, 9))
    env.sim.refresh()
    before = env.task.observe()[0, 10:17].clone()
    actions = torch.zeros(4, 7)
    actions[:, axis] = 0.3
    for _ in range(4):
        env.step(actions)
    after = env.task.observe()[0, 10:17]
    turned = quat_mul(after[None, 3:], before[None, 3:] * torch.tensor([-1.0, -1.0, -1.0, 1.0]))[0]
    moved = torch.cat((after[:3] - before[:3], 2 * turned[:3] * turned[3].sign() / 5))
    assert moved.abs().argmax() == axis
    assert moved[axis] > 0.005
    assert moved.abs().sort().values[-2] < 0.35 * moved[axis]


def test_the_joints_keep_to_their_speed_limits(env):
    env.reset()
    for step in range(30):
        env.step(torch.full((4, 7), 1.0 if step % 10 < 5 else -1.0))
        assert env.sim.qvel[:, :4].abs().max() <= 2.175 + 1e-6
        assert env.sim.qvel[:, 4:7].abs().max() <= 2.61 + 1e-6


def test_with_joint_torques_actions_are_shares_of_the_efforts():
    env = make(2, "task.env.controlType=joint_tor")
    assert env.task.observe().shape == (2, 26)
    assert torch.equal(env.task.observe()[:, 17:], env.sim.qpos[:, :9].float())
    env.step(torch.tensor([[0.5] * 7 + [1.0], [-1.0] * 7 + [-0.1]]))
    assert env.sim.ctrl[0].tolist() == pytest.approx([*(0.5 * np.array(EFFORTS)), 0.04, 0.04])
    assert env.sim.ctrl[1].tolist() == pytest.approx([*(-1.0 * np.array(EFFORTS)), 0.0, 0.0])


def test_the_sizes_follow_the_type_of_control_and_others_are_refused():
    def sizes(control):
        return registry.sizes(compose("FrankaCubeStack", overrides=[f"task.env.controlType={control}"]).task)

    assert sizes("osc") == (19, 7)
    assert sizes("joint_tor") == (26, 8)
    with pytest.raises(InputError, match="controlType can't be 'velocity'"):
        sizes("velocity")


def test_a_controller_opens_the_gripper_at_0_and_closes_it_below():
    controller = DEPLOY["controller"].Interface(contract_of(compose("FrankaCubeStack")))
    assert controller.command(np.zeros(7, np.float32)).tolist() == [*6 * [0.0], 0.04]
    assert controller.command(np.full(7, -1e-6, np.float32))[6] == 0.0


def test_a_stacked_cube_ends_the_episode_and_counts(env):
    env.reset()
    env.keep_measures = True
    a_on_b = env.sim.qpos[:, 16:19].clone()
    a_on_b[:3, 2] += torch.tensor([0.06, 0.06, 0.2])
    a_on_b[1, 0] += 0.03
    env.sim.qpos[:3, 9:12] = a_on_b[:3]
    env.sim.refresh()
    _, reward, done, extras = env.step(torch.zeros(4, 7))
    assert done.tolist() == [True, False, False, False]
    assert reward[0] == pytest.approx(16.0)
    assert extras["measures"].tolist() == [[1, 1], [1, 0], [1, 0], [0, 0]]


class Hand:
    """Moves cube A by the observations only, without a policy."""

    def __init__(self, observations):
        turn = 2 * torch.atan2(observations[:, 2], observations[:, 3])
        half = ((turn + math.pi / 4) % (math.pi / 2) - math.pi / 4) / 2
        self.wanted = quat_mul(
            torch.stack((0 * half, 0 * half, half.sin(), half.cos()), dim=1), DOWN.expand(len(half), 4)
        )
        self.cube_a = observations[:, 4:7].clone()
        self.cube_b = self.cube_a + observations[:, 7:10]

    def act(self, observations, place, height, gripper):
        grip_pos, grip_quat = observations[:, 10:13], observations[:, 13:17]
        off = quat_mul(self.wanted, grip_quat * torch.tensor([-1.0, -1.0, -1.0, 1.0]))
        turn = 2 * off[:, :3] * off[:, 3:].sign() / 0.5
        move = (place + torch.tensor([0.0, 0.0, height]) - grip_pos) / 0.1
        return torch.cat((move.clamp(-1, 1), turn.clamp(-1, 1), torch.full((len(off), 1), gripper)), dim=1)


@pytest.mark.parametrize("physics", ["fast", "isaacgym"])
def test_the_gripper_holds_a_cube_firmly(physics):
    env = make(16, "task.env.frankaDofNoise=0", physics=physics)
    observations = env.reset()["obs"]
    hand = Hand(observations)
    for steps, height, gripper in ((60, 0.1, OPEN), (60, 0.0, OPEN), (20, 0.0, CLOSED), (70, 0.12, CLOSED)):
        for _ in range(steps):
            observations = env.step(hand.act(observations, hand.cube_a, height, gripper))[0]["obs"]
    held = observations[:, 6] > 1.13
    assert held.float().mean() >= 0.8
    slid = observations[held, 4:7] - observations[held, 10:13]
    for _ in range(60):
        observations = env.step(hand.act(observations, hand.cube_a, 0.12, CLOSED))[0]["obs"]
    assert (observations[held, 4:7] - observations[held, 10:13] - slid).abs().max() < 2e-3


def test_the_reward_grows_all_the_way_to_a_stacked_cube():
    env = make(16, "task.env.frankaDofNoise=0")
    observations = env.reset()["obs"]
    hand = Hand(observations)
    above, reached, closed = (45, hand.cube_a, 0.1, OPEN), (35, hand.cube_a, 0.0, OPEN), (15, hand.cube_a, 0.0, CLOSED)
    lifted, over_b, on_b = (
        (40, hand.cube_a, 0.15, CLOSED),
        (60, hand.cube_b, 0.15, CLOSED),
        (45, hand.cube_b, 0.061, CLOSED),
    )
    released = 30, hand.cube_b, 0.13, OPEN
    last, stacked = [], torch.zeros(16, dtype=torch.bool)
    for steps, place, height, gripper in (above, reached, closed, lifted, over_b, on_b, released):
        for _ in range(steps):
            step, reward, done, _ = env.step(hand.act(observations, place, height, gripper))
            observations = step["obs"]
            stacked |= done.bool() & (reward == 16.0)
        last.append(reward.clone())
    assert stacked.float().mean() >= 0.8
    rewards = torch.stack((*last[:-1], torch.full((16,), 16.0)))[:, stacked]
    assert (rewards.diff(dim=0) > 0).all()
    assert rewards[-2].mean() > 3.0
