"""What Trifinger computes, as pure functions: torques, observations, reward, successes, random places and turns."""

import functools
import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from gymctl.config.config import TaskConfig
from gymctl.sim.frames import RootState
from gymctl.sim.rotations import quat_rotate
from gymctl.tasks.manipulation.hand_maths import Goal, angle_of, relative_rotation

Ends = tuple[float, ...]

NUM_DOFS = 9
SIZE = 0.065
"""Edge of the cube [m]."""
RADIUS = SIZE * math.sqrt(3.0) / 2.0
"""Of the ball around the cube [m]."""
FARTHEST = 0.195 - RADIUS
"""Of the cube and its goal from the middle of the arena, which has a radius of 0.195 m, in training [m]."""
HIGHEST_GOAL = 0.1
"""[m]."""
LOWER, UPPER, START = (3 * joints for joints in ((-0.33, 0.0, -2.7), (1.0, 1.57, 0.0), (0.0, 0.9, -2.0)))
"""Limits of the joints, and where episodes start [rad]."""
MAX_SPEED, MAX_TORQUE = 10.0, 0.36
"""Of each joint [rad/s, N m]."""
SAFETY_DAMPING = 3 * (0.08, 0.08, 0.04)
"""Taken off the torques, per speed of the joint [N m s/rad]."""
STIFFNESS, DAMPING = 10.0, 3 * (0.1, 0.3, 0.001)
"""Gains where actions are positions [N m/rad, N m s/rad]."""
_POSE = (-0.3, -0.3, 0.0, *4 * [-1.0]), (0.3, 0.3, 0.3, *4 * [1.0])
"""Position [m] and orientation that are -1 in observations, and those that are 1."""
_STEEPNESS, _STEEPNESS_OF_DISTANCE = 30.0, 50.0
"""Of the kernels of corners' distances, and of the cube's [1/m]."""


@dataclass(frozen=True)
class TrifingerConstants:
    """Weights and tolerances, under their names in the golden facts; see `from_config` for the YAML's keys."""

    dt: float
    finger_move_penalty_weight: float
    finger_reach_object_weight: float
    object_dist_weight: float
    object_rot_weight: float
    position_tolerance: float
    """[m]."""
    orientation_tolerance: float
    """[rad]."""
    task_difficulty: int
    use_keypoints: bool
    """Whether the reward is for the cube's corners; else it is for its distance and its angle."""
    schedule_end_env_steps: float = 5e7
    """Control steps of all envs together after which fingers get nothing for approaching the cube."""

    @classmethod
    def from_config(cls, config: TaskConfig) -> "TrifingerConstants":
        """Reads IsaacGymEnvs' keys from the ``task:`` part of the config."""
        env = config.env
        terms, success = env["reward_terms"], env["termination_conditions"]["success"]
        return cls(
            dt=config.sim["dt"],
            finger_move_penalty_weight=terms["finger_move_penalty"]["weight"],
            finger_reach_object_weight=terms["finger_reach_object_rate"]["weight"],
            object_dist_weight=terms["object_dist"]["weight"],
            object_rot_weight=terms["object_rot"]["weight"],
            position_tolerance=success["position_tolerance"],
            orientation_tolerance=success["orientation_tolerance"],
            task_difficulty=env["task_difficulty"],
            use_keypoints=terms["keypoints_dist"]["activate"],
        )


class Span(NamedTuple):
    """What is -1 and what is 1."""

    low: Tensor
    high: Tensor

    @classmethod
    def between(cls, low: Ends, high: Ends, dtype: torch.dtype, device: torch.device) -> "Span":
        """The span of some numbers."""
        return cls(*(torch.tensor(numbers, dtype=dtype, device=device) for numbers in (low, high)))

    def normalise(self, values: Tensor) -> Tensor:
        """Values, of which the span's ends are -1 and 1."""
        return (2.0 * values - self.high - self.low) / (self.high - self.low)

    def spread(self, normalised: Tensor) -> Tensor:
        """The inverse of `normalise`."""
        return 0.5 * (normalised * (self.high - self.low) + self.high + self.low)


