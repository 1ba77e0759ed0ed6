"""Accelerations that the engines share: their mean over timesteps, and what forces cause by themselves."""

from typing import NamedTuple

import mujoco
import numpy as np
import torch
from torch import Tensor

from gymctl.sim.worlds_last import WorldsLast


class MeanAcceleration:
    """The change of velocities over some timesteps, by the time they take.

    Args:
        qvel: Generalised velocities, live ``[num_envs, nv]``.
        timesteps: Over how many.
        timestep: Length of one [s].
    """

    def __init__(self, qvel: Tensor, timesteps: int, timestep: float) -> None:
        self.timesteps = timesteps
        self.value = torch.zeros_like(qvel, memory_format=torch.contiguous_format)
        """``[num_envs, nv]`` [m/s^2 or rad/s^2]."""
        self.before = torch.zeros_like(self.value)
        """Velocities when the timesteps began ``[num_envs, nv]``."""
        self._qvel = qvel
        self._time = timesteps * timestep

    def of(self, timesteps: int) -> Tensor:
        """The value, for another one who asks.

        Raises:
            ValueError: It is over another number of timesteps.
        """
        if timesteps != self.timesteps:
            raise ValueError(f"accelerations are meant over {self.timesteps} timesteps already, not {timesteps}")
        return self.value

    def begin(self) -> None:
        """Notes the velocities."""
        self.before.copy_(self._qvel)

    def end(self) -> None:
        """Computes the value."""
        torch.sub(self._qvel, self.before, out=self.value)
        self.value /= self._time


class FactorisedInertia:
    """MuJoCo's factorised inertia of many worlds, M = Lᵀ D L; see `gymctl.sim.simulation.Inertia`.

    L is sparse: beside its diagonal of ones, a row has an entry for each DOF above it in the tree. MuJoCo numbers a
    tree's DOFs depth first, so a limb's DOFs and all below them are in one full block of L. PyTorch's batched Cholesky
    takes ten times as long on a CPU.

    It is computed in single precision, as on the other engine, for moving the factors through the caches is what takes
    time. Worlds are last: operations then run over memory in a row.

    Args:
        model: The model.
        ld: ``qLD``, which holds L, and D in the place of its diagonal, live ``[num_envs, nC]``.
    """

    def __init__(self, model: mujoco.MjModel, ld: Tensor) -> None:
        places = np.full((model.nv, model.nv), -1)
        rows = np.repeat(np.arange(model.nv), model.M_rownnz)
        places[rows, model.M_colind] = np.arange(model.nC)
        limbs = _limbs(places >= 0)
        parts = [places.diagonal(), *(places[limb.first : limb.end, limb.first : limb.last].ravel() for limb in limbs)]
        self._places = torch.from_numpy(np.concatenate(parts)).clamp(min=0)  # nobody reads what is right of a diagonal
        self._ld = WorldsLast(ld)
        self._factors = torch.zeros(len(self._places), ld.shape[0])
        self._known = False
        self._x = torch.zeros(model.nv, ld.shape[0])
        self._d, *blocks = self._factors.split([len(part) for part in parts])
        self._to_above, self._to_below = list[_Term](), list[_Term]()
        """What Lᵀ and L add to their diagonals, in the orders in which to solve."""
        for limb, block in zip(limbs, blocks, strict=True):
            terms = _terms(block.unflatten(0, (-1, limb.last - limb.first)), self._x[limb.first : limb.end])
            self._to_above[:0], self._to_below[len(self._to_below) :] = terms

    def solve(self, forces: Tensor) -> Tensor:
        """M⁻¹ forces; the next call overwrites the result."""
        self._begin(forces)
        for term in self._to_above:
            term.add(-1)
        self._x /= self._d
        for term in self._to_below:
            term.add(-1)
        return self._x.T

    def multiply(self, accelerations: Tensor) -> Tensor:
        """M accelerations; the next call overwrites the result."""
        self._begin(accelerations)
        for term in reversed(self._to_below):
            term.add(1)
        self._x *= self._d
        for term in reversed(self._to_above):
            term.add(1)
        return self._x.T

    def forget(self) -> None:
        """Needed when ``qLD`` has changed."""
        self._known = False

    def _begin(self, vectors: Tensor) -> None:
        if not self._known:
            torch.index_select(self._ld.read(), 0, self._places, out=self._factors)
            self._known = True
        self._x.copy_(vectors.T)


class _Limb(NamedTuple):
    """DOFs in a row, from `first` up to `last`, each below the one before; all that hangs on the last, up to `end`."""

    first: int
    last: int
    end: int


def _limbs(below: np.ndarray) -> list[_Limb]:
    """A tree's limbs, roots first.

    Args:
        below: Whether a DOF is another one or below it ``[nv, nv]``.
    """
    dofs = range(len(below))
    ends = [int(np.flatnonzero(below[:, dof])[-1]) + 1 for dof in dofs]
    starts = [dof for dof in dofs if dof == 0 or not below[dof, dof - 1] or ends[dof] < ends[dof - 1]]
    return [_Limb(first, last, ends[first]) for first, last in zip(starts, [*starts[1:], len(below)], strict=True)]


class _Term(NamedTuple):
    """Products that are added to some DOFs' numbers, summed over a dimension where there is one."""

    target: Tensor
    one: Tensor
    other: Tensor
    dim: int | None = None

    def add(self, sign: int) -> None:
        if self.dim is None:
            self.target.addcmul_(self.one, self.other, value=sign)
        else:
            self.target.add_((self.one * self.other).sum(self.dim), alpha=sign)


def _terms(block: Tensor, x: Tensor) -> tuple[list[_Term], list[_Term]]:
    """What a limb's columns of Lᵀ and of L add to their diagonals, in the orders in which to solve.

    Args:
        block: Entries of L ``[rows, dofs, N]``, from the limb's first DOF to the last below it.
        x: Numbers of these DOFs ``[rows, N]``.
    """
    dofs = block.shape[1]
    own, below = x[:dofs], x[dofs:]
    to_above = [_Term(own[:dof], block[dof, :dof], own[dof]) for dof in range(dofs - 1, 0, -1)]
    to_below = [_Term(own[dof + 1 :], block[dof + 1 : dofs, dof], own[dof]) for dof in range(dofs - 1)]
    if len(below):
        to_above.insert(0, _Term(own, block[dofs:], below[:, None], 0))
        to_below.append(_Term(below, block[dofs:], own, 1))
    return to_above, to_below
