"""Meshes of assets, as MuJoCo takes them."""

from pathlib import Path

import mujoco
import numpy as np

from gymctl.core.errors import InputError
from gymctl.core.inside import as_input_errors, check_regular

LARGEST_MESH = 2**28
MESHES = ".obj", ".stl", ".msh"
"""What MuJoCo reads itself."""


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
            if visual and (path is None or path.suffix.lower() not in MESHES):
                self.notes.append("visual meshes are left out that aren't there, or neither .obj nor .stl")
                return None
            if path is None:
                raise InputError(f"there is no mesh '{name[:200]}'", "put the file there")
            if path.suffix.lower() not in MESHES:
                raise InputError(f"the collision mesh '{path}' is neither .obj nor .stl", "convert it")
            with as_input_errors(f"can't read the mesh '{path}'", "check the asset's paths"):
                check_regular(path, LARGEST_MESH, self._inside)
            mesh = spec.add_mesh(name=f"mesh_{len(self._added)}", file=str(path.absolute()), scale=scale)
            inertias = mujoco.mjtMeshInertia
            mesh.inertia = inertias.mjMESH_INERTIA_SHELL if visual else inertias.mjMESH_INERTIA_CONVEX
            self._added[key] = mesh.name
        return self._added[key]

    def _find(self, name: str) -> Path | None:
        if name.startswith("package://"):
            name = name.removeprefix("package://")
            names = [name, name.partition("/")[2]]
        else:
            names = [name.removeprefix("file://")]
        return next((path for dir in self._dirs for name in names if (path := dir / name).is_file()), None)
