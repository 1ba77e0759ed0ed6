"""Rough ground as a grid of heights: as MuJoCo's height fields, and as robots measure it.

A grid counts heights in steps of `VERTICAL_SCALE` and lengths in cells of `HORIZONTAL_SCALE`, as IsaacGymEnvs does. Its
first corner is at x = y = -`BORDER`.
"""

import mujoco
import numpy as np
import torch
from torch import Tensor

HORIZONTAL_SCALE = 0.1
"""Side of a cell [m]."""
VERTICAL_SCALE = 0.005
"""Step of heights [m]."""
BORDER = 20.0
"""Width of the ground before the world's origin, along x and y [m]."""
_CHUNK = round(20.0 / HORIZONTAL_SCALE)
_BASE_THICKNESS = 1.0
"""Of a height field below its lowest point [m]."""


def add_height_fields(spec: mujoco.MjSpec, grid: np.ndarray, replaced: str) -> None:
    """Puts rough ground in the place of a plane, as height fields with the plane's contact settings.

    Each is small, for a position in it must be exact to a micrometre in single precision.

    Args:
        spec: The model.
        grid: Heights, int16 ``[cells along x, cells along y]``.
        replaced: Name of the plane's geom.
    """
    plane = spec.geom(replaced)
    rows, columns = grid.shape
    for row in range(0, rows - 1, _CHUNK):
        for column in range(0, columns - 1, _CHUNK):
            heights = grid[row : row + _CHUNK + 1, column : column + _CHUNK + 1]
            name = f"{replaced}_{row}_{column}"
            low, high = int(heights.min()), int(heights.max())
            half_x, half_y = ((n - 1) * HORIZONTAL_SCALE / 2 for n in heights.shape)
            spec.add_hfield(
                name=name,
                size=[half_x, half_y, max(high - low, 1) * VERTICAL_SCALE, _BASE_THICKNESS],
                nrow=heights.shape[1],
                ncol=heights.shape[0],
                userdata=heights.T.astype(np.float32).flatten(),
            )
            spec.worldbody.add_geom(
                name=name,
                type=mujoco.mjtGeom.mjGEOM_HFIELD,
                hfieldname=name,
                pos=[
                    row * HORIZONTAL_SCALE + half_x - BORDER,
                    column * HORIZONTAL_SCALE + half_y - BORDER,
                    low * VERTICAL_SCALE,
                ],
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
