"""The env factory: the only place that builds environments."""

import random
from typing import Any

import mujoco
import numpy as np
import torch

from gymctl.config import randomization
from gymctl.config.sections import Section
from gymctl.devices import Backend, resolve
from gymctl.envs.randomization.randomizer import Randomizer
from gymctl.envs.randomization.vec_env import RandomizedVecEnv
from gymctl.envs.vec_env import VecEnv
from gymctl.sim.base import Simulation
from gymctl.sim.mujoco_engine import MujocoSimulation
from gymctl.tasks import registry

_RANDOMIZATION_STREAM = 0x5EED5EED
"""Sets the seed of domain randomisation apart from the task's, whose start states it leaves as they are."""


def make(config: dict[str, Any], backend: Backend | None = None) -> VecEnv:
    """Builds the environment that a config describes, not yet reset.

    Args:
        config: The resolved config; see `gymctl.config.compose`.
        backend: Engine and devices, when they were resolved already.

    Raises:
        InputError: The task is unknown or not complete, it reads a key that the config lacks, or its model hasn't got
            what is to be randomised.
        BackendError: The device or engine can't be used here.
    """
    backend = backend or resolve(config)
    task_config = Section(config["task"], "task")
    task_class = registry.load(task_config["name"])
    sim = _simulation(task_class.build_model(task_config), config, backend)
    generator = torch.Generator(device=backend.sim_device).manual_seed(config["seed"])
    task = task_class(task_config, sim, generator)
    if not randomization.is_on(config):
        return VecEnv(task, sim, task_config, backend.rl_device)
    own_generator = torch.Generator(device=backend.sim_device).manual_seed(config["seed"] ^ _RANDOMIZATION_STREAM)
    randomizer = Randomizer(randomization.parse(config), sim, task.num_observations, task.num_actions, own_generator)
    return RandomizedVecEnv(task, sim, task_config, backend.rl_device, randomizer)


def _simulation(model: mujoco.MjModel, config: dict[str, Any], backend: Backend) -> Simulation:
    num_envs, sim = config["task"]["env"]["numEnvs"], config["task"]["sim"]
    if backend.engine == "mujoco":
        return MujocoSimulation(model, num_envs, substeps=sim["substeps"], num_threads=config["num_threads"] or 0)

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
