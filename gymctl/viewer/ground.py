"""The ground of the viewer's scene: planes as grids, and height fields in detail near the selected robot."""

import math

import mujoco
import numpy as np
import viser

from gymctl.viewer import meshes
from gymctl.viewer.poses import Poses
from gymctl.viewer.shapes import find_ground

_MOST_VERTICES = 60_000
"""Of all height fields together, without the detailed part near the selected robot."""
_NEAR = 6.0
"""Half width of the detailed part along x and y [m]."""
_COLOUR = (128, 137, 150)
_FLOOR, _CELLS, _SECTIONS = (226, 230, 235), (204, 210, 218), (170, 178, 190)


def add_planes(scene: viser.SceneApi, parent: str, model: mujoco.MjModel, poses: Poses) -> None:
    """Adds the model's planes as endless grids with one-metre cells.

    Args:
        scene: The scene to add them to.
        parent: Name of their parent node.
        model: The model.
        poses: Poses of one world at the origin.
    """
    for geom in find_ground(model, mujoco.mjtGeom.mjGEOM_PLANE):
        scene.add_grid(
            f"{parent}/plane{geom}",
            infinite_grid=True,
            cell_size=1.0,
            section_size=5.0,
            cell_color=_CELLS,
            section_color=_SECTIONS,
            plane_color=_FLOOR,
            plane_opacity=1.0,
            shadow_opacity=0.25,
            fade_distance=120.0,
            position=poses.position[0, geom],
            wxyz=poses.rotation[0, geom],
        )


class HeightFields:
    """The model's height fields. Large ones are drawn in detail only near the selected robot.

    Args:
        scene: The scene to add them to.
        parent: Name of their parent node.
        model: The model.
        poses: Poses of one world at the origin.
    """

    def __init__(self, scene: viser.SceneApi, parent: str, model: mujoco.MjModel, poses: Poses) -> None:
        self._scene = scene
        self._parent = parent
        self._model = model
        self._poses = poses
        self._geoms = np.array(find_ground(model, mujoco.mjtGeom.mjGEOM_HFIELD), int)
        fields = model.geom_dataid[self._geoms]
        samples = int((model.hfield_nrow[fields] * model.hfield_ncol[fields]).sum())
        self._every = max(1, math.ceil(math.sqrt(samples / _MOST_VERTICES)))
        self._middles = poses.position[0, self._geoms, :2]
        self._radii = model.hfield_size[fields, :2]
        self._place = np.full(2, np.inf)
        self._detailed = np.zeros(len(self._geoms), bool)
        for i in range(len(self._geoms)):
            self._draw(i)

    def detail(self, place: np.ndarray) -> None:
        """Draws the fields in full detail around a place ``[3]`` [m], and coarsely elsewhere."""
        if self._every == 1 or np.abs(place[:2] - self._place).max() < _NEAR / 3:
            return
        self._place = place[:2].copy()
        near = (np.abs(self._place - self._middles) - self._radii < _NEAR).all(1)
        changing = near | self._detailed
        self._detailed = near
        for i in changing.nonzero()[0]:
            self._draw(i)

    def _draw(self, i: int) -> None:
        """Draws a field and replaces its earlier mesh."""
        model, geom = self._model, self._geoms[i]
        field = model.geom_dataid[geom]
        counts = model.hfield_ncol[field], model.hfield_nrow[field]
        columns, rows = map(self._samples, counts, self._radii[i], self._place - self._middles[i])
        mesh = meshes.height_field(model, geom, rows, columns)
        self._scene.add_mesh_simple(
            f"{self._parent}/field{geom}",
            mesh.vertices,
            mesh.faces,
            color=_COLOUR,
            flat_shading=mesh.flat,
            cast_shadow=False,  # with so many triangles, shadows would take most of the time
            position=self._poses.position[0, geom],
            wxyz=self._poses.rotation[0, geom],
        )

    def _samples(self, count: int, radius: float, place: float) -> np.ndarray:
        """The samples to draw along a side: all near a place [m from the middle], both ends, and some elsewhere."""
        at = (2.0 * np.arange(count) / (count - 1) - 1.0) * radius
        taken = np.abs(at - place) < _NEAR
        taken[:: self._every] = True
        taken[-1] = True
        return taken.nonzero()[0]
