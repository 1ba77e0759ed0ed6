"""Anymal: a four-legged robot walks on flat ground as it is told to; and what both tasks with this robot share."""

from dataclasses import dataclass

import mujoco
import torch
from torch import Tensor

from gymctl.config.config import TaskConfig
from gymctl.sim.frames import RootState, free_joint, root_state
from gymctl.sim.rotations import quat_rotate_inverse, rotation_matrix
from gymctl.sim.rows import assign, take
from gymctl.sim.simulation import EnvIds, Simulation
from gymctl.tasks.base import Task, load_spec

DOF_NAMES = tuple(f"{leg}_{joint}" for leg in ("LF", "LH", "RF", "RH") for joint in ("HAA", "HFE", "KFE"))
"""The joints, in the order of actions and observations: hip abduction, hip flexion and knee flexion of each leg."""

MAX_DOF_VEL = 20.0
"""Speed limit of the joints [rad/s]."""


@dataclass(frozen=True)
class AnymalConstants:
    """Weights and scales, under their names in the golden facts; see `from_config` for the YAML's keys."""

    lin_vel_scale: float
    ang_vel_scale: float
    dof_pos_scale: float
    dof_vel_scale: float
    rew_scale_lin_vel_xy_times_dt: float
    rew_scale_ang_vel_z_times_dt: float
    rew_scale_torque_times_dt: float

    @classmethod
    def from_config(cls, config: TaskConfig) -> "AnymalConstants":
        """Reads IsaacGymEnvs' keys from the ``task:`` part of the config; weights there are per second."""
        learn, dt = config.env["learn"], config.control_dt
        return cls(
            lin_vel_scale=learn["linearVelocityScale"],
            ang_vel_scale=learn["angularVelocityScale"],
            dof_pos_scale=learn["dofPositionScale"],
            dof_vel_scale=learn["dofVelocityScale"],
            rew_scale_lin_vel_xy_times_dt=learn["linearVelocityXYRewardScale"] * dt,
            rew_scale_ang_vel_z_times_dt=learn["angularVelocityZRewardScale"] * dt,
            rew_scale_torque_times_dt=learn["torqueRewardScale"] * dt,
        )


class AnymalRobot(Task):
    """The robot on its drives: joint targets, start states and contacts, for tasks that say what it is to do."""

    num_actions = len(DOF_NAMES)

    def __init__(self, config: TaskConfig, sim: Simulation, generator: torch.Generator) -> None:
        super().__init__(config, sim, generator)
        device = sim.device
        self.dt = config.control_dt
        self.action_scale: float = self.env_config["control"]["actionScale"]
        angles = self.env_config["defaultJointAngles"]
        self.default_dof_pos = torch.tensor([float(angles[name]) for name in DOF_NAMES], device=device)
        start = self.env_config["baseInitState"]
        rows = (torch.tensor([start[key]], device=device).float() for key in ("pos", "rot", "vLinear", "vAngular"))
        self.start_qpos, self.start_qvel = free_joint(RootState(*rows))
        self.sensordata = sim.output("sensordata")
        self.joint_torques = sim.output("actuator_force")
        """Of the drives in the last substep ``[num_envs, 12]`` [N m]."""
        self.actions = torch.zeros(sim.num_envs, self.num_actions, device=device)

    @property
    def max_episode_length(self) -> int:
        """Time limit of an episode [control steps]; the config has it in seconds."""
        return round(self.env_config["learn"]["episodeLength_s"] / self.dt)

    def apply_actions(self, actions: Tensor) -> None:
        """Moves the drives' targets."""
        self.actions.copy_(actions)
        self.sim.ctrl.copy_(compute_dof_pos_targets(actions, self.default_dof_pos, self.action_scale))

    def contact_forces(self) -> Tensor:
        """Net contact forces on the bodies with sensors, world axes ``[num_envs, bodies, 3]`` [N]."""
        return -self.sensordata.float().view(self.sim.num_envs, -1, 3)  # MuJoCo's point from the body to the other

    def limit_dof_vel(self) -> None:
        """Keeps joints within their speed limit, which MuJoCo has no notion of."""
        self.sim.qvel[:, 6:].clamp_(-MAX_DOF_VEL, MAX_DOF_VEL)

    def put_start_states(self, ids: EnvIds, origins: Tensor) -> None:
        """The trunk as configured, joints at 0.5 to 1.5 times their default angles, speeds within ±0.1 rad/s.

        Args:
            ids: Which robots.
            origins: What the trunk's position counts from, ``[3]`` or a row for each of ``ids`` [m].
        """
        n = ids.shape[0]
        root_qpos = self.start_qpos.repeat(n, 1)
        root_qpos[:, :3] += origins
        dof_pos = self.default_dof_pos * self.uniform(0.5, 1.5, n, self.num_actions)
        dof_vel = self.uniform(-0.1, 0.1, n, self.num_actions)
        self.sim.put("qpos", torch.cat((root_qpos, dof_pos), dim=1), ids)
        self.sim.put("qvel", torch.cat((self.start_qvel.expand(n, 6), dof_vel), dim=1), ids)
        assign(self.actions, 0.0, ids)


