"""The env factory: the only place that builds environments."""

import random

import mujoco
import numpy as np
import torch

from gymctl.config import randomization
from gymctl.config.config import Config
from gymctl.envs.randomization.randomizer import Randomizer
from gymctl.envs.randomization.vec_env import RandomizedVecEnv
from gymctl.envs.vec_env import VecEnv
from gymctl.sim.devices import Backend, resolve
from gymctl.sim.mujoco_engine import MujocoSimulation
from gymctl.sim.simulation import Simulation
from gymctl.tasks import registry

_RANDOMIZATION_STREAM = 0x5EED5EED
"""Sets the seed of domain randomisation apart from the task's, whose start states it leaves as they are."""


def make(config: Config, backend: Backend | None = None) -> VecEnv:
    """Builds the environment that a config describes, not yet reset.

    Args:
        config: The resolved config; see `gymctl.config.compose`.
        backend: Engine and devices, when they were resolved already.

    Raises:
        InputError: The task is unknown or not complete, it reads a key that the config lacks, or its model hasn't got
            what is to be randomised.
        BackendError: The device or engine can't be used here.
    """
    backend = backend or resolve_backend(config)
    task_config = config.task
    task_class = registry.load(task_config.name)
    sim = _simulation(task_class.build_model(task_config), config, backend)
    generator = torch.Generator(device=backend.sim_device).manual_seed(config.seed)
    task = task_class(task_config, sim, generator)
    if not randomization.is_on(config.tree):
        return VecEnv(task, sim, task_config, backend.rl_device)
    own_generator = torch.Generator(device=backend.sim_device).manual_seed(config.seed ^ _RANDOMIZATION_STREAM)
    randomizer = Randomizer(
        randomization.parse(config.tree), sim, task.num_observations, task.num_actions, own_generator
    )
    return RandomizedVecEnv(task, sim, task_config, backend.rl_device, randomizer)


def resolve_backend(config: Config) -> Backend:
    """The engine and devices that a config means on this machine; see `gymctl.sim.devices.resolve`."""
    return resolve(config.engine, config.sim_device, config.rl_device)


def _simulation(model: mujoco.MjModel, config: Config, backend: Backend) -> Simulation:
    num_envs, sim = config.num_envs, config.task.sim
    if backend.engine == "mujoco":
        return MujocoSimulation(model, num_envs, substeps=sim["substeps"], num_threads=config.num_threads)

    from gymctl.sim.warp_engine import WarpSimulation  # an optional dependency

    room = sim.get("mujoco", {})
    return WarpSimulation(
        model,
        num_envs,
        device=backend.sim_device,
        substeps=sim["substeps"],
        nconmax=room.get("nconmax") or None,
        njmax=room.get("njmax") or None,
    )


def seed_everything(seed: int) -> None:
    """Seeds Python's, NumPy's and PyTorch's global generators; 0 is a seed like any other."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
