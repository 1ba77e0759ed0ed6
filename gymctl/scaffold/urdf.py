"""Makes a URDF that was written for ROS one that MuJoCo reads."""

import re
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from gymctl.core.errors import InputError
from gymctl.core.inside import as_input_errors, read_regular
from gymctl.core.words import counted
from gymctl.scaffold.lines import Lines, rows_of
from gymctl.scaffold.ros_packages import RosPackages, plain_name
from gymctl.scaffold.traps import check_complete
from gymctl.scene.assets.meshes import LARGEST_MESH, MESHES
from gymctl.scene.model_xml import element_tree, parse_model

_LARGEST_XML, _LARGEST_TOGETHER = 64 * 2**20, 2 * 2**30
_READ = {"link", "joint", "material", "mujoco"}
"""Elements of a robot that MuJoCo reads; others are for Gazebo and ROS."""
_FOLDER = "meshes"
_LARGEST_INERTIA = 1e9
_NEXT_TO_NOTHING = "1e-9"
"""Mass [kg] and moments of inertia [kg m²] of a link that has none."""
_ROW = re.compile(r"Element '([^'\n]*)', line (\d+)")
"""Where MuJoCo says that an element is."""
_INERTIA = "ixx", "iyy", "izz", "ixy", "ixz", "iyz"


@dataclass
class Source:
    """The model that a package is made of."""

    model: Path
    folder: Path
    """That it and all of its files are in."""
    notes: list[str] = field(default_factory=list)
    """What was changed in it, in a line each."""
    lines: Lines | None = None
    """Of the file as the user has it; None if it wasn't changed."""


@contextmanager
def readable(model: Path, inside: Path | None) -> Iterator[Source]:
    """The model itself, or a copy of a URDF that MuJoCo can read, until the end of the block.

    In the copy, meshes lie beside the file, wherever ROS would find them. Visual meshes that aren't there or that
    MuJoCo can't read are left out, as is what only Gazebo reads. An inertia that no body can have is mended. A link
    without one has no mass, if it is fixed to one that has.

    Args:
        model: An MJCF or URDF, absolute.
        inside: The folder that all of its files must be in; None for its own, and the ROS package that it is in.

    Raises:
        InputError: It can't be read, names a file outside, or has collision meshes that MuJoCo can't read.
    """
    folder = model.parent if inside is None else inside
    with as_input_errors(f"can't read the model '{model}'", "check the path"):
        content = read_regular(model, _LARGEST_XML, folder)
    parse_model(model, content)
    robot = element_tree(content)
    if robot.tag != "robot":
        yield Source(model, folder)
        return
    lines = Lines([model])
    copy = _Copy(robot, RosPackages(model, inside), lines, rows_of(content))
    if not copy.changed:
        yield Source(model, folder)
        return
    with tempfile.TemporaryDirectory(prefix="gymctl-") as name:
        written = Path(name) / model.name
        files = {written: model} | copy.write(written)
        rows = {(tag, row): old for row, (tag, old) in zip(rows_of(written.read_bytes()), copy.rows, strict=True)}
        try:
            yield Source(written, written.parent, copy.notes, lines)
        except InputError as error:
            raise _of_the_original(error, files, rows) from error


