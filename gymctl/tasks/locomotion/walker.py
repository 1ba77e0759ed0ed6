"""Walker: any robot on legs walks on flat ground as it is told to. `gymctl new` writes subclasses of it."""

from pathlib import Path
from typing import ClassVar

import mujoco
import torch
from torch import Tensor
from typing_extensions import override

from gymctl.config.config import TaskConfig
from gymctl.core.errors import InputError
from gymctl.scene.blocks import Block, find_first_block
from gymctl.scene.contact_sensors import add_contact_sensors
from gymctl.scene.contacts import contact_forces
from gymctl.scene.robots import (
    add_floor,
    add_foot_sensors,
    frame_robot,
    free_root,
    name_parts,
    read_drives,
    set_drives,
    touch_world_only,
    use_fast_contacts,
)
from gymctl.sim.rows import assign, take
from gymctl.sim.simulation import EnvIds, Simulation
from gymctl.tasks.base import load_spec
from gymctl.tasks.description import TaskDescription
from gymctl.tasks.from_model import describe_joints
from gymctl.tasks.locomotion.anymal_description import describe_targets
from gymctl.tasks.locomotion.legged_robot import (
    BaseMotion,
    LeggedRobot,
    LeggedRobotConstants,
    base_motion,
    compute_dof_pos_targets,
)
from gymctl.tasks.locomotion.walker_constants import REWARD_TERMS, GaitConstants, WalkerConstants
from gymctl.tasks.locomotion.walker_description import (
    describe_falls,
    describe_walker_commands,
    describe_walker_observations,
    describe_walker_rewards,
)
from gymctl.tasks.locomotion.walker_reward import compute_falls, compute_reward_terms, compute_strides, compute_swing
from gymctl.tasks.reward_terms import with_floor

_STANDING = 0.1
"""Commands that are smaller are to stand [m/s, rad/s]."""
_START_ANGLES = 0.1
"""Joints start so far from their default angles at most [rad or m]."""


