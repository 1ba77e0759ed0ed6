"""The links and joints of a URDF, in the order in which Isaac Gym has them."""

import math
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field, replace
from pathlib import Path

import mujoco
import numpy as np

from gymctl.core.errors import InputError
from gymctl.scene.assets.asset import MOST_LINKS
from gymctl.scene.assets.inertia import Inertial

MOVING = {"revolute": True, "continuous": True, "prismatic": False}
"""Kinds of joints that are DOFs, and whether they turn."""
_FIX = "correct the URDF"
_MOST_SHAPES = 5000
_INERTIA = "ixx", "iyy", "izz", "ixy", "ixz", "iyz"
_LIMIT = "lower", "upper", "effort", "velocity"


@dataclass(frozen=True)
class Frame:
    """A pose in the frame of a link."""

    pos: np.ndarray = field(default_factory=lambda: np.zeros(3))
    rotation: np.ndarray = field(default_factory=lambda: np.eye(3))

    def times(self, other: "Frame") -> "Frame":
        """The pose of `other`, which is given in this frame."""
        return Frame(self.pos + self.rotation @ other.pos, self.rotation @ other.rotation)

    @property
    def quat(self) -> np.ndarray:
        """The rotation as a quaternion, wxyz."""
        quat = np.zeros(4)
        mujoco.mju_mat2Quat(quat, self.rotation.flatten())
        return quat


@dataclass(frozen=True)
class Geometry:
    """A shape, and where it is on its link."""

    frame: Frame
    shape: ET.Element
    """The element in ``<geometry>``."""

    def within(self, frame: Frame) -> "Geometry":
        """The same on another link, in which the own link's frame is `frame`."""
        return replace(self, frame=frame.times(self.frame))


@dataclass
class UrdfLink:
    """A link of the file, with those that were merged into it."""

    name: str
    inertial: Inertial | None
    collisions: list[Geometry]
    visuals: list[Geometry]


@dataclass(frozen=True)
class UrdfJoint:
    """A joint of the file."""

    name: str
    kind: str
    parent: str
    child: str
    frame: Frame
    axis: np.ndarray
    limit: dict[str, float]
    has_limit: bool
    keeps: bool
    """Whether ``dont_collapse`` holds it."""


