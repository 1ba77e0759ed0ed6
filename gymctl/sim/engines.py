"""Making a simulation on the engine and device that were chosen."""

from collections.abc import Sequence

import mujoco
import numpy as np

from gymctl.sim.devices import Backend
from gymctl.sim.kinds import spread_kinds
from gymctl.sim.mujoco_engine import MujocoSimulation
from gymctl.sim.simulation import Simulation


def create_simulation(
    models: mujoco.MjModel | Sequence[mujoco.MjModel],
    num_envs: int,
    backend: Backend,
    *,
    substeps: int,
    num_threads: int = 0,
    nconmax: int | None = None,
    njmax: int | None = None,
    kinds: np.ndarray | None = None,
) -> Simulation:
    """Makes ``num_envs`` worlds of a model, or of several models of one layout.

    Args:
        models: The compiled model, or several.
        num_envs: Number of worlds.
        backend: The engine, and the device to simulate on.
        substeps: Timesteps in a physics step.
        num_threads: Threads of the engine mujoco; 0 for all cores that this process may use.
        nconmax: Contacts that mujoco_warp has room for in a world, on average; None measures the model.
        njmax: Rows of constraints that mujoco_warp has room for in each world; None measures the model.
        kinds: Of each world which of several models it is of ``[num_envs]``.

    Raises:
        BackendError: The engine lacks something that the model has, or several models differ in what it can't have
            differ between worlds.
    """
    models = [models] if isinstance(models, mujoco.MjModel) else models
    sim = _create(models[0], num_envs, backend, substeps, num_threads, nconmax, njmax)
    if len(models) > 1:
        assert kinds is not None
        spread_kinds(sim, models, kinds)
    return sim


def _create(
    model: mujoco.MjModel,
    num_envs: int,
    backend: Backend,
    substeps: int,
    num_threads: int,
    nconmax: int | None,
    njmax: int | None,
) -> Simulation:
    if backend.engine == "mujoco":
        return MujocoSimulation(model, num_envs, substeps=substeps, num_threads=num_threads)

    from gymctl.sim.warp_engine import WarpSimulation  # an optional dependency

    return WarpSimulation(model, num_envs, device=backend.sim_device, substeps=substeps, nconmax=nconmax, njmax=njmax)
