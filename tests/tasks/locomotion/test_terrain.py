"""The generated terrain, and that robots stand on what they measure."""

import mujoco
import numpy as np
import pytest
import torch

from gymctl.config import compose
from gymctl.core.errors import InputError
from gymctl.envs import factory
from gymctl.scene.height_fields import BORDER, HORIZONTAL_SCALE, VERTICAL_SCALE, measure_heights
from gymctl.tasks.locomotion import terrain
from gymctl.tasks.locomotion.anymal_terrain import AnymalTerrain


@pytest.fixture(scope="module")
def config():
    return compose("AnymalTerrain", settings={"num_envs": 1}).task


@pytest.fixture(scope="module")
def ground(config):
    return terrain.generate(terrain.Layout.from_config(config["env"]["terrain"]))


def tile(ground, level, kind):
    x, y = 200 + 80 * level, 200 + 80 * kind
    return ground.heights[x : x + 80, y : y + 80].astype(int)


def test_ten_levels_of_twenty_tiles_lie_in_a_flat_border_of_twenty_metres(ground):
    assert ground.heights.shape == (1200, 2000)
    assert not ground.heights[:200].any()
    assert not ground.heights[-200:].any()
    assert not ground.heights[:, :200].any()
    assert not ground.heights[:, -200:].any()
    assert ground.origins.shape == (10, 20, 3)
    assert ground.origins[3, 7, :2].tolist() == [28, 60]


def test_kinds_follow_the_proportions_with_half_of_the_slopes_leading_down(ground):
    middles = np.array([[tile(ground, 9, kind)[40, 40] for kind in range(20)]])[0]
    assert middles[0] < 0 < middles[1]  # smooth slopes
    assert middles[2] < 0 < middles[3]  # rough slopes
    assert (middles[4:11] < 0).all()  # stairs that lead up from the middle
    assert (middles[11:16] > 0).all()
    assert (middles[16:] == 0).all()  # obstacles around a free platform
    assert len(np.unique(tile(ground, 9, 0)[:, 40])) < len(np.unique(tile(ground, 9, 2)[:, 40]))


@pytest.mark.parametrize("level", [0, 4, 9])
def test_stairs_get_higher_and_slopes_steeper_with_the_level(ground, level):
    step = int((0.05 + 0.175 * level / 10) / VERTICAL_SCALE)
    profile = tile(ground, level, 13)[:40, 40]
    rises = np.diff(profile)
    assert set(rises.tolist()) == {0, step}
    assert set(np.diff(np.flatnonzero(rises)).tolist()) == {3}
    assert (tile(ground, level, 13)[27:53, 27:53] == profile[-1]).all()
    # A slope of 0.4 x level / 10 along the middle line, to the rounding of a height
    slope = tile(ground, level, 1)[:25, 40]
    assert slope[20] * VERTICAL_SCALE == pytest.approx(
        min(0.4 * level / 10 * 2.0, slope.max() * VERTICAL_SCALE), abs=0.006
    )


def test_obstacles_stay_within_their_height(ground):
    heights = tile(ground, 9, 18)
    limit = int((0.025 + 0.15 * 0.9) / VERTICAL_SCALE)
    assert set(np.unique(heights).tolist()) <= {-limit, -limit // 2, 0, limit // 2, limit}
    assert heights.any()
    assert not heights[25:55, 25:55].any()


def test_origins_are_on_the_highest_ground_near_the_middle(ground):
    assert ground.origins[9, 13, 2] == pytest.approx(tile(ground, 9, 13)[30:50, 30:50].max() * VERTICAL_SCALE)
    assert ground.origins[9, 5, 2] < 0


def test_it_is_the_same_every_time(config, ground):
    terrain.generate.cache_clear()
    again = terrain.generate(terrain.Layout.from_config(config["env"]["terrain"]))
    assert again is not ground
    assert np.array_equal(again.heights, ground.heights)


def test_the_simulated_ground_is_where_the_grid_says(config, ground):
    model = AnymalTerrain.build_model(config)
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    rng, hit = np.random.default_rng(0), np.zeros(1, np.int32)
    for row, column in rng.integers((210, 210), (990, 1790), (50, 2)):
        x, y = row * HORIZONTAL_SCALE - BORDER, column * HORIZONTAL_SCALE - BORDER
        nearby = ground.heights[row - 1 : row + 2, column - 1 : column + 2]
        distance = mujoco.mj_ray(model, data, np.array([x, y, 5.0]), np.array([0, 0, -1.0]), None, 1, -1, hit)
        slack = 1e-3 * np.ptp(nearby) + 1e-6  # a ray beside the corner by rounding meets the slope to the next
        assert 5 - distance == pytest.approx(ground.heights[row, column] * VERTICAL_SCALE, abs=slack)


def test_feet_do_not_sink_into_the_ground():
    overrides = ["task.env.terrain.curriculum=False"]
    env = factory.make(compose("AnymalTerrain", settings={"num_envs": 64, "seed": 0}, overrides=overrides))
    model, positions = env.sim.model, env.sim.output("geom_xpos")
    feet = [model.geom(f"{leg}_FOOT").id for leg in ("LF", "LH", "RF", "RH")]
    flat = torch.tensor([[0.0, 0, 0, 1]])
    generator = torch.Generator().manual_seed(0)
    env.reset()
    below = []
    for _ in range(100):
        env.step(torch.randn(64, 12, generator=generator))
        centres = positions[:, feet].flatten(0, 1).float()
        ground = measure_heights(centres, flat.expand(256, 4), torch.zeros(1, 2), env.task.lowest)
        below.append(centres[:, 2:] < ground - 0.02)  # the lower of two corners, on steep ground the higher one
    assert torch.cat(below).float().mean() < 0.02


@pytest.mark.parametrize(("key", "value"), [("numLevels", 0), ("numTerrains", 2.5), ("mapWidth", 3.0)])
def test_tiles_that_can_not_be_laid_are_refused(config, key, value):
    with pytest.raises(InputError, match=key):
        terrain.Layout.from_config({**config["env"]["terrain"], key: value})


def test_an_unknown_kind_of_terrain_is_refused():
    config = compose("AnymalTerrain", overrides=["task.env.terrain.terrainType=trimsh"]).task
    with pytest.raises(InputError, match="trimsh") as error:
        AnymalTerrain.build_model(config)
    assert "trimesh" in error.value.fix
