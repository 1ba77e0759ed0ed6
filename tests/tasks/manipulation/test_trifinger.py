"""The simulated Trifinger: its model against the facts, its goals, torques and rewards, and what randomises it."""

import mujoco
import numpy as np
import pytest
import torch

from gymctl.config import compose
from gymctl.core.errors import InputError
from gymctl.envs import factory
from gymctl.sim.rotations import quat_mul, quat_rotate
from gymctl.tasks.manipulation import trifinger_maths as maths
from gymctl.tasks.manipulation.trifinger_model import TIPS

FINGERS = ("0", "120", "240")
LINKS = ("upper", "middle", "lower", "tip")
KINDS = ("base_to_upper", "upper_to_middle", "middle_to_lower")
JOINTS = [f"finger_{kind}_joint_{finger}" for finger in FINGERS for kind in KINDS]
NUM_ENVS = 16
PLAIN = "task.task.randomize=False"


def make(*overrides, num_envs=NUM_ENVS, **settings):
    env = factory.make(
        compose("Trifinger", settings={"num_envs": num_envs, "seed": 0, **settings}, overrides=[PLAIN, *overrides])
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


@pytest.fixture
def data(model):
    data = mujoco.MjData(model)
    data.qpos[:9] = maths.START
    mujoco.mj_forward(model, data)
    return data


def test_joints_have_the_original_order_and_limits_and_neither_damping_nor_armature(model):
    assert [model.joint(index).name for index in range(model.njnt)] == [*JOINTS, "object"]
    assert model.jnt_range[:9] == pytest.approx(np.array(3 * [[-0.33, 1.0], [0.0, 1.57], [-2.7, 0.0]]))
    assert not model.dof_damping.any()
    assert not model.dof_armature.any()


def test_motors_have_the_original_order_and_effort(model):
    assert [model.actuator(index).name for index in range(model.nu)] == JOINTS
    assert model.actuator_ctrlrange == pytest.approx(np.tile([-0.36, 0.36], (9, 1)))
    assert model.actuator_gainprm[:, 0] == pytest.approx(1.0)


def test_masses_are_the_original_ones_and_all_feel_gravity(model):
    for finger in FINGERS:
        masses = [model.body(f"finger_{link}_link_{finger}").mass.item() for link in LINKS]
        assert masses == pytest.approx([0.26689, 0.27163, 0.05569, 0.031])
    assert model.body_subtreemass[model.body("robot").id] == pytest.approx(1.87563)
    assert model.body("object").mass == pytest.approx(0.0799982625)
    assert model.body("object").inertia == pytest.approx(0.0799982625 * 0.065**2 / 6)
    assert not model.body_gravcomp.any()


def test_fingertips_are_where_the_original_ones_are(data):
    expected = ((0.086, 0.0332, 0.118), (-0.0142, -0.0911, 0.118), (-0.0718, 0.0579, 0.118))
    for tip, place in zip(TIPS, expected, strict=True):
        assert data.body(tip).xpos == pytest.approx(place, abs=1e-4)


def test_a_robot_at_its_start_touches_nothing(model, data):
    bodies = {model.body(int(model.geom_bodyid[geom])).name for pair in data.contact.geom for geom in pair}
    assert bodies == {"object", "table"}


def test_frictions_are_phys_x_s_means(model):
    def friction(one, other):
        data = mujoco.MjData(model)
        data.qpos[:9], data.qpos[9:13] = maths.START, (0.0, 0.0, 1.0, 1.0)
        if "tip" in one:
            data.qpos[9:12] = (0.086, 0.0332, 0.118 - 0.042)
        else:
            data.qpos[9:12] = (0.0, 0.0, 0.032)
        mujoco.mj_forward(model, data)
        (found,) = {
            data.contact.friction[i][0]
            for i in range(data.ncon)
            if {one, other} == {model.body(int(model.geom_bodyid[geom])).name for geom in data.contact.geom[i]}
        }
        return found

    assert friction("object", "table") == pytest.approx(0.55)
    assert friction("finger_tip_link_0", "object") == pytest.approx(1.0)


def test_fingers_that_reach_for_the_cube_can_lift_it_within_their_motors_efforts(model, data):
    """Two press on opposite sides, one rests on a third: a script that knows where the tips should be."""
    contacts = np.array([[0.0425, 0.0, 0.035], [0.0, -0.0425, 0.035], [-0.0425, 0.0, 0.035]])
    apart = np.array([[0.075, 0.01, 0.035], [0.0, -0.08, 0.035], [-0.07, 0.015, 0.035]])
    press = np.array([[-1.2, 0.0, 0.0], [0.0, 0.2, 0.0], [1.2, 0.0, 0.0]])
    bodies, jacobian = [model.body(tip).id for tip in TIPS], np.zeros((3, model.nv))
    for step in range(800):
        time = step * model.opt.timestep
        closed = np.clip(time - 1.0, 0.0, 1.0)
        places = (1.0 - closed) * apart + closed * contacts + [0.0, 0.0, np.clip(0.03 * (time - 2.5), 0.0, 0.04)]
        torques = data.qfrc_bias[:9].copy()
        for body, place, force in zip(bodies, places, press * (time > 2.0), strict=True):
            mujoco.mj_jacBody(model, data, jacobian, None, body)
            pull = 60.0 * (place - data.xpos[body]) - 1.5 * (jacobian @ data.qvel) + force
            torques += (jacobian.T @ pull)[:9]
        data.ctrl[:] = np.clip(torques, -maths.MAX_TORQUE, maths.MAX_TORQUE)
        mujoco.mj_step(model, data)
    assert data.qpos[9:11] == pytest.approx(0.0, abs=0.005)
    assert data.qpos[11] > 0.06


@pytest.mark.parametrize("physics", ["fast", "isaacgym"])
def test_a_cube_rests_on_the_table_and_is_kept_in_the_bowl(physics):
    env = make(physics=physics)
    angle = torch.arange(NUM_ENVS) * 2 * torch.pi / NUM_ENVS
    env.sim.qvel[:, 9], env.sim.qvel[:, 10] = 2.0 * angle.cos(), 2.0 * angle.sin()  # away from the middle
    for _ in range(75):
        env.step(torch.zeros(NUM_ENVS, 9))
    assert env.sim.qpos[:, 9:11].norm(dim=1).max() < 0.21
    assert env.sim.qvel[:, 9:12].norm(dim=1).max() < 0.05
    assert (env.sim.qpos[:, 11] - 0.0325).abs().median() < 1e-3
    env.close()


def test_torques_are_the_actions_less_the_safety_damping(env):
    env.reset()
    env.sim.qvel[:, :9] = torch.tensor(3 * [0.5, -0.5, 2.0])
    env.step(torch.full((NUM_ENVS, 9), 0.5))
    assert env.sim.ctrl[0].numpy() == pytest.approx(np.array(3 * [0.14, 0.22, 0.1]))
    env.sim.qvel[:, :9] = -9.0
    env.step(torch.ones(NUM_ENVS, 9))
    assert env.sim.ctrl.max() == pytest.approx(0.36)


def test_without_the_damping_torques_are_the_actions():
    env = make("task.env.apply_safety_damping=False", "task.env.normalize_action=False", num_envs=2)
    env.sim.qvel[:, :9] = 2.0
    env.step(torch.full((2, 9), 0.2))
    assert env.sim.ctrl.numpy() == pytest.approx(0.2)
    env.close()


def test_positions_are_reached():
    env = make("task.env.command_mode=position")
    targets = torch.tensor(3 * [0.2, 1.1, -1.6])
    actions = maths.Span.between(maths.LOWER, maths.UPPER, torch.float, torch.device("cpu")).normalise(targets)
    for _ in range(60):
        env.step(actions.expand(NUM_ENVS, 9))
    assert (env.sim.qpos[:, :9] - targets).abs().mean() < 0.1  # the gains are too low to hold the links' weight
    env.close()


def test_joints_are_no_faster_than_their_limit(env):
    env.reset()
    env.sim.qvel[:, :9] = 30.0
    env.step(torch.ones(NUM_ENVS, 9))
    assert env.sim.qvel[:, :9].abs().max() <= 10.0


HALF = maths.SIZE / 2
GOALS = {
    -1: (HALF, HALF, 0.13, "about z"),
    1: (HALF, HALF, 0.13, "not"),
    2: (HALF + 0.05, HALF + 0.05, 0.0, "not"),
    3: (HALF, 0.1, 0.13, "not"),
    4: (maths.RADIUS, 0.1, 0.13, "any way"),
}
"""Lowest and highest of each difficulty [m], how far out some are at least [m], and how they are turned."""


@pytest.mark.parametrize("difficulty", GOALS)
def test_goals_are_as_the_difficulty_says_and_shown(difficulty):
    env = make(f"task.env.task_difficulty={difficulty}", num_envs=512)
    low, high, out, turned = GOALS[difficulty]
    pos, quat = env.task.goal
    assert pos[:, 2].min() >= low - 1e-6
    assert pos[:, 2].max() <= high + 1e-6
    assert pos[:, 2].std() == pytest.approx((high - low) / 12**0.5, abs=2e-3)
    radius = pos[:, :2].norm(dim=1)
    assert out <= radius.max() <= maths.FARTHEST + 1e-6
    assert (radius < maths.FARTHEST / 2**0.5).float().mean() == pytest.approx(0.5 if out else 1.0, abs=0.1)  # by area
    assert quat.norm(dim=1).numpy() == pytest.approx(1.0)
    turns = {"not": 4 * [False], "about z": [False, False, True, True], "any way": 4 * [True]}
    assert (quat.std(0) > 0.25).tolist() == turns[turned]
    assert env.sim.mocap_pos[:, 0].float() == pytest.approx(pos)
    assert env.sim.mocap_quat[:, 0].roll(-1, 1).float() == pytest.approx(quat)
    env.close()


def test_all_rotations_are_equally_likely():
    draws = torch.rand(3, 20000, generator=torch.Generator().manual_seed(0))
    turned = quat_rotate(maths.random_turns(*draws), torch.tensor([0.0, 0.0, 1.0]).expand(20000, 3))
    assert turned.mean(0).numpy() == pytest.approx(0.0, abs=0.02)
    assert turned.std(0).numpy() == pytest.approx(3**-0.5, abs=0.01)


def test_starts_are_the_original_ones(env):
    env.reset()
    assert env.sim.qpos[:, :9].float().numpy() == pytest.approx(np.tile(maths.START, (NUM_ENVS, 1)))
    assert env.sim.qpos[:, 11].numpy() == pytest.approx(0.034)
    assert env.sim.qpos[:, 9:11].norm(dim=1).max() <= maths.FARTHEST
    assert env.sim.qpos[:, 13:15].abs().max() == 0
    assert env.sim.qpos[:, 15].std() > 0.2
    assert not env.sim.qvel.any()


def test_starts_can_be_random_or_in_the_middle():
    starts = "task.env.reset_distribution"
    env = make(f"{starts}.robot_initial_state.type=random", f"{starts}.object_initial_state.type=default")
    off = env.sim.qpos[:, :9].float() - torch.tensor(maths.START)
    assert 0.3 < off.abs().max() <= 0.4
    assert 0.1 < env.sim.qvel[:, :9].abs().max() <= 0.2
    assert env.sim.qpos[:, 9:16].numpy() == pytest.approx(np.tile([0, 0, HALF, 1, 0, 0, 0], (NUM_ENVS, 1)))
    env.close()


def test_the_first_step_of_an_episode_pays_for_that_step_alone(env):
    env.reset()
    for _ in range(20):
        env.step(torch.ones(NUM_ENVS, 9))
    env.keep_reward_terms = True
    env.progress_buf[:] = 748
    env.step(torch.ones(NUM_ENVS, 9))
    terms = env.step(torch.zeros(NUM_ENVS, 9))[3]["reward_terms"]
    assert terms["finger speed"].min() > -0.5
    assert terms["approach"].abs().max() < 5.0
    env.keep_reward_terms = False


def test_rewards_grow_from_reaching_to_being_at_the_goal(env):
    env.reset()
    env.keep_reward_terms = True
    corners = torch.zeros(())
    for off in (0.2, 0.1, 0.05, 0.0):
        before = corners
        env.sim.qpos[:, 9:12] = env.task.goal_pos + torch.tensor([0.0, 0.0, off])
        env.sim.qpos[:, 12:16] = env.task.goal_quat.roll(1, 1)
        env.sim.qvel[:] = 0.0
        corners = env.step(torch.zeros(NUM_ENVS, 9))[3]["reward_terms"]["corners"].mean()
        assert corners > before
    assert corners == pytest.approx(10.0, abs=0.6)
    env.keep_reward_terms = False


def test_approaching_the_cube_pays_only_in_the_first_fifty_million_steps(env):
    def approach():
        env.reset()
        env.keep_reward_terms = True
        paid = env.step(torch.ones(NUM_ENVS, 9))[3]["reward_terms"]["approach"].abs().min()
        env.keep_reward_terms = False
        return paid

    env.task.set_train_frames(49_999_000)
    assert approach() > 0
    env.task.set_train_frames(50_000_000)
    assert approach() == 0
    env.task.set_train_frames(0)


def test_steps_of_all_envs_are_counted_and_kept(env):
    env.task.set_train_frames(1000)
    env.reset()
    env.step(torch.zeros(NUM_ENVS, 9))
    assert env.task.frames == 1000 + NUM_ENVS
    state = env.state_dict()
    env.step(torch.zeros(NUM_ENVS, 9))
    env.load_state_dict(state)
    assert env.task.frames == 1000 + NUM_ENVS
    env.task.set_train_frames(0)


def test_success_is_place_and_turn_at_difficulty_four_and_place_alone_below():
    for difficulty, successes in ((4, [1, 0, 0, 0]), (1, [1, 1, 0, 0])):
        env = make(f"task.env.task_difficulty={difficulty}", num_envs=4)
        env.keep_measures = True
        env.sim.qvel[:] = 0.0
        env.sim.qpos[:, 9:12] = env.task.goal_pos
        env.sim.qpos[:, 12:16] = env.task.goal_quat.roll(1, 1)
        turn = torch.tensor([[0.0, 0.0, np.sin(0.3), np.cos(0.3)]]).float()  # 0.6 rad
        env.sim.qpos[1, 12:16] = quat_mul(turn, env.task.goal_quat[1:2])[0].roll(1)
        env.sim.qpos[2:, 9] += 0.04
        measures = env.step(torch.zeros(4, 9))[3]["measures"]
        assert measures[:, 4].tolist() == successes
        env.close()


def test_success_does_not_end_an_episode(env):
    env.reset()
    env.sim.qpos[:, 9:12] = env.task.goal_pos
    env.sim.qpos[:, 12:16] = env.task.goal_quat.roll(1, 1)
    env.sim.qvel[:] = 0.0
    assert not env.step(torch.zeros(NUM_ENVS, 9))[2].any()
    env.progress_buf[:] = 747
    assert not env.step(torch.zeros(NUM_ENVS, 9))[2].any()
    *_, done, extras = env.step(torch.zeros(NUM_ENVS, 9))
    assert done.all()
    assert extras["time_outs"].all()


def test_the_critic_sees_what_isn_t_normalised(env):
    env.reset()
    seen = env.step(torch.full((NUM_ENVS, 9), 0.3))[0]
    assert seen["states"].shape == (NUM_ENVS, 113)
    assert seen["states"][:, :9].numpy() == pytest.approx(env.sim.qpos[:, :9].float().numpy())
    spread = env.task.seen.spread(seen["obs"])
    assert seen["states"][:, :41].numpy() == pytest.approx(spread.numpy(), abs=1e-5)
    assert seen["states"][:, 86:95].numpy() == pytest.approx(env.sim.ctrl.float().numpy())


def test_a_critic_without_more_sees_observations_that_are_not_normalised():
    env = make("task.env.asymmetric_obs=False", num_envs=2)
    seen = env.step(torch.zeros(2, 9))[0]
    assert seen["states"][:, :9].numpy() == pytest.approx(env.sim.qpos[:, :9].float().numpy())
    assert seen["states"].shape == (2, 41)
    env.close()


def test_it_is_randomised_by_default():
    env = factory.make(compose("Trifinger", settings={"num_envs": 64, "seed": 0}))
    first = env.reset()["obs"].clone()
    size, mass, friction = (env.sim.expand(f"{name}") for name in ("geom_size", "body_mass", "geom_friction"))
    model = env.sim.model
    cube, table, body = model.geom("object").id, model.geom("table").id, model.body("object").id
    assert 0.0325 * 0.969 < size[:, cube, 0].min() < size[:, cube, 0].max() < 0.0325 * 1.031
    assert mass[:, body].std() > 0.005
    assert 0.849 < friction[:, cube, 0].min() < friction[:, cube, 0].max() < 1.151
    assert 0.55 * 0.679 < friction[:, table, 0].min() < friction[:, table, 0].max() < 0.55 * 1.321
    assert env.sim.expand("jnt_range")[:, :9].std(0).min() > 0.005
    joints = first[:, :9] - env.task.seen.normalise(env.task._observe(None))[:, :9]
    assert joints.std() == pytest.approx(0.002, abs=2e-4)
    env.close()


@pytest.mark.parametrize(
    "override",
    [
        "command_mode=speed",
        "task_difficulty=5",
        "reset_distribution.robot_initial_state.type=none",
        "reset_distribution.object_initial_state.type=none",
    ],
)
def test_what_there_isnt_is_refused(override):
    with pytest.raises(InputError, match=override.partition("=")[0]):
        make(f"task.env.{override}")
