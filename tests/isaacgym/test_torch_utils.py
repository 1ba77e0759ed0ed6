"""Quaternion maths against rotation matrices, all of it usable in TorchScript, and what a star import brings."""

import math

import numpy as np
import pytest
import torch

from gymctl.isaacgym import torch_utils as utils

N = 64
SEEDED = torch.Generator().manual_seed(0)
Q, P = torch.nn.functional.normalize(torch.randn(2, N, 4, generator=SEEDED), dim=-1)
V, T, POINT = torch.randn(3, N, 3, generator=SEEDED)
ANGLE = (torch.rand(N, generator=SEEDED) - 0.5) * 2 * math.pi


def matrix(q):
    """Rotation matrices by Rodrigues' formula, from the angle and the axis of a unit quaternion."""
    half = torch.acos(q[:, 3].clamp(-1, 1).double())
    axis = q[:, :3].double() / torch.sin(half)[:, None]
    x, y, z = axis.unbind(-1)
    o = torch.zeros_like(x)
    cross = torch.stack([o, -z, y, z, o, -x, -y, x, o], -1).view(-1, 3, 3)
    angle = (2 * half)[:, None, None]
    return torch.eye(3).double() + torch.sin(angle) * cross + (1 - torch.cos(angle)) * cross @ cross


def about(axis, angle):
    """Rotation matrices about x, y or z."""
    c, s = math.cos(angle), math.sin(angle)
    return torch.tensor(
        {"x": [[1, 0, 0], [0, c, -s], [0, s, c]], "y": [[c, 0, s], [0, 1, 0], [-s, 0, c]]}.get(
            axis, [[c, -s, 0], [s, c, 0], [0, 0, 1]]
        ),
        dtype=torch.float64,
    )


def assert_close(a, b, atol=2e-5):
    torch.testing.assert_close(a.double(), b.double(), atol=atol, rtol=0)


def test_rotating_vectors():
    turned = (matrix(Q) @ V.double()[:, :, None])[:, :, 0]
    for rotate in (utils.quat_rotate, utils.quat_apply, utils.tf_vector, utils.get_basis_vector):
        assert_close(rotate(Q, V), turned)
    assert_close(utils.quat_rotate_inverse(Q, V), (matrix(Q).mT @ V.double()[:, :, None])[:, :, 0])


def test_quat_apply_takes_any_leading_shape():
    assert_close(utils.quat_apply(Q.view(8, 8, 4), V.view(8, 8, 3)).view(-1, 3), utils.quat_rotate(Q, V))
    assert_close(utils.quat_apply(Q[0], V[0]), utils.quat_rotate(Q, V)[0])


def test_products_and_conjugates():
    assert_close(matrix(utils.quat_mul(P, Q)), matrix(P) @ matrix(Q), 1e-4)
    assert_close(matrix(utils.quat_conjugate(Q)), matrix(Q).mT, 1e-4)
    assert utils.quat_mul(Q.view(8, 8, 4), P.view(8, 8, 4)).shape == (8, 8, 4)
    with pytest.raises(AssertionError):
        utils.quat_mul(Q, P[0])


def test_angles_and_axes():
    quats = utils.quat_from_angle_axis(ANGLE, 3 * V)
    assert_close(quats.norm(dim=-1), torch.ones(N))
    assert_close(utils.quat_rotate(quats, V), V)  # the axis stays
    angle, axis = utils.quat_to_angle_axis(quats)
    assert_close(utils.quat_rotate(utils.quat_from_angle_axis(angle, axis), T), utils.quat_rotate(quats, T), 1e-4)
    assert angle.abs().max() <= math.pi
    assert_close(angle[:, None] * axis, ANGLE[:, None] * V / V.norm(dim=-1, keepdim=True), 1e-4)


def test_no_rotation_has_an_angle_of_zero_about_z():
    angle, axis = utils.quat_to_angle_axis(torch.tensor([[0.0, 0.0, 0.0, 1.0]]))
    assert angle.tolist() == [0.0]
    assert axis.tolist() == [[0.0, 0.0, 1.0]]


def test_euler_angles():
    roll, pitch, yaw = 0.4, -1.1, 2.5
    quat = utils.quat_from_euler_xyz(*(torch.tensor([angle]) for angle in (roll, pitch, yaw)))
    assert_close(matrix(quat)[0], about("z", yaw) @ about("y", pitch) @ about("x", roll))
    got = torch.stack(utils.get_euler_xyz(quat))[:, 0]
    assert_close(got, torch.tensor([roll, pitch + 2 * math.pi, yaw]))


def test_euler_angles_are_in_a_turn_and_never_nan():
    upright = torch.tensor([[0.0, math.sqrt(0.5) + 1e-4, 0.0, math.sqrt(0.5)], [0.0, 0.0, 0.0, 1.0]])
    for angles in utils.get_euler_xyz(torch.cat([Q, upright])):
        assert ((angles >= 0) & (angles < 2 * math.pi + 1e-6)).all()


