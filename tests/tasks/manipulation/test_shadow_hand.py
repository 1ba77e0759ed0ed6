"""The simulated ShadowHand: its model against the facts, tendons, fingertips, objects and variants."""

import math

import mujoco
import numpy as np
import pytest
import torch

from gymctl.config import compose
from gymctl.core.errors import InputError
from gymctl.envs import factory
from gymctl.tasks import registry

FINGERS = ("FF", "MF", "RF", "LF")
JOINTS = [
    *("WRJ1", "WRJ0"),
    *(f"{finger}J{number}" for finger in FINGERS[:3] for number in (3, 2, 1, 0)),
    *(f"LFJ{number}" for number in (4, 3, 2, 1, 0)),
    *(f"THJ{number}" for number in (4, 3, 2, 1, 0)),
]
COUPLED = [f"{finger}J0" for finger in FINGERS]
SPREAD, FLEXION = [-0.349, 0.349], [0.0, 1.571]
LIMITS = [
    *([-0.489, 0.140], [-0.698, 0.489]),
    *(3 * [SPREAD, FLEXION, FLEXION, FLEXION]),
    *([0.0, 0.785], SPREAD, FLEXION, FLEXION, FLEXION),
    *([-1.047, 1.047], [0.0, 1.222], [-0.209, 0.209], [-0.524, 0.524], [-1.571, 0.0]),
]
EFFORTS = [
    *(4.785, 2.175),
    *(3 * [0.9, 0.9, 0.7245]),
    *(0.9, 0.9, 0.9, 0.7245),
    *(2.3722, 1.45, 0.99, 0.99, 0.81),
]
FINGER_MASSES = [0.008, 0.014, 0.012, 0.010]
MASSES = [4.0, 0.3, 0.3, *(3 * FINGER_MASSES), 0.075, *FINGER_MASSES, 0.010, 0.016, 0.002, 0.016, 0.016]
NUM_ENVS = 16


def make(*overrides, name="ShadowHand", num_envs=NUM_ENVS, **settings):
    env = factory.make(compose(name, settings={"num_envs": num_envs, "seed": 0, **settings}, overrides=overrides))
    env.reset()
    return env


@pytest.fixture(scope="module")
def env():
    env = make("task.env.fallDistance=100")
    yield env
    env.close()


@pytest.fixture(scope="module")
def model(env):
    return env.sim.model


def hold(env, **angles):
    """Actions that stretch the fingers, but for joints by name [rad]."""
    low, high = env.task.ranges.unbind(1)
    targets = torch.zeros(20).clamp(low, high)
    for joint, angle in angles.items():
        targets[env.sim.model.actuator(f"robot0:{joint}").id] = angle
    return ((2.0 * targets - low - high) / (high - low)).expand(env.num_envs, 20)


def lift_object(env, steps, actions):
    """Holds actions, with the object high above the hand; gives the last observations."""
    observations = None
    for _ in range(steps):
        env.sim.qpos[:, 26], env.sim.qvel[:, 24:] = 3.0, 0.0
        observations = env.step(actions)[0]["obs"]
    return observations


def joint_angles(env, names):
    return env.sim.qpos[:, [JOINTS.index(name) for name in names]]


def test_joints_have_the_original_order_limits_damping_and_armature(model):
    assert [model.joint(index).name for index in range(model.njnt)] == [
        *(f"robot0:{name}" for name in JOINTS),
        "object",
    ]
    assert model.jnt_range[:24] == pytest.approx(np.array(LIMITS))
    assert model.dof_armature[:24] == pytest.approx([0.005] * 2 + [0.001] * 22)
    assert model.dof_damping[:24] == pytest.approx([0.5] * 2 + [0.1] * 22)


def test_drives_have_the_original_gains_and_efforts(model):
    driven = [name for name in JOINTS if name not in COUPLED]
    assert [model.actuator(index).name for index in range(model.nu)] == [f"robot0:{name}" for name in driven]
    assert model.actuator_gainprm[:, 0] == pytest.approx([5.0] * 2 + [1.0] * 18)
    assert model.actuator_biasprm[:, 1] == pytest.approx([-5.0] * 2 + [-1.0] * 18)
    assert model.actuator_forcerange[:, 1] == pytest.approx(EFFORTS)
    assert model.actuator_forcerange[:, 0] == pytest.approx([-effort for effort in EFFORTS])