class Walker(LeggedRobot):
    """Walk at commanded velocities, on flat ground.

    A subclass says where the model is and how large observations and actions are: 14 observations and three for each
    drive.
    """

    model_file: ClassVar[Path]
    """The MJCF or URDF."""
    episode_info_names = ("lin_vel_error", "yaw_rate_error", *(f"rew_{term}" for term in REWARD_TERMS))

    def __init__(self, config: TaskConfig, sim: Simulation, generator: torch.Generator) -> None:
        robot = _find_robot(sim.model)
        self.root = robot.name
        self.dof_names = tuple(sim.model.joint(joint).name for joint in robot.joints)
        super().__init__(config, sim, generator)
        num_envs, device = sim.num_envs, sim.device
        self.constants, self.gait = WalkerConstants.from_config(config), GaitConstants.from_config(config)
        self.dt = self.robot_constants.dt
        self.weights = torch.tensor(self.constants.weights, device=device) * self.dt
        drives = read_drives(config.env["control"])
        self.driven = torch.tensor([self.dof_names.index(name) for name in drives], device=device)
        self.effort_limits = torch.tensor([drive.effort for drive in drives.values()], device=device)
        self.phases = torch.tensor(self.gait.phases, device=device)
        self.readings = sim.output("sensordata", fresh=False)
        self.torques = sim.output("actuator_force")
        self.origin = torch.zeros(3, device=device)
        self.commands = torch.zeros(num_envs, 3, device=device)
        self.clock = torch.zeros(num_envs, device=device)
        """Where each robot is in its gait, 0 to 1."""
        self.seconds = torch.zeros(num_envs, device=device)
        """Since the episode's start."""
        self.last_actions = torch.zeros_like(self.actions)
        self.last_dof_vel = torch.zeros(num_envs, len(self.dof_names), device=device)
        self.sums = torch.zeros(num_envs, len(self.episode_info_names), device=device)
        """Of the errors and the weighted terms of the reward, times the control step."""

    @classmethod
    def build_spec(cls, config: TaskConfig) -> mujoco.MjSpec:
        """The model with the configured drives, on a floor, with sensors of contacts and feet."""
        env = config.env
        spec = load_spec(cls.model_file, config)
        name_parts(spec)
        free_root(spec)
        set_drives(spec, read_drives(config.env["control"]))
        use_fast_contacts(spec)
        add_floor(spec, env["plane"]["dynamicFriction"])
        frame_robot(spec)
        if not env["selfCollisions"]:
            touch_world_only(spec)
        constants, gait = WalkerConstants.from_config(config), GaitConstants.from_config(config)
        feet = [foot.body for foot in gait.feet]
        bodies = [*feet, *constants.limb_bodies, *constants.fall_bodies]
        known = {body.name for body in spec.bodies}
        if unknown := [body for body in bodies if body not in known]:
            raise InputError(f"the model has no body {unknown[0]!r}", "correct its name in the task's YAML")
        if len({*bodies}) < len(bodies):
            raise InputError("a body is named twice in gait.feet, limbBodies and fall.bodies", "name each once")
        add_contact_sensors(spec, bodies)
        add_foot_sensors(spec, list(gait.feet))
        return spec

    @classmethod
    def build_model(cls, config: TaskConfig) -> mujoco.MjModel:
        """Compiles what `build_spec` gives, and checks that the YAML's joints are the model's."""
        model = super().build_model(config)
        _check_joints(model, config)
        return model

    @classmethod
    def describe(cls, config: TaskConfig, model: mujoco.MjModel) -> TaskDescription:
        """See `Task.describe`."""
        robot, constants = LeggedRobotConstants.from_config(config), WalkerConstants.from_config(config)
        block, actions = _find_robot(model), describe_targets(model, robot)
        defaults = [robot.default_dof_pos[model.joint(joint).name] for joint in block.joints]
        joints, gait = describe_joints(model, block, defaults), GaitConstants.from_config(config)
        return TaskDescription(
            base=block.name,
            observations=describe_walker_observations(block.name, joints, actions, constants, gait, _STANDING),
            actions=actions,
            joints=joints,
            commands=describe_walker_commands(robot, constants),
            rewards=describe_walker_rewards(constants, robot.dt),
            terminations=describe_falls(constants),
            episode_steps=cls.count_steps(robot.time_limit),
        )

    @override
    def present_commands(self) -> Tensor:
        exact_seconds = (self.seconds / self.dt).round() * self.dt
        phase = (self.clock - exact_seconds / self.gait.period).remainder(1.0)
        return torch.cat((self.commands, phase[:, None]), dim=1)

    def apply_actions(self, actions: Tensor) -> None:
        """Moves the drives' targets."""
        self.actions.copy_(actions)
        default = self.default_dof_pos[self.driven]
        self.sim.ctrl.copy_(compute_dof_pos_targets(actions, default, self.robot_constants.action_scale))

    def after_physics(self) -> None:
        """Moves the clock on, and gives other commands when it is time."""
        self.clock.add_(self.dt / self.gait.period).remainder_(1.0)
        self.seconds += self.dt
        interval = self.constants.command_seconds
        due = (self.seconds / interval).floor() > ((self.seconds - self.dt) / interval).floor()
        assign(self.commands, self._draw_commands(self.sim.num_envs), due)

    def observe(self, ids: EnvIds | None = None) -> Tensor:
        """Velocities, gravity, command, joints, actions and the clock ``[n, 14 + 3 drives]``; see `base_motion`."""
        c = self.constants
        qpos, qvel = take(self.sim.qpos, ids).float(), take(self.sim.qvel, ids).float()
        base = base_motion(self.robot.root_state(qpos, qvel))
        commands, moving = take(self.commands, ids), take(self._moving(), ids)
        angle = 2.0 * torch.pi * take(self.clock, ids)
        offset = qpos[:, self.robot.dof_pos] - self.default_dof_pos
        return torch.cat(
            (
                base.lin_vel * c.lin_vel_scale,
                base.ang_vel * c.ang_vel_scale,
                base.gravity,
                commands[:, :2] * c.lin_vel_scale,
                commands[:, 2:] * c.ang_vel_scale,
                offset[:, self.driven] * c.dof_pos_scale,
                qvel[:, self.robot.dof_vel][:, self.driven] * c.dof_vel_scale,
                take(self.actions, ids),
                (angle.sin() * moving)[:, None],
                (angle.cos() * moving)[:, None],
            ),
            dim=1,
        )

    def reward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """See `compute_reward_terms`; their sum counts from 0 up, before the cost of a fall."""
        base, terms, fallen = self._judge()
        self.last_dof_vel.copy_(self.sim.qvel[:, self.robot.dof_vel])
        self.last_actions.copy_(self.actions)
        lin_vel_error = torch.linalg.vector_norm(self.commands[:, :2] - base.lin_vel[:, :2], dim=1)
        yaw_rate_error = (self.commands[:, 2] - base.ang_vel[:, 2]).abs()
        self.sums += torch.cat((torch.stack((lin_vel_error, yaw_rate_error), dim=1) * self.dt, terms), dim=1)
        return terms.sum(1).clamp(min=0.0) + self.constants.terminal_weight * fallen, fallen

    def reward_terms(self, observations: Tensor) -> dict[str, Tensor]:
        """The weighted terms, what lifts their sum to 0, and the cost of a fall."""
        _, terms, fallen = self._judge()
        weighted = dict(zip(REWARD_TERMS, terms.unbind(1), strict=True))
        return {**with_floor(weighted), "fall": self.constants.terminal_weight * fallen}

    def _judge(self) -> tuple[BaseMotion, Tensor, Tensor]:
        """The trunk's motion, the weighted terms of the reward ``[N, 15]``, and which robots have fallen ``[N]``."""
        qpos, qvel = self.sim.qpos.float(), self.sim.qvel.float()
        root = self.robot.root_state(qpos, qvel)
        base, height, dof_vel = base_motion(root), root.pos[:, 2], qvel[:, self.robot.dof_vel]
        forces, foot_pos, foot_vel = self._read_sensors()
        num_feet, num_limbs = len(self.gait.feet), len(self.constants.limb_bodies)
        moving = self._moving()
        swing = compute_swing(compute_strides(self.clock, self.phases), self.gait.stance) * moving[:, None]
        terms = self.weights * compute_reward_terms(
            base,
            height,
            self.commands,
            moving,
            swing,
            foot_pos[:, :, 2],
            foot_vel,
            forces[:, :num_feet],
            forces[:, num_feet : num_feet + num_limbs],
            qpos[:, self.robot.dof_pos] - self.default_dof_pos,
            dof_vel - self.last_dof_vel,
            self.torques.float() / self.effort_limits,
            self.actions - self.last_actions,
            self.constants,
            self.gait,
        )
        fallen = compute_falls(base, height, forces[:, num_feet + num_limbs :], self.constants)
        return base, terms, fallen

    def episode_info(self) -> Tensor:
        """Means over the episode so far: errors of the velocities [m/s, rad/s], and each reward term per second."""
        return self.sums / self.seconds.clamp(min=self.dt)[:, None]

    def reset(self, ids: EnvIds) -> None:
        """A start state, see `put_start_states`, a new command, and any time in the gait."""
        n = ids.shape[0]
        self.put_start_states(ids, self.origin)
        assign(self.commands, self._draw_commands(n), ids)
        assign(self.clock, self.uniform(0.0, 1.0, n), ids)
        assign(self.seconds, 0.0, ids)
        assign(self.last_actions, 0.0, ids)
        assign(self.last_dof_vel, take(self.sim.qvel, ids)[:, self.robot.dof_vel], ids)
        assign(self.sums, 0.0, ids)

    def start_dof_pos(self, n: int) -> Tensor:
        """Joint angles of ``n`` robots at their start: near the default ones ``[n, joints]`` [rad]."""
        return self.default_dof_pos + self.uniform(-_START_ANGLES, _START_ANGLES, n, len(self.dof_names))

    def _moving(self) -> Tensor:
        """1 for robots that are to walk, 0 for those that are to stand ``[num_envs]``."""
        return (self.commands.abs() > _STANDING).any(1).float()

    def _draw_commands(self, n: int) -> Tensor:
        """Commands ``[n, 3]``, some of them to stand."""
        ranges = self.robot_constants.commands
        drawn = torch.stack([self.uniform(low, high, n) for low, high in ranges], dim=1)
        return drawn * (self.uniform(0.0, 1.0, n, 1) >= self.constants.standing)

    def _read_sensors(self) -> tuple[Tensor, Tensor, Tensor]:
        """Contact forces ``[N, bodies, 3]`` [N], and the feet's positions [m] and velocities [m/s] ``[N, feet, 3]``."""
        num_feet, num_envs = len(self.gait.feet), self.sim.num_envs
        feet = self.readings[:, -6 * num_feet :].float().view(num_envs, 2, num_feet, 3)
        return contact_forces(self.readings[:, : -6 * num_feet]), feet[:, 0], feet[:, 1]


def _find_robot(model: mujoco.MjModel) -> Block:
    robot = find_first_block(model)
    if robot is None or robot.free_joint is None:
        raise InputError("the model's first body with a joint has no free joint", "add <freejoint/> to it")
    return robot


def _check_joints(model: mujoco.MjModel, config: TaskConfig) -> None:
    """Refuses a YAML whose joints aren't the model's."""
    robot = _find_robot(model)
    names = [model.joint(joint).name for joint in robot.joints]
    if missing := [name for name in names if name not in config.env["defaultJointAngles"]]:
        raise InputError(f"task.env.defaultJointAngles has no angle of {missing[0]!r}", "add the joint to the YAML")
    if len(robot.joints) != len(robot.dofs):
        raise InputError("the robot has a ball joint, which no drive can hold", "make it three hinges")
