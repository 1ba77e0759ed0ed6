"""Ant: a four-legged body runs towards a far target along x."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import mujoco
import torch
from torch import Tensor

from gymctl.sim.base import EnvIds, Simulation
from gymctl.sim.frames import RootState, root_state
from gymctl.sim.rotations import roll, rotation_matrix, yaw
from gymctl.sim.rows import assign, take
from gymctl.tasks.base import Task, load_spec

TARGET = (1000.0, 0.0, 0.0)
"""The point to run to [m]; so far away that it is a direction."""


@dataclass(frozen=True)
class AntConstants:
    """Weights and scales, under their names in the golden facts; see `from_config` for the YAML's keys."""

    dt: float
    heading_weight: float
    up_weight: float
    actions_cost_scale: float
    energy_cost_scale: float
    joints_at_limit_cost_scale: float
    death_cost: float
    termination_height: float
    dof_vel_scale: float
    contact_force_scale: float

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "AntConstants":
        """Reads IsaacGymEnvs' keys from the ``task:`` part of the config."""
        env = config["env"]
        return cls(
            dt=config["sim"]["dt"],
            heading_weight=env["headingWeight"],
            up_weight=env["upWeight"],
            actions_cost_scale=env["actionsCost"],
            energy_cost_scale=env["energyCost"],
            joints_at_limit_cost_scale=env["jointsAtLimitCost"],
            death_cost=env["deathCost"],
            termination_height=env["terminationHeight"],
            dof_vel_scale=env["dofVelocityScale"],
            contact_force_scale=env["contactForceScale"],
        )


class Ant(Task):
    """Run with a four-legged ant as fast as possible along x."""

    num_observations = 60
    num_actions = 8

    def __init__(self, config: dict[str, Any], sim: Simulation, generator: torch.Generator) -> None:
        super().__init__(config, sim, generator)
        self.constants = AntConstants.from_config(config)
        self.power_scale: float = self.env_config["powerScale"]
        limits = torch.from_numpy(sim.model.jnt_range[1:]).float().to(sim.device)
        self.dof_limits_lower, self.dof_limits_upper = limits.unbind(1)
        self.initial_dof_pos = torch.zeros_like(self.dof_limits_lower).clamp(*limits.unbind(1))
        self.start_root_qpos = torch.from_numpy(sim.model.qpos0[:7]).float().to(sim.device)
        self.target = torch.tensor(TARGET, device=sim.device)
        self.sensordata = sim.output("sensordata")
        self.actions = torch.zeros(sim.num_envs, self.num_actions, device=sim.device)
        self.potentials = torch.zeros(sim.num_envs, dtype=torch.float64, device=sim.device)
        self.prev_potentials = torch.zeros_like(self.potentials)

    @classmethod
    def build_model(cls, config: dict[str, Any]) -> mujoco.MjModel:
        """The model, with the friction that PhysX would give it: the mean of robot and ground.

        MuJoCo takes the larger of two frictions unless one geom has priority, so the mean is written to the robot's.
        """
        spec = load_spec("ant.xml", config)
        ground = config["env"]["plane"]["dynamicFriction"]
        for geom in spec.geoms:
            if geom.name != "floor":
                geom.friction[0] = (geom.friction[0] + ground) / 2
                geom.priority = 1
        return spec.compile()

    def apply_actions(self, actions: Tensor) -> None:
        """Torques in proportion to the actions; the motors' gears are in the model."""
        self.actions.copy_(actions)
        self.sim.ctrl.copy_(compute_controls(actions, self.power_scale))

    def observe(self, ids: EnvIds | None = None) -> Tensor:
        """See `compute_observations`; moves the potential on by one step for the rows it computes."""
        qpos, qvel = take(self.sim.qpos, ids).float(), take(self.sim.qvel, ids).float()
        observations, potentials = compute_observations(
            root_state(qpos, qvel),
            qpos[:, 7:],
            qvel[:, 6:],
            self.dof_limits_lower,
            self.dof_limits_upper,
            -take(
                self.sensordata, ids
            ).float(),  # MuJoCo: what the leg does to the foot; here: the ground's push, passed on
            take(self.actions, ids),
            self.target,
            self.constants,
        )
        if ids is None:
            self.prev_potentials.copy_(self.potentials)
            self.potentials.copy_(potentials)
        else:
            assign(self.potentials, potentials, ids)
        return observations

    def reward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """See `compute_reward`."""
        return compute_reward(observations, self.actions, self.potentials, self.prev_potentials, self.constants)

    def reset(self, ids: EnvIds) -> None:
        """The torso at its start pose and at rest; joints within ±0.2 rad of their start, speeds within ±0.1 rad/s."""
        n, joints = ids.shape[0], self.num_actions
        dof_pos = self.initial_dof_pos + self.uniform(-0.2, 0.2, n, joints)
        dof_pos = dof_pos.clamp(self.dof_limits_lower, self.dof_limits_upper)
        dof_vel = self.uniform(-0.1, 0.1, n, joints)
        self.sim.put("qpos", torch.cat((self.start_root_qpos.expand(n, 7), dof_pos), dim=1), ids)
        self.sim.put("qvel", torch.cat((dof_vel.new_zeros(n, 6), dof_vel), dim=1), ids)
        assign(self.actions, 0.0, ids)


