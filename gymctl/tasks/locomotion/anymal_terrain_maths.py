"""AnymalTerrain's observations, commands and levels, as pure functions."""

import math

import torch
from torch import Tensor

from gymctl.sim.frames import RootState
from gymctl.sim.rotations import heading, rotation_matrix
from gymctl.tasks.locomotion.anymal_terrain_constants import AnymalTerrainConstants, NoiseConstants
from gymctl.tasks.locomotion.legged_robot import base_motion

LEVEL_HEIGHT, MAX_HEIGHT_DIFFERENCE = 0.5, 1.0
"""What counts as level ground below the trunk, and how much higher or lower it is seen [m]."""
TURNING_GAIN, FASTEST_TURN = 0.5, 1.0
"""Turning rate for an error of the heading of 1 [1/s], and the largest one [rad/s]."""


def height_points() -> Tensor:
    """Where the ground is measured: in the trunk's yaw frame, but for the lines through its middle ``[140, 2]`` [m]."""
    x = 0.1 * torch.tensor([i for i in range(-8, 9) if abs(i) > 1])
    y = 0.1 * torch.tensor([i for i in range(-5, 6) if i])
    return torch.cartesian_prod(x, y)


def compute_commands(quat: Tensor, commands: Tensor) -> Tensor:
    """Commands whose turning rate leads to their heading.

    One quirk is kept, for policies see its effect: errors below -π are not wrapped, so such a robot turns the long way.

    Args:
        quat: The trunk's orientation, xyzw ``[N, 4]``.
        commands: Velocity forward, sideways, turning rate, heading ``[N, 4]`` [m/s, m/s, rad/s, rad].
    """
    error = torch.fmod(commands[:, 3] - heading(rotation_matrix(quat)), 2.0 * math.pi)
    error = torch.where(error > math.pi, error - 2.0 * math.pi, error)
    turning = (TURNING_GAIN * error).clamp(-FASTEST_TURN, FASTEST_TURN)
    return torch.cat((commands[:, :2], turning[:, None], commands[:, 3:]), dim=1)


def compute_observations(
    root: RootState,
    dof_pos: Tensor,
    dof_vel: Tensor,
    commands: Tensor,
    heights: Tensor,
    actions: Tensor,
    constants: AnymalTerrainConstants,
) -> Tensor:
    """The 188 observations of IsaacGymEnvs' AnymalTerrain without noise, ``[N, 188]``.

    One quirk is kept, for policies see it: joint angles are absolute, though actions count from the default ones.

    Args:
        root: The trunk's state.
        dof_pos: Joint angles ``[N, 12]`` [rad].
        dof_vel: Joint velocities ``[N, 12]`` [rad/s].
        commands: As in `compute_commands` ``[N, 4]``.
        heights: Of the ground at `height_points` ``[N, 140]`` [m].
        actions: This step's actions ``[N, 12]``.
        constants: Scales.
    """
    c, base = constants, base_motion(root)
    return torch.cat(
        (
            base.lin_vel * c.lin_vel_scale,
            base.ang_vel * c.ang_vel_scale,
            base.gravity,
            commands[:, :2] * c.lin_vel_scale,
            commands[:, 2:3] * c.ang_vel_scale,
            dof_pos * c.dof_pos_scale,
            dof_vel * c.dof_vel_scale,
            (root.pos[:, 2:] - LEVEL_HEIGHT - heights).clamp(-MAX_HEIGHT_DIFFERENCE, MAX_HEIGHT_DIFFERENCE)
            * c.height_meas_scale,
            actions,
        ),
        dim=1,
    )


def compute_noise_scales(noise: NoiseConstants, scales: AnymalTerrainConstants) -> Tensor:
    """Half widths of the uniform noise on each observation ``[188]``.

    Args:
        noise: Half widths before scaling.
        scales: Of the observations.
    """
    widths = (
        (3, noise.lin_vel * scales.lin_vel_scale),
        (3, noise.ang_vel * scales.ang_vel_scale),
        (3, noise.gravity),
        (3, 0.0),
        (12, noise.dof_pos * scales.dof_pos_scale),
        (12, noise.dof_vel * scales.dof_vel_scale),
        (140, noise.height * scales.height_meas_scale),
        (12, 0.0),
    )
    return noise.level * torch.cat([torch.full((count,), width) for count, width in widths])


def compute_levels(
    levels: Tensor,
    walked: Tensor,
    commands: Tensor,
    episode_seconds: float,
    promotion_distance: float,
    *,
    num_levels: int,
) -> Tensor:
    """Levels ``[N]`` of the next episodes: up for walking far, down for walking less than a quarter of what was told.

    From the hardest level the next one is the easiest.

    Args:
        levels: Of the ended episodes ``[N]``.
        walked: Distance covered ``[N]`` [m]; where it is negative, it isn't known and the level stays.
        commands: As in `compute_commands` ``[N, 4]``.
        episode_seconds: Length of a whole episode [s].
        promotion_distance: To be covered for the next level [m].
        num_levels: How many there are.
    """
    told = torch.linalg.vector_norm(commands[:, :2], dim=1) * episode_seconds
    lagged = (walked >= 0) & (walked < 0.25 * told)
    change = (walked > promotion_distance).long() - lagged.long()
    return (levels + change).clamp(min=0) % num_levels
