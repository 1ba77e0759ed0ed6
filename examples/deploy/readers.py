"""What a policy observes, measured in MuJoCo: one small function for each name in the contract."""

from collections.abc import Callable
from typing import Any

import mujoco
import numpy as np
from controller import Slice, gait_clock
from sensors import Sensors, cross


def read(s: Sensors, part: Slice) -> Any:
    """The values of a slice of the observations."""
    if part["name"] not in READERS:
        raise SystemExit(f"no reader for '{part['name']}': add one to READERS")
    return READERS[part["name"]](s, part)


def link_forces(s: Sensors, part: Slice, data: mujoco.MjData, motors: np.ndarray) -> np.ndarray:
    """Mass times acceleration of links, but for what motors, gravity and Coriolis forces do, in their sites' axes."""
    if s.acceleration is None:
        return np.zeros(part["size"])
    caused, jacobians = np.zeros((1, s.model.nv)), np.zeros((2, 3, s.model.nv))
    mujoco.mj_solveM(s.model, data, caused, (motors - data.qfrc_bias)[None])
    sensed = []
    for site in dict.fromkeys(element.split()[0] for element in part["elements"]):
        body, turn = s.model.site(site).bodyid[0], data.site(site).xmat.reshape(3, 3)
        mujoco.mj_jacBodyCom(s.model, data, *jacobians, body)
        linear, angular = jacobians @ (s.acceleration - caused[0])
        axes, spin = data.ximat[body].reshape(3, 3), jacobians[1] @ s.data.qvel
        inertia = axes * s.model.body_inertia[body] @ axes.T
        weight = (1.0 - s.model.body_gravcomp[body]) * s.model.opt.gravity
        force = s.model.body_mass[body] * (weight + linear)
        torque = inertia @ angular - cross(spin, inertia @ spin)
        sensed += [force @ turn, torque @ turn]
    return np.concatenate(sensed)


def fingertip_forces(s: Sensors, part: Slice) -> np.ndarray:
    """As `link_forces`, where bodies are now; what takes gravity's place counts as a motor."""
    data = s.present_forces()
    return link_forces(s, part, data, s.data.qfrc_actuator + data.qfrc_gravcomp)


def fingertip_states(s: Sensors, part: Slice) -> np.ndarray:
    """Position, orientation x, y, z, w, velocity of the centre of mass and angular velocity of bodies, world axes."""
    data, jacobians, states = s.present(), np.zeros((2, 3, s.model.nv)), []
    for name in dict.fromkeys(element.split()[0] for element in part["elements"]):
        body = data.body(name)
        mujoco.mj_jacBodyCom(s.model, data, *jacobians, body.id)
        states.append([*body.xpos, *np.roll(body.xquat, -1), *(jacobians @ s.data.qvel).ravel()])
    return np.array(states)


def joint_forces(s: Sensors, part: Slice) -> np.ndarray:
    """What stops, springs, dampers and contacts do to the joints."""
    if s.acceleration is None:
        return np.zeros(part["size"])
    forces = np.zeros(s.model.nv)
    mujoco.mj_mulM(s.model, s.data, forces, s.acceleration)
    forces -= s.motor_forces() - s.data.qfrc_bias
    return np.array([s.along(joint, forces) for joint in part["elements"]])


def net_wrench(s: Sensors, part: Slice) -> np.ndarray:
    """Force and torque of all that acts on the base, felt at points of it, in its axes: rows of 6."""
    mass, inertia = s.model.body_mass[s.base], s.model.body_inertia[s.base]
    force = mass * s.data.qacc[:3] @ s.matrix
    torque = inertia * s.data.qacc[3:6] + cross(s.ang_vel, inertia * s.ang_vel)
    return np.array([[*force, *(torque - cross(point, force))] for point in part["points"]])


def turning_rate(s: Sensors, part: Slice) -> float:
    """Half the way to the commanded heading, in a second."""
    error = np.fmod(s.commands["heading"] - np.arctan2(s.matrix[1, 0], s.matrix[0, 0]), 2.0 * np.pi)
    return np.clip(0.5 * (error - 2.0 * np.pi if error > np.pi else error), -1.0, 1.0)


