"""Value classes: float32, written in place, copied on assignment, made of whatever holds a number; their maths."""

import copy
import math
import pickle

import numpy as np
import pytest
import torch

from gymctl.isaacgym.gymapi import (
    ActionEvent,
    DofFrame,
    DofState,
    IndexRange,
    Int3,
    Mat33,
    Mat44,
    ParticleState,
    Quat,
    RigidBodyState,
    SpatialForce,
    Tensor,
    Transform,
    Vec2,
    Vec3,
    Velocity,
    Version,
)
from gymctl.isaacgym.structs import names


def values(value):
    return [part for name in names(type(value)) for part in _parts(getattr(value, name))]


def _parts(value):
    return [value] if isinstance(value, float | int) else values(value)


def test_numbers_are_float32():
    assert Vec3(0.1, 0.0, 0.0).x == float(np.float32(0.1))
    assert DofState(0.1).pos == float(np.float32(0.1))
    assert Vec3(1e39).x == math.inf


@pytest.mark.parametrize(
    "number",
    [
        *(2, 2.0, np.float32(2), np.float64(2), np.int64(2), np.array(2.0), np.array([2.0]), np.array([[2]])),
        *(torch.tensor(2.0), torch.tensor([2.0]), torch.tensor(2)),
    ],
    ids=repr,
)
def test_a_number_is_taken_from_what_holds_one(number):
    vector = Vec3(number, y=number)
    vector.z = number
    assert values(vector) == [2.0, 2.0, 2.0]


@pytest.mark.parametrize("wrong", ["2", None, [1.0], np.ones(2), torch.ones(2)], ids=repr)
def test_what_holds_no_number_is_refused(wrong):
    with pytest.raises((TypeError, ValueError, RuntimeError)):
        Vec3(wrong)


@pytest.mark.parametrize("integer", [3, 3.0, np.int32(3), np.array([3]), torch.tensor(3), torch.tensor([3])], ids=repr)
def test_an_integer_is_taken_from_what_holds_one(integer):
    assert Int3(integer).x == 3


def test_a_part_of_an_integer_is_refused():
    with pytest.raises(TypeError):
        Int3(3.5)


def test_a_star_of_a_tensor_or_an_array_makes_a_vector():
    assert values(Vec3(*torch.tensor([1.0, 2.0, 3.0]))) == [1.0, 2.0, 3.0]
    assert values(Quat(*np.array([0.0, 0.0, 1.0, 0.0]))) == [0.0, 0.0, 1.0, 0.0]


def test_nested_values_are_written_in_place():
    state = RigidBodyState()
    state.pose.p.x = 1.0
    position = state.pose.p
    position.y = 2.0
    assert values(state.pose.p) == [1.0, 2.0, 0.0]


def test_assignment_copies():
    pose, position = Transform(), Vec3(1.0, 2.0, 3.0)
    pose.p = position
    position.x = 9.0
    assert pose.p.x == 1.0
    made = Transform(position, Quat(0, 0, 1, 0))
    position.x = 8.0
    assert made.p.x == 9.0


@pytest.mark.parametrize("point", [(1, 2, 3), [1, 2, 3], np.array([1.0, 2.0, 3.0]), torch.tensor([1, 2, 3])], ids=repr)
def test_sequences_become_vectors(point):
    pose = Transform(p=point)
    pose.p = point
    assert values(pose.p) == [1.0, 2.0, 3.0]


def test_a_value_of_another_kind_is_refused():
    pose = Transform()
    with pytest.raises(TypeError):
        pose.p = Quat()
    with pytest.raises(TypeError):
        pose.p = (1, 2, 3, 4)


def test_defaults_are_the_identity_and_zero():
    assert values(Quat()) == [0.0, 0.0, 0.0, 1.0]
    assert values(Transform()) == values(Transform(p=Vec3())) == [0.0] * 6 + [1.0]
    assert values(RigidBodyState())[:7] == [0.0] * 6 + [1.0]
    assert values(Velocity()) == [0.0] * 6
    assert values(Mat44()) == [0.0] * 16


EXAMPLES = [
    Vec2(1, 2),
    Vec3(1, 2, 3),
    Quat(0.5, 0.5, 0.5, 0.5),
    Transform(Vec3(1, 2, 3), Quat(1, 0, 0, 0)),
    Velocity(Vec3(1, 2, 3), Vec3(4, 5, 6)),
    Mat33(),
    IndexRange(3, 4),
    DofState(1, 2),
    DofFrame(Vec3(1, 2, 3), Vec3(0, 0, 1)),
    RigidBodyState(),
    ParticleState(),
    SpatialForce(),
    Version(),
]


@pytest.mark.parametrize("value", EXAMPLES, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda v: pickle.loads(pickle.dumps(v))])
def test_copies_are_equal_and_apart(value, copied):
    other = copied(value)
    assert type(other) is type(value)
    assert values(other) == values(value)
    owner = other
    while not isinstance(getattr(owner, first := names(type(owner))[0]), int | float):
        owner = getattr(owner, first)
    setattr(owner, first, 7)
    assert values(other) != values(value)


def test_a_nested_value_is_copied_without_its_owner():
    pose = Transform(Vec3(1, 2, 3))
    position = copy.deepcopy(pose.p)
    pose.p.x = 5.0
    assert position.x == 1.0


