"""Looks for traps in a robot's model: what makes trainings slow, wrong, or fail later."""

from collections.abc import Iterator

import mujoco
import numpy as np

from gymctl.core.errors import InputError
from gymctl.core.words import counted
from gymctl.scaffold.drives import is_motor, is_position
from gymctl.scaffold.lines import Lines
from gymctl.scaffold.robot import Robot, collides
from gymctl.scene.robots import add_floor

_MANY_CONTACTS = 20
_SMALLEST_MASS = 1e-6
_NEIGHBOURS = 3
"""Bodies whose joints are so few apart are neighbours."""
_SINKING = 0.002
"""How deep a robot stands in the floor [m]."""
_TILTED = 0.98
_SLOW = 0.004
"""A time step that is shorter makes a task slow [s]."""


def find_traps(robot: Robot, spec: mujoco.MjSpec, lines: Lines) -> list[str]:
    """What to look at in the model, in a line each: the place, the element, what it does, and what to do.

    Args:
        robot: The robot in the pose in which its task begins.
        spec: Its model, to be changed.
        lines: Of its files.
    """
    data = robot.data_at(robot.qpos)
    return [
        *_massless(robot, lines),
        *_unlimited(robot, lines),
        *_actuators(robot, lines),
        *_timestep(robot, lines),
        *_tilted(robot, data, lines),
        *_contacts(robot, spec, lines),
        *_others(robot, lines),
    ]


def check_complete(missing: list[str], lines: Lines) -> None:
    """Refuses a model that names files that aren't there.

    Raises:
        InputError: It does; with a line for each file.
    """
    if missing:
        raise InputError(
            f"the model names {counted(len(missing), 'file')} that {'is' if len(missing) == 1 else 'are'} missing",
            "put the files there; if they are in another folder, name one that has them and the model: --inside FOLDER",
            [lines.of("file", name) for name in missing],
        )


def _massless(robot: Robot, lines: Lines) -> Iterator[str]:
    model = robot.model
    fixed = []
    for body in robot.block.bodies:
        if model.body_mass[body] < _SMALLEST_MASS:
            name = lines.of("body", robot.body_name(int(body)))
            if model.body_jntnum[body]:
                together = model.body_mass[model.body_weldid == model.body_weldid[body]].sum()
                if together >= _SMALLEST_MASS:
                    continue  # what is fixed to it has
                yield f"{name} moves and has no mass of its own, which makes the simulation stiff; give it some"
            elif not collides(model, int(body)):
                fixed.append(name)
    if len(fixed) == 1:
        yield f"{fixed[0]} has no mass, and is fixed to its parent: fine if it is only a frame"
    elif fixed:
        yield (
            f"{fixed[0]} and {counted(len(fixed) - 1, 'other')} have no mass, and are fixed to their parents: fine if "
            "they are only frames"
        )


def _unlimited(robot: Robot, lines: Lines) -> Iterator[str]:
    for joint in robot.joints:
        if not robot.model.jnt_limited[joint]:
            name = lines.of("joint", robot.joint_name(joint))
            yield f"{name} has no limits, so exploration may wind it up; give it a range if the robot has one"


def _actuators(robot: Robot, lines: Lines) -> Iterator[str]:
    model = robot.model
    drives = {int(drive) for drive in robot.block.drives}
    kinds: dict[str, list[str]] = {}
    for index in range(model.nu):
        name = lines.of("actuator", model.actuator(index).name)
        if index not in drives:
            yield f"{name} moves no single joint of the robot; it is left out"
            continue
        kind = "position drive" if is_position(model, index) else "motor" if is_motor(model, index) else "other kind"
        kinds.setdefault(kind, []).append(name)
        if kind == "other kind":
            yield f"{name} is neither a motor nor a position drive; it became a position drive"
    if len(kinds) > 1:
        told = ", ".join(counted(len(names), kind) for kind, names in kinds.items())
        yield f"{list(kinds.values())[1][0]} is of another kind than others ({told}); all became position drives"
    for joint in robot.joints:
        if joint not in robot.driven:
            yield f"{lines.of('joint', robot.joint_name(joint))} has no actuator, so nothing drives it"


def _timestep(robot: Robot, lines: Lines) -> Iterator[str]:
    timestep, place = robot.model.opt.timestep, lines.of("option", "")
    if timestep < _SLOW and place != "option":
        yield (
            f"{place} asks for a time step of {timestep:g} s; the task takes sim.dt / sim.substeps, which is longer "
            "and so faster; make it shorter if the robot trembles"
        )


def _tilted(robot: Robot, data: mujoco.MjData, lines: Lines) -> Iterator[str]:
    if robot.is_free and data.xmat[robot.block.root].reshape(3, 3)[2, 2] < _TILTED:
        yield (
            f"{lines.of('body', robot.block.name)} isn't upright where the task begins: its z axis should point up, "
            "and its x axis forward"
        )


def _contacts(robot: Robot, spec: mujoco.MjSpec, lines: Lines) -> Iterator[str]:
    add_floor(spec, 1.0)
    model = spec.compile()  # bodies and joints are the robot's
    data = mujoco.MjData(model)
    data.qpos[:] = robot.qpos
    if robot.is_free:
        data.qpos[robot.block.root_pos][2] -= _SINKING
    mujoco.mj_forward(model, data)
    own = set(robot.block.bodies.tolist())
    pairs: dict[tuple[int, int], float] = {}
    for contact in data.contact[: data.ncon]:
        one, other = sorted(int(model.geom_bodyid[geom]) for geom in contact.geom)
        if one in own and other in own:
            pairs[one, other] = min(pairs.get((one, other), 0.0), float(contact.dist))
    for (one, other), depth in pairs.items():
        near = "neighbouring " if _distance(model, one, other) <= _NEIGHBOURS else ""
        yield (
            f"{lines.of('body', robot.body_name(other))} touches the {near}body '{robot.body_name(one)}' at rest, "
            f"{-depth * 1000:.1f} mm deep; exclude the pair before you set selfCollisions"
        )
    if data.ncon > _MANY_CONTACTS:
        yield (
            f"the robot has {data.ncon} contacts at rest, which makes steps slow; simple shapes for feet, such as "
            "spheres, make fewer"
        )


def _distance(model: mujoco.MjModel, one: int, other: int) -> int:
    """Bodies with joints on the way from one body to another."""
    paths = []
    for body in (one, other):
        path = []
        while body:
            path.append(body)
            body = int(model.body_parentid[body])
        paths.append(path)
    differing = set(paths[0]) ^ set(paths[1])
    return sum(bool(model.body_jntnum[body]) for body in differing)


def _others(robot: Robot, lines: Lines) -> Iterator[str]:
    model = robot.model
    moving = np.unique(model.body_rootid[model.jnt_bodyid])
    for root in moving:
        if int(root) != robot.block.root:
            name = lines.of("body", robot.body_name(int(root)))
            yield f"{name} moves too, but isn't part of the robot; the task doesn't look at it"