def test_masses_are_the_original_ones_and_the_hand_feels_no_gravity(env, model):
    assert model.body_mass[env.task.hand.bodies] == pytest.approx(MASSES)
    assert (model.body_gravcomp[env.task.hand.bodies] == 1).all()
    assert model.body("object").mass == pytest.approx(0.070875)
    assert model.body_gravcomp[model.body("object").id] == 0


def test_the_palm_and_the_object_are_where_the_original_ones_are(env, model):
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    assert data.body("robot0:palm").xpos == pytest.approx([0, -0.29, 0.49], abs=1e-6)
    assert data.body("robot0:mfknuckle").xpos == pytest.approx([-0.011, -0.389, 0.49], abs=1e-3)
    assert data.body("object").xpos == pytest.approx([0, -0.39, 0.6])
    assert env.task.goal_pos[0].tolist() == pytest.approx([0, -0.39, 0.56])


def test_the_hand_meets_objects_only(env):
    env.reset()
    lift_object(env, 40, torch.ones(NUM_ENVS, 20))
    data = env.sim.get_data(0)
    mujoco.mj_forward(env.sim.model, data)
    assert data.ncon == 0


def test_tendons_couple_the_last_two_joints_of_a_finger(env, model):
    assert model.ntendon == 4
    assert model.tendon_range == pytest.approx(np.tile([-0.001, 0.001], (4, 1)))
    env.reset()
    lift_object(env, 60, hold(env, **dict.fromkeys((f"{finger}J1" for finger in FINGERS), 0.9)))
    middle, last = (joint_angles(env, [f"{finger}J{number}" for finger in FINGERS]) for number in (1, 0))
    assert (middle - 0.9).abs().max() < 0.2
    assert (0.00705 * last - 0.00805 * middle).abs().max() < 1.2e-3
    assert last.min() > 0.8


def test_fingers_come_to_rest_at_their_targets_and_feel_nothing_there(env):
    env.reset()
    actions = hold(env)
    observations = lift_object(env, 60, actions)
    assert (joint_angles(env, [name for name in JOINTS if name not in COUPLED]) - env.sim.ctrl).abs().max() < 0.03
    assert env.sim.qvel[:, :24].abs().max() < 0.1
    assert observations[:, 161:191].abs().max() < 0.05  # gravity on a fingertip would be 1


def test_a_fingertip_feels_its_own_contacts(env):
    env.reset()
    lift_object(env, 40, hold(env))
    tip = env.task.fingertips.states()[:, 1, :3]
    env.sim.qpos[:, 24:27] = tip + torch.tensor([0.0, -0.012, 0.04])
    env.sim.qpos[:, 27:31] = torch.tensor([1.0, 0.0, 0.0, 0.0])
    env.sim.qvel[:, 26] = -1.0
    felt = torch.stack([env.step(hold(env))[0]["obs"][:, 161:191].view(-1, 5, 6).norm(dim=2) for _ in range(3)])
    strongest = felt.amax(0)
    assert (strongest[:, 1] > 0.3).float().mean() > 0.9
    assert (strongest[:, 1] > 1.5 * strongest[:, 4]).float().mean() > 0.9


def test_observed_fingertips_are_the_bodies_own(env):
    env.reset()
    observations = env.step(torch.zeros(NUM_ENVS, 20))[0]["obs"]
    data = env.sim.get_data(0)
    mujoco.mj_forward(env.sim.model, data)
    for number, finger in enumerate(("ff", "mf", "rf", "lf", "th")):
        body, velocity = data.body(f"robot0:{finger}distal"), np.zeros(6)
        seen = observations[0, 96 + 13 * number : 109 + 13 * number].numpy()
        mujoco.mj_objectVelocity(env.sim.model, data, mujoco.mjtObj.mjOBJ_BODY, body.id, velocity, 0)
        assert seen[:3] == pytest.approx(body.xpos, abs=1e-5)
        assert abs(seen[3:7] @ np.roll(body.xquat, -1)) == pytest.approx(1.0, abs=1e-5)
        assert seen[10:] == pytest.approx(velocity[:3].clip(-5, 5), abs=1e-3)


