"""What Ant and Humanoid observe and what they are rewarded for, as pure functions."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from gymctl.config.config import TaskConfig
from gymctl.sim.frames import RootState
from gymctl.sim.rotations import roll, rotation_matrix, wrap_to_pi, yaw
from gymctl.tasks.locomotion.ant_humanoid_description import HEADED, UPRIGHT
from gymctl.tasks.reward_terms import Terms, add_up


@dataclass(frozen=True)
class LocomotionConstants:
    """Weights and scales; see `from_config` for the YAML's keys."""

    dt: float
    power_scale: float
    """Control of a motor for action 1."""
    heading_weight: float
    up_weight: float
    actions_cost_scale: float
    energy_cost_scale: float
    joints_at_limit_cost_scale: float
    death_cost: float
    termination_height: float
    dof_vel_scale: float
    contact_force_scale: float
    angular_velocity_scale: float
    alive: float
    """Reward of every step that doesn't end in a fall."""
    wrap_angles: bool
    """Whether yaw, roll and the angle to the target are observed in [-π, π]; otherwise yaw and roll in [0, 2π)."""

    @classmethod
    def from_config(cls, config: TaskConfig, *, alive: float, wrap_angles: bool) -> "LocomotionConstants":
        """Reads IsaacGymEnvs' keys from the ``task:`` part of the config; it has none for the last two."""
        env = config.env
        return cls(
            dt=config.sim["dt"],
            power_scale=env["powerScale"],
            heading_weight=env["headingWeight"],
            up_weight=env["upWeight"],
            actions_cost_scale=env["actionsCost"],
            energy_cost_scale=env["energyCost"],
            joints_at_limit_cost_scale=env["jointsAtLimitCost"],
            death_cost=env["deathCost"],
            termination_height=env["terminationHeight"],
            dof_vel_scale=env["dofVelocityScale"],
            contact_force_scale=env["contactForceScale"],
            angular_velocity_scale=env.get("angularVelocityScale", 1.0),
            alive=alive,
            wrap_angles=wrap_angles,
        )


def initial_positions(limits: Tensor) -> Tensor:
    """Joint angles of the start, as near to 0 as the limits allow ``[joints]`` [rad].

    Args:
        limits: ``[joints, 2]`` [rad].
    """
    return torch.zeros_like(limits[:, 0]).clamp(*limits.unbind(1))


def compute_controls(actions: Tensor, power_scale: float) -> Tensor:
    """Motor controls of actions, both ``[N, joints]``; a motor's torque is its control times its gear [N m]."""
    return actions * power_scale


def compute_potentials(root_pos: Tensor, target: Tensor, dt: float) -> Tensor:
    """Minus the horizontal distance to the target over dt, float64 ``[N]`` [m/s].

    Args:
        root_pos: Position of the torso, world ``[N, 3]`` [m].
        target: Point to run to, world ``[3]`` or ``[N, 3]`` [m].
        dt: Time step [s].
    """
    return -_distance(_way(root_pos, target)) / dt


def _way(root_pos: Tensor, target: Tensor) -> Tensor:
    return target.double() - root_pos.double()  # float32 is too coarse for differences of potentials


def _distance(way: Tensor) -> Tensor:
    return torch.linalg.vector_norm(way[:, :2], dim=1)


