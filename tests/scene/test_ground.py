"""What stands on a ground comes to rest where the ground is, and slides as its friction says."""

import math

import mujoco
import numpy as np
import pytest

from gymctl.core.errors import InputError
from gymctl.scene.ground import Ground, HeightGrid, Plane, add_grid

RADIUS = 0.1
STAIRS = np.repeat([[0], [0], [3], [3], [-2], [-2]], 6, axis=1)
"""Treads of 1 m along x, at 0, 3 and -2 steps."""


def model_of(ground, *, balls=(), boxes=(), quat=(1.0, 0.0, 0.0, 0.0)):
    """A ground with free balls and boxes of almost no friction of their own."""
    spec = mujoco.MjSpec()
    spec.option.timestep = 0.002
    ground.add_to(spec)
    shapes = [(mujoco.mjtGeom.mjGEOM_SPHERE, [RADIUS, 0, 0], pos) for pos in balls]
    shapes += [(mujoco.mjtGeom.mjGEOM_BOX, [0.2, 0.2, 0.1], pos) for pos in boxes]
    for kind, size, pos in shapes:
        body = spec.worldbody.add_body(pos=pos, quat=quat)
        body.add_freejoint()
        body.add_geom(type=kind, size=size, friction=[0.01, 0.005, 0.0001])
    return spec.compile()


def rest(model, seconds=2.0):
    """Where the bodies are after some time ``[bodies, 3]`` [m]."""
    data = mujoco.MjData(model)
    mujoco.mj_step(model, data, round(seconds / model.opt.timestep))
    return data.xpos[1:]


def height_at(model, x, y):
    """Of the ground, as a ray from above finds it [m]."""
    data, hit = mujoco.MjData(model), np.zeros(1, np.int32)
    mujoco.mj_forward(model, data)
    return 50.0 - mujoco.mj_ray(model, data, np.array([x, y, 50.0]), np.array([0, 0, -1.0]), None, 1, -1, hit)


def test_a_ball_rests_on_a_plane_at_its_height():
    (ball,) = rest(model_of(Ground(planes=[Plane(distance=-0.5)]), balls=[(3.0, -2.0, 0.7)]))
    assert ball.tolist() == pytest.approx([3.0, -2.0, 0.5 + RADIUS], abs=2e-3)


def test_a_normal_of_any_length_turns_the_plane():
    normal, distance = np.array([0.0, -3.0, 4.0]), 0.25
    model = model_of(Ground(planes=[Plane(tuple(normal.tolist()), distance)]))
    for x, y in ((0.0, 0.0), (1.0, 2.0), (-3.0, -1.0)):
        point = np.array([x, y, height_at(model, x, y)])
        assert normal / 5.0 @ point == pytest.approx(-distance)


@pytest.mark.parametrize("friction", [0.0, 0.2, 1.0])
def test_a_box_slides_down_a_slope_as_the_ground_s_friction_lets_it(friction):
    slope, seconds = math.radians(20.0), 1.0
    ground = Ground(friction, planes=[Plane((0.0, -math.sin(slope), math.cos(slope)))])
    start = 0.1 * np.array([0.0, -math.sin(slope), math.cos(slope)])
    model = model_of(ground, boxes=[start], quat=(math.cos(slope / 2), math.sin(slope / 2), 0.0, 0.0))
    (box,) = rest(model, seconds)
    down = np.array([0.0, -math.cos(slope), -math.sin(slope)])
    acceleration = 9.81 * max(0.0, math.sin(slope) - max(friction, 0.01) * math.cos(slope))
    assert (box - start) @ down == pytest.approx(acceleration * seconds**2 / 2, rel=0.03, abs=0.03)


def test_balls_rest_on_the_heights_of_a_grid():
    grid = HeightGrid(STAIRS, cell=(1.0, 0.5), corner=(10.0, -4.0, 0.3), step=0.1)
    places = [(10.5, -3.0, 0.3), (12.5, -2.0, 0.6), (14.5, -3.5, 0.1)]
    balls = rest(model_of(Ground(grids=[grid]), balls=[(x, y, z + RADIUS + 0.05) for x, y, z in places]))
    np.testing.assert_allclose(balls, np.add(places, [0.0, 0.0, RADIUS]), atol=5e-3)


def test_heights_are_exact_at_the_points_of_a_grid_and_rise_evenly_between():
    heights = np.random.default_rng(0).integers(-50, 50, (7, 5))
    grid = HeightGrid(heights, cell=(0.2, 0.4), corner=(-1.0, 2.0, 0.5), step=0.01)
    model = model_of(Ground(grids=[grid]))
    inner = [(row, column) for row in range(1, 6) for column in range(1, 4)]
    for row, column in inner:
        expected = 0.5 + 0.01 * heights[row, column]
        assert height_at(model, -1.0 + 0.2 * row, 2.0 + 0.4 * column) == pytest.approx(expected, abs=1e-5)
    for row, column in inner[:-3]:
        between = 0.5 + 0.01 * (heights[row, column] + heights[row + 1, column]) / 2
        assert height_at(model, -1.0 + 0.2 * (row + 0.5), 2.0 + 0.4 * column) == pytest.approx(between, abs=1e-5)


