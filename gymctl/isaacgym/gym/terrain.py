"""Height fields and triangle meshes of Isaac Gym as grids of heights."""

import numpy as np

from gymctl.core.errors import InputError
from gymctl.isaacgym.gym.handles import as_vector
from gymctl.isaacgym.gym.notices import tell
from gymctl.isaacgym.options import HeightFieldParams
from gymctl.scene.ground import HeightGrid

_CELL = 0.1
"""Of a grid that a mesh is laid on [m]."""
_MOST_HEIGHTS = 50_000_000
_MANY_CELLS = 10_000
"""Under a triangle that is laid on the grid by itself."""
_AT_ONCE = 1_000_000
"""Cells under small triangles that are laid on the grid together."""


def grid_of_heightfield(samples: np.ndarray, params: HeightFieldParams) -> HeightGrid:
    """The grid of a height field.

    ``nbColumns`` counts cells along x, the slow index, and ``nbRows`` along y.

    Raises:
        InputError: There are other numbers of samples.
    """
    along_x, along_y = int(params.nbColumns), int(params.nbRows)
    samples = np.asarray(samples)
    if samples.size != along_x * along_y:
        raise InputError(
            f"the height field has {samples.size} samples, not nbRows {along_y} times nbColumns {along_x}",
            "pass all samples, or correct HeightFieldParams",
        )
    heights = samples.reshape(along_x, along_y).astype(float) * float(params.vertical_scale)
    cell = float(params.column_scale), float(params.row_scale)
    return HeightGrid(heights, cell, as_vector(params.transform.p))


def grid_of_mesh(vertices: np.ndarray, triangles: np.ndarray, origin: tuple[float, float, float]) -> HeightGrid:
    """The grid of a mesh: its own one, or one that the mesh is laid on from above.

    Args:
        vertices: Coordinates ``[3 n]`` [m].
        triangles: Indices of vertices ``[3 m]``.
        origin: Added to all vertices [m].

    Raises:
        InputError: It is no mesh, or too large.
    """
    points = np.asarray(vertices, float).reshape(-1, 3)
    faces = np.asarray(triangles).reshape(-1, 3).astype(np.int64)
    if not len(points) or not len(faces) or faces.max() >= len(points) or faces.min() < 0:
        raise InputError("the triangle mesh has no triangles, or vertices that there aren't", "correct its indices")
    if not np.isfinite(points).all():
        raise InputError("the triangle mesh has vertices that aren't finite", "correct them")
    grid = _own_grid(points, faces, origin)
    if grid is not None:
        return grid
    tell(
        f"a triangle mesh that is no grid of heights is laid on one with cells of {_CELL} m: only its upper side counts"
    )
    return _laid_on_grid(points, faces, origin)


def _own_grid(points: np.ndarray, faces: np.ndarray, origin: tuple[float, float, float]) -> HeightGrid | None:
    """The grid that IsaacGymEnvs' conversion made a mesh of; it moves vertices by at most a cell, but not in height."""
    columns = int(faces[0].max() - faces[0].min()) - 1
    if columns < 2 or len(points) % columns:
        return None
    rows = len(points) // columns
    if rows < 2 or len(faces) != 2 * (rows - 1) * (columns - 1):
        return None
    x, y, z = (points[:, axis].reshape(rows, columns) for axis in range(3))
    cell = _spacing(x), _spacing(y.T)
    if min(cell) <= 0.0:
        return None
    corner = (
        float(np.median(x - np.arange(rows)[:, None] * cell[0])),
        float(np.median(y - np.arange(columns) * cell[1])),
    )
    off_x = np.abs(x - corner[0] - np.arange(rows)[:, None] * cell[0]).max()
    off_y = np.abs(y - corner[1] - np.arange(columns) * cell[1]).max()
    if off_x > 1.01 * cell[0] or off_y > 1.01 * cell[1]:
        return None
    return HeightGrid(z.copy(), cell, (corner[0] + origin[0], corner[1] + origin[1], origin[2]))


def _spacing(coordinates: np.ndarray) -> float:
    """Of rows: taken over half the grid, as the rounding of single steps would add up."""
    half = len(coordinates) // 2
    return float(np.median(coordinates[half:] - coordinates[:-half])) / half


def _laid_on_grid(points: np.ndarray, faces: np.ndarray, origin: tuple[float, float, float]) -> HeightGrid:
    low, high = points.min(0), points.max(0)
    rows, columns = (int(np.ceil((high[axis] - low[axis]) / _CELL)) + 1 for axis in (0, 1))
    if min(rows, columns) < 2 or rows * columns > _MOST_HEIGHTS:
        raise InputError(
            f"a triangle mesh of {high[0] - low[0]:.3g} by {high[1] - low[1]:.3g} m is no ground",
            "correct its vertices",
        )
    heights = np.full((rows, columns), low[2])
    corners = (points[faces] - [low[0], low[1], 0.0]) / [_CELL, _CELL, 1.0]
    first = np.ceil(corners[:, :, :2].min(1) - 1e-9).astype(int)
    sizes = np.maximum(np.floor(corners[:, :, :2].max(1) + 1e-9).astype(int) - first + 1, 0)
    counts = sizes.prod(1)
    large = counts > _MANY_CELLS
    for triangle in corners[large]:
        _raise_under(heights, triangle)
    small = np.flatnonzero(~large & (counts > 0))
    for part in np.split(small, np.flatnonzero(np.diff(np.cumsum(counts[small]) // _AT_ONCE)) + 1):
        _raise_under_all(heights, corners[part], first[part], sizes[part])
    return HeightGrid(heights, (_CELL, _CELL), (low[0] + origin[0], low[1] + origin[1], origin[2]))


def _raise_under_all(heights: np.ndarray, corners: np.ndarray, first: np.ndarray, sizes: np.ndarray) -> None:
    """As `_raise_under`, of many triangles whose cells begin at `first` and are `sizes` along x and y."""
    counts = sizes.prod(1)
    triangle = np.repeat(np.arange(len(corners)), counts)
    within = np.arange(len(triangle)) - np.repeat(np.cumsum(counts) - counts, counts)
    row = first[triangle, 0] + within // sizes[triangle, 1]
    column = first[triangle, 1] + within % sizes[triangle, 1]
    height = _height_at(corners[triangle].transpose(1, 2, 0), row, column)
    np.maximum.at(heights, (row, column), height)


def _raise_under(heights: np.ndarray, corners: np.ndarray) -> None:
    """Raises the heights under a triangle whose x and y are in cells, to the triangle."""
    first = np.ceil(corners[:, :2].min(0) - 1e-9).astype(int)
    last = np.floor(corners[:, :2].max(0) + 1e-9).astype(int)
    x = np.arange(first[0], last[0] + 1)[:, None]
    y = np.arange(first[1], last[1] + 1)
    part = heights[first[0] : last[0] + 1, first[1] : last[1] + 1]
    np.maximum(part, _height_at(corners, x, y), out=part)


def _height_at(corners: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Of triangles at points; -inf beside them and where they stand upright."""
    (x0, y0, z0), (x1, y1, z1), (x2, y2, z2) = corners
    area = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
    area = np.where(np.abs(area) < 1e-12, np.nan, area)
    one = ((x - x0) * (y2 - y0) - (x2 - x0) * (y - y0)) / area
    two = ((x1 - x0) * (y - y0) - (x - x0) * (y1 - y0)) / area
    inside = (one >= -1e-9) & (two >= -1e-9) & (one + two <= 1.0 + 1e-9)
    return np.where(inside, z0 + one * (z1 - z0) + two * (z2 - z0), -np.inf)
