"""Finds the pose that a legged robot walks from, and whether the robot stands in it."""

from dataclasses import dataclass, replace

import mujoco
import numpy as np

from gymctl.scaffold.drives import GuessedDrive, guess_drives
from gymctl.scaffold.robot import Leg, Robot, find_legs, lowest_height, straightened
from gymctl.scene.robots import add_floor, set_drives, touch_world_only, use_fast_contacts

_CROUCHES = 0.88, 0.8, 0.94, 1.0
"""Lengths of the legs that are tried, in parts of those of straight legs."""
_CROUCHES_ON_TWO = 0.96, 0.92, 0.88, 1.0
"""The same for robots with one leg or two, which bend them less."""
_SITTING = 0.6
"""A keyframe that is lower, in parts of a crouch's height, is no pose to walk from."""
_FEW_LEGS = 2
_SECONDS = 2.0
_LEAST_HEIGHT, _LEAST_UPRIGHT = 0.7, 0.8
"""What counts as standing: the height that is left, and the cosine of the tilt."""
_ITERATIONS, _STEP, _DAMPING = 200, 0.3, 0.05
_KEEPS_FOOT_FLAT = 5
"""Joints that a leg needs to keep its foot's orientation."""
_PERTURBATION = 0.2
"""By which straight joints are bent at first, so that a leg knows which way to fold [rad]."""


@dataclass(frozen=True)
class Posture:
    """A pose with the feet on the ground."""

    qpos: np.ndarray
    height: float
    """Of the root [m]."""
    source: str
    stands: bool
    """Whether drives that hold the pose keep the robot standing for two seconds."""


def find_posture(robot: Robot, spec: mujoco.MjSpec) -> Posture:
    """The keyframe's pose; without one, or if it sits, the first of several crouches in which the robot stands.

    Args:
        robot: The robot, which has legs.
        spec: Its model, to be changed.
    """
    straight = straightened(robot)
    legs = find_legs(straight)
    drives = guess_drives(straight, legs)
    world = _standing_world(spec, drives)
    tried = []
    for part in _CROUCHES_ON_TWO if len(legs) <= _FEW_LEGS else _CROUCHES:
        source = f"legs bent to {part:.0%} of their length" if part < 1.0 else "joints as near to 0 as they can be"
        tried.append(_posture(robot, drives, world, _crouch(straight, legs, part), source))
        if tried[-1].stands:
            break
    crouch = tried[-1] if tried[-1].stands else tried[0]
    if robot.key is None:
        return crouch
    of_key = _posture(robot, drives, world, robot.qpos, f"of the keyframe {robot.key!r}")
    if of_key.height < _SITTING * crouch.height:
        return replace(crouch, source=f"{crouch.source}; in the keyframe {robot.key!r} the robot sits")
    return of_key


def place(robot: Robot, qpos: np.ndarray) -> tuple[np.ndarray, float]:
    """A pose moved up or down until it touches the ground, and the root's height in it [m]."""
    column = robot.block.root_qpos.start
    data = robot.data_at(qpos)
    height = float(qpos[column + 2]) - lowest_height(robot, data)
    placed = qpos.copy()
    placed[column : column + 3] = 0.0, 0.0, height
    return placed, height


def _posture(
    robot: Robot, drives: dict[str, GuessedDrive], world: mujoco.MjModel, qpos: np.ndarray, source: str
) -> Posture:
    placed, height = place(robot, qpos)
    posture = Posture(placed, height, source, stands=False)
    return replace(posture, stands=_stands(robot, drives, world, posture))


def _standing_world(spec: mujoco.MjSpec, drives: dict[str, GuessedDrive]) -> mujoco.MjModel:
    set_drives(spec, {name: guess.drive for name, guess in drives.items()})
    use_fast_contacts(spec)
    add_floor(spec, 1.0)
    touch_world_only(spec)
    spec.option.timestep = 0.005
    return spec.compile()


