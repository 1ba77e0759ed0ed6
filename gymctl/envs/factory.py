"""The env factory: the only place that builds environments."""

import random
from typing import Any

import mujoco
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
from gymctl.tasks.base import Task
from gymctl.tasks.user_code import TaskError, telling_where

_ENVS_TO_MEASURE = 12
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
    if registry.is_in_isaacgym_style(task_config.name):
        from gymctl.envs.isaacgym_env import IsaacGymVecEnv

        return IsaacGymVecEnv(config, backend)
    task_class = registry.load(task_config.name)
    sim = make_simulation(config, backend)
    generator = torch.Generator(device=backend.sim_device).manual_seed(config.seed)
    with telling_where(task_class, "__init__"):
        task = task_class(task_config, sim, generator)
    _check_built(task)
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
    task_class = registry.load(task.name)
    with telling_where(task_class, "build_model"):
        model = task_class.build_model(task)
    if not isinstance(model, mujoco.MjModel):
        raise TaskError(
            f"{task_class.__name__}.build_model gives a {type(model).__name__}, not a mujoco.MjModel",
            "return what MjSpec.compile() gives",
        )
    room = _room(config) if backend.engine == "mujoco_warp" else {}
    sim = create_simulation(
        model,
        config.num_envs,
        backend,
        substeps=task.substeps,
        num_threads=config.num_threads,
        nconmax=room.get("nconmax"),
        njmax=room.get("njmax"),
    )
    if not task.sim.get("mujoco", {}).get("recorded", True):
        sim.recorder = None
    return sim


def _room(config: Config) -> dict[str, int]:
    """What mujoco_warp has room for: what the config says, and for the rest what a few worlds of the task need."""
    from gymctl.envs.room import measure_room  # it needs an optional dependency

    settings = config.task.sim.get("mujoco", {})
    told = {name: settings[name] for name in ("nconmax", "njmax") if settings.get(name)}
    if len(told) == 2:
        return told
    cpu = torch.device("cpu")
    env = make(config.replaced({"task.env.numEnvs": _ENVS_TO_MEASURE}), Backend("mujoco", cpu, cpu))
    try:
        return measure_room(env)._asdict() | told
    finally:
        env.close()


def _check_built(task: Task) -> None:
    """Refuses a task that lacks what `Task` gives it, or has no time limit."""
    name = type(task).__name__
    if not {"env_config", "sim", "generator"} <= vars(task).keys():
        raise TaskError(
            f"{name}.__init__ leaves out what it inherits", "begin it with super().__init__(config, sim, generator)"
        )
    with telling_where(type(task), "max_episode_length"):
        length: Any = task.max_episode_length
    if isinstance(length, bool) or not isinstance(length, int | float) or not length >= 1:
        raise TaskError(
            f"{name}.max_episode_length is {length!r}, not a number of control steps",
            f"correct it, or task.env.{task.episode_length_key}",
        )


def seed_everything(seed: int) -> None:
    """Seeds Python's, NumPy's and PyTorch's global generators; 0 is a seed like any other."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
