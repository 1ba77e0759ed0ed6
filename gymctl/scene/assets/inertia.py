"""Masses and inertias of rigid bodies: adding them up, turning them, and their principal axes."""

import math
from typing import NamedTuple

import mujoco
import numpy as np

_MARGIN = 1.0 + 1e-9
"""Keeps moments that are raised from being too small again by rounding."""


class Inertial(NamedTuple):
    """Mass and inertia of a body in some frame."""

    mass: float
    """[kg]."""
    com: np.ndarray
    """Centre of mass ``[3]`` [m]."""
    inertia: np.ndarray
    """About the centre of mass, in the frame's axes ``[3, 3]`` [kg m^2]."""

    def moved(self, pos: np.ndarray, rotation: np.ndarray) -> "Inertial":
        """The same in a frame in which this one is at `pos`, turned by the matrix `rotation`."""
        return Inertial(self.mass, pos + rotation @ self.com, rotation @ self.inertia @ rotation.T)

    def plus(self, other: "Inertial") -> "Inertial":
        """Both bodies together, in the same frame."""
        mass = self.mass + other.mass
        if mass <= 0.0:
            return self
        com = (self.mass * self.com + other.mass * other.com) / mass
        return Inertial(mass, com, self._about(com) + other._about(com))

    def _about(self, point: np.ndarray) -> np.ndarray:
        arm = self.com - point
        return self.inertia + self.mass * (arm @ arm * np.eye(3) - np.outer(arm, arm))


def principal(inertia: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Principal moments ``[..., 3]`` and axes as wxyz quaternions ``[..., 4]`` of inertias ``[..., 3, 3]``.

    Moments that no mass could have are raised to what the largest one needs. Axes that are principal already are kept.
    """
    moments, axes = np.linalg.eigh((inertia + np.swapaxes(inertia, -1, -2)) / 2.0)
    axes[..., 0] *= np.sign(np.linalg.det(axes))[..., None]
    diagonal = np.diagonal(inertia, axis1=-2, axis2=-1)
    off = np.abs(inertia - diagonal[..., None] * np.eye(3)).max((-2, -1))
    straight = off <= 1e-9 * np.abs(diagonal).max(-1)
    moments = np.where(straight[..., None], diagonal, moments)
    axes = np.where(straight[..., None, None], np.eye(3), axes)
    moments = np.maximum(moments, 1e-12)
    least, middle, largest = np.moveaxis(np.sort(moments, -1), -1, 0)
    short = np.where(least + middle < largest, largest * _MARGIN - least - middle, 0.0)
    moments = np.where(moments < largest[..., None], moments + short[..., None] / 2.0, moments)
    return moments, _quats(axes)


def from_principal(moments: np.ndarray, quats: np.ndarray) -> np.ndarray:
    """Inertias ``[..., 3, 3]`` of principal moments ``[..., 3]`` and axes, wxyz ``[..., 4]``."""
    axes = _matrices(quats)
    return np.einsum("...ij,...j,...kj->...ik", axes, moments, axes)


def physx_axes(inertia: np.ndarray) -> np.ndarray:
    """The principal axes that PhysX gives a body of an inertia ``[3, 3]``, as a wxyz quaternion.

    Jacobi's method from the body's own axes: turns about the axis with the largest off-diagonal element, until none is
    left. (PhysX 5.1, ``PxDiagonalize`` in ``PxMathUtils.h``.)
    """
    quat = np.array([1.0, 0.0, 0.0, 0.0])
    for _ in range(24):
        axes = _matrices(quat)
        turned = axes.T @ inertia @ axes
        sizes = np.abs([turned[1, 2], turned[0, 2], turned[0, 1]])
        axis = int(sizes.argmax()) if sizes[0] != sizes[2] or sizes[1] > sizes[2] else 2
        first, second = (axis + 1) % 3, (axis + 2) % 3
        off = turned[first, second]
        if abs(off) < 1e-7 * np.abs(np.diagonal(turned)).max():
            break
        cotangent = (turned[first, first] - turned[second, second]) / (2.0 * off)
        if abs(turned[first, first] - turned[second, second]) < 1e-9 * abs(off):
            cotangent = math.copysign(0.0, off)
        angle = math.copysign(0.5 * math.atan2(1.0, abs(cotangent)), cotangent)
        turn = np.zeros(4)
        turn[0], turn[1 + axis] = math.cos(angle / 2.0), math.sin(angle / 2.0)
        product = np.zeros(4)
        mujoco.mju_mulQuat(product, quat, turn)
        quat = product / np.linalg.norm(product)
    return quat


def _matrices(quats: np.ndarray) -> np.ndarray:
    flat = np.ascontiguousarray(quats.reshape(-1, 4))
    matrices = np.zeros((len(flat), 9))
    for matrix, quat in zip(matrices, flat, strict=True):
        mujoco.mju_quat2Mat(matrix, quat)
    return matrices.reshape(*quats.shape[:-1], 3, 3)


def _quats(matrices: np.ndarray) -> np.ndarray:
    flat = np.ascontiguousarray(matrices.reshape(-1, 9))
    quats = np.zeros((len(flat), 4))
    for quat, matrix in zip(quats, flat, strict=True):
        mujoco.mju_mat2Quat(quat, matrix)
    return quats.reshape(*matrices.shape[:-2], 4)
