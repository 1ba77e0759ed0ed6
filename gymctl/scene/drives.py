"""Drives that hold joints at targets: their gains, and controls that actions move instead of setting them."""

import mujoco
from torch import Tensor


def set_position_gains(spec: mujoco.MjSpec, stiffness: float, damping: float) -> None:
    """Gives all actuators of a model the gains of position drives.

    A drive's torque is then clip(stiffness × (target - angle) - damping × velocity, ±limit) with the model's limit.

    Args:
        spec: The model, whose actuators have affine biases.
        stiffness: [N m/rad].
        damping: [N m s/rad].
    """
    for actuator in spec.actuators:
        actuator.gainprm[0] = stiffness
        actuator.biasprm[1:3] = -stiffness, -damping


def move_controls(controls: Tensor, actions: Tensor, rates: Tensor | float, dt: float, ranges: Tensor) -> Tensor:
    """Controls one control step later, moved at speeds in proportion to the actions, within their ranges.

    Args:
        controls: Drive targets or thrusts before ``[N, n]`` [rad or N].
        actions: ``[N, n]``.
        rates: Speed for action 1, ``[n]`` or one for all [rad/s or N/s].
        dt: Time step [s].
        ranges: Lower and upper limits ``[n, 2]``.
    """
    return (controls + actions * rates * dt).clamp(ranges[:, 0], ranges[:, 1])
