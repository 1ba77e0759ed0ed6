"""The simulated AllegroHand: its model against the facts, its drives, its goals, its pushes."""

import math

import mujoco
import numpy as np
import pytest
import torch

from gymctl.config import compose
from gymctl.core.errors import InputError
from gymctl.envs import factory
from gymctl.tasks.manipulation.hand_maths import angle_of, random_rotation, relative_rotation

FINGERS = ("index", "middle", "ring")
JOINTS = [f"{finger}_joint_{number}" for finger in (*FINGERS, "thumb") for number in range(4)]
FLEXION = [-0.279244444, 1.727825]
LIMITS = 3 * [[-0.558488889, 0.558488889], FLEXION, FLEXION, FLEXION] + [
    *([0.279244444, 1.57075], [-0.331602778, 1.15188333], FLEXION, [-0.279244444, 1.76273056]),
]
MASSES = [0.4654, *3 * [0.0119, 0.065, 0.0355, 0.0306], 0.0176, 0.0119, 0.038, 0.0598]
NUM_ENVS = 16


def make(*overrides, num_envs=NUM_ENVS, **settings):
    env = factory.make(
        compose("AllegroHand", settings={"num_envs": num_envs, "seed": 0, **settings}, overrides=overrides)
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


def flat(env):
    """Actions that stretch the fingers."""
    low, high = env.task.limits.unbind(1)
    targets = torch.zeros(16).clamp(low, high)
    return ((2.0 * targets - low - high) / (high - low)).expand(env.num_envs, 16)


def test_joints_have_the_original_order_limits_and_armature(model):
    assert [model.joint(index).name for index in range(model.njnt)] == [*JOINTS, "object"]
    assert model.jnt_range[:16] == pytest.approx(np.array(LIMITS))
    assert model.dof_armature[:16] == pytest.approx(0.001)
    assert model.nv == 22


def test_drives_have_the_original_gains_and_efforts(model):
    assert [model.actuator(index).name for index in range(model.nu)] == JOINTS
    assert model.actuator_gainprm[:, 0] == pytest.approx(3.0)
    assert model.actuator_biasprm[:, 1] == pytest.approx(-3.0)
    assert model.dof_damping[:16] == pytest.approx(0.1)
    assert model.actuator_forcerange == pytest.approx(np.tile([-0.5, 0.5], (16, 1)))


def test_masses_are_the_original_ones_and_the_hand_feels_no_gravity(model):
    hand = [model.body(name).id for name in ("allegro_mount", *(joint.replace("joint", "link") for joint in JOINTS))]
    assert model.body_mass[hand] == pytest.approx(MASSES)
    assert model.body_mass[hand].sum() == pytest.approx(1.0217)
    assert (model.body_gravcomp[hand] == 1).all()
    assert model.body("object").mass == pytest.approx(0.10985)
    assert model.body_gravcomp[model.body("object").id] == 0
    assert model.body("object").inertia == pytest.approx(0.10985 * 0.065**2 / 6)


def test_palm_and_fingers_are_where_the_original_ones_are(model):
    data = mujoco.MjData(model)
    data.qpos[:16] = 0
    mujoco.mj_kinematics(model, data)
    assert data.site("palm").xpos == pytest.approx([-0.0088, -0.0824, 0.5127], abs=1e-4)
    assert data.site("palm").xmat[8] > 0.99  # palm up
    assert data.body("middle_link_3").xpos == pytest.approx([0, -0.2268, 0.4877], abs=1e-4)
    data.qpos[5:8] = 0.5
    mujoco.mj_kinematics(model, data)
    assert data.body("middle_link_3").xpos == pytest.approx([0, -0.2082, 0.5479], abs=1e-4)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.4])
def test_a_hand_at_rest_doesnt_touch_itself(model, share):
    data = mujoco.MjData(model)
    low, high = model.jnt_range[:16].T
    data.qpos[:16] = np.clip(share * (low + high) / 2, low, high)
    data.qpos[18] = 5.0
    mujoco.mj_forward(model, data)
    assert data.ncon == 0


def test_a_cube_comes_to_rest_on_stretched_fingers(env):
    env.reset()
    for _ in range(90):
        _, reward, _, _ = env.step(flat(env))
    still = env.sim.qvel[:, 16:19].norm(dim=1) < 0.02
    assert still.float().mean() > 0.7
    data = env.sim.get_data(int(still.nonzero()[0]))
    mujoco.mj_forward(env.sim.model, data)
    assert 0 < data.ncon < 10
    assert min(data.contact.dist) > -2e-3
    assert reward[still].mean() > 0


@pytest.mark.parametrize("physics", ["fast", "isaacgym"])
def test_fingers_come_to_rest_at_their_targets(physics):
    env = make("task.env.fallDistance=100", physics=physics)
    env.sim.qpos[:, 18] = 3.0  # the cube is elsewhere
    actions = torch.full((NUM_ENVS, 16), -0.4)
    for _ in range(30):
        env.sim.qvel[:, 18] = 0.0
        env.step(actions)
    assert (env.sim.qpos[:, :16] - env.sim.ctrl).abs().max() < 0.02
    assert env.sim.qvel[:, :16].abs().max() < 0.1
    env.close()


def test_fingers_are_no_faster_than_the_original_ones(env):
    env.reset()
    for step in range(60):
        env.step(torch.full((NUM_ENVS, 16), 1.0 if step % 20 < 10 else -1.0))
        assert env.sim.qvel[:, :16].abs().quantile(0.99) < 6.3


