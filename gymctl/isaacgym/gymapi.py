"""``isaacgym.gymapi``: all of its classes, constants and functions."""
# ruff: noqa: F401

from gymctl.isaacgym import enums as _enums
from gymctl.isaacgym.arrays import (
    cross,
    dot,
    eulers_to_quats_zyx,
    quats_to_eulers_zyx,
    rotate,
    rotate_inverse,
    transform,
    transform_inverse,
)
from gymctl.isaacgym.enums import (
    AXIS_ALL,
    AXIS_NONE,
    AXIS_ROTATION,
    AXIS_SWING_1,
    AXIS_SWING_2,
    AXIS_TRANSLATION,
    AXIS_TWIST,
    AXIS_X,
    AXIS_Y,
    AXIS_Z,
    DEFAULT_VIEWER_HEIGHT,
    DEFAULT_VIEWER_WIDTH,
    INVALID_HANDLE,
    RIGID_BODY_DISABLE_GRAVITY,
    RIGID_BODY_DISABLE_SIMULATION,
    RIGID_BODY_ENABLE_GYROSCOPIC_FORCES,
    RIGID_BODY_NONE,
    STATE_ALL,
    STATE_NONE,
    STATE_POS,
    STATE_VEL,
    CameraFollowMode,
    ContactCollection,
    CoordinateSpace,
    DofDriveMode,
    DofType,
    ImageType,
    IndexDomain,
    JointType,
    KeyboardInput,
    MeshNormalMode,
    MeshType,
    MouseInput,
    SimType,
    SoftMaterialType,
    TendonType,
    TensorDataType,
    UpAxis,
    UsdMaterialMode,
)
from gymctl.isaacgym.gym import Asset, Env, Gym, Sim, Viewer, acquire_gym  # the handles and the calls
from gymctl.isaacgym.options import (
    AssetOptions,
    CameraProperties,
    FlexParams,
    HeightFieldParams,
    OmniConnectionParams,
    PhysXParams,
    PlaneParams,
    SimParams,
    TriangleMeshParams,
    UsdExportOptions,
    VhacdParams,
)
from gymctl.isaacgym.properties import (
    ActuatorProperties,
    AttractorProperties,
    ForceSensor,
    ForceSensorProperties,
    PerformanceTimers,
    RigidBodyProperties,
    RigidContact,
    RigidShapeProperties,
    SoftContact,
    SoftMaterial,
    TendonProperties,
    UsdExporter,
)
from gymctl.isaacgym.values import (
    ActionEvent,
    DofFrame,
    DofState,
    IndexRange,
    Int2,
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


def carb_init(config_str: str = "") -> bool:
    """Does nothing: Carbonite isn't used."""
    return True


globals().update({member.name: member for kind in _enums.ALL for member in kind})
