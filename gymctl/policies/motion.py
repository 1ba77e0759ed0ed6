"""How the robots of an env move, and how they are told to: for whoever shows them."""

import math
from dataclasses import dataclass

import numpy as np
import torch

from gymctl.envs.vec_env import VecEnv
from gymctl.scene.blocks import find_first_block
from gymctl.sim.rotations import quat_rotate, quat_rotate_inverse
from gymctl.tasks.locomotion.legged_robot import LeggedRobot

COMMANDED, ACTUAL = (0.0, 0.62, 0.45), (0.0, 0.45, 0.7)
"""Green and blue that colour-blind people tell apart, rgb from 0 to 1."""
COMMANDED_NAME, ACTUAL_NAME = "green", "blue"
_GRAVITY = 9.81
_ABOVE = 0.75, 0.6
"""How high the arrows are above the trunk, in parts of its height."""
_LENGTH = 3.0
"""Of an arrow, in parts of the trunk's height, for a speed of the square root of height × gravity."""
_SHORTEST = 0.1
"""Slower velocities have no arrow [m/s]."""


@dataclass(frozen=True)
class Motion:
    """Of the first n robots of an env."""

    speed: np.ndarray
    """Of the base's centre of mass ``[n]`` [m/s]."""
    velocity: np.ndarray
    """Forward, sideways, turning, in the base's frame ``[n, 3]`` [m/s, m/s, rad/s]."""
    command: np.ndarray | None
    """The same as commanded; None for a task without commanded velocities."""
    arrows: np.ndarray
    """Starts and ends of the arrows of the commanded and the actual velocity, world axes ``[n, 2, 2, 3]`` [m]."""
    has_arrow: np.ndarray
    """Which of them are long enough to be seen, bool ``[n, 2]``."""


class MotionReader:
    """Reads the motion of an env's robots, which have a free base, from the simulation's state.

    Args:
        env: The env. It is only read.
    """

    def __init__(self, env: VecEnv) -> None:
        base = find_first_block(env.sim.model)
        self.base = base if base is not None and base.free_joint is not None else None
        """The robots' free base; None if they have none."""
        self._sim = env.sim
        self.walker = env.task if isinstance(env.task, LeggedRobot) else None
        """The task, if its robots are told how fast to walk."""
        self.height = self.walker.robot_constants.start.pos[2] if self.walker else 0.0
        """Of a walker's trunk when it starts [m]."""

    @torch.no_grad()
    def read(self, count: int) -> Motion | None:
        """The present motion of the first robots; None if they have no free base.

        Args:
            count: How many.
        """
        if self.base is None:
            return None
        qpos, qvel = (getattr(self._sim, name)[:count].float() for name in ("qpos", "qvel"))
        root = self.base.root_state(qpos, qvel)
        lin_vel = quat_rotate_inverse(root.quat, root.lin_vel)
        turning = quat_rotate_inverse(root.quat, root.ang_vel)[:, 2:]
        velocity = torch.cat((lin_vel[:, :2], turning), dim=1)
        command = None if self.walker is None else self.walker.commands[:count, :3].float()
        told = lin_vel if command is None else torch.cat((command[:, :2], 0.0 * command[:, 2:]), dim=1)
        in_world = torch.stack((quat_rotate(root.quat, told), root.lin_vel), dim=1)
        in_world[:, :, 2] = 0.0
        above = root.pos.new_tensor([(0.0, 0.0, part * self.height) for part in _ABOVE])
        start = root.pos[:, None] + above
        arrows = torch.stack((start, start + _LENGTH * math.sqrt(self.height / _GRAVITY) * in_world), dim=2)
        return Motion(
            torch.linalg.vector_norm(root.lin_vel, dim=1).cpu().numpy(),
            velocity.cpu().numpy(),
            None if command is None else command.cpu().numpy(),
            arrows.cpu().numpy(),
            (torch.linalg.vector_norm(in_world, dim=2) > _SHORTEST).cpu().numpy() & (command is not None),
        )
