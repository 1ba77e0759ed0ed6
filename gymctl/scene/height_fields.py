"""Rough ground as a grid of heights: as MuJoCo's height fields, and as robots measure it.

A grid counts heights in steps of `VERTICAL_SCALE` and lengths in cells of `HORIZONTAL_SCALE`, as IsaacGymEnvs does. Its
first corner is at x = y = -`BORDER`.
"""

import mujoco
import numpy as np
import torch
from torch import Tensor

from gymctl.scene.ground import HeightGrid, add_grid

HORIZONTAL_SCALE = 0.1
"""Side of a cell [m]."""
VERTICAL_SCALE = 0.005
"""Step of heights [m]."""
BORDER = 20.0
"""Width of the ground before the world's origin, along x and y [m]."""


def add_height_fields(spec: mujoco.MjSpec, grid: np.ndarray, replaced: str) -> None:
    """Puts rough ground in the place of a plane, as height fields with the plane's contact settings.

    Args:
        spec: The model.
        grid: Heights, int16 ``[cells along x, cells along y]``.
        replaced: Name of the plane's geom.
    """
    plane = spec.geom(replaced)
    add_grid(
        spec,
        replaced,
        HeightGrid(grid, (HORIZONTAL_SCALE, HORIZONTAL_SCALE), (-BORDER, -BORDER, 0.0), VERTICAL_SCALE),
        contype=plane.contype,
        conaffinity=plane.conaffinity,
        friction=plane.friction,
        material=plane.material,
    )
    spec.delete(plane)


def lowest_corners(heights: Tensor) -> Tensor:
    """What a robot measures in each cell: the lower of two opposite corners.

    Args:
        heights: In steps of `VERTICAL_SCALE` ``[rows, columns]``.

    Returns:
        Heights ``[rows - 1, columns - 1]`` [m].
    """
    return torch.minimum(heights[:-1, :-1], heights[1:, 1:]) * VERTICAL_SCALE


def measure_heights(root_pos: Tensor, root_quat: Tensor, points: Tensor, lowest: Tensor) -> Tensor:
    """Heights of the ground at points that move and turn about z with a body, ``[N, M]`` [m].

    Args:
        root_pos: The body's position ``[N, 3]`` [m].
        root_quat: Its orientation, xyzw ``[N, 4]``.
        points: Horizontal positions from the body ``[M, 2]`` [m].
        lowest: See `lowest_corners`.
    """
    z, w = root_quat[:, 2:3], root_quat[:, 3:]
    square = z * z + w * w
    cos, sin = (w * w - z * z) / square, 2.0 * w * z / square
    x = root_pos[:, :1] + cos * points[:, 0] - sin * points[:, 1]
    y = root_pos[:, 1:2] + sin * points[:, 0] + cos * points[:, 1]
    row, column = (((axis + BORDER) / HORIZONTAL_SCALE).long() for axis in (x, y))
    rows, columns = lowest.shape
    return lowest.flatten()[row.clamp(0, rows - 1) * columns + column.clamp(0, columns - 1)]
