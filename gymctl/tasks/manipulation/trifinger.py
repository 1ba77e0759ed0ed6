"""Trifinger: three fingers move a cube to a place, or to a pose, on a table or above it."""

import math

import mujoco
import torch
from torch import Tensor
from typing_extensions import override

from gymctl.config.config import TaskConfig
from gymctl.scene.blocks import find_block
from gymctl.sim.frames import RootState, xyzw_to_wxyz
from gymctl.sim.rotations import quat_about_z
from gymctl.sim.rows import assign, take
from gymctl.sim.simulation import EnvIds, Simulation
from gymctl.tasks.base import Sizes, Task
from gymctl.tasks.description import TaskDescription
from gymctl.tasks.manipulation.fingertips import Fingertips
from gymctl.tasks.manipulation.hand_maths import Goal
from gymctl.tasks.manipulation.trifinger_maths import (
    DAMPING,
    MAX_SPEED,
    NUM_DOFS,
    SAFETY_DAMPING,
    SIZE,
    START,
    Felt,
    Scene,
    Span,
    TrifingerConstants,
    compute_observations,
    compute_position_torques,
    compute_reward_terms,
    compute_states,
    compute_torques,
    find_successes,
    goal_angle,
    goal_distance,
    random_places,
    random_turns,
)
from gymctl.tasks.manipulation.trifinger_model import (
    OBJECT,
    ROBOT,
    TIPS,
    TrifingerSettings,
    build_spec,
    describe,
)
from gymctl.tasks.measures import Measure, as_columns
from gymctl.tasks.reward_terms import add_up

_START_HEIGHT = SIZE / 2.0 + 0.0015
"""Of the cube's centre; larger cubes don't reach into the table [m]."""


