"""``isaacgym.terrain_utils``: height fields of slopes, stairs, obstacles and stones, and meshes of them.

Lengths are in m. A grid holds int16 heights in units of ``vertical_scale``, at points ``horizontal_scale`` apart.
Random ones draw from NumPy's global generator, so that ``np.random.seed`` decides them.
"""

import math

import numpy as np


class SubTerrain:
    """A flat grid ``height_field_raw`` of ``[width, length]`` points, which generators change in place."""

    def __init__(
        self,
        terrain_name: str = "terrain",
        width: int = 256,
        length: int = 256,
        vertical_scale: float = 1.0,
        horizontal_scale: float = 1.0,
    ) -> None:
        self.terrain_name = terrain_name
        self.width = width
        self.length = length
        self.vertical_scale = vertical_scale
        self.horizontal_scale = horizontal_scale
        self.height_field_raw = np.zeros((width, length), dtype=np.int16)


def random_uniform_terrain(
    terrain: SubTerrain,
    min_height: float,
    max_height: float,
    step: float = 1,
    downsampled_scale: float | None = None,
) -> SubTerrain:
    """Adds random levels.

    Args:
        terrain: The grid.
        min_height: The lowest level.
        max_height: The highest level.
        step: The distance between levels.
        downsampled_scale: The distance between points with random levels; between them the height is linear.
    """
    low, high = _levels(terrain, min_height), _levels(terrain, max_height)
    between = max(_levels(terrain, step), 1)
    scale = downsampled_scale or terrain.horizontal_scale
    points = [max(int(size * terrain.horizontal_scale / scale), 1) for size in (terrain.width, terrain.length)]
    coarse = np.random.choice(np.arange(low, high + between, between), points)
    rows = _stretched(coarse.astype(float), terrain.width)
    terrain.height_field_raw += np.rint(_stretched(rows.T, terrain.length).T).astype(np.int16)
    return terrain


def sloped_terrain(terrain: SubTerrain, slope: float = 1) -> SubTerrain:
    """Adds a slope that rises along the width."""
    rise = int(slope * terrain.horizontal_scale / terrain.vertical_scale * terrain.width)
    along = np.arange(terrain.width)[:, None] / terrain.width
    terrain.height_field_raw += (rise * along).astype(np.int16)
    return terrain


