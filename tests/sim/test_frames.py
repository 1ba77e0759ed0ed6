"""Frame conversions against MuJoCo's own values."""

import mujoco
import numpy as np
import pytest
import torch

from gymctl.sim.frames import free_joint, root_state, wxyz_to_xyzw, xyzw_to_wxyz
from gymctl.sim.rotations import quat_mul, quat_rotate, quat_rotate_inverse, roll, rotation_matrix, wrap_to_pi, yaw

BODY = (
    "<mujoco><worldbody><body name='b'><freejoint/><geom size='.1 .2 .3' type='ellipsoid' pos='.3 -.2 .5'/></body>"
    "</worldbody></mujoco>"
)
COM = torch.tensor([0.3, -0.2, 0.5], dtype=torch.float64)


@pytest.fixture(scope="module")
def states():
    """Random free-body states and what MuJoCo makes of them: (qpos, qvel, xmat, world linear and angular velocity)."""
    model = mujoco.MjModel.from_xml_string(BODY)
    data, rng = mujoco.MjData(model), np.random.default_rng(0)
    rows = []
    for _ in range(20):
        data.qpos[:] = rng.normal(size=7)
        mujoco.mju_normalize4(data.qpos[3:])
        data.qvel[:] = rng.normal(size=6)
        mujoco.mj_forward(model, data)
        velocity = np.zeros(6)
        mujoco.mj_objectVelocity(model, data, mujoco.mjtObj.mjOBJ_BODY, 1, velocity, 0)
        rows.append((data.qpos.copy(), data.qvel.copy(), data.xmat[1].copy(), velocity[3:], velocity[:3]))
    return [torch.from_numpy(np.stack(column)) for column in zip(*rows, strict=True)]


def test_root_state_has_world_velocities_of_the_centre_of_mass_and_an_xyzw_quaternion(states):
    qpos, qvel, _, linear, angular = states
    root = root_state(qpos, qvel, COM)
    torch.testing.assert_close(root.lin_vel, linear)
    torch.testing.assert_close(root.ang_vel, angular)
    torch.testing.assert_close(root.quat[:, 3], qpos[:, 3])
    torch.testing.assert_close(xyzw_to_wxyz(wxyz_to_xyzw(qpos[:, 3:])), qpos[:, 3:])


def test_root_state_of_a_body_whose_centre_of_mass_is_its_origin_has_the_joint_s_own_velocity(states):
    qpos, qvel, _, _, angular = states
    root = root_state(qpos, qvel, (0.0, 0.0, 0.0))
    torch.testing.assert_close(root.lin_vel, qvel[:, :3])
    torch.testing.assert_close(root.ang_vel, angular)


def test_free_joint_undoes_root_state(states):
    qpos, qvel = free_joint(root_state(states[0], states[1], COM), COM)
    torch.testing.assert_close(qpos, states[0])
    torch.testing.assert_close(qvel, states[1])


def test_rotations_agree_with_the_rotation_matrix(states):
    qpos, qvel, xmat, *_ = states
    quat, matrix, vec = wxyz_to_xyzw(qpos[:, 3:]), xmat.view(-1, 3, 3), qvel[:, :3]
    torch.testing.assert_close(quat_rotate(quat, vec), (matrix @ vec[:, :, None]).squeeze(2))
    torch.testing.assert_close(quat_rotate_inverse(quat, vec), (matrix.mT @ vec[:, :, None]).squeeze(2))
    torch.testing.assert_close(rotation_matrix(quat), matrix)


def test_quat_mul_composes_rotations(states):
    quat = wxyz_to_xyzw(states[0][:, 3:])
    other, vec = quat.flip(0), states[1][:, :3]
    torch.testing.assert_close(quat_rotate(quat_mul(quat, other), vec), quat_rotate(quat, quat_rotate(other, vec)))


def test_roll_and_yaw_lie_in_0_to_2_pi():
    half = -0.25  # a rotation by -0.5 rad
    about_x = torch.tensor([[np.sin(half), 0, 0, np.cos(half)]])
    about_z = torch.tensor([[0, 0, np.sin(half), np.cos(half)]])
    assert roll(rotation_matrix(about_x)).item() == pytest.approx(2 * np.pi - 0.5)
    assert yaw(rotation_matrix(about_z)).item() == pytest.approx(2 * np.pi - 0.5)


def test_angles_wrapped_to_pi_point_the_same_way():
    angles = torch.tensor([0.0, 3.0, -3.0, 4.0, -4.0, 6.2, -9.0, 20.0], dtype=torch.float64)
    wrapped = wrap_to_pi(angles)
    assert (wrapped.abs() <= np.pi).all()
    torch.testing.assert_close(
        torch.polar(torch.ones_like(wrapped), wrapped), torch.polar(torch.ones_like(wrapped), angles)
    )
