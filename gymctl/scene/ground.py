"""The ground of a world: a plane, or a grid of heights."""

import math
from dataclasses import dataclass, field
from typing import Any

import mujoco
import numpy as np

from gymctl.core.errors import InputError

_CHUNK = 200
"""Cells along a side of one height field; a position in it must be exact to a micrometre in single precision."""
_BASE_THICKNESS = 1.0
"""Of a height field below its lowest point [m]."""
_SMALLEST_RANGE = 1e-3
"""Of a height field's heights, which MuJoCo can't have all alike [m]."""


@dataclass(frozen=True)
class Plane:
    """An endless plane."""

    normal: tuple[float, float, float] = (0.0, 0.0, 1.0)
    distance: float = 0.0
    """Of the plane from the world's origin, against the normal [m]."""


@dataclass(frozen=True)
class HeightGrid:
    """Heights on a grid, z up."""

    heights: np.ndarray
    """``[rows along x, columns along y]``, in `step`."""
    cell: tuple[float, float]
    """Side of a cell along x and y [m]."""
    corner: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Where the first height is [m]."""
    step: float = 1.0
    """Of heights [m]."""


@dataclass
class Ground:
    """All that a world stands on."""

    friction: float = 1.0
    """Sliding friction."""
    planes: list[Plane] = field(default_factory=list)
    grids: list[HeightGrid] = field(default_factory=list)

    def add_to(self, spec: mujoco.MjSpec) -> None:
        """Adds it to a model.

        Raises:
            InputError: A normal has no direction, a grid no cells, or a number isn't finite.
        """
        if not 0.0 <= self.friction < math.inf:
            raise InputError(f"the ground's friction is {self.friction:g}", "give a finite number, 0 or more")
        for index, plane in enumerate(self.planes):
            normal = np.asarray(plane.normal, float)
            length = np.linalg.norm(normal)
            if not np.isfinite(length) or length == 0.0:
                raise InputError(f"the ground's normal is {plane.normal}", "give a vector with a direction")
            if not math.isfinite(plane.distance):
                raise InputError(f"the ground's distance is {plane.distance:g}", "give a finite number")
            quat = np.zeros(4)
            mujoco.mju_quatZ2Vec(quat, normal / length)
            spec.worldbody.add_geom(
                name=f"ground_{index}",
                type=mujoco.mjtGeom.mjGEOM_PLANE,
                size=[0, 0, 1],
                pos=normal / length * -plane.distance,
                quat=quat,
                friction=[self.friction, 0.005, 0.0001],
            )
        for index, grid in enumerate(self.grids):
            add_grid(spec, f"terrain_{index}", grid, friction=[self.friction, 0.005, 0.0001])


def add_grid(spec: mujoco.MjSpec, name: str, grid: HeightGrid, **contact: Any) -> None:
    """Adds a grid to a model, as height fields so small that a position in one is exact to a micrometre.

    Args:
        spec: The model.
        name: What the names of the height fields and their geoms begin with.
        grid: The heights.
        contact: How the geoms touch and look, as attributes of MuJoCo's.

    Raises:
        InputError: It has no cells, or numbers that no terrain has.
    """
    _check(grid)
    rows, columns = grid.heights.shape
    x, y, z = grid.corner
    for row in range(0, rows - 1, _CHUNK):
        for column in range(0, columns - 1, _CHUNK):
            heights = grid.heights[row : row + _CHUNK + 1, column : column + _CHUNK + 1].astype(float)
            low = heights.min()
            range_z = max((heights.max() - low) * grid.step, _SMALLEST_RANGE)
            half_x, half_y = ((n - 1) * cell / 2 for n, cell in zip(heights.shape, grid.cell, strict=True))
            chunk = f"{name}_{row}_{column}"
            spec.add_hfield(
                name=chunk,
                size=[half_x, half_y, range_z, _BASE_THICKNESS],
                nrow=heights.shape[1],
                ncol=heights.shape[0],
                userdata=((heights.T - low) * grid.step / range_z).astype(np.float32).flatten(),
            )
            spec.worldbody.add_geom(
                name=chunk,
                type=mujoco.mjtGeom.mjGEOM_HFIELD,
                hfieldname=chunk,
                pos=[row * grid.cell[0] + half_x + x, column * grid.cell[1] + half_y + y, low * grid.step + z],
                **contact,
            )


def _check(grid: HeightGrid) -> None:
    rows, columns = grid.heights.shape
    if min(rows, columns) < 2 or not np.isfinite(grid.heights).all():
        raise InputError(f"a terrain of {rows} by {columns} heights is none", "give finite heights, 2 by 2 at least")
    largest = max(-float(grid.heights.min()), float(grid.heights.max())) * grid.step
    if not (min(*grid.cell, grid.step) > 0.0 and np.isfinite([*grid.cell, *grid.corner, largest]).all()):
        raise InputError(
            f"a terrain with cells of {grid.cell} m and heights in {grid.step:g} m, at {grid.corner}, is none",
            "give finite numbers, and cells and steps above 0",
        )
