"""Generators of terrain: shapes, heights, platforms and seeds; meshes with vertical walls."""

import numpy as np
import pytest

from gymctl.isaacgym import terrain_utils as utils


def terrain(width=80, length=80):
    return utils.SubTerrain("terrain", width=width, length=length, vertical_scale=0.005, horizontal_scale=0.1)


GENERATORS = {
    "random_uniform_terrain": {"min_height": -0.05, "max_height": 0.05, "step": 0.005, "downsampled_scale": 0.2},
    "sloped_terrain": {"slope": 0.3},
    "pyramid_sloped_terrain": {"slope": -0.4, "platform_size": 3.0},
    "discrete_obstacles_terrain": {
        "max_height": 0.2,
        "min_size": 1.0,
        "max_size": 2.0,
        "num_rects": 20,
        "platform_size": 3.0,
    },
    "wave_terrain": {"num_waves": 2, "amplitude": 0.5},
    "stairs_terrain": {"step_width": 0.5, "step_height": 0.1},
    "pyramid_stairs_terrain": {"step_width": 0.31, "step_height": -0.1, "platform_size": 3.0},
    "stepping_stones_terrain": {"stone_size": 0.7, "stone_distance": 0.2, "max_height": 0.05, "platform_size": 2.0},
}


@pytest.mark.parametrize("name", GENERATORS)
def test_a_generator_changes_the_grid_in_place_and_gives_it_back(name):
    grid = terrain(60, 90)
    raw = grid.height_field_raw
    assert getattr(utils, name)(grid, **GENERATORS[name]) is grid
    assert grid.height_field_raw is raw
    assert raw.shape == (60, 90)
    assert raw.dtype == np.int16
    assert raw.any()


@pytest.mark.parametrize("name", GENERATORS)
def test_numpys_seed_decides(name):
    grids = []
    for seed in (1, 1, 2):
        np.random.seed(seed)
        grids.append(getattr(utils, name)(terrain(), **GENERATORS[name]).height_field_raw)
    random = name in ("random_uniform_terrain", "discrete_obstacles_terrain", "stepping_stones_terrain")
    assert (grids[0] == grids[1]).all()
    assert (grids[0] != grids[2]).any() == random


def test_random_levels_are_added_within_bounds_at_steps():
    np.random.seed(0)
    grid = terrain()
    grid.height_field_raw += 100
    utils.random_uniform_terrain(grid, -0.05, 0.05, step=0.01)
    assert set(np.unique(grid.height_field_raw)) <= set(range(90, 112, 2))
    assert {90, 110} <= set(np.unique(grid.height_field_raw))


def test_between_coarse_levels_heights_are_linear():
    np.random.seed(0)
    raw = utils.random_uniform_terrain(terrain(81, 81), -5.0, 5.0, step=0.5, downsampled_scale=0.4).height_field_raw
    knots = np.linspace(0, 80, 20)
    between = [i for i in range(1, 80) if not ((knots > i - 1) & (knots < i + 1)).any()]
    curvature = raw[2:].astype(int) - 2 * raw[1:-1] + raw[:-2]
    assert np.abs(curvature[np.array(between) - 1]).max() <= 2  # that of rounding


def test_a_slope_rises_along_the_width():
    raw = utils.sloped_terrain(terrain(), slope=0.5).height_field_raw
    assert (np.diff(raw, axis=1) == 0).all()
    assert raw[40, 0] == pytest.approx(0.5 * 40 * 0.1 / 0.005, abs=1)


@pytest.mark.parametrize("slope", [0.4, -0.4])
def test_a_pyramid_is_flat_on_top(slope):
    raw = utils.pyramid_sloped_terrain(terrain(), slope=slope, platform_size=3.0).height_field_raw
    top = raw[40, 40]
    assert (raw[26:54, 26:54] == top).all()
    assert np.sign(top) == np.sign(slope)
    assert not raw[0].any()
    assert abs(top) == np.abs(raw).max() < 0.4 * 4.0 / 0.005


