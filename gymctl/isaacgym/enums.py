"""The enumerations and integer constants of ``gymapi``.

Members are integers: they compare with ints, fill integer fields of arrays, and are accepted wherever an int is.
"""

import enum
from typing import Any


class GymEnum(enum.IntEnum):
    """An enumeration that is an int but is printed by its name."""

    __str__ = enum.Enum.__str__
    __format__ = enum.Enum.__format__  # type: ignore[assignment]


class SimType(GymEnum):
    """A physics engine of Isaac Gym; here both mean MuJoCo."""

    SIM_PHYSX = 0
    SIM_FLEX = 1


class UpAxis(GymEnum):
    """The axis that points up."""

    UP_AXIS_Y = 0
    UP_AXIS_Z = 1


class DofDriveMode(GymEnum):
    """Which commands a DOF follows: none, position targets, velocity targets, or forces."""

    DOF_MODE_NONE = 0
    DOF_MODE_POS = 1
    DOF_MODE_VEL = 2
    DOF_MODE_EFFORT = 3


class DofType(GymEnum):
    """What a DOF moves: an angle or a distance."""

    DOF_INVALID = 0
    DOF_ROTATION = 1
    DOF_TRANSLATION = 2


class JointType(GymEnum):
    """How a joint lets two bodies move."""

    JOINT_INVALID = 0
    JOINT_FIXED = 1
    JOINT_REVOLUTE = 2
    JOINT_PRISMATIC = 3
    JOINT_BALL = 4
    JOINT_PLANAR = 5
    JOINT_FLOATING = 6


class CoordinateSpace(GymEnum):
    """The frame in which forces and positions are given."""

    ENV_SPACE = 0
    LOCAL_SPACE = 1
    GLOBAL_SPACE = 2


class IndexDomain(GymEnum):
    """What an index counts within: an actor, an env, or the whole simulation."""

    DOMAIN_ACTOR = 0
    DOMAIN_ENV = 1
    DOMAIN_SIM = 2


class ContactCollection(GymEnum):
    """In which substeps contact forces are collected."""

    CC_NEVER = 0
    CC_LAST_SUBSTEP = 1
    CC_ALL_SUBSTEPS = 2


class ImageType(GymEnum):
    """What a camera's picture shows."""

    IMAGE_COLOR = 0
    IMAGE_DEPTH = 1
    IMAGE_SEGMENTATION = 2
    IMAGE_OPTICAL_FLOW = 3


class MeshType(GymEnum):
    """What a mesh is for."""

    MESH_NONE = 0
    MESH_COLLISION = 1
    MESH_VISUAL = 2
    MESH_VISUAL_AND_COLLISION = 3


class MeshNormalMode(GymEnum):
    """Where a mesh's normals come from."""

    FROM_ASSET = 0
    COMPUTE_PER_VERTEX = 1
    COMPUTE_PER_FACE = 2


class CameraFollowMode(GymEnum):
    """What a camera takes from the body that it is attached to: the position, or the whole pose."""

    FOLLOW_POSITION = 0
    FOLLOW_TRANSFORM = 1


class TendonType(GymEnum):
    """A tendon that couples joints, or one that runs between points of bodies."""

    TENDON_FIXED = 0
    TENDON_SPATIAL = 1


class SoftMaterialType(GymEnum):
    """The model of a soft body's material."""

    MAT_COROTATIONAL = 0
    MAT_NEOHOOKEAN = 1


class TensorDataType(GymEnum):
    """The type of a tensor's elements."""

    DTYPE_FLOAT32 = 0
    DTYPE_UINT32 = 1
    DTYPE_UINT64 = 2
    DTYPE_UINT8 = 3
    DTYPE_INT16 = 4


class UsdMaterialMode(GymEnum):
    """How materials are written to a USD file."""

    USD_MATERIAL_DISPLAY_COLOR = 0
    USD_MATERIAL_MDL = 1
    USD_MATERIAL_PREVIEW_SURFACE = 2


def _numbered(name: str, doc: str, members: list[str]) -> type[GymEnum]:
    made: Any = GymEnum(name, [(member, number) for number, member in enumerate(members)], module=__name__)  # type: ignore
    made.__doc__ = doc
    return made


_DIGITS = "0123456789"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_AFTER_LETTERS = (
    "LEFT_BRACKET BACKSLASH RIGHT_BRACKET GRAVE_ACCENT ESCAPE TAB ENTER BACKSPACE INSERT DEL RIGHT LEFT DOWN UP "
    "PAGE_UP PAGE_DOWN HOME END CAPS_LOCK SCROLL_LOCK NUM_LOCK PRINT_SCREEN PAUSE"
)
_NUMPAD = "DEL DIVIDE MULTIPLY SUBTRACT ADD ENTER EQUAL"
_MODIFIERS = "LEFT_SHIFT LEFT_CONTROL LEFT_ALT LEFT_SUPER RIGHT_SHIFT RIGHT_CONTROL RIGHT_ALT RIGHT_SUPER MENU"

KeyboardInput = _numbered(
    "KeyboardInput",
    "The keys that a viewer can be asked to watch.",
    [
        "KEY_" + key
        for key in (
            *["SPACE", "APOSTROPHE", "COMMA", "MINUS", "PERIOD", "SLASH"],
            *_DIGITS,
            *["SEMICOLON", "EQUAL"],
            *_LETTERS,
            *_AFTER_LETTERS.split(),
            *(f"F{number}" for number in range(1, 13)),
            *(f"NUMPAD_{key}" for key in (*_DIGITS, *_NUMPAD.split())),
            *_MODIFIERS.split(),
        )
    ],
)

MouseInput = _numbered(
    "MouseInput",
    "The mouse buttons and movements that a viewer can be asked to watch.",
    [f"MOUSE_{button}_BUTTON" for button in ["LEFT", "RIGHT", "MIDDLE", "FORWARD", "BACK"]]
    + [f"MOUSE_{what}_{way}" for what in ("SCROLL", "MOVE") for way in ["RIGHT", "LEFT", "UP", "DOWN"]],
)

ALL = (
    SimType,
    UpAxis,
    DofDriveMode,
    DofType,
    JointType,
    CoordinateSpace,
    IndexDomain,
    ContactCollection,
    ImageType,
    MeshType,
    MeshNormalMode,
    CameraFollowMode,
    TendonType,
    SoftMaterialType,
    TensorDataType,
    UsdMaterialMode,
    KeyboardInput,
    MouseInput,
)

AXIS_NONE = 0
AXIS_X = 1
AXIS_Y = 2
AXIS_Z = 4
AXIS_TRANSLATION = 7
AXIS_TWIST = 8
AXIS_SWING_1 = 16
AXIS_SWING_2 = 32
AXIS_ROTATION = 56
AXIS_ALL = 63

STATE_NONE = 0
STATE_POS = 1
STATE_VEL = 2
STATE_ALL = 3

RIGID_BODY_NONE = 0
RIGID_BODY_DISABLE_GRAVITY = 1
RIGID_BODY_DISABLE_SIMULATION = 2
RIGID_BODY_ENABLE_GYROSCOPIC_FORCES = 4

INVALID_HANDLE = -1
DEFAULT_VIEWER_WIDTH = 1600
DEFAULT_VIEWER_HEIGHT = 900
