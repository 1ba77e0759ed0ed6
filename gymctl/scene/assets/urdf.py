"""Reads URDF files: links and joints, in the order in which Isaac Gym has them."""

import math
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field, replace
from pathlib import Path

import mujoco
import numpy as np

from gymctl.core.errors import InputError
from gymctl.scene.assets.asset import Asset, DofTable, DriveMode, ImportOptions, Link, Shape, empty_dofs
from gymctl.scene.assets.finishing import add_drives, open_range, set_inertials
from gymctl.scene.assets.inertia import Inertial
from gymctl.scene.assets.meshes import MeshFiles

_FIX = "correct the URDF"
_MOST_LINKS = 2000
_SPEED = 100.0
"""Largest speed of a joint for which the file gives none [rad/s]."""
_MOVING = {"revolute": True, "continuous": True, "prismatic": False}
"""Kinds of joints that are DOFs, and whether they turn."""


@dataclass(frozen=True)
class _Frame:
    pos: np.ndarray = field(default_factory=lambda: np.zeros(3))
    rotation: np.ndarray = field(default_factory=lambda: np.eye(3))

    def times(self, other: "_Frame") -> "_Frame":
        return _Frame(self.pos + self.rotation @ other.pos, self.rotation @ other.rotation)

    @property
    def quat(self) -> np.ndarray:
        quat = np.zeros(4)
        mujoco.mju_mat2Quat(quat, self.rotation.flatten())
        return quat


@dataclass(frozen=True)
class _Geometry:
    frame: _Frame
    shape: ET.Element

    def within(self, frame: _Frame) -> "_Geometry":
        return replace(self, frame=frame.times(self.frame))


@dataclass
class _Link:
    name: str
    inertial: Inertial | None
    collisions: list[_Geometry]
    visuals: list[_Geometry]


@dataclass(frozen=True)
class _Joint:
    name: str
    kind: str
    parent: str
    child: str
    frame: _Frame
    axis: np.ndarray
    limit: dict[str, float]
    has_limit: bool
    keeps: bool
    """Whether ``dont_collapse`` holds it."""


def read_urdf(path: Path, root: ET.Element, options: ImportOptions, files: MeshFiles) -> Asset:
    """Makes an asset of a URDF.

    A link with a mass and no inertia has the inertia that its shapes have at the density, whatever the mass: so Isaac
    Gym's importer does. Damping and friction of ``<dynamics>`` are left out, as are ``<mimic>`` and
    ``<transmission>``. An effort of 0 is no limit.

    Args:
        path: Of the file, for messages.
        root: Its XML.
        options: How to read it.
        files: Where meshes are.

    Raises:
        InputError: It is no tree of links, or has numbers that no robot has.
    """
    reader = _Reader(path, root)
    return _Writer(path, reader, options, files).asset(str(root.get("name") or path.stem))


