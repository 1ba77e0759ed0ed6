"""The task that Ingenuity and Quadcopter share: hovering at a target, and how fast a copter may turn."""

import math
from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import mujoco
import torch
from torch import Tensor

from gymctl.config.config import TaskConfig
from gymctl.scene.blocks import find_block
from gymctl.sim.frames import RootState
from gymctl.sim.rows import limit_length_, take
from gymctl.sim.simulation import EnvIds, Simulation
from gymctl.tasks.base import Task, load_spec
from gymctl.tasks.description import Action, Command, Observation, RewardTerm, TaskDescription
from gymctl.tasks.from_model import describe_joints
from gymctl.tasks.measures import LASTED, TARGET_DISTANCE, as_columns

MAX_ANGULAR_VELOCITY = 4.0 * math.pi
"""What PhysX let the original copters reach [rad/s]."""
DISTANCE_UNIT, SPEED_UNIT, TURN_UNIT = 3.0, 2.0, math.pi
"""What distances [m], speeds [m/s] and turns [rad/s] are divided by to be observed."""


@dataclass(frozen=True)
class CopterConstants:
    """Weights and sizes; see `from_config` for the YAML's key."""

    dt: float
    up_weight: float
    """Weight of flying level."""
    max_distance: float
    """Distance from the target beyond which an episode ends [m]."""
    min_height: float
    """Height below which an episode ends [m]."""

    @classmethod
    def from_config(
        cls, config: TaskConfig, *, up_weight: float, max_distance: float, min_height: float
    ) -> "CopterConstants":
        """Reads the time step from the ``task:`` part of the config; it has no keys for the others."""
        return cls(config.sim["dt"], up_weight, max_distance, min_height)


class Copter(Task):
    """A free body that is to hover, level and without spin, at a target.

    The model's root is named chassis.
    """

    version = 2
    episode_length_key = "maxEpisodeLength"
    measures = TARGET_DISTANCE, LASTED
    asset: ClassVar[str]
    """The copter's MJCF."""
    up_weight: ClassVar[float]
    """See `CopterConstants`, as for the next two."""
    max_distance: ClassVar[float]
    min_height: ClassVar[float]

    def __init__(self, config: TaskConfig, sim: Simulation, generator: torch.Generator) -> None:
        super().__init__(config, sim, generator)
        self.constants = CopterConstants.from_config(
            config, up_weight=self.up_weight, max_distance=self.max_distance, min_height=self.min_height
        )
        self.robot = find_block(sim.model, "chassis")
        self.start_root_qpos = torch.from_numpy(sim.model.qpos0[self.robot.root_qpos]).float().to(sim.device)

    @classmethod
    def build_spec(cls, config: TaskConfig) -> mujoco.MjSpec:
        """The model; see `Task.build_spec`."""
        return load_spec(cls.asset, config)

    @classmethod
    def describe(cls, config: TaskConfig, model: mujoco.MjModel) -> TaskDescription:
        """See `Task.describe`."""
        robot = find_block(model, "chassis")
        return TaskDescription(
            base=robot.name,
            observations=cls.describe_observations(model),
            actions=cls.describe_actions(config, model),
            joints=describe_joints(model, robot, model.qpos0[robot.dof_pos].tolist()),
            commands=cls.describe_targets(),
            rewards=describe_rewards(cls.up_weight),
            terminations=(
                f"the target is more than {cls.max_distance:g} m away",
                f"the chassis is below {cls.min_height:g} m",
            ),
            episode_steps=cls.count_steps(config.env[cls.episode_length_key]),
            max_angular_velocity=MAX_ANGULAR_VELOCITY,
        )

    @classmethod
    def describe_observations(cls, model: mujoco.MjModel) -> tuple[Observation, ...]:
        """What `observe` gives."""
        del model
        return describe_observations()

    @classmethod
    @abstractmethod
    def describe_actions(cls, config: TaskConfig, model: mujoco.MjModel) -> tuple[Action, ...]:
        """What `apply_actions` makes of each action."""

    @classmethod
    @abstractmethod
    def describe_targets(cls) -> tuple[Command, ...]:
        """The target's x, y and z."""

    @abstractmethod
    def target(self, ids: EnvIds | None) -> Tensor:
        """Where to hover, world ``[3]`` or as many rows as `observe` has ``[n, 3]`` [m]."""

    def after_physics(self) -> None:
        """Slows down turns that are faster than PhysX allows."""
        limit_length_(self.sim.qvel[:, self.robot.root_ang_vel], MAX_ANGULAR_VELOCITY)

    def observe(self, ids: EnvIds | None = None) -> Tensor:
        """See `compute_observations`."""
        root = self.robot.root_state(take(self.sim.qpos, ids).float(), take(self.sim.qvel, ids).float())
        return compute_observations(root, self.target(ids))

    def reward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """See `compute_reward`."""
        c, height = self.constants, self.sim.qpos[:, self.robot.root_pos][:, 2].float()
        return compute_reward(observations, height, c.up_weight, c.max_distance, c.min_height)

    def reward_terms(self, observations: Tensor) -> dict[str, Tensor]:
        """Nearness to the target, and what flying level and not spinning add to it."""
        _, near, level, steady = _judge(observations, self.constants.up_weight)
        return {"near": near, "level": near * level, "steady": near * steady}

    def measure(self, terminated: Tensor) -> Tensor:
        """How far the chassis is from its target, and whether it is not lost."""
        way = self.target(None) - self.sim.qpos[:, self.robot.root_pos].float()
        return as_columns(torch.linalg.vector_norm(way, dim=1), ~terminated)

    def draw_qpos(self, n: int) -> Tensor:
        """Start positions ``[n, nq]``: level, up to 1.5 m beside and above the model's start, or 0.2 m below it."""
        qpos = self.start_root_qpos.new_zeros(n, self.sim.model.nq)
        qpos[:, self.robot.root_qpos] = self.start_root_qpos
        root_pos = qpos[:, self.robot.root_pos]
        root_pos[:, :2] += self.uniform(-1.5, 1.5, n, 2)
        root_pos[:, 2] += self.uniform(-0.2, 1.5, n)
        return qpos


