"""Makes assets of URDF files."""

import xml.etree.ElementTree as ET
from pathlib import Path

import mujoco
import numpy as np

from gymctl.scene.assets.asset import Asset, DofTable, DriveMode, ImportOptions, Link, Shape, empty_dofs
from gymctl.scene.assets.finishing import COLLISION, VISUAL, add_drives, hide_collisions, open_range, set_inertials
from gymctl.scene.assets.inertia import Inertial
from gymctl.scene.assets.meshes import MeshFiles
from gymctl.scene.assets.urdf_tree import MOVING, Frame, Geometry, UrdfJoint, UrdfTree

_SPEED = 100.0
"""Largest speed of a joint for which the file gives none [rad/s]."""


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
    return _Writer(UrdfTree(path, root), options, files).asset(str(root.get("name") or path.stem))


class _Writer:
    """Makes an asset of links and joints."""

    def __init__(self, tree: UrdfTree, options: ImportOptions, files: MeshFiles) -> None:
        self._tree, self._options, self._files = tree, options, files
        if options.collapse_fixed_joints:
            tree.collapse()
        self._spec = mujoco.MjSpec()
        self._spec.compiler.degree = False
        self._links: list[Link] = []
        self._shapes: list[Shape] = []
        self._dofs: list[UrdfJoint] = []
        self._inertials: dict[str, Inertial] = {}

    def asset(self, name: str) -> Asset:
        stack: list[tuple[UrdfJoint | None, str, int]] = [(None, self._tree.root, -1)]
        bodies: list[mujoco.MjsBody] = [self._spec.worldbody]
        while stack:
            joint, link, parent = stack.pop()
            index = len(self._links)
            bodies.append(self._add_body(bodies[parent + 1], joint, link, parent))
            below = self._tree.children.get(link, [])
            stack += [(child, child.child, index) for child in reversed(below)]
        notes = [*self._tree.notes, *self._files.notes]
        names = [link.body for link in self._links]
        set_inertials(self._spec, names, self._inertials, self._options, notes, self._tree.without_inertia)
        hide_collisions(self._spec, names)
        dofs = self._dof_table()
        add_drives(self._spec, dofs.names)
        return Asset(name, self._spec, self._options, self._links, dofs, self._shapes, notes=list(dict.fromkeys(notes)))

    def _add_body(self, above: mujoco.MjsBody, joint: UrdfJoint | None, name: str, parent: int) -> mujoco.MjsBody:
        link, options = self._tree.links[name], self._options
        frame = joint.frame if joint else Frame()
        added = Link(name, parent, (joint.name,) if joint else ())
        body = above.add_body(name=added.body, pos=frame.pos, quat=frame.quat, gravcomp=float(options.disable_gravity))
        self._links.append(added)
        if link.inertial is not None:
            self._inertials[added.body] = link.inertial
        if joint and joint.kind in MOVING:
            self._add_joint(body, joint)
        for number, geometry in enumerate(link.collisions):
            geom = f"{name}/collision_{number}"
            self._add_geom(body, geom, geometry, visual=False)
            self._shapes.append(Shape(geom, len(self._links) - 1))
        for number, geometry in enumerate(link.visuals if options.visuals else []):
            self._add_geom(body, f"{name}/visual_{number}", geometry, visual=True)
        return body

    def _add_joint(self, body: mujoco.MjsBody, joint: UrdfJoint) -> None:
        kinds = mujoco.mjtJoint
        added = body.add_joint(
            name=joint.name,
            type=kinds.mjJNT_HINGE if MOVING[joint.kind] else kinds.mjJNT_SLIDE,
            axis=joint.axis,
            armature=self._options.armature,
        )
        added.limited = mujoco.mjtLimited.mjLIMITED_TRUE if joint.has_limit else mujoco.mjtLimited.mjLIMITED_FALSE
        if joint.has_limit:
            added.range = open_range(joint.limit["lower"], joint.limit["upper"])
        self._dofs.append(joint)

    def _add_geom(self, body: mujoco.MjsBody, name: str, geometry: Geometry, *, visual: bool) -> None:
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
            scale = self._tree.vector(element.get("scale"), (1.0, 1.0, 1.0))
            mesh = self._files.add(self._spec, element.get("filename") or "", scale, visual=visual)
            if mesh is None:
                return
            settings |= {"type": types.mjGEOM_MESH, "meshname": mesh}
        else:
            raise self._tree.error(f"it has the geometry {kind[:40]!r}")
        if visual:
            settings |= {"contype": 0, "conaffinity": 0, "group": VISUAL, "mass": 0.0}
        else:
            settings |= {"group": COLLISION, "density": self._options.density}
        body.add_geom(**settings)

    def _size(self, element: ET.Element, name: str) -> float:
        value = self._tree.number(element.get(name), 0.0)
        if value <= 0.0:
            raise self._tree.error(f"a {element.tag} has the {name} {value:g}")
        return value

    def _sizes(self, element: ET.Element, name: str) -> np.ndarray:
        values = self._tree.vector(element.get(name), (0.0, 0.0, 0.0))
        if (values <= 0.0).any():
            raise self._tree.error(f"a {element.tag} has the {name} {' '.join(f'{v:g}' for v in values)}")
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
            is_rotation=np.array([MOVING[joint.kind] for joint in joints]),
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
