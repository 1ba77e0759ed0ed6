"""Making a simulation on the engine and device that were chosen."""

from numpy.typing import ArrayLike

from gymctl.sim.devices import Backend
from gymctl.sim.kinds import Models
from gymctl.sim.mujoco_engine import MujocoSimulation
from gymctl.sim.simulation import Simulation


def create_simulation(
    models: Models,
    num_envs: int,
    backend: Backend,
    *,
    kinds: ArrayLike | None = None,
    substeps: int,
    num_threads: int = 0,
    nconmax: int | None = None,
    njmax: int | None = None,
) -> Simulation:
    """Makes ``num_envs`` worlds of a model, or of several models that have one layout.

    ``create_simulation([cup, bowl], 3, backend, kinds=[0, 1, 1], substeps=2)`` makes one world with a cup and two with
    a bowl. Each behaves to the last bit as in a simulation of its model alone. The models may differ in all numbers, as
    masses, sizes, gains and ``qpos0``, and in which of their meshes and height fields a geom shows; not in structure.

    Args:
        models: The compiled model, or several.
        num_envs: Number of worlds.
        backend: The engine, and the device to simulate on.
        kinds: Index of each world's model ``[num_envs]``; needed for several.
        substeps: Timesteps in a physics step.
        num_threads: Threads of the engine mujoco; 0 for all cores that this process may use.
        nconmax: Contacts that mujoco_warp has room for in a world, on average; None measures the model.
        njmax: Rows of constraints that mujoco_warp has room for in each world; None measures the model.

    Raises:
        BackendError: The engine lacks something that the model has.
        InputError: The models have no common layout, or the engine can't have them differ as they do.
    """
    if backend.engine == "mujoco":
        return MujocoSimulation(models, num_envs, kinds=kinds, substeps=substeps, num_threads=num_threads)

    from gymctl.sim.warp_engine import WarpSimulation  # an optional dependency

    return WarpSimulation(
        models,
        num_envs,
        kinds=kinds,
        device=backend.sim_device,
        substeps=substeps,
        nconmax=nconmax,
        njmax=njmax,
    )
