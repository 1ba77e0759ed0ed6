"""Wireframes for the viewer: each has the ends and the colours of its lines."""

import math
from typing import Any

import numpy as np

from gymctl.isaacgym import layouts
from gymctl.isaacgym.values import Transform, Vec3

RED = (1.0, 0.0, 0.0)


class LineGeometry:
    """Coloured lines; a subclass gives ``vertices`` and ``colors``."""

    def vertices(self) -> np.ndarray:
        """The lines' ends ``[n, 2]``, of ``Vec3.dtype``."""
        raise NotImplementedError

    def colors(self) -> np.ndarray:
        """The lines' colours ``[n]``, of ``Vec3.dtype``, from 0 to 1."""
        raise NotImplementedError

    def num_lines(self) -> int:
        """How many lines there are."""
        return len(self.vertices())

    def instance_verts(self, pose: Transform | None = None) -> np.ndarray:
        """The lines' ends at a pose."""
        return self.vertices() if pose is None else pose.transform_points(self.vertices())


class _Lines(LineGeometry):
    def __init__(self, ends: Any, colors: Any, pose: Transform | None) -> None:
        ends = _vectors(ends)
        self.verts = ends if pose is None else pose.transform_points(ends)
        self._colors = _vectors(colors)

    def vertices(self) -> np.ndarray:
        return self.verts

    def colors(self) -> np.ndarray:
        return self._colors


class AxesGeometry(_Lines):
    """The three axes, red, green and blue, of a length."""

    def __init__(self, scale: float = 1.0, pose: Transform | None = None) -> None:
        ends = np.stack([np.zeros((3, 3)), scale * np.eye(3)], axis=1)
        super().__init__(ends, np.eye(3), pose)


class WireframeBBoxGeometry(_Lines):
    """The edges of a box between two opposite corners ``[2, 3]``."""

    def __init__(self, bbox: Any, pose: Transform | None = None, color: Any = None) -> None:
        corners = np.array([[float(number) for number in corner] for corner in bbox])
        if corners.shape != (2, 3):
            raise ValueError(f"a box has two corners of three numbers, not an array of shape {corners.shape}")
        ends = []
        for axis in range(3):
            others = [other for other in range(3) if other != axis]
            for choice in np.ndindex(2, 2):
                edge = corners.copy()
                edge[:, others] = corners[choice, others]
                ends.append(edge)
        super().__init__(ends, [_color(color)] * 12, pose)


class WireframeBoxGeometry(WireframeBBoxGeometry):
    """The edges of a box about the origin, of full sizes along x, y and z."""

    def __init__(
        self,
        xdim: float = 1.0,
        ydim: float = 1.0,
        zdim: float = 1.0,
        pose: Transform | None = None,
        color: Any = None,
    ) -> None:
        half = 0.5 * np.array([float(xdim), float(ydim), float(zdim)])
        super().__init__([-half, half], pose, color)


class WireframeSphereGeometry(_Lines):
    """Meridians, in the first colour, and parallels about y, in the second, of a sphere about the origin."""

    def __init__(
        self,
        radius: float = 1.0,
        num_lats: int = 8,
        num_lons: int = 8,
        pose: Transform | None = None,
        color: Any = None,
        color2: Any = None,
    ) -> None:
        around = np.linspace(0.0, 2.0 * math.pi, num_lats + 1)[:, None]
        down = np.linspace(0.0, math.pi, num_lons + 1)[None]
        grid = float(radius) * np.stack(
            np.broadcast_arrays(np.sin(down) * np.sin(around), np.cos(down), np.sin(down) * np.cos(around)), axis=-1
        )
        meridians = np.stack([grid[:-1, :-1], grid[:-1, 1:]], axis=2).reshape(-1, 2, 3)
        parallels = np.stack([grid[:-1, :-1], grid[1:, :-1]], axis=2).reshape(-1, 2, 3)
        first = _color(color)
        second = first if color2 is None else _color(color2)
        colors = [first] * len(meridians) + [second] * len(parallels)
        super().__init__(np.concatenate([meridians, parallels]), colors, pose)


def draw_lines(geom: LineGeometry, gym: Any, viewer: Any, env: Any, pose: Transform | None) -> None:
    """Draws a wireframe at a pose in an env's frame, or in the world's if the env is None."""
    ends = geom.instance_verts(pose)
    gym.add_lines(viewer, env, len(ends), ends, geom.colors())


def draw_line(p1: Vec3, p2: Vec3, color: Vec3, gym: Any, viewer: Any, env: Any) -> None:
    """Draws one line in an env's frame, or in the world's if the env is None."""
    gym.add_lines(viewer, env, 1, _vectors([[_row(p1), _row(p2)]]), _vectors([_row(color)]))


def _row(vector: Vec3) -> tuple[float, float, float]:
    return vector.x, vector.y, vector.z


def _color(color: Any) -> tuple[float, ...]:
    if color is None:
        return RED
    return _row(color) if isinstance(color, Vec3) else tuple(float(part) for part in color)


def _vectors(rows: Any) -> np.ndarray:
    return np.ascontiguousarray(rows, dtype=np.float32).view(layouts.VEC3)[..., 0]
