"""``isaacgym.torch_utils``: maths on batches of vectors and quaternions (xyzw), usable in TorchScript.

A star import also brings ``np``, ``torch`` and ``F``, on which task code relies.
"""

import math
from typing import Any, Tuple  # noqa: UP035  TorchScript knows no other

import numpy as np
import torch
import torch.nn.functional as F  # noqa: F401
from torch import Tensor as _Tensor

from gymctl.sim import rotations as _rotations

_GPU = "cuda:0"


def to_torch(x: Any, dtype: torch.dtype = torch.float, device: Any = None, requires_grad: bool = False) -> _Tensor:
    """A tensor with a copy of numbers, arrays or a tensor; without a device on the first GPU, if there is one."""
    if device is None:
        device = _GPU if torch.cuda.is_available() else "cpu"
    if isinstance(x, _Tensor):
        return x.detach().to(device=device, dtype=dtype, copy=True).requires_grad_(requires_grad)
    return torch.tensor(x, dtype=dtype, device=device, requires_grad=requires_grad)


def normalize(x: _Tensor, eps: float = 1e-9) -> _Tensor:
    """Vectors ``[..., n]`` of length 1; those shorter than ``eps`` are divided by it."""
    return x / x.norm(p=2, dim=-1, keepdim=True).clamp(min=eps)


def scale(x: _Tensor, lower: _Tensor, upper: _Tensor) -> _Tensor:
    """From [-1, 1] to [lower, upper]."""
    return lower + (x + 1.0) * 0.5 * (upper - lower)


def unscale(x: _Tensor, lower: _Tensor, upper: _Tensor) -> _Tensor:
    """From [lower, upper] to [-1, 1]."""
    return (2.0 * x - upper - lower) / (upper - lower)


