"""What a robot's model is made of: base, joints, actuators, legs and feet."""

from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import mujoco
import numpy as np

from gymctl.core.errors import InputError
from gymctl.core.memory import bounded_memory
from gymctl.scene.blocks import Block, find_first_block
from gymctl.scene.model_files import read_model
from gymctl.scene.robots import free_root, name_parts

_MEMORY = 4 * 2**30
_MOST_BODIES = 1000
_GEOMS = mujoco.mjtGeom
_AS_LOW = 0.1
"""How much higher than the lowest body a foot may be, in parts of the robot's height."""


@dataclass(frozen=True)
class Leg:
    """A limb that the robot stands on."""

    foot: int
    """The body at its end."""
    joints: tuple[int, ...]
    """From the trunk down."""
    point: tuple[float, ...]
    """Where the foot touches the ground, in its body's frame ``[3]`` [m]."""


@dataclass(frozen=True)
class Robot:
    """A compiled model of one robot. Bodies, joints and actuators are its indices."""

    model: mujoco.MjModel
    block: Block
    key: str | None
    """The keyframe with the pose to begin in; None if there is none."""
    qpos: np.ndarray
    """The pose to begin in: the keyframe's, else joints as near to 0 as their limits allow."""

    @property
    def is_free(self) -> bool:
        """Whether the base can go anywhere."""
        return self.block.free_joint is not None

    @property
    def joints(self) -> list[int]:
        """All but the free joint."""
        return [int(joint) for joint in self.block.joints]

    @property
    def driven(self) -> list[int]:
        """Joints with an actuator of the file; all of them if it has no actuators."""
        moved = {int(self.model.actuator_trnid[drive, 0]) for drive in self.block.drives}
        return [joint for joint in self.joints if joint in moved] or self.joints

    @property
    def mass(self) -> float:
        """[kg]."""
        return float(self.model.body_subtreemass[self.block.root])

    def joint_name(self, joint: int) -> str:
        """Of a joint."""
        return self.model.joint(joint).name

    def body_name(self, body: int) -> str:
        """Of a body."""
        return self.model.body(body).name

    def column(self, joint: int) -> int:
        """Where a joint's position is in ``qpos``."""
        return int(self.model.jnt_qposadr[joint])

    def data_at(self, qpos: np.ndarray) -> mujoco.MjData:
        """The robot in a pose, at rest, with all that follows from it."""
        data = mujoco.MjData(self.model)
        data.qpos[:] = qpos
        mujoco.mj_forward(self.model, data)
        return data


def read_robot(path: Path, inside: Path, *, free: bool = False) -> Robot:
    """Reads a model file and finds the robot in it: the tree of its first joint.

    Args:
        path: MJCF or URDF.
        inside: The folder that all of its files must be in.
        free: Whether a base without joints is let go.

    Raises:
        InputError: It can't be read or compiled, or has no robot that a drive can move.
    """
    spec = read_model(path, inside)
    name_parts(spec)
    if free:
        free_root(spec)
    try:
        with bounded_memory(_MEMORY):
            model = spec.compile()
    except (ValueError, RuntimeError, MemoryError) as error:
        raise InputError(
            f"'{path.name}' can't be compiled: {_first_lines(error)}", "correct the model; MuJoCo says what is wrong"
        ) from error
    block = find_first_block(model)
    if block is None or not len(block.joints):
        raise InputError(f"'{path.name}' has no joints", "give the model of a robot with joints")
    if len(block.bodies) > _MOST_BODIES:
        raise InputError(
            f"the robot in '{path.name}' has {len(block.bodies):,} bodies; at most {_MOST_BODIES:,} are taken",
            "give the model of one robot",
        )
    balls = [joint for joint in block.joints if model.jnt_type[joint] == mujoco.mjtJoint.mjJNT_BALL]
    if balls:
        raise InputError(
            f"'{path.name}' has the ball joint {model.joint(balls[0]).name!r}, which no drive can hold",
            "write it as three hinges",
        )
    keys = [model.key(index).name for index in range(model.nkey)]
    if keys:
        index = keys.index("home") if "home" in keys else 0
        return Robot(model, block, keys[index] or "0", model.key_qpos[index].copy())
    return straightened(Robot(model, block, None, model.qpos0))


def find_legs(robot: Robot) -> list[Leg]:
    """The limbs whose ends are as low as the lowest body, in the order of the model; ``[]`` without any.

    A limb is a chain of bodies with joints. It begins where no other leg hangs on the same joint.
    """
    model, data = robot.model, robot.data_at(robot.qpos)
    lows = {int(body): low for body in robot.block.bodies if (low := _lowest_of(robot, data, int(body))) is not None}
    root = lows.pop(robot.block.root, None)
    if not lows:
        return []
    ground = min(point[2] for point in lows.values())
    height = float(data.xpos[robot.block.root, 2]) - ground
    if height <= 0.0 or (root is not None and root[2] - ground < _AS_LOW * height):
        return []  # it stands on its base
    low_bodies = [body for body, point in lows.items() if point[2] - ground < max(_AS_LOW * height, 0.005)]
    chains = {body: _chain(robot, body) for body in low_bodies}
    feet = [body for body in low_bodies if not any(body in chain[:-1] for chain in chains.values())]
    legs = []
    for foot in feet:
        others = {body for other in feet if other != foot for body in chains[other]}
        own = [body for body in chains[foot] if body not in others]
        joints = tuple(joint for body in own for joint in _joints_of(model, body))
        if joints:
            point = data.xmat[foot].reshape(3, 3).T @ (lows[foot] - data.xpos[foot])
            legs.append(Leg(foot, joints, tuple(float(value) for value in point)))
    return legs


