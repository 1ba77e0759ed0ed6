"""What Isaac Gym hands out as opaque handles: simulations, assets and envs; and the actors in envs."""

from dataclasses import dataclass, field
from functools import cached_property
from time import perf_counter
from typing import TYPE_CHECKING, Any

import mujoco
import numpy as np
import torch

from gymctl.isaacgym.enums import UpAxis
from gymctl.isaacgym.gym.bodies import BodyTable, bodies_of, packed
from gymctl.isaacgym.layouts import DOF_PROPERTIES
from gymctl.isaacgym.options import AssetOptions, SimParams
from gymctl.isaacgym.properties import RigidShapeProperties, TendonProperties
from gymctl.isaacgym.structs import names
from gymctl.isaacgym.values import Transform, Vec3
from gymctl.scene.assets.asset import Asset as Source
from gymctl.scene.ground import Ground
from gymctl.scene.worlds import SensorFrame

if TYPE_CHECKING:
    from gymctl.isaacgym.gym.live import Live
    from gymctl.isaacgym.gym.viewers import Viewer

ShapeRows = tuple[tuple[float, ...], ...]
"""Values of `SHAPE_FIELDS`, a row for each shape."""

SHAPE_FIELDS = tuple(names(RigidShapeProperties))


class Asset:
    """A robot or object, as `Gym.load_asset` gives it.

    Args:
        source: What was read or made.
        options: As they were given.
    """

    def __init__(self, source: Source, options: AssetOptions) -> None:
        self.source = source
        self.speed_limits = float(options.max_linear_velocity), float(options.max_angular_velocity)
        """Of a free root [m/s, rad/s]."""
        self.sensors: list[SensorFrame] = []
        self.shapes: ShapeRows = tuple(
            tuple({"friction": shape.friction, "restitution": shape.restitution}.get(name, 0) for name in SHAPE_FIELDS)
            for shape in source.shapes
        )
        """What its next actors' shapes will have."""
        self.tendons: tuple[TendonProperties, ...] | None = None
        """What its next actors' tendons will have; None where that is what the file says."""
        self.tendon_limit_stiffness = float(options.tendon_limit_stiffness)
        self.indices = {link.name: index for index, link in enumerate(source.links)}
        """Of links, by name."""
        self.dof_properties = _dof_properties(source)

    @cached_property
    def model(self) -> mujoco.MjModel:
        """It alone, compiled."""
        return self.source.spec.copy().compile()

    @cached_property
    def bodies(self) -> BodyTable:
        """Masses and inertias of its links."""
        return bodies_of(self.model, [self.model.body(link.body).id for link in self.source.links])

    @cached_property
    def packed_bodies(self) -> bytes:
        """The memory of its links' properties."""
        return packed(self.bodies)


class Actor:
    """An asset in an env. What is None is as its asset has it."""

    __slots__ = (
        "asset",
        "bodies",
        "dof_properties",
        "filter",
        "group",
        "has_dof_forces",
        "index",
        "name",
        "pose",
        "scale",
        "shape_filters",
        "shapes",
        "tendon_offsets",
        "tendons",
    )

    def __init__(self, index: int, asset: Asset, pose: tuple[float, ...], name: str, group: int, filter: int) -> None:
        self.index = index
        self.asset = asset
        self.pose = pose
        """Position and xyzw quaternion in the env's frame."""
        self.name = name
        self.group = group
        self.filter = filter
        self.shapes = asset.shapes
        self.tendons = asset.tendons
        self.tendon_offsets: dict[int, float] = {}
        """Added to the lengths of its tendons, by their index [m]; 0 for others."""
        self.shape_filters: tuple[int, ...] | None = None
        self.dof_properties: np.ndarray | None = None
        self.bodies: BodyTable | None = None
        self.scale = 1.0
        self.has_dof_forces = False


class Env:
    """One env, as `Gym.create_env` gives it."""

    __slots__ = ("actors", "attractors", "cameras", "index", "origin", "sim")

    def __init__(self, sim: "Sim", index: int, origin: tuple[float, float, float]) -> None:
        self.sim = sim
        self.index = index
        self.origin = origin
        """In the world [m]."""
        self.actors: list[Actor] = []
        self.attractors: list[Any] = []
        self.cameras = 0
        """How many were made."""


@dataclass(eq=False)
class Sim:
    """A simulation, as `Gym.create_sim` gives it."""

    params: SimParams
    device: torch.device
    """Where tensors are."""
    graphics_device: int = -1
    ground: Ground = field(default_factory=Ground)
    envs: list[Env] = field(default_factory=list)
    live: "Live | None" = None
    """Its worlds, once it is prepared."""
    frames: int = 0
    time: float = 0.0
    """Simulated [s]."""
    started: float = field(default_factory=perf_counter)
    changed: set[int] = field(default_factory=set)
    """Envs whose properties were set since the worlds were made."""
    timesteps: int = 1
    """MuJoCo's timesteps in a substep."""
    hard_contacts: bool = False
    """Whether contacts and limits are as hard as the timestep allows."""
    buffers: dict[str, torch.Tensor] = field(default_factory=dict)
    """The tensors that were acquired, by the middle of the method's name."""
    viewer: "Viewer | None" = None
    """The last one that was created."""
    colours: dict[tuple[int, int, int], tuple[float, float, float]] = field(default_factory=dict)
    """Of links, rgb from 0 to 1, by env, actor and the link's index in it; of envs that a screen can show."""
    is_recoloured: bool = False
    """Whether these have changed since they were drawn."""

    @property
    def is_y_up(self) -> bool:
        """Whether y points up: by its parameters, whose default it is, unless gravity acts along z."""
        gravity = self.params.gravity
        return int(self.params.up_axis) == UpAxis.UP_AXIS_Y and abs(gravity.z) <= abs(gravity.y)


def _dof_properties(source: Source) -> np.ndarray:
    dofs = source.dofs
    table = np.zeros(len(dofs.names), DOF_PROPERTIES)
    table["hasLimits"], table["lower"], table["upper"] = dofs.has_limits, dofs.lower, dofs.upper
    table["driveMode"], table["velocity"] = dofs.drive_mode, dofs.velocity
    table["effort"] = np.minimum(dofs.effort, np.finfo(np.float32).max)
    table["stiffness"], table["damping"] = dofs.stiffness, dofs.damping
    table["friction"], table["armature"] = dofs.friction, dofs.armature
    return table


def as_pose(pose: Transform) -> tuple[float, ...]:
    """Position and xyzw quaternion of a transform."""
    p, r = pose.p, pose.r
    return p.x, p.y, p.z, r.x, r.y, r.z, r.w


def as_vector(vector: Vec3) -> tuple[float, float, float]:
    """Components of a vector."""
    return vector.x, vector.y, vector.z
