"""The simulated BallBalance: its model against the facts, its observations against the motion they describe."""

import mujoco
import numpy as np
import pytest
import torch

from gymctl.config import compose
from gymctl.envs import factory
from gymctl.sim.rotations import quat_rotate, quat_rotate_inverse

DOF_NAMES = [f"{part}_leg_joint{leg}" for leg in range(3) for part in ("upper", "lower")]
INERTIAS = {
    "tray": [0.0982271303, 0.0982271303, 0.196349541],
    "upper_leg0": [0.00611261777, 0.00611261777, 9.58395199e-05],
    "lower_leg2": [0.00611261777, 0.00611261777, 9.58395199e-05],
}


@pytest.fixture
def env():
    env = factory.make(compose("BallBalance", settings={"num_envs": 16, "seed": 0}))
    env.reset()
    yield env
    env.close()


def feet(env):
    """Where the far ends of the lower legs are, world ``[num_envs, 3, 3]`` [m]."""
    rows = []
    for i in range(env.num_envs):
        model, data = env.sim.get_model(i), env.sim.get_data(i)
        mujoco.mj_forward(model, data)
        legs = [data.body(f"lower_leg{leg}") for leg in range(3)]
        rows.append([leg.xpos + leg.xmat.reshape(3, 3) @ [0, 0, 0.18] for leg in legs])
    return np.array(rows)


def test_masses_and_inertias_are_those_of_the_original_robot(env):
    model = env.sim.model
    assert model.body("tray").mass == pytest.approx(1.57079633)
    assert model.body("upper_leg1").mass == model.body("lower_leg0").mass == pytest.approx(0.485899664)
    assert model.body("ball").mass == pytest.approx(0.837758041)
    for body, inertia in INERTIAS.items():
        assert model.body(body).inertia == pytest.approx(inertia)
    assert model.body_subtreemass[model.body("tray").id] == pytest.approx(4.48619431)
    assert model.body("tray").pos[2] == pytest.approx(0.559116882)


def test_joints_and_drives_have_the_original_order_limits_and_gains(env):
    model = env.sim.model
    hinges = [model.joint(i) for i in range(model.njnt) if model.jnt_type[i] == mujoco.mjtJoint.mjJNT_HINGE.value]
    assert [joint.name for joint in hinges] == DOF_NAMES
    limits = np.array([joint.range for joint in hinges])
    assert limits == pytest.approx(np.tile([[-0.785398163, 0.785398163], [-1.22173048, 1.57079633]], (3, 1)))
    assert [model.joint(model.actuator(i).trnid[0]).name for i in range(model.nu)] == DOF_NAMES[1::2]
    assert model.actuator_gainprm[:, 0] == pytest.approx(4000)
    assert [joint.damping.item() for joint in hinges] == pytest.approx([0, 100] * 3)


def test_the_feet_stay_where_they_are_pinned(env):
    angles = np.deg2rad([0, 120, 240])
    pinned = np.stack((0.4 * np.cos(angles), 0.4 * np.sin(angles), np.full(3, 0.02)), axis=1)
    assert feet(env) == pytest.approx(np.tile(pinned, (16, 1, 1)), abs=1e-6)
    generator = torch.Generator().manual_seed(0)
    for _ in range(60):
        env.step(torch.rand(16, 3, generator=generator) * 2 - 1)
    assert feet(env) == pytest.approx(np.tile(pinned, (16, 1, 1)), abs=5e-3)


def test_an_action_turns_its_own_knee_by_a_fifth_of_a_radian_a_step(env):
    env.sim.qpos[:, 15] = 3.0  # the ball is far above
    actions = torch.zeros(16, 3)
    actions[:3] = -torch.eye(3)
    for _ in range(2):
        env.step(actions)
    torch.testing.assert_close(env.sim.ctrl[:3], -0.4 * torch.eye(3, dtype=torch.float64))
    for _ in range(20):
        observations, *_ = env.step(torch.zeros(16, 3))
    torch.testing.assert_close(observations["obs"][:3, :3], -0.4 * torch.eye(3), atol=0.03, rtol=0)


