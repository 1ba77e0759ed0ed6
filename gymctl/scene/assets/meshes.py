"""Meshes of assets, as MuJoCo takes them."""

import io
from pathlib import Path

import mujoco
import numpy as np

from gymctl.core.errors import InputError
from gymctl.core.inside import as_input_errors, check_regular, read_regular
from gymctl.scene.assets.collada import Triangles, read_collada

LARGEST_MESH = 2**28
MESHES = ".obj", ".stl", ".msh"
"""What MuJoCo reads itself."""
_TRIANGLES = ".dae", ".glb"
_LARGEST_TRIANGLES = 2**26
_PATHS_FIX = "check the asset's paths"


class MeshFiles:
    """The mesh files of an asset.

    Args:
        dirs: Folders to look for names in.
        inside: The folder that all files must be in.
    """

    def __init__(self, dirs: list[Path], inside: Path) -> None:
        self._dirs, self._inside = dirs, inside
        self._added: dict[tuple[str, tuple[float, ...], bool], str] = {}
        self.notes: list[str] = []

    def add(self, spec: mujoco.MjSpec, name: str, scale: np.ndarray, *, visual: bool) -> str | None:
        """Adds a mesh to a model, once; returns its name there, or None for a visual one that can't be had.

        Args:
            spec: The model.
            name: As the asset's file has it: a path, or ``package://PACKAGE/PATH``.
            scale: Along the axes.
            visual: Whether it is only looked at.

        Raises:
            InputError: It is outside, isn't there, or has a format that can't be read.
        """
        key = name, tuple(scale.tolist()), visual
        if key not in self._added:
            path = self._find(name)
            known = path is not None and path.suffix.lower() in (*MESHES, *_TRIANGLES)
            if visual and not known:
                self.notes.append("visual meshes are left out that aren't there, or neither .obj, .stl, .dae nor .glb")
                return None
            if path is None:
                raise InputError(f"there is no mesh '{name[:200]}'", "put the file there")
            if not known:
                raise InputError(f"the collision mesh '{path}' is neither .obj, .stl, .dae nor .glb", "convert it")
            try:
                source = self._source(path)
            except ValueError as error:
                if visual:
                    self.notes.append(f"visual meshes are left out that can't be read: {error}")
                    return None
                what = f"the collision mesh '{path}' can't be read: {error}"
                raise InputError(what, "correct it, or convert it to .obj") from error
            mesh = spec.add_mesh(name=f"mesh_{len(self._added)}", scale=scale, **source)
            inertias = mujoco.mjtMeshInertia
            mesh.inertia = inertias.mjMESH_INERTIA_SHELL if visual else inertias.mjMESH_INERTIA_CONVEX
            self._added[key] = mesh.name
        return self._added[key]

    def _source(self, path: Path) -> dict[str, object]:
        """What MuJoCo makes a mesh of.

        Raises:
            InputError: The file is outside, too large or none.
            ValueError: It has no triangles.
        """
        with as_input_errors(f"can't read the mesh '{path}'", _PATHS_FIX):
            if path.suffix.lower() in MESHES:
                check_regular(path, LARGEST_MESH, self._inside)
                return {"file": str(path.absolute())}
            content = read_regular(path, _LARGEST_TRIANGLES, self._inside)
        vertices, faces = read_collada(content) if path.suffix.lower() == ".dae" else _read_glb(content)
        return {"uservert": vertices.astype(np.float32).ravel(), "userface": faces.astype(np.int32).ravel()}

    def _find(self, name: str) -> Path | None:
        if name.startswith("package://"):
            name = name.removeprefix("package://")
            names = [name, name.partition("/")[2]]
        else:
            names = [name.removeprefix("file://")]
        return next((path for dir in self._dirs for name in names if (path := dir / name).is_file()), None)


def _read_glb(content: bytes) -> Triangles:
    """The triangles of a binary glTF, without its materials.

    Raises:
        ValueError: It is none, or has no triangles.
    """
    import trimesh  # as slow to import as a small training is to set up

    try:
        mesh = trimesh.load_scene(io.BytesIO(content), file_type="glb", skip_materials=True).to_mesh()
    except Exception as error:
        raise ValueError(f"it is no binary glTF that trimesh reads: {error}") from error
    if not len(mesh.faces) or not np.isfinite(mesh.vertices).all():
        raise ValueError("it has no triangles, or vertices that aren't finite")
    return Triangles(np.asarray(mesh.vertices, float), np.asarray(mesh.faces))
