"""Makes the robot of a model file ready for a task: names for all its parts, drives, a floor, what it touches."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import mujoco

from gymctl.core.errors import InputError

FLOOR = "floor"
_GROUNDS = mujoco.mjtGeom.mjGEOM_PLANE, mujoco.mjtGeom.mjGEOM_HFIELD


class Drive(NamedTuple):
    """A position drive: torque = clip(stiffness × (target - angle) - damping × velocity, ±effort)."""

    stiffness: float
    """[N m/rad], [N/m] where the joint slides."""
    damping: float
    """[N m s/rad], [N s/m] where the joint slides."""
    effort: float
    """[N m], [N] where the joint slides."""


@dataclass(frozen=True)
class FootPoint:
    """Where a foot touches the ground."""

    body: str
    pos: tuple[float, ...]
    """In the body's frame ``[3]`` [m]."""


def read_drives(control: Mapping[str, Any]) -> dict[str, Drive]:
    """The drives of a task's ``env.control``, by name of the joint.

    Raises:
        InputError: A joint lacks one of the three numbers, or has one that no drive has.
    """
    tables = [control[key] for key in ("stiffness", "damping", "effort")]
    for one, other in pairwise(tables):
        if differing := sorted({*one} ^ {*other}):
            raise InputError(
                f"task.env.control doesn't give stiffness, damping and effort to the joint {differing[0]!r}",
                "give it all three, or none where no drive moves it",
            )
    drives = {name: Drive(*(float(table[name]) for table in tables)) for name in tables[0]}
    if wrong := [name for name, drive in drives.items() if min(drive) < 0 or drive.effort == 0]:
        raise InputError(
            f"task.env.control has a negative number, or no effort, for the joint {wrong[0]!r}",
            "give stiffness and damping of 0 or more, and an effort above 0",
        )
    return drives


def name_parts(spec: mujoco.MjSpec) -> None:
    """Lets each body be found by name: one without a name becomes ``body_3``, the fourth body, counted with the world.

    Joints likewise. Links that a URDF welds to others stay bodies of their own.
    """
    spec.compiler.fusestatic = False
    for kind, parts in (("body", spec.bodies), ("joint", spec.joints)):
        for index, part in enumerate(parts):
            if not part.name:
                part.name = f"{kind}_{index}"


def free_root(spec: mujoco.MjSpec) -> None:
    """Lets go of the base of a robot that the file fixes to the world, as each URDF does: its first body with joints.

    A base that has joints of its own is left as it is.
    """
    if spec.joints and not any(joint.parent.parent == spec.worldbody for joint in spec.joints):
        body = spec.joints[0].parent
        while body.parent != spec.worldbody:
            body = body.parent
        body.add_freejoint()


def set_drives(spec: mujoco.MjSpec, drives: Mapping[str, Drive]) -> None:
    """Gives joints position drives, instead of all actuators, sensors and keyframes of the file.

    Args:
        spec: The model.
        drives: By name of the joint, in the order of the controls.

    Raises:
        InputError: There is no such joint.
    """
    for part in (*spec.sensors, *spec.keys, *spec.actuators):
        spec.delete(part)
    known = {joint.name for joint in spec.joints}
    for name, drive in drives.items():
        if name not in known:
            raise InputError(f"the model has no joint {name!r}", "correct its name in the task's YAML")
        spec.add_actuator(
            name=name,
            target=name,
            trntype=mujoco.mjtTrn.mjTRN_JOINT,
            gear=[1.0] + [0.0] * 5,
            dyntype=mujoco.mjtDyn.mjDYN_NONE,
            ctrllimited=mujoco.mjtLimited.mjLIMITED_FALSE,
            gaintype=mujoco.mjtGain.mjGAIN_FIXED,
            biastype=mujoco.mjtBias.mjBIAS_AFFINE,
            gainprm=[drive.stiffness] + [0.0] * 9,
            biasprm=[0.0, -drive.stiffness, -drive.damping] + [0.0] * 7,
            forcelimited=mujoco.mjtLimited.mjLIMITED_TRUE,
            forcerange=[-drive.effort, drive.effort],
        )
    spec.option.integrator = mujoco.mjtIntegrator.mjINT_DISCRETE


def use_fast_contacts(spec: mujoco.MjSpec) -> None:
    """Takes pyramids for friction cones: with those that a file asks for, robots take twice the time."""
    spec.option.cone = mujoco.mjtCone.mjCONE_PYRAMIDAL
    spec.option.impratio = 1.0


