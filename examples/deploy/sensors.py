"""A simulated robot's state: what observations and rewards are made of."""

from typing import Any

import mujoco
import numpy as np


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
