"""AnymalTerrain: a four-legged robot walks over rough ground as it is told to, on harder tiles with every success."""

import mujoco
import torch
from torch import Tensor
from typing_extensions import override

from gymctl.config.config import TaskConfig
from gymctl.scene.contacts import mix_frictions
from gymctl.scene.height_fields import add_height_fields, lowest_corners, measure_heights
from gymctl.sim.frames import wxyz_to_xyzw
from gymctl.sim.rotations import heading, rotation_matrix
from gymctl.sim.rows import assign, take
from gymctl.sim.simulation import EnvIds, Simulation
from gymctl.tasks.description import TaskDescription
from gymctl.tasks.locomotion.anymal_description import (
    BASE,
    describe_commands,
    describe_targets,
    describe_terrain_observations,
    describe_terrain_rewards,
)
from gymctl.tasks.locomotion.anymal_robot import AnymalRobot, describe_robot, load_robot
from gymctl.tasks.locomotion.anymal_terrain_constants import (
    AnymalTerrainConstants,
    GroundConstants,
    NoiseConstants,
    PerturbationConstants,
)
from gymctl.tasks.locomotion.anymal_terrain_maths import (
    FASTEST_TURN,
    LEVEL_HEIGHT,
    MAX_HEIGHT_DIFFERENCE,
    TURNING_GAIN,
    compute_commands,
    compute_levels,
    compute_noise_scales,
    compute_observations,
    height_points,
)
from gymctl.tasks.locomotion.anymal_terrain_reward import (
    FEET,
    REWARD_TERMS,
    RewardConstants,
    compute_air_time,
    compute_reward,
    compute_reward_terms,
    compute_termination,
)
from gymctl.tasks.locomotion.legged_robot import CommandRanges, LeggedRobotConstants
from gymctl.tasks.reward_terms import with_floor

_FRICTION_BUCKETS = 100


