"""The value classes of ``gymapi``: velocities, matrices, states, and the descriptor of a tensor; and its geometry."""

import ctypes
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from gymctl.isaacgym import layouts
from gymctl.isaacgym.enums import TensorDataType
from gymctl.isaacgym.geometry import Quat, Transform, Vec2, Vec3  # noqa: F401  values, too
from gymctl.isaacgym.structs import Struct, from_buffer, struct

if TYPE_CHECKING:
    import torch


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
