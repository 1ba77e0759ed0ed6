"""Accelerations that the engines share: their mean over timesteps, and what forces cause by themselves."""

import mujoco
import torch
from torch import Tensor


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

    L is sparse: beside its diagonal of ones, a row has an entry for each DOF above it in the tree. PyTorch's batched
    Cholesky takes ten times as long on a CPU.

    Args:
        model: The model.
        ld: ``qLD``, which holds L, and D in the place of its diagonal, live ``[num_envs, nC]``.
    """

    def __init__(self, model: mujoco.MjModel, ld: Tensor) -> None:
        self._ld = ld
        starts, counts = model.M_rowadr, model.M_rownnz
        self._diagonal = torch.from_numpy(starts + counts - 1).long()
        self._rows: list[tuple[int, Tensor, slice]] = []
        """Of each DOF with others above it: itself, those, and where its row's entries are."""
        for dof, (start, count) in enumerate(zip(starts.tolist(), (counts - 1).tolist(), strict=True)):
            if count:
                columns = torch.from_numpy(model.M_colind[start : start + count].copy()).long()
                self._rows.append((dof, columns, slice(start, start + count)))

    def solve(self, forces: Tensor) -> Tensor:
        """M⁻¹ forces."""
        ld, x = self._worlds_last(forces)
        for dof, columns, entries in reversed(self._rows):
            x.index_add_(0, columns, ld[entries] * x[dof], alpha=-1)
        x /= ld[self._diagonal]
        for dof, columns, entries in self._rows:
            x[dof] -= (ld[entries] * x[columns]).sum(0)
        return x.T

    def multiply(self, accelerations: Tensor) -> Tensor:
        """M accelerations."""
        ld, x = self._worlds_last(accelerations)
        for dof, columns, entries in reversed(self._rows):
            x[dof] += (ld[entries] * x[columns]).sum(0)
        x *= ld[self._diagonal]
        for dof, columns, entries in self._rows:
            x.index_add_(0, columns, ld[entries] * x[dof])
        return x.T

    def _worlds_last(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        """L and D, and a copy of vectors, with worlds last: operations then run over memory in a row."""
        copied = torch.empty(vectors.shape[::-1], dtype=self._ld.dtype)
        return self._ld.T.contiguous(), copied.copy_(vectors.T)
