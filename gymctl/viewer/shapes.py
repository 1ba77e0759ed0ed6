"""Shapes of worlds for the viewer: their geoms as copies of a few meshes, and their ground."""

from collections.abc import Sequence
from dataclasses import dataclass

import mujoco
import numpy as np

from gymctl.viewer import meshes
from gymctl.viewer.meshes import Mesh

_SHOWN_GROUPS = 3
"""Geoms of groups 0 to 2 are shown, as in MuJoCo's own viewer; the others are for collisions."""
_GROUND = (mujoco.mjtGeom.mjGEOM_PLANE, mujoco.mjtGeom.mjGEOM_HFIELD)
_UNSET_RGBA = np.array([0.5, 0.5, 0.5, 1.0], np.float32)
"""MuJoCo's default colour of geoms; a geom with it takes its material's colour."""


@dataclass(frozen=True)
class Copies:
    """Copies of one mesh, each fixed to a geom of a world."""

    name: str
    mesh: Mesh
    world: np.ndarray
    """World of each copy, int ``[M]``."""
    geom: np.ndarray
    """Geom of each copy, int ``[M]``."""
    along: np.ndarray
    """Offset along the geom's z axis ``[M]`` [m]."""
    scale: np.ndarray
    """Along the mesh's axes ``[M, 3]``."""
    rgba: np.ndarray
    """``[M, 4]``, 0 to 1."""


def find_copies(models: Sequence[mujoco.MjModel]) -> list[Copies]:
    """Finds the geoms of robots and objects, without the ground; one entry per mesh.

    A capsule becomes a cylinder and two spheres, so that the same meshes fit every size.

    Args:
        models: The model of each world, of one layout and with the same meshes.
    """
    found: dict[str, list[tuple[int, int, float, list[float], np.ndarray]]] = {}
    for world, model in enumerate(models):
        for geom in shown_geoms(model):
            if model.geom_type[geom] not in _GROUND:
                for mesh, along, scale in _pieces(model, geom):
                    found.setdefault(mesh, []).append((world, geom, along, scale, colour(model, geom)))
    return [
        Copies(name, _mesh(models[0], name), *(np.array(column) for column in zip(*pieces, strict=True)))
        for name, pieces in found.items()
    ]


def find_ground(model: mujoco.MjModel, kind: mujoco.mjtGeom) -> list[int]:
    """Finds the visible geoms of one kind of ground, planes or height fields."""
    return [geom for geom in shown_geoms(model) if model.geom_type[geom] == kind]


def shown_geoms(model: mujoco.MjModel) -> list[int]:
    """The visible geoms."""
    return [g for g in range(model.ngeom) if model.geom_group[g] < _SHOWN_GROUPS and colour(model, g)[3] > 0]


def colour(model: mujoco.MjModel, geom: int) -> np.ndarray:
    """A geom's colour, rgba ``[4]`` from 0 to 1: its own, or else its material's."""
    material, own = model.geom_matid[geom], model.geom_rgba[geom]
    return model.mat_rgba[material] if material >= 0 and np.array_equal(own, _UNSET_RGBA) else own


def _mesh(model: mujoco.MjModel, name: str) -> Mesh:
    return meshes.UNIT[name] if name in meshes.UNIT else meshes.asset(model, int(name.removeprefix("mesh ")))


def _pieces(model: mujoco.MjModel, geom: int) -> list[tuple[str, float, list[float]]]:
    """The meshes that a geom consists of: their names, offsets along its z axis, and scales."""
    x, y, z = (float(size) for size in model.geom_size[geom])
    match mujoco.mjtGeom(model.geom_type[geom]):
        case mujoco.mjtGeom.mjGEOM_SPHERE:
            return [("sphere", 0.0, [x, x, x])]
        case mujoco.mjtGeom.mjGEOM_CAPSULE:
            return [("cylinder", 0.0, [x, x, y]), ("sphere", y, [x, x, x]), ("sphere", -y, [x, x, x])]
        case mujoco.mjtGeom.mjGEOM_CYLINDER:
            return [("cylinder", 0.0, [x, x, y])]
        case mujoco.mjtGeom.mjGEOM_ELLIPSOID:
            return [("sphere", 0.0, [x, y, z])]
        case mujoco.mjtGeom.mjGEOM_BOX:
            return [("box", 0.0, [x, y, z])]
        case mujoco.mjtGeom.mjGEOM_MESH | mujoco.mjtGeom.mjGEOM_SDF:
            return [(f"mesh {model.geom_dataid[geom]}", 0.0, [1.0, 1.0, 1.0])]
    return []