def test_obstacles_have_four_heights_and_stand_on_every_4th_point():
    np.random.seed(3)
    grid = terrain(200, 200)
    utils.discrete_obstacles_terrain(grid, 0.2, 1.0, 2.0, 5, platform_size=1.0)
    raw = grid.height_field_raw
    assert set(np.unique(raw)) <= {-40, -20, 0, 20, 40}
    assert not raw[95:105, 95:105].any()
    begins = np.flatnonzero(np.diff(raw.astype(int), axis=0).any(axis=1)) + 1
    assert set(begins % 4) <= {0, 2}  # sides are 10, 14 or 18 points


def test_waves_have_their_number_and_height():
    raw = utils.wave_terrain(terrain(200, 200), num_waves=2, amplitude=1.0).height_field_raw
    assert raw.max() == pytest.approx(200, abs=2)
    assert raw.min() == pytest.approx(-200, abs=2)
    np.testing.assert_allclose(raw[:100], raw[100:], atol=1)


def test_stairs():
    raw = utils.stairs_terrain(terrain(), step_width=0.5, step_height=0.1).height_field_raw
    assert raw[::5, 0].tolist() == list(range(20, 20 * 17, 20))
    assert (raw[0:5] == 20).all()


def test_stairs_from_all_sides():
    raw = utils.pyramid_stairs_terrain(terrain(), 0.3, -0.1, platform_size=3.0).height_field_raw
    assert (raw == raw.T).all()
    assert raw[0, 40] == 0
    assert raw[3, 40] == -20
    assert (raw[30:50, 30:50] == raw.min()).all()


@pytest.mark.parametrize(("width", "length"), [(80, 120), (120, 80)])
def test_stones_stand_in_a_pit(width, length):
    np.random.seed(0)
    grid = terrain(width, length)
    raw = utils.stepping_stones_terrain(grid, 0.7, 0.2, 0.05, platform_size=2.0, depth=-2.0).height_field_raw
    assert set(np.unique(raw)) <= {-400, *range(-11, 11)}
    assert 0.2 < (raw == -400).mean() < 0.6
    assert (raw[width // 2 - 10 : width // 2 + 10, length // 2 - 10 : length // 2 + 10] == 0).all()


def test_a_mesh_has_a_vertex_for_each_point_in_order():
    raw = np.arange(12, dtype=np.int16).reshape(3, 4)
    vertices, triangles = utils.convert_heightfield_to_trimesh(raw, 0.1, 0.5)
    assert (vertices.dtype, triangles.dtype) == (np.float32, np.uint32)
    np.testing.assert_allclose(vertices[:, 2].reshape(3, 4), 0.5 * raw)
    np.testing.assert_allclose(vertices[5], [0.1, 0.1, 2.5], rtol=1e-6)
    assert triangles.shape == (2 * 2 * 3, 3)
    assert triangles[:2].tolist() == [[0, 5, 1], [0, 4, 5]]


def test_triangles_look_up():
    np.random.seed(0)
    raw = np.random.randint(0, 5, (6, 7)).astype(np.int16)
    vertices, triangles = utils.convert_heightfield_to_trimesh(raw, 0.1, 0.005)
    a, b, c = (vertices[triangles[:, i]] for i in range(3))
    assert (np.cross(b - a, c - a)[:, 2] > 0).all()


def test_steep_steps_become_vertical_walls():
    raw = np.zeros((6, 6), dtype=np.int16)
    raw[3:] = 100
    vertices, _ = utils.convert_heightfield_to_trimesh(raw, 0.1, 0.005, slope_threshold=0.75)
    x = vertices[:, 0].reshape(6, 6)
    np.testing.assert_allclose(x[2], x[3])
    np.testing.assert_allclose(x[1], 0.1)
    flat, _ = utils.convert_heightfield_to_trimesh(raw, 0.1, 0.005, slope_threshold=10.0)
    np.testing.assert_allclose(flat[:, 0].reshape(6, 6)[2], 0.2)