class Anymal(AnymalRobot):
    """Walk with the four-legged ANYmal at commanded velocities, on flat ground."""

    num_observations = 48

    def __init__(self, config: TaskConfig, sim: Simulation, generator: torch.Generator) -> None:
        super().__init__(config, sim, generator)
        self.constants = AnymalConstants.from_config(config)
        self.command_ranges: dict[str, tuple[float, float]] = self.env_config["randomCommandVelocityRanges"]
        self.commands = torch.zeros(sim.num_envs, 3, device=sim.device)
        self.origin = torch.zeros(3, device=sim.device)

    @classmethod
    def build_model(cls, config: TaskConfig) -> mujoco.MjModel:
        """The model with the configured drives and ground; see `load_robot`."""
        return load_robot("anymal.xml", config, config["env"]["plane"]["dynamicFriction"]).compile()

    def observe(self, ids: EnvIds | None = None) -> Tensor:
        """See `compute_observations`."""
        if ids is None:
            self.limit_dof_vel()
        qpos, qvel = take(self.sim.qpos, ids).float(), take(self.sim.qvel, ids).float()
        return compute_observations(
            root_state(qpos, qvel),
            qpos[:, 7:],
            qvel[:, 6:],
            self.default_dof_pos,
            take(self.commands, ids),
            take(self.actions, ids),
            self.constants,
        )

    def reward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """See `compute_reward`."""
        root = root_state(self.sim.qpos.float(), self.sim.qvel.float())
        return compute_reward(root, self.commands, self.joint_torques.float(), self.contact_forces(), self.constants)

    def reset(self, ids: EnvIds) -> None:
        """A start state, see `put_start_states`, and new commands for the whole episode."""
        n, ranges = ids.shape[0], self.command_ranges
        self.put_start_states(ids, self.origin)
        commands = [self.uniform(*ranges[key], n) for key in ("linear_x", "linear_y", "yaw")]
        assign(self.commands, torch.stack(commands, dim=1), ids)


def load_robot(asset: str, config: TaskConfig, ground_friction: float) -> mujoco.MjSpec:
    """Reads the robot's MJCF and applies the config to it.

    The drives get their gains: torque = clip(stiffness × (target - angle) - damping × velocity, ±limit). Friction is
    set to the mean of robot and ground, as PhysX takes it; MuJoCo takes the larger unless one geom has priority.

    Args:
        asset: File in `gymctl.tasks.base.ASSETS`.
        config: The ``task:`` part of the config.
        ground_friction: Sliding friction of the ground.
    """
    spec = load_spec(asset, config)
    stiffness, damping = config["env"]["control"]["stiffness"], config["env"]["control"]["damping"]
    for actuator in spec.actuators:
        actuator.gainprm[0] = stiffness
        actuator.biasprm[1:3] = -stiffness, -damping
    for geom in spec.geoms:
        if geom.parent != spec.worldbody:
            geom.friction[0] = (geom.friction[0] + ground_friction) / 2
            geom.priority = 1
    return spec


