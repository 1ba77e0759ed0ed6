"""The joints of a robot as Isaac Gym counts them: a position and a velocity for each degree of freedom."""

from typing import NamedTuple

import mujoco
import numpy as np
import torch
from torch import Tensor

from gymctl.scene.blocks import Block
from gymctl.scene.spherical import axes_and_limits, hinge_names

_BALL, _SLIDE = mujoco.mjtJoint.mjJNT_BALL.value, mujoco.mjtJoint.mjJNT_SLIDE.value


class Dof(NamedTuple):
    """One of the degrees of freedom that `Dofs` counts."""

    name: str
    """Of the hinge or slide, or of the hinge that became a part of a spherical joint."""
    joint: str
    """The joint in the model."""
    slides: bool
    axis: tuple[float, ...] | None
    """Of a spherical joint, in the child's frame."""
    limits: tuple[float, float] | None
    """[rad or m]; None where there are none."""


def list_dofs(model: mujoco.MjModel, block: Block) -> list[Dof]:
    """The degrees of freedom of a block, in the order of `Dofs`."""
    dofs: list[Dof] = []
    for joint in block.joints.tolist():
        name, kind = model.joint(joint).name, model.jnt_type[joint]
        if kind == _BALL:
            axes, limits = axes_and_limits(model, joint)
            parts = zip(hinge_names(model, joint), axes.tolist(), limits.tolist(), strict=False)
            dofs += [Dof(hinge, name, False, tuple(axis), (low, high)) for hinge, axis, (low, high) in parts]
        else:
            low, high = model.jnt_range[joint].tolist()
            dofs.append(Dof(name, name, kind == _SLIDE, None, (low, high) if model.jnt_limited[joint] else None))
    return dofs


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
        axes = np.zeros((len(balls), 3, 3))
        for number, ball in enumerate(balls):
            first = columns[ball]
            axes[number], of_ball = axes_and_limits(model, ball)
            limits[first : first + len(of_ball)] = of_ball
            is_dof[first + len(of_ball) : first + 3] = False
        ball_dofs = (columns[balls, None] + range(3)).flatten()
        ball_qpos = (model.jnt_qposadr[balls, None] + range(4)).flatten()
        in_place = np.argsort(np.concatenate((columns[hinges], ball_dofs)))

        def tensor(index: np.ndarray) -> Tensor:
            return torch.from_numpy(index).long().to(device)

        self._has_balls = len(balls) > 0
        self._axes = torch.from_numpy(axes).float().to(device)
        """Of each ball joint, one a row ``[balls, 3, 3]``."""
        self._hinge_qpos, self._hinge_dofs = tensor(model.jnt_qposadr[hinges]), tensor(columns[hinges])
        self._ball_qpos, self._ball_dofs = tensor(ball_qpos), tensor(ball_dofs)
        self._in_place, self._only_dofs = tensor(in_place), tensor(in_place[is_dof])
        """Where each of the block's DOFs is found among its hinges' and then its ball joints'; some balls have two."""
        self._spread_from = tensor(np.where(is_dof, np.cumsum(is_dof) - 1, is_dof.sum()))
        """Where each is found among the DOFs that count, followed by a zero."""
        self.limits = torch.from_numpy(limits[is_dof]).float().to(device)
        """Lower and upper limit ``[num_dofs, 2]`` [rad or m]."""

    def positions(self, qpos: Tensor) -> Tensor:
        """Positions of all DOFs ``[N, num_dofs]`` [rad or m].

        Args:
            qpos: Of the whole model ``[N, nq]``.
        """
        if not self._has_balls:
            return qpos[:, self._block.dof_pos]
        vectors = rotation_vector(qpos.index_select(1, self._ball_qpos).unflatten(1, (-1, 4)))
        return self._joined(qpos.index_select(1, self._hinge_qpos), _along(self._axes, vectors), self._only_dofs)

    def velocities(self, qvel: Tensor) -> Tensor:
        """Velocities of all DOFs, or forces on them, ``[N, num_dofs]``.

        Args:
            qvel: Generalised velocities or forces of the whole model ``[N, nv]``.
        """
        velocities = qvel[:, self._block.dof_vel]
        if not self._has_balls:
            return velocities
        of_balls = _along(self._axes, self._vectors(velocities))
        return self._joined(velocities.index_select(1, self._hinge_dofs), of_balls, self._only_dofs)

    def write(self, positions: Tensor, velocities: Tensor, qpos: Tensor, qvel: Tensor) -> None:
        """Writes positions and velocities of all DOFs into a model's.

        Args:
            positions: ``[N, num_dofs]`` [rad or m].
            velocities: ``[N, num_dofs]`` [rad/s or m/s].
            qpos: Where to, ``[N, nq]``.
            qvel: Where to, ``[N, nv]``.
        """
        self.write_forces(velocities, qvel)
        if not self._has_balls:
            qpos[:, self._block.dof_pos] = positions
            return
        hinges, vectors = self._spread(positions)
        qpos.index_copy_(1, self._hinge_qpos, hinges)
        qpos.index_copy_(1, self._ball_qpos, rotation_quat(vectors).flatten(1))

    def write_forces(self, forces: Tensor, qfrc: Tensor) -> None:
        """Writes forces on all DOFs ``[N, num_dofs]`` into generalised forces ``[N, nv]`` [N or N m]."""
        if self._has_balls:
            forces = self._joined(*self._spread(forces), self._in_place)
        qfrc[:, self._block.dof_vel] = forces

    def _spread(self, values: Tensor) -> tuple[Tensor, Tensor]:
        """The hinges' values ``[N, hinges]``, and the balls' as vectors in the child's frame ``[N, balls, 3]``."""
        spread = torch.nn.functional.pad(values, (0, 1)).index_select(1, self._spread_from)
        vectors = _along(self._axes.mT, self._vectors(spread))
        return spread.index_select(1, self._hinge_dofs), vectors

    def _vectors(self, values: Tensor) -> Tensor:
        """The three values of each ball joint ``[N, balls, 3]``, of those of the block's DOFs."""
        return values.index_select(1, self._ball_dofs).unflatten(1, (-1, 3))

    @staticmethod
    def _joined(hinges: Tensor, balls: Tensor, order: Tensor) -> Tensor:
        return torch.cat((hinges, balls.flatten(1)), dim=1).index_select(1, order)


def _along(axes: Tensor, vectors: Tensor) -> Tensor:
    """Components of vectors ``[N, balls, 3]`` along axes ``[balls, 3, 3]``.

    No matrix product: the rounding of that depends on N.
    """
    return (vectors.unsqueeze(2) * axes).sum(3)


def rotation_vector(quat: Tensor) -> Tensor:
    """The axis times the angle, at most π, of rotations ``[..., 4]``, wxyz: ``[..., 3]`` [rad]."""
    quat = torch.where(quat[..., :1] < 0.0, -quat, quat)
    sine = torch.linalg.vector_norm(quat[..., 1:], dim=-1, keepdim=True)
    scale = torch.where(sine > 1e-6, 2.0 * torch.atan2(sine, quat[..., :1]) / sine.clamp(min=1e-6), 2.0)
    return quat[..., 1:] * scale


def rotation_quat(vector: Tensor) -> Tensor:
    """The rotations, wxyz ``[..., 4]``, of rotation vectors ``[..., 3]`` [rad]."""
    angle = torch.linalg.vector_norm(vector, dim=-1, keepdim=True)
    return torch.cat((torch.cos(angle / 2.0), vector * torch.sinc(angle / (2.0 * torch.pi)) / 2.0), dim=-1)
