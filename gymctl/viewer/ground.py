"""The ground of a scene: planes as grids, height fields in detail near the robot that is looked at."""

import math

import mujoco
import numpy as np
import viser

from gymctl.viewer import meshes
from gymctl.viewer.poses import Poses
from gymctl.viewer.shapes import find_ground

_MOST_VERTICES = 60_000
"""Of all height fields together; if they have more, they are drawn coarsely but near the robot looked at."""
_NEAR = 4.0
"""[m]"""
_COLOUR = (196, 202, 210)
_FLOOR, _CELLS, _SECTIONS = (226, 230, 235), (204, 210, 218), (170, 178, 190)


def add_planes(scene: viser.SceneApi, parent: str, model: mujoco.MjModel, poses: Poses) -> None:
    """Adds the model's planes, as endless grids of metres.

    Args:
        scene: Where they are drawn.
        parent: Name of the node below which they hang.
        model: The model.
        poses: Of one world, at the origin.
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
    """The model's height fields.

    Args:
        scene: Where they are drawn.
        parent: Name of the node below which they hang.
        model: The model.
        poses: Of one world, at the origin.
    """

    def __init__(self, scene: viser.SceneApi, parent: str, model: mujoco.MjModel, poses: Poses) -> None:
        self._scene = scene
        self._poses = poses
        self._parent = parent
        self._model = model
        geoms = find_ground(model, mujoco.mjtGeom.mjGEOM_HFIELD)
        fields = model.geom_dataid[geoms]
        vertices = int((model.hfield_nrow[fields] * model.hfield_ncol[fields]).sum())
        every = math.ceil(math.sqrt(vertices / _MOST_VERTICES))
        self._middles = poses.position[0, geoms, :2]
        self._radii = model.hfield_size[fields, :2]
        self._whole = {geom: self._add(geom, every) for geom in geoms}
        self._has_detail = every > 1
        self._detailed: dict[int, viser.MeshHandle] = {}

    def detail(self, place: np.ndarray) -> None:
        """Draws every sample of the fields near a place ``[3]`` [m], and of the others only some."""
        if not self._has_detail:
            return
        outside = np.maximum(np.abs(place[:2] - self._middles) - self._radii, 0.0)
        near = {geom for geom, far in zip(self._whole, np.hypot(*outside.T), strict=True) if far < _NEAR}
        for geom in near - self._detailed.keys():
            self._detailed[geom] = self._add(geom, 1)
            self._whole[geom].visible = False
        for geom in self._detailed.keys() - near:
            self._detailed.pop(geom).remove()
            self._whole[geom].visible = True

    def _add(self, geom: int, every: int) -> viser.MeshHandle:
        mesh = meshes.height_field(self._model, geom, every)
        return self._scene.add_mesh_simple(
            f"{self._parent}/field{geom}{'' if every > 1 else ' in detail'}",
            mesh.vertices,
            mesh.faces,
            color=_COLOUR,
            flat_shading=mesh.flat,
            cast_shadow=False,  # of so many triangles it would take most of the time
            position=self._poses.position[0, geom],
            wxyz=self._poses.rotation[0, geom],
        )
