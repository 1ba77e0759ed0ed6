"""Cartpole: push a cart along a rail so that the pole on it stays up."""

import math
from dataclasses import dataclass

import mujoco
import torch
from torch import Tensor

from gymctl.config.config import TaskConfig
from gymctl.scene.blocks import find_block
from gymctl.sim.rows import take
from gymctl.sim.simulation import EnvIds, Simulation
from gymctl.tasks.base import Task, load_spec
from gymctl.tasks.description import Action, Joint, Observation, RewardTerm, TaskDescription
from gymctl.tasks.from_model import describe_joints
from gymctl.tasks.measures import LASTED, POWER, Measure, as_columns, mechanical_power
from gymctl.tasks.reward_terms import add_up, with_failure

MAX_CART_VEL, MAX_POLE_VEL = 100.0, 8.0
"""Speed limits of the joints [m/s, rad/s]."""
CART_SPEED_COST, POLE_SPEED_COST, LOST_REWARD = 0.01, 0.005, -2.0
POLE_ANGLE = Measure("pole angle", "°")


@dataclass(frozen=True)
class CartpoleConstants:
    """Sizes under their names in the golden facts; see `from_config` for the YAML's keys."""

    reset_dist: float
    """Distance of the cart from the middle beyond which an episode ends [m]."""
    max_push_effort: float
    """Force for action 1 [N]."""

    @classmethod
    def from_config(cls, config: TaskConfig) -> "CartpoleConstants":
        """Reads IsaacGymEnvs' keys from the ``task:`` part of the config."""
        return cls(reset_dist=config.env["resetDist"], max_push_effort=config.env["maxEffort"])


class Cartpole(Task):
    """Balance a pole on a cart that is pushed along a rail."""

    version = 2
    num_observations = 4
    num_actions = 1
    late_reset = True
    measures = POLE_ANGLE, POWER, LASTED

    def __init__(self, config: TaskConfig, sim: Simulation, generator: torch.Generator) -> None:
        super().__init__(config, sim, generator)
        self.constants = CartpoleConstants.from_config(config)
        self.robot = find_block(sim.model, "slider")

    @classmethod
    def build_spec(cls, config: TaskConfig) -> mujoco.MjSpec:
        """The model; see `Task.build_spec`."""
        return load_spec("cartpole.xml", config)

    @classmethod
    def describe(cls, config: TaskConfig, model: mujoco.MjModel) -> TaskDescription:
        """See `Task.describe`."""
        constants = CartpoleConstants.from_config(config)
        joints = describe_joints(model, find_block(model, "slider"), (0.0, 0.0), (MAX_CART_VEL, MAX_POLE_VEL))
        cart = joints[0].name
        return TaskDescription(
            base="slider",
            observations=describe_observations(joints),
            actions=(Action(cart, "force", "N", cart, cart, scale=constants.max_push_effort),),
            joints=joints,
            rewards=describe_rewards(),
            terminations=(
                f"the cart is more than {constants.reset_dist:g} m from the middle",
                "the pole leans by more than 90°",
            ),
            episode_steps=cls.count_steps(config.env[cls.episode_length_key]),
        )

    def apply_actions(self, actions: Tensor) -> None:
        """Pushes the cart with ``maxEffort`` [N] for action 1."""
        self.sim.ctrl.copy_(compute_dof_force(actions, self.constants.max_push_effort)[:, :1])

    def after_physics(self) -> None:
        """Keeps joints within their speed limits, which MuJoCo has no notion of."""
        cart_vel, pole_vel = self.sim.qvel[:, self.robot.dof_vel].unbind(1)
        cart_vel.clamp_(-MAX_CART_VEL, MAX_CART_VEL)
        pole_vel.clamp_(-MAX_POLE_VEL, MAX_POLE_VEL)

    def observe(self, ids: EnvIds | None = None) -> Tensor:
        """Cart position [m] and velocity, pole angle from upright [rad] and velocity; ``[n, 4]``."""
        dof_pos = take(self.sim.qpos, ids)[:, self.robot.dof_pos]
        dof_vel = take(self.sim.qvel, ids)[:, self.robot.dof_vel]
        return compute_observations(dof_pos, dof_vel).float()

    def reward(self, observations: Tensor) -> tuple[Tensor, Tensor]:
        """See `compute_reward`."""
        return compute_reward(observations, self.constants.reset_dist)

    def reward_terms(self, observations: Tensor) -> dict[str, Tensor]:
        """See `compute_reward_terms`; where the pole is lost, there is another reward."""
        lost = compute_lost(observations, self.constants.reset_dist)
        return with_failure(compute_reward_terms(observations), lost, "lost", LOST_REWARD)

    def measure(self, terminated: Tensor) -> Tensor:
        """The pole's angle from upright, the power that pushes the cart, and whether nothing was lost."""
        pole_angle = self.sim.qpos[:, self.robot.dof_pos][:, 1].abs().rad2deg()
        power = mechanical_power(self.sim.ctrl[:, :1], self.sim.qvel[:, self.robot.dof_vel][:, :1])
        return as_columns(pole_angle, power, ~terminated)

    def reset(self, ids: EnvIds) -> None:
        """Positions within ±0.1, velocities within ±0.25."""
        n = ids.shape[0]
        self.sim.put("qpos", self.uniform(-0.1, 0.1, n, 2), ids)
        self.sim.put("qvel", self.uniform(-0.25, 0.25, n, 2), ids)


