"""What a robot or object is before it is put into a world: its tree as a MuJoCo spec, and what its file says of it."""

import math
from dataclasses import dataclass, field, fields
from enum import IntEnum

import mujoco
import numpy as np

from gymctl.core.errors import InputError

MOST_LINKS = 500
"""Of an asset: the time to simulate it grows with the third power of their number."""


class DriveMode(IntEnum):
    """What a DOF's drive follows; the numbers are Isaac Gym's."""

    NONE = 0
    POSITION = 1
    VELOCITY = 2
    EFFORT = 3


@dataclass(frozen=True)
class ImportOptions:
    """How files are read; names and defaults as in Isaac Gym's ``AssetOptions``.

    Raises:
        InputError: The density or the armature is negative or not finite.
    """

    fix_base_link: bool = False
    collapse_fixed_joints: bool = False
    """Merge links over fixed joints into their parents, except over joints that say ``dont_collapse="true"``."""
    replace_cylinder_with_capsule: bool = False
    default_dof_drive_mode: DriveMode = DriveMode.NONE
    """Of DOFs for which the file names no actuator."""
    density: float = 1000.0
    """Of links for which the file gives no mass [kg/m^3]."""
    armature: float = 0.0
    """Added to the inertia of every DOF [kg m^2 or kg]."""
    override_inertia: bool = False
    """Take the inertia from collision shapes, scaled to the mass, whatever the file says."""
    override_com: bool = False
    """Take the centre of mass from collision shapes, whatever the file says."""
    disable_gravity: bool = False
    visuals: bool = True
    """Read geometry that is only looked at; a file of it that is missing is left out."""

    def __post_init__(self) -> None:
        for name, value in (("density", self.density), ("armature", self.armature)):
            if not 0.0 <= value < math.inf:
                raise InputError(f"the asset's {name} can't be {value:g}", "give a finite number, 0 or more")


@dataclass
class DofTable:
    """What a file says of DOFs, in Isaac Gym's order; each array has an entry for a DOF."""

    names: tuple[str, ...]
    is_rotation: np.ndarray
    """bool; else a translation."""
    has_limits: np.ndarray
    """bool."""
    lower: np.ndarray
    """[rad or m]; 0 without limits."""
    upper: np.ndarray
    drive_mode: np.ndarray
    """int, see `DriveMode`."""
    velocity: np.ndarray
    """Largest speed [rad/s or m/s]."""
    effort: np.ndarray
    """Largest force of the drive [N m or N]; inf where nothing limits it."""
    stiffness: np.ndarray
    """[N m/rad or N/m]."""
    damping: np.ndarray
    """[N m s/rad or N s/m]."""
    friction: np.ndarray
    armature: np.ndarray
    """[kg m^2 or kg]."""


@dataclass(frozen=True)
class Link:
    """A rigid body of an asset."""

    name: str
    parent: int
    """Index of the link that it hangs on; -1 for the root."""
    joints: tuple[str, ...] = ()
    """Joints to its parent: one for a URDF's, fixed ones included; several or none for an MJCF's."""

    @property
    def body(self) -> str:
        """Name of its body in the spec, where ``world`` is taken."""
        return "world/" if self.name == "world" else self.name


@dataclass(frozen=True)
class Shape:
    """A collision shape of an asset: one geom of its spec."""

    geom: str
    link: int
    friction: float = 1.0
    """Sliding friction."""
    restitution: float = 0.0
    contype: int = 1
    """Bits of the file that say what it collides with, see MuJoCo's; a URDF has none."""
    conaffinity: int = 1


@dataclass(frozen=True)
class FileActuator:
    """An actuator that an MJCF names."""

    name: str
    joint: str
    kind: str
    """``motor``, ``position``, ``velocity`` or ``general``."""
    gear: float = 1.0
    kp: float = 0.0
    kv: float = 0.0
    control_range: tuple[float, float] | None = None
    force_range: tuple[float, float] | None = None


@dataclass(frozen=True)
class FileTendon:
    """A tendon that an MJCF names. A fixed one is as long as the sum of joint positions times coefficients."""

    name: str
    joints: tuple[str, ...]
    """That a fixed one couples; none of a spatial one."""
    coefficients: tuple[float, ...]
    """[m or m/rad]"""
    stiffness: float = 0.0
    """[N/m]"""
    damping: float = 0.0
    """[N s/m]"""
    range: tuple[float, float] | None = None
    """Limits of its length [m]; None without."""
    rest_length: float = 0.0
    """Of its spring [m]."""


@dataclass
class Asset:
    """A robot or object.

    ``spec`` has one body under its worldbody: the root, at the origin, with neither a free joint nor a mocap: whoever
    puts it into a world decides which. All of the root's own orientation in an MJCF is kept. It compiles alone.

    - Bodies, joints and geoms compile in the order of `links`, `dofs` and `shapes`: depth-first, and in a URDF children
      by the names of their joints. Geoms that are only looked at have ``contype`` and ``conaffinity`` 0, no mass and
      group 2; those of `shapes` have group 0, or 3 on links that have the former, so that they aren't seen. `Link.body`
      and the names of DOFs are names in the spec.
    - Every body has an explicit mass and inertia.
    - Each DOF is a hinge or slide of its name, or one of the two or three hinges that `gymctl.scene.spherical` merged
      into a ball joint named after the body. Limits and armature are in the spec; springs and dampers of the file too.
    - Each DOF has exactly one actuator, named after it and in their order, which gives as much force as its control
      says: gain 1, no bias, no limits. Those of `gymctl.scene.spherical` (springs, stops, locks) have other names.
    - It has no ground, no sensors, no contact excludes but those of the file.
    """

    name: str
    """As the file has it, or what made it (``box``)."""
    spec: mujoco.MjSpec
    options: ImportOptions
    links: list[Link]
    dofs: DofTable
    shapes: list[Shape]
    actuators: list[FileActuator] = field(default_factory=list)
    tendons: list[FileTendon] = field(default_factory=list)
    has_masks: bool = False
    """Whether `shapes` have ``contype`` and ``conaffinity`` of a file."""
    notes: list[str] = field(default_factory=list)
    """What of the file isn't simulated as in Isaac Gym, a short sentence each."""

    @property
    def joints(self) -> list[str]:
        """Names of all joints, fixed ones included, in the order of links."""
        return [name for link in self.links for name in link.joints]

    def find_dof(self, name: str) -> int:
        """Index of a DOF; -1 if there is none of that name."""
        return self.dofs.names.index(name) if name in self.dofs.names else -1


def empty_dofs() -> DofTable:
    """A table without DOFs, for objects."""
    arrays = {entry.name: np.zeros(0) for entry in fields(DofTable) if entry.name != "names"}
    return DofTable(names=(), **arrays)
