"""Rotation maths on batches of quaternions, xyzw, unit length, body to world."""

import math

import torch
from torch import Tensor


def quat_rotate(quat: Tensor, vec: Tensor) -> Tensor:
    """Rotates body-frame vectors into the world: ``R(q) v``.

    Args:
        quat: Orientations ``[N, 4]``, xyzw.
        vec: Vectors ``[N, 3]``.
    """
    xyz, w = quat[:, :3], quat[:, 3:]
    t = 2.0 * torch.linalg.cross(xyz, vec)
    return vec + w * t + torch.linalg.cross(xyz, t)


def quat_rotate_inverse(quat: Tensor, vec: Tensor) -> Tensor:
    """Rotates world vectors into the body frame: ``R(q)ᵀ v``.

    Args:
        quat: Orientations ``[N, 4]``, xyzw.
        vec: Vectors ``[N, 3]``.
    """
    xyz, w = quat[:, :3], quat[:, 3:]
    t = 2.0 * torch.linalg.cross(xyz, vec)
    return vec - w * t + torch.linalg.cross(xyz, t)


def quat_mul(a: Tensor, b: Tensor) -> Tensor:
    """Hamilton product of ``[..., 4]`` quaternions, xyzw: first ``b``, then ``a``."""
    ax, ay, az, aw = a.unbind(-1)
    bx, by, bz, bw = b.unbind(-1)
    return torch.stack(
        (
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
            aw * bw - ax * bx - ay * by - az * bz,
        ),
        dim=-1,
    )


def roll(quat: Tensor) -> Tensor:
    """Rotation about x of the zyx Euler angles, ``[N]`` in [0, 2π) [rad]."""
    x, y, z, w = quat.unbind(-1)
    return torch.atan2(2.0 * (w * x + y * z), w * w - x * x - y * y + z * z) % (2.0 * math.pi)


def yaw(quat: Tensor) -> Tensor:
    """Rotation about z of the zyx Euler angles, ``[N]`` in [0, 2π) [rad]."""
    x, y, z, w = quat.unbind(-1)
    return torch.atan2(2.0 * (w * z + x * y), w * w + x * x - y * y - z * z) % (2.0 * math.pi)


def x_axis(quat: Tensor) -> Tensor:
    """The body's x axis in the world, ``[N, 3]``."""
    x, y, z, w = quat.unbind(-1)
    return torch.stack((w * w + x * x - y * y - z * z, 2.0 * (x * y + w * z), 2.0 * (x * z - w * y)), dim=-1)


def z_axis(quat: Tensor) -> Tensor:
    """The body's z axis in the world, ``[N, 3]``."""
    x, y, z, w = quat.unbind(-1)
    return torch.stack((2.0 * (x * z + w * y), 2.0 * (y * z - w * x), w * w - x * x - y * y + z * z), dim=-1)
