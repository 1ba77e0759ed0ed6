"""Vectors, quaternions (xyzw) and poses of ``gymapi``, and their maths."""

import ctypes
import math
from typing import Any, ClassVar

import numpy as np

from gymctl.isaacgym import arrays, layouts
from gymctl.isaacgym.structs import Struct, from_buffer, struct


@struct
class Vec2(Struct):
    """Two numbers."""

    __slots__ = ()
    dtype: ClassVar[np.dtype] = layouts.VEC2
    x: float
    y: float

    def __init__(self, x: float = 0.0, y: float = 0.0) -> None:
        ctypes.Structure.__init__(self, x, y)

    @staticmethod
    def from_buffer(buffer: Any) -> "Vec2":
        """The vector in an element of an array of ``Vec2.dtype``."""
        return from_buffer(Vec2, buffer)

    def __add__(self, other: "Vec2") -> "Vec2":
        return Vec2(self.x + other.x, self.y + other.y)

    def __sub__(self, other: "Vec2") -> "Vec2":
        return Vec2(self.x - other.x, self.y - other.y)

    def __mul__(self, factor: float) -> "Vec2":
        return Vec2(self.x * factor, self.y * factor)

    def __truediv__(self, divisor: float) -> "Vec2":
        return Vec2(self.x / divisor, self.y / divisor)

    def __neg__(self) -> "Vec2":
        return Vec2(-self.x, -self.y)


