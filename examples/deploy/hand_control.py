"""Moves the hand of an arm by torques: operational-space control, as the contract's ``hand_control`` says."""

from typing import Any

import mujoco
import numpy as np


def compute_torques(
    control: dict[str, Any],
    motion: np.ndarray,
    jacobian: np.ndarray,
    mass: np.ndarray,
    hand_vel: np.ndarray,
    joint_pos: np.ndarray,
    joint_vel: np.ndarray,
) -> np.ndarray:
    """Torques of the arm's joints ``[n]`` [N m], but for gravity's.

    Args:
        control: What the contract says.
        motion: How far the hand should move along x, y, z and about them, world axes ``[6]`` [m, rad].
        jacobian: Of the hand's centre of mass, linear rows first, world axes ``[6, n]``.
        mass: The arm's joint-space inertia ``[n, n]``.
        hand_vel: Linear velocity of the hand's point, and its angular velocity, world axes ``[6]`` [m/s, rad/s].
        joint_pos: ``[n]`` [rad].
        joint_vel: ``[n]`` [rad/s].
    """
    away = (np.array(control["posture"]) - joint_pos + np.pi) % (2.0 * np.pi) - np.pi
    hand = control["stiffness"] * motion - control["damping"] * hand_vel
    joints = control["posture_stiffness"] * away - control["posture_damping"] * joint_vel
    hand_mass = np.linalg.inv(jacobian @ np.linalg.solve(mass, jacobian.T))
    torques = jacobian.T @ hand_mass @ (hand - jacobian @ joints) + mass @ joints
    limits = np.array(control["effort_limits"])
    return np.clip(torques, -limits, limits)


class HandControl:
    """Does so in MuJoCo, which knows the Jacobian and the mass matrix.

    Args:
        model: The robot's model.
        control: What the contract says.
    """

    def __init__(self, model: mujoco.MjModel, control: dict[str, Any]) -> None:
        self.model, self.control = model, control
        self.body = model.body(control["body"]).id
        self.joints = [int(model.joint(name).qposadr[0]) for name in control["joints"]]
        self.dofs = [int(model.joint(name).dofadr[0]) for name in control["joints"]]
        self.actuators = [model.actuator(name).id for name in control["actuators"]]

    def torques(self, data: mujoco.MjData, motion: np.ndarray) -> np.ndarray:
        """Torques ``[n]`` [N m], see `compute_torques`.

        Args:
            data: The present state, with what `mj_fwdPosition` computes of it.
            motion: As there.
        """
        model, dofs = self.model, self.dofs
        jacobian, at_point, mass = np.zeros((6, model.nv)), np.zeros((6, model.nv)), np.zeros((model.nv, model.nv))
        mujoco.mj_jacBodyCom(model, data, jacobian[:3], jacobian[3:], self.body)
        point = data.xpos[self.body] + data.xmat[self.body].reshape(3, 3) @ self.control["point"]
        mujoco.mj_jac(model, data, at_point[:3], at_point[3:], point, self.body)
        mujoco.mj_fullM(model, data, mass)
        pos, vel = data.qpos[self.joints], data.qvel[dofs]
        hand_vel = at_point[:, dofs] @ vel
        return compute_torques(self.control, motion, jacobian[:, dofs], mass[np.ix_(dofs, dofs)], hand_vel, pos, vel)
