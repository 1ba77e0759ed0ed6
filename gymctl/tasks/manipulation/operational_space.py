"""Operational-space control: torques that move a hand as if it were a body of its own, in any posture of the arm."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gymctl.scene.blocks import Block
from gymctl.scene.jacobians import Jacobian, MassMatrix
from gymctl.sim.rotations import wrap_to_pi
from gymctl.sim.simulation import Simulation

_SMALLEST_PIVOT = 1e-6
"""Of a matrix that isn't singular."""


@dataclass(frozen=True)
class Gains:
    """How hard the hand and the posture are pulled; both are critically damped."""

    kp: float
    """Of the hand [1/s²]."""
    kp_null: float
    """Of the posture, as far as the hand doesn't notice [1/s²]."""


@dataclass(frozen=True)
class Arm:
    """State of N arms with n joints."""

    jacobian: Tensor
    """Of the hand, linear rows first, world axes ``[N, 6, n]``."""
    mass: Tensor
    """Joint-space inertia ``[N, n, n]``."""
    dof_pos: Tensor
    """``[N, n]`` [rad]."""
    dof_vel: Tensor
    """``[N, n]`` [rad/s]."""


class HandControl:
    """Moves the hand of a simulated arm. Make it before the simulation's first step.

    Args:
        sim: The simulation.
        robot: The arm, which doesn't move on the world; its first joints lead to the hand.
        hand: The body of the hand.
        site: The point of the hand that is controlled.
        posture: See `compute_torques`.
        limits: The same.
        gains: The same.
    """

    def __init__(
        self, sim: Simulation, robot: Block, hand: int, site: int, posture: Tensor, limits: Tensor, gains: Gains
    ) -> None:
        self._sim, self._hand, self._site = sim, hand, site
        self._posture, self._limits, self._gains = posture, limits, gains
        self._jacobian = Jacobian(sim, robot, links=np.array([hand]))
        self._mass = MassMatrix(sim, robot)
        self._coms, self._sites = sim.output("xipos"), sim.output("site_xpos")

    def torques(self, pose_error: Tensor) -> Tensor:
        """Torques of the joints in the simulation's present state, see `compute_torques`."""
        self._jacobian.update()
        self._mass.update()
        n = self._limits.shape[0]
        jacobian, mass = self._jacobian.values[:, 0, :, :n], self._mass.values[:, :n, :n]
        dof_pos, dof_vel = self._sim.qpos[:, :n].float(), self._sim.qvel[:, :n].float()
        linear, angular = (jacobian * dof_vel.unsqueeze(1)).sum(2).split(3, dim=1)
        from_com = (self._sites[:, self._site] - self._coms[:, self._hand]).float()
        hand_vel = torch.cat((linear + torch.linalg.cross(angular, from_com), angular), dim=1)
        arm = Arm(jacobian, mass, dof_pos, dof_vel)
        return compute_torques(arm, pose_error, hand_vel, self._posture, self._limits, self._gains)


def compute_torques(
    arm: Arm, pose_error: Tensor, hand_vel: Tensor, posture: Tensor, limits: Tensor, gains: Gains
) -> Tensor:
    """Torques of the joints ``[N, n]`` [N m]. Gravity isn't compensated.

    Args:
        arm: The arms.
        pose_error: From where the hand is to where it should be, translation and rotation vector, world axes
            ``[N, 6]`` [m, rad].
        hand_vel: Linear and angular velocity of the hand, world axes ``[N, 6]`` [m/s, rad/s].
        posture: Joint positions that the arm goes to where the hand doesn't notice ``[n]`` [rad].
        limits: Largest torques ``[n]`` [N m].
        gains: Of hand and posture.
    """
    jacobian, transposed = arm.jacobian, arm.jacobian.transpose(1, 2)
    hand = gains.kp * pose_error - 2.0 * math.sqrt(gains.kp) * hand_vel
    joints = gains.kp_null * wrap_to_pi(posture - arm.dof_pos) - 2.0 * math.sqrt(gains.kp_null) * arm.dof_vel
    hand_mass = invert(jacobian @ invert(arm.mass) @ transposed)
    # The hand's force and the posture's torque τ: Jᵀ Λ ẍ + (1 - Jᵀ Λ J M⁻¹) τ, where M⁻¹ τ are accelerations of joints.
    force = hand_mass @ (hand.unsqueeze(2) - jacobian @ joints.unsqueeze(2))
    torques = transposed @ force + arm.mass @ joints.unsqueeze(2)
    return torques.squeeze(2).clamp(-limits, limits)


def invert(matrices: Tensor) -> Tensor:
    """Inverses of symmetric positive definite matrices ``[N, n, n]``.

    PyTorch's own tell the host whether they succeeded, for which it waits. Here the inverse of a matrix that is
    singular, but for rounding, is large and finite.
    """
    inverse = matrices.clone()
    for k in range(inverse.shape[1]):
        pivot = inverse[:, k, k].clamp(min=_SMALLEST_PIVOT).reciprocal().unsqueeze(1)
        row, column = inverse[:, k] * pivot, inverse[:, :, k].clone()
        inverse.baddbmm_(column.unsqueeze(2), row.unsqueeze(1), alpha=-1.0)
        inverse[:, k], inverse[:, :, k] = row, -column * pivot
        inverse[:, k, k] = pivot.squeeze(1)
    return inverse