class Scene(NamedTuple):
    """Where fingertips and cube are, and where they were a control step before; world."""

    tips: Tensor
    """``[N, 3, 3]`` [m]."""
    last_tips: Tensor
    cube: RootState
    last_cube_pos: Tensor
    """``[N, 3]`` [m]."""
    goal: Goal


class Felt(NamedTuple):
    """What only the critic sees."""

    tips: Tensor
    """Position, orientation xyzw, linear and angular velocity, world ``[N, 3, 13]`` [m, m/s, rad/s]."""
    torques: Tensor
    """Of the joints ``[N, 9]`` [N m]."""
    wrenches: Tensor
    """Force and torque at each fingertip, in its axes ``[N, 3, 6]`` [N, N m]."""


def action_ends(command_mode: str) -> tuple[Ends, Ends]:
    """Torques [N m] or positions [rad] for actions -1 and 1, of 9; ``command_mode`` is ``torque`` or ``position``."""
    return (LOWER, UPPER) if command_mode == "position" else (NUM_DOFS * (-MAX_TORQUE,), NUM_DOFS * (MAX_TORQUE,))


def observation_ends(of_actions: tuple[Ends, Ends]) -> tuple[Ends, Ends]:
    """What is -1 and what is 1 in observations, of 41, given the same of the last action."""
    low, high = (
        (*joints, *NUM_DOFS * (speed,), *pose, *pose, *action)
        for joints, speed, pose, action in zip((LOWER, UPPER), (-MAX_SPEED, MAX_SPEED), _POSE, of_actions, strict=True)
    )
    return low, high


def compute_torques(commands: Tensor, dof_vel: Tensor, safety_damping: Tensor) -> Tensor:
    """Torques of the joints ``[N, 9]`` [N m].

    Args:
        commands: Torques that are wanted ``[N, 9]`` [N m].
        dof_vel: ``[N, 9]`` [rad/s].
        safety_damping: What is taken off for each joint's speed ``[9]`` [N m s/rad].
    """
    wanted = commands.clamp(-MAX_TORQUE, MAX_TORQUE)
    return (wanted - safety_damping * dof_vel).clamp(-MAX_TORQUE, MAX_TORQUE)


def compute_position_torques(targets: Tensor, dof_pos: Tensor, dof_vel: Tensor, damping: Tensor) -> Tensor:
    """Torques that are wanted ``[N, 9]`` [N m] so that joints go to their targets ``[N, 9]`` [rad]."""
    return STIFFNESS * (targets - dof_pos) - damping * dof_vel


def compute_observations(dof_pos: Tensor, dof_vel: Tensor, cube: RootState, goal: Goal, actions: Tensor) -> Tensor:
    """The 41 observations of IsaacGymEnvs' Trifinger, not normalised ``[N, 41]``.

    Args:
        dof_pos: ``[N, 9]`` [rad].
        dof_vel: ``[N, 9]`` [rad/s].
        cube: Its state.
        goal: Where it should be.
        actions: The last ones ``[N, 9]``.
    """
    return torch.cat((dof_pos, dof_vel, cube.pos, cube.quat, goal.pos, goal.quat, actions), dim=1)


def compute_states(observations: Tensor, cube: RootState, felt: Felt) -> Tensor:
    """The 113 numbers that the critic sees, none normalised ``[N, 113]``.

    Args:
        observations: Not normalised ``[N, 41]``.
        cube: Its state.
        felt: What only the critic sees.
    """
    velocities = cube.lin_vel, cube.ang_vel
    return torch.cat((observations, *velocities, felt.tips.flatten(1), felt.torques, felt.wrenches.flatten(1)), dim=1)


def corners(pos: Tensor, quat: Tensor) -> Tensor:
    """The cube's corners, world ``[N, 8, 3]`` [m]; x is positive in every second one, y in pairs, z in the first four.

    Args:
        pos: Of its centre ``[N, 3]`` [m].
        quat: xyzw ``[N, 4]``.
    """
    local = _corners(pos.device, pos.dtype)
    return pos[:, None] + quat_rotate(quat[:, None].expand(-1, 8, -1), local.expand(len(pos), -1, -1))


