"""Converting between MuJoCo's frame conventions and Isaac Gym's; nothing else does that.

MuJoCo: quaternions wxyz; a free joint's linear velocity is in world axes, its angular velocity in body axes.
Isaac Gym: quaternions xyzw; both velocities in world axes, the linear one of the body's centre of mass, though its
position is that of the body's frame (``PxArticulationReducedCoordinate.h`` of PhysX 5.1).
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from gymctl.sim.rotations import quat_rotate, quat_rotate_inverse


class RootState(NamedTuple):
    """State of N free bodies in Isaac Gym's convention."""

    pos: Tensor
    """Position of the body frame, world ``[N, 3]`` [m]."""
    quat: Tensor
    """Orientation, body to world, xyzw ``[N, 4]``."""
    lin_vel: Tensor
    """Linear velocity of the centre of mass, world axes ``[N, 3]`` [m/s]."""
    ang_vel: Tensor
    """Angular velocity, world axes ``[N, 3]`` [rad/s]."""


def root_state(qpos: Tensor, qvel: Tensor, com: Sequence[float | Tensor]) -> RootState:
    """Returns the state of the free joint, which has to be the model's first joint.

    Args:
        qpos: Generalised positions ``[N, nq]``; the first 7 are the free joint's.
        qvel: Generalised velocities ``[N, nv]``; the first 6 are the free joint's.
        com: Centre of mass of the free joint's body, in its frame [m]: three numbers, which no device has to wait for,
            or three tensors ``[N]``.
    """
    pos, quat, lin_vel, ang_vel = qpos[:, :3], wxyz_to_xyzw(qpos[:, 3:7]), qvel[:, :3], qvel[:, 3:6]
    if not any(isinstance(component, Tensor) or component for component in com):
        return RootState(pos, quat, lin_vel, quat_rotate(quat, ang_vel))
    at_com, turned = quat_rotate(quat[None], torch.stack((_speed_at(com, ang_vel), ang_vel))).unbind()
    return RootState(pos, quat, lin_vel + at_com, turned)


def free_joint(state: RootState, com: Iterable[float | Tensor]) -> tuple[Tensor, Tensor]:
    """Returns ``(qpos [N, 7], qvel [N, 6])`` of a free joint; the inverse of `root_state`."""
    qpos = torch.cat((state.pos, xyzw_to_wxyz(state.quat)), dim=1)
    ang_vel = quat_rotate_inverse(state.quat, state.ang_vel)
    at_com = quat_rotate(state.quat, _speed_at(com, ang_vel))
    qvel = torch.cat((state.lin_vel - at_com, ang_vel), dim=1)
    return qpos, qvel


def _speed_at(point: Iterable[float | Tensor], ang_vel: Tensor) -> Tensor:
    """How fast turning moves a point of a body, all in its frame ``[N, 3]`` [m/s]."""
    (x, y, z), (wx, wy, wz) = point, ang_vel.unbind(1)
    return torch.stack((wy * z - wz * y, wz * x - wx * z, wx * y - wy * x), dim=1)


def wxyz_to_xyzw(quat: Tensor) -> Tensor:
    """Reorders quaternions ``[..., 4]`` from MuJoCo's order to Isaac Gym's."""
    return torch.roll(quat, -1, dims=-1)


def xyzw_to_wxyz(quat: Tensor) -> Tensor:
    """Reorders quaternions ``[..., 4]`` from Isaac Gym's order to MuJoCo's."""
    return torch.roll(quat, 1, dims=-1)
