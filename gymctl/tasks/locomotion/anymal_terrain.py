"""AnymalTerrain: a four-legged robot walks over rough ground as it is told to, on harder tiles with every success."""

import math
from dataclasses import dataclass
from typing import Any

import mujoco
import torch
from torch import Tensor

from gymctl.config.config import TaskConfig
from gymctl.core.errors import InputError, suggest
from gymctl.sim.frames import RootState, root_state
from gymctl.sim.rotations import rotation_matrix
from gymctl.sim.rows import assign, take
from gymctl.sim.simulation import EnvIds, Simulation
from gymctl.tasks.locomotion import terrain
from gymctl.tasks.locomotion.anymal import AnymalRobot, load_robot
from gymctl.tasks.locomotion.anymal_terrain_reward import (
    FEET,
    REWARD_TERMS,
    REWARD_WEIGHTS,
    base_motion,
    compute_air_time,
    compute_reward,
    compute_reward_terms,
    compute_termination,
)

_TERRAIN_TYPES = ("trimesh", "plane")
_FRICTION_BUCKETS = 100


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
        learn = config["env"]["learn"]
        return cls(
            dt=config.control_dt,
            lin_vel_scale=learn["linearVelocityScale"],
            ang_vel_scale=learn["angularVelocityScale"],
            dof_pos_scale=learn["dofPositionScale"],
            dof_vel_scale=learn["dofVelocityScale"],
            height_meas_scale=learn["heightMeasurementScale"],
        )