def pyramid_sloped_terrain(terrain: SubTerrain, slope: float = 1, platform_size: float = 1.0) -> SubTerrain:
    """Adds a hill, or a hole for a negative slope, with a flat platform of a size on top."""
    rise = int(slope * terrain.horizontal_scale / terrain.vertical_scale * terrain.width / 2)
    height = rise * _towards_middle(terrain.width)[:, None] * _towards_middle(terrain.length)[None]
    grid = terrain.height_field_raw
    grid += height.astype(np.int16)
    half = int(platform_size / terrain.horizontal_scale / 2)
    edge = grid[max(terrain.width // 2 - half, 0), max(terrain.length // 2 - half, 0)]
    np.clip(grid, min(edge, 0), max(edge, 0), out=grid)
    return terrain


def discrete_obstacles_terrain(
    terrain: SubTerrain,
    max_height: float,
    min_size: float,
    max_size: float,
    num_rects: int,
    platform_size: float = 1.0,
) -> SubTerrain:
    """Puts random rectangles on the grid, or sinks them, and a flat platform of a size in the middle.

    Args:
        terrain: The grid.
        max_height: Heights are this, half of it, and both below zero.
        min_size: The least side.
        max_size: The side that none reaches.
        num_rects: How many.
        platform_size: The platform's side.
    """
    top = _levels(terrain, max_height)
    heights = [-top, -top // 2, top // 2, top]
    sizes = np.arange(_points(terrain, min_size), _points(terrain, max_size), 4)
    for _ in range(num_rects):
        width, length = np.random.choice(sizes), np.random.choice(sizes)
        x = np.random.choice(np.arange(0, terrain.width - width, 4))
        y = np.random.choice(np.arange(0, terrain.length - length, 4))
        terrain.height_field_raw[x : x + width, y : y + length] = np.random.choice(heights)
    return _with_platform(terrain, platform_size)


def wave_terrain(terrain: SubTerrain, num_waves: int = 1, amplitude: float = 1.0) -> SubTerrain:
    """Adds waves along both sides; from crest to trough it is twice the amplitude."""
    half = int(0.5 * amplitude / terrain.vertical_scale)
    if num_waves > 0:
        turn = terrain.length / (num_waves * 2.0 * math.pi)
        across = np.sin(np.arange(terrain.width) / turn)[:, None]
        along = np.cos(np.arange(terrain.length) / turn)[None]
        terrain.height_field_raw += (half * (across + along)).astype(np.int16)
    return terrain


def stairs_terrain(terrain: SubTerrain, step_width: float, step_height: float) -> SubTerrain:
    """Adds stairs that rise along the width."""
    width, height = max(_points(terrain, step_width), 1), _levels(terrain, step_height)
    for step in range(terrain.width // width):
        terrain.height_field_raw[step * width : (step + 1) * width] += height * (step + 1)
    return terrain


def pyramid_stairs_terrain(
    terrain: SubTerrain, step_width: float, step_height: float, platform_size: float = 1.0
) -> SubTerrain:
    """Builds stairs from all sides to a platform in the middle that is at most of a size."""
    width, height = max(_points(terrain, step_width), 1), _levels(terrain, step_height)
    platform = _points(terrain, platform_size)
    edge = step = 0
    while min(terrain.width, terrain.length) - 2 * edge > platform:
        edge, step = edge + width, step + 1
        terrain.height_field_raw[edge : terrain.width - edge, edge : terrain.length - edge] = height * step
    return terrain


def stepping_stones_terrain(
    terrain: SubTerrain,
    stone_size: float,
    stone_distance: float,
    max_height: float,
    platform_size: float = 1.0,
    depth: float = -10,
) -> SubTerrain:
    """Builds square stones over a pit, in rows along the shorter side, and a platform in the middle.

    Args:
        terrain: The grid.
        stone_size: A stone's side.
        stone_distance: The gap between stones.
        max_height: Stones are at most so high or low.
        platform_size: The platform's side.
        depth: The pit's height.
    """
    size, gap = _points(terrain, stone_size), _points(terrain, stone_distance)
    top = _levels(terrain, max_height)
    heights = np.arange(-top - 1, top)
    terrain.height_field_raw[:] = _levels(terrain, depth)
    rows = terrain.height_field_raw if terrain.width <= terrain.length else terrain.height_field_raw.T
    for begin in range(0, rows.shape[1], size + gap):
        row = rows[:, begin : begin + size]
        first = np.random.randint(0, size)
        row[: max(first - gap, 0)] = np.random.choice(heights)
        for start in range(first, rows.shape[0], size + gap):
            row[start : start + size] = np.random.choice(heights)
    return _with_platform(terrain, platform_size)


def convert_heightfield_to_trimesh(
    height_field_raw: np.ndarray,
    horizontal_scale: float,
    vertical_scale: float,
    slope_threshold: float | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Makes a triangle mesh of a grid, whose points keep their order.

    Args:
        height_field_raw: Heights ``[rows, columns]``.
        horizontal_scale: The distance between points.
        vertical_scale: The unit of heights.
        slope_threshold: Where it is steeper than this, points move by one cell, so that walls are vertical.

    Returns:
        Vertices ``[n, 3]``, float32, and the indices of each triangle's corners ``[m, 3]``, uint32.
    """
    heights = height_field_raw.astype(np.int64)
    rows, columns = heights.shape
    x, y = np.meshgrid(np.arange(rows), np.arange(columns), indexing="ij")
    if slope_threshold is not None:
        move_x, move_y = _moves(heights, slope_threshold * horizontal_scale / vertical_scale)
        x, y = x + move_x, y + move_y
    vertices = np.stack([x * horizontal_scale, y * horizontal_scale, heights * vertical_scale], axis=-1)
    corner = np.arange(rows * columns).reshape(rows, columns)[:-1, :-1].reshape(-1, 1)
    diagonal = corner + columns + 1
    triangles = np.stack(
        [np.hstack([corner, diagonal, corner + 1]), np.hstack([corner, corner + columns, diagonal])], axis=1
    )
    return vertices.reshape(-1, 3).astype(np.float32), triangles.reshape(-1, 3).astype(np.uint32)


def _moves(heights: np.ndarray, threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """By how many cells each point moves along x and y: the foot of a steep step to below its top."""
    move_x, move_y, diagonal = (np.zeros(heights.shape, dtype=np.int64) for _ in range(3))
    move_x[:-1] += heights[1:] - heights[:-1] > threshold
    move_x[1:] -= heights[:-1] - heights[1:] > threshold
    move_y[:, :-1] += heights[:, 1:] - heights[:, :-1] > threshold
    move_y[:, 1:] -= heights[:, :-1] - heights[:, 1:] > threshold
    diagonal[:-1, :-1] += heights[1:, 1:] - heights[:-1, :-1] > threshold
    diagonal[1:, 1:] -= heights[:-1, :-1] - heights[1:, 1:] > threshold
    return np.where(move_x == 0, diagonal, move_x), np.where(move_y == 0, diagonal, move_y)


def _levels(terrain: SubTerrain, height: float) -> int:
    return int(height / terrain.vertical_scale)


def _points(terrain: SubTerrain, length: float) -> int:
    return int(length / terrain.horizontal_scale)


def _stretched(rows: np.ndarray, size: int) -> np.ndarray:
    """As many rows as asked for, linear between the given ones."""
    position = np.linspace(0, len(rows) - 1, size)
    below = np.minimum(position.astype(int), max(len(rows) - 2, 0))
    part = (position - below)[:, None]
    return (1.0 - part) * rows[below] + part * rows[np.minimum(below + 1, len(rows) - 1)]


def _towards_middle(size: int) -> np.ndarray:
    """From 0 at the ends to 1 in the middle."""
    middle = size // 2
    return (middle - np.abs(middle - np.arange(size))) / middle


def _with_platform(terrain: SubTerrain, size: float) -> SubTerrain:
    points = _points(terrain, size)
    x, y = (terrain.width - points) // 2, (terrain.length - points) // 2
    terrain.height_field_raw[x : x + points, y : y + points] = 0
    return terrain