class UrdfTree:
    """The links and joints of a file.

    Args:
        path: Of the file, for messages.
        root: Its XML.

    Raises:
        InputError: It is no tree of links, or has numbers that no robot has.
    """

    def __init__(self, path: Path, root: ET.Element) -> None:
        self._path = path
        self.notes: list[str] = []
        self.without_inertia: set[str] = set()
        """Links for which the file has a mass only."""
        self._check_counts(root)
        self.links = {}
        for element in root.findall("link"):
            link = self._link(element)
            if link.name in self.links:
                raise self.error(f"two links are called {link.name!r}")
            self.links[link.name] = link
        self.joints = [self._joint(element) for element in root.findall("joint")]
        self.children: dict[str, list[UrdfJoint]] = {}
        self._check_tree()

    def error(self, what: str) -> InputError:
        """What to raise of the file."""
        return InputError(f"'{self._path}' can't be simulated: {what}", _FIX)

    def _check_counts(self, root: ET.Element) -> None:
        shapes = sum(child.tag in ("collision", "visual") for link in root.iterfind("link") for child in link)
        for number, most, what in (
            (len(root.findall("link")), MOST_LINKS, "links"),
            (len(root.findall("joint")), MOST_LINKS, "joints"),
            (shapes, _MOST_SHAPES, "shapes"),
        ):
            if number > most:
                raise self.error(f"it has {number:,} {what}; at most {most:,} are taken")

    def _check_tree(self) -> None:
        if not self.links:
            raise self.error("it has no links")
        names = [joint.name for joint in self.joints]
        if len(set(names)) < len(names):
            raise self.error(f"two joints are called {next(name for name in names if names.count(name) > 1)!r}")
        parents: dict[str, str] = {}
        for joint in self.joints:
            for name in (joint.parent, joint.child):
                if name not in self.links:
                    raise self.error(f"the joint {joint.name!r} names the link {name!r}, which there is not")
            if joint.child in parents:
                raise self.error(f"the link {joint.child!r} hangs on two joints")
            parents[joint.child] = joint.parent
            self.children.setdefault(joint.parent, []).append(joint)
        roots = [name for name in self.links if name not in parents]
        if len(roots) != 1:
            listed = ", ".join(repr(name) for name in roots[:3])
            raise self.error(f"it has {len(roots)} root links ({listed})" if roots else "its joints go in a circle")
        self.root = roots[0]
        for joints in self.children.values():
            joints.sort(key=lambda joint: joint.name)
        reached, stack = 0, [self.root]
        while stack:
            reached += 1
            stack += [joint.child for joint in self.children.get(stack.pop(), [])]
        if reached < len(self.links):
            raise self.error("its joints go in a circle")

    def collapse(self) -> None:
        """Merges links over fixed joints into their parents."""
        stack = [self.root]
        while stack:
            name = stack.pop()
            merged = True
            while merged:
                merged = False
                for joint in list(self.children.get(name, [])):
                    if joint.kind == "fixed" and not joint.keeps:
                        self._merge(name, joint)
                        merged = True
            stack += [joint.child for joint in self.children.get(name, [])]

    def _merge(self, name: str, joint: UrdfJoint) -> None:
        link, child, frame = self.links[name], self.links.pop(joint.child), joint.frame
        if child.inertial is not None:
            moved = child.inertial.moved(frame.pos, frame.rotation)
            link.inertial = moved if link.inertial is None else link.inertial.plus(moved)
        link.collisions += [geometry.within(frame) for geometry in child.collisions]
        link.visuals += [geometry.within(frame) for geometry in child.visuals]
        self.children[name].remove(joint)
        below = self.children.pop(joint.child, [])
        self.children[name] += [replace(other, parent=name, frame=frame.times(other.frame)) for other in below]
        self.children[name].sort(key=lambda other: other.name)

    def _name(self, element: ET.Element) -> str:
        name = element.get("name")
        if not name:
            raise self.error(f"a {element.tag} has no name")
        return name

    def _link(self, element: ET.Element) -> UrdfLink:
        name = self._name(element)
        inertial = element.find("inertial")
        return UrdfLink(
            name,
            None if inertial is None else self._inertial(name, inertial),
            [geometry for found in element.findall("collision") if (geometry := self._geometry(found))],
            [geometry for found in element.findall("visual") if (geometry := self._geometry(found))],
        )

    def _inertial(self, name: str, element: ET.Element) -> Inertial | None:
        frame = self._frame(element.find("origin"))
        found = element.find("mass")
        mass = self.number(found.get("value") if found is not None else None, 0.0)
        if mass < 0.0:
            raise self.error(f"the link {name!r} has the mass {mass:g}")
        if mass == 0.0:
            return None
        found = element.find("inertia")
        if found is None:
            self.without_inertia.add(name)
            return Inertial(mass, frame.pos, np.zeros((3, 3)))
        xx, yy, zz, xy, xz, yz = (self.number(found.get(key), 0.0) for key in _INERTIA)
        inertia = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
        return Inertial(mass, np.zeros(3), inertia).moved(frame.pos, frame.rotation)

    def _geometry(self, element: ET.Element) -> Geometry | None:
        geometry = element.find("geometry")
        if geometry is None or not len(geometry):
            return None
        return Geometry(self._frame(element.find("origin")), geometry[0])

    def _joint(self, element: ET.Element) -> UrdfJoint:
        name, kind = self._name(element), element.get("type") or ""
        if kind not in (*MOVING, "fixed"):
            raise self.error(f"the joint {name!r} is of the type {kind!r}")
        if element.find("mimic") is not None:
            self.notes.append("mimic joints move by themselves")
        ends = [
            found.get("link") or "" if (found := element.find(end)) is not None else "" for end in ("parent", "child")
        ]
        limit = element.find("limit")
        limits = {key: self.number(limit.get(key), 0.0) for key in _LIMIT} if limit is not None else {}
        axis = self.vector(found.get("xyz") if (found := element.find("axis")) is not None else None, (1.0, 0.0, 0.0))
        if kind != "fixed" and not axis.any():
            raise self.error(f"the joint {name!r} has no axis")
        return UrdfJoint(
            name,
            kind,
            *ends,
            frame=self._frame(element.find("origin")),
            axis=axis,
            limit=limits,
            has_limit=kind != "continuous" and limit is not None and bool({"lower", "upper"} & {*limit.keys()}),
            keeps=element.get("dont_collapse", "").lower() == "true",
        )

    def _frame(self, element: ET.Element | None) -> Frame:
        if element is None:
            return Frame()
        roll, pitch, yaw = self.vector(element.get("rpy"), (0.0, 0.0, 0.0))
        x = np.array([[1, 0, 0], [0, math.cos(roll), -math.sin(roll)], [0, math.sin(roll), math.cos(roll)]])
        y = np.array([[math.cos(pitch), 0, math.sin(pitch)], [0, 1, 0], [-math.sin(pitch), 0, math.cos(pitch)]])
        z = np.array([[math.cos(yaw), -math.sin(yaw), 0], [math.sin(yaw), math.cos(yaw), 0], [0, 0, 1]])
        return Frame(self.vector(element.get("xyz"), (0.0, 0.0, 0.0)), z @ y @ x)

    def vector(self, text: str | None, default: tuple[float, float, float]) -> np.ndarray:
        """Three numbers of an attribute."""
        if not text or not text.strip():
            return np.array(default)
        values = [self.number(part, 0.0) for part in text.split()]
        if len(values) != 3:
            raise self.error(f"{text[:40]!r} isn't three numbers")
        return np.array(values)

    def number(self, text: str | None, default: float) -> float:
        """A finite number of an attribute."""
        try:
            value = default if text is None or not text.strip() else float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise self.error(f"{(text or '')[:40]!r} is no number")
        return value
