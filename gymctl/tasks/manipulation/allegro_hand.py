"""AllegroHand: a hand turns a cube to one orientation after the other."""

import math

import mujoco
import torch
from torch import Tensor
from typing_extensions import override

from gymctl.config.config import TaskConfig
from gymctl.core.errors import InputError
from gymctl.scene.blocks import find_block
from gymctl.scene.contacts import harden
from gymctl.scene.drives import move_controls
from gymctl.sim.frames import RootState, xyzw_to_wxyz
from gymctl.sim.rotations import quat_rotate
from gymctl.sim.rows import assign, take
from gymctl.sim.simulation import EnvIds, Simulation
from gymctl.tasks.base import Task, load_spec
from gymctl.tasks.description import TaskDescription
from gymctl.tasks.manipulation.allegro_hand_description import GOAL_POS, HAND, NUM_DOFS, OBJECT, describe
from gymctl.tasks.manipulation.allegro_hand_maths import (
    AllegroHandConstants,
    Goal,
    Hand,
    angle_of,
    compute_observations,
    compute_reward_terms,
    compute_targets,
    has_fallen,
    is_reached,
    random_rotation,
    relative_rotation,
)
from gymctl.tasks.measures import Measure, as_columns
from gymctl.tasks.reward_terms import add_up

ANGLE = Measure("angle to the goal", "°")
DROPPED = Measure("cube dropped", "%", "share")


