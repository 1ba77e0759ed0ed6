"""The joints of a robot as Isaac Gym counts them: a position and a velocity for each degree of freedom."""

import mujoco
import numpy as np
import torch
from torch import Tensor

from gymctl.scene.blocks import Block
from gymctl.scene.spherical import axes_and_limits

_BALL = mujoco.mjtJoint.mjJNT_BALL.value


class Dofs:
    """Positions, velocities and forces of a block's hinges, slides and spherical joints.

    Those of a spherical joint are components along its axes, which are fixed in the child: of the rotation vector from
    the rest pose, and of the angular velocity.

    Args:
        model: The model.
        block: The robot.
        device: Where tensors are.
    """

    def __init__(self, model: mujoco.MjModel, block: Block, device: torch.device) -> None:
        self._block = block
        balls = block.joints[model.jnt_type[block.joints] == _BALL]
        hinges = np.setdiff1d(block.joints, balls)
        columns = model.jnt_dofadr - block.dof_vel.start
        limits, is_dof = np.zeros((len(block.dofs), 2)), np.ones(len(block.dofs), dtype=bool)
        limits[columns[hinges]] = model.jnt_range[hinges]
        self._balls: list[tuple[slice, slice, Tensor]] = []
        """Of each ball joint its columns of ``qpos`` and of the block's DOFs, and its axes, one a row ``[3, 3]``."""
        for ball in balls:
            first, quat = int(columns[ball]), int(model.jnt_qposadr[ball])
            axes, of_ball = axes_and_limits(model, ball)
            limits[first : first + len(of_ball)] = of_ball
            is_dof[first + len(of_ball) : first + 3] = False
            rows = torch.from_numpy(axes).float().to(device)
            self._balls.append((slice(quat, quat + 4), slice(first, first + 3), rows))
        indices = model.jnt_qposadr[hinges], columns[hinges], np.flatnonzero(is_dof)
        self._hinge_qpos, self._hinge_dofs, self._is_dof = (
            torch.from_numpy(index).long().to(device) for index in indices
        )
        self.limits = torch.from_numpy(limits[is_dof]).float().to(device)
        """Lower and upper limit ``[num_dofs, 2]`` [rad or m]."""

    def positions(self, qpos: Tensor) -> Tensor:
        """Positions of all DOFs ``[N, num_dofs]`` [rad or m].

        Args:
            qpos: Of the whole model ``[N, nq]``.
        """
        if not self._balls:
            return qpos[:, self._block.dof_pos]
        positions = qpos.new_empty(qpos.shape[0], len(self._block.dofs))
        positions[:, self._hinge_dofs] = qpos[:, self._hinge_qpos]
        for quat, columns, axes in self._balls:
            positions[:, columns] = _along(axes, rotation_vector(qpos[:, quat]))
        return positions[:, self._is_dof]

    def velocities(self, qvel: Tensor) -> Tensor:
        """Velocities of all DOFs, or forces on them, ``[N, num_dofs]``.

        Args:
            qvel: Generalised velocities or forces of the whole model ``[N, nv]``.
        """
        velocities = qvel[:, self._block.dof_vel]
        if not self._balls:
            return velocities
        velocities = velocities.clone()
        for _, columns, axes in self._balls:
            velocities[:, columns] = _along(axes, velocities[:, columns])
        return velocities[:, self._is_dof]

    def write(self, positions: Tensor, velocities: Tensor, qpos: Tensor, qvel: Tensor) -> None:
        """Writes positions and velocities of all DOFs into a model's.

        Args:
            positions: ``[N, num_dofs]`` [rad or m].
            velocities: ``[N, num_dofs]`` [rad/s or m/s].
            qpos: Where to, ``[N, nq]``.
            qvel: Where to, ``[N, nv]``.
        """
        self.write_forces(velocities, qvel)
        if not self._balls:
            qpos[:, self._block.dof_pos] = positions
            return
        positions = self._spread(positions)
        qpos[:, self._hinge_qpos] = positions[:, self._hinge_dofs]
        for quat, columns, _ in self._balls:
            qpos[:, quat] = rotation_quat(positions[:, columns])

    def write_forces(self, forces: Tensor, qfrc: Tensor) -> None:
        """Writes forces on all DOFs ``[N, num_dofs]`` into generalised forces ``[N, nv]`` [N or N m]."""
        qfrc[:, self._block.dof_vel] = self._spread(forces) if self._balls else forces

    def _spread(self, values: Tensor) -> Tensor:
        """Values of all DOFs in MuJoCo's, those of ball joints as vectors in the child's frame."""
        spread = values.new_zeros(values.shape[0], len(self._block.dofs))
        spread[:, self._is_dof] = values
        for _, columns, axes in self._balls:
            spread[:, columns] = _along(axes.T, spread[:, columns])
        return spread


def _along(axes: Tensor, vectors: Tensor) -> Tensor:
    """Components of vectors ``[N, 3]`` along axes ``[3, 3]``; no matrix product, whose rounding depends on N."""
    return (vectors[:, None] * axes).sum(2)


def rotation_vector(quat: Tensor) -> Tensor:
    """The axis times the angle, at most π, of rotations ``[N, 4]``, wxyz: ``[N, 3]`` [rad]."""
    quat = torch.where(quat[:, :1] < 0.0, -quat, quat)
    sine = torch.linalg.vector_norm(quat[:, 1:], dim=1, keepdim=True)
    scale = torch.where(sine > 1e-6, 2.0 * torch.atan2(sine, quat[:, :1]) / sine.clamp(min=1e-6), 2.0)
    return quat[:, 1:] * scale


def rotation_quat(vector: Tensor) -> Tensor:
    """The rotations, wxyz ``[N, 4]``, of rotation vectors ``[N, 3]`` [rad]."""
    angle = torch.linalg.vector_norm(vector, dim=1, keepdim=True)
    return torch.cat((torch.cos(angle / 2.0), vector * torch.sinc(angle / (2.0 * torch.pi)) / 2.0), dim=1)
