"""The XML of an MJCF, before MuJoCo sees it: with what it includes, and without what Isaac Gym doesn't take of it."""

import xml.etree.ElementTree as ET
from pathlib import Path

from gymctl.core.errors import InputError
from gymctl.core.inside import as_input_errors, check_regular, read_regular
from gymctl.scene.assets.meshes import LARGEST_MESH, MESHES
from gymctl.scene.model_xml import MOST_VALUES, element_tree, parse_model

FIX = "correct the MJCF"
_LARGEST = 64 * 2**20
_LEFT_OUT = (
    "visual",
    "statistic",
    "size",
    "sensor",
    "keyframe",
    "custom",
    "equality",
    "extension",
    "deformable",
    "option",
)
"""Sections that an asset doesn't take."""
_LOOKS = "material", "texture"
_NOT_TAKEN = "light", "camera", "site", "replicate", "composite", "flexcomp", "attach", "plugin", *_LOOKS
_MOST_ELEMENTS, _MOST_OF_A_KIND, _MOST_FILES = 10_000, 1000, 50
_LARGEST_NUMBER = 1e39
"""Of an asset [any unit]; files write the largest float32 for what has no limit."""


class MjcfXml:
    """The XML of an MJCF with its includes, without what an asset doesn't take.

    Args:
        path: The file.
        inside: The folder that it and all files that it names must be in.

    Raises:
        InputError: A file can't be read, or is outside, or there is too much.
    """

    def __init__(self, path: Path, inside: Path) -> None:
        self._path, self._inside = path, inside
        self.notes: list[str] = []
        self._elements, self._files = 0.0, 0
        self.root = self._read(path, ())
        self.kinds: list[str] = []
        """Of actuators, in their order."""
        self._simplify()

    def _read(self, path: Path, within: tuple[Path, ...]) -> ET.Element:
        if path in within:
            raise InputError(f"the model '{self._path}' includes itself", FIX)
        self._files += 1
        if self._files > _MOST_FILES:
            raise InputError(f"the model '{self._path}' includes more than {_MOST_FILES} files", FIX)
        with as_input_errors(f"can't read the model '{path}'", "check the path"):
            content = read_regular(path, _LARGEST, self._inside)
        sizes = parse_model(path, content)
        self._elements += sizes.written
        if self._elements > _MOST_ELEMENTS or sizes.values > MOST_VALUES:
            raise InputError(f"the model '{self._path}' is too large: {self._elements:,.0f} elements", FIX)
        root = element_tree(content)
        self._include(root, path, (*within, path))
        return root

    def _include(self, element: ET.Element, path: Path, within: tuple[Path, ...]) -> None:
        for index, child in reversed(list(enumerate(element))):
            if child.tag == "include":
                included = self._read(path.parent / (child.get("file") or ""), within)
                element[index : index + 1] = list(included)
            else:
                self._include(child, path, within)

    def _simplify(self) -> None:
        for section in list(self.root):
            if section.tag in _LEFT_OUT:
                self.root.remove(section)
        for parent in self.root.iter():
            for child in list(parent):
                if child.tag in _NOT_TAKEN or (parent.tag == "asset" and child.tag != "mesh"):
                    parent.remove(child)
        for element in self.root.iter():
            for name in _LOOKS:
                element.attrib.pop(name, None)
            self._check_numbers(element)
        self._drop_meshes()
        for section in self.root.findall("actuator"):
            self.kinds += [actuator.tag for actuator in section]
        in_world = sum(map(len, self.root.findall("worldbody")))
        for number, what in ((len(self.kinds), "actuators"), (in_world, "elements in its world")):
            if number > _MOST_OF_A_KIND:  # MuJoCo searches all to take one out
                raise InputError(f"the model '{self._path}' has {number:,} {what}: too many", FIX)
        self._make_unique()

    def _check_numbers(self, element: ET.Element) -> None:
        for name, text in element.items():
            if name != "name" and any(_size(word) > _LARGEST_NUMBER for word in text.split()):
                raise InputError(f"the model '{self._path}' has {name}='{text[:80]}' in <{element.tag}>", FIX)

    def _drop_meshes(self) -> None:
        """Takes out meshes that MuJoCo can't read, or that aren't there, and what is made of them."""
        folder = self._path.parent
        for compiler in self.root.findall("compiler"):
            named = compiler.attrib.pop("assetdir", None)
            folder = self._path.parent / (compiler.attrib.pop("meshdir", named) or "")
            for name in ("texturedir", "strippath"):
                compiler.attrib.pop(name, None)
        dropped = set()
        for section in self.root.findall("asset"):
            for mesh in section.findall("mesh"):
                file = folder / (mesh.get("file") or "")
                if mesh.get("file") and (file.suffix.lower() not in MESHES or not file.is_file()):
                    dropped.add(mesh.get("name") or file.stem)
                    section.remove(mesh)
                elif mesh.get("file"):
                    with as_input_errors(f"can't read the mesh '{file}'", "check the model's paths"):
                        check_regular(file, LARGEST_MESH, self._inside)
                    mesh.set("name", mesh.get("name") or file.stem)
                    mesh.set("file", str(file.absolute()))
        if not dropped:
            return
        self.notes.append("meshes are left out that aren't there, or neither .obj nor .stl")
        for parent in self.root.iter():
            for geom in [child for child in parent if child.tag == "geom" and child.get("mesh") in dropped]:
                parent.remove(geom)

    def _make_unique(self) -> None:
        numbers: dict[tuple[str, str], int] = {}
        for element in self.root.iter():
            name = element.get("name")
            if name is None:
                continue
            new = name
            while (element.tag, new) in numbers:
                numbers[element.tag, name] += 1
                new = f"{name}_{numbers[element.tag, name]}"
            if new != name:
                element.set("name", new)
                self.notes.append(f"two elements <{element.tag}> were called {name!r}")
            numbers[element.tag, new] = 1


def _size(word: str) -> float:
    try:
        return abs(float(word))
    except ValueError:
        return 0.0
