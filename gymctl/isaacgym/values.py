"""The value classes of ``gymapi``: vectors, quaternions (xyzw), poses, states, and the descriptor of a tensor."""

import ctypes
import math
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from gymctl.isaacgym import arrays, layouts
from gymctl.isaacgym.enums import TensorDataType
from gymctl.isaacgym.structs import Struct, from_buffer, struct

if TYPE_CHECKING:
    import torch


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


@struct
class Velocity(Struct):
    """Linear velocity in m/s and angular velocity in rad/s."""

    __slots__ = ()
    dtype: ClassVar[np.dtype] = layouts.VELOCITY
    linear: Vec3
    angular: Vec3

    def __init__(self, p: Vec3 | None = None, q: Vec3 | None = None) -> None:
        if p is not None:
            self.linear = p
        if q is not None:
            self.angular = q

    @staticmethod
    def from_buffer(buffer: Any) -> "Velocity":
        """The velocities in an element of an array of ``Velocity.dtype``."""
        return from_buffer(Velocity, buffer)


@struct
class Mat33(Struct):
    """A symmetric 3x3 matrix, as an inertia tensor."""

    __slots__ = ()
    x: Vec3
    y: Vec3
    z: Vec3


@struct
class Mat44(Struct):
    """A 4x4 matrix of zeros."""

    __slots__ = ()
    x: Quat = Quat(0.0, 0.0, 0.0, 0.0)
    y: Quat = Quat(0.0, 0.0, 0.0, 0.0)
    z: Quat = Quat(0.0, 0.0, 0.0, 0.0)
    w: Quat = Quat(0.0, 0.0, 0.0, 0.0)


@struct
class Int2(Struct):
    """Two integers."""

    __slots__ = ()
    dtype: ClassVar[np.dtype] = layouts.INT2
    x: int
    y: int

    def __init__(self, x: int = 0, y: int = 0) -> None:
        ctypes.Structure.__init__(self, x, y)


@struct
class Int3(Struct):
    """Three integers."""

    __slots__ = ()
    dtype: ClassVar[np.dtype] = layouts.INT3
    x: int
    y: int
    z: int

    def __init__(self, x: int = 0, y: int = 0, z: int = 0) -> None:
        ctypes.Structure.__init__(self, x, y, z)


@struct
class IndexRange(Struct):
    """A slice of a list: its first index and how many."""

    __slots__ = ()
    start: int
    count: int

    def __init__(self, start: int = 0, count: int = 0) -> None:
        ctypes.Structure.__init__(self, start, count)


@struct
class DofState(Struct):
    """Position in rad or m, velocity in rad/s or m/s."""

    __slots__ = ()
    dtype: ClassVar[np.dtype] = layouts.DOF_STATE
    pos: float
    vel: float

    def __init__(self, pos: float = 0.0, vel: float = 0.0) -> None:
        ctypes.Structure.__init__(self, pos, vel)


@struct
class DofFrame(Struct):
    """Where a DOF acts, and along or about which axis, in the env's frame."""

    __slots__ = ()
    dtype: ClassVar[np.dtype] = layouts.DOF_FRAME
    origin: Vec3
    axis: Vec3

    def __init__(self, origin: Vec3 | None = None, axis: Vec3 | None = None) -> None:
        if origin is not None:
            self.origin = origin
        if axis is not None:
            self.axis = axis

    @staticmethod
    def from_buffer(buffer: Any) -> "DofFrame":
        """The frame in an element of an array of ``DofFrame.dtype``."""
        return from_buffer(DofFrame, buffer)


@struct
class RigidBodyState(Struct):
    """Pose and velocity of a body."""

    __slots__ = ()
    dtype: ClassVar[np.dtype] = layouts.RIGID_BODY_STATE
    pose: Transform
    vel: Velocity


@struct
class ParticleState(Struct):
    """Position (with the inverse mass), velocity and normal of a particle."""

    __slots__ = ()
    dtype: ClassVar[np.dtype] = layouts.PARTICLE_STATE
    position: Quat = Quat(0.0, 0.0, 0.0, 0.0)
    velocity: Vec3
    normal: Quat = Quat(0.0, 0.0, 0.0, 0.0)


@struct
class SpatialForce(Struct):
    """Force in N and torque in N m."""

    __slots__ = ()
    force: Vec3
    torque: Vec3


@struct
class Version(Struct):
    """A version number of Isaac Gym's core."""

    __slots__ = ()
    major: int
    minor: int


class ActionEvent(NamedTuple):
    """What a user did in the viewer: the subscribed action, 1 for pressed and 0 for released."""

    action: str = ""
    value: float = 0.0


class Tensor:
    """Stands for a torch tensor in the calls of ``Gym``; ``gymtorch`` makes and opens it.

    Attributes:
        torch_tensor: The tensor itself; None in an empty descriptor.
    """

    __slots__ = ("torch_tensor",)

    def __init__(self, torch_tensor: "torch.Tensor | None" = None) -> None:
        self.torch_tensor = torch_tensor

    @property
    def data_address(self) -> int:
        """Where the data is; 0 in an empty descriptor."""
        return 0 if self.torch_tensor is None else self.torch_tensor.data_ptr()

    @property
    def data_ptr(self) -> ctypes.c_void_p:
        """Where the data is, as a pointer."""
        return ctypes.c_void_p(self.data_address)

    @property
    def device(self) -> int:
        """The number of the GPU that has the data; -1 for the CPU."""
        if self.torch_tensor is None or self.torch_tensor.device.type == "cpu":
            return -1
        return self.torch_tensor.device.index or 0

    @property
    def dtype(self) -> TensorDataType:
        """The type of the elements; that of their bits for int32, int64 and bool."""
        if self.torch_tensor is None:
            return TensorDataType.DTYPE_FLOAT32
        return _DATA_TYPES[str(self.torch_tensor.dtype).removeprefix("torch.")]

    @property
    def own_data(self) -> bool:
        """False: the data belongs to the torch tensor."""
        return False

    @property
    def shape(self) -> tuple[int, ...]:
        """The size of each dimension."""
        return () if self.torch_tensor is None else tuple(self.torch_tensor.shape)

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)


_DATA_TYPES = {
    "float32": TensorDataType.DTYPE_FLOAT32,
    "int32": TensorDataType.DTYPE_UINT32,
    "uint32": TensorDataType.DTYPE_UINT32,
    "int64": TensorDataType.DTYPE_UINT64,
    "uint64": TensorDataType.DTYPE_UINT64,
    "uint8": TensorDataType.DTYPE_UINT8,
    "bool": TensorDataType.DTYPE_UINT8,
    "int16": TensorDataType.DTYPE_INT16,
}
