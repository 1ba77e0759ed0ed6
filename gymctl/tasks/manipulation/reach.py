"""Reach: any arm brings its last body to a target. `gymctl new` writes subclasses of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import mujoco
import numpy as np
import torch
from torch import Tensor
from typing_extensions import override

from gymctl.config.config import TaskConfig
from gymctl.core.errors import InputError
from gymctl.scene.blocks import Block, find_first_block
from gymctl.scene.drives import move_controls
from gymctl.scene.robots import add_floor, name_parts, read_drives, set_drives, touch_world_only, use_fast_contacts
from gymctl.sim.rows import assign, take
from gymctl.sim.simulation import EnvIds, Simulation
from gymctl.tasks.base import Task, load_spec
from gymctl.tasks.description import TaskDescription
from gymctl.tasks.from_model import describe_joints
from gymctl.tasks.manipulation.reach_description import (
    describe_arm_actions,
    describe_arm_observations,
    describe_arm_rewards,
    describe_targets,
)
from gymctl.tasks.measures import TARGET_DISTANCE, Measure, as_columns

REACHED = Measure("at the target at the end", "%", "share")
_TARGET = "target"
_NUM_PLACES = 4096
"""Places that targets are drawn from."""
_HIGHEST, _WIDEST = 0.02, 3.14
"""Lowest height of a target above the ground [m], and range of joints without limits [rad]."""
_START_ANGLES = 0.1
"""Joints start so far from their default angles at most [rad or m]."""


@dataclass(frozen=True)
class ReachConstants:
    """The task's own keys of the YAML."""

    hand: str
    """The body that is to be at the target."""
    point: tuple[float, ...]
    """The point of it, in its frame ``[3]`` [m]."""
    joint_speed: float
    """Of a drive's target, for action 1 [rad/s]."""
    speed_scale: float
    reached_distance: float
    """[m]."""
    distance_cost: float
    reached_reward: float
    actions_cost: float

    @classmethod
    def from_config(cls, config: TaskConfig) -> "ReachConstants":
        """Reads the ``env:`` part of the config; costs and rewards there are per second."""
        env, dt = config.env, config.control_dt
        return cls(
            hand=env["hand"]["body"],
            point=tuple(env["hand"]["point"]),
            joint_speed=env["control"]["jointSpeed"],
            speed_scale=env["speedScale"],
            reached_distance=env["reachedDistance"],
            distance_cost=env["distanceCost"] * dt,
            reached_reward=env["reachedReward"] * dt,
            actions_cost=env["actionsCost"] * dt,
        )