def compute_dof_pos_targets(actions: Tensor, default_dof_pos: Tensor, action_scale: float) -> Tensor:
    """Joint angles ``[N, 12]`` [rad] for the drives to hold: `action_scale` times the actions, from the default."""
    return default_dof_pos + action_scale * actions


def compute_observations(
    root: RootState,
    dof_pos: Tensor,
    dof_vel: Tensor,
    default_dof_pos: Tensor,
    commands: Tensor,
    actions: Tensor,
    constants: AnymalConstants,
) -> Tensor:
    """The 48 observations of IsaacGymEnvs' Anymal, ``[N, 48]``.

    One quirk is kept, for policies see it: gravity is turned by the trunk's orientation instead of by its inverse.

    Args:
        root: The trunk's state.
        dof_pos: Joint angles ``[N, 12]`` [rad].
        dof_vel: Joint velocities ``[N, 12]`` [rad/s].
        default_dof_pos: Joint angles of action 0 ``[12]`` [rad].
        commands: Velocities to keep in the trunk's frame: forward, sideways, turning ``[N, 3]`` [m/s, m/s, rad/s].
        actions: This step's actions ``[N, 12]``.
        constants: Weights and scales.
    """
    c = constants
    matrix = rotation_matrix(root.quat)
    velocities = torch.stack((root.lin_vel * c.lin_vel_scale, root.ang_vel * c.ang_vel_scale), dim=1) @ matrix
    return torch.cat(
        (
            velocities.flatten(1),
            -matrix[:, :, 2],
            commands[:, :2] * c.lin_vel_scale,
            commands[:, 2:] * c.ang_vel_scale,
            (dof_pos - default_dof_pos) * c.dof_pos_scale,
            dof_vel * c.dof_vel_scale,
            actions,
        ),
        dim=1,
    )


def compute_reward(
    root: RootState, commands: Tensor, torques: Tensor, contact_forces: Tensor, constants: AnymalConstants
) -> tuple[Tensor, Tensor]:
    """How well the commanded velocities are kept, less the cost of torques, at least 0.

    Args:
        root: The trunk's state.
        commands: As in `compute_observations` ``[N, 3]``.
        torques: Of the joints ``[N, 12]`` [N m].
        contact_forces: Net contact forces on the trunk and the four thighs ``[N, 5, 3]`` [N].
        constants: Weights and scales.

    Returns:
        Reward ``[N]`` and whether the trunk or a thigh touches anything with more than 1 N, bool ``[N]``.
    """
    c = constants
    lin_vel, ang_vel = quat_rotate_inverse(root.quat, root.lin_vel), quat_rotate_inverse(root.quat, root.ang_vel)
    reward = (
        c.rew_scale_lin_vel_xy_times_dt * tracking((commands[:, :2] - lin_vel[:, :2]).square().sum(1))
        + c.rew_scale_ang_vel_z_times_dt * tracking((commands[:, 2] - ang_vel[:, 2]).square())
        + c.rew_scale_torque_times_dt * torques.square().sum(1)
    )
    return reward.clamp(min=0.0), (force_norms(contact_forces) > 1.0).any(1)


def tracking(squared_error: Tensor) -> Tensor:
    """1 where a command is kept, less the larger the error ``[N]``."""
    return torch.exp(-squared_error / 0.25)


def force_norms(forces: Tensor) -> Tensor:
    """Lengths of vectors ``[N, M, 3]``: ``[N, M]``."""
    return torch.linalg.vector_norm(forces, dim=2)