@pytest.mark.parametrize("cls", [Vec3, Quat, Transform, Velocity, RigidBodyState, DofState, DofFrame, ParticleState])
def test_the_dtype_is_the_layout_in_memory(cls):
    assert np.frombuffer(cls(), cls.dtype).shape == (1,)
    assert np.array(cls()).dtype == cls.dtype


@pytest.mark.parametrize("value", EXAMPLES[1:5], ids=lambda value: type(value).__name__)
def test_an_element_of_an_array_becomes_a_value(value):
    array = np.zeros(3, type(value).dtype)
    array[1] = np.array(value)
    assert values(type(value).from_buffer(array[1])) == values(value)
    with pytest.raises(ValueError, match=r"needs \d+ bytes"):
        type(value).from_buffer(array)


def test_vectors():
    a, b = Vec3(1, 2, 3), Vec3(-2, 0.5, 4)
    assert values(a + b) == [-1, 2.5, 7]
    assert values(a - b) == [3, 1.5, -1]
    assert values(-a) == [-1, -2, -3]
    assert values(a * 2.0) == [2, 4, 6]
    assert values(a / 2.0) == [0.5, 1, 1.5]
    assert a.dot(b) == 11
    assert values(a.cross(b)) == np.cross([1, 2, 3], [-2, 0.5, 4]).tolist()
    assert a.length_sq() == 14
    assert a.length() == pytest.approx(math.sqrt(14))
    assert a.normalize().length() == pytest.approx(1)
    assert values(Vec3().normalize()) == [0, 0, 0]
    assert values((Vec2(1, 2) + Vec2(3, 4) - Vec2(1, 1)) * 2.0 / 4.0) == [1.5, 2.5]


def test_quaternions_from_an_axis_and_an_angle():
    quarter = Quat.from_axis_angle(Vec3(0, 0, 2), math.pi / 2)
    assert values(quarter) == pytest.approx([0, 0, math.sqrt(0.5), math.sqrt(0.5)])
    assert values(quarter.rotate(Vec3(1, 0, 0))) == pytest.approx([0, 1, 0], abs=1e-6)
    assert values(quarter.inverse().rotate(Vec3(0, 1, 0))) == pytest.approx([1, 0, 0], abs=1e-6)
    assert values((quarter * quarter).rotate(Vec3(1, 0, 0))) == pytest.approx([-1, 0, 0], abs=1e-6)
    assert values(Quat(0, 0, 3, 4).normalize()) == pytest.approx([0, 0, 0.6, 0.8])


def test_euler_angles_turn_about_x_then_y_then_z_of_the_fixed_frame():
    x, y, z = 0.3, -0.8, 2.0
    about = [Quat.from_axis_angle(Vec3(*axis), angle) for axis, angle in zip(np.eye(3), (x, y, z), strict=True)]
    quat = Quat.from_euler_zyx(x, y, z)
    assert values(quat) == pytest.approx(values(about[2] * about[1] * about[0]), abs=1e-6)
    assert quat.to_euler_zyx() == pytest.approx((x, y, z), abs=1e-6)
    assert Quat.from_euler_zyx(0, math.pi / 2, 0).to_euler_zyx()[1] == pytest.approx(math.pi / 2, abs=1e-3)


def test_transforms():
    a = Transform(Vec3(1, 2, 3), Quat.from_axis_angle(Vec3(0, 0, 1), math.pi / 2))
    b = Transform(Vec3(0, 0, 1), Quat.from_axis_angle(Vec3(1, 0, 0), 0.4))
    point = Vec3(0.5, -1, 2)
    assert values(a.transform_point(Vec3(1, 0, 0))) == pytest.approx([1, 3, 3])
    assert values(a.transform_vector(Vec3(1, 0, 0))) == pytest.approx([0, 1, 0], abs=1e-6)
    assert values((a * b).transform_point(point)) == pytest.approx(
        values(a.transform_point(b.transform_point(point))), abs=1e-5
    )
    assert values((a.inverse() * a).transform_point(point)) == pytest.approx(values(point), abs=1e-5)


def test_arrays_of_points_are_transformed_as_single_ones():
    pose = Transform(Vec3(1, 2, 3), Quat.from_axis_angle(Vec3(1, 1, 0), 0.7))
    points = np.array([(1, 2, 3), (-1, 0, 5)], Vec3.dtype)
    for many, one in ((pose.transform_points, pose.transform_point), (pose.transform_vectors, pose.transform_vector)):
        moved = many(points)
        assert moved.dtype == Vec3.dtype
        assert list(moved[1]) == pytest.approx(values(one(Vec3(-1, 0, 5))), abs=1e-5)


def test_a_tensor_tells_what_it_stands_for():
    tensor = torch.zeros(4, 13)
    descriptor = Tensor(tensor)
    assert (descriptor.shape, descriptor.ndim, descriptor.device) == ((4, 13), 2, -1)
    assert descriptor.data_address == descriptor.data_ptr.value == tensor.data_ptr()
    assert descriptor.dtype.name == "DTYPE_FLOAT32"
    assert Tensor(torch.zeros(2, dtype=torch.int32)).dtype.name == "DTYPE_UINT32"
    assert not descriptor.own_data
    assert Tensor().shape == ()


def test_an_action_event_is_read_only():
    event = ActionEvent("QUIT", 1.0)
    with pytest.raises(AttributeError):
        event.value = 0.0
