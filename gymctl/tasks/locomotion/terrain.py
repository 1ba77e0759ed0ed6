"""Rough terrain: tiles of slopes, stairs and obstacles, harder from row to row, as one grid of heights.

Shapes and proportions are those of IsaacGymEnvs' AnymalTerrain. Inside, heights and lengths are counted in the units of
`gymctl.scene.height_fields`, and flat ground as wide as its `BORDER` lies around all tiles: the first tile's corner is
the world's origin.
"""

import functools
from dataclasses import dataclass

import numpy as np

from gymctl.config.config import Section
from gymctl.core.errors import InputError
from gymctl.scene.height_fields import BORDER, HORIZONTAL_SCALE, VERTICAL_SCALE

_PLATFORM = round(3.0 / HORIZONTAL_SCALE)
_SHORTEST_TILE = 4.0
"""[m]; the platform in its middle has 3 m."""
_STEP_WIDTH = int(0.31 / HORIZONTAL_SCALE)


@dataclass(frozen=True)
class Terrain:
    """A grid of heights and where on it robots start."""

    heights: np.ndarray
    """In steps of `VERTICAL_SCALE`, int16 ``[cells along x, cells along y]``, from x = y = -`BORDER` on."""
    origins: np.ndarray
    """Middles of the tiles, on their highest ground within a metre ``[levels, types, 3]`` [m]."""


@dataclass(frozen=True)
class Layout:
    """Sizes, numbers and kinds of the tiles."""

    map_length: float
    """Of a tile along x [m]."""
    map_width: float
    """Of a tile along y [m]."""
    num_levels: int
    num_terrains: int
    proportions: tuple[float, ...]
    """Of smooth slopes, rough slopes, stairs up, stairs down and obstacles among the tiles of a level."""

    @classmethod
    def from_config(cls, config: Section) -> "Layout":
        """Reads IsaacGymEnvs' keys from the ``terrain:`` section of a task's ``env``.

        Raises:
            InputError: Such tiles can't be laid.
        """
        for key in ("numLevels", "numTerrains"):
            if config[key] != int(config[key]) or config[key] < 1:
                raise InputError(f"task.env.terrain.{key} can't be {config[key]}", "give an integer from 1 up")
        for key in ("mapLength", "mapWidth"):
            if config[key] < _SHORTEST_TILE:
                raise InputError(
                    f"task.env.terrain.{key} can't be {config[key]}", f"give at least {_SHORTEST_TILE} [m]"
                )
        return cls(
            map_length=config["mapLength"],
            map_width=config["mapWidth"],
            num_levels=int(config["numLevels"]),
            num_terrains=int(config["numTerrains"]),
            proportions=tuple(config["terrainProportions"]),
        )


FLAT = Terrain(heights=np.zeros((2, 2), np.int16), origins=np.zeros((1, 1, 3)))
"""Level ground everywhere, for a plane."""


@functools.cache
def generate(layout: Layout) -> Terrain:
    """The terrain of a layout, always the same one.

    Args:
        layout: How the tiles lie; levels go along x, types along y.
    """
    rng = np.random.default_rng(0)
    border = round(BORDER / HORIZONTAL_SCALE)
    length, width = int(layout.map_length / HORIZONTAL_SCALE), int(layout.map_width / HORIZONTAL_SCALE)
    levels, types = layout.num_levels, layout.num_terrains
    heights = np.zeros((levels * length + 2 * border, types * width + 2 * border), np.int16)
    origins = np.zeros((levels, types, 3))
    metre = round(1.0 / HORIZONTAL_SCALE)
    middle = slice(length // 2 - metre, length // 2 + metre), slice(width // 2 - metre, width // 2 + metre)
    for i in range(levels):
        for j in range(types):
            tile = _tile(length, width, i / levels, j / types, layout.proportions, rng)
            x, y = border + i * length, border + j * width
            heights[x : x + length, y : y + width] = tile
            origins[i, j] = (
                (i + 0.5) * layout.map_length,
                (j + 0.5) * layout.map_width,
                tile[middle].max() * VERTICAL_SCALE,
            )
    return Terrain(heights, origins)


def _tile(
    length: int, width: int, difficulty: float, choice: float, proportions: tuple[float, ...], rng: np.random.Generator
) -> np.ndarray:
    """One tile; `choice` in [0, 1) picks its kind. Half of the slopes lead down into a pit, half up onto a hill."""
    smooth, rough, stairs_up, stairs_down = np.cumsum(proportions)[:4] - 1e-9
    if choice < rough:
        is_rough = choice >= smooth
        pits_end = (smooth + rough) / 2 if is_rough else smooth / 2
        tile = _slope(length, width, 0.4 * difficulty * (-1 if choice < pits_end else 1))
        return tile + _roughness(length, width, rng) if is_rough else tile
    if choice < stairs_down:
        step_height = 0.05 + 0.175 * difficulty
        return _stairs(length, width, -step_height if choice < stairs_up else step_height)
    return _obstacles(length, width, 0.025 + 0.15 * difficulty, rng)


def _slope(length: int, width: int, slope: float) -> np.ndarray:
    """A hill, or with a negative slope a pit, flat on top or at the bottom."""
    x, y = np.arange(length), np.arange(width)
    cx, cy = length // 2, width // 2
    shape = np.outer((cx - np.abs(cx - x)) / cx, (cy - np.abs(cy - y)) / cy)
    tile = (int(slope * HORIZONTAL_SCALE / VERTICAL_SCALE * cx) * shape).astype(np.int16)
    platform = tile[cx - _PLATFORM // 2, cy - _PLATFORM // 2]
    return tile.clip(min(platform, 0), max(platform, 0))


def _roughness(length: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Random heights within ±0.1 m on every second cell, straight in between."""
    coarse = rng.choice(np.arange(-20, 21, 5), (length // 2, width // 2))
    x, y = np.linspace(0, length // 2 - 1, length), np.linspace(0, width // 2 - 1, width)
    along_x = np.stack([np.interp(x, np.arange(length // 2), column) for column in coarse.T], axis=1)
    fine = np.stack([np.interp(y, np.arange(width // 2), row) for row in along_x])
    return np.rint(fine).astype(np.int16)


def _stairs(length: int, width: int, step_height: float) -> np.ndarray:
    """Steps up to a platform in the middle, or with a negative height down to it."""
    tile = np.zeros((length, width), np.int16)
    step = int(step_height / VERTICAL_SCALE)
    for i in range(1, 1 + -(-(min(length, width) - _PLATFORM) // (2 * _STEP_WIDTH))):
        edge = i * _STEP_WIDTH
        tile[edge : length - edge, edge : width - edge] = i * step
    return tile


def _obstacles(length: int, width: int, max_height: float, rng: np.random.Generator) -> np.ndarray:
    """40 boxes and holes of 1 to 2 m, but for a platform in the middle."""
    tile = np.zeros((length, width), np.int16)
    height = int(max_height / VERTICAL_SCALE)
    sizes = np.arange(10, 20, 4)
    for _ in range(40):
        (a, b), h = rng.choice(sizes, 2), rng.choice((-height, -height // 2, height // 2, height))
        x, y = rng.choice(np.arange(0, length - a, 4)), rng.choice(np.arange(0, width - b, 4))
        tile[x : x + a, y : y + b] = h
    x, y = (length - _PLATFORM) // 2, (width - _PLATFORM) // 2
    tile[x : x + _PLATFORM, y : y + _PLATFORM] = 0
    return tile