class Trifinger(Task):
    """Move a cube to a pose with three fingers, on a table or above it."""

    num_observations = 41
    num_states = 113
    num_actions = NUM_DOFS
    episode_info_names = "success", "success_position", "success_orientation"
    measures = (
        Measure("distance to the goal", "m"),
        Measure("angle to the goal", "°"),
        Measure("at the goal's place", "%", "share"),
        Measure("turned as the goal", "%", "share"),
        Measure("success", "%", "share"),
    )

    def __init__(self, config: TaskConfig, sim: Simulation, generator: torch.Generator) -> None:
        super().__init__(config, sim, generator)
        device, n, model = sim.device, sim.num_envs, sim.model
        self.constants = TrifingerConstants.from_config(config)
        self.settings = settings = TrifingerSettings.from_config(config)
        self.robot, self.object = find_block(model, ROBOT), find_block(model, OBJECT)
        self.tip_bodies = torch.tensor([model.body(name).id for name in TIPS], device=device)
        self.xpos = sim.output("xpos")
        self.fingertips = Fingertips(sim, self.robot, TIPS if settings.has_critic else (), config.timesteps)
        self.commanded = Span.between(*settings.action_ends(), torch.float, device)
        self.seen = Span.between(*settings.observation_ends(), torch.float, device)
        self.safety_damping = torch.tensor(SAFETY_DAMPING if settings.safety_damping else 9 * [0.0], device=device)
        self.damping, self.start = torch.tensor(DAMPING, device=device), torch.tensor(START, device=device)
        self.goal = Goal(torch.zeros(n, 3, device=device), torch.zeros(n, 4, device=device))
        self.goal_pos, self.goal_quat = self.goal
        self.actions = torch.zeros(n, NUM_DOFS, device=device)
        self.last_tips, self.last_cube_pos = torch.zeros(n, 3, 3, device=device), torch.zeros(n, 3, device=device)
        self.frames = torch.zeros((), dtype=torch.int64, device=device)
        """Control steps of all envs together since the training began."""

    @classmethod
    def sizes(cls, config: TaskConfig) -> Sizes:
        """The critic sees 41 numbers, too, without ``asymmetric_obs``."""
        states = cls.num_states if TrifingerSettings.from_config(config).has_critic else cls.num_observations
        return Sizes(cls.num_observations, cls.num_actions, states)

    @override
    @classmethod
    def build_spec(cls, config: TaskConfig) -> mujoco.MjSpec:
        return build_spec(config)

    @classmethod
    def describe(cls, config: TaskConfig, model: mujoco.MjModel) -> TaskDescription:
        """See `Task.describe`."""
        constants, steps = TrifingerConstants.from_config(config), cls.count_steps(config.env[cls.episode_length_key])
        return describe(model, TrifingerSettings.from_config(config), constants, steps, config.timesteps)

    def set_train_frames(self, frames: int) -> None:
        """So that fingers get nothing for approaching the cube later in a training, though it was resumed."""
        self.frames.fill_(frames)

    def apply_actions(self, actions: Tensor) -> None:
        """Turns actions into torques, which stay the same until the next ones, and notes where things are."""
        self.actions.copy_(actions)
        self.last_tips.copy_(self._tips(None))
        self.last_cube_pos.copy_(self.sim.qpos[:, self.object.root_pos])
        dof_pos, dof_vel = self._joints(None)
        commands = self.commanded.spread(actions) if self.settings.normalised_actions else actions
        if self.settings.commands_positions:
            commands = compute_position_torques(commands, dof_pos, dof_vel, self.damping)
        self.sim.ctrl.copy_(compute_torques(commands, dof_vel, self.safety_damping))

    def after_physics(self) -> None:
        """Counts the step, slows joints down to their limit, and takes what the fingertips feel."""
        self.frames += self.sim.num_envs
        self.sim.qvel[:, self.robot.dof_vel].clamp_(-MAX_SPEED, MAX_SPEED)
        self.fingertips.feel()

    def observe(self, ids: EnvIds | None = None) -> Tensor:
        """See `compute_observations`; normalised, unless ``normalize_obs`` is off."""
        observations = self._observe(ids)
        return self.seen.normalise(observations) if self.settings.normalised_observations else observations

    def observe_states(self, ids: EnvIds | None = None) -> Tensor:
        """See `compute_states`; without ``asymmetric_obs`` the observations, not normalised."""
        observations = self._observe(ids)
        if not self.settings.has_critic:
            return observations
        torques = self.sim.ctrl if self.settings.feels_torques else torch.zeros_like(self.sim.ctrl)
        felt = (take(values, ids).float() for values in (self.fingertips.states(), torques, self.fingertips.forces))
        return compute_states(observations, self._cube(ids), Felt(*felt))

    def reward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """What `reward_terms` add up to; only the time limit ends an episode."""
        reward = add_up(self.reward_terms(observations))
        return reward, torch.zeros_like(reward, dtype=torch.bool)

    def reward_terms(self, observations: Tensor) -> dict[str, Tensor]:
        """See `compute_reward_terms`."""
        scene = Scene(self._tips(None), self.last_tips, self._cube(None), self.last_cube_pos, self.goal)
        return compute_reward_terms(scene, self.frames, self.constants)

    def episode_info(self) -> Tensor:
        """Whether the cube is as its difficulty asks for, is at the goal's place, and is turned as the goal."""
        return as_columns(*find_successes(self._cube(None), self.goal, self.constants))

    def measure(self, terminated: Tensor) -> Tensor:
        """How far the cube is from the goal and turned from it, and what of it is reached."""
        cube = self._cube(None)
        success, placed, turned = find_successes(cube, self.goal, self.constants)
        off, angle = goal_distance(cube, self.goal), torch.rad2deg(goal_angle(cube, self.goal))
        return as_columns(off, angle, placed, turned, success)

    def present_commands(self) -> Tensor:
        """Position and orientation (xyzw) of the goals ``[N, 7]``."""
        return torch.cat(self.goal, dim=1)

    def reset(self, ids: EnvIds) -> None:
        """Fingers at their start or near it, the cube somewhere on the table, and a goal as the difficulty says."""
        n, settings = ids.shape[0], self.settings
        self.sim.put("qpos", self.start.expand(n, -1) + self._noise(settings.pos_noise, n), ids, self.robot.dof_pos)
        self.sim.put("qvel", self._noise(settings.vel_noise, n), ids, self.robot.dof_vel)
        if settings.random_cube:
            place, turn = self._random_place(n), quat_about_z(2.0 * math.pi * self.uniform(0.0, 1.0, n))
            height = torch.full_like(place[:, :1], _START_HEIGHT)
            pose = torch.cat((place, height, xyzw_to_wxyz(turn)), dim=1)
            self.sim.put("qpos", pose, ids, self.object.root_qpos)
        self._draw_goals(ids)
        assign(self.actions, 0.0, ids)
        self.fingertips.forget(ids)

    def _draw_goals(self, ids: EnvIds) -> None:
        """New goals, which a cube that meets nothing shows."""
        kind, n = self.settings.goals, ids.shape[0]
        draws = self.uniform(0.0, 1.0, 3, n)
        place = self._random_place(n) if kind.random_place else torch.zeros_like(draws[:2].T)
        pos = torch.cat((place, self.uniform(*kind.heights, n, 1)), dim=1)
        if kind.turned == "any way":
            quat = random_turns(*draws)
        else:
            quat = quat_about_z(2.0 * math.pi * draws[0] if kind.turned else torch.zeros_like(draws[0]))
        for field, value in zip(self.goal, (pos, quat), strict=True):
            assign(field, value, ids)
        self.sim.put("mocap_pos", pos[:, None], ids)
        self.sim.put("mocap_quat", xyzw_to_wxyz(quat)[:, None], ids)

    def _noise(self, most: float, n: int) -> Tensor:
        return most * self.uniform(-1.0, 1.0, n, NUM_DOFS)

    def _random_place(self, n: int) -> Tensor:
        return random_places(self.uniform(0.0, 1.0, n), self.uniform(0.0, 1.0, n))

    def _observe(self, ids: EnvIds | None) -> Tensor:
        goal = Goal(*(take(field, ids) for field in self.goal))
        return compute_observations(*self._joints(ids), self._cube(ids), goal, take(self.actions, ids))

    def _joints(self, ids: EnvIds | None) -> tuple[Tensor, Tensor]:
        qpos, qvel = (take(field, ids).float() for field in (self.sim.qpos, self.sim.qvel))
        return qpos[:, self.robot.dof_pos], qvel[:, self.robot.dof_vel]

    def _cube(self, ids: EnvIds | None) -> RootState:
        qpos, qvel = (take(field, ids).float() for field in (self.sim.qpos, self.sim.qvel))
        return self.object.root_state(qpos, qvel)

    def _tips(self, ids: EnvIds | None) -> Tensor:
        return take(self.xpos, ids).index_select(1, self.tip_bodies).float()