class Reach(Task):
    """Bring the last body of an arm to a target.

    A subclass says where the model is and how large observations and actions are: 9 observations and three for each
    drive.
    """

    model_file: ClassVar[Path]
    """The MJCF or URDF."""
    episode_info_names = ("distance",)
    measures = TARGET_DISTANCE, REACHED

    def __init__(self, config: TaskConfig, sim: Simulation, generator: torch.Generator) -> None:
        super().__init__(config, sim, generator)
        num_envs, device, model = sim.num_envs, sim.device, sim.model
        self.constants = ReachConstants.from_config(config)
        self.dt = config.control_dt
        self.arm = _find_arm(model)
        names = [model.joint(joint).name for joint in self.arm.joints]
        angles = config.env["defaultJointAngles"]
        self.default_dof_pos = torch.tensor([float(angles[name]) for name in names], device=device)
        self.driven = torch.tensor([names.index(name) for name in read_drives(config.env["control"])], device=device)
        self.ranges = torch.from_numpy(_ranges(model, self.arm)).float().to(device)
        places = _reachable_places(model, self.arm, self.constants)
        self.places = torch.from_numpy(places).float().to(device)
        """Where the hand can be, world axes ``[4096, 3]`` [m]."""
        self.site = model.site(_TARGET).id
        self.sites = sim.output("site_xpos")
        self.actions = torch.zeros(num_envs, self.num_actions, device=device)
        self.distances = torch.zeros(num_envs, device=device)

    @classmethod
    def build_spec(cls, config: TaskConfig) -> mujoco.MjSpec:
        """The model with the configured drives, on a floor, with a target."""
        env, constants = config.env, ReachConstants.from_config(config)
        spec = load_spec(cls.model_file, config)
        name_parts(spec)
        set_drives(spec, read_drives(env["control"]))
        use_fast_contacts(spec)
        add_floor(spec, env["plane"]["dynamicFriction"])
        if not env["selfCollisions"]:
            touch_world_only(spec)
        if constants.hand not in {body.name for body in spec.bodies}:
            raise InputError(f"the model has no body {constants.hand!r}", "correct task.env.hand.body")
        spec.body(constants.hand).add_site(name=_TARGET, pos=constants.point, group=4)
        target = spec.worldbody.add_body(name=_TARGET, mocap=True)
        size = [constants.reached_distance / 2, 0, 0]
        sphere = mujoco.mjtGeom.mjGEOM_SPHERE
        target.add_geom(type=sphere, size=size, contype=0, conaffinity=0, rgba=[0.9, 0.4, 0.1, 1], density=0)
        return spec

    @classmethod
    def build_model(cls, config: TaskConfig) -> mujoco.MjModel:
        """Compiles what `build_spec` gives, and checks that it has an arm."""
        model = super().build_model(config)
        _find_arm(model)
        return model

    @classmethod
    def describe(cls, config: TaskConfig, model: mujoco.MjModel) -> TaskDescription:
        """See `Task.describe`."""
        constants, arm = ReachConstants.from_config(config), _find_arm(model)
        names, angles = [model.joint(joint).name for joint in arm.joints], config.env["defaultJointAngles"]
        joints = describe_joints(model, arm, [float(angles[name]) for name in names])
        limits = {name: (float(low), float(high)) for name, (low, high) in zip(names, _ranges(model, arm), strict=True)}
        actions = describe_arm_actions(model, limits, constants, config.control_dt)
        return TaskDescription(
            base=arm.name,
            observations=describe_arm_observations(joints, actions, constants),
            actions=actions,
            joints=joints,
            commands=describe_targets(_reachable_places(model, arm, constants)),
            rewards=describe_arm_rewards(constants),
            episode_steps=cls.count_steps(config.env[cls.episode_length_key]),
        )

    @override
    def present_commands(self) -> Tensor:
        return self._target()

    def apply_actions(self, actions: Tensor) -> None:
        """Moves the drives' targets at speeds in proportion to the actions ``[num_envs, drives]``."""
        self.actions.copy_(actions)
        controls, speed = self.sim.ctrl.float(), self.constants.joint_speed
        self.sim.ctrl.copy_(move_controls(controls, actions, speed, self.dt, self.ranges[self.driven]))

    def observe(self, ids: EnvIds | None = None) -> Tensor:
        """Joints, their drives' targets, the hand, the target and the way to it ``[n, 9 + 3 drives]``."""
        dof_pos = take(self.sim.qpos, ids)[:, self.arm.dof_pos].float()
        dof_vel = take(self.sim.qvel, ids)[:, self.arm.dof_vel].float()
        controls = take(self.sim.ctrl, ids).float()
        hand, target = take(self._hand(), ids), take(self._target(), ids)
        return torch.cat(
            (
                (dof_pos - self.default_dof_pos)[:, self.driven],
                dof_vel[:, self.driven] * self.constants.speed_scale,
                controls - dof_pos[:, self.driven],
                hand,
                target,
                target - hand,
            ),
            dim=1,
        )

    def reward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """See `compute_reward`; only the time limit ends an episode."""
        self.distances.copy_(self._measured())
        reward = compute_reward(self.distances, self.actions, self.constants)
        return reward, torch.zeros_like(reward, dtype=torch.bool)

    def reward_terms(self, observations: Tensor) -> dict[str, Tensor]:
        """See `compute_reward_terms`."""
        return compute_reward_terms(self._measured(), self.actions, self.constants)

    def episode_info(self) -> Tensor:
        """The hand's present distance from the target ``[num_envs, 1]`` [m]."""
        return self.distances[:, None]

    def measure(self, terminated: Tensor) -> Tensor:
        """How far the hand is from the target, and whether it has reached it."""
        return as_columns(self.distances, self.distances < self.constants.reached_distance)

    def reset(self, ids: EnvIds) -> None:
        """The arm near its default pose, the target anywhere that the hand can be."""
        n = ids.shape[0]
        offset = self.uniform(-_START_ANGLES, _START_ANGLES, n, len(self.default_dof_pos))
        dof_pos = (self.default_dof_pos + offset).clamp(self.ranges[:, 0], self.ranges[:, 1])
        self.sim.put("qpos", dof_pos, ids, self.arm.dof_pos)
        self.sim.put("ctrl", dof_pos[:, self.driven], ids)
        chosen = self.uniform(0.0, len(self.places), n).long().clamp(max=len(self.places) - 1)
        self.sim.put("mocap_pos", self.places[chosen][:, None], ids)
        assign(self.actions, 0.0, ids)

    def _hand(self) -> Tensor:
        return self.sites[:, self.site].float()

    def _measured(self) -> Tensor:
        """The hand's distance from the target ``[num_envs]`` [m]."""
        return torch.linalg.vector_norm(self._target() - self._hand(), dim=1)

    def _target(self) -> Tensor:
        return self.sim.mocap_pos[:, -1].float()


