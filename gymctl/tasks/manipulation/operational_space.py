"""Operational-space control: torques that move a hand as if it were a body of its own, in any posture of the arm."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from gymctl.sim.precision import full_precision
from gymctl.sim.rotations import wrap_to_pi


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
    with full_precision():
        per_force = invert(arm.mass) @ transposed
        hand_mass = invert(jacobian @ per_force)
        # Force and posture torque τ together: Jᵀ Λ ẍ + (1 - Jᵀ Λ J M⁻¹) τ, and M⁻¹ τ are the joints' accelerations.
        force = hand_mass @ (hand.unsqueeze(2) - jacobian @ joints.unsqueeze(2))
        torques = transposed @ force + arm.mass @ joints.unsqueeze(2)
    return torques.squeeze(2).clamp(-limits, limits)


def invert(matrices: Tensor) -> Tensor:
    """Inverses of symmetric positive definite matrices ``[N, n, n]``, without a word to the host about them."""
    inverse = matrices.clone()
    for k in range(inverse.shape[1]):
        pivot = inverse[:, k, k].reciprocal().unsqueeze(1)
        row, column = inverse[:, k] * pivot, inverse[:, :, k].clone()
        inverse.baddbmm_(column.unsqueeze(2), row.unsqueeze(1), alpha=-1.0)
        inverse[:, k], inverse[:, :, k] = row, -column * pivot
        inverse[:, k, k] = pivot.squeeze(1)
    return inverse
