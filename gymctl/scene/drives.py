"""Drives that hold joints at targets: their gains, and controls that actions move instead of setting them."""

import mujoco
import numpy as np
import torch
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


def stiffest(mass: float, damping: float, timestep: float) -> float:
    """The largest stiffness of a drive that pushes no more than its limit, without swinging about its target [N/m].

    A drive at its limit pushes as hard on the last timestep before its target as on the first, and overshoots it. From
    this stiffness down it is no longer at its limit then, whatever that is.

    Args:
        mass: What it moves [kg].
        damping: Of its joint [N s/m].
        timestep: Of MuJoCo's [s].
    """
    return (mass + damping * timestep) / timestep**2


class PositionDrives:
    """What the position drives of a model do to their joints in a state, without a request to the simulation.

    Args:
        model: The model, whose actuators are all position drives of hinges or slides.
        device: Where tensors are.
    """

    def __init__(self, model: mujoco.MjModel, device: torch.device) -> None:
        joints, limited = model.actuator_trnid[:, 0], model.actuator_forcelimited.astype(bool)
        limits = np.where(limited[:, None], model.actuator_forcerange, [-np.inf, np.inf])
        self._columns = [torch.from_numpy(a[joints]).long().to(device) for a in (model.jnt_qposadr, model.jnt_dofadr)]
        gain, bias, gear = model.actuator_gainprm[:, 0], model.actuator_biasprm[:, 1:3], model.actuator_gear[:, 0]
        self._gain, self._of_pos, self._of_vel, self._gear, self._low, self._high = (
            torch.from_numpy(np.ascontiguousarray(values)).float().to(device)
            for values in (gain, *bias.T, gear, *limits.T)
        )

    def torques(self, controls: Tensor, qpos: Tensor, qvel: Tensor) -> Tensor:
        """Torques or forces on the joints ``[N, drives]`` [N m or N].

        Args:
            controls: The drives' targets ``[N, drives]``.
            qpos: Of the whole model ``[N, nq]``.
            qvel: Of the whole model ``[N, nv]``.
        """
        pos, vel = qpos.index_select(1, self._columns[0]), self.velocities(qvel)
        force = self._gain * controls + self._gear * (self._of_pos * pos + self._of_vel * vel)
        return self._gear * force.clamp(self._low, self._high)

    def velocities(self, qvel: Tensor) -> Tensor:
        """Of the drives' joints ``[N, drives]`` [rad/s or m/s]."""
        return qvel.index_select(1, self._columns[1])


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
