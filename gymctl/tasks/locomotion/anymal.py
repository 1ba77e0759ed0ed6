"""Anymal: a four-legged robot walks on flat ground as it is told to."""

from dataclasses import dataclass

import mujoco
import torch
from torch import Tensor
from typing_extensions import override

from gymctl.config.config import TaskConfig
from gymctl.scene.contacts import force_norms, harden
from gymctl.sim.frames import RootState
from gymctl.sim.rotations import quat_rotate_inverse, rotation_matrix
from gymctl.sim.rows import assign, take
from gymctl.sim.simulation import EnvIds, Simulation
from gymctl.tasks.description import TaskDescription
from gymctl.tasks.locomotion.anymal_description import (
    BASE,
    describe_commands,
    describe_flat_observations,
    describe_flat_rewards,
    describe_targets,
)
from gymctl.tasks.locomotion.anymal_robot import AnymalRobot, describe_robot, load_robot
from gymctl.tasks.locomotion.legged_robot import LeggedRobotConstants, tracking
from gymctl.tasks.reward_terms import add_up, with_floor


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


class Anymal(AnymalRobot):
    """Walk with the four-legged ANYmal at commanded velocities, on flat ground."""

    num_observations = 48
    late_reset = True

    def __init__(self, config: TaskConfig, sim: Simulation, generator: torch.Generator) -> None:
        super().__init__(config, sim, generator)
        self.constants = AnymalConstants.from_config(config)
        self.commands = torch.zeros(sim.num_envs, 3, device=sim.device)
        self._inertia, self._mean_qacc = sim.inertia(), sim.mean_qacc(config.timesteps)
        self._bias = sim.output("qfrc_bias", fresh=False)
        self.origin = torch.zeros(3, device=sim.device)

    @classmethod
    def build_spec(cls, config: TaskConfig) -> mujoco.MjSpec:
        """The model with the configured drives and ground; see `load_robot`."""
        spec = load_robot("anymal.xml", config, config.env["plane"]["dynamicFriction"])
        if config.physics == "isaacgym":
            harden(spec)
        return spec

    @classmethod
    def describe(cls, config: TaskConfig, model: mujoco.MjModel) -> TaskDescription:
        """See `Task.describe`."""
        robot, constants = LeggedRobotConstants.from_config(config), AnymalConstants.from_config(config)
        joints = describe_robot(model, robot)
        return TaskDescription(
            base=BASE,
            observations=describe_flat_observations(joints, constants),
            actions=describe_targets(model, robot),
            joints=joints,
            commands=describe_commands(robot, follows_heading=False),
            rewards=describe_flat_rewards(constants),
            terminations=("the trunk or a thigh touches something with more than 1 N",),
            episode_steps=cls.count_steps(robot.time_limit),
        )

    @override
    def present_commands(self) -> Tensor:
        return self.commands

    def observe(self, ids: EnvIds | None = None) -> Tensor:
        """See `compute_observations`."""
        qpos, qvel = take(self.sim.qpos, ids).float(), take(self.sim.qvel, ids).float()
        return compute_observations(
            self.robot.root_state(qpos, qvel),
            qpos[:, self.robot.dof_pos],
            qvel[:, self.robot.dof_vel],
            self.default_dof_pos,
            take(self.commands, ids),
            take(self.actions, ids),
            self.constants,
        )

    def reward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """See `compute_reward`."""
        return compute_reward(self._root(), self.commands, self.joint_torques(), self.contact_forces(), self.constants)

    def reward_terms(self, observations: Tensor) -> dict[str, Tensor]:
        """See `compute_reward_terms`; their sum counts from 0 up."""
        return with_floor(compute_reward_terms(self._root(), self.commands, self.joint_torques(), self.constants))

    def _root(self) -> RootState:
        return self.robot.root_state(self.sim.qpos.float(), self.sim.qvel.float())

    def joint_torques(self) -> Tensor:
        """What drives, joint limits and contacts did to the joints in the last substep ``[num_envs, 12]`` [N m].

        PhysX's solver handles all of these, and Isaac Gym tells their sum: all but gravity and inertia.
        """
        acting = self._inertia.multiply(self._mean_qacc) + self._bias
        return acting[:, self.robot.dof_vel].float()

    def reset(self, ids: EnvIds) -> None:
        """A start state, see `put_start_states`, and new commands for the whole episode."""
        self.put_start_states(ids, self.origin)
        commands = [self.uniform(low, high, ids.shape[0]) for low, high in self.robot_constants.commands]
        assign(self.commands, torch.stack(commands, dim=1), ids)


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
        torques: See `Anymal.joint_torques` ``[N, 12]`` [N m].
        contact_forces: Net contact forces on the trunk and the four thighs ``[N, 5, 3]`` [N].
        constants: Weights and scales.

    Returns:
        Reward ``[N]`` and whether the trunk or a thigh touches anything with more than 1 N, bool ``[N]``.
    """
    reward = add_up(compute_reward_terms(root, commands, torques, constants))
    return reward.clamp(min=0.0), (force_norms(contact_forces) > 1.0).any(1)


def compute_reward_terms(
    root: RootState, commands: Tensor, torques: Tensor, constants: AnymalConstants
) -> dict[str, Tensor]:
    """What the reward is the sum of, before it is lifted to 0, each ``[N]``; arguments as of `compute_reward`."""
    c = constants
    lin_vel, ang_vel = quat_rotate_inverse(root.quat, root.lin_vel), quat_rotate_inverse(root.quat, root.ang_vel)
    return {
        "lin_vel_xy": c.rew_scale_lin_vel_xy_times_dt * tracking((commands[:, :2] - lin_vel[:, :2]).square().sum(1)),
        "ang_vel_z": c.rew_scale_ang_vel_z_times_dt * tracking((commands[:, 2] - ang_vel[:, 2]).square()),
        "torques": c.rew_scale_torque_times_dt * torques.square().sum(1),
    }
