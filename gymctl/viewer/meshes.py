"""Triangle meshes for MuJoCo's geoms: unit shapes, the model's own meshes and height fields."""

from dataclasses import dataclass

import mujoco
import numpy as np

_SEGMENTS = 24
"""Around a sphere or cylinder."""


@dataclass(frozen=True)
class Mesh:
    """A surface of triangles."""

    vertices: np.ndarray
    """``[V, 3]`` [m]"""
    faces: np.ndarray
    """``[F, 3]``, counter-clockwise seen from outside."""
    flat: bool = False
    """Whether every triangle has sharp edges; otherwise only doubled vertices make an edge."""


def asset(model: mujoco.MjModel, mesh: int) -> Mesh:
    """Returns a mesh of the model, in the frame of its geoms."""
    vertex, face = model.mesh_vertadr[mesh], model.mesh_faceadr[mesh]
    return Mesh(
        model.mesh_vert[vertex : vertex + model.mesh_vertnum[mesh]],
        model.mesh_face[face : face + model.mesh_facenum[mesh]],
        flat=True,
    )


def height_field(model: mujoco.MjModel, geom: int, rows: np.ndarray, columns: np.ndarray) -> Mesh:
    """Returns the surface of a height field, in its geom's frame.

    Args:
        model: The model.
        geom: A geom that is a height field.
        rows: The samples to take along y, ascending, int.
        columns: The samples to take along x, likewise.
    """
    field = model.geom_dataid[geom]
    count_y, count_x, start = model.hfield_nrow[field], model.hfield_ncol[field], model.hfield_adr[field]
    heights = model.hfield_data[start : start + count_y * count_x].reshape(count_y, count_x)
    radius_x, radius_y, top, _ = model.hfield_size[field]
    y, x = np.meshgrid(
        (2.0 * rows / (count_y - 1) - 1.0) * radius_y, (2.0 * columns / (count_x - 1) - 1.0) * radius_x, indexing="ij"
    )
    vertices = np.stack((x, y, heights[np.ix_(rows, columns)] * top), -1).reshape(-1, 3)
    return Mesh(vertices, _sheet(len(rows), len(columns)), flat=True)


def _sheet(rows: int, columns: int) -> np.ndarray:
    """Triangles ``[2 * (rows - 1) * (columns - 1), 3]`` of a grid of vertices; seen from above if y grows by row."""
    first = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).reshape(-1, 1)
    return np.concatenate((first + np.array([0, 1, columns + 1]), first + np.array([0, columns + 1, columns])))


def _revolved(*strips: list[tuple[float, float]]) -> Mesh:
    """A surface of revolution about z.

    Args:
        strips: Lists of (radius, height), from the top down. There is a sharp edge between two strips.
    """
    angles = np.linspace(0.0, 2.0 * np.pi, _SEGMENTS + 1)
    vertices, faces, count = [], [], 0
    for strip in strips:
        radius, height = np.array(strip).T[:, :, None]
        x, y = radius * np.cos(angles), radius * np.sin(angles)
        vertices.append(np.stack((x, y, np.broadcast_to(height, x.shape)), -1).reshape(-1, 3))
        faces.append(_sheet(len(strip), len(angles))[:, ::-1] + count)
        count += len(vertices[-1])
    return Mesh(np.concatenate(vertices), np.concatenate(faces))


def _cube() -> Mesh:
    corners = np.array([[x, y, z] for x in (-1.0, 1.0) for y in (-1.0, 1.0) for z in (-1.0, 1.0)])
    sides = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    return Mesh(corners, np.array([t for a, b, c, d in sides for t in ((a, b, c), (a, c, d))]), flat=True)


UNIT = {
    "sphere": _revolved([(np.sin(a), np.cos(a)) for a in np.linspace(0.0, np.pi, _SEGMENTS // 2 + 1)]),
    "cylinder": _revolved([(0, 1), (1, 1)], [(1, 1), (1, -1)], [(1, -1), (0, -1)]),
    "box": _cube(),
}
"""Unit shapes: radius and half-lengths are 1."""
POINTER = _revolved([(0.0, 1.0), (0.5, 1.0)], [(0.5, 1.0), (0.0, 0.0)])
"""A cone of height 1 that stands on its tip."""
