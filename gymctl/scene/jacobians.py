"""Jacobians and mass matrices of a robot as tensors, in Isaac Gym's layouts.

A free root has six columns before those of the joints: its linear and its angular velocity, in world axes. MuJoCo's
free joint has its angular velocity in body axes.
"""

from typing import Literal

import numpy as np
import torch
from torch import Tensor

from gymctl.scene.blocks import Block
from gymctl.sim.precision import full_precision
from gymctl.sim.simulation import Simulation

Point = Literal["frame", "com"]
"""A point of a body: the origin of its frame, or its centre of mass."""

_POSITIONS = {"frame": "xpos", "com": "xipos"}
_CROSS = ((1, 2, 0), (2, 0, 1), (0, 1, 2))
"""Components i, j, k of (a × b)ₖ = aᵢ bⱼ - aⱼ bᵢ."""


class Jacobian:
    """How velocities of a robot's root and joints move its links.

    Make it before the simulation's first step.

    Args:
        sim: The simulation.
        block: The robot.
        point: Which point of the links the linear rows are of; a free root's linear columns are of the same point.
        links: Which of the robot's bodies; all, if None, but for a root that can't move.
    """

    def __init__(self, sim: Simulation, block: Block, point: Point = "com", links: np.ndarray | None = None) -> None:
        columns = _columns(block)
        if links is None:
            links = block.bodies if sim.model.body_dofnum[block.root] else block.bodies[1:]
        moves = _moves(sim, links)[:, columns]
        self._block, self._is_free = block, block.free_joint is not None
        self._columns = columns
        self._cdof, self._com, self._points = (sim.output(name) for name in ("cdof", "subtree_com", _POSITIONS[point]))
        self._links = torch.from_numpy(links).to(sim.device)
        self._moves = torch.from_numpy(moves).to(sim.device, torch.float32)
        self.values = torch.zeros(sim.num_envs, len(links), 6, moves.shape[1], device=sim.device)
        """Rows: linear and angular velocity, world axes; float32 ``[num_envs, links, 6, DOFs]``."""

    def update(self) -> None:
        """Computes `values` from the simulation's outputs, after a step or a refresh."""
        com = self._com[:, self._block.root]
        arms = (self._points[:, self._links] - com[:, None]).float()
        motions = self._cdof[:, self._columns].float()
        if self._is_free:
            _put_root(motions, (com - self._points[:, self._block.root]).float())
        angular, linear = motions.transpose(1, 2).split(3, dim=1)
        for i, j, k in _CROSS:
            row = self.values[:, :, k]
            torch.addcmul(linear[:, None, k], angular[:, None, i], arms[..., j, None], out=row)
            row.addcmul_(angular[:, None, j], arms[..., i, None], value=-1.0)
        self.values[:, :, :3] *= self._moves[:, None]
        torch.mul(angular[:, None], self._moves[:, None], out=self.values[:, :, 3:])


class MassMatrix:
    """A robot's joint-space inertia.

    Make it before the simulation's first step.

    Args:
        sim: The simulation.
        block: The robot.
        point: Which point of a free root its linear velocity is of.
    """

    def __init__(self, sim: Simulation, block: Block, point: Point = "com") -> None:
        columns = _columns(block)
        self._is_free = block.free_joint is not None
        self._sparse = sim.output("M")
        entries, exists = _dense_entries(sim, columns)
        self._entries = torch.from_numpy(entries.flatten()).to(sim.device)
        self._exists = torch.from_numpy(exists).to(sim.device, torch.float32)
        self._root = block.root
        if self._is_free:
            self._frame, self._xmat, self._point = (sim.output(n) for n in ("xpos", "xmat", _POSITIONS[point]))
            self._to_joint = torch.eye(6, device=sim.device).repeat(sim.num_envs, 1, 1)
        self.values = torch.zeros(sim.num_envs, *exists.shape, device=sim.device)
        """Float32 ``[num_envs, DOFs, DOFs]``, with the joints' armature."""

    def update(self) -> None:
        """Computes `values` from the simulation's outputs, after a step or a refresh."""
        self.values.flatten(1).copy_(self._sparse.index_select(1, self._entries))
        self.values *= self._exists
        if not self._is_free:
            return
        arm = self._point[:, self._root] - self._frame[:, self._root]
        self._to_joint[:, :3, 3:] = _cross_matrix(arm)  # v_frame = v_point - ω × arm = v_point + arm × ω
        self._to_joint[:, 3:, 3:] = self._xmat[:, self._root].view(-1, 3, 3).transpose(1, 2)
        with full_precision():
            rows = self._to_joint.transpose(1, 2) @ self.values[:, :6]
            self.values[:, :6] = rows
            columns = self.values[:, :, :6] @ self._to_joint
            self.values[:, :, :6] = columns


def _columns(block: Block) -> slice:
    """The robot's velocities, those of a free root first, as MuJoCo keeps them."""
    return slice(block.root_qvel.start if block.free_joint is not None else block.dof_vel.start, block.dof_vel.stop)


def _moves(sim: Simulation, bodies: np.ndarray) -> np.ndarray:
    """Which velocities move which of the bodies, bool ``[bodies, nv]``."""
    model = sim.model
    moves = np.zeros((model.nbody, model.nv), bool)
    for body in range(1, model.nbody):
        first = model.body_dofadr[body]
        moves[body] = moves[model.body_parentid[body]]
        moves[body, first : first + model.body_dofnum[body]] = True
    return moves[bodies]


def _dense_entries(sim: Simulation, columns: slice) -> tuple[np.ndarray, np.ndarray]:
    """Where each entry of a square part of the mass matrix is in its sparse form, and which entries there are."""
    model = sim.model
    entries, exists = np.zeros((model.nv, model.nv), np.int64), np.zeros((model.nv, model.nv), bool)
    rows = np.repeat(np.arange(model.nv), model.M_rownnz)
    for one, other in ((rows, model.M_colind), (model.M_colind, rows)):
        entries[one, other], exists[one, other] = np.arange(model.nC), True
    return entries[columns, columns], exists[columns, columns]


def _put_root(motions: Tensor, arm: Tensor) -> None:
    """Replaces a free joint's motions by those of world axes, through a point of the root.

    Args:
        motions: Angular and linear motion of each DOF, at the tree's centre of mass ``[N, DOFs, 6]``.
        arm: From the point to the tree's centre of mass ``[N, 3]`` [m].
    """
    motions[:, :6] = torch.eye(6, device=motions.device).roll(3, 1)
    motions[:, 3:6, 3:] = _cross_matrix(arm)  # row i is eᵢ × arm


def _cross_matrix(arm: Tensor) -> Tensor:
    """The matrix of ``arm ×``, ``[N, 3, 3]``; its rows are ``eᵢ × arm``."""
    x, y, z = arm.unbind(1)
    zero = torch.zeros_like(x)
    return torch.stack((zero, -z, y, z, zero, -x, -y, x, zero), dim=1).view(-1, 3, 3)