def compute_controls(actions: Tensor, power_scale: float) -> Tensor:
    """Motor controls ``[N, 8]`` of actions ``[N, 8]``; a motor's torque is its control times its gear [N m]."""
    return actions * power_scale


class Observed(NamedTuple):
    """What `compute_observations` returns."""

    observations: Tensor
    """``[N, 60]``."""
    potentials: Tensor
    """Minus the horizontal distance to the target over dt, float64 ``[N]`` [m/s]."""


def compute_observations(
    root: RootState,
    dof_pos: Tensor,
    dof_vel: Tensor,
    dof_limits_lower: Tensor,
    dof_limits_upper: Tensor,
    force_sensors: Tensor,
    actions: Tensor,
    target: Tensor,
    constants: AntConstants,
) -> Observed:
    """The 60 observations of IsaacGymEnvs' Ant, quirks included, for old policies see them.

    Those are: yaw and roll lie in [0, 2π), and the angle to the target takes the height difference for the lateral one.

    Args:
        root: The torso's state.
        dof_pos: Joint angles ``[N, 8]`` [rad].
        dof_vel: Joint velocities ``[N, 8]`` [rad/s].
        dof_limits_lower: ``[8]`` [rad].
        dof_limits_upper: ``[8]`` [rad].
        force_sensors: Force [N] and torque [N m] on the four feet, in the feet's frames ``[N, 24]``.
        actions: This step's actions ``[N, 8]``.
        target: Point to run to, world ``[3]`` or ``[N, 3]`` [m].
        constants: Weights and scales.
    """
    to_target = target.double() - root.pos.double()  # float32 is too coarse for differences of potentials
    distance = torch.linalg.vector_norm(to_target[:, :2], dim=1)
    matrix = rotation_matrix(root.quat)
    velocities = torch.stack((root.lin_vel, root.ang_vel), dim=1) @ matrix  # in the torso's frame
    heading_proj = (matrix[:, :2, 0] * to_target[:, :2]).sum(1) / distance
    yaw_angle = yaw(matrix)
    angle_to_target = torch.atan2(to_target[:, 2], to_target[:, 0]) - yaw_angle
    dof_pos_scaled = (2.0 * dof_pos - dof_limits_upper - dof_limits_lower) / (dof_limits_upper - dof_limits_lower)
    observations = torch.cat(
        (
            root.pos[:, 2:],
            velocities.flatten(1),
            yaw_angle[:, None],
            roll(matrix)[:, None],
            angle_to_target.to(yaw_angle)[:, None],
            matrix[:, 2, 2:],
            heading_proj.to(yaw_angle)[:, None],
            dof_pos_scaled,
            dof_vel * constants.dof_vel_scale,
            force_sensors * constants.contact_force_scale,
            actions,
        ),
        dim=1,
    )
    return Observed(observations, -distance / constants.dt)


def compute_reward(
    observations: Tensor, actions: Tensor, potentials: Tensor, prev_potentials: Tensor, constants: AntConstants
) -> tuple[Tensor, Tensor]:
    """Progress along x, a bonus for staying alive, upright and headed right, minus costs; `death_cost` when fallen.

    Args:
        observations: ``[N, 60]`` of the state reached.
        actions: ``[N, 8]`` that led there.
        potentials: Potential of the state reached ``[N]``.
        prev_potentials: Potential one step before ``[N]``.
        constants: Weights and scales.

    Returns:
        Reward ``[N]`` and whether the torso has fallen below the termination height, bool ``[N]``.
    """
    c = constants
    height, up_proj, heading_proj = observations[:, 0], observations[:, 10], observations[:, 11]
    dof_pos_scaled, dof_vel_scaled = observations[:, 12:20], observations[:, 20:28]
    progress = (potentials - prev_potentials).to(observations.dtype)
    alive = 0.5
    up = c.up_weight * (up_proj > 0.93)
    heading = c.heading_weight * (heading_proj / 0.8).masked_fill(heading_proj > 0.8, 1.0)
    actions_cost = c.actions_cost_scale * actions.square().sum(1)
    energy_cost = c.energy_cost_scale * (actions * dof_vel_scaled).abs().sum(1)
    at_limit_cost = c.joints_at_limit_cost_scale * (dof_pos_scaled > 0.99).sum(1)
    reward = progress + alive + up + heading - actions_cost - energy_cost - at_limit_cost
    fallen = height < c.termination_height
    return reward.masked_fill(fallen, c.death_cost), fallen
