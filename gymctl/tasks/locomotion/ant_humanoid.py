"""The task that Ant and Humanoid share: a robot with a free torso runs towards a far target along x."""

from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar

import mujoco
import numpy as np
import torch
from torch import Tensor

from gymctl.config.config import TaskConfig
from gymctl.scene.blocks import find_block
from gymctl.scene.contacts import harden, set_ground_friction
from gymctl.scene.dofs import Dofs
from gymctl.scene.link_sensors import LinkSensors
from gymctl.sim.rows import assign, take
from gymctl.sim.simulation import EnvIds, Simulation
from gymctl.tasks.base import Task, load_spec
from gymctl.tasks.description import Joint, Observation, TaskDescription
from gymctl.tasks.from_model import describe_joints, describe_torques
from gymctl.tasks.locomotion.ant_humanoid_description import (
    TORSO,
    describe_observations,
    describe_rewards,
    describe_target,
)
from gymctl.tasks.locomotion.ant_humanoid_maths import (
    LocomotionConstants,
    compute_controls,
    compute_fallen,
    compute_observations,
    compute_potentials,
    compute_reward,
    compute_reward_terms,
    initial_positions,
)
from gymctl.tasks.measures import FALLS, FORWARD_SPEED, POWER, as_columns, mechanical_power
from gymctl.tasks.reward_terms import with_failure

TARGET = (1000.0, 0.0, 0.0)
"""The point to run to [m]; so far away that it is a direction."""