def add_floor(spec: mujoco.MjSpec, friction: float) -> None:
    """Adds a checkered plane at height 0, a sky and a light, unless the file has a ground of its own.

    Args:
        spec: The model.
        friction: Sliding friction of the plane.
    """
    if any(geom.type in _GROUNDS for geom in spec.worldbody.geoms):
        return
    spec.compiler.discardvisual = False  # a URDF's default, with which the floor would lose its colours
    spec.worldbody.add_geom(
        name=FLOOR,
        type=mujoco.mjtGeom.mjGEOM_PLANE,
        size=[0, 0, 0.1],
        contype=1,
        conaffinity=1,
        condim=3,
        friction=[friction, 0.005, 0.0001],
        material=_add_looks(spec),
    )
    spec.worldbody.add_light(pos=[0, 0, 4], dir=[0, 0, -1], type=mujoco.mjtLightType.mjLIGHT_DIRECTIONAL)


def frame_robot(spec: mujoco.MjSpec) -> None:
    """Has pictures show the robot where the file doesn't say what they show and has other bodies that move.

    MuJoCo would choose a camera that shows all of them, however far away they are.

    Args:
        spec: The model, whose bodies have names. The first one with a free joint is the robot's root.
    """
    roots = [joint.parent for joint in spec.joints if joint.type == mujoco.mjtJoint.mjJNT_FREE]
    if not roots or not math.isnan(spec.stat.extent):
        return
    robot = {body.name for body in (roots[0], *roots[0].find_all("body"))}
    if all(joint.parent.name in robot for joint in spec.joints):
        return
    model = spec.compile()
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    geoms = [geom for geom in range(model.ngeom) if model.body(int(model.geom_bodyid[geom])).name in robot]
    middle, radius = data.geom_xpos[geoms], model.geom_rbound[geoms, None]
    spec.stat.extent = float(((middle + radius).max(0) - (middle - radius).min(0)).max())


def _add_looks(spec: mujoco.MjSpec) -> str:
    """Adds a sky, unless there is one, and the floor's material with squares of a metre, by which motion is seen."""
    builtin, kinds = mujoco.mjtBuiltin, mujoco.mjtTexture
    if not any(texture.type == kinds.mjTEXTURE_SKYBOX for texture in spec.textures):
        spec.add_texture(
            name="gymctl sky",
            type=kinds.mjTEXTURE_SKYBOX,
            builtin=builtin.mjBUILTIN_GRADIENT,
            rgb1=[0.36, 0.55, 0.8],
            rgb2=[0.8, 0.86, 0.92],
            width=64,
            height=384,
        )
    name = "gymctl floor"
    spec.add_texture(
        name=name,
        type=kinds.mjTEXTURE_2D,
        builtin=builtin.mjBUILTIN_CHECKER,
        mark=mujoco.mjtMark.mjMARK_EDGE,
        rgb1=[0.4, 0.46, 0.52],
        rgb2=[0.47, 0.53, 0.6],
        markrgb=[0.62, 0.68, 0.74],
        width=300,
        height=300,
    )
    textures = [""] * int(mujoco.mjtTextureRole.mjNTEXROLE)
    textures[int(mujoco.mjtTextureRole.mjTEXROLE_RGB)] = name
    spec.add_material(name=name, textures=textures, texrepeat=[0.5, 0.5], texuniform=True, specular=0.1, shininess=0.1)
    return name


def touch_world_only(spec: mujoco.MjSpec) -> None:
    """Lets no body touch another: what collides touches the world alone."""
    for pair in spec.pairs:
        spec.delete(pair)
    for geom in spec.geoms:
        if geom.contype or geom.conaffinity:
            of_world = geom.parent == spec.worldbody
            geom.contype, geom.conaffinity = (0, 1) if of_world else (1, 0)


def add_foot_sensors(spec: mujoco.MjSpec, feet: list[FootPoint]) -> None:
    """Adds sensors of the feet's positions, three numbers each, and then of their velocities; world axes."""
    for index, foot in enumerate(feet):
        spec.body(foot.body).add_site(name=f"foot point {index}", pos=foot.pos)
    kinds = mujoco.mjtSensor
    for kind in (kinds.mjSENS_FRAMEPOS, kinds.mjSENS_FRAMELINVEL):
        for index in range(len(feet)):
            spec.add_sensor(
                name=f"foot {kind.name} {index}",
                type=kind,
                objtype=mujoco.mjtObj.mjOBJ_SITE,
                objname=f"foot point {index}",
            )
