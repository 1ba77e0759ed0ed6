"""What a policy observes, measured in MuJoCo: one small function for each name in the contract."""

from collections.abc import Callable
from typing import Any

import mujoco
import numpy as np
from controller import Slice, gait_clock


class Sensors:
    """Measures a simulated robot.

    Args:
        model: The robot's model.
        data: Its state, after whole control steps of `mj_step`.
        contract: Of the policy.
    """

    def __init__(self, model: mujoco.MjModel, data: mujoco.MjData, contract: dict[str, Any]) -> None:
        self.model, self.data, self._present = model, data, mujoco.MjData(model)
        self.base = model.body(contract["base"]["body"]).id
        self.com = np.array(model.body_ipos[self.base])
        self.joints: dict[str, tuple[int, int, list[float] | None]] = {}
        """Where each joint is in ``qpos`` and in ``qvel``, and its axis if it is a part of a ball joint."""
        for joint in contract["joints"]:
            found = model.joint(joint["model_joint"])
            self.joints[joint["name"]] = int(found.qposadr[0]), int(found.dofadr[0]), joint["axis"]
        self.driven = [action["joint"] for action in contract["actions"]]
        self.commands = {command["name"]: command["low"] for command in contract["commands"]}
        """What the robot is told to do; set them as you like."""
        self.torques = np.zeros(len(self.driven))
        """What the motors do [N m]."""
        self.moved = np.zeros(3)
        """How far the base went in the last control step, world [m]."""
        driving = [action for action in contract["actions"] if action["actuator"]]
        self.actuators = {action["joint"]: model.actuator(action["actuator"]).id for action in driving}
        self.begin()

    def begin(self) -> None:
        """Begins an episode."""
        self.acceleration: np.ndarray | None = None
        """Mean of ``qvel``'s change over the last timesteps, None before the first step."""
        self.seconds = 0.0
        """Since the episode's start."""

    def __call__(self, part: Slice) -> Any:
        """The values of a slice of the observations."""
        if part["name"] not in READERS:
            raise SystemExit(f"no reader for '{part['name']}': add one to READERS")
        return READERS[part["name"]](self, part)

    @property
    def pos(self) -> np.ndarray:
        """Position of the base, world."""
        return self.data.qpos[:3]

    @property
    def matrix(self) -> np.ndarray:
        """Orientation of the base: its axes in the world are the columns."""
        matrix = np.zeros(9)
        mujoco.mju_quat2Mat(matrix, self.data.qpos[3:7])
        return matrix.reshape(3, 3)

    @property
    def ang_vel(self) -> np.ndarray:
        """Angular velocity of the base, body axes."""
        return self.data.qvel[3:6]

    @property
    def lin_vel(self) -> np.ndarray:
        """Velocity of the base's centre of mass, world axes."""
        return self.data.qvel[:3] + self.matrix @ cross(self.ang_vel, self.com)

    @property
    def yaw(self) -> float:
        """Rotation of the base about z in [0, 2π)."""
        return np.arctan2(self.matrix[1, 0], self.matrix[0, 0]) % (2.0 * np.pi)

    @property
    def heading(self) -> np.ndarray:
        """The world's axes, turned about z to where the base's x axis points, as columns."""
        cos, sin = np.cos(self.yaw), np.sin(self.yaw)
        return np.array([[cos, -sin, 0.0], [sin, cos, 0.0], [0.0, 0.0, 1.0]])

    @property
    def way(self) -> np.ndarray:
        """From the base to the target, world."""
        return np.array([self.commands[f"target {axis}"] for axis in "xyz"]) - self.pos

    def position(self, name: str) -> float:
        """Of a joint [rad or m]."""
        start, _, axis = self.joints[name]
        if axis is None:
            return self.data.qpos[start]
        vector = np.zeros(3)
        mujoco.mju_quat2Vel(vector, self.data.qpos[start : start + 4], 1.0)
        return vector @ axis

    def along(self, name: str, vector: np.ndarray) -> float:
        """A joint's part of generalised velocities or forces."""
        _, start, axis = self.joints[name]
        return vector[start] if axis is None else vector[start : start + 3] @ axis

    def motor_forces(self) -> np.ndarray:
        """Generalised forces of the motors."""
        forces = np.zeros(self.model.nv)
        for name, torque in zip(self.driven, self.torques, strict=True):
            _, start, axis = self.joints[name]
            if axis is None:
                forces[start] += torque
            else:
                forces[start : start + 3] += torque * np.array(axis)
        return forces

    def present(self) -> mujoco.MjData:
        """Where bodies are now: in `data` they are where they were before the last timestep."""
        for name in ("qpos", "qvel", "mocap_pos", "mocap_quat"):
            getattr(self._present, name)[:] = getattr(self.data, name)
        mujoco.mj_kinematics(self.model, self._present)
        mujoco.mj_comPos(self.model, self._present)
        return self._present

    def present_forces(self) -> mujoco.MjData:
        """The same, with the inertia and the forces that bodies' places and velocities make."""
        data = self.present()
        mujoco.mj_fwdPosition(self.model, data)
        mujoco.mj_fwdVelocity(self.model, data)
        return data


def cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The cross product of two vectors, faster than NumPy's."""
    product = np.zeros(3)
    mujoco.mju_cross(product, a, b)
    return product


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