def stands_on(robot: Robot, legs: list[Leg]) -> bool:
    """Whether limbs carry the robot where the file fixes its base; a single one that lies rather than stands is an arm.

    Its base is then lower than half the way along the limb.
    """
    if len(legs) != 1:
        return bool(legs)
    data = robot.data_at(robot.qpos)
    points = [data.xpos[robot.block.root], *(data.xanchor[joint] for joint in legs[0].joints), data.xpos[legs[0].foot]]
    length = sum(float(np.linalg.norm(one - other)) for one, other in pairwise(points))
    return float(data.xpos[robot.block.root, 2]) - lowest_height(robot, data) > length / 2


def lowest_height(robot: Robot, data: mujoco.MjData) -> float:
    """Of all that collides [m]; of the bodies' origins if nothing does."""
    points = [_lowest_of(robot, data, int(body)) for body in robot.block.bodies]
    heights = [point[2] for point in points if point is not None]
    return float(min(heights, default=data.xpos[robot.block.bodies, 2].min()))


def straightened(robot: Robot) -> Robot:
    """The robot with its joints where the file has them, or as near to that as their limits allow."""
    model, qpos = robot.model, robot.model.qpos0.copy()
    for joint in robot.joints:
        if model.jnt_limited[joint]:
            qpos[robot.column(joint)] = np.clip(qpos[robot.column(joint)], *model.jnt_range[joint])
    return replace(robot, qpos=qpos)


def collides(model: mujoco.MjModel, body: int) -> bool:
    """Whether a body has shapes that touch anything."""
    geoms = model.geom_bodyid == body
    return bool((model.geom_contype | model.geom_conaffinity)[geoms].any())


def _chain(robot: Robot, body: int) -> list[int]:
    """From below the root down to a body."""
    chain: list[int] = []
    while body != robot.block.root:
        chain.insert(0, body)
        body = int(robot.model.body_parentid[body])
    return chain


def _joints_of(model: mujoco.MjModel, body: int) -> range:
    first = int(model.body_jntadr[body])
    return range(first, first + int(model.body_jntnum[body]))


def _lowest_of(robot: Robot, data: mujoco.MjData, body: int) -> np.ndarray | None:
    """The middle of the lowest parts of a body's shapes that collide, world axes ``[3]`` [m]; None without any."""
    model = robot.model
    geoms = [
        int(geom)
        for geom in np.flatnonzero(model.geom_bodyid == body)
        if model.geom_contype[geom] or model.geom_conaffinity[geom]
    ]
    if not geoms:
        return None
    heights = [_lowest(model, data, geom) for geom in geoms]
    low = min(heights)
    soles = [geom for geom, height in zip(geoms, heights, strict=True) if height - low < 0.01]
    middle = np.mean([data.geom_xpos[geom] for geom in soles], axis=0)
    return np.array([middle[0], middle[1], low])


def _lowest(model: mujoco.MjModel, data: mujoco.MjData, geom: int) -> float:
    """Height of a shape's lowest point [m]."""
    kind, size, down = model.geom_type[geom], model.geom_size[geom], data.geom_xmat[geom].reshape(3, 3)[2]
    if kind == _GEOMS.mjGEOM_SPHERE:
        reach = size[0]
    elif kind == _GEOMS.mjGEOM_CAPSULE:
        reach = size[0] + abs(down[2]) * size[1]
    elif kind == _GEOMS.mjGEOM_CYLINDER:
        reach = abs(down[2]) * size[1] + size[0] * np.sqrt(max(0.0, 1.0 - down[2] ** 2))
    elif kind == _GEOMS.mjGEOM_ELLIPSOID:
        reach = np.linalg.norm(down * size)
    elif kind == _GEOMS.mjGEOM_MESH:
        mesh = model.geom_dataid[geom]
        first = model.mesh_vertadr[mesh]
        vertices = model.mesh_vert[first : first + model.mesh_vertnum[mesh]]
        reach = -float((vertices @ down).min())
    else:
        centre, half = model.geom_aabb[geom, :3], model.geom_aabb[geom, 3:]
        reach = float(np.abs(down) @ half - down @ centre)
    return float(data.geom_xpos[geom, 2] - reach)


def _first_lines(error: BaseException) -> str:
    return " ".join(line.strip() for line in str(error).splitlines() if line.strip())[:400]