class AllegroHand(Task):
    """Turn a cube in a hand with four fingers to one orientation after the other."""

    num_observations = 88
    num_actions = NUM_DOFS
    renews_goals = True
    measures = ANGLE, DROPPED

    def __init__(self, config: TaskConfig, sim: Simulation, generator: torch.Generator) -> None:
        super().__init__(config, sim, generator)
        device, n, env = sim.device, sim.num_envs, config.env
        self.constants = AllegroHandConstants.from_config(config)
        self.hand, self.object = find_block(sim.model, HAND), find_block(sim.model, OBJECT)
        self.limits = torch.from_numpy(self.hand.joint_limits).float().to(device)
        self.start_pos = torch.from_numpy(sim.model.body(OBJECT).pos).float().to(device)
        self.goal_pos = torch.tensor(GOAL_POS, device=device).expand(n, 3)
        self.goal_quat = torch.zeros(n, 4, device=device)
        self.actions = torch.zeros(n, NUM_DOFS, device=device)
        self.steps = torch.zeros(n, dtype=torch.int64, device=device)
        self.relative: bool = env["useRelativeControl"]
        self.torques = sim.output("qfrc_actuator")
        self.force_scale: float = env["forceScale"] * sim.model.body(OBJECT).mass.item()
        self.force_decay: float = env["forceDecay"] ** (self.constants.dt / env["forceDecayInterval"])
        self.force_chance = torch.zeros(n, device=device)
        self.forces = torch.zeros(n, 3, device=device)

    @override
    @classmethod
    def build_spec(cls, config: TaskConfig) -> mujoco.MjSpec:
        env = config.env
        for key, only in (
            ("objectType", "block"),
            ("observationType", "full_state"),
            ("asymmetric_observations", False),
        ):
            if env[key] != only:
                raise InputError(f"task.env.{key} is {env[key]!r}", f"leave it at {only!r}, the only one there is")
        spec = load_spec("allegro_hand.xml", config)
        if config.physics == "isaacgym":
            harden(spec)
        return spec

    @classmethod
    def describe(cls, config: TaskConfig, model: mujoco.MjModel) -> TaskDescription | None:
        """See `Task.describe`."""
        steps = cls.count_steps(config.env[cls.episode_length_key])
        relative = config.env["useRelativeControl"]
        return describe(model, AllegroHandConstants.from_config(config), steps, relative=relative)

    def apply_actions(self, actions: Tensor) -> None:
        """Moves the targets of the drives, which are the simulation's controls, and pushes the cube at random."""
        c, last = self.constants, self.sim.ctrl.float()
        self.actions.copy_(actions)
        if self.relative:
            targets = move_controls(last, actions, c.dof_speed_scale, c.dt, self.limits)
        else:
            targets = compute_targets(actions, last, self.limits, c.act_moving_average)
        self.sim.ctrl.copy_(targets)
        if self.force_scale > 0:
            self._push()

    def after_physics(self) -> None:
        """Counts the step."""
        self.steps += 1

    def observe(self, ids: EnvIds | None = None) -> Tensor:
        """See `compute_observations`."""
        qpos, qvel, torques = (take(field, ids).float() for field in (self.sim.qpos, self.sim.qvel, self.torques))
        joints = Hand(qpos[:, self.hand.dof_pos], qvel[:, self.hand.dof_vel], torques[:, self.hand.dof_vel])
        goal = Goal(take(self.goal_pos, ids), take(self.goal_quat, ids))
        cube = self.object.root_state(qpos, qvel)
        return compute_observations(joints, self.limits, cube, goal, take(self.actions, ids), self.constants)

    def reward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """What `reward_terms` add up to; the episode ends where the cube has fallen."""
        return add_up(self.reward_terms(observations)), has_fallen(self._distance(), self.constants)

    def reward_terms(self, observations: Tensor) -> dict[str, Tensor]:
        """See `compute_reward_terms`."""
        return compute_reward_terms(self._distance(), self._angle(), self.actions, self.steps, self.constants)

    def reached_goals(self) -> Tensor:
        """Where the cube is turned as the goal, whatever its place."""
        return is_reached(self._angle(), self.constants)

    def renew_goals(self, ids: EnvIds) -> None:
        """A new orientation, which the cube beside the hand shows."""
        quat = self._random_rotation(ids.shape[0])
        assign(self.goal_quat, quat, ids)
        self.sim.put("mocap_quat", xyzw_to_wxyz(quat)[:, None], ids)
        if self.constants.max_consecutive_successes:
            assign(self.steps, 0, ids)

    def measure(self, terminated: Tensor) -> Tensor:
        """How far the cube is turned from the goal, and whether it has fallen."""
        return as_columns(torch.rad2deg(self._angle()), has_fallen(self._distance(), self.constants))

    def present_commands(self) -> Tensor:
        """Position and orientation (xyzw) of the goals ``[N, 7]``."""
        return torch.cat((self.goal_pos, self.goal_quat), dim=1)

    def reset(self, ids: EnvIds) -> None:
        """The fingers somewhere near straight, at rest; the cube above them, turned at random."""
        env, n = self.env_config, ids.shape[0]
        low, high = self.limits.unbind(1)
        speed = env["resetDofVelRandomInterval"]
        dof_pos = env["resetDofPosRandomInterval"] * (low + (high - low) * self.uniform(0.0, 1.0, n, NUM_DOFS))
        dof_pos = dof_pos.clamp(low, high)
        noise = env["resetPositionNoise"] * self.uniform(-1.0, 1.0, n, 3)
        cube = torch.cat((self.start_pos + noise, xyzw_to_wxyz(self._random_rotation(n))), dim=1)
        self.sim.put("qpos", dof_pos, ids, self.hand.dof_pos)
        self.sim.put("qpos", cube, ids, self.object.root_qpos)
        self.sim.put("qvel", speed * self.uniform(-1.0, 1.0, n, NUM_DOFS), ids, self.hand.dof_vel)
        self.sim.put("ctrl", dof_pos, ids)
        assign(self.actions, 0.0, ids)
        assign(self.steps, 0, ids)
        self.renew_goals(ids)
        lowest, highest = (math.log(chance) for chance in env["forceProbRange"])
        assign(self.force_chance, self.uniform(lowest, highest, n).exp(), ids)
        assign(self.forces, 0.0, ids)

    def _push(self) -> None:
        """Lets the random force on the cube fade, and draws another one now and then; it turns with the cube."""
        drawn = torch.empty_like(self.forces).normal_(generator=self.generator) * self.force_scale
        due = self.uniform(0.0, 1.0, self.sim.num_envs) < self.force_chance
        self.forces.mul_(self.force_decay)
        assign(self.forces, drawn, due)
        self.sim.xfrc_applied[:, self.object.root, :3] = quat_rotate(self._cube().quat, self.forces).to(self.sim.dtype)

    def _random_rotation(self, n: int) -> Tensor:
        return random_rotation(self.uniform(-1.0, 1.0, n), self.uniform(-1.0, 1.0, n))

    def _cube(self) -> RootState:
        return self.object.root_state(self.sim.qpos.float(), self.sim.qvel.float())

    def _distance(self) -> Tensor:
        return torch.linalg.vector_norm(self._cube().pos - self.goal_pos, dim=1)

    def _angle(self) -> Tensor:
        return angle_of(relative_rotation(self._cube().quat, self.goal_quat))
