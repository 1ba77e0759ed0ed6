"""Making a simulation on the engine and device that were chosen."""

import mujoco

from gymctl.sim.devices import Backend
from gymctl.sim.mujoco_engine import MujocoSimulation
from gymctl.sim.simulation import Simulation


def create_simulation(
    model: mujoco.MjModel,
    num_envs: int,
    backend: Backend,
    *,
    substeps: int,
    num_threads: int = 0,
    nconmax: int | None = None,
    njmax: int | None = None,
) -> Simulation:
    """Makes ``num_envs`` worlds of a model.

    Args:
        model: The compiled model.
        num_envs: Number of worlds.
        backend: The engine, and the device to simulate on.
        substeps: Timesteps in a physics step.
        num_threads: Threads of the engine mujoco; 0 for all cores that this process may use.
        nconmax: Contacts that mujoco_warp has room for in a world, on average; None measures the model.
        njmax: Rows of constraints that mujoco_warp has room for in each world; None measures the model.

    Raises:
        BackendError: The engine lacks something that the model has.
    """
    if backend.engine == "mujoco":
        return MujocoSimulation(model, num_envs, substeps=substeps, num_threads=num_threads)

    from gymctl.sim.warp_engine import WarpSimulation  # an optional dependency

    return WarpSimulation(model, num_envs, device=backend.sim_device, substeps=substeps, nconmax=nconmax, njmax=njmax)
