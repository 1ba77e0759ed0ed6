"""The properties of ``gymapi``: of bodies, shapes, sensors, actuators, tendons, attractors; and contacts."""

import ctypes

from gymctl.isaacgym.enums import SoftMaterialType, TendonType
from gymctl.isaacgym.structs import Struct, struct
from gymctl.isaacgym.values import Int3, Mat33, SpatialForce, Transform, Vec2, Vec3


@struct
class RigidBodyProperties(Struct):
    """Mass in kg, centre of mass in the body's frame, inertia about it in kg m², and the ``RIGID_BODY_*`` flags."""

    __slots__ = ()
    mass: float
    invMass: float  # noqa: N815
    com: Vec3
    inertia: Mat33
    invInertia: Mat33  # noqa: N815
    flags: int


@struct
class RigidShapeProperties(Struct):
    """Friction, restitution, offsets in m, and the bits of the collision filter of a shape."""

    __slots__ = ()
    friction: float = 1.0
    rolling_friction: float = 0.0
    torsion_friction: float = 0.0
    restitution: float = 0.0
    compliance: float = 0.0
    thickness: float = 0.02
    contact_offset: float = 0.02
    rest_offset: float = 0.001
    filter: int = 0


@struct
class ForceSensorProperties(Struct):
    """Which forces a sensor measures, and in which frame."""

    __slots__ = ()
    enable_forward_dynamics_forces: bool = True
    enable_constraint_solver_forces: bool = True
    use_world_frame: bool = False


@struct
class ForceSensor(Struct):
    """A force sensor's reading."""

    __slots__ = ()
    _global_index: int = -1
    _forces: SpatialForce

    def get_global_index(self) -> int:
        """The sensor's row in the force sensor tensor."""
        return self._global_index

    def get_forces(self) -> SpatialForce:
        """Force and torque."""
        return self._forces


@struct
class ActuatorProperties(Struct):
    """An actuator of an MJCF file."""

    __slots__ = ()
    type: int
    control_limited: bool
    force_limited: bool
    kp: float
    kv: float
    motor_effort: float
    lower_control_limit: float
    upper_control_limit: float
    lower_force_limit: float
    upper_force_limit: float


@struct
class TendonProperties(Struct):
    """A tendon's springs, dampers and limits."""

    __slots__ = ()
    type: TendonType = TendonType.TENDON_FIXED
    num_joints: int = 0
    num_attachments: int = 0
    stiffness: float = 0.0
    damping: float = 0.0
    limit_stiffness: float = 0.0
    is_fixed_limited: bool = False
    fixed_lower_limit: float = 0.0
    fixed_upper_limit: float = 0.0
    fixed_spring_rest_length: float = 0.0


@struct
class AttractorProperties(Struct):
    """A spring that pulls a point of a body to a pose in the env, along the ``AXIS_*`` that are set."""

    __slots__ = ()
    rigid_handle: int = -1
    axes: int = 0
    target: Transform
    offset: Transform
    stiffness: float = 0.0
    damping: float = 0.0


@struct
class SoftMaterial(Struct):
    """The material of a soft body."""

    __slots__ = ()
    model: SoftMaterialType = SoftMaterialType.MAT_COROTATIONAL
    youngs: float = 0.0
    poissons: float = 0.0
    damping: float = 0.0
    activation: float = 0.0
    activationMax: float = 0.0  # noqa: N815


@struct
class PerformanceTimers(Struct):
    """Seconds spent since the last query."""

    __slots__ = ()
    frame_idling: float
    graphics_image_retrieval: float
    graphics_sensor_rendering: float
    graphics_viewer_rendering: float
    physics_data_movement: float
    physics_sim: float
    total_time: float


class RigidContact(Struct):
    """A contact between two bodies; -1 stands for the ground, and for the env of what belongs to none."""

    __slots__ = ()
    _fields_ = (
        ("env0", ctypes.c_int64),
        ("env1", ctypes.c_int64),
        ("body0", ctypes.c_int64),
        ("body1", ctypes.c_int64),
        ("local_pos0", Vec3),
        ("local_pos1", Vec3),
        ("min_dist", ctypes.c_float),
        ("initial_overlap", ctypes.c_float),
        ("normal", Vec3),
        ("offset0", Vec3),
        ("offset1", Vec3),
        ("lambda", ctypes.c_float),
        ("lambda_friction", Vec2),
        ("friction", ctypes.c_float),
        ("torsion_friction", ctypes.c_float),
        ("rolling_friction", ctypes.c_float),
    )

    def __init__(self) -> None:
        self.env0 = self.env1 = self.body0 = self.body1 = -1


class SoftContact(Struct):
    """A contact between a particle of a soft body and a rigid body."""

    __slots__ = ()
    _fields_ = (
        ("env0", ctypes.c_int64),
        ("env1", ctypes.c_int64),
        ("bodyIndex", ctypes.c_int64),
        ("particleIndices", Int3),
        ("particleBarys", Vec3),
        ("normal", Vec3),
        ("lambda", ctypes.c_float),
    )

    def __init__(self) -> None:
        self.env0 = self.env1 = self.bodyIndex = -1


class UsdExporter:
    """Writes USD files; made by ``Gym`` only."""