class _Reader:
    """The links and joints of a file."""

    def __init__(self, path: Path, root: ET.Element) -> None:
        self._path = path
        self.notes: list[str] = []
        self.without_inertia: set[str] = set()
        """Links for which the file has a mass only."""
        self.links = {}
        for element in root.findall("link"):
            link = self._link(element)
            if link.name in self.links:
                raise self.error(f"two links are called {link.name!r}")
            self.links[link.name] = link
        self.joints = [self._joint(element) for element in root.findall("joint")]
        self.children: dict[str, list[_Joint]] = {}
        self._check_tree()

    def error(self, what: str) -> InputError:
        return InputError(f"'{self._path}' can't be simulated: {what}", _FIX)

    def _check_tree(self) -> None:
        if not self.links:
            raise self.error("it has no links")
        for number, what in ((len(self.links), "links"), (len(self.joints), "joints")):
            if number > _MOST_LINKS:
                raise self.error(f"it has {number:,} {what}; at most {_MOST_LINKS:,} are taken")
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

    def _merge(self, name: str, joint: _Joint) -> None:
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

    def _link(self, element: ET.Element) -> _Link:
        name = element.get("name") or ""
        inertial = element.find("inertial")
        return _Link(
            name,
            None if inertial is None else self._inertial(name, inertial),
            [geometry for found in element.findall("collision") if (geometry := self._geometry(found))],
            [geometry for found in element.findall("visual") if (geometry := self._geometry(found))],
        )

    def _inertial(self, name: str, element: ET.Element) -> Inertial | None:
        frame = self._frame(element.find("origin"))
        found = element.find("mass")
        mass = self._number(found.get("value") if found is not None else None, 0.0)
        if mass < 0.0:
            raise self.error(f"the link {name!r} has the mass {mass:g}")
        if mass == 0.0:
            return None
        found = element.find("inertia")
        if found is None:
            self.without_inertia.add(name)
            return Inertial(mass, frame.pos, np.zeros((3, 3)))
        xx, yy, zz, xy, xz, yz = (self._number(found.get(key), 0.0) for key in _INERTIA)
        inertia = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
        return Inertial(mass, np.zeros(3), inertia).moved(frame.pos, frame.rotation)

    def _geometry(self, element: ET.Element) -> _Geometry | None:
        geometry = element.find("geometry")
        if geometry is None or not len(geometry):
            return None
        return _Geometry(self._frame(element.find("origin")), geometry[0])

    def _joint(self, element: ET.Element) -> _Joint:
        name, kind = element.get("name") or "", element.get("type") or ""
        if kind not in (*_MOVING, "fixed"):
            raise self.error(f"the joint {name!r} is of the type {kind!r}")
        if element.find("mimic") is not None:
            self.notes.append("mimic joints move by themselves")
        ends = [
            found.get("link") or "" if (found := element.find(end)) is not None else "" for end in ("parent", "child")
        ]
        limit = element.find("limit")
        limits = {key: self._number(limit.get(key), 0.0) for key in _LIMIT} if limit is not None else {}
        axis = self._vector(found.get("xyz") if (found := element.find("axis")) is not None else None, (1.0, 0.0, 0.0))
        if kind != "fixed" and not axis.any():
            raise self.error(f"the joint {name!r} has no axis")
        return _Joint(
            name,
            kind,
            *ends,
            frame=self._frame(element.find("origin")),
            axis=axis,
            limit=limits,
            has_limit=kind != "continuous" and limit is not None and bool({"lower", "upper"} & {*limit.keys()}),
            keeps=element.get("dont_collapse", "").lower() == "true",
        )

    def _frame(self, element: ET.Element | None) -> _Frame:
        if element is None:
            return _Frame()
        roll, pitch, yaw = self._vector(element.get("rpy"), (0.0, 0.0, 0.0))
        x = np.array([[1, 0, 0], [0, math.cos(roll), -math.sin(roll)], [0, math.sin(roll), math.cos(roll)]])
        y = np.array([[math.cos(pitch), 0, math.sin(pitch)], [0, 1, 0], [-math.sin(pitch), 0, math.cos(pitch)]])
        z = np.array([[math.cos(yaw), -math.sin(yaw), 0], [math.sin(yaw), math.cos(yaw), 0], [0, 0, 1]])
        return _Frame(self._vector(element.get("xyz"), (0.0, 0.0, 0.0)), z @ y @ x)

    def _vector(self, text: str | None, default: tuple[float, float, float]) -> np.ndarray:
        if not text or not text.strip():
            return np.array(default)
        values = [self._number(part, 0.0) for part in text.split()]
        if len(values) != 3:
            raise self.error(f"{text[:40]!r} isn't three numbers")
        return np.array(values)

    def _number(self, text: str | None, default: float) -> float:
        try:
            value = default if text is None or not text.strip() else float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise self.error(f"{(text or '')[:40]!r} is no number")
        return value


_INERTIA = "ixx", "iyy", "izz", "ixy", "ixz", "iyz"
_LIMIT = "lower", "upper", "effort", "velocity"


