"""Finds the files that a URDF names where ROS does: in the package that the file is in, and in others beside it."""

import itertools
import os
import re
from pathlib import Path

from gymctl.core.errors import InputError
from gymctl.core.inside import as_input_errors, check_regular, read_regular
from gymctl.scene.assets.meshes import LARGEST_MESH
from gymctl.scene.model_files import outside

_MANIFEST = "package.xml"
_NAME = re.compile(rb"<name>\s{0,9}([\w.-]{1,200})\s{0,9}</name>")
_LARGEST_MANIFEST = 2**20
_MOST_FOLDERS = 20_000
_HIGHEST = 8
"""How many folders above a file its package may begin."""


class RosPackages:
    """Where the files that a URDF names are.

    Args:
        model: The URDF, absolute.
        inside: The folder that all files must be in; None for the file's own, and the package that it is in: the
            nearest folder above with a ``package.xml``, or the folder above if a name in the file begins with it.
    """

    def __init__(self, model: Path, inside: Path | None) -> None:
        self._model, self._inside = model, inside
        self._own = next((above for above in list(model.parents)[:_HIGHEST] if (above / _MANIFEST).is_file()), None)
        self._folders: dict[str, list[Path]] = {}
        self._found: dict[str, Path | None] = {}

    def folder_of(self, path: Path) -> Path:
        """The folder that a found file has to be in."""
        if self._inside is not None:
            return self._inside
        return next((folder for folder in self._allowed() if path.is_relative_to(folder)), self._model.parent)

    def find(self, name: str) -> Path | None:
        """A file; None if it isn't there.

        Args:
            name: As the URDF has it: a path, or ``package://PACKAGE/PATH``.

        Raises:
            InputError: It is outside, or can't be read.
        """
        if name not in self._found:
            self._found[name] = self._look_for(name)
        return self._found[name]

    def _look_for(self, name: str) -> Path | None:
        package, _, rest = plain_name(name).partition("/")
        bases = [self._model.parent] if self._inside is None else [self._model.parent, self._inside]
        places = [base / plain_name(name) for base in bases]
        if name.startswith("package:"):
            places += [folder / rest for folder in self._folders_of(package)]
            places += [base / rest for base in bases]
        for place in places:
            path = Path(os.path.normpath(place))
            if path.is_file():
                folder = self.folder_of(path)
                if not path.is_relative_to(folder):
                    raise outside(self._model, folder, name)
                with as_input_errors(f"can't read '{path}'", "check the model's paths"):
                    check_regular(path, LARGEST_MESH, folder)
                return path
        return None

    def _allowed(self) -> list[Path]:
        return [self._model.parent, *([self._own] if self._own else [self._model.parent.parent])]

    def _folders_of(self, package: str) -> list[Path]:
        """Folders that a package may be; none that the URDF's author alone could choose."""
        if package not in self._folders:
            if self._inside is not None:
                self._folders[package] = [folder for folder in _below(self._inside) if _is(folder, package)]
            elif self._own is not None:
                self._folders[package] = [self._own] if _is(self._own, package) else []
            else:
                above = self._model.parent.parent
                self._folders[package] = [above] if above.name == package else []
        return self._folders[package]


def plain_name(name: str) -> str:
    """A file's name without ``package://``, with slashes as Unix has them."""
    return name.replace("\\", "/").removeprefix("package://")


def _below(top: Path) -> list[Path]:
    folders = []
    for folder, names, _ in itertools.islice(os.walk(top), _MOST_FOLDERS):
        names[:] = sorted(name for name in names if not name.startswith("."))
        folders.append(Path(folder))
    return folders


def _is(folder: Path, package: str) -> bool:
    if folder.name == package:
        return True
    manifest = folder / _MANIFEST
    if not manifest.is_file():
        return False
    try:
        found = _NAME.search(read_regular(manifest, _LARGEST_MANIFEST, folder))
    except (OSError, InputError):
        return False
    return found is not None and found[1].decode() == package