def test_force_sensors_report_the_change_of_the_trays_momentum(env):
    """The ball hits the tray in these steps; momentum is differenced in the world's frame."""
    inertia = torch.tensor(INERTIAS["tray"], dtype=torch.float64)
    generator, scale, largest = torch.Generator().manual_seed(0), 20.0, 0.0

    def momentum():
        quat, spin = env.sim.qpos[:, [4, 5, 6, 3]], env.sim.qvel[:, 3:6]
        return quat, 1.57079633 * env.sim.qvel[:, :3], quat_rotate(quat, inertia * spin)

    for _ in range(40):
        _, linear, angular = momentum()
        observations, _, done, _ = env.step(0.2 * (torch.rand(16, 3, generator=generator) * 2 - 1))
        quat, linear_after, angular_after = momentum()
        force = quat_rotate_inverse(quat, (linear_after - linear) / 0.01)
        torque = quat_rotate_inverse(quat, (angular_after - angular) / 0.01)
        sensed = observations["obs"][:, 12:].double().view(16, 4, 3) * scale
        expected = [force[:, :1].expand(16, 3)]
        points = 0.4 * torch.tensor([[1, 0, 0], [-0.5, 0.75**0.5, 0], [-0.5, -(0.75**0.5), 0]], dtype=torch.float64)
        at_points = torque[:, None] - torch.linalg.cross(points[None], force[:, None].expand(16, 3, 3))
        expected += [at_points[:, :, axis] for axis in range(3)]
        error = (sensed - torch.stack(expected, dim=1).clamp(-5 * scale, 5 * scale)).abs().flatten(1).amax(1)
        size = torch.stack(expected, dim=1).abs().flatten(1).amax(1)
        assert (error[~done] <= 0.05 * size[~done] + 0.05).all()
        largest = max(largest, size[~done].max().item())
    assert largest > 20


def test_a_resting_ball_is_observed_at_rest_with_no_net_force_on_the_tray(env):
    for _ in range(3):
        env.step(torch.zeros(16, 3))
    env.sim.qpos[:, 13:16] = torch.tensor([0.0, 0.0, 0.669], dtype=torch.float64)
    env.sim.qvel.zero_()
    for _ in range(60):
        observations, reward, *_ = env.step(torch.zeros(16, 3))
    row = observations["obs"][0]
    assert row[6:9].tolist() == pytest.approx([0, 0, 0.669], abs=2e-3)
    assert row[9:].tolist() == pytest.approx([0] * 15, abs=1e-3)
    assert reward[0] == pytest.approx(1 / (1 + 0.031), abs=3e-3)


def test_a_ball_that_falls_off_ends_its_own_episode(env):
    env.sim.qpos[3, 13:16] = torch.tensor([0.9, 0.0, 0.2], dtype=torch.float64)
    env.sim.qvel[3, 12:] = 0.0
    ended = torch.zeros(16, dtype=torch.bool)
    for _ in range(12):
        ended |= env.step(torch.zeros(16, 3))[2]
    assert ended.nonzero().tolist() == [[3]]


def test_episodes_start_with_the_ball_above_the_tray_moving_down_and_inwards():
    env = factory.make(compose("BallBalance", settings={"num_envs": 512, "seed": 1}))
    env.reset()
    pos, vel = env.sim.qpos[:, 13:16], env.sim.qvel[:, 12:15]
    distance = torch.linalg.vector_norm(pos[:, :2], dim=1)
    assert distance.min() >= 0.001
    assert 0.45 < distance.max() <= 0.5
    assert pos[:, 2].aminmax().min >= 1.0
    assert pos[:, 2].aminmax().max <= 2.0
    assert (vel[:, 2] == -5.0).all()
    inwards = -(vel[:, :2] * pos[:, :2]).sum(1) / distance
    torch.testing.assert_close(torch.linalg.vector_norm(vel[:, :2], dim=1), inwards, atol=1e-6, rtol=1e-5)
    assert (inwards <= 5.0 * (distance - 0.001) / 0.499 + 1e-6).all()
    assert (env.sim.qvel[:, :12] == 0).all()
    assert (env.sim.ctrl == 0).all()