class AnymalTerrain(AnymalRobot):
    """Walk with the four-legged ANYmal at commanded velocities over slopes, stairs and obstacles."""

    num_observations = 188
    episode_info_names = (*(f"rew_{term}" for term in REWARD_TERMS), "terrain_level")

    def __init__(self, config: TaskConfig, sim: Simulation, generator: torch.Generator) -> None:
        super().__init__(config, sim, generator)
        num_envs, device, learn = sim.num_envs, sim.device, self.env_config["learn"]
        self.constants = AnymalTerrainConstants.from_config(config)
        self.weights = torch.tensor([learn[key] for key in REWARD_WEIGHTS.values()], device=device) * self.constants.dt
        self.terminal_weight: float = learn["terminalReward"] * self.constants.dt
        self.allow_knee_contacts: bool = learn["allowKneeContacts"]
        self.command_ranges: dict[str, tuple[float, float]] = self.env_config["randomCommandVelocityRanges"]
        self.noise_scales = compute_noise_scales(learn).to(device) if learn["addNoise"] else None
        self.push_interval = round(learn["pushInterval_s"] / self.constants.dt) if learn["pushRobots"] else 0
        self.episode_seconds = self.max_episode_length * self.dt
        self.height_points = height_points().to(device)
        self._place_on_terrain(self.env_config["terrain"])
        if learn["randomizeFriction"]:
            self._draw_friction(learn["frictionRange"])
        self.commands = torch.zeros(num_envs, 4, device=device)
        """Velocity forward and sideways, turning rate, and the heading that it follows [m/s, m/s, rad/s, rad]."""
        self.last_actions = torch.zeros_like(self.actions)
        self.last_dof_vel = torch.zeros_like(self.actions)
        self.feet_air_time = torch.zeros(num_envs, 4, device=device)
        self.walked = torch.full((num_envs,), -1.0, device=device)
        """Distance from the tile's middle [m]; negative before the episode's first step, and where a world diverged."""
        self.reward_sums = torch.zeros(num_envs, len(REWARD_TERMS), device=device)
        self._steps = 0

    def _place_on_terrain(self, config: dict[str, Any]) -> None:
        sim = self.sim
        ground = _terrain(config)
        heights = torch.from_numpy(ground.heights).to(sim.device)
        self.lowest = terrain.lowest_corners(heights)
        self.tile_origins = torch.from_numpy(ground.origins).float().to(sim.device)
        levels, types, _ = self.tile_origins.shape
        self.curriculum: bool = config["curriculum"]
        self.promotion_distance = config["mapLength"] / 2
        highest = min(config["maxInitMapLevel"] + 1, levels) if self.curriculum else levels
        self.levels = self._integers(highest)
        self.types = self._integers(types)
        self.origins = self.tile_origins[self.levels, self.types]

    def _integers(self, high: int) -> Tensor:
        return torch.randint(high, (self.sim.num_envs,), generator=self.generator, device=self.sim.device)

    def _draw_friction(self, limits: tuple[float, float]) -> None:
        """Gives each robot one of 100 frictions; the ground's share in the mean is in the model."""
        buckets = self.uniform(*limits, _FRICTION_BUCKETS)
        own = buckets[torch.arange(self.sim.num_envs, device=self.sim.device) % _FRICTION_BUCKETS]
        robot = torch.from_numpy(self.sim.model.geom_bodyid != 0).to(self.sim.device)
        ground = self.env_config["terrain"]["dynamicFriction"]
        self.sim.expand("geom_friction")[:, robot, 0] = ((own + ground) / 2)[:, None].to(self.sim.dtype)

    @classmethod
    def build_model(cls, config: TaskConfig) -> mujoco.MjModel:
        """The model with the configured drives, see `load_robot`, on a height field or on a plane.

        Raises:
            InputError: There is no such kind of terrain.
        """
        ground = config["env"]["terrain"]
        spec = load_robot("anymal_terrain.xml", config, ground["dynamicFriction"])
        generated = _terrain(ground)
        if generated is not terrain.FLAT:
            terrain.add_height_fields(spec, generated, replaced="floor")
        return spec.compile()

    def observe(self, ids: EnvIds | None = None) -> Tensor:
        """See `compute_observations`; after a step also pushes the robots when it is time, and turns their commands."""
        if ids is None:
            self._steps += 1
            self.limit_dof_vel()
            if self.push_interval and self._steps % self.push_interval == 0:
                self.sim.qvel[:, :2] = self.uniform(-1.0, 1.0, self.sim.num_envs, 2).to(self.sim.dtype)
        qpos, qvel = take(self.sim.qpos, ids).float(), take(self.sim.qvel, ids).float()
        root = root_state(qpos, qvel)
        commands = compute_commands(root.quat, take(self.commands, ids))
        if ids is None:
            self.commands.copy_(commands)
            self.walked.copy_(torch.linalg.vector_norm(root.pos[:, :2] - self.origins[:, :2], dim=1))
        else:
            assign(self.commands, commands, ids)
        heights = terrain.measure_heights(root.pos, root.quat, self.height_points, self.lowest)
        observations = compute_observations(
            root, qpos[:, 7:], qvel[:, 6:], commands, heights, take(self.actions, ids), self.constants
        )
        if self.noise_scales is not None:
            observations += self.uniform(-1.0, 1.0, *observations.shape) * self.noise_scales
        return observations

    def reward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """See `compute_reward_terms`; their sum counts from 0 up, before the reward of a termination."""
        qpos, qvel = self.sim.qpos.float(), self.sim.qvel.float()
        dof_vel = qvel[:, 6:]
        contact_forces = self.contact_forces()
        touchdown, air_time = compute_air_time(self.feet_air_time, contact_forces[:, FEET], self.constants.dt)
        terms = self.weights * compute_reward_terms(
            root_state(qpos, qvel),
            qpos[:, 7:] - self.default_dof_pos,
            dof_vel - self.last_dof_vel,
            self.commands,
            self.joint_torques.float(),
            contact_forces,
            touchdown,
            self.actions - self.last_actions,
        )
        terminated = compute_termination(contact_forces, allow_knee_contacts=self.allow_knee_contacts)
        self.feet_air_time.copy_(air_time)
        self.last_dof_vel.copy_(dof_vel)
        self.last_actions.copy_(self.actions)
        self.reward_sums += terms
        return compute_reward(terms, terminated, self.terminal_weight), terminated

    def episode_info(self) -> Tensor:
        """Each reward term per second of a whole episode, and the level of the tile."""
        return torch.cat((self.reward_sums / self.episode_seconds, self.levels[:, None]), dim=1)

    def forget(self, diverged: Tensor) -> None:
        """How far a robot has walked is not known when its world has been put back to the model's start."""
        self.walked.masked_fill_(diverged, -1.0)

    def reset(self, ids: EnvIds) -> None:
        """A start within half a metre of a tile's middle, see `put_start_states`, and new commands."""
        n = ids.shape[0]
        if self.curriculum:
            self._change_level(ids)
        assign(self.walked, -1.0, ids)
        origins = take(self.origins, ids).clone()
        origins[:, :2] += self.uniform(-0.5, 0.5, n, 2)
        self.put_start_states(ids, origins)
        drawn = torch.zeros(n, 4, device=self.sim.device)
        for column, key in ((0, "linear_x"), (1, "linear_y"), (3, "yaw")):
            drawn[:, column] = self.uniform(*self.command_ranges[key], n)
        drawn *= torch.linalg.vector_norm(drawn[:, :2], dim=1, keepdim=True) > 0.25
        assign(self.commands, drawn, ids)
        assign(self.last_actions, 0.0, ids)
        assign(self.last_dof_vel, take(self.sim.qvel, ids)[:, 6:], ids)
        assign(self.feet_air_time, 0.0, ids)
        assign(self.reward_sums, 0.0, ids)

    def _change_level(self, ids: EnvIds) -> None:
        levels = compute_levels(
            take(self.levels, ids),
            take(self.walked, ids),
            take(self.commands, ids),
            self.episode_seconds,
            self.promotion_distance,
            num_levels=self.tile_origins.shape[0],
        )
        assign(self.levels, levels, ids)
        assign(self.origins, self.tile_origins[levels, take(self.types, ids)], ids)