class _Writer:
    """Makes a spec of links and joints."""

    def __init__(self, path: Path, reader: _Reader, options: ImportOptions, files: MeshFiles) -> None:
        self._path, self._reader, self._options, self._files = path, reader, options, files
        if options.collapse_fixed_joints:
            reader.collapse()
        self._spec = mujoco.MjSpec()
        self._spec.compiler.degree = False
        self._links: list[Link] = []
        self._shapes: list[Shape] = []
        self._dofs: list[_Joint] = []
        self._inertials: dict[str, Inertial] = {}

    def asset(self, name: str) -> Asset:
        stack: list[tuple[_Joint | None, str, int]] = [(None, self._reader.root, -1)]
        bodies: list[mujoco.MjsBody] = [self._spec.worldbody]
        while stack:
            joint, link, parent = stack.pop()
            index = len(self._links)
            bodies.append(self._add_body(bodies[parent + 1], joint, link, parent))
            below = self._reader.children.get(link, [])
            stack += [(child, child.child, index) for child in reversed(below)]
        notes = [*self._reader.notes, *self._files.notes]
        names = [link.name for link in self._links]
        set_inertials(self._spec, names, self._inertials, self._options, notes, self._reader.without_inertia)
        dofs = self._dof_table()
        add_drives(self._spec, dofs.names)
        return Asset(name, self._spec, self._options, self._links, dofs, self._shapes, notes=list(dict.fromkeys(notes)))

    def _add_body(self, above: mujoco.MjsBody, joint: _Joint | None, name: str, parent: int) -> mujoco.MjsBody:
        link, options = self._reader.links[name], self._options
        frame = joint.frame if joint else _Frame()
        body = above.add_body(name=name, pos=frame.pos, quat=frame.quat, gravcomp=float(options.disable_gravity))
        self._links.append(Link(name, parent, (joint.name,) if joint else ()))
        if link.inertial is not None:
            self._inertials[name] = link.inertial
        if joint and joint.kind in _MOVING:
            self._add_joint(body, joint)
        for number, geometry in enumerate(link.collisions):
            geom = f"{name}/collision_{number}"
            self._add_geom(body, geom, geometry, visual=False)
            self._shapes.append(Shape(geom, len(self._links) - 1))
        for number, geometry in enumerate(link.visuals if options.visuals else []):
            self._add_geom(body, f"{name}/visual_{number}", geometry, visual=True)
        return body

    def _add_joint(self, body: mujoco.MjsBody, joint: _Joint) -> None:
        kinds = mujoco.mjtJoint
        added = body.add_joint(
            name=joint.name,
            type=kinds.mjJNT_HINGE if _MOVING[joint.kind] else kinds.mjJNT_SLIDE,
            axis=joint.axis,
            armature=self._options.armature,
        )
        added.limited = mujoco.mjtLimited.mjLIMITED_TRUE if joint.has_limit else mujoco.mjtLimited.mjLIMITED_FALSE
        if joint.has_limit:
            added.range = open_range(joint.limit["lower"], joint.limit["upper"])
        self._dofs.append(joint)

    def _add_geom(self, body: mujoco.MjsBody, name: str, geometry: _Geometry, *, visual: bool) -> None:
        element, types = geometry.shape, mujoco.mjtGeom
        settings: dict[str, object] = {"name": name, "pos": geometry.frame.pos, "quat": geometry.frame.quat}
        kind = element.tag
        if kind == "box":
            settings |= {"type": types.mjGEOM_BOX, "size": self._sizes(element, "size") / 2.0}
        elif kind == "sphere":
            settings |= {"type": types.mjGEOM_SPHERE, "size": [self._size(element, "radius"), 0.0, 0.0]}
        elif kind in ("cylinder", "capsule"):
            capsule = kind == "capsule" or (self._options.replace_cylinder_with_capsule and not visual)
            size = [self._size(element, "radius"), self._size(element, "length") / 2.0, 0.0]
            settings |= {"type": types.mjGEOM_CAPSULE if capsule else types.mjGEOM_CYLINDER, "size": size}
        elif kind == "mesh":
            scale = self._reader._vector(element.get("scale"), (1.0, 1.0, 1.0))
            mesh = self._files.add(self._spec, element.get("filename") or "", scale, visual=visual)
            if mesh is None:
                return
            settings |= {"type": types.mjGEOM_MESH, "meshname": mesh}
        else:
            raise self._reader.error(f"it has the geometry {kind[:40]!r}")
        if visual:
            settings |= {"contype": 0, "conaffinity": 0, "group": 2, "mass": 0.0}
        else:
            settings |= {"group": 0, "density": self._options.density}
        body.add_geom(**settings)

    def _size(self, element: ET.Element, name: str) -> float:
        value = self._reader._number(element.get(name), 0.0)
        if value <= 0.0:
            raise self._reader.error(f"a {element.tag} has the {name} {value:g}")
        return value

    def _sizes(self, element: ET.Element, name: str) -> np.ndarray:
        values = self._reader._vector(element.get(name), (0.0, 0.0, 0.0))
        if (values <= 0.0).any():
            raise self._reader.error(f"a {element.tag} has the {name} {' '.join(f'{v:g}' for v in values)}")
        return values

    def _dof_table(self) -> DofTable:
        joints = self._dofs
        if not joints:
            return empty_dofs()
        effort = np.array([joint.limit.get("effort", 0.0) for joint in joints])
        speed = np.array([joint.limit.get("velocity", 0.0) for joint in joints])
        has_limits = np.array([joint.has_limit for joint in joints])
        ranges = np.array([sorted((joint.limit.get("lower", 0.0), joint.limit.get("upper", 0.0))) for joint in joints])
        zeros = np.zeros(len(joints))
        return DofTable(
            names=tuple(joint.name for joint in joints),
            is_rotation=np.array([_MOVING[joint.kind] for joint in joints]),
            has_limits=has_limits,
            lower=np.where(has_limits, ranges[:, 0], 0.0),
            upper=np.where(has_limits, ranges[:, 1], 0.0),
            drive_mode=np.full(len(joints), int(DriveMode(self._options.default_dof_drive_mode))),
            velocity=np.where(speed > 0.0, speed, _SPEED),
            effort=np.where(effort > 0.0, effort, np.inf),
            stiffness=zeros.copy(),
            damping=zeros.copy(),
            friction=zeros.copy(),
            armature=np.full(len(joints), self._options.armature),
        )
