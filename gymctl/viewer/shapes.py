"""What is to be drawn of a MuJoCo model: its geoms as copies of a few meshes, and its ground."""

from dataclasses import dataclass

import mujoco
import numpy as np

from gymctl.viewer import meshes
from gymctl.viewer.meshes import Mesh

_SHOWN_GROUPS = 3
"""Geoms of the groups below are shown, as in MuJoCo's own viewer; the others are for collisions."""
_GROUND = (mujoco.mjtGeom.mjGEOM_PLANE, mujoco.mjtGeom.mjGEOM_HFIELD)
_UNSET_RGBA = np.array([0.5, 0.5, 0.5, 1.0], np.float32)
"""MuJoCo's default, which lets a material's colour through."""


@dataclass(frozen=True)
class Copies:
    """Copies of one mesh, each fixed to a geom."""

    name: str
    mesh: Mesh
    geom: np.ndarray
    """Geom of each copy, int ``[M]``."""
    along: np.ndarray
    """Place along the geom's z axis ``[M]`` [m]."""
    scale: np.ndarray
    """Along the mesh's axes ``[M, 3]``."""
    rgba: np.ndarray
    """``[M, 4]``, 0 to 1."""


def find_copies(model: mujoco.MjModel) -> list[Copies]:
    """The geoms that robots and things are made of, one entry a mesh.

    A capsule is a cylinder and two spheres, so that three meshes fit every size. Ground is left out.
    """
    found: dict[str, list[tuple[int, float, list[float]]]] = {}
    for geom in shown_geoms(model):
        if model.geom_type[geom] not in _GROUND:
            for mesh, along, scale in _pieces(model, geom):
                found.setdefault(mesh, []).append((geom, along, scale))
    return [
        Copies(
            name=mesh,
            mesh=meshes.UNIT[mesh] if mesh in meshes.UNIT else meshes.asset(model, int(mesh.removeprefix("mesh "))),
            geom=np.array([geom for geom, _, _ in pieces]),
            along=np.array([along for _, along, _ in pieces]),
            scale=np.array([scale for _, _, scale in pieces]),
            rgba=np.array([colour(model, geom) for geom, _, _ in pieces]),
        )
        for mesh, pieces in found.items()
    ]


def find_ground(model: mujoco.MjModel, kind: mujoco.mjtGeom) -> list[int]:
    """The planes, or the height fields, that are to be seen."""
    return [geom for geom in shown_geoms(model) if model.geom_type[geom] == kind]


def shown_geoms(model: mujoco.MjModel) -> list[int]:
    """The geoms that are to be seen."""
    return [g for g in range(model.ngeom) if model.geom_group[g] < _SHOWN_GROUPS and colour(model, g)[3] > 0]


def colour(model: mujoco.MjModel, geom: int) -> np.ndarray:
    """A geom's rgba ``[4]``, 0 to 1: its material's, unless it has one of its own."""
    material, own = model.geom_matid[geom], model.geom_rgba[geom]
    return model.mat_rgba[material] if material >= 0 and np.array_equal(own, _UNSET_RGBA) else own


def _pieces(model: mujoco.MjModel, geom: int) -> list[tuple[str, float, list[float]]]:
    """What a geom is made of: names of meshes, their places along its z axis, and their scales."""
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