def test_a_cube_comes_to_rest_on_the_hand(env):
    env.reset()
    for _ in range(120):
        env.step(hold(env))
    still = (env.sim.qvel[:, 24:27].norm(dim=1) < 0.02) & (env.sim.qpos[:, 26] > 0.5)
    assert still.float().mean() > 0.5
    data = env.sim.get_data(int(still.nonzero()[0]))
    mujoco.mj_forward(env.sim.model, data)
    assert 0 < data.ncon < 12
    assert min(data.contact.dist) > -2e-3


def test_fingers_are_no_faster_than_their_dampers_let_them(env):
    env.reset()
    for step in range(60):
        lift_object(env, 1, torch.full((NUM_ENVS, 20), 1.0 if step % 20 < 10 else -1.0))
        assert env.sim.qvel[:, :24].abs().max() < 20.0


@pytest.mark.parametrize(("kind", "mass", "height"), [("egg", 0.1508, 0.6), ("pen", 0.0424, 0.52)])
def test_other_objects_have_their_own_shapes_and_starts(kind, mass, height):
    env = make(f"task.env.objectType={kind}")
    model = env.sim.model
    assert model.body("object").mass == pytest.approx(mass, rel=2e-3)
    assert model.body("object").pos == pytest.approx([0, -0.39, height])
    assert model.body("goal").pos == pytest.approx([-0.2, -0.45, height + 0.08])
    assert sum(model.geom_contype[model.geom_bodyid == model.body("object").id] > 0) == 1
    for _ in range(30):
        assert env.step(hold(env))[0]["obs"].isfinite().all()
    env.close()


def test_pens_start_near_upright_and_their_goals_are_easier():
    env = make("task.env.objectType=pen", num_envs=64)
    axis = torch.from_numpy(np.array([env.sim.get_data(row).body("object").xmat for row in range(4)]))
    assert axis.shape == (4, 9)
    x, y = env.sim.qpos[:, 28], env.sim.qpos[:, 29]
    upright = 1.0 - 2.0 * (x * x + y * y)  # the height of the pen's axis
    assert upright.abs().max() < math.sin(0.3) + 1e-6
    assert env.task.constants.success_tolerance == pytest.approx(0.2)
    env.close()


@pytest.mark.parametrize(("kind", "width"), [("openai", 42), ("full_no_vel", 77), ("full", 157), ("full_state", 211)])
def test_observation_types_have_their_widths(kind, width):
    config = compose("ShadowHand", overrides=[f"task.env.observationType={kind}"]).task
    assert registry.sizes(config) == (width, 20)
    assert registry.num_states(config) == 0
    env = make(f"task.env.observationType={kind}", "task.env.asymmetric_observations=True", num_envs=4)
    seen = env.step(torch.zeros(4, 20))[0]
    assert seen["obs"].shape == (4, width)
    assert seen["states"].shape == (4, 211)
    assert torch.equal(seen["obs"][:, -20:], seen["states"][:, -20:])
    env.close()


def test_openai_variants_have_their_settings():
    env = make(name="ShadowHandOpenAI_FF", num_envs=8)
    constants = env.task.constants
    assert (constants.max_episode_length, env.task.max_episode_length) == (160, 160)
    assert (constants.success_tolerance, constants.fall_penalty) == (0.4, -50.0)
    assert (constants.max_consecutive_successes, constants.act_moving_average) == (50, 0.3)
    assert env.single_observation_space.shape == (42,)
    assert env.single_state_space.shape == (211,)
    before = env.sim.ctrl.clone()
    env.step(torch.ones(8, 20))
    high = env.task.ranges[:, 1]
    moved = (env.sim.ctrl - before) / (high - before)
    assert moved[:, 2].mean() == pytest.approx(0.3, abs=0.1)  # actions have noise
    env.close()


def test_relative_control_moves_the_targets():
    env = make("task.env.useRelativeControl=True")
    before = env.sim.ctrl.clone()
    env.step(torch.full((NUM_ENVS, 20), 0.1))
    low, high = env.task.ranges.unbind(1)
    assert env.sim.ctrl.float() == pytest.approx((before + 20.0 * 0.01667 * 0.1).float().clamp(low, high), abs=1e-6)
    env.close()


@pytest.mark.parametrize(("key", "value"), [("objectType", "cup"), ("observationType", "no_vel")])
def test_what_there_isnt_is_refused(key, value):
    with pytest.raises(InputError, match=key):
        make(f"task.env.{key}={value}")
