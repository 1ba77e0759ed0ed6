"""The module functions on structured arrays agree with the methods of single values."""

import numpy as np
import pytest

from gymctl.isaacgym import gymapi
from gymctl.isaacgym.gymapi import Quat, Transform, Vec3

VECTORS = np.array([(1, 2, 3), (-1, 0.5, 2)], Vec3.dtype)
OTHERS = np.array([(0, 1, 0), (3, 1, -1)], Vec3.dtype)
QUATS = np.array([(0, 0, 0, 1), (0.5, -0.5, 0.5, 0.5)], Quat.dtype)
POSES = np.zeros(2, Transform.dtype)
POSES["p"], POSES["r"] = OTHERS, QUATS


def vec(value):
    return [value.x, value.y, value.z]


def test_cross_and_dot():
    assert list(gymapi.cross(VECTORS, OTHERS)[1]) == vec(Vec3(-1, 0.5, 2).cross(Vec3(3, 1, -1)))
    assert gymapi.dot(VECTORS, OTHERS).tolist() == [2.0, -4.5]
    assert gymapi.dot(QUATS, QUATS).tolist() == [1.0, 1.0]


def test_rotations():
    turned = gymapi.rotate(QUATS, VECTORS)
    assert list(turned[1]) == pytest.approx(vec(Quat.from_buffer(QUATS[1]).rotate(Vec3(-1, 0.5, 2))))
    back = gymapi.rotate_inverse(QUATS, turned)
    assert list(back[1]) == pytest.approx([-1, 0.5, 2])


def test_transforms():
    moved = gymapi.transform(POSES, VECTORS)
    assert list(moved[1]) == pytest.approx(vec(Transform.from_buffer(POSES[1]).transform_point(Vec3(-1, 0.5, 2))))
    assert list(gymapi.transform_inverse(POSES, moved)[1]) == pytest.approx([-1, 0.5, 2])


def test_a_single_value_serves_all_elements():
    assert gymapi.rotate(Quat(0, 0, 1, 0), VECTORS)["x"].tolist() == [-1.0, 1.0]
    assert gymapi.cross(Vec3(0, 0, 1), Vec3(1, 0, 0)).item() == (0.0, 1.0, 0.0)


def test_euler_angles_there_and_back():
    angles = np.array([(0.3, -0.8, 2.0), (0, 0, -1)], Vec3.dtype)
    quats = gymapi.eulers_to_quats_zyx(angles)
    assert quats.dtype == Quat.dtype
    single = Quat.from_euler_zyx(0.3, -0.8, 2.0)
    assert list(quats[0]) == pytest.approx([single.x, single.y, single.z, single.w], abs=1e-6)
    assert list(gymapi.quats_to_eulers_zyx(quats)[0]) == pytest.approx([0.3, -0.8, 2.0], abs=1e-6)
