"""Reads MJCF and URDF models: none reads files outside its folder, or runs on and on."""

import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import mujoco

from gymctl.core.errors import InputError
from gymctl.core.inside import as_input_errors, check_inside, check_regular, read_regular
from gymctl.core.memory import bounded_memory
from gymctl.scene.model_xml import MOST_ELEMENTS, MOST_VALUES, ModelXml, parse_model

_LARGEST_XML, _LARGEST_DATA = 64 * 2**20, 2**30
_MEMORY = 4 * 2**30
_MOST_WORK = 5e7
"""Elements times those among them that are copies: MuJoCo's time to make them grows with it."""
_LONGEST_TOLD = 80
_FIX = "correct the model; if it isn't yours, look at it before you use it"


def read_model(path: Path, inside: Path | None = None) -> mujoco.MjSpec:
    """Reads an MJCF or URDF with the files that it names: includes, other models, meshes, textures, height fields.

    All of them must be regular files in one folder. What would become too large is refused: replicates, grids and
    textures count with the size that they have in the compiled model.

    Args:
        path: The file.
        inside: The folder that all of its files must be in; None for its own.

    Raises:
        InputError: It isn't there, can't be read, names a file outside, or is too large.
    """
    files = _Files(path, path.parent if inside is None else inside)
    elements = files.count_elements(path, ())
    if elements > MOST_ELEMENTS or elements * (elements - files.written()) > _MOST_WORK:
        raise InputError(f"'{path}' has {elements:,.0f} elements with all copies: too many", _FIX)
    values = files.check_data()
    if values > MOST_VALUES:
        raise InputError(f"the data of '{path}' have {values:.3g} values, at most {MOST_VALUES:,} are allowed", _FIX)
    try:
        with bounded_memory(_MEMORY):
            return mujoco.MjSpec.from_file(str(path))
    except (ValueError, RuntimeError, MemoryError) as error:
        raise InputError(f"can't read the model '{path}': {error}", _FIX) from error


class ModelFiles(NamedTuple):
    """What a model consists of."""

    found: list[Path]
    """The model and all that it names, as far as it is there; each is a regular file in the folder."""
    missing: list[str]
    """Names of meshes, textures and height fields that aren't there."""


def list_model_files(path: Path, inside: Path | None = None) -> ModelFiles:
    """The file of a model, and those that it names.

    Args:
        path: An MJCF or URDF.
        inside: As in `read_model`.

    Raises:
        InputError: As `read_model`, but for what MuJoCo says of the model.
    """
    files = _Files(path, path.parent if inside is None else inside)
    files.count_elements(path, ())
    files.check_data()
    return files.listed()


class _Files:
    """The files that a model consists of.

    Args:
        main: The model.
        inside: The folder that they must be in.
    """

    def __init__(self, main: Path, inside: Path) -> None:
        self._main, self._inside = main, inside
        self._parsed: dict[Path, ModelXml] = {}
        self._counted: dict[Path, float] = {}
        self._data: dict[Path, None] = {}
        self._missing: dict[str, None] = {}

    def listed(self) -> ModelFiles:
        """All of them, once they are checked."""
        return ModelFiles([*self._parsed, *self._data], list(self._missing))

    def count_elements(self, path: Path, within: tuple[Path, ...]) -> float:
        """Reads an XML file and those that it includes or attaches; returns the elements that it will have."""
        if path in within:
            raise InputError(f"the model '{self._main}' includes itself, by '{path}'", _FIX)
        if path not in self._counted:
            with as_input_errors(f"can't read the model '{path}'", "check the path"):
                xml = parse_model(path, read_regular(path, _LARGEST_XML, self._inside))
            self._parsed[path] = xml
            own, attached = xml.elements, 0.0
            for name in xml.includes:
                own += sum(self.count_elements(file, (*within, path)) for file in self._found(name, [Path()]))
            for name in xml.models:
                attached += sum(self.count_elements(file, (*within, path)) for file in self._found(name, self._dirs()))
            self._counted[path] = own + (1 + xml.attaches) * attached
        return self._counted[path]

    def written(self) -> float:
        """Elements that are spelt out."""
        return sum(xml.written for xml in self._parsed.values())

    def check_data(self) -> float:
        """Checks the other files; returns the values that the model will have in them and its grids and textures."""
        values = 0.0
        for xml in list(self._parsed.values()):
            values += xml.values
            for name in xml.data:
                if not (found := self._found(name, self._dirs())):
                    self._missing[name] = None
                for file in found:
                    self._data[file] = None
                    with as_input_errors(f"can't read '{file}'", "check the model's paths"):
                        check_regular(file, _LARGEST_DATA, self._inside)
                        values += _pixels(file)
        return values

    def _dirs(self) -> list[Path]:
        return [Path(), *(Path(name) for xml in self._parsed.values() for name in xml.dirs)]

    def _found(self, name: str, dirs: list[Path]) -> list[Path]:
        """Where MuJoCo may look for a file: the places where there is something.

        Raises:
            InputError: One of them is outside, or they all would be.
        """
        bases = dict.fromkeys([self._main.parent, *(path.parent for path in self._parsed)])
        names = dict.fromkeys([name, os.path.basename(name)])  # what MuJoCo looks for with strippath
        places = dict.fromkeys(
            Path(form) for base in bases for dir in dirs for name in names for form in _forms(base / dir / name)
        )
        found = [place for place in places if os.path.lexists(place)]
        for place in found or list(places)[:1]:
            try:
                check_inside(place, self._inside)
            except InputError:
                raise outside(self._main, self._inside, name) from None
        return found


def outside(model: Path, folder: Path, name: str) -> InputError:
    """The error that a model names a file that isn't in its folder."""
    told = name if len(name) <= _LONGEST_TOLD else f"…{name[-_LONGEST_TOLD:]}"
    return InputError(
        f"the model '{model}' names a file outside '{folder}': '{told}'",
        "put a copy of it there; for a model of yours, name a folder with both: gymctl new --inside FOLDER, or "
        "load_spec(..., inside=FOLDER)",
    )


def _forms(path: Path) -> Iterator[str]:
    """A path, and what it is if ``..`` is taken for the directory above before links are followed."""
    yield str(path)
    yield os.path.normpath(path)


def _pixels(path: Path) -> float:
    """Pixels of a PNG, as its header says."""
    if path.is_file():
        with path.open("rb") as file:
            head = file.read(24)
        if head.startswith(b"\x89PNG"):
            return math.prod(int.from_bytes(head[at : at + 4], "big") for at in (16, 20))
    return 0.0
