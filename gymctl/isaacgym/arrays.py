"""The functions of ``gymapi`` on structured arrays of vectors, quaternions (xyzw) and poses.

Arguments are arrays of ``Vec3.dtype``, ``Quat.dtype`` or ``Transform.dtype``, or single values of these classes; they
broadcast.
"""

from typing import Any

import numpy as np

from gymctl.isaacgym import layouts


def cross(a: Any, b: Any) -> np.ndarray:
    """Cross products."""
    return _vectors(np.cross(_rows(a), _rows(b)))


def dot(a: Any, b: Any) -> np.ndarray:
    """Inner products of vectors or quaternions, float32."""
    return np.sum(_rows(a) * _rows(b), axis=-1)


def rotate(quats: Any, vectors: Any) -> np.ndarray:
    """Vectors, turned."""
    return _vectors(_rotated(_rows(quats), _rows(vectors)))


def rotate_inverse(quats: Any, vectors: Any) -> np.ndarray:
    """Vectors, turned back."""
    return _vectors(_rotated(_rows(quats) * _CONJUGATE, _rows(vectors)))


def transform(poses: Any, points: Any) -> np.ndarray:
    """Points, turned and moved by poses."""
    poses = _rows(poses)
    return _vectors(_rotated(poses[..., 3:], _rows(points)) + poses[..., :3])


def transform_inverse(poses: Any, points: Any) -> np.ndarray:
    """Points, moved and turned back by poses."""
    poses = _rows(poses)
    return _vectors(_rotated(poses[..., 3:] * _CONJUGATE, _rows(points) - poses[..., :3]))


def eulers_to_quats_zyx(angles: Any) -> np.ndarray:
    """Rz(z) Ry(y) Rx(x) of angles in rad, vectors x, y, z."""
    half = 0.5 * _rows(angles)
    (sx, sy, sz), (cx, cy, cz) = np.moveaxis(np.sin(half), -1, 0), np.moveaxis(np.cos(half), -1, 0)
    quats = [
        sx * cy * cz - cx * sy * sz,
        cx * sy * cz + sx * cy * sz,
        cx * cy * sz - sx * sy * cz,
        cx * cy * cz + sx * sy * sz,
    ]
    return _structured(np.stack(quats, axis=-1), layouts.QUAT)


def quats_to_eulers_zyx(quats: Any) -> np.ndarray:
    """The angles of ``eulers_to_quats_zyx``."""
    x, y, z, w = np.moveaxis(_rows(quats), -1, 0)
    angles = [
        np.arctan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y)),
        np.arcsin(np.clip(2 * (w * y - z * x), -1, 1)),
        np.arctan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z)),
    ]
    return _vectors(np.stack(angles, axis=-1))


_CONJUGATE = np.array([-1, -1, -1, 1], dtype=np.float32)


def _rotated(quats: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    axes, scalars = quats[..., :3], quats[..., 3:]
    twice = 2 * np.cross(axes, vectors)
    return vectors + scalars * twice + np.cross(axes, twice)


def _rows(values: Any) -> np.ndarray:
    values = np.asarray(values)
    if values.dtype.names is None:
        return values.astype(np.float32)
    return np.ascontiguousarray(values).reshape(*values.shape, 1).view(np.float32)


def _vectors(rows: np.ndarray) -> np.ndarray:
    return _structured(rows, layouts.VEC3)


def _structured(rows: np.ndarray, dtype: np.dtype) -> np.ndarray:
    return np.ascontiguousarray(rows, dtype=np.float32).view(dtype)[..., 0]