def unscale_np(x: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """From [lower, upper] to [-1, 1], of NumPy arrays."""
    return (2.0 * x - upper - lower) / (upper - lower)


def tensor_clamp(t: _Tensor, min_t: _Tensor, max_t: _Tensor) -> _Tensor:
    """Elements between those of two tensors."""
    return torch.max(torch.min(t, max_t), min_t)


def copysign(a: float, b: _Tensor) -> _Tensor:
    """The size of ``a`` with the signs of ``b``."""
    return torch.copysign(torch.full_like(b, abs(a)), b)


def normalize_angle(x: _Tensor) -> _Tensor:
    """The same angles in (-π, π]."""
    return _rotations.wrap_to_pi(x)


def torch_rand_float(lower: float, upper: float, shape: Tuple[int, int], device: str) -> _Tensor:  # noqa: UP006
    """Uniform random numbers of a shape."""
    return lower + (upper - lower) * torch.rand(shape, device=device)


def torch_random_dir_2(shape: Tuple[int, int], device: str) -> _Tensor:  # noqa: UP006
    """Uniform random directions ``[n, 2]`` in the plane; the shape is ``(n, 1)``."""
    angle = torch_rand_float(-math.pi, math.pi, shape, device).squeeze(-1)
    return torch.stack([torch.cos(angle), torch.sin(angle)], dim=-1)


def get_axis_params(
    value: float, axis_idx: int, x_value: float = 0.0, dtype: Any = float, n_dims: int = 3
) -> list[Any]:
    """A vector as a list: ``value`` at ``axis_idx``, ``x_value`` first, and zeros."""
    params = np.zeros(n_dims)
    params[axis_idx] = value
    params[0] = x_value
    return list(params.astype(dtype))


def quat_unit(a: _Tensor) -> _Tensor:
    """Quaternions of norm 1."""
    return normalize(a)


def quat_conjugate(a: _Tensor) -> _Tensor:
    """The opposite rotations."""
    return torch.cat([-a[..., :3], a[..., 3:]], dim=-1)


def quat_mul(a: _Tensor, b: _Tensor) -> _Tensor:
    """The rotations by ``b``, followed by ``a``; of one shape ``[..., 4]``."""
    assert a.shape == b.shape
    return _rotations.quat_mul(a, b)


def quat_apply(a: _Tensor, b: _Tensor) -> _Tensor:
    """Vectors ``b`` turned by quaternions ``a``, as many, in the shape of ``b``."""
    return _rotations.quat_rotate(a.reshape(-1, 4), b.reshape(-1, 3)).view(b.shape)


def quat_rotate(q: _Tensor, v: _Tensor) -> _Tensor:
    """Vectors ``[n, 3]`` turned by quaternions ``[n, 4]``."""
    return _rotations.quat_rotate(q, v)


def quat_rotate_inverse(q: _Tensor, v: _Tensor) -> _Tensor:
    """Vectors ``[n, 3]`` turned back by quaternions ``[n, 4]``."""
    return _rotations.quat_rotate_inverse(q, v)


def get_basis_vector(q: _Tensor, v: _Tensor) -> _Tensor:
    """Axes ``[n, 3]`` of frames that are turned by quaternions ``[n, 4]``."""
    return quat_rotate(q, v)


def quat_from_angle_axis(angle: _Tensor, axis: _Tensor) -> _Tensor:
    """Quaternions of angles ``[...]`` in rad about axes ``[..., 3]`` of any length."""
    half = (0.5 * angle).unsqueeze(-1)
    return quat_unit(torch.cat([normalize(axis) * torch.sin(half), torch.cos(half)], dim=-1))


def quat_to_angle_axis(q: _Tensor) -> Tuple[_Tensor, _Tensor]:  # noqa: UP006
    """Angles ``[...]`` in (-π, π] and axes ``[..., 3]``; the axis of no rotation is z."""
    length = q[..., :3].norm(p=2, dim=-1)
    angle = normalize_angle(2.0 * torch.atan2(length, q[..., 3]))
    turned = length > 1e-5
    z = torch.zeros_like(q[..., :3])
    z[..., 2] = 1.0
    axis = torch.where(turned.unsqueeze(-1), q[..., :3] / length.clamp(min=1e-9).unsqueeze(-1), z)
    return torch.where(turned, angle, torch.zeros_like(angle)), axis


def quat_from_euler_xyz(roll: _Tensor, pitch: _Tensor, yaw: _Tensor) -> _Tensor:
    """Rz(yaw) Ry(pitch) Rx(roll) of angles ``[...]`` in rad."""
    cr, sr = torch.cos(0.5 * roll), torch.sin(0.5 * roll)
    cp, sp = torch.cos(0.5 * pitch), torch.sin(0.5 * pitch)
    cy, sy = torch.cos(0.5 * yaw), torch.sin(0.5 * yaw)
    return torch.stack(
        [
            cy * sr * cp - sy * cr * sp,
            cy * cr * sp + sy * sr * cp,
            sy * cr * cp - cy * sr * sp,
            cy * cr * cp + sy * sr * sp,
        ],
        dim=-1,
    )


def get_euler_xyz(q: _Tensor) -> Tuple[_Tensor, _Tensor, _Tensor]:  # noqa: UP006
    """Roll, pitch and yaw ``[n]`` in [0, 2π) of quaternions ``[n, 4]``."""
    x, y, z, w = q.unbind(-1)
    roll = torch.atan2(2.0 * (w * x + y * z), w * w - x * x - y * y + z * z)
    pitch = torch.asin((2.0 * (w * y - z * x)).clamp(-1.0, 1.0))
    yaw = torch.atan2(2.0 * (w * z + x * y), w * w + x * x - y * y - z * z)
    return roll % (2.0 * math.pi), pitch % (2.0 * math.pi), yaw % (2.0 * math.pi)


def tf_inverse(q: _Tensor, t: _Tensor) -> Tuple[_Tensor, _Tensor]:  # noqa: UP006
    """The opposite of turning by ``q``, then moving by ``t``."""
    back = quat_conjugate(q)
    return back, -quat_apply(back, t)


def tf_apply(q: _Tensor, t: _Tensor, v: _Tensor) -> _Tensor:
    """Points ``v``, turned by ``q``, then moved by ``t``."""
    return quat_apply(q, v) + t


def tf_vector(q: _Tensor, v: _Tensor) -> _Tensor:
    """Vectors ``v``, turned by ``q``."""
    return quat_apply(q, v)


def tf_combine(q1: _Tensor, t1: _Tensor, q2: _Tensor, t2: _Tensor) -> Tuple[_Tensor, _Tensor]:  # noqa: UP006
    """The second pose, seen from the frame in which the first is given."""
    return quat_mul(q1, q2), quat_apply(q1, t2) + t1
