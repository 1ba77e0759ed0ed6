"""Triangle meshes as grounds."""

import numpy as np
import pytest

from gymctl.isaacgym import terrain_utils
from gymctl.isaacgym.gym.terrain import grid_of_mesh


def test_a_large_mesh_of_single_precision_is_still_its_own_grid():
    heights = np.zeros((2000, 4), np.int16)
    heights[1000:] = 100
    vertices, triangles = terrain_utils.convert_heightfield_to_trimesh(heights, 0.1, 0.01, 0.75)
    grid = grid_of_mesh(vertices.astype(np.float32).flatten(), triangles.flatten(), (-5.0, 0.0, 0.0))
    assert grid.heights.shape == (2000, 4)
    assert grid.cell == pytest.approx((0.1, 0.1), rel=1e-6)
    assert grid.corner[:2] == pytest.approx((-5.0, 0.0), abs=1e-3)
    assert grid.heights[[999, 1000], 0].tolist() == pytest.approx([0.0, 1.0])


def test_any_other_mesh_is_laid_on_a_grid_by_its_upper_side():
    low = [(0.0, 0.0, 0.0), (20.0, 0.0, 0.0), (20.0, 20.0, 0.0), (0.0, 20.0, 0.0)]
    roof = [(5.0, 5.0, 1.0), (6.0, 5.0, 1.0), (6.0, 6.0, 3.0), (5.0, 6.0, 3.0)]
    wall = [(8.0, 5.0, 0.0), (8.0, 6.0, 0.0), (8.0, 6.0, 2.0)]
    faces = [(0, 1, 2), (0, 2, 3), (4, 5, 6), (4, 6, 7), (8, 9, 10)]
    grid = grid_of_mesh(np.array(low + roof + wall).flatten(), np.array(faces).flatten(), (0.0, 0.0, 0.0))
    assert grid.heights.shape == (201, 201)
    assert grid.heights[55, [49, 50, 55, 60, 61]].tolist() == pytest.approx([0.0, 1.0, 2.0, 3.0, 0.0])
    assert grid.heights[70:].max() == 0.0


def test_many_small_triangles_add_up_to_the_slope_that_they_cut():
    side = np.arange(0.0, 3.01, 0.15)
    x, y = (values.flatten() for values in np.meshgrid(side, side, indexing="ij"))
    corner = (np.arange(20)[:, None] * 21 + np.arange(20)).flatten()
    faces = np.concatenate(
        [np.stack([corner, corner + 21, corner + 22], 1), np.stack([corner, corner + 22, corner + 1], 1)]
    )
    vertices = np.stack([x, y, 0.5 * x + 0.25 * y], 1)
    grid = grid_of_mesh(vertices.flatten(), faces[::-1].flatten()[3:], (0.0, 0.0, 0.0))
    steps = 0.1 * np.arange(31)
    slope = 0.5 * steps[:, None] + 0.25 * steps
    off = np.abs(grid.heights - slope) > 1e-9
    assert off.sum() <= 3  # a triangle was left out
