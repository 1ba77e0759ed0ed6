"""Reacher: a two-link arm on a table reaches for a target."""

from pathlib import Path

import mujoco
import torch
from torch import Tensor

from gymctl.config.config import TaskConfig
from gymctl.sim.rows import take
from gymctl.sim.simulation import EnvIds, Simulation
from gymctl.tasks.base import Task, load_spec


class Reacher(Task):
    """Reach for a target with a two-link arm."""

    num_observations = 10
    num_actions = 2

    def __init__(self, config: TaskConfig, sim: Simulation, generator: torch.Generator) -> None:
        super().__init__(config, sim, generator)
        self.actions = torch.zeros(sim.num_envs, self.num_actions, device=sim.device)
        self.tip_id = sim.model.site("tip").id
        self.site_xpos = sim.output("site_xpos")

    @classmethod
    def build_model(cls, config: TaskConfig) -> mujoco.MjModel:
        """The model; see `Task.build_model`."""
        return load_spec(Path(__file__).with_name("reacher.xml"), config).compile()

    def apply_actions(self, actions: Tensor) -> None:
        """Torques in proportion to the actions; the motors' gears are in the model."""
        self.actions.copy_(actions)
        self.sim.ctrl.copy_(actions)

    def observe(self, ids: EnvIds | None = None) -> Tensor:
        """See `compute_observations`."""
        return compute_observations(
            take(self.sim.qpos, ids).float(),
            take(self.sim.qvel, ids).float(),
            take(self.site_xpos, ids)[:, self.tip_id, :2].float(),
            take(self.sim.mocap_pos, ids)[:, 0, :2].float(),
            self.env_config["speedScale"],
        )

    def reward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """See `compute_reward`; only the time limit ends an episode."""
        env = self.env_config
        reward = compute_reward(
            observations,
            self.actions,
            env["distanceCost"],
            env["reachedReward"],
            env["reachedDistance"],
            env["actionsCost"],
        )
        return reward, torch.zeros_like(reward, dtype=torch.bool)

    def reset(self, ids: EnvIds) -> None:
        """The arm in any pose and at rest, the target anywhere on the ring that ``targetRadius`` describes."""
        n, pi = ids.shape[0], torch.pi
        joints = torch.cat((self.uniform(-pi, pi, n, 1), self.uniform(-2.5, 2.5, n, 1)), dim=1)
        self.sim.put("qpos", joints, ids)
        nearest, farthest = self.env_config["targetRadius"]
        target = polar(self.uniform(nearest, farthest, n), self.uniform(-pi, pi, n))
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