def test_a_large_grid_has_no_seams():
    rows, columns, cell = 421, 207, (0.1, 0.2)
    heights = np.add.outer(np.arange(rows), 2.0 * np.arange(columns))
    model = model_of(Ground(grids=[HeightGrid(heights, cell, step=0.01)]))
    assert model.nhfield > 1
    for x in (19.9, 20.0, 20.05, 40.0, 42.0 - 1e-3):
        for y in (1.0, 39.9, 40.0, 40.1, 41.2 - 1e-3):
            assert height_at(model, x, y) == pytest.approx(0.1 * (x + y), abs=1e-4), (x, y)
    flat = HeightGrid(np.full((rows, 210), 7), cell, step=0.1)
    balls = rest(model_of(Ground(grids=[flat]), balls=[(20.0, 5.0, 0.85), (20.0, 40.0, 0.85), (3.0, 3.0, 0.85)]))
    np.testing.assert_allclose(balls[:, 2], 0.7 + RADIUS, atol=5e-3)


def test_a_ball_beside_a_grid_falls_past_it():
    grid = HeightGrid(STAIRS, (1.0, 0.5), step=0.1)
    below, beside = rest(model_of(Ground(grids=[grid]), balls=[(0.5, 1.0, 0.2), (-1.0, 1.0, 0.2)]), seconds=1.0)
    assert below[2] == pytest.approx(RADIUS, abs=5e-3)
    assert beside[2] == pytest.approx(0.2 - 9.81 / 2, abs=0.02)


def test_planes_and_grids_are_ground_together():
    ground = Ground(
        planes=[Plane(), Plane((1.0, 0.0, 0.0), distance=5.0)], grids=[HeightGrid(STAIRS, (1, 0.5), step=0.1)]
    )
    model = model_of(ground)
    assert [height_at(model, x, 1.0) for x in (-2.0, 0.5, 2.5, 4.5)] == pytest.approx([0.0, 0.0, 0.3, 0.0], abs=1e-6)


def test_a_grid_looks_and_touches_as_it_is_told():
    spec = mujoco.MjSpec()
    add_grid(spec, "hills", HeightGrid(STAIRS, (1.0, 0.5)), friction=[0.3, 0.1, 0.2], contype=4, conaffinity=2)
    model = spec.compile()
    assert all(model.geom(index).name.startswith("hills") for index in range(model.ngeom))
    assert model.geom_friction.tolist() == [[0.3, 0.1, 0.2]]
    assert (model.geom_contype.tolist(), model.geom_conaffinity.tolist()) == ([4], [2])


@pytest.mark.parametrize("normal", [(0.0, 0.0, 0.0), (math.nan, 0.0, 1.0), (math.inf, 0.0, 1.0)])
def test_a_normal_without_a_direction_is_refused(normal):
    with pytest.raises(InputError, match="normal"):
        Ground(planes=[Plane(normal)]).add_to(mujoco.MjSpec())


@pytest.mark.parametrize(
    "heights",
    [
        np.zeros((1, 5)),
        np.zeros((5, 1)),
        np.zeros((0, 0)),
        np.array([[0.0, math.nan], [0.0, 0.0]]),
        np.full((2, 2), -math.inf),
    ],
)
def test_heights_that_are_no_terrain_are_refused(heights):
    with pytest.raises(InputError, match="terrain"):
        Ground(grids=[HeightGrid(heights, (1.0, 1.0))]).add_to(mujoco.MjSpec())


@pytest.mark.parametrize(
    "bad",
    [
        {"planes": [Plane(distance=math.nan)]},
        {"friction": math.nan, "planes": [Plane()]},
        {"friction": -1.0, "planes": [Plane()]},
        {"grids": [HeightGrid(STAIRS, (0.0, 1.0))]},
        {"grids": [HeightGrid(STAIRS, (1.0, math.nan))]},
        {"grids": [HeightGrid(STAIRS, (1.0, 1.0), corner=(0.0, math.inf, 0.0))]},
        {"grids": [HeightGrid(STAIRS, (1.0, 1.0), step=math.nan)]},
        {"grids": [HeightGrid(STAIRS * 1e300, (1.0, 1.0), step=1e300)]},
        {"grids": [HeightGrid(STAIRS, (1.0, 1.0), step=-1.0)]},
    ],
)
def test_numbers_that_no_ground_has_are_refused(bad):
    with pytest.raises(InputError):
        Ground(**bad).add_to(mujoco.MjSpec())
