"""The CPU engine: MuJoCo's own batched stepping on a thread pool."""

import copy

import mujoco
import numpy as np
import torch
from mujoco.batch import MODEL_FIELDS, Batch, SimulationError
from numpy.typing import ArrayLike
from torch import Tensor
from typing_extensions import override

from gymctl.sim.devices import available_cores
from gymctl.sim.dynamics import FactorisedInertia, MeanAcceleration
from gymctl.sim.fields import INTEGRATION_FIELDS, STATE_FIELDS, describes_state, describing_timestep
from gymctl.sim.kinds import Models, assign_kinds, unlike, write
from gymctl.sim.rows import assign
from gymctl.sim.simulation import EnvIds, Simulation

_DIVERGED = slice(mujoco.mjtWarning.mjWARN_BADQPOS.value, mujoco.mjtWarning.mjWARN_BADCTRL.value + 1)
"""Warnings of non-finite qpos, qvel, qacc and ctrl."""


class MujocoSimulation(Simulation):
    """Worlds on ``mujoco.batch.Batch``.

    State rows are float64, seen through torch without a copy. Results are the same at any number of threads.

    Args:
        models: The compiled model, or several of one layout.
        num_envs: Number of worlds.
        kinds: Index of each world's model ``[num_envs]``; needed for several.
        substeps: Timesteps in a physics step.
        num_threads: Worker threads, 0 for all cores that this process may use.

    Raises:
        InputError: The models have no common layout.
    """

    device = torch.device("cpu")
    dtype = torch.float64
    prefers_masks = False

    def __init__(
        self,
        models: Models,
        num_envs: int,
        *,
        kinds: ArrayLike | None = None,
        substeps: int = 1,
        num_threads: int = 0,
    ) -> None:
        self.kinds = assign_kinds(models, num_envs, kinds)
        self.model = model = self.kinds.models[0]
        self._kind = torch.from_numpy(self.kinds.of_env)
        self.num_envs = num_envs
        self.substeps = substeps
        self._batch = Batch(model, num_envs, min(num_threads or available_cores(), num_envs))
        for name in STATE_FIELDS:
            setattr(self, name, torch.from_numpy(self._batch.bind(name)))
        self._outputs: dict[str, Tensor] = {}
        self._of_timestep: list[Tensor] = []
        self._mean_qacc: MeanAcceleration | None = None
        self._inertia: FactorisedInertia | None = None
        self._expanded: dict[str, Tensor] = {}
        self._stage = mujoco.mjtStage.mjSTAGE_NONE.value
        self._failed = np.zeros(num_envs, bool)
        self._everyone = torch.ones(num_envs, dtype=torch.bool)
        for name in self.kinds.differing():
            if name not in MODEL_FIELDS:
                raise unlike(name, self.kinds)
            self.expand(name)
        self._batch.reset(None, stage=mujoco.mjtStage.mjSTAGE_NONE.value)
        self._starts = [(field, field[0].clone()) for field in self.state_tensors().values() if field[0].numel()]

    @property
    def num_threads(self) -> int:
        """Worker threads, the calling one included."""
        return self._batch.nthread

    @override
    def output(self, name: str, *, fresh: bool = True) -> Tensor:
        """A fresh field of the position or velocity stage costs about a third of a timestep in every `step`."""
        if name not in self._outputs:
            array = self._batch.bind(name)
            array.flags.writeable = True  # torch refuses to share a read-only array
            self._outputs[name] = torch.from_numpy(array)
            array.flags.writeable = False
            self._of_timestep += [self._outputs[name][:, part] for part in describing_timestep(self.model, name)]
        if fresh and describes_state(self.model, name):
            self._stage = mujoco.mjtStage.mjSTAGE_VEL.value
        return self._outputs[name]

    @override
    def mean_qacc(self, timesteps: int) -> Tensor:
        if self._mean_qacc is None:
            self._mean_qacc = MeanAcceleration(self.qvel, timesteps, self.model.opt.timestep)
            self._of_timestep.append(self._mean_qacc.value)
        return self._mean_qacc.of(timesteps)

    @override
    def inertia(self) -> FactorisedInertia:
        self._inertia = self._inertia or FactorisedInertia(self.model, self.output("qLD", fresh=False))
        return self._inertia

    @override
    def step(self, physics_steps: int = 1) -> None:
        """A world in which MuJoCo raises an error counts as diverged."""
        timesteps = physics_steps * self.substeps
        if self._inertia is not None:
            self._inertia.forget()
        if self._mean_qacc is None:
            self._advance(timesteps, self._stage)
            return
        if (before := timesteps - self._mean_qacc.timesteps) > 0:
            self._advance(before, mujoco.mjtStage.mjSTAGE_NONE.value)
        self._mean_qacc.begin()
        self._advance(timesteps - before, self._stage)
        self._mean_qacc.end()

    def _advance(self, timesteps: int, stage: int) -> None:
        try:
            self._batch.step(nstep=timesteps, stage=stage)
        except SimulationError as error:
            self._failed[error.ids] = True
            self._batch.reset(np.asarray(error.ids), stage=mujoco.mjtStage.mjSTAGE_NONE.value)

    @override
    def refresh(self, ids: EnvIds | None = None) -> None:
        if self._stage != mujoco.mjtStage.mjSTAGE_NONE.value:
            self._batch.forward(_numpy(ids), stage=self._stage)
            if self._inertia is not None:
                self._inertia.forget()
        for field in self._of_timestep:
            assign(field, 0.0, self._everyone if ids is None else ids)

    @override
    def reset(self, ids: EnvIds | None = None) -> None:
        """Where worlds share their model, only what MuJoCo carries on is written: its own reset clears far more."""
        if ids is None or self._expanded:
            self._batch.reset(_numpy(ids), stage=mujoco.mjtStage.mjSTAGE_NONE.value)
            return
        for field, start in self._starts:
            field[ids] = start

    @override
    def take_diverged(self) -> Tensor:
        warning = self._batch.warning  # MuJoCo has reset these worlds already
        counts = warning[:, _DIVERGED, 1]
        if not counts.any() and not self._failed.any():
            return torch.zeros(self.num_envs, dtype=torch.bool)
        diverged = counts.any(1) | self._failed
        warning[diverged] = 0  # MuJoCo's own reset sets a counter to 1, however often it happens
        self._failed[:] = False
        return torch.from_numpy(diverged)

    @override
    def expand(self, name: str) -> Tensor:
        if name not in self._expanded:
            self._expanded[name] = torch.from_numpy(self._batch.expand(name))
            if (values := self.kinds.values(name)) is not None:
                torch.index_select(torch.from_numpy(values), 0, self._kind, out=self._expanded[name])
        return self._expanded[name]

    @override
    def expanded(self, name: str) -> Tensor | None:
        return self._expanded.get(name)

    @override
    def set_const(self, ids: EnvIds | None = None) -> None:
        self._batch.set_const(_numpy(ids))

    @override
    def state_tensors(self) -> dict[str, Tensor]:
        return {name: torch.from_numpy(self._batch.bind(name)) for name in INTEGRATION_FIELDS} | self._expanded

    @override
    def get_model(self, env: int) -> mujoco.MjModel:
        if len(self.kinds.models) == 1:
            return self._batch.get_model(env)
        model = copy.copy(self.kinds.model_of(env))
        for name in MODEL_FIELDS:
            if (rows := self._batch.expanded(name)) is not None:
                write(model, name, rows[env])
        return model

    @override
    def get_data(self, env: int) -> mujoco.MjData:
        return self._batch.get_data(env)

    @override
    def close(self) -> None:
        for name in STATE_FIELDS:
            delattr(self, name)
        self._outputs.clear()
        self._of_timestep.clear()
        self._starts.clear()
        self._expanded.clear()
        self._mean_qacc = self._inertia = None
        del self._batch


def _numpy(ids: EnvIds | None) -> np.ndarray | None:
    return None if ids is None else ids.numpy()