def _terrain(config: dict[str, Any]) -> terrain.Terrain:
    kind = config["terrainType"]
    if kind not in _TERRAIN_TYPES:
        raise InputError(
            f"task.env.terrain.terrainType can't be {kind!r}",
            suggest(kind, _TERRAIN_TYPES) or f"give {' or '.join(_TERRAIN_TYPES)}",
        )
    return terrain.FLAT if kind == "plane" else terrain.generate(terrain.Layout.from_config(config))


def height_points() -> Tensor:
    """Where the ground is measured: in the trunk's yaw frame, but for the lines through its middle ``[140, 2]`` [m]."""
    x = 0.1 * torch.tensor([i for i in range(-8, 9) if abs(i) > 1])
    y = 0.1 * torch.tensor([i for i in range(-5, 6) if i])
    return torch.cartesian_prod(x, y)


def compute_commands(quat: Tensor, commands: Tensor) -> Tensor:
    """Commands whose turning rate leads to their heading.

    One quirk is kept, for policies see its effect: errors below -π are not wrapped, so such a robot turns the long way.

    Args:
        quat: The trunk's orientation, xyzw ``[N, 4]``.
        commands: Velocity forward, sideways, turning rate, heading ``[N, 4]`` [m/s, m/s, rad/s, rad].
    """
    matrix = rotation_matrix(quat)
    heading = torch.atan2(matrix[:, 1, 0], matrix[:, 0, 0])
    error = torch.fmod(commands[:, 3] - heading, 2.0 * math.pi)
    error = torch.where(error > math.pi, error - 2.0 * math.pi, error)
    return torch.cat((commands[:, :2], (0.5 * error).clamp(-1.0, 1.0)[:, None], commands[:, 3:]), dim=1)


def compute_observations(
    root: RootState,
    dof_pos: Tensor,
    dof_vel: Tensor,
    commands: Tensor,
    heights: Tensor,
    actions: Tensor,
    constants: AnymalTerrainConstants,
) -> Tensor:
    """The 188 observations of IsaacGymEnvs' AnymalTerrain without noise, ``[N, 188]``.

    One quirk is kept, for policies see it: joint angles are absolute, though actions count from the default ones.

    Args:
        root: The trunk's state.
        dof_pos: Joint angles ``[N, 12]`` [rad].
        dof_vel: Joint velocities ``[N, 12]`` [rad/s].
        commands: As in `compute_commands` ``[N, 4]``.
        heights: Of the ground at `height_points` ``[N, 140]`` [m].
        actions: This step's actions ``[N, 12]``.
        constants: Scales.
    """
    c, base = constants, base_motion(root)
    return torch.cat(
        (
            base.lin_vel * c.lin_vel_scale,
            base.ang_vel * c.ang_vel_scale,
            base.gravity,
            commands[:, :2] * c.lin_vel_scale,
            commands[:, 2:3] * c.ang_vel_scale,
            dof_pos * c.dof_pos_scale,
            dof_vel * c.dof_vel_scale,
            (root.pos[:, 2:] - 0.5 - heights).clamp(-1.0, 1.0) * c.height_meas_scale,
            actions,
        ),
        dim=1,
    )


def compute_noise_scales(learn: dict[str, Any]) -> Tensor:
    """Half widths of the uniform noise on each observation ``[188]``, from the ``learn:`` section of the config."""
    widths = (
        (3, learn["linearVelocityNoise"] * learn["linearVelocityScale"]),
        (3, learn["angularVelocityNoise"] * learn["angularVelocityScale"]),
        (3, learn["gravityNoise"]),
        (3, 0.0),
        (12, learn["dofPositionNoise"] * learn["dofPositionScale"]),
        (12, learn["dofVelocityNoise"] * learn["dofVelocityScale"]),
        (140, learn["heightMeasurementNoise"] * learn["heightMeasurementScale"]),
        (12, 0.0),
    )
    return learn["noiseLevel"] * torch.cat([torch.full((count,), width) for count, width in widths])


def compute_levels(
    levels: Tensor,
    walked: Tensor,
    commands: Tensor,
    episode_seconds: float,
    promotion_distance: float,
    *,
    num_levels: int,
) -> Tensor:
    """Levels ``[N]`` of the next episodes: up for walking far, down for walking less than a quarter of what was told.

    From the hardest level the next one is the easiest.

    Args:
        levels: Of the ended episodes ``[N]``.
        walked: Distance covered ``[N]`` [m]; where it is negative, it isn't known and the level stays.
        commands: As in `compute_commands` ``[N, 4]``.
        episode_seconds: Length of a whole episode [s].
        promotion_distance: To be covered for the next level [m].
        num_levels: How many there are.
    """
    told = torch.linalg.vector_norm(commands[:, :2], dim=1) * episode_seconds
    lagged = (walked >= 0) & (walked < 0.25 * told)
    change = (walked > promotion_distance).long() - lagged.long()
    return (levels + change).clamp(min=0) % num_levels
