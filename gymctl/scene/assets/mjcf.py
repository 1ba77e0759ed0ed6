"""Makes assets of MJCF files."""

import xml.etree.ElementTree as ET
from pathlib import Path

import mujoco
import numpy as np

from gymctl.core.errors import InputError
from gymctl.core.memory import bounded_memory
from gymctl.scene.assets.asset import (
    MOST_LINKS,
    Asset,
    DofTable,
    DriveMode,
    FileActuator,
    FileTendon,
    ImportOptions,
    Link,
    Shape,
    empty_dofs,
)
from gymctl.scene.assets.finishing import COLLISION, VISUAL, add_drives, hide_collisions, open_range, set_inertials
from gymctl.scene.assets.inertia import Inertial, from_principal
from gymctl.scene.assets.mjcf_xml import FIX, MjcfXml
from gymctl.scene.spherical import merge_hinges

_MEMORY = 4 * 2**30
_SPEED = 100.0
_FARTHEST = 1e10
"""Where a joint may begin [rad or m]."""
_SOLREF, _SOLIMP = (0.02, 1.0), (0.9, 0.95, 0.001, 0.5, 2.0)
_KINDS = {"motor": DriveMode.EFFORT, "position": DriveMode.POSITION, "velocity": DriveMode.VELOCITY}
_LIMITS = mujoco.mjtLimited
_HINGE, _SLIDE = mujoco.mjtJoint.mjJNT_HINGE, mujoco.mjtJoint.mjJNT_SLIDE


def read_mjcf(path: Path, options: ImportOptions, inside: Path) -> Asset:
    """Makes an asset of the first body of an MJCF.

    Friction and softness of contacts aren't taken, nor are sensors, equalities and what belongs to the world. Damping
    and stiffness of joints are. Hinges of one body become a spherical joint where they can.

    Args:
        path: The file.
        options: How to read it.
        inside: The folder that it and all files that it names must be in.

    Raises:
        InputError: It can't be read or simulated.
    """
    read = MjcfXml(path, inside)
    spec = _parse(path, read.root)
    try:
        return _Converter(path, spec, read, options).asset()
    except ValueError as error:  # from MuJoCo, as of names that are given twice
        raise InputError(f"'{path}' can't be simulated: {error}", FIX) from error


def _parse(path: Path, root: ET.Element) -> mujoco.MjSpec:
    try:
        with bounded_memory(_MEMORY):
            spec = mujoco.MjSpec.from_string(ET.tostring(root, encoding="unicode"))
    except (ValueError, RuntimeError, MemoryError) as error:
        raise InputError(f"can't read the model '{path}': {error}", FIX) from error
    return spec