def compute_reward_terms(scene: Scene, frames: Tensor, constants: TrifingerConstants) -> dict[str, Tensor]:
    """What the reward is the sum of, each ``[N]``.

    Args:
        scene: Fingertips, cube and goal.
        frames: Control steps of all envs together since the training began ``[]``.
        constants: Weights.
    """
    s, c = scene, constants
    speeds = (s.tips - s.last_tips) / c.dt
    approached = _distances(s.tips, s.cube.pos) - _distances(s.last_tips, s.last_cube_pos)
    early = (frames <= c.schedule_end_env_steps).to(approached.dtype)
    terms = {
        "finger speed": c.finger_move_penalty_weight * speeds.square().sum((1, 2)),
        "approach": c.finger_reach_object_weight * early * approached.sum(1),
    }
    if c.use_keypoints:
        off = corners(s.cube.pos, s.cube.quat) - corners(s.goal.pos, s.goal.quat)
        near = _kernel(_STEEPNESS * torch.linalg.vector_norm(off, dim=2)).mean(1)
        return {**terms, "corners": c.object_dist_weight * c.dt * near}
    near = _kernel(_STEEPNESS_OF_DISTANCE * goal_distance(s.cube, s.goal))
    angle = goal_angle(s.cube, s.goal)
    turned = c.object_rot_weight * c.dt / (3.0 * angle + 0.01)
    return {**terms, "distance": c.object_dist_weight * c.dt * near, "rotation": turned}


def goal_distance(cube: RootState, goal: Goal) -> Tensor:
    """Of the cube from its goal ``[N]`` [m]."""
    return torch.linalg.vector_norm(goal.pos - cube.pos, dim=1)


def goal_angle(cube: RootState, goal: Goal) -> Tensor:
    """Between the cube's orientation and its goal's ``[N]`` [rad]."""
    return angle_of(relative_rotation(cube.quat, goal.quat))


def find_successes(cube: RootState, goal: Goal, constants: TrifingerConstants) -> tuple[Tensor, Tensor, Tensor]:
    """Whether the cube is where its difficulty asks for, is at the goal's place, and is turned as it, bool ``[N]``."""
    c = constants
    placed = goal_distance(cube, goal) <= c.position_tolerance
    turned = goal_angle(cube, goal) <= c.orientation_tolerance
    return placed & turned if c.task_difficulty == 4 else placed, placed, turned


def random_places(radius: Tensor, angle: Tensor) -> Tensor:
    """Places on the table, evenly over a disc of radius `FARTHEST` ``[N, 2]`` [m].

    Args:
        radius: From 0 to 1 ``[N]``.
        angle: In turns ``[N]``.
    """
    around = 2.0 * math.pi * angle
    return FARTHEST * radius.sqrt()[:, None] * torch.stack((around.cos(), around.sin()), dim=1)


def random_turns(one: Tensor, two: Tensor, three: Tensor) -> Tensor:
    """Rotations of which all are equally likely, xyzw ``[N, 4]``, by Shoemake's method.

    Args:
        one: From 0 to 1 ``[N]``, as the others.
        two: The same.
        three: The same.
    """
    a, b = 2.0 * math.pi * two, 2.0 * math.pi * three
    small, large = (1.0 - one).sqrt(), one.sqrt()
    return torch.stack((small * a.sin(), small * a.cos(), large * b.sin(), large * b.cos()), dim=1)


@functools.cache
def _corners(device: torch.device, dtype: torch.dtype) -> Tensor:
    """The cube's corners in its frame ``[8, 3]`` [m]."""
    half = torch.tensor((SIZE / 2.0, -SIZE / 2.0))
    return torch.cartesian_prod(half, half, half).flip(1).to(device, dtype)


def _kernel(x: Tensor) -> Tensor:
    """1 / (eˣ + 2 + e⁻ˣ): a quarter at 0, and falling off."""
    return 1.0 / (x.exp() + 2.0 + (-x).exp())


def _distances(tips: Tensor, cube: Tensor) -> Tensor:
    return torch.linalg.vector_norm(tips - cube[:, None], dim=2)
