"""A robot on legs with position drives: what all tasks share that have one walk as it is told to."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from gymctl.config.config import TaskConfig
from gymctl.scene.blocks import find_block
from gymctl.scene.drives import PositionDrives
from gymctl.sim.frames import RootState, free_joint
from gymctl.sim.rotations import rotation_matrix
from gymctl.sim.rows import assign
from gymctl.sim.simulation import EnvIds, Simulation
from gymctl.tasks.base import Task
from gymctl.tasks.measures import (
    FALLS,
    POWER,
    TURNING_ERROR,
    VELOCITY_ERROR,
    as_columns,
    command_errors,
    mechanical_power,
)


class CommandRanges(NamedTuple):
    """From where to where the commands of an episode are drawn, each ``(low, high)``."""

    linear_x: tuple[float, float]
    """Velocity forward [m/s]."""
    linear_y: tuple[float, float]
    """Velocity sideways [m/s]."""
    yaw: tuple[float, float]
    """What a task makes of it: a turning rate [rad/s] or a heading [rad]."""


class StartState(NamedTuple):
    """Where the trunk starts, as numbers of a `RootState`."""

    pos: tuple[float, ...]
    quat: tuple[float, ...]
    lin_vel: tuple[float, ...]
    ang_vel: tuple[float, ...]


class BaseMotion(NamedTuple):
    """The trunk's motion in its own frame, each ``[N, 3]``."""

    lin_vel: Tensor
    ang_vel: Tensor
    gravity: Tensor
    """Unit vector along gravity."""


@dataclass(frozen=True)
class LeggedRobotConstants:
    """Actions, posture, start and commands; see `from_config` for the YAML's keys."""

    dt: float
    """Time of a control step [s]."""
    episode_seconds: float
    """Time limit of an episode as configured [s]."""
    action_scale: float
    """From an action to a joint's target [rad]."""
    default_dof_pos: dict[str, float]
    """Joint angles of action 0, by name [rad]."""
    start: StartState
    commands: CommandRanges

    @property
    def time_limit(self) -> int:
        """Time limit of an episode [control steps]."""
        return round(self.episode_seconds / self.dt)

    @classmethod
    def from_config(cls, config: TaskConfig) -> "LeggedRobotConstants":
        """Reads IsaacGymEnvs' keys from the ``task:`` part of the config."""
        env = config.env
        start, ranges = env["baseInitState"], env["randomCommandVelocityRanges"]
        return cls(
            dt=config.control_dt,
            episode_seconds=env["learn"]["episodeLength_s"],
            action_scale=env["control"]["actionScale"],
            default_dof_pos={name: float(angle) for name, angle in env["defaultJointAngles"].items()},
            start=StartState(*(tuple(start[key]) for key in ("pos", "rot", "vLinear", "vAngular"))),
            commands=CommandRanges(*(tuple(ranges[key]) for key in CommandRanges._fields)),
        )


class LeggedRobot(Task):
    """A robot on its drives: joint targets and start states, for tasks that say what it is to do.

    The model's root is free, its joints turn or slide, and its position drives are in the order of the actions.
    """

    root: str
    """Name of the root body."""
    dof_names: tuple[str, ...]
    """The joints, in the order of the model."""
    commands: Tensor
    """Velocity forward and sideways and turning rate, and whatever else a task keeps ``[num_envs, 3 or more]``."""
    measures = VELOCITY_ERROR, TURNING_ERROR, POWER, FALLS

    def __init__(self, config: TaskConfig, sim: Simulation, generator: torch.Generator) -> None:
        super().__init__(config, sim, generator)
        self.robot_constants = LeggedRobotConstants.from_config(config)
        self.robot = find_block(sim.model, self.root)
        angles = [self.robot_constants.default_dof_pos[name] for name in self.dof_names]
        self.default_dof_pos = torch.tensor(angles, device=sim.device)
        rows = (torch.tensor([values], device=sim.device).float() for values in self.robot_constants.start)
        self.start_qpos, self.start_qvel = free_joint(RootState(*rows), self.robot.root_com)
        self.drives = PositionDrives(sim.model, sim.device)
        self.actions = torch.zeros(sim.num_envs, self.num_actions, device=sim.device)

    @property
    def max_episode_length(self) -> int:
        """Time limit of an episode [control steps]; the config has it in seconds."""
        return self.robot_constants.time_limit

    @property
    def command_ranges(self) -> CommandRanges:
        """From where to where velocities are told in training; `yaw` is of turning rates [rad/s]."""
        return self.robot_constants.commands

    def tell(self, velocities: Tensor) -> None:
        """Tells all robots other velocities than the task has drawn, until it draws or is told again.

        Args:
            velocities: Forward, sideways and turning ``[3]`` [m/s, m/s, rad/s].
        """
        self.commands[:, :3] = velocities

    def apply_actions(self, actions: Tensor) -> None:
        """Moves the drives' targets."""
        self.actions.copy_(actions)
        scale = self.robot_constants.action_scale
        self.sim.ctrl.copy_(compute_dof_pos_targets(actions, self.default_dof_pos, scale))

    def measure(self, terminated: Tensor) -> Tensor:
        """How well the commanded velocities are kept, the power of the drives, and who falls."""
        qpos, qvel = self.sim.qpos.float(), self.sim.qvel.float()
        errors = command_errors(self.robot.root_state(qpos, qvel), self.commands)
        torques = self.drives.torques(self.sim.ctrl.float(), qpos, qvel)
        return as_columns(*errors, mechanical_power(torques, self.drives.velocities(qvel)), terminated)

    def start_dof_pos(self, n: int) -> Tensor:
        """Joint angles of ``n`` robots at their start, 0.5 to 1.5 times the default ones ``[n, joints]`` [rad]."""
        return self.default_dof_pos * self.uniform(0.5, 1.5, n, len(self.dof_names))

    def put_start_states(self, ids: EnvIds, origins: Tensor) -> None:
        """The trunk as configured, joints as of `start_dof_pos`, speeds within ±0.1 rad/s.

        Args:
            ids: Which robots.
            origins: What the trunk's position counts from, ``[3]`` or a row for each of ``ids`` [m].
        """
        n, model = ids.shape[0], self.sim.model
        qpos, qvel = origins.new_zeros(n, model.nq), origins.new_zeros(n, model.nv)
        qpos[:, self.robot.root_qpos] = self.start_qpos
        qpos[:, self.robot.root_pos] += origins
        qpos[:, self.robot.dof_pos] = self.start_dof_pos(n)
        qvel[:, self.robot.root_qvel] = self.start_qvel
        qvel[:, self.robot.dof_vel] = self.uniform(-0.1, 0.1, n, len(self.dof_names))
        self.sim.put("qpos", qpos, ids)
        self.sim.put("qvel", qvel, ids)
        assign(self.actions, 0.0, ids)


def base_motion(root: RootState) -> BaseMotion:
    """The trunk's motion seen from itself."""
    matrix = rotation_matrix(root.quat)
    velocities = torch.stack((root.lin_vel, root.ang_vel), dim=1) @ matrix
    return BaseMotion(velocities[:, 0], velocities[:, 1], -matrix[:, 2])


def compute_dof_pos_targets(actions: Tensor, default_dof_pos: Tensor, action_scale: float) -> Tensor:
    """Joint angles ``[N, joints]`` [rad] for the drives to hold: `action_scale` times the actions, from the default."""
    return default_dof_pos + action_scale * actions


def tracking(squared_error: Tensor) -> Tensor:
    """1 where a command is kept, less the larger the error ``[N]``."""
    return torch.exp(-squared_error / 0.25)