def test_observed_torques_are_the_drives_own(env):
    env.reset()
    forces = env.step(torch.ones(NUM_ENVS, 16))[0]["obs"][:, 32:48]
    assert forces.abs().max() == pytest.approx(5.0)
    env.step(flat(env))
    expected = (3.0 * (env.sim.ctrl - env.sim.qpos[:, :16])).clamp(-0.5, 0.5)
    assert (env.task.torques[:, :16] - expected).abs().median() < 0.05


def test_old_policies_see_no_torques():
    env = make(physics="isaacgym")
    assert env.step(torch.ones(NUM_ENVS, 16))[0]["obs"][:, 32:48].abs().max() == 0
    env.close()


def test_starts_are_around_the_original_one_and_within_limits(env):
    env.reset()
    joints, cube = env.sim.qpos[:, :16], env.sim.qpos[:, 16:19]
    low, high = torch.tensor(LIMITS).T
    assert ((joints >= low - 1e-6) & (joints <= (0.2 * high).clamp(min=low) + 1e-6)).all()
    assert (cube - torch.tensor([0.0, -0.2, 0.56])).abs().max() <= 0.01 + 1e-6
    assert torch.equal(env.sim.ctrl.float(), joints.float())
    assert env.sim.qpos[:, 19:23].std(0).min() > 0.1
    assert env.task.goal_pos[0].numpy() == pytest.approx([0.0, -0.2, 0.52])


def test_random_rotations_are_turns_about_y_then_x():
    quat = random_rotation(torch.tensor([0.5, 0.0, 0.5]), torch.tensor([0.0, 0.5, 0.5]))
    half = math.sqrt(0.5)
    expected = [[half, 0, 0, half], [0, half, 0, half], [0.5, 0.5, 0.5, 0.5]]
    assert quat.numpy() == pytest.approx(np.array(expected), abs=1e-6)
    assert angle_of(relative_rotation(quat, quat)).abs().max() < 1e-3


def test_a_reached_goal_is_renewed_and_shown_and_the_episode_goes_on(env):
    env.reset()
    env.keep_measures = True
    env.sim.qvel[:] = 0.0
    env.sim.qpos[:, 18] = 0.7  # above the fingers
    env.sim.qpos[:4, 19:23] = env.sim.mocap_quat[:4, 0]  # the cube beside the hand shows the goal
    before = env.task.goal_quat.clone()
    observations, reward, done, extras = env.step(flat(env))
    reached = reward > 200
    assert reached[:4].all()
    assert torch.equal(extras["measures"][:, 0] > 0, reached)
    assert not done[:4].any()
    changed = (env.task.goal_quat != before).any(1)
    assert torch.equal(changed, reached)
    assert torch.equal(observations["obs"][:, 64:68], env.task.goal_quat)
    assert env.sim.mocap_quat[:, 0].roll(-1, 1).float() == pytest.approx(env.task.goal_quat)
    env.keep_measures = False


def test_a_fallen_cube_ends_the_episode(env):
    env.reset()
    env.sim.qpos[:3, 16] = 0.3
    done = env.step(flat(env))[2]
    assert done[:3].all()
    assert not done[3:].any()


def test_random_forces_push_the_cube():
    env = make("task.env.forceScale=50.0", "task.env.forceProbRange=[0.5,0.9]", "task.env.fallDistance=100")
    force = torch.zeros(())
    for _ in range(5):
        env.step(flat(env))
        force = env.sim.xfrc_applied[:, env.task.object.root, :3].norm(dim=1)
    assert (force > 0.1).float().mean() > 0.8
    assert env.sim.xfrc_applied[:, : env.task.object.root].abs().max() == 0
    env.close()


def test_relative_control_moves_the_targets():
    env = make("task.env.useRelativeControl=True")
    before = env.sim.ctrl.clone()
    env.step(torch.full((NUM_ENVS, 16), 0.1))
    low, high = env.task.limits.unbind(1)
    assert env.sim.ctrl.float() == pytest.approx((before + 20.0 * 0.01667 * 0.1).float().clamp(low, high))
    env.close()


def test_the_time_limit_costs_half_a_fall_where_successes_end_episodes():
    settings = ("task.env.maxConsecutiveSuccesses=50", "task.env.fallPenalty=-50.0", "task.env.episodeLength=4")
    env = make(*settings)
    rewards = [env.step(flat(env))[1] for _ in range(3)]
    assert rewards[2].mean() < -20
    assert torch.stack(rewards[:2]).mean() > -20
    env.close()


@pytest.mark.parametrize(("kind", "width"), [("full_no_vel", 50), ("full", 72), ("full_state", 88)])
def test_observation_types_have_their_widths(kind, width):
    env = make(f"task.env.observationType={kind}", "task.env.asymmetric_observations=True", num_envs=4)
    seen = env.step(torch.zeros(4, 16))[0]
    assert (seen["obs"].shape, seen["states"].shape) == ((4, width), (4, 88))
    assert env.task.state_dict().keys().isdisjoint({"num_observations", "num_actions", "num_states"})
    env.close()


@pytest.mark.parametrize(("key", "value"), [("objectType", "pen"), ("observationType", "openai")])
def test_what_there_isnt_is_refused(key, value):
    with pytest.raises(InputError, match=key):
        make(f"task.env.{key}={value}")
