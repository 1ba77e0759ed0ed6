"""The CPU engine: MuJoCo's own batched stepping on a thread pool."""

import logging
import os

import mujoco
import numpy as np
import torch
from mujoco.batch import Batch, SimulationError
from torch import Tensor

from gymctl.sim.fields import INTEGRATION_FIELDS, STATE_FIELDS, describes_state, describing_substep
from gymctl.sim.rows import assign
from gymctl.sim.simulation import EnvIds

_DIVERGED = slice(mujoco.mjtWarning.mjWARN_BADQPOS.value, mujoco.mjtWarning.mjWARN_BADCTRL.value + 1)
"""Warnings of non-finite qpos, qvel, qacc and ctrl."""
_log = logging.getLogger(__name__)


def available_cores() -> int:
    """Cores that this process may use; MuJoCo's own default ignores affinity and container limits."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class MujocoSimulation:
    """Worlds on ``mujoco.batch.Batch``; see `gymctl.sim.simulation.Simulation` for the contract.

    State rows are float64, seen through torch without a copy. Results are the same at any number of threads.

    Args:
        model: The compiled model; its ``opt.timestep`` is one substep.
        num_envs: Number of worlds.
        substeps: Timesteps in one `step`.
        num_threads: Worker threads, 0 for all cores that this process may use.
    """

    device = torch.device("cpu")
    dtype = torch.float64
    prefers_masks = False

    qpos: Tensor
    qvel: Tensor
    act: Tensor
    ctrl: Tensor
    qfrc_applied: Tensor
    xfrc_applied: Tensor
    mocap_pos: Tensor
    mocap_quat: Tensor
    eq_active: Tensor

    def __init__(self, model: mujoco.MjModel, num_envs: int, *, substeps: int = 1, num_threads: int = 0) -> None:
        self.model = model
        self.num_envs = num_envs
        self.substeps = substeps
        mujoco.set_mju_user_warning(_log.debug)  # otherwise MuJoCo writes MUJOCO_LOG.TXT into the working directory
        self._batch = Batch(model, num_envs, min(num_threads or available_cores(), num_envs))
        self._batch.reset(stage=mujoco.mjtStage.mjSTAGE_NONE.value)
        for name in STATE_FIELDS:
            setattr(self, name, torch.from_numpy(self._batch.bind(name)))
        self._outputs: dict[str, Tensor] = {}
        self._of_substep: list[Tensor] = []
        self._expanded: dict[str, Tensor] = {}
        self._stage = mujoco.mjtStage.mjSTAGE_NONE.value
        self._failed = np.zeros(num_envs, bool)
        self._everyone = torch.ones(num_envs, dtype=torch.bool)

    @property
    def num_threads(self) -> int:
        """Worker threads, the calling one included."""
        return self._batch.nthread

    def output(self, name: str) -> Tensor:
        """Registers a derived field; see the protocol.

        Fields and sensors that belong to the acceleration stage (forces) hold the values of the last substep. Those of
        the position and velocity stages are computed anew at the end of every `step`, which costs about a third of a
        substep.

        Raises:
            ValueError: MuJoCo has no such field.
        """
        if name not in self._outputs:
            array = self._batch.bind(name)
            array.flags.writeable = True  # torch refuses to share a read-only array
            self._outputs[name] = torch.from_numpy(array)
            array.flags.writeable = False
            self._of_substep += [self._outputs[name][:, part] for part in describing_substep(self.model, name)]
            if describes_state(self.model, name):
                self._stage = mujoco.mjtStage.mjSTAGE_VEL.value
        return self._outputs[name]

    def step(self) -> None:
        """Advances all worlds; a world in which MuJoCo raises an error counts as diverged."""
        try:
            self._batch.step(nstep=self.substeps, stage=self._stage)
        except SimulationError as error:
            self._failed[error.ids] = True
            self._batch.reset(np.asarray(error.ids), stage=mujoco.mjtStage.mjSTAGE_NONE.value)

    def refresh(self, ids: EnvIds | None = None) -> None:
        """Computes the position and velocity stages of the given worlds, if an output is of those; see the protocol."""
        if self._stage != mujoco.mjtStage.mjSTAGE_NONE.value:
            self._batch.forward(_numpy(ids), stage=self._stage)
        for field in self._of_substep:
            assign(field, 0.0, self._everyone if ids is None else ids)

    def reset(self, ids: EnvIds | None = None) -> None:
        """Puts worlds back to ``qpos0``; see the protocol."""
        self._batch.reset(_numpy(ids), stage=mujoco.mjtStage.mjSTAGE_NONE.value)

    def put(self, name: str, value: Tensor, ids: EnvIds) -> None:
        """Writes rows of a state field; see the protocol."""
        assign(getattr(self, name), value, ids)

    def take_diverged(self) -> Tensor:
        """Tells which worlds went non-finite; MuJoCo has reset them already."""
        warning = self._batch.warning
        counts = warning[:, _DIVERGED, 1]
        if not counts.any() and not self._failed.any():
            return torch.zeros(self.num_envs, dtype=torch.bool)
        diverged = counts.any(1) | self._failed
        warning[diverged] = 0  # MuJoCo's own reset sets a counter to 1, however often it happens
        self._failed[:] = False
        return torch.from_numpy(diverged)

    def expand(self, name: str) -> Tensor:
        """Gives a model field a value per world; see the protocol."""
        self._expanded[name] = torch.from_numpy(self._batch.expand(name))
        return self._expanded[name]

    def set_const(self, ids: EnvIds | None = None) -> None:
        """Runs ``mj_setConst`` on the given worlds."""
        self._batch.set_const(_numpy(ids))

    def state_tensors(self) -> dict[str, Tensor]:
        """Everything that decides the worlds' future; see the protocol."""
        return {name: torch.from_numpy(self._batch.bind(name)) for name in INTEGRATION_FIELDS} | self._expanded

    def get_model(self, env: int) -> mujoco.MjModel:
        """A copy of one world's model."""
        return self._batch.get_model(env)

    def get_data(self, env: int) -> mujoco.MjData:
        """A copy of one world's state."""
        return self._batch.get_data(env)

    def close(self) -> None:
        """Stops the threads and frees the worlds."""
        for name in STATE_FIELDS:
            delattr(self, name)
        self._outputs.clear()
        self._of_substep.clear()
        self._expanded.clear()
        del self._batch


def _numpy(ids: EnvIds | None) -> np.ndarray | None:
    return None if ids is None else ids.numpy()