def compute_observations(
    root: RootState,
    dof_pos: Tensor,
    dof_vel: Tensor,
    dof_limits_lower: Tensor,
    dof_limits_upper: Tensor,
    forces: Tensor,
    actions: Tensor,
    target: Tensor,
    constants: LocomotionConstants,
) -> Tensor:
    """The observations of IsaacGymEnvs' Ant and Humanoid ``[N, 12 + 3 * joints + forces]``.

    Their quirks are kept, for old policies see them: the angle to the target takes the height difference for the
    lateral one, and Ant wraps no angle.

    Args:
        root: The torso's state.
        dof_pos: Joint angles ``[N, joints]`` [rad].
        dof_vel: Joint velocities ``[N, joints]`` [rad/s].
        dof_limits_lower: ``[joints]`` [rad].
        dof_limits_upper: ``[joints]`` [rad].
        forces: Forces and torques that the robot feels ``[N, forces]`` [N, N m].
        actions: This step's actions ``[N, joints]``.
        target: Point to run to, world ``[3]`` or ``[N, 3]`` [m].
        constants: Weights and scales.
    """
    to_target = _way(root.pos, target)
    matrix = rotation_matrix(root.quat)
    lin_vel, ang_vel = (torch.stack((root.lin_vel, root.ang_vel), dim=1) @ matrix).unbind(1)  # in the torso's frame
    heading_proj = (matrix[:, :2, 0] * to_target[:, :2]).sum(1) / _distance(to_target)
    yaw_angle = yaw(matrix)
    angle_to_target = torch.atan2(to_target[:, 2], to_target[:, 0]) - yaw_angle
    angles = torch.stack((yaw_angle, roll(matrix), angle_to_target.to(yaw_angle)), dim=1)
    dof_pos_scaled = (2.0 * dof_pos - dof_limits_upper - dof_limits_lower) / (dof_limits_upper - dof_limits_lower)
    return torch.cat(
        (
            root.pos[:, 2:],
            lin_vel,
            ang_vel * constants.angular_velocity_scale,
            wrap_to_pi(angles) if constants.wrap_angles else angles,
            matrix[:, 2, 2:],
            heading_proj.to(yaw_angle)[:, None],
            dof_pos_scaled,
            dof_vel * constants.dof_vel_scale,
            forces * constants.contact_force_scale,
            actions,
        ),
        dim=1,
    )


def compute_reward(
    observations: Tensor,
    actions: Tensor,
    potentials: Tensor,
    prev_potentials: Tensor,
    effort_ratio: Tensor,
    at_limit: Callable[[Tensor], Tensor],
    constants: LocomotionConstants,
) -> tuple[Tensor, Tensor]:
    """Progress along x, a bonus for staying alive, upright and headed right, minus costs; `death_cost` when fallen.

    Args:
        observations: Of the state reached, as of `compute_observations`.
        actions: ``[N, joints]`` that led there.
        potentials: Potential of the state reached ``[N]``.
        prev_potentials: Potential one step before ``[N]``.
        effort_ratio: Each motor's gear over the largest one ``[joints]``.
        at_limit: See `Locomotion.at_limit`.
        constants: Weights and scales.

    Returns:
        Reward ``[N]`` and whether the torso has fallen below the termination height, bool ``[N]``.
    """
    terms = compute_reward_terms(observations, actions, potentials, prev_potentials, effort_ratio, at_limit, constants)
    fallen = compute_fallen(observations, constants)
    return add_up(terms).masked_fill(fallen, constants.death_cost), fallen


def compute_fallen(observations: Tensor, constants: LocomotionConstants) -> Tensor:
    """Whether the torso has fallen below the termination height, bool ``[N]``."""
    return observations[:, 0] < constants.termination_height


def compute_reward_terms(
    observations: Tensor,
    actions: Tensor,
    potentials: Tensor,
    prev_potentials: Tensor,
    effort_ratio: Tensor,
    at_limit: Callable[[Tensor], Tensor],
    constants: LocomotionConstants,
) -> Terms:
    """What the reward of a robot that has not fallen is the sum of; arguments as of `compute_reward`."""
    c, joints = constants, actions.shape[1]
    up_proj, heading_proj = observations[:, 10], observations[:, 11]
    dof_pos_scaled, dof_vel_scaled = observations[:, 12 : 12 + 2 * joints].split(joints, dim=1)
    return {
        "progress": (potentials - prev_potentials).to(observations.dtype),
        "alive": c.alive,
        "upright": c.up_weight * (up_proj > UPRIGHT),
        "heading": c.heading_weight * (heading_proj / HEADED).masked_fill(heading_proj > HEADED, 1.0),
        "actions": -c.actions_cost_scale * actions.square().sum(1),
        "energy": -c.energy_cost_scale * ((actions * dof_vel_scaled).abs() @ effort_ratio),
        "joint_limits": -c.joints_at_limit_cost_scale * (at_limit(dof_pos_scaled) @ effort_ratio),
    }