class Locomotion(Task):
    """Run as fast as possible along x; a robot says what its model is, which forces it feels and how its limits count.

    The model's root is named torso and is free; each joint has one motor, in the same order.
    """

    version = 2
    late_reset = True
    measures = FORWARD_SPEED, POWER, FALLS
    asset: ClassVar[str]
    """The robot's MJCF."""
    num_forces: ClassVar[int]
    """How many numbers `forces` gives."""
    feet: ClassVar[tuple[str, ...]]
    """Sites of the feet, whose force sensors the policy feels."""
    alive: ClassVar[float]
    """See `LocomotionConstants`."""
    wrap_angles: ClassVar[bool]
    """See `LocomotionConstants`."""

    def __init__(self, config: TaskConfig, sim: Simulation, generator: torch.Generator) -> None:
        super().__init__(config, sim, generator)
        self.constants = LocomotionConstants.from_config(config, alive=self.alive, wrap_angles=self.wrap_angles)
        self.robot = find_block(sim.model, TORSO)
        self.dofs = Dofs(sim.model, self.robot, sim.device)
        self.dof_limits_lower, self.dof_limits_upper = self.dofs.limits.unbind(1)
        self.initial_dof_pos = initial_positions(self.dofs.limits)
        gears = np.linalg.norm(sim.model.actuator_gear[: self.num_actions, :3], axis=1)
        self.gears = torch.from_numpy(gears).float().to(sim.device)
        self.effort_ratio = self.gears / self.gears.max()
        self.start_root_qpos = torch.from_numpy(sim.model.qpos0[self.robot.root_qpos]).float().to(sim.device)
        self.target = torch.tensor(TARGET, device=sim.device)
        self.sensors = LinkSensors(sim, self.feet, config.timesteps)
        self.motors = torch.zeros(sim.num_envs, sim.model.nv, device=sim.device)
        """Generalised forces of the motors ``[num_envs, nv]`` [N or N m]."""
        self.felt = torch.zeros(sim.num_envs, self.num_forces, device=sim.device)
        """What `forces` gives ``[num_envs, num_forces]`` [N, N m]."""
        self.actions = torch.zeros(sim.num_envs, self.num_actions, device=sim.device)
        self.potentials = torch.zeros(sim.num_envs, dtype=torch.float64, device=sim.device)
        self.prev_potentials = torch.zeros_like(self.potentials)

    @classmethod
    def build_spec(cls, config: TaskConfig) -> mujoco.MjSpec:
        """The robot's MJCF with PhysX's friction, and hard contacts where they are to be Isaac Gym's."""
        spec = load_spec(cls.asset, config)
        set_ground_friction(spec, config.env["plane"]["dynamicFriction"])
        if config.physics == "isaacgym":
            harden(spec)
        return spec

    @classmethod
    def describe(cls, config: TaskConfig, model: mujoco.MjModel) -> TaskDescription:
        """See `Task.describe`."""
        c = LocomotionConstants.from_config(config, alive=cls.alive, wrap_angles=cls.wrap_angles)
        robot = find_block(model, TORSO)
        limits = Dofs(model, robot, torch.device("cpu")).limits
        joints = describe_joints(model, robot, initial_positions(limits).tolist())
        forces = cls.describe_forces(joints, c.contact_force_scale, config.timesteps)
        return TaskDescription(
            base=TORSO,
            observations=describe_observations(joints, forces, c),
            actions=describe_torques(model, joints, c.power_scale),
            joints=joints,
            commands=describe_target(TARGET),
            rewards=describe_rewards(c),
            terminations=(f"the torso is below {c.termination_height:g} m",),
            episode_steps=cls.count_steps(config.env[cls.episode_length_key]),
        )

    @classmethod
    @abstractmethod
    def describe_forces(cls, joints: tuple[Joint, ...], scale: float, timesteps: int) -> tuple[Observation, ...]:
        """What `forces` gives, times `scale`; `timesteps` as of `LinkSensors`."""

    @abstractmethod
    def forces(self) -> Tensor:
        """What the policy feels after a step, before scaling ``[num_envs, num_forces]`` [N, N m]."""

    @staticmethod
    @abstractmethod
    def at_limit(dof_pos_scaled: Tensor) -> Tensor:
        """How much each joint counts as being at its limit ``[N, joints]``.

        Args:
            dof_pos_scaled: Joint angles, -1 and 1 at their limits ``[N, joints]``.
        """

    def apply_actions(self, actions: Tensor) -> None:
        """Torques in proportion to the actions; the motors' gears are in the model."""
        self.actions.copy_(actions)
        controls = compute_controls(actions, self.constants.power_scale)
        self.sim.ctrl[:, : self.num_actions] = controls
        self.dofs.write_forces(controls * self.gears, self.motors)

    def after_physics(self) -> None:
        """Moves the potentials on by one step."""
        self.prev_potentials.copy_(self.potentials)
        self.potentials.copy_(self._potentials(None))
        self.sensors.update(self.motors)
        self.felt.copy_(self.forces())

    def observe(self, ids: EnvIds | None = None) -> Tensor:
        """See `compute_observations`."""
        qpos, qvel = take(self.sim.qpos, ids).float(), take(self.sim.qvel, ids).float()
        return compute_observations(
            self.robot.root_state(qpos, qvel),
            self.dofs.positions(qpos),
            self.dofs.velocities(qvel),
            self.dof_limits_lower,
            self.dof_limits_upper,
            take(self.felt, ids),
            take(self.actions, ids),
            self.target,
            self.constants,
        )

    def reward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """See `compute_reward`."""
        return compute_reward(observations, *self._rewarded(), self.constants)

    def reward_terms(self, observations: Tensor) -> dict[str, Tensor]:
        """See `compute_reward_terms`; a robot that has fallen has another reward."""
        terms = compute_reward_terms(observations, *self._rewarded(), self.constants)
        fallen = compute_fallen(observations, self.constants)
        return with_failure(terms, fallen, "fall", self.constants.death_cost)

    def _rewarded(self) -> tuple[Tensor, Tensor, Tensor, Tensor, Callable[[Tensor], Tensor]]:
        return self.actions, self.potentials, self.prev_potentials, self.effort_ratio, self.at_limit

    def measure(self, terminated: Tensor) -> Tensor:
        """The torso's speed along x, the power of the motors, and who falls."""
        qpos, qvel = self.sim.qpos.float(), self.sim.qvel.float()
        torques = self.sim.ctrl[:, : self.num_actions].float() * self.gears
        forward_speed = self.robot.root_state(qpos, qvel).lin_vel[:, 0]
        return as_columns(forward_speed, mechanical_power(torques, self.dofs.velocities(qvel)), terminated)

    def reset(self, ids: EnvIds) -> None:
        """The torso at its start pose and at rest; joints within ±0.2 rad of their start, speeds within ±0.1 rad/s."""
        n, joints = ids.shape[0], self.num_actions
        dof_pos = self.initial_dof_pos + self.uniform(-0.2, 0.2, n, joints)
        dof_pos = dof_pos.clamp(self.dof_limits_lower, self.dof_limits_upper)
        dof_vel = self.uniform(-0.1, 0.1, n, joints)
        qpos, qvel = dof_pos.new_zeros(n, self.sim.model.nq), dof_vel.new_zeros(n, self.sim.model.nv)
        qpos[:, self.robot.root_qpos] = self.start_root_qpos
        self.dofs.write(dof_pos, dof_vel, qpos, qvel)
        self.sim.put("qpos", qpos, ids)
        self.sim.put("qvel", qvel, ids)
        assign(self.actions, 0.0, ids)
        assign(self.potentials, self._potentials(ids), ids)
        assign(self.felt, 0.0, ids)

    def _potentials(self, ids: EnvIds | None) -> Tensor:
        root_pos = take(self.sim.qpos, ids)[:, self.robot.root_pos].float()
        return compute_potentials(root_pos, self.target, self.constants.dt)