def test_transforms():
    q, t = utils.tf_combine(P, T, Q, V)
    assert_close(utils.tf_apply(q, t, POINT), utils.tf_apply(P, T, utils.tf_apply(Q, V, POINT)), 1e-4)
    back, moved = utils.tf_inverse(P, T)
    assert_close(utils.tf_apply(back, moved, utils.tf_apply(P, T, POINT)), POINT, 1e-4)


def test_normalize_keeps_zero():
    assert_close(utils.normalize(torch.tensor([[0.0, 0.0], [3.0, 4.0]])), torch.tensor([[0.0, 0.0], [0.6, 0.8]]))
    assert_close(utils.quat_unit(3 * Q), Q)


def test_normalize_angle():
    assert_close(utils.normalize_angle(ANGLE + 6 * math.pi), ANGLE, 1e-5)


def test_scaling():
    lower, upper = torch.tensor([-2.0, 0.0]), torch.tensor([2.0, 10.0])
    assert utils.scale(torch.tensor([[-1.0, 0.5]]), lower, upper).tolist() == [[-2.0, 7.5]]
    assert utils.unscale(torch.tensor([[-2.0, 7.5]]), lower, upper).tolist() == [[-1.0, 0.5]]
    assert utils.unscale_np(np.array([7.5]), np.array([0.0]), np.array([10.0])).tolist() == [0.5]
    assert utils.tensor_clamp(torch.tensor([-5.0, 3.0]), lower, upper).tolist() == [-2.0, 3.0]


def test_copysign():
    assert utils.copysign(-2.0, torch.tensor([-3.0, 5.0])).tolist() == [-2.0, 2.0]


def test_random_numbers():
    numbers = utils.torch_rand_float(-2.0, 6.0, (500, 3), "cpu")
    assert numbers.shape == (500, 3)
    assert -2 <= numbers.min() < -1.9
    assert 5.9 < numbers.max() <= 6
    directions = utils.torch_random_dir_2((500, 1), "cpu")
    assert directions.shape == (500, 2)
    assert_close(directions.norm(dim=-1), torch.ones(500))


@pytest.mark.parametrize("x", [[1, 2], np.array([1, 2]), torch.tensor([1, 2]), (1.0, 2.0)], ids=repr)
def test_to_torch(x):
    tensor = utils.to_torch(x, device="cpu")
    assert tensor.dtype == torch.float
    assert tensor.tolist() == [1.0, 2.0]


def test_to_torch_copies():
    source = torch.zeros(2)
    copy = utils.to_torch(source, device="cpu", requires_grad=True)
    source[:] = 1.0
    assert copy.tolist() == [0.0, 0.0]
    assert copy.requires_grad


def test_axis_params():
    assert utils.get_axis_params(1.0, 2) == [0.0, 0.0, 1.0]
    assert utils.get_axis_params(0.44, 1, 0.5) == [0.5, 0.44, 0.0]
    assert utils.get_axis_params(1, 3, dtype=int, n_dims=4) == [0, 0, 0, 1]


SCRIPTABLE = (
    *("normalize", "scale", "unscale", "tensor_clamp", "copysign", "normalize_angle", "torch_rand_float"),
    *("torch_random_dir_2", "quat_unit", "quat_conjugate", "quat_mul", "quat_apply", "quat_rotate"),
    *("quat_rotate_inverse", "get_basis_vector", "quat_from_angle_axis", "quat_to_angle_axis"),
    *("quat_from_euler_xyz", "get_euler_xyz", "tf_inverse", "tf_apply", "tf_vector", "tf_combine"),
)


@pytest.mark.parametrize("name", SCRIPTABLE)
def test_usable_in_torchscript(name):
    torch.jit.script(getattr(utils, name))


def test_called_from_a_users_scripted_function():
    def reward(quats: torch.Tensor, vectors: torch.Tensor, device: str):
        up = utils.quat_rotate_inverse(quats, vectors)
        roll, _pitch, _yaw = utils.get_euler_xyz(quats)
        noise = utils.torch_rand_float(-1.0, 1.0, (quats.shape[0], 1), device).squeeze(1)
        return up[:, 2] + utils.normalize_angle(roll) + 0.0 * noise

    scripted = torch.jit.script(reward)
    assert_close(scripted(Q, V, "cpu"), reward(Q, V, "cpu"))


def test_a_star_import_brings_what_task_code_relies_on():
    names = {}
    exec("from gymctl.isaacgym.torch_utils import *", names)
    assert (names["np"], names["torch"], names["F"]) == (np, torch, torch.nn.functional)
    assert "Tensor" not in names


@pytest.mark.parametrize(("has_gpu", "device"), [(True, "meta"), (False, "cpu")])
def test_where_there_is_no_gpu_tensors_without_a_device_are_on_the_cpu(monkeypatch, has_gpu, device):
    """Isaac Gym's default is ``cuda:0``."""
    monkeypatch.setattr(utils, "_GPU", "meta")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: has_gpu)
    assert utils.to_torch([1.0]).device.type == device
    assert utils.to_torch(torch.ones(1), device="cpu").device.type == "cpu"