def compute_reward(distance: Tensor, actions: Tensor, constants: ReachConstants) -> Tensor:
    """The sum of `compute_reward_terms` ``[N]``."""
    terms = compute_reward_terms(distance, actions, constants)
    return terms["reached"] + (terms["distance"] + terms["actions"])


def compute_reward_terms(distance: Tensor, actions: Tensor, constants: ReachConstants) -> dict[str, Tensor]:
    """The terms of the reward, each ``[N]``: for being near the target, less for distance and for effort.

    Args:
        distance: Of the hand from the target ``[N]`` [m].
        actions: ``[N, drives]``.
        constants: Weights, and the distance at which the reward is a factor of e less.
    """
    reached = torch.exp(-((distance / constants.reached_distance) ** 2))
    return {
        "reached": constants.reached_reward * reached,
        "distance": -constants.distance_cost * distance,
        "actions": -constants.actions_cost * actions.square().mean(1),
    }


def _find_arm(model: mujoco.MjModel) -> Block:
    arm = find_first_block(model)
    if arm is None or arm.free_joint is not None:
        raise InputError("the model's first body with a joint isn't an arm on a fixed base", "fix its base")
    if len(arm.joints) != len(arm.dofs):
        raise InputError("the arm has a ball joint, which no drive can hold", "make it three hinges")
    return arm


def _ranges(model: mujoco.MjModel, arm: Block) -> np.ndarray:
    """Lower and upper limits of the joints ``[joints, 2]`` [rad or m]."""
    limited = model.jnt_limited[arm.joints].astype(bool)
    return np.where(limited[:, None], arm.joint_limits, [-_WIDEST, _WIDEST])


def _reachable_places(model: mujoco.MjModel, arm: Block, constants: ReachConstants) -> np.ndarray:
    """Places of the hand in random poses, above the ground ``[4096, 3]`` [m]."""
    data, generator = mujoco.MjData(model), np.random.default_rng(0)
    site, (low, high) = model.site(_TARGET).id, _ranges(model, arm).T
    places = np.empty((_NUM_PLACES, 3))
    for index in range(_NUM_PLACES):
        data.qpos[arm.dof_pos] = generator.uniform(low, high)
        mujoco.mj_kinematics(model, data)
        places[index] = data.site_xpos[site]
    above = places[places[:, 2] > _HIGHEST]
    return above[np.arange(_NUM_PLACES) % len(above)] if len(above) else places
