"""The env factory: the only place that builds environments."""

import random
from typing import Any

import numpy as np
import torch

from gymctl.devices import Backend, resolve
from gymctl.envs.vec_env import VecEnv
from gymctl.sim.mujoco_engine import MujocoSimulation
from gymctl.tasks import registry


def make(config: dict[str, Any], backend: Backend | None = None) -> VecEnv:
    """Builds the environment that a config describes, not yet reset.

    Args:
        config: The resolved config; see `gymctl.config.compose`.
        backend: Engine and devices, when they were resolved already.

    Raises:
        InputError: The task is unknown.
        BackendError: The device or engine can't be used here.
    """
    backend = backend or resolve(config)
    task_config = config["task"]
    task_class = registry.load(task_config["name"])
    sim = MujocoSimulation(
        task_class.build_model(task_config),
        task_config["env"]["numEnvs"],
        substeps=task_config["sim"]["substeps"],
        num_threads=config["num_threads"] or 0,
    )
    generator = torch.Generator(device=backend.sim_device).manual_seed(config["seed"])
    return VecEnv(task_class(task_config, sim, generator), sim, task_config, backend.rl_device)


def seed_everything(seed: int) -> None:
    """Seeds Python's, NumPy's and PyTorch's global generators; 0 is a seed like any other."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