class _Converter:
    """Makes an asset of a spec."""

    def __init__(self, path: Path, spec: mujoco.MjSpec, read: MjcfXml, options: ImportOptions) -> None:
        self._path, self._spec, self._read, self._options = path, spec, read, options
        self._links: list[Link] = []
        self._shapes: list[Shape] = []
        self._dofs: list[str] = []
        self._targets: dict[str, tuple[str, np.ndarray]] = {}

    def asset(self) -> Asset:
        spec, options = self._spec, self._options
        roots = [body for body in spec.worldbody.bodies if not _is_empty(body)] or list(spec.worldbody.bodies)
        if not roots:
            raise InputError(f"'{self._path}' has no body", FIX)
        actuators, tendons = self._file_actuators(), self._file_tendons()  # before bodies go, and theirs with them
        root = roots[0]
        root.name = root.name or "body_0"
        for body in list(spec.worldbody.bodies):
            if body.name != root.name:
                spec.delete(body)
                self._read.notes.append("only the first body of the world is taken")
        ground = list(spec.worldbody.geoms)
        names = {geom.name for geom in ground}
        for pair in list(spec.pairs):
            if names & {pair.geomname1, pair.geomname2}:
                spec.delete(pair)
        for geom in ground:
            spec.delete(geom)
        root.pos = np.zeros(3)
        root.mocap = False
        for joint in list(root.joints):
            if joint.type == mujoco.mjtJoint.mjJNT_FREE or not options.fix_base_link:
                spec.delete(joint)
        for actuator in list(spec.actuators):
            spec.delete(actuator)
        self._walk(root, -1)
        actuators = [actuator for actuator in actuators if any(actuator.joint in link.joints for link in self._links)]
        table = self._table(actuators)
        tendons = self._take_tendons(tendons)
        self._merge({joint for tendon in tendons for joint in tendon.joints})
        names = [link.name for link in self._links]
        set_inertials(spec, names, self._given(), options, self._read.notes)
        hide_collisions(spec, names)
        add_drives(spec, self._dofs, self._targets)
        return Asset(
            name=self._path.stem,
            spec=spec,
            options=options,
            links=self._links,
            dofs=table,
            shapes=self._shapes,
            actuators=actuators,
            tendons=tendons,
            has_masks=True,
            notes=list(dict.fromkeys(self._read.notes)),
        )

    def _walk(self, body: mujoco.MjsBody, parent: int) -> None:
        index = len(self._links)
        if index == MOST_LINKS:
            raise InputError(f"'{self._path}' can't be simulated: it has more than {MOST_LINKS} bodies", FIX)
        if not body.name:
            body.name = f"body_{index}"
        for number, joint in enumerate(body.joints):
            joint.margin, joint.frictionloss = 0.0, 0.0
            joint.solref_limit, joint.solimp_limit = _SOLREF, _SOLIMP
            if not joint.name:
                joint.name = f"{body.name}_joint_{number}"
        body.gravcomp = float(self._options.disable_gravity)
        self._links.append(Link(body.name, parent, tuple(joint.name for joint in body.joints)))
        for number, geom in enumerate(body.geoms):
            if not geom.name:
                geom.name = f"{body.name}/geom_{number}"
            geom.margin = geom.gap = 0.0
            geom.condim, geom.priority, geom.solmix = 3, 0, 1.0
            geom.solref, geom.solimp = _SOLREF, _SOLIMP
            if geom.contype or geom.conaffinity:
                geom.group = COLLISION
                if self._options.replace_cylinder_with_capsule and geom.type == mujoco.mjtGeom.mjGEOM_CYLINDER:
                    geom.type = mujoco.mjtGeom.mjGEOM_CAPSULE
                self._shapes.append(
                    Shape(geom.name, index, contype=int(geom.contype), conaffinity=int(geom.conaffinity))
                )
            else:
                geom.group = VISUAL
        for child in body.bodies:
            self._walk(child, index)

    def _file_actuators(self) -> list[FileActuator]:
        found = []
        for actuator, tag in zip(self._spec.actuators, self._read.kinds, strict=True):
            if actuator.trntype != mujoco.mjtTrn.mjTRN_JOINT:
                self._read.notes.append("actuators that move no joint are left out")
                continue
            kind = tag if tag != "general" else "position" if actuator.biasprm[1] else "motor"
            limited = actuator.ctrlrange[0] < actuator.ctrlrange[1]
            forced = actuator.forcerange[0] < actuator.forcerange[1]
            found.append(
                FileActuator(
                    name=actuator.name or actuator.target,
                    joint=actuator.target,
                    kind=kind,
                    gear=float(actuator.gear[0]),
                    kp=float(actuator.gainprm[0]) if kind == "position" else 0.0,
                    kv=float(actuator.gainprm[0]) if kind == "velocity" else -float(actuator.biasprm[2]),
                    control_range=_pair(actuator.ctrlrange) if limited else None,
                    force_range=_pair(actuator.forcerange) if forced else None,
                )
            )
        return found

    def _table(self, actuators: list[FileActuator]) -> DofTable:
        unit = np.pi / 180.0 if self._spec.compiler.degree else 1.0
        joints = [joint for link in self._links for joint in self._spec.body(link.name).joints]
        for joint in joints:
            if joint.type not in (_HINGE, _SLIDE):
                raise InputError(f"'{self._path}' can't be simulated: the joint {joint.name!r} is a ball or free", FIX)
            if abs(joint.ref) > _FARTHEST:
                raise InputError(
                    f"'{self._path}' can't be simulated: the joint {joint.name!r} is at {joint.ref:g}", FIX
                )
        self._dofs = [joint.name for joint in joints]
        if not joints:
            return empty_dofs()
        by_joint = {actuator.joint: actuator for actuator in actuators}
        turns = np.array([joint.type == _HINGE for joint in joints])
        limited = np.array([_is_limited(joint) for joint in joints])
        ranges = np.array([joint.range for joint in joints]) * np.where(turns, unit, 1.0)[:, None]
        modes, stiffness, effort = [], [], []
        for joint in joints:
            actuator = by_joint.get(joint.name)
            default = DriveMode(self._options.default_dof_drive_mode)
            modes.append(int(default if actuator is None else _KINDS.get(actuator.kind, default)))
            stiffness.append(actuator.kp if actuator is not None and actuator.kp else float(joint.stiffness[0]))
            force = None if actuator is None else actuator.force_range
            effort.append(max(map(abs, force)) if force else np.inf)
            joint.limited = _LIMITS.mjLIMITED_TRUE if limited[len(modes) - 1] else _LIMITS.mjLIMITED_FALSE
            if limited[len(modes) - 1]:
                lower, upper = open_range(*ranges[len(modes) - 1])
                joint.range = (lower, upper) if joint.type == _SLIDE else (lower / unit, upper / unit)
            if self._options.armature:
                joint.armature = self._options.armature
        return DofTable(
            names=tuple(self._dofs),
            is_rotation=turns,
            has_limits=limited,
            lower=np.where(limited, ranges[:, 0], 0.0),
            upper=np.where(limited, ranges[:, 1], 0.0),
            drive_mode=np.array(modes),
            velocity=np.full(len(joints), _SPEED),
            effort=np.array(effort),
            stiffness=np.array(stiffness),
            damping=np.array([float(joint.damping[0]) for joint in joints]),
            friction=np.zeros(len(joints)),
            armature=np.array([float(joint.armature) for joint in joints]),
        )

    def _merge(self, coupled: set[str]) -> None:
        for link in self._links:
            body = self._spec.body(link.name)
            if len(body.joints) < 2:
                continue
            if coupled.intersection(joint.name for joint in body.joints):
                self._read.notes.append(f"the joints of {link.name!r} stay a chain: a tendon couples them")
                continue
            axes = {joint.name: joint.axis / np.linalg.norm(joint.axis) for joint in body.joints}
            try:
                merge_hinges(self._spec, link.name)
            except ValueError as error:
                self._read.notes.append(f"the joints of {link.name!r} stay a chain: {error}")
                continue
            self._targets |= {name: (link.name, axis) for name, axis in axes.items()}

    def _given(self) -> dict[str, Inertial]:
        found = {}
        for link in self._links:
            body = self._spec.body(link.name)
            if body.explicitinertial:
                full = body.fullinertia
                if np.isfinite(full[0]):
                    xx, yy, zz, xy, xz, yz = full
                    inertia = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
                    body.fullinertia = np.full(6, np.nan)
                else:
                    inertia = from_principal(body.inertia, body.iquat)
                found[link.name] = Inertial(float(body.mass), np.array(body.ipos), inertia)
        return found

    def _file_tendons(self) -> list[FileTendon]:
        found = []
        for number, tendon in enumerate(self._spec.tendons):
            tendon.name = tendon.name or f"tendon_{number}"
            wraps = list(tendon.path)
            fixed = all(wrap.type == mujoco.mjtWrap.mjWRAP_JOINT for wrap in wraps)
            found.append(
                FileTendon(
                    name=tendon.name,
                    joints=tuple(wrap.target.name for wrap in wraps) if fixed else (),
                    coefficients=tuple(float(wrap.coef) for wrap in wraps) if fixed else (),
                    stiffness=float(tendon.stiffness[0]),
                    damping=float(tendon.damping[0]),
                    range=_pair(tendon.range) if _is_limited(tendon) else None,
                    rest_length=max(0.0, float(tendon.springlength[0])),
                )
            )
        return found

    def _take_tendons(self, tendons: list[FileTendon]) -> list[FileTendon]:
        """Leaves out fixed tendons at joints that aren't taken, which MuJoCo can't compile."""
        joints = {joint for link in self._links for joint in link.joints}
        there = {tendon.name: tendon for tendon in self._spec.tendons}
        taken = []
        for tendon in tendons:
            if tendon.name in there and joints.issuperset(tendon.joints):
                taken.append(tendon)
            else:
                self._read.notes.append("tendons at joints that aren't taken are left out")
                if tendon.name in there:
                    self._spec.delete(there[tendon.name])
        return taken


def _is_empty(body: mujoco.MjsBody) -> bool:
    return not list(body.bodies) and not list(body.joints) and not list(body.geoms)


def _is_limited(element: mujoco.MjsJoint | mujoco.MjsTendon) -> bool:
    stated = element.limited == _LIMITS.mjLIMITED_TRUE
    return stated or (element.limited != _LIMITS.mjLIMITED_FALSE and bool(element.range[0] < element.range[1]))


def _pair(values: np.ndarray) -> tuple[float, float]:
    return float(values[0]), float(values[1])