class _Copy:
    """A URDF's elements, changed so that MuJoCo reads them.

    Args:
        robot: The URDF, to be changed.
        packages: Where its meshes are.
        lines: Of the file.
        rows: The line of each element.
    """

    def __init__(self, robot: ET.Element, packages: RosPackages, lines: Lines, rows: list[int]) -> None:
        self._robot, self._packages, self._lines = robot, packages, lines
        self._rows = dict(zip(robot.iter(), rows, strict=True))
        self._meshes: dict[Path, str] = {}
        self._left_out: dict[str, None] = {}
        self._balance = False
        self.changed = False
        self.notes: list[str] = []
        self._keep_what_is_read()
        self._leave_massless()
        for link in robot.findall("link"):
            self._leave_out_visuals(link)
            self._mend_inertia(link)
        self._find_meshes()
        if self._left_out:
            self.notes.append(
                f"{counted(len(self._left_out), 'visual mesh')} left out that MuJoCo can't read, or that isn't "
                f"there, such as '{next(iter(self._left_out))}': the robot is drawn by what collides"
            )

    @property
    def rows(self) -> list[tuple[str, int | None]]:
        """Of each element, its tag and its line in the original; None of one that was added."""
        return [(element.tag, self._rows.get(element)) for element in self._robot.iter()]

    def write(self, path: Path) -> dict[Path, Path]:
        """Writes the file, and its meshes into a folder beside it; returns what each mesh is a copy of."""
        compiler = _child(_child(self._robot, "mujoco"), "compiler")
        if self._meshes:
            compiler.set("meshdir", _FOLDER)
            (path.parent / _FOLDER).mkdir()
        if self._balance:
            compiler.set("balanceinertia", "true")
        size = 0
        for mesh, name in self._meshes.items():
            with as_input_errors(f"can't read '{mesh}'", "check the model's paths"):
                content = read_regular(mesh, LARGEST_MESH, self._packages.folder_of(mesh))
            if (size := size + len(content)) > _LARGEST_TOGETHER:
                raise InputError("the model's files are larger than 2 GiB together", "take fewer or smaller meshes")
            (path.parent / _FOLDER / name).write_bytes(content)
        ET.ElementTree(self._robot).write(path, encoding="utf-8", xml_declaration=True)
        return {path.parent / _FOLDER / name: mesh for mesh, name in self._meshes.items()}

    def _keep_what_is_read(self) -> None:
        for part in [part for part in self._robot if part.tag not in _READ]:
            self.changed |= any(name.startswith("file") for element in part.iter() for name in element.attrib)
            self._robot.remove(part)
        for material in self._robot.iter("material"):
            for texture in material.findall("texture"):
                material.remove(texture)
                self.changed = True

    def _leave_massless(self) -> None:
        """Keeps links without an inertia massless where others that they are fixed to have one: ROS has it so.

        MuJoCo would give them the mass that their shapes have in water.
        """
        links = {link.get("name", ""): link for link in self._robot.findall("link")}
        fixed: dict[str, set[str]] = {name: {name} for name in links}
        for joint in self._robot.findall("joint"):
            ends = [part.get("link", "") for part in (joint.find("parent"), joint.find("child")) if part is not None]
            if joint.get("type") == "fixed" and len(ends) == 2 and all(end in links for end in ends):
                fixed[ends[0]].add(ends[1])
                fixed[ends[1]].add(ends[0])
        for name, link in links.items():
            if link.find("inertial") is None and link.find("collision") is not None:
                others = fixed[name] - {name}
                if any(links[other].find("inertial") is not None for other in others):
                    inertial = ET.SubElement(link, "inertial")
                    ET.SubElement(inertial, "mass", value=_NEXT_TO_NOTHING)
                    moments = {axes: _NEXT_TO_NOTHING if axes in _INERTIA[:3] else "0" for axes in _INERTIA}
                    ET.SubElement(inertial, "inertia", moments)
                    self.changed = True

    def _leave_out_visuals(self, link: ET.Element) -> None:
        for visual in link.findall("visual"):
            for mesh in visual.iter("mesh"):
                found = self._packages.find(mesh.get("filename", ""))
                if found is None or found.suffix.lower() not in MESHES:
                    self._left_out[plain_name(mesh.get("filename", ""))] = None
                    self.changed = True
                    link.remove(visual)
                    break

    def _find_meshes(self) -> None:
        """Gives each mesh a name of its own in one folder.

        Raises:
            InputError: Some are missing, or MuJoCo can't read them.
        """
        found: list[tuple[ET.Element, Path]] = []
        missing: dict[str, None] = {}
        unreadable: dict[str, None] = {}
        for mesh in self._robot.iter("mesh"):
            name = mesh.get("filename", "")
            if (path := self._packages.find(name)) is None:
                missing[plain_name(name)] = None
                continue
            if path.suffix.lower() not in MESHES:
                unreadable[plain_name(name)] = None
            found.append((mesh, path))
            self.changed |= name.startswith("package:")
        check_complete(list(missing), self._lines)
        if unreadable:
            raise InputError(
                f"MuJoCo can't read {counted(len(unreadable), 'collision mesh')}",
                f"convert them to {' or '.join(MESHES[:2])}, as Blender or MeshLab does, and name the new files in the "
                "model",
                [self._lines.of("file", name) for name in unreadable],
            )
        paths = dict.fromkeys(path for _, path in found)
        self.changed |= len({path.stem.lower() for path in paths}) < len(paths)  # MuJoCo takes them for one
        if self.changed:
            self._meshes = _names(list(paths))
            for mesh, path in found:
                mesh.set("filename", self._meshes[path])

    def _mend_inertia(self, link: ET.Element) -> None:
        inertia = link.find("inertial/inertia")
        try:
            numbers = [float(inertia.get(name, "0")) for name in _INERTIA] if inertia is not None else []
        except ValueError:
            return  # MuJoCo tells
        if inertia is None or min(numbers[:3]) <= 0.0 or max(map(abs, numbers)) > _LARGEST_INERTIA:
            return  # MuJoCo tells
        told = self._lines.of("body", link.get("name", ""))
        xx, yy, zz, xy, xz, yz = numbers
        moments = np.linalg.eigvalsh([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
        if moments[0] <= 0.0:
            for name in _INERTIA[3:]:
                inertia.set(name, "0")
            self.changed = True
            self.notes.append(f"{told} has an inertia that no body can have; the products of inertia are taken as 0")
            moments = np.sort(numbers[:3])
        if moments[0] + moments[1] < moments[2] * (1.0 - 1e-6):
            self.changed = self._balance = True
            self.notes.append(f"{told} has an inertia that no body can have; the mean of its three moments is taken")


def _of_the_original(
    error: InputError, files: Mapping[Path, Path], rows: Mapping[tuple[str, int], int | None]
) -> InputError:
    """An error about a copy, told of what it is a copy of.

    Args:
        error: What was raised.
        files: Of each file of the copy, the original.
        rows: Of tags and lines of the copy, the lines in the original.
    """

    def row(found: re.Match[str]) -> str:
        known = rows.get((found[1], int(found[2])))
        return f"Element '{found[1]}'" + ("" if known is None else f", line {known}")

    told = _ROW.sub(row, error.what)
    for copy, original in files.items():
        told = told.replace(str(copy), str(original))
    return InputError(told, error.fix, error.details)


def _names(paths: list[Path]) -> dict[Path, str]:
    """A name for each file, by which it can be told from the others whatever the upper case and the ending."""
    names: dict[Path, str] = {}
    taken: set[str] = set()
    for path in paths:
        plain = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_") else "_" for sign in path.stem)[:80]
        stem, number = plain, 1
        while stem.lower() in taken:
            number += 1
            stem = f"{plain}_{number}"
        taken.add(stem.lower())
        names[path] = f"{stem}{path.suffix.lower()}"
    return names


def _child(parent: ET.Element, tag: str) -> ET.Element:
    found = parent.find(tag)
    return ET.SubElement(parent, tag) if found is None else found
