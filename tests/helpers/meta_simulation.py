"""A simulation whose tensors have shapes but no values, to prove without a GPU that nothing waits for one.

On PyTorch's ``meta`` device, whatever needs a value on the host (``item``, ``if tensor``, ``nonzero``, a boolean index)
raises, and so does a tensor that was left on the CPU.
"""

import mujoco
import numpy as np
import torch
from typing_extensions import override

from gymctl.sim.fields import STATE_FIELDS
from gymctl.sim.simulation import EnvIds, Simulation

DEVICE = torch.device("meta")


class MetaGenerator(torch.Generator):
    """A generator of numbers without values."""

    device = DEVICE


class MetaInertia:
    """The joint-space inertia of worlds without values."""

    def solve(self, forces):
        return torch.empty_like(forces)

    def multiply(self, accelerations):
        return torch.empty_like(accelerations)


class MetaSimulation(Simulation):
    """Worlds without values, chosen by masks as on a GPU."""

    prefers_masks = True
    dtype = torch.float32
    device = DEVICE

    def __init__(self, model, num_envs, substeps=1):
        self.model, self.num_envs, self.substeps = model, num_envs, substeps
        self._data = mujoco.MjData(model)
        self._expanded = {}
        for name in STATE_FIELDS:
            setattr(self, name, self._like(getattr(self._data, name)))

    def _like(self, field):
        kind = torch.float32 if np.asarray(field).dtype.kind == "f" else torch.int32
        return torch.zeros((self.num_envs, *np.shape(field)), dtype=kind, device=self.device)

    @override
    def output(self, name, *, fresh=True):
        return self._like(getattr(self._data, name))

    @override
    def mean_qacc(self, timesteps):
        return torch.zeros_like(self.qvel)

    @override
    def inertia(self):
        return MetaInertia()

    @override
    def step(self, physics_steps=1):
        pass

    @override
    def refresh(self, ids=None):
        pass

    @override
    def reset(self, ids=None):
        pass

    @override
    def take_diverged(self):
        return torch.zeros(self.num_envs, dtype=torch.bool, device=self.device)

    @override
    def expand(self, name):
        owner, attribute = (self.model.opt, name[4:]) if name.startswith("opt.") else (self.model, name)
        return self._expanded.setdefault(name, self._like(getattr(owner, attribute)))

    @override
    def expanded(self, name):
        return self._expanded.get(name)

    @override
    def set_const(self, ids: EnvIds | None = None):
        pass

    @override
    def state_tensors(self):
        return {name: getattr(self, name) for name in STATE_FIELDS} | self._expanded

    @override
    def get_model(self, env):
        return self.model

    @override
    def get_data(self, env):
        return self._data

    @override
    def close(self):
        pass
