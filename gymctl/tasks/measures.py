"""What people ask of a policy beyond its return: names, units, and how the numbers of an episode are put together."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from gymctl.sim.frames import RootState
from gymctl.sim.rotations import quat_rotate_inverse


@dataclass(frozen=True)
class Measure:
    """A number that a task tells of each step; see `gymctl.tasks.base.Task.measure`."""

    name: str
    unit: str
    kind: Literal["mean", "sum", "rate", "share", "ever"] = "mean"
    """``mean``: the mean over an episode's steps. ``sum``: their sum. ``rate``: 1 where something happens, counted per
    minute of simulated time. ``share``: 1 where it holds at the end of an episode, told as the share of the episodes
    [%]. ``ever``: the same of what held in any of its steps."""


FORWARD_SPEED = Measure("forward speed", "m/s")
VELOCITY_ERROR = Measure("velocity error", "m/s")
TURNING_ERROR = Measure("turning rate error", "rad/s")
POWER = Measure("mechanical power", "W")
FALLS = Measure("falls", "1/min", "rate")
TARGET_DISTANCE = Measure("distance to target", "m")
LASTED = Measure("lasted to the end", "%", "share")
SUCCESSES = Measure("successes", "per episode", "sum")
SUCCEEDED = Measure("episodes with a success", "%", "ever")


def command_errors(root: RootState, commands: Tensor) -> tuple[Tensor, Tensor]:
    """How far a robot is from its commanded velocities: horizontally ``[N]`` [m/s], and in turning ``[N]`` [rad/s].

    Args:
        root: The trunk's state.
        commands: In the trunk's frame: forward, sideways, turning ``[N, 3]`` or more columns [m/s, m/s, rad/s].
    """
    lin_vel, ang_vel = quat_rotate_inverse(root.quat, root.lin_vel), quat_rotate_inverse(root.quat, root.ang_vel)
    off = torch.linalg.vector_norm(commands[:, :2] - lin_vel[:, :2], dim=1)
    return off, (commands[:, 2] - ang_vel[:, 2]).abs()


def mechanical_power(forces: Tensor, velocities: Tensor) -> Tensor:
    """Power of motors ``[N]`` [W], braking counted as positive: of each |force × velocity|, summed.

    Args:
        forces: Torques or forces ``[N, motors]`` [N m or N].
        velocities: Of the motors' joints ``[N, motors]`` [rad/s or m/s].
    """
    return (forces * velocities).abs().sum(1)


def as_columns(*values: Tensor) -> Tensor:
    """Numbers of each env ``[N]`` side by side, float32 ``[N, len(values)]``."""
    return torch.stack([value.float() for value in values], dim=1)