def height_above_ground(s: Sensors, part: Slice) -> np.ndarray:
    """Of the base, above the ground below points around it."""
    data, cos, sin, top = s.present(), np.cos(s.yaw), np.sin(s.yaw), 10.0
    points = [(s.pos[0] + cos * x - sin * y, s.pos[1] + sin * x + cos * y) for x, y in part["points"]]
    return s.pos[2] - np.array([ground_height(s.model, data, x, y, top) for x, y in points])


def ground_height(model: mujoco.MjModel, data: mujoco.MjData, x: float, y: float, top: float) -> float:
    """Height of what doesn't move below a point, by a ray from above that goes through the robot."""
    hit = np.zeros(1, np.int32)
    while True:
        top -= mujoco.mj_ray(model, data, [x, y, top], [0.0, 0.0, -1.0], None, 1, -1, hit)
        if hit[0] < 0 or model.geom_bodyid[hit[0]] == 0:
            return top
        top -= 1e-6


def way_to_joint_target(s: Sensors, part: Slice) -> list[float]:
    """From where joints are to where their drives are told to hold them."""
    actuators = ((name, s.actuators[name]) for name in part["elements"])
    return [s.data.ctrl[index] * s.model.actuator_gear[index, 0] - s.position(name) for name, index in actuators]


def hand_position(s: Sensors, part: Slice) -> np.ndarray:
    """Of a point on a body, world axes."""
    body = s.present().body(part["body"])
    return body.xpos + body.xmat.reshape(3, 3) @ part["points"][0]


def hand_quat(s: Sensors, part: Slice) -> np.ndarray:
    """Orientation of a body, x, y, z, w."""
    return np.roll(s.present().body(part["body"]).xquat, -1)


def clock(s: Sensors, part: Slice) -> np.ndarray:
    """Sine and cosine of the gait's clock; see `controller.gait_clock`."""
    velocities = [value for name, value in s.commands.items() if "velocity" in name]
    return gait_clock(s.seconds, part["period"], velocities, s.commands["gait phase"])


def way_to_handle(s: Sensors, part: Slice) -> np.ndarray:
    """From where the hand grasps to the handle, world."""
    data = s.present()
    return data.site("handle").xpos - data.site("grasp").xpos


def drive_torques(s: Sensors, part: Slice) -> np.ndarray:
    """What drives did in the last timestep, but for their damping."""
    if s.acceleration is None:
        return np.zeros(part["size"])
    return np.array([s.along(name, s.data.qfrc_actuator) for name in part["elements"]])


def free_joint(s: Sensors, part: Slice) -> Any:
    """Of a body that goes anywhere: its position and orientation, and its velocities."""
    return s.data.joint(int(s.model.body(part["body"]).jntadr[0]))


def object_ang_vel(s: Sensors, part: Slice) -> np.ndarray:
    """Of a body that goes anywhere, world axes."""
    joint, turned = free_joint(s, part), np.zeros(3)
    mujoco.mju_rotVecQuat(turned, joint.qvel[3:], joint.qpos[3:])
    return turned


def from_goal(s: Sensors, part: Slice) -> np.ndarray:
    """The rotation that leads from the goal's orientation to an object's, x, y, z, w."""
    x, y, z, w = (s.commands[f"goal q{axis}"] for axis in "xyzw")
    rotation = np.zeros(4)
    mujoco.mju_mulQuat(rotation, free_joint(s, part).qpos[3:], np.array([w, -x, -y, -z]))
    return np.roll(rotation, -1)


def told(s: Sensors, part: Slice) -> list[float]:
    """The commands that a slice names."""
    return [s.commands[name] for name in part["elements"]]


def in_frame(in_world: np.ndarray, s: Sensors, part: Slice) -> np.ndarray:
    """A vector of the world, or several as rows, in the axes that a slice is in."""
    axes = {"body": s.matrix, "heading": s.heading}.get(part["frame"])
    return in_world if axes is None else in_world @ axes