class AnymalTerrain(AnymalRobot):
    """Walk with the four-legged ANYmal at commanded velocities over slopes, stairs and obstacles."""

    num_observations = 188
    episode_info_names = (*(f"rew_{term}" for term in REWARD_TERMS), "terrain_level")

    def __init__(self, config: TaskConfig, sim: Simulation, generator: torch.Generator) -> None:
        super().__init__(config, sim, generator)
        num_envs, device = sim.num_envs, sim.device
        self.constants = AnymalTerrainConstants.from_config(config)
        self.reward_constants = RewardConstants.from_config(config)
        self.weights = torch.tensor(self.reward_constants.weights, device=device) * self.constants.dt
        self.terminal_weight = self.reward_constants.terminal_weight * self.constants.dt
        noise = NoiseConstants.from_config(config)
        self.noise_scales = compute_noise_scales(noise, self.constants).to(device) if noise else None
        self.episode_seconds = self.max_episode_length * self.constants.dt
        self.height_points = height_points().to(device)
        self.ground = GroundConstants.from_config(config)
        self._place_on_ground()
        perturbations = PerturbationConstants.from_config(config)
        self.push_interval = perturbations.push_interval
        if perturbations.friction_range:
            self._draw_friction(perturbations.friction_range)
        self.joint_torques = sim.output("actuator_force")
        """Of the drives in the last substep ``[num_envs, 12]`` [N m]."""
        self.commands = torch.zeros(num_envs, 4, device=device)
        """Velocity forward and sideways, turning rate, and the heading that it follows [m/s, m/s, rad/s, rad]."""
        self.last_actions = torch.zeros_like(self.actions)
        self.last_dof_vel = torch.zeros_like(self.actions)
        self.feet_air_time = torch.zeros(num_envs, 4, device=device)
        self.walked = torch.full((num_envs,), -1.0, device=device)
        """Distance from the tile's middle [m]; negative before the episode's first step, and where a world diverged."""
        self.reward_sums = torch.zeros(num_envs, len(REWARD_TERMS), device=device)
        self._steps = torch.zeros((), dtype=torch.int64, device=device)

    def _place_on_ground(self) -> None:
        ground, device = self.ground, self.sim.device
        terrain = ground.terrain()
        self.lowest = lowest_corners(torch.from_numpy(terrain.heights).to(device))
        self.tile_origins = torch.from_numpy(terrain.origins).float().to(device)
        levels, types, _ = self.tile_origins.shape
        highest = levels if ground.max_init_level is None else min(ground.max_init_level + 1, levels)
        self.levels = self._integers(highest)
        self.types = self._integers(types)
        self.origins = self.tile_origins[self.levels, self.types]

    def _integers(self, high: int) -> Tensor:
        return torch.randint(high, (self.sim.num_envs,), generator=self.generator, device=self.sim.device)

    def _draw_friction(self, limits: tuple[float, float]) -> None:
        """Gives each robot one of 100 frictions; the ground's share in the mean is in the model."""
        buckets = self.uniform(*limits, _FRICTION_BUCKETS)
        own = buckets[torch.arange(self.sim.num_envs, device=self.sim.device) % _FRICTION_BUCKETS]
        robot = torch.from_numpy(self.robot.geoms).to(self.sim.device)
        mixed = mix_frictions(own, self.ground.friction)
        self.sim.expand("geom_friction")[:, robot, 0] = mixed[:, None].to(self.sim.dtype)

    @classmethod
    def build_spec(cls, config: TaskConfig) -> mujoco.MjSpec:
        """The model with the configured drives, see `load_robot`, on a height field or on a plane.

        Raises:
            InputError: There is no such kind of terrain.
        """
        ground = GroundConstants.from_config(config)
        spec = load_robot("anymal_terrain.xml", config, ground.friction)
        if ground.layout:
            add_height_fields(spec, ground.terrain().heights, replaced="floor")
        return spec

    @classmethod
    def describe(cls, config: TaskConfig, model: mujoco.MjModel) -> TaskDescription:
        """See `Task.describe`."""
        robot, reward = LeggedRobotConstants.from_config(config), RewardConstants.from_config(config)
        constants, joints = AnymalTerrainConstants.from_config(config), describe_robot(model, robot)
        points = tuple(map(tuple, height_points().tolist()))
        heights = (LEVEL_HEIGHT, MAX_HEIGHT_DIFFERENCE)
        weights = dict(zip(REWARD_TERMS, reward.weights, strict=True))
        return TaskDescription(
            base=BASE,
            observations=describe_terrain_observations(joints, points, heights, constants),
            actions=describe_targets(model, robot),
            joints=joints,
            commands=describe_commands(robot, follows_heading=True),
            rewards=describe_terrain_rewards(weights, constants.dt, reward.terminal_weight),
            terminations=(
                f"the trunk{'' if reward.allow_knee_contacts else ' or a knee'} touches something with more than 1 N",
            ),
            episode_steps=cls.count_steps(robot.time_limit),
        )

    @override
    def present_commands(self) -> Tensor:
        return self.commands[:, (0, 1, 3)]

    @property
    @override
    def command_ranges(self) -> CommandRanges:
        return self.robot_constants.commands._replace(yaw=(-FASTEST_TURN, FASTEST_TURN))

    @override
    def tell(self, velocities: Tensor) -> None:
        super().tell(velocities)
        matrix = rotation_matrix(wxyz_to_xyzw(self.sim.qpos[:, self.robot.root_quat].float()))
        self.commands[:, 3] = heading(matrix) + velocities[2] / TURNING_GAIN

    def after_physics(self) -> None:
        """Pushes the robots when it is time, turns their commands, and measures how far they have walked."""
        super().after_physics()
        self._steps += 1
        if self.push_interval:
            self._push()
        root_pos = self.sim.qpos[:, self.robot.root_pos].float()
        self.commands.copy_(self._turned(self.commands, None))
        self.walked.copy_(torch.linalg.vector_norm(root_pos[:, :2] - self.origins[:, :2], dim=1))

    def _push(self) -> None:
        """When it is time, gives the trunks' centres of mass other horizontal velocities."""
        velocities = self.uniform(-1.0, 1.0, self.sim.num_envs, 2)
        due = (self._steps % self.push_interval == 0).expand(self.sim.num_envs)
        of_centre = self.robot.root_state(self.sim.qpos.float(), self.sim.qvel.float()).lin_vel[:, :2]
        of_frame = self.sim.qvel[:, self.robot.root_lin_vel][:, :2]
        assign(of_frame, of_frame + velocities - of_centre, due)

    def observe(self, ids: EnvIds | None = None) -> Tensor:
        """See `compute_observations`; with new noise at every call, if there is any."""
        qpos, qvel = take(self.sim.qpos, ids).float(), take(self.sim.qvel, ids).float()
        root = self.robot.root_state(qpos, qvel)
        observations = compute_observations(
            root,
            qpos[:, self.robot.dof_pos],
            qvel[:, self.robot.dof_vel],
            take(self.commands, ids),
            measure_heights(root.pos, root.quat, self.height_points, self.lowest),
            take(self.actions, ids),
            self.constants,
        )
        if self.noise_scales is not None:
            observations += self.uniform(-1.0, 1.0, *observations.shape) * self.noise_scales
        return observations

    def reward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """See `compute_reward_terms`; their sum counts from 0 up, before the reward of a termination."""
        contact_forces = self.contact_forces()
        touchdown, air_time = compute_air_time(self.feet_air_time, contact_forces[:, FEET], self.constants.dt)
        terms, terminated = self._weighted_terms(contact_forces, touchdown), self._terminated(contact_forces)
        self.feet_air_time.copy_(air_time)
        self.last_dof_vel.copy_(self.sim.qvel[:, self.robot.dof_vel])
        self.last_actions.copy_(self.actions)
        self.reward_sums += terms
        return compute_reward(terms, terminated, self.terminal_weight), terminated

    def reward_terms(self, observations: Tensor) -> dict[str, Tensor]:
        """The weighted terms, what lifts their sum to 0, and the reward of a termination."""
        contact_forces = self.contact_forces()
        touchdown, _ = compute_air_time(self.feet_air_time, contact_forces[:, FEET], self.constants.dt)
        terms = self._weighted_terms(contact_forces, touchdown).unbind(1)
        failure = self.terminal_weight * self._terminated(contact_forces)
        return {**with_floor(dict(zip(REWARD_TERMS, terms, strict=True))), "termination": failure}

    def _weighted_terms(self, contact_forces: Tensor, touchdown: Tensor) -> Tensor:
        qpos, qvel = self.sim.qpos.float(), self.sim.qvel.float()
        return self.weights * compute_reward_terms(
            self.robot.root_state(qpos, qvel),
            qpos[:, self.robot.dof_pos] - self.default_dof_pos,
            qvel[:, self.robot.dof_vel] - self.last_dof_vel,
            self.commands,
            self.joint_torques.float(),
            contact_forces,
            touchdown,
            self.actions - self.last_actions,
        )

    def _terminated(self, contact_forces: Tensor) -> Tensor:
        return compute_termination(contact_forces, allow_knee_contacts=self.reward_constants.allow_knee_contacts)

    def episode_info(self) -> Tensor:
        """Each reward term per second of a whole episode, and the level of the tile."""
        return torch.cat((self.reward_sums / self.episode_seconds, self.levels[:, None]), dim=1)

    def on_diverged(self, diverged: Tensor) -> None:
        """How far a robot has walked is not known when its world has been put back to the model's start."""
        self.walked.masked_fill_(diverged, -1.0)

    def reset(self, ids: EnvIds) -> None:
        """A start within half a metre of a tile's middle, see `put_start_states`, and new commands."""
        n = ids.shape[0]
        if self.ground.curriculum:
            self._change_level(ids)
        assign(self.walked, -1.0, ids)
        origins = take(self.origins, ids).clone()
        origins[:, :2] += self.uniform(-0.5, 0.5, n, 2)
        self.put_start_states(ids, origins)
        drawn = torch.zeros(n, 4, device=self.sim.device)
        for column, (low, high) in zip((0, 1, 3), self.robot_constants.commands, strict=True):
            drawn[:, column] = self.uniform(low, high, n)
        drawn *= torch.linalg.vector_norm(drawn[:, :2], dim=1, keepdim=True) > 0.25
        assign(self.commands, self._turned(drawn, ids), ids)
        assign(self.last_actions, 0.0, ids)
        assign(self.last_dof_vel, take(self.sim.qvel, ids)[:, self.robot.dof_vel], ids)
        assign(self.feet_air_time, 0.0, ids)
        assign(self.reward_sums, 0.0, ids)

    def _turned(self, commands: Tensor, ids: EnvIds | None) -> Tensor:
        """Commands ``[n, 4]`` whose turning rate fits the robots' present headings."""
        quat = wxyz_to_xyzw(take(self.sim.qpos, ids)[:, self.robot.root_quat].float())
        return compute_commands(quat, commands)

    def _change_level(self, ids: EnvIds) -> None:
        levels = compute_levels(
            take(self.levels, ids),
            take(self.walked, ids),
            take(self.commands, ids),
            self.episode_seconds,
            self.ground.promotion_distance,
            num_levels=self.tile_origins.shape[0],
        )
        assign(self.levels, levels, ids)
        assign(self.origins, self.tile_origins[levels, take(self.types, ids)], ids)
