"""Rotating vectors and converting rotations, in batches. Quaternions are xyzw, of unit length, body to world."""

import functools
import math

import torch
from torch import Tensor


def quat_rotate(quat: Tensor, vec: Tensor) -> Tensor:
    """Rotates vectors from the body frame to the world frame, ``R(q) v``; returns ``[..., N, 3]``.

    Args:
        quat: Orientations ``[..., N, 4]``, xyzw.
        vec: Vectors ``[..., N, 3]``, with as many dimensions.
    """
    xyz, w = quat[..., :3], quat[..., 3:]
    t = 2.0 * torch.linalg.cross(xyz, vec)
    return vec + w * t + torch.linalg.cross(xyz, t)


def quat_rotate_inverse(quat: Tensor, vec: Tensor) -> Tensor:
    """Rotates vectors from the world frame to the body frame, ``R(q)ᵀ v``; returns ``[N, 3]``.

    Args:
        quat: Orientations ``[N, 4]``, xyzw.
        vec: Vectors ``[N, 3]``.
    """
    xyz, w = quat[:, :3], quat[:, 3:]
    t = 2.0 * torch.linalg.cross(xyz, vec)
    return vec - w * t + torch.linalg.cross(xyz, t)


def quat_mul(a: Tensor, b: Tensor) -> Tensor:
    """Returns the Hamilton product of quaternions ``[..., 4]``, xyzw: the rotation by ``b``, followed by ``a``."""
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


def slerp(a: Tensor, b: Tensor, part: Tensor) -> Tensor:
    """Interpolates unit quaternions at an even speed along the shorter way; returns ``[..., 4]``.

    Args:
        a: Where to begin ``[..., 4]``, xyzw or wxyz.
        b: Where to end ``[..., 4]``.
        part: How far from the one to the other ``[..., 1]``, 0 to 1.
    """
    b = torch.where((a * b).sum(-1, keepdim=True) < 0.0, -b, b)
    angle = 2.0 * torch.atan2(
        torch.linalg.vector_norm(a - b, dim=-1, keepdim=True), torch.linalg.vector_norm(a + b, dim=-1, keepdim=True)
    )
    is_small = angle < 1e-4
    sine = torch.where(is_small, 1.0, torch.sin(angle))
    of_a = torch.where(is_small, 1.0 - part, torch.sin((1.0 - part) * angle) / sine)
    of_b = torch.where(is_small, part, torch.sin(part * angle) / sine)
    return torch.nn.functional.normalize(of_a * a + of_b * b, dim=-1)


def quat_about_z(angle: Tensor) -> Tensor:
    """Returns rotations about z, xyzw ``[N, 4]``, by angles ``[N]`` [rad]."""
    half, zero = angle / 2.0, torch.zeros_like(angle)
    return torch.stack((zero, zero, half.sin(), half.cos()), dim=1)


def rotation_matrix(quat: Tensor) -> Tensor:
    """Returns the matrices ``[N, 3, 3]`` of unit quaternions ``[N, 4]``, xyzw.

    Their columns are the body's axes in the world frame.
    """
    products = (quat.unsqueeze(2) * quat.unsqueeze(1)).flatten(1)
    return (products @ _matrix_from_products(quat.device, quat.dtype)).view(-1, 3, 3)


def roll(matrix: Tensor) -> Tensor:
    """Returns the rotation about x, of zyx Euler angles, of matrices ``[N, 3, 3]``: ``[N]`` [rad], in [0, 2π)."""
    return torch.atan2(matrix[:, 2, 1], matrix[:, 2, 2]) % (2.0 * math.pi)


def heading(matrix: Tensor) -> Tensor:
    """Returns the rotation about z, of zyx Euler angles, of matrices ``[N, 3, 3]``: ``[N]`` [rad], in [-π, π]."""
    return torch.atan2(matrix[:, 1, 0], matrix[:, 0, 0])


def yaw(matrix: Tensor) -> Tensor:
    """Returns `heading` [rad], in [0, 2π)."""
    return heading(matrix) % (2.0 * math.pi)


def wrap_to_pi(angle: Tensor) -> Tensor:
    """Returns the same angles [rad], in [-π, π]."""
    return torch.atan2(torch.sin(angle), torch.cos(angle))


@functools.cache
def _matrix_from_products(device: torch.device, dtype: torch.dtype) -> Tensor:
    """Returns the map ``[16, 9]`` from the products of a quaternion's elements to its matrix, row by row."""
    x, y, z, w = range(4)
    matrix = torch.zeros(4, 4, 9)
    for row, column, a, b, c in ((0, 1, x, y, z), (1, 2, y, z, x), (2, 0, z, x, y)):
        matrix[a, b, [3 * row + column, 3 * column + row]] = 2.0
        matrix[w, c, 3 * row + column] = -2.0
        matrix[w, c, 3 * column + row] = 2.0
    for row in range(3):
        for element in (x, y, z, w):
            matrix[element, element, 4 * row] = 1.0 if element in (row, w) else -1.0
    return matrix.flatten(0, 1).to(device, dtype)
