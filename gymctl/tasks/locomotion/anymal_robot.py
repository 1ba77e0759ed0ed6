"""The robot ANYmal on its drives: what Anymal and AnymalTerrain share."""

from dataclasses import dataclass
from typing import NamedTuple

import mujoco
import torch
from torch import Tensor

from gymctl.config.config import TaskConfig
from gymctl.scene.blocks import find_block
from gymctl.scene.contacts import contact_forces, set_ground_friction
from gymctl.scene.drives import set_position_gains
from gymctl.sim.frames import RootState, free_joint
from gymctl.sim.rows import assign
from gymctl.sim.simulation import EnvIds, Simulation
from gymctl.tasks.base import Task, load_spec
from gymctl.tasks.description import Joint
from gymctl.tasks.from_model import describe_joints
from gymctl.tasks.locomotion.anymal_description import BASE

DOF_NAMES = tuple(f"{leg}_{joint}" for leg in ("LF", "LH", "RF", "RH") for joint in ("HAA", "HFE", "KFE"))
"""The joints, in the order of actions and observations: hip abduction, hip flexion and knee flexion of each leg."""

MAX_DOF_VEL = 20.0
"""Speed limit of the joints [rad/s]."""


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


@dataclass(frozen=True)
class AnymalRobotConstants:
    """Drives, posture, start and commands; see `from_config` for the YAML's keys."""

    dt: float
    """Time of a control step [s]."""
    episode_seconds: float
    """Time limit of an episode as configured [s]."""
    stiffness: float
    """Of the drives [N m/rad]."""
    damping: float
    """Of the drives [N m s/rad]."""
    action_scale: float
    """From an action to a joint's target [rad]."""
    default_dof_pos: tuple[float, ...]
    """Joint angles of action 0, in the order of `DOF_NAMES` [rad]."""
    start: StartState
    commands: CommandRanges

    @property
    def time_limit(self) -> int:
        """Time limit of an episode [control steps]."""
        return round(self.episode_seconds / self.dt)

    @classmethod
    def from_config(cls, config: TaskConfig) -> "AnymalRobotConstants":
        """Reads IsaacGymEnvs' keys from the ``task:`` part of the config."""
        env = config.env
        control, start, ranges = env["control"], env["baseInitState"], env["randomCommandVelocityRanges"]
        return cls(
            dt=config.control_dt,
            episode_seconds=env["learn"]["episodeLength_s"],
            stiffness=control["stiffness"],
            damping=control["damping"],
            action_scale=control["actionScale"],
            default_dof_pos=tuple(float(env["defaultJointAngles"][name]) for name in DOF_NAMES),
            start=StartState(*(tuple(start[key]) for key in ("pos", "rot", "vLinear", "vAngular"))),
            commands=CommandRanges(*(tuple(ranges[key]) for key in CommandRanges._fields)),
        )


class AnymalRobot(Task):
    """The robot on its drives: joint targets, start states and contacts, for tasks that say what it is to do.

    The model's root is named base and is free; its joints are those of `DOF_NAMES`, each with a position drive.
    """

    version = 2
    num_actions = len(DOF_NAMES)

    def __init__(self, config: TaskConfig, sim: Simulation, generator: torch.Generator) -> None:
        super().__init__(config, sim, generator)
        self.robot_constants = AnymalRobotConstants.from_config(config)
        self.robot = find_block(sim.model, BASE)
        self.default_dof_pos = torch.tensor(self.robot_constants.default_dof_pos, device=sim.device)
        rows = (torch.tensor([values], device=sim.device).float() for values in self.robot_constants.start)
        self.start_qpos, self.start_qvel = free_joint(RootState(*rows), self.robot.root_com)
        self.sensordata = sim.output("sensordata")
        self.actions = torch.zeros(sim.num_envs, self.num_actions, device=sim.device)

    @property
    def max_episode_length(self) -> int:
        """Time limit of an episode [control steps]; the config has it in seconds."""
        return self.robot_constants.time_limit

    def apply_actions(self, actions: Tensor) -> None:
        """Moves the drives' targets."""
        self.actions.copy_(actions)
        scale = self.robot_constants.action_scale
        self.sim.ctrl.copy_(compute_dof_pos_targets(actions, self.default_dof_pos, scale))

    def after_physics(self) -> None:
        """Keeps joints within their speed limit, which MuJoCo has no notion of."""
        self.sim.qvel[:, self.robot.dof_vel].clamp_(-MAX_DOF_VEL, MAX_DOF_VEL)

    def contact_forces(self) -> Tensor:
        """Net contact forces on the bodies with sensors, world axes ``[num_envs, bodies, 3]`` [N]."""
        return contact_forces(self.sensordata)

    def put_start_states(self, ids: EnvIds, origins: Tensor) -> None:
        """The trunk as configured, joints at 0.5 to 1.5 times their default angles, speeds within ±0.1 rad/s.

        Args:
            ids: Which robots.
            origins: What the trunk's position counts from, ``[3]`` or a row for each of ``ids`` [m].
        """
        n, model = ids.shape[0], self.sim.model
        qpos, qvel = origins.new_zeros(n, model.nq), origins.new_zeros(n, model.nv)
        qpos[:, self.robot.root_qpos] = self.start_qpos
        qpos[:, self.robot.root_pos] += origins
        qpos[:, self.robot.dof_pos] = self.default_dof_pos * self.uniform(0.5, 1.5, n, self.num_actions)
        qvel[:, self.robot.root_qvel] = self.start_qvel
        qvel[:, self.robot.dof_vel] = self.uniform(-0.1, 0.1, n, self.num_actions)
        self.sim.put("qpos", qpos, ids)
        self.sim.put("qvel", qvel, ids)
        assign(self.actions, 0.0, ids)


def describe_robot(model: mujoco.MjModel, constants: AnymalRobotConstants) -> tuple[Joint, ...]:
    """The robot's joints."""
    return describe_joints(
        model, find_block(model, BASE), constants.default_dof_pos, [MAX_DOF_VEL] * len(constants.default_dof_pos)
    )


def load_robot(asset: str, config: TaskConfig, ground_friction: float) -> mujoco.MjSpec:
    """Reads the robot's MJCF and gives it the config's drives and the friction that PhysX would give it.

    Args:
        asset: File in `gymctl.tasks.base.ASSETS`.
        config: The ``task:`` part of the config.
        ground_friction: Sliding friction of the ground.
    """
    spec, constants = load_spec(asset, config), AnymalRobotConstants.from_config(config)
    set_position_gains(spec, constants.stiffness, constants.damping)
    set_ground_friction(spec, ground_friction)
    return spec


def compute_dof_pos_targets(actions: Tensor, default_dof_pos: Tensor, action_scale: float) -> Tensor:
    """Joint angles ``[N, 12]`` [rad] for the drives to hold: `action_scale` times the actions, from the default."""
    return default_dof_pos + action_scale * actions


def tracking(squared_error: Tensor) -> Tensor:
    """1 where a command is kept, less the larger the error ``[N]``."""
    return torch.exp(-squared_error / 0.25)