def joint_rotations(s: Sensors, part: Slice) -> list[float]:
    """Of ball joints components of the child's axes, in the parent's; of hinges the angle."""
    values, matrix = [], np.zeros(9)
    for element in part["elements"]:
        name, *axis = element.split()
        if axis:
            mujoco.mju_quat2Mat(matrix, s.data.joint(name).qpos)
            values.append(matrix[3 * "xyz".index(axis[2]) + "xyz".index(axis[0])])
        else:
            values.append(s.position(name))
    return values


def way_from_base(s: Sensors, part: Slice) -> np.ndarray:
    """To bodies, from the base."""
    names, data = dict.fromkeys(element.split()[0] for element in part["elements"]), s.present()
    return in_frame(np.array([data.body(name).xpos for name in names]) - s.pos, s, part).ravel()


READERS: dict[str, Callable[[Sensors, Slice], Any]] = {
    "base height": lambda s, part: s.pos[2],
    "base orientation": lambda s, part: np.roll(s.data.qpos[3:7], -1),
    "base linear velocity": lambda s, part: in_frame(s.lin_vel, s, part),
    "base angular velocity": lambda s, part: in_frame(s.matrix @ s.ang_vel, s, part),
    "base axes": lambda s, part: in_frame(s.matrix.T[[0, 2]], s, part).ravel(),
    "base yaw": lambda s, part: s.yaw,
    "base roll": lambda s, part: np.arctan2(s.matrix[2, 1], s.matrix[2, 2]),
    "base up projection": lambda s, part: s.matrix[2, 2],
    "way from the base": way_from_base,
    "base down axis": lambda s, part: -s.matrix[:, 2],
    "gravity direction": lambda s, part: -s.matrix[2],
    "base height above ground": height_above_ground,
    "way to the target": lambda s, part: s.way,
    "angle to the target": lambda s, part: np.arctan2(s.way[2], s.way[0]) - s.yaw,
    "heading projection": lambda s, part: s.matrix[:2, 0] @ s.way[:2] / np.linalg.norm(s.way[:2]),
    "joint position": lambda s, part: [s.position(name) for name in part["elements"]],
    "joint rotation": joint_rotations,
    "joint velocity": lambda s, part: [s.along(name, s.data.qvel) for name in part["elements"]],
    "fingertip position": lambda s, part: fingertip_states(s, part)[:, :3].ravel(),
    "fingertip state": lambda s, part: fingertip_states(s, part).ravel(),
    "joint torque without motors": joint_forces,
    "link force and torque": lambda s, part: link_forces(s, part, s.data, s.motor_forces()),
    "fingertip force and torque": fingertip_forces,
    "net force x": lambda s, part: net_wrench(s, part)[:, 0],
    "net torque x": lambda s, part: net_wrench(s, part)[:, 3],
    "net torque y": lambda s, part: net_wrench(s, part)[:, 4],
    "net torque z": lambda s, part: net_wrench(s, part)[:, 5],
    "ball position": lambda s, part: s.data.joint("ball").qpos[:3],
    "ball linear velocity": lambda s, part: s.data.joint("ball").qvel[:3],
    "handle position": way_to_handle,
    "drawer opening": lambda s, part: s.data.joint(part["elements"][0]).qpos,
    "drawer speed": lambda s, part: s.data.joint(part["elements"][0]).qvel,
    "drive torque": drive_torques,
    "object position": lambda s, part: free_joint(s, part).qpos[:3],
    "object orientation": lambda s, part: np.roll(free_joint(s, part).qpos[3:], -1),
    "object linear velocity": lambda s, part: free_joint(s, part).qvel[:3],
    "object angular velocity": object_ang_vel,
    "way to the lower cube": lambda s, part: s.data.joint("cubeB").qpos[:3] - free_joint(s, part).qpos[:3],
    "goal position": told,
    "goal orientation": told,
    "rotation from the goal": from_goal,
    "commanded linear velocity": told,
    "commanded angular velocity": told,
    "turning rate to the heading": turning_rate,
    "gait clock": clock,
    "way to the joint target": way_to_joint_target,
    "hand position": hand_position,
    "hand orientation": hand_quat,
    "target": told,
    "way from the hand to the target": lambda s, part: told(s, part) - hand_position(s, part),
}
"""How each slice of the observations is measured, by its name in the contract."""
