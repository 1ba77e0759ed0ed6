"""The env factory: the only place that builds environments."""

import random

import numpy as np
import torch

from gymctl.config import randomization
from gymctl.config.config import Config
from gymctl.envs.randomization.randomizer import RandomizedVecEnv, Randomizer
from gymctl.envs.vec_env import VecEnv
from gymctl.sim import devices
from gymctl.sim.devices import Backend
from gymctl.sim.engines import create_simulation
from gymctl.sim.simulation import Simulation
from gymctl.tasks import registry

_RANDOMIZATION_STREAM = 0x5EED5EED
"""Sets the seed of domain randomisation apart from the task's, whose start states it leaves as they are."""


def resolve_backend(config: Config) -> Backend:
    """Returns the engine and devices that a config means on this machine, and makes its GPU the current one.

    Raises:
        BackendError: The device or engine can't be used here.
    """
    backend = devices.resolve(config.engine, config.sim_device, config.rl_device)
    devices.make_current(backend)
    return backend


def make(config: Config, backend: Backend | None = None) -> VecEnv:
    """Builds the environment that a config describes. It still has to be reset.

    Args:
        config: The resolved config; see `gymctl.config.compose`.
        backend: Engine and devices, if they are known already; None resolves them.

    Raises:
        InputError: The task is unknown or incomplete, it reads a key that the config lacks, or its model lacks what is
            to be randomised.
        BackendError: The device or engine can't be used here.
    """
    backend = backend or resolve_backend(config)
    task_config = config.task
    task_class = registry.load(task_config.name)
    sim = make_simulation(config, backend)
    generator = torch.Generator(device=backend.sim_device).manual_seed(config.seed)
    task = task_class(task_config, sim, generator)
    if not randomization.is_on(config.tree):
        return VecEnv(task, sim, task_config, backend.rl_device)
    own_generator = torch.Generator(device=backend.sim_device).manual_seed(config.seed ^ _RANDOMIZATION_STREAM)
    randomizer = Randomizer(
        randomization.parse(config.tree), sim, task.num_observations, task.num_actions, own_generator
    )
    return RandomizedVecEnv(task, sim, task_config, backend.rl_device, randomizer)


def make_simulation(config: Config, backend: Backend) -> Simulation:
    """Builds the worlds of the env that a config describes, without its task.

    Raises:
        InputError: As `make`.
        BackendError: The engine lacks something that the model has.
    """
    task = config.task
    room = task.sim.get("mujoco", {})
    return create_simulation(
        registry.load(task.name).build_model(task),
        config.num_envs,
        backend,
        substeps=task.substeps,
        num_threads=config.num_threads,
        nconmax=room.get("nconmax") or None,
        njmax=room.get("njmax") or None,
    )


def seed_everything(seed: int) -> None:
    """Seeds Python's, NumPy's and PyTorch's global generators; 0 is a seed like any other."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