def compute_dof_force(actions: Tensor, max_push_effort: float) -> Tensor:
    """Joint forces ``[N, 2]`` [N] of actions ``[N, 1]``: the cart is pushed, the pole hangs free."""
    return torch.cat((actions * max_push_effort, torch.zeros_like(actions)), dim=1)


def compute_observations(dof_pos: Tensor, dof_vel: Tensor) -> Tensor:
    """Interleaves positions ``[N, 2]`` and velocities ``[N, 2]`` joint by joint: ``[N, 4]``."""
    return torch.stack((dof_pos, dof_vel), dim=2).flatten(1)


def describe_observations(joints: tuple[Joint, ...]) -> tuple[Observation, ...]:
    """What `compute_observations` gives."""
    return tuple(
        Observation(f"joint {what}", 1, joint.unit + per_second, elements=(joint.name,))
        for joint in joints
        for what, per_second in (("position", ""), ("velocity", "/s"))
    )


def compute_reward(observations: Tensor, reset_dist: float) -> tuple[Tensor, Tensor]:
    """Reward ``[N]`` and termination ``[N]``: 1 for an upright pole, less for angle and speed, -2 when it is lost.

    Args:
        observations: ``[N, 4]`` as of `compute_observations`.
        reset_dist: Distance of the cart from the middle beyond which the episode ends [m].
    """
    lost = compute_lost(observations, reset_dist)
    return add_up(compute_reward_terms(observations)).masked_fill(lost, LOST_REWARD), lost


def compute_reward_terms(observations: Tensor) -> dict[str, Tensor]:
    """What the reward of a pole that is not lost is the sum of, each ``[N]``."""
    _, cart_vel, pole_angle, pole_vel = observations.unbind(1)
    return {
        "upright": 1.0 - pole_angle * pole_angle,
        "cart_speed": -CART_SPEED_COST * cart_vel.abs(),
        "pole_speed": -POLE_SPEED_COST * pole_vel.abs(),
    }


def compute_lost(observations: Tensor, reset_dist: float) -> Tensor:
    """Whether the cart is too far away, or the pole has fallen, bool ``[N]``."""
    return (observations[:, 0].abs() > reset_dist) | (observations[:, 2].abs() > math.pi / 2)


def describe_rewards() -> tuple[RewardTerm, ...]:
    """The terms of `compute_reward`."""
    return (
        RewardTerm("upright", 1.0),
        RewardTerm("pole angle", -1.0, "squared [rad]"),
        RewardTerm("cart speed", -CART_SPEED_COST, "[m/s]"),
        RewardTerm("pole speed", -POLE_SPEED_COST, "[rad/s]"),
        RewardTerm("lost", LOST_REWARD, "instead of all others"),
    )
