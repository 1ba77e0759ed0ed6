"""The constants of AnymalTerrain, as read from its YAML: scales, noise, perturbations, and the ground."""

from dataclasses import dataclass

from gymctl.config.config import TaskConfig
from gymctl.core.errors import InputError, suggest
from gymctl.tasks.locomotion.terrain import FLAT, Layout, Terrain, generate

_TERRAIN_TYPES = ("trimesh", "plane")


@dataclass(frozen=True)
class AnymalTerrainConstants:
    """Scales, under their names in the golden facts; see `from_config` for the YAML's keys."""

    dt: float
    lin_vel_scale: float
    ang_vel_scale: float
    dof_pos_scale: float
    dof_vel_scale: float
    height_meas_scale: float

    @classmethod
    def from_config(cls, config: TaskConfig) -> "AnymalTerrainConstants":
        """Reads IsaacGymEnvs' keys from the ``task:`` part of the config."""
        learn = config.env["learn"]
        return cls(
            dt=config.control_dt,
            lin_vel_scale=learn["linearVelocityScale"],
            ang_vel_scale=learn["angularVelocityScale"],
            dof_pos_scale=learn["dofPositionScale"],
            dof_vel_scale=learn["dofVelocityScale"],
            height_meas_scale=learn["heightMeasurementScale"],
        )


@dataclass(frozen=True)
class NoiseConstants:
    """Half widths of the uniform noise on what is observed, before scaling."""

    level: float
    """Multiplies the others."""
    lin_vel: float
    """[m/s]."""
    ang_vel: float
    """[rad/s]."""
    gravity: float
    dof_pos: float
    """[rad]."""
    dof_vel: float
    """[rad/s]."""
    height: float
    """[m]."""

    @classmethod
    def from_config(cls, config: TaskConfig) -> "NoiseConstants | None":
        """Reads IsaacGymEnvs' keys from the ``task:`` part of the config; None if there is to be no noise."""
        learn = config.env["learn"]
        if not learn["addNoise"]:
            return None
        return cls(
            level=learn["noiseLevel"],
            lin_vel=learn["linearVelocityNoise"],
            ang_vel=learn["angularVelocityNoise"],
            gravity=learn["gravityNoise"],
            dof_pos=learn["dofPositionNoise"],
            dof_vel=learn["dofVelocityNoise"],
            height=learn["heightMeasurementNoise"],
        )


@dataclass(frozen=True)
class PerturbationConstants:
    """Differences between robots, and pushes."""

    friction_range: tuple[float, float] | None
    """From where to where a robot's own friction is drawn; None leaves all the same."""
    push_interval: int
    """Control steps from push to push, 0 without pushes."""

    @classmethod
    def from_config(cls, config: TaskConfig) -> "PerturbationConstants":
        """Reads IsaacGymEnvs' keys from the ``task:`` part of the config."""
        learn = config.env["learn"]
        return cls(
            friction_range=tuple(learn["frictionRange"]) if learn["randomizeFriction"] else None,
            push_interval=round(learn["pushInterval_s"] / config.control_dt) if learn["pushRobots"] else 0,
        )


@dataclass(frozen=True)
class GroundConstants:
    """The ground, and where on it robots start."""

    friction: float
    """Sliding friction of the ground."""
    curriculum: bool
    """Whether robots begin on easy tiles and move on with success."""
    max_init_level: int | None
    """Hardest level to begin on; None for any."""
    promotion_distance: float
    """To be covered for the next level [m]."""
    layout: Layout | None
    """None for a plane."""

    @classmethod
    def from_config(cls, config: TaskConfig) -> "GroundConstants":
        """Reads IsaacGymEnvs' keys from the ``task:`` part of the config.

        Raises:
            InputError: There is no such kind of terrain, or its tiles can't be laid.
        """
        terrain = config.env["terrain"]
        kind = terrain["terrainType"]
        if kind not in _TERRAIN_TYPES:
            raise InputError(
                f"task.env.terrain.terrainType can't be {kind!r}",
                suggest(kind, _TERRAIN_TYPES) or f"give {' or '.join(_TERRAIN_TYPES)}",
            )
        return cls(
            friction=terrain["dynamicFriction"],
            curriculum=terrain["curriculum"],
            max_init_level=terrain["maxInitMapLevel"] if terrain["curriculum"] else None,
            promotion_distance=terrain["mapLength"] / 2,
            layout=Layout.from_config(terrain) if kind == "trimesh" else None,
        )

    def terrain(self) -> Terrain:
        """The terrain of the layout, or level ground."""
        return FLAT if self.layout is None else generate(self.layout)