@struct
class Vec3(Struct):
    """A vector or a point."""

    __slots__ = ()
    dtype: ClassVar[np.dtype] = layouts.VEC3
    x: float
    y: float
    z: float

    def __init__(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> None:
        ctypes.Structure.__init__(self, x, y, z)

    @staticmethod
    def from_buffer(buffer: Any) -> "Vec3":
        """The vector in an element of an array of ``Vec3.dtype``."""
        return from_buffer(Vec3, buffer)

    def __add__(self, other: "Vec3") -> "Vec3":
        return Vec3(self.x + other.x, self.y + other.y, self.z + other.z)

    def __sub__(self, other: "Vec3") -> "Vec3":
        return Vec3(self.x - other.x, self.y - other.y, self.z - other.z)

    def __mul__(self, factor: float) -> "Vec3":
        return Vec3(self.x * factor, self.y * factor, self.z * factor)

    def __truediv__(self, divisor: float) -> "Vec3":
        return Vec3(self.x / divisor, self.y / divisor, self.z / divisor)

    def __neg__(self) -> "Vec3":
        return Vec3(-self.x, -self.y, -self.z)

    def cross(self, other: "Vec3") -> "Vec3":
        """The cross product."""
        return Vec3(
            self.y * other.z - self.z * other.y,
            self.z * other.x - self.x * other.z,
            self.x * other.y - self.y * other.x,
        )

    def dot(self, other: "Vec3") -> float:
        """The inner product."""
        return self.x * other.x + self.y * other.y + self.z * other.z

    def length_sq(self) -> float:
        """The squared length."""
        return self.dot(self)

    def length(self) -> float:
        """The length."""
        return math.sqrt(self.length_sq())

    def normalize(self) -> "Vec3":
        """The vector of length 1 in this direction; zero stays zero."""
        length = self.length()
        return self / length if length else Vec3()


@struct
class Quat(Struct):
    """A rotation as a quaternion, scalar last."""

    __slots__ = ()
    dtype: ClassVar[np.dtype] = layouts.QUAT
    x: float
    y: float
    z: float
    w: float = 1.0

    def __init__(self, x: float = 0.0, y: float = 0.0, z: float = 0.0, w: float = 1.0) -> None:
        ctypes.Structure.__init__(self, x, y, z, w)

    @staticmethod
    def from_buffer(buffer: Any) -> "Quat":
        """The quaternion in an element of an array of ``Quat.dtype``."""
        return from_buffer(Quat, buffer)

    @staticmethod
    def from_axis_angle(axis: Vec3, angle: float) -> "Quat":
        """The rotation about an axis of any length, by an angle in rad."""
        unit = axis.normalize() * math.sin(0.5 * angle)
        return Quat(unit.x, unit.y, unit.z, math.cos(0.5 * angle))

    @staticmethod
    def from_euler_zyx(x: float, y: float, z: float) -> "Quat":
        """Rz(z) Ry(y) Rx(x): turned about x, then y, then z of the fixed frame, in rad."""
        return (
            Quat(z=math.sin(0.5 * z), w=math.cos(0.5 * z))
            * Quat(y=math.sin(0.5 * y), w=math.cos(0.5 * y))
            * Quat(x=math.sin(0.5 * x), w=math.cos(0.5 * x))
        )

    def to_euler_zyx(self) -> tuple[float, float, float]:
        """The angles about x, y and z in rad, as ``from_euler_zyx`` takes them."""
        x, y, z, w = self.x, self.y, self.z, self.w
        sine = 2.0 * (w * y - z * x)
        return (
            math.atan2(2.0 * (w * x + y * z), 1.0 - 2.0 * (x * x + y * y)),
            math.asin(min(1.0, max(-1.0, sine))),
            math.atan2(2.0 * (w * z + x * y), 1.0 - 2.0 * (y * y + z * z)),
        )

    def __mul__(self, other: "Quat") -> "Quat":
        ax, ay, az, aw = self.x, self.y, self.z, self.w
        bx, by, bz, bw = other.x, other.y, other.z, other.w
        return Quat(
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
            aw * bw - ax * bx - ay * by - az * bz,
        )

    def inverse(self) -> "Quat":
        """The opposite rotation."""
        return Quat(-self.x, -self.y, -self.z, self.w)

    def normalize(self) -> "Quat":
        """The quaternion of norm 1; zero becomes the identity."""
        norm = math.sqrt(self.x**2 + self.y**2 + self.z**2 + self.w**2)
        return Quat(self.x / norm, self.y / norm, self.z / norm, self.w / norm) if norm else Quat()

    def rotate(self, vector: Vec3) -> Vec3:
        """The vector, turned."""
        axis = Vec3(self.x, self.y, self.z)
        twice = axis.cross(vector) * 2.0
        return vector + twice * self.w + axis.cross(twice)


@struct
class Transform(Struct):
    """A pose: position in m, rotation."""

    __slots__ = ()
    dtype: ClassVar[np.dtype] = layouts.TRANSFORM
    p: Vec3
    r: Quat

    def __init__(self, p: Vec3 | None = None, r: Quat | None = None) -> None:
        if p is not None:
            self.p = p
        if r is not None:
            self.r = r
        else:
            self.r.w = 1.0

    @staticmethod
    def from_buffer(buffer: Any) -> "Transform":
        """The pose in an element of an array of ``Transform.dtype``."""
        return from_buffer(Transform, buffer)

    def __mul__(self, other: "Transform") -> "Transform":
        return Transform(self.transform_point(other.p), self.r * other.r)

    def inverse(self) -> "Transform":
        """The opposite movement."""
        back = self.r.inverse()
        return Transform(-back.rotate(self.p), back)

    def transform_point(self, point: Vec3) -> Vec3:
        """The point, turned and moved."""
        return self.r.rotate(point) + self.p

    def transform_vector(self, vector: Vec3) -> Vec3:
        """The vector, turned."""
        return self.r.rotate(vector)

    def transform_points(self, points: np.ndarray) -> np.ndarray:
        """Points, an array of ``Vec3.dtype``, turned and moved."""
        return arrays.transform(self, points)

    def transform_vectors(self, vectors: np.ndarray) -> np.ndarray:
        """Vectors, an array of ``Vec3.dtype``, turned."""
        return arrays.rotate(self.r, vectors)