def compute_observations(root: RootState, target: Tensor) -> Tensor:
    """Way to the target / 3 m, orientation (xyzw), linear velocity / 2 m/s, angular velocity / π rad/s: ``[N, 13]``.

    Args:
        root: The chassis' state.
        target: Where to hover, world ``[3]`` or ``[N, 3]`` [m].
    """
    way, lin_vel, ang_vel = (target - root.pos) / DISTANCE_UNIT, root.lin_vel / SPEED_UNIT, root.ang_vel / TURN_UNIT
    return torch.cat((way, root.quat, lin_vel, ang_vel), dim=1)


def describe_observations() -> tuple[Observation, ...]:
    """What `compute_observations` gives."""
    xyz, chassis = ("x", "y", "z"), ("world", "chassis")
    return (
        Observation("way to the target", 3, "m", *chassis, 1.0 / DISTANCE_UNIT, elements=xyz),
        Observation("base orientation", 4, "", *chassis, elements=(*xyz, "w"), note="quaternion, body to world"),
        Observation("base linear velocity", 3, "m/s", *chassis, 1.0 / SPEED_UNIT, elements=xyz),
        Observation("base angular velocity", 3, "rad/s", *chassis, 1.0 / TURN_UNIT, elements=xyz),
    )


def compute_reward(
    observations: Tensor, height: Tensor, up_weight: float, max_distance: float, min_height: float
) -> tuple[Tensor, Tensor]:
    """Nearness to the target, and as a part of it flying level and not spinning about the world's z axis.

    Args:
        observations: ``[N, 13]`` or more, as of `compute_observations`.
        height: Height of the chassis ``[N]`` [m].
        up_weight: Weight of flying level.
        max_distance: Distance from the target beyond which the copter is lost [m].
        min_height: Height below which the copter is lost [m].

    Returns:
        Reward ``[N]`` and whether the copter is lost, bool ``[N]``.
    """
    distance, near, level, steady = _judge(observations, up_weight)
    return near * (1.0 + level + steady), (distance > max_distance) | (height < min_height)


def _judge(observations: Tensor, up_weight: float) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Distance from the target [m], how near that is, how level the copter is, and how steady, each ``[N]``."""
    distance = DISTANCE_UNIT * torch.linalg.vector_norm(observations[:, :3], dim=1)
    tilt = 2.0 * observations[:, 3:5].square().sum(1)  # 1 less the height of the chassis' z axis
    spin = TURN_UNIT * observations[:, 12]
    near = 1.0 / (1.0 + distance.square())
    return distance, near, up_weight / (1.0 + tilt.square()), 1.0 / (1.0 + spin.square())


def describe_rewards(up_weight: float) -> tuple[RewardTerm, ...]:
    """The terms of `compute_reward`."""
    return (
        RewardTerm("near", 1.0, "1 / (1 + distance to the target² [m²])"),
        RewardTerm("level", up_weight, "near × 1 / (1 + tilt²), tilt being 1 less the height of the chassis' z axis"),
        RewardTerm("still", 1.0, "near × 1 / (1 + spin²), spin being the turning about the world's z axis [rad/s]"),
    )
