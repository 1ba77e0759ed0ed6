"""A hand that turns an object to one orientation after the other: what AllegroHand and ShadowHand share."""

import math
from typing import ClassVar

import mujoco
import torch
from torch import Tensor
from typing_extensions import override

from gymctl.config.config import TaskConfig
from gymctl.core.errors import InputError, suggest
from gymctl.scene.blocks import find_block
from gymctl.scene.contacts import harden
from gymctl.scene.drives import move_controls
from gymctl.sim.frames import RootState, xyzw_to_wxyz
from gymctl.sim.rotations import quat_rotate
from gymctl.sim.rows import assign, take
from gymctl.sim.simulation import EnvIds, Simulation
from gymctl.tasks.base import Sizes, Task, load_spec
from gymctl.tasks.description import TaskDescription
from gymctl.tasks.manipulation.fingertips import Fingertips
from gymctl.tasks.manipulation.hand_description import OBJECT, describe
from gymctl.tasks.manipulation.hand_maths import (
    Goal,
    HandConstants,
    angle_of,
    compute_reward_terms,
    compute_targets,
    episode_length,
    has_fallen,
    is_reached,
    random_pen_rotation,
    random_rotation,
    relative_rotation,
)
from gymctl.tasks.manipulation.hand_objects import GOAL_OFFSET, place_object
from gymctl.tasks.manipulation.hand_observations import LAYOUTS, Hand, Seen, compute_observations, width_of
from gymctl.tasks.measures import Measure, as_columns
from gymctl.tasks.reward_terms import add_up

ANGLE = Measure("angle to the goal", "°")