def _stands(robot: Robot, drives: dict[str, GuessedDrive], world: mujoco.MjModel, posture: Posture) -> bool:
    """Lets the robot stand with drives that hold the pose."""
    data = mujoco.MjData(world)
    data.qpos[: robot.model.nq] = posture.qpos
    columns = [robot.column(robot.model.joint(name).id) for name in drives]
    data.ctrl[:] = posture.qpos[columns]
    mujoco.mj_step(world, data, nstep=round(_SECONDS / world.opt.timestep))
    root = robot.block.root
    height, upright = data.xpos[root, 2], data.xmat[root].reshape(3, 3)[2, 2]
    return bool(height > _LEAST_HEIGHT * posture.height and upright > _LEAST_UPRIGHT)


def _crouch(robot: Robot, legs: list[Leg], part: float) -> np.ndarray:
    """A pose with the feet below the hips, at a part of the straight legs' length, found by inverse kinematics."""
    model, qpos = robot.model, robot.qpos.copy()
    if part == 1.0:
        return qpos
    straight = robot.data_at(qpos)
    for leg in legs:
        hip = straight.xanchor[leg.joints[0]]
        rotation = straight.xmat[leg.foot].reshape(3, 3)
        foot = straight.xpos[leg.foot] + rotation @ np.array(leg.point)
        target = foot.copy()
        reach = hip[2] - foot[2]
        target[2] = hip[2] - part * reach
        if abs(foot[0] - hip[0]) < reach:  # legs of an insect stay where they are
            target[0] = hip[0]
        _bend(robot, qpos, leg)
        _reach(model, qpos, leg, target, rotation if len(leg.joints) >= _KEEPS_FOOT_FLAT else None)
    return qpos


def _bend(robot: Robot, qpos: np.ndarray, leg: Leg) -> None:
    """Turns each joint a little to the side on which it has more room."""
    for joint in leg.joints:
        low, high = robot.model.jnt_range[joint] if robot.model.jnt_limited[joint] else (-1.0, 1.0)
        column = robot.column(joint)
        room = high - qpos[column], qpos[column] - low
        if abs(room[0] - room[1]) > 0.3 * (high - low):
            qpos[column] += _PERTURBATION if room[0] > room[1] else -_PERTURBATION


def _reach(model: mujoco.MjModel, qpos: np.ndarray, leg: Leg, target: np.ndarray, rotation: np.ndarray | None) -> None:
    """Moves a leg's joints until the foot is at a place, and turned as told; damped least squares."""
    data = mujoco.MjData(model)
    columns = [int(model.jnt_qposadr[joint]) for joint in leg.joints]
    dofs = [int(model.jnt_dofadr[joint]) for joint in leg.joints]
    limits = [model.jnt_range[joint] if model.jnt_limited[joint] else (-np.inf, np.inf) for joint in leg.joints]
    low, high = np.array(limits).T
    to_point, to_turn = np.zeros((3, model.nv)), np.zeros((3, model.nv))
    for _ in range(_ITERATIONS):
        data.qpos[:] = qpos
        mujoco.mj_kinematics(model, data)
        mujoco.mj_comPos(model, data)
        now = data.xmat[leg.foot].reshape(3, 3)
        point = data.xpos[leg.foot] + now @ np.array(leg.point)
        mujoco.mj_jac(model, data, to_point, to_turn, point, leg.foot)
        error, jacobian = target - point, to_point[:, dofs]
        if rotation is not None:
            turn = 0.5 * sum(np.cross(now[:, axis], rotation[:, axis]) for axis in range(3))
            error, jacobian = np.concatenate((error, 0.3 * turn)), np.vstack((jacobian, 0.3 * to_turn[:, dofs]))
        step = jacobian.T @ np.linalg.solve(jacobian @ jacobian.T + _DAMPING**2 * np.eye(len(error)), error)
        qpos[columns] = np.clip(qpos[columns] + _STEP * step, low, high)
