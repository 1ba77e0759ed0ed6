"""Reacher: a two-link arm on a table reaches for a target."""

from dataclasses import dataclass
from pathlib import Path

import mujoco
import torch
from torch import Tensor

from gymctl.config.config import TaskConfig
from gymctl.scene.blocks import find_block
from gymctl.sim.rows import take
from gymctl.sim.simulation import EnvIds, Simulation
from gymctl.tasks.base import Task, load_spec
from gymctl.tasks.description import Command, Observation, RewardTerm, TaskDescription, names_of
from gymctl.tasks.from_model import describe_joints, describe_torques


@dataclass(frozen=True)
class ReacherConstants:
    """The task's own keys of the YAML."""

    target_radius: tuple[float, float]
    speed_scale: float
    reached_distance: float
    distance_cost: float
    reached_reward: float
    actions_cost: float

    @classmethod
    def from_config(cls, config: TaskConfig) -> "ReacherConstants":
        """Reads the ``env:`` part of the config."""
        env = config.env
        nearest, farthest = env["targetRadius"]
        return cls(
            target_radius=(nearest, farthest),
            speed_scale=env["speedScale"],
            reached_distance=env["reachedDistance"],
            distance_cost=env["distanceCost"],
            reached_reward=env["reachedReward"],
            actions_cost=env["actionsCost"],
        )


class Reacher(Task):
    """Reach for a target with a two-link arm."""

    num_observations = 10
    num_actions = 2

    def __init__(self, config: TaskConfig, sim: Simulation, generator: torch.Generator) -> None:
        super().__init__(config, sim, generator)
        self.constants = ReacherConstants.from_config(config)
        self.arm = find_block(sim.model, "upper_arm")
        self.actions = torch.zeros(sim.num_envs, self.num_actions, device=sim.device)
        self.tip_id = sim.model.site("tip").id
        self.site_xpos = sim.output("site_xpos")

    @classmethod
    def build_spec(cls, config: TaskConfig) -> mujoco.MjSpec:
        """The model; see `Task.build_spec`."""
        return load_spec(Path(__file__).with_name("reacher.xml"), config)

    @classmethod
    def describe(cls, config: TaskConfig, model: mujoco.MjModel) -> TaskDescription:
        """What exported policies and ``gymctl tasks show`` tell."""
        c = ReacherConstants.from_config(config)
        joints = describe_joints(model, find_block(model, "upper_arm"), defaults=(0.0, 0.0))
        names, farthest = names_of(joints), c.target_radius[1]
        in_world = ("m", "world")
        return TaskDescription(
            base="upper_arm",
            observations=(
                Observation("joint cosine", 2, elements=names),
                Observation("joint sine", 2, elements=names),
                Observation("joint velocity", 2, "rad/s", scale=c.speed_scale, elements=names),
                Observation("target", 2, *in_world, elements=("target x", "target y")),
                Observation("way from the tip to the target", 2, *in_world, elements=("x", "y")),
            ),
            actions=describe_torques(model, joints, control_scale=1.0),
            joints=joints,
            commands=tuple(Command(f"target {axis}", *in_world, -farthest, farthest) for axis in "xy"),
            rewards=(
                RewardTerm("distance", -c.distance_cost, "from the tip to the target [m]"),
                RewardTerm("reached", c.reached_reward, f"exp(-(distance / {c.reached_distance:g} m)²)"),
                RewardTerm("actions", -c.actions_cost, "sum of the squared actions"),
            ),
            episode_steps=cls.count_steps(config.env[cls.episode_length_key]),
        )

    def apply_actions(self, actions: Tensor) -> None:
        """Torques in proportion to the actions; the motors' gears are in the model."""
        self.actions.copy_(actions)
        self.sim.ctrl.copy_(actions)

    def observe(self, ids: EnvIds | None = None) -> Tensor:
        """See `compute_observations`."""
        return compute_observations(
            take(self.sim.qpos, ids)[:, self.arm.dof_pos].float(),
            take(self.sim.qvel, ids)[:, self.arm.dof_vel].float(),
            take(self.site_xpos, ids)[:, self.tip_id, :2].float(),
            take(self.sim.mocap_pos, ids)[:, 0, :2].float(),
            self.constants.speed_scale,
        )

    def reward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """See `compute_reward`; only the time limit ends an episode."""
        c = self.constants
        reward = compute_reward(
            observations, self.actions, c.distance_cost, c.reached_reward, c.reached_distance, c.actions_cost
        )
        return reward, torch.zeros_like(reward, dtype=torch.bool)

    def reset(self, ids: EnvIds) -> None:
        """The arm in any pose and at rest, the target anywhere on the ring that ``target_radius`` describes."""
        n, pi = ids.shape[0], torch.pi
        joints = torch.cat((self.uniform(-pi, pi, n, 1), self.uniform(-2.5, 2.5, n, 1)), dim=1)
        self.sim.put("qpos", joints, ids)
        target = polar(self.uniform(*self.constants.target_radius, n), self.uniform(-pi, pi, n))
        self.sim.put("mocap_pos", target.unsqueeze(1), ids)


def compute_observations(dof_pos: Tensor, dof_vel: Tensor, tip: Tensor, target: Tensor, speed_scale: float) -> Tensor:
    """Observations ``[N, 10]``: cosines and sines of both joints, their scaled speeds, the target, the way to it.

    Args:
        dof_pos: Joint angles ``[N, 2]`` [rad].
        dof_vel: Joint speeds ``[N, 2]`` [rad/s].
        tip: The arm's tip ``[N, 2]``, x and y in the world [m].
        target: The target ``[N, 2]``, likewise.
        speed_scale: Multiplies the speeds.
    """
    return torch.cat((dof_pos.cos(), dof_pos.sin(), dof_vel * speed_scale, target, target - tip), dim=1)


def compute_reward(
    observations: Tensor,
    actions: Tensor,
    distance_cost: float,
    reached_reward: float,
    reached_distance: float,
    actions_cost: float,
) -> Tensor:
    """Reward ``[N]``: for being near the target, less for distance and for effort.

    Args:
        observations: ``[N, 10]`` as of `compute_observations`.
        actions: ``[N, 2]``.
        distance_cost: For a metre.
        reached_reward: At the target; at `reached_distance`, a factor of e less.
        reached_distance: [m].
        actions_cost: For the sum of the squared actions.
    """
    distance = observations[:, 8:10].norm(dim=1)
    reached = torch.exp(-((distance / reached_distance) ** 2))
    return reached_reward * reached - distance_cost * distance - actions_cost * actions.square().sum(1)


def polar(radius: Tensor, angle: Tensor) -> Tensor:
    """Points ``[N, 3]`` in the plane z = 0 at radii ``[N]`` and angles ``[N]`` [rad]."""
    return torch.stack((radius * angle.cos(), radius * angle.sin(), torch.zeros_like(radius)), dim=1)