class HandTask(Task):
    """Turn an object in a hand to one orientation after the other."""

    asset: ClassVar[str]
    hand_name: ClassVar[str]
    """The root body of the hand."""
    num_dofs: ClassVar[int]
    tips: ClassVar[tuple[str, ...]] = ()
    """Bodies of the fingertips that are observed; each has a site of its name."""
    observation_types: ClassVar[tuple[str, ...]]
    object_types: ClassVar[tuple[str, ...]]

    renews_goals = True

    def __init__(self, config: TaskConfig, sim: Simulation, generator: torch.Generator) -> None:
        super().__init__(config, sim, generator)
        device, n, env, model = sim.device, sim.num_envs, config.env, sim.model
        self.constants = HandConstants.from_config(config, feels_drives=self.feels_drives(config))
        self.layout = self.layout_of(env["observationType"])
        self.hand, self.object = find_block(model, self.hand_name), find_block(model, OBJECT)
        self.limits = torch.from_numpy(self.hand.joint_limits).float().to(device)
        self.driven = torch.from_numpy(model.actuator_trnid[:, 0].copy()).long().to(device)
        """The joint of each drive."""
        self.ranges = self.limits[self.driven]
        self.start_pos = torch.from_numpy(model.body(OBJECT).pos).float().to(device)
        self.goal_pos = (self.start_pos + torch.tensor(GOAL_OFFSET, device=device)).expand(n, 3)
        self.goal_quat = torch.zeros(n, 4, device=device)
        self.actions = torch.zeros(n, self.num_actions, device=device)
        self.steps = torch.zeros(n, dtype=torch.int64, device=device)
        self.relative: bool = env["useRelativeControl"]
        self.is_pen: bool = env["objectType"] == "pen"
        self.torques = sim.output("qfrc_actuator")
        self.fingertips = Fingertips(sim, self.hand, self.tips, config.timesteps)
        self.force_scale: float = env["forceScale"] * model.body(OBJECT).mass.item()
        self.force_decay: float = env["forceDecay"] ** (self.constants.dt / env["forceDecayInterval"])
        self.force_chance = torch.zeros(n, device=device)
        self.forces = torch.zeros(n, 3, device=device)

    @classmethod
    def feels_drives(cls, config: TaskConfig) -> bool:
        """Whether the torques of the drives are observed."""
        del config
        return True

    @property
    @override
    def max_episode_length(self) -> int:
        return self.constants.max_episode_length

    @classmethod
    def sizes(cls, config: TaskConfig) -> Sizes:
        """As ``observationType`` and ``asymmetric_observations`` say."""
        env = config.env
        widths = [
            width_of(cls.layout_of(kind), cls.num_dofs, len(cls.tips), cls.num_actions)
            for kind in (env["observationType"], "full_state")
        ]
        return Sizes(widths[0], cls.num_actions, widths[1] if env["asymmetric_observations"] else 0)

    @override
    @classmethod
    def build_spec(cls, config: TaskConfig) -> mujoco.MjSpec:
        _check("objectType", config, cls.object_types)
        spec = load_spec(cls.asset, config)
        place_object(spec, config.env["objectType"])
        if config.physics == "isaacgym":
            harden(spec)
        return spec

    @classmethod
    def describe(cls, config: TaskConfig, model: mujoco.MjModel) -> TaskDescription:
        """See `Task.describe`."""
        constants = HandConstants.from_config(config, feels_drives=cls.feels_drives(config))
        layout, steps = cls.layout_of(config.env["observationType"]), cls.count_steps(episode_length(config))
        hand, relative = find_block(model, cls.hand_name), config.env["useRelativeControl"]
        return describe(model, hand, cls.tips, layout, constants, steps, config.timesteps, relative=relative)

    def apply_actions(self, actions: Tensor) -> None:
        """Moves the targets of the drives, which are the simulation's controls, and pushes the object at random."""
        c, last = self.constants, self.sim.ctrl.float()
        self.actions.copy_(actions)
        if self.relative:
            targets = move_controls(last, actions, c.dof_speed_scale, c.dt, self.ranges)
        else:
            targets = compute_targets(actions, last, self.ranges, c.act_moving_average)
        self.sim.ctrl.copy_(targets)
        if self.force_scale > 0:
            self._push()

    def after_physics(self) -> None:
        """Counts the step, and takes what the fingertips feel."""
        self.steps += 1
        self.fingertips.feel()

    def observe(self, ids: EnvIds | None = None) -> Tensor:
        """See `gymctl.tasks.manipulation.hand_observations.LAYOUTS`."""
        return compute_observations(self._see(ids), self.layout, self.constants)

    def observe_states(self, ids: EnvIds | None = None) -> Tensor:
        """All that there is, as in ``full_state``."""
        return compute_observations(self._see(ids), self.layout_of("full_state"), self.constants)

    def reward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """What `reward_terms` add up to; the episode ends where the object has fallen."""
        return add_up(self.reward_terms(observations)), has_fallen(self._distance(), self.constants)

    def reward_terms(self, observations: Tensor) -> dict[str, Tensor]:
        """See `compute_reward_terms`."""
        return compute_reward_terms(self._distance(), self._angle(), self.actions, self.steps, self.constants)

    def reached_goals(self) -> Tensor:
        """Where the object is turned as the goal, whatever its place."""
        return is_reached(self._angle(), self.constants)

    def renew_goals(self, ids: EnvIds) -> None:
        """A new orientation, which the object beside the hand shows."""
        quat = self._random_rotation(ids.shape[0])
        assign(self.goal_quat, quat, ids)
        self.sim.put("mocap_quat", xyzw_to_wxyz(quat)[:, None], ids)
        if self.constants.max_consecutive_successes:
            assign(self.steps, 0, ids)

    def measure(self, terminated: Tensor) -> Tensor:
        """How far the object is turned from the goal, and whether it has fallen."""
        return as_columns(torch.rad2deg(self._angle()), has_fallen(self._distance(), self.constants))

    def present_commands(self) -> Tensor:
        """Position and orientation (xyzw) of the goals ``[N, 7]``."""
        return torch.cat((self.goal_pos, self.goal_quat), dim=1)

    def reset(self, ids: EnvIds) -> None:
        """The fingers somewhere near straight, at rest; the object above them, turned at random."""
        env, n = self.env_config, ids.shape[0]
        low, high = self.limits.unbind(1)
        speed = env["resetDofVelRandomInterval"]
        dof_pos = env["resetDofPosRandomInterval"] * (low + (high - low) * self.uniform(0.0, 1.0, n, self.num_dofs))
        dof_pos = dof_pos.clamp(low, high)
        noise = env["resetPositionNoise"] * self.uniform(-1.0, 1.0, n, 3)
        pose = torch.cat((self.start_pos + noise, xyzw_to_wxyz(self._random_rotation(n))), dim=1)
        self.sim.put("qpos", dof_pos, ids, self.hand.dof_pos)
        self.sim.put("qpos", pose, ids, self.object.root_qpos)
        self.sim.put("qvel", speed * self.uniform(-1.0, 1.0, n, self.num_dofs), ids, self.hand.dof_vel)
        self.sim.put("ctrl", dof_pos[:, self.driven], ids)
        assign(self.actions, 0.0, ids)
        assign(self.steps, 0, ids)
        self.fingertips.forget(ids)
        self.renew_goals(ids)
        lowest, highest = (math.log(chance) for chance in env["forceProbRange"])
        assign(self.force_chance, self.uniform(lowest, highest, n).exp(), ids)
        assign(self.forces, 0.0, ids)

    @classmethod
    def layout_of(cls, kind: str) -> tuple[str, ...]:
        """The parts of an ``observationType``.

        Raises:
            InputError: The hand doesn't have it.
        """
        if kind not in cls.observation_types:
            raise _refused("observationType", kind, cls.observation_types)
        return tuple(part for part in LAYOUTS[kind] if cls.tips or not part.startswith("tip"))

    def _see(self, ids: EnvIds | None) -> Seen:
        qpos, qvel, torques = (take(field, ids).float() for field in (self.sim.qpos, self.sim.qvel, self.torques))
        hand = Hand(
            qpos[:, self.hand.dof_pos],
            qvel[:, self.hand.dof_vel],
            torques[:, self.hand.dof_vel],
            self.limits,
            take(self.fingertips.states(), ids),
            take(self.fingertips.forces, ids),
        )
        goal = Goal(take(self.goal_pos, ids), take(self.goal_quat, ids))
        return Seen(hand, self.object.root_state(qpos, qvel), goal, take(self.actions, ids))

    def _push(self) -> None:
        """Lets the random force on the object fade, and draws another one now and then; it turns with the object."""
        drawn = torch.empty_like(self.forces).normal_(generator=self.generator) * self.force_scale
        due = self.uniform(0.0, 1.0, self.sim.num_envs) < self.force_chance
        self.forces.mul_(self.force_decay)
        assign(self.forces, drawn, due)
        force = quat_rotate(self._object_state().quat, self.forces)
        self.sim.xfrc_applied[:, self.object.root, :3] = force.to(self.sim.dtype)

    def _random_rotation(self, n: int) -> Tensor:
        around_x = self.uniform(-1.0, 1.0, n)
        return random_pen_rotation(around_x) if self.is_pen else random_rotation(around_x, self.uniform(-1.0, 1.0, n))

    def _object_state(self) -> RootState:
        return self.object.root_state(self.sim.qpos.float(), self.sim.qvel.float())

    def _distance(self) -> Tensor:
        return torch.linalg.vector_norm(self._object_state().pos - self.goal_pos, dim=1)

    def _angle(self) -> Tensor:
        return angle_of(relative_rotation(self._object_state().quat, self.goal_quat))


def _check(key: str, config: TaskConfig, known: tuple[str, ...]) -> None:
    if config.env[key] not in known:
        raise _refused(key, config.env[key], known)


def _refused(key: str, value: str, known: tuple[str, ...]) -> InputError:
    names = ", ".join(known)
    return InputError(f"task.env.{key} can't be {value!r}", suggest(str(value), known) or f"take one of {names}")
