"""The step contract for task classes in Isaac Gym's style, which simulate, count and reset by themselves."""

import inspect
import sys
import warnings
from collections.abc import Mapping
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from torch import Tensor
from typing_extensions import override

from gymctl.config.config import Config
from gymctl.core.errors import InputError
from gymctl.envs.vec_env import VecEnv
from gymctl.isaacgym.gym import acquire_gym
from gymctl.isaacgym.physics import using
from gymctl.sim.devices import Backend
from gymctl.sim.precision import full_precision
from gymctl.tasks import registry
from gymctl.tasks.measures import Measure
from gymctl.tasks.user_code import TaskError, telling_where


class Problem:
    """What the learner and the player ask of a task.

    Args:
        name: Where its class is.
        task: An object of the class.
    """

    version = 1
    episode_info_names: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = ()

    def __init__(self, name: str, task: Any) -> None:
        self.name = name
        self.num_observations = int(task.num_obs)
        self.num_actions = int(task.num_actions)
        self.num_states = int(getattr(task, "num_states", 0))
        self._set_train_info = getattr(task, "set_train_info", None)

    def set_train_frames(self, frames: int) -> None:
        """Told as IsaacGymEnvs' ``VecTask.set_train_info``, where the class has that."""
        if self._set_train_info is not None:
            self._set_train_info(frames)


class IsaacGymVecEnv(VecEnv):
    """``num_envs`` episodes of a class in Isaac Gym's style, as IsaacGymEnvs' ``VecTask``.

    The class resets an ended episode at the end of the step after, so the observations that come with ``done`` are the
    last ones of that episode.

    Args:
        config: The resolved config.
        backend: Engine and devices.
    """

    resumable = False

    def __init__(self, config: Config, backend: Backend) -> None:
        name = config.task.name
        task_class = registry.load(name)
        with telling_where(task_class, "__init__"), warnings.catch_warnings(), using(config.task.physics):
            warnings.filterwarnings("ignore", ".*Box (low|high)'s precision")  # from old task code that means float32
            self._user: Any = _build(task_class, config, backend)
        user = self._user
        self.task: Any = Problem(name, user)
        registry.note_sizes(name, self.task.num_observations, self.task.num_actions, self.task.num_states)
        self.sim = user.sim.live.simulation
        self.rl_device = backend.rl_device
        self.num_envs = int(user.num_envs)
        self.max_episode_length = int(getattr(user, "max_episode_length", 0)) or sys.maxsize
        self.physics, self.physics_steps = config.task.physics, config.task.physics_steps
        self.clip_actions = float(getattr(user, "clip_actions", np.inf))
        self.clip_observations = float(getattr(user, "clip_obs", np.inf))
        self.control_dt = config.task.sim["dt"] * int(getattr(user, "control_freq_inv", 1))
        self.progress_buf = user.progress_buf
        self.single_observation_space = gym.spaces.Box(-np.inf, np.inf, (self.task.num_observations,), np.float32)
        self.single_state_space = gym.spaces.Box(-np.inf, np.inf, (self.task.num_states,), np.float32)
        self.single_action_space = gym.spaces.Box(-1.0, 1.0, (self.task.num_actions,), np.float32)
        self._recorded = None

    @property
    def num_diverged(self) -> Tensor:  # pyright: ignore[reportIncompatibleVariableOverride]
        """How often a world went non-finite, since the start."""
        return self._user.sim.live.diverged

    @override
    def limit_episodes(self, steps: int) -> None:
        raise InputError(
            f"{self.task.name} counts its episodes' steps by itself", "set the time limit in its YAML or its code"
        )

    @full_precision()
    @override
    def reset(self, mask: Tensor | None = None) -> dict[str, Tensor]:
        if mask is not None and not bool(mask.all()):
            raise InputError(f"{self.task.name} can't reset some envs alone", "reset all, or let it reset by itself")
        with telling_where(type(self._user), "step"):
            self._user.reset_buf[:] = 1  # it resets at the end of a step, as when it was just made
            nothing = torch.zeros(self.num_envs, self.task.num_actions, device=self.sim.device)
            return self._observations(self._user.step(nothing)[0])

    @full_precision()
    @override
    def step(self, actions: Tensor) -> tuple[dict[str, Tensor], Tensor, Tensor, dict[str, Any]]:
        with telling_where(type(self._user), "step"):
            observed, reward, done, extras = self._user.step(actions.to(self.sim.device))
        time_outs = extras.get("time_outs")
        time_outs = torch.zeros_like(done, dtype=torch.bool) if time_outs is None else time_outs.bool()
        results = {"time_outs": time_outs.to(self.rl_device)}
        if self.keep_final_observation:
            results["final_obs"] = self._observations(observed)["obs"]
            results["final_info"] = {}
        reward, done = (tensor.to(self.rl_device, copy=True) for tensor in (reward.float(), done.bool()))
        return self._observations(observed), reward, done, results

    @override
    def state_dict(self) -> dict[str, Any]:
        raise NotImplementedError("episodes of a class in Isaac Gym's style begin anew")

    @override
    def load_state_dict(self, state: dict[str, Any]) -> None:
        raise NotImplementedError("episodes of a class in Isaac Gym's style begin anew")

    @override
    def close(self) -> None:
        acquire_gym().destroy_sim(self._user.sim)

    def _observations(self, observed: Any) -> dict[str, Tensor]:
        given = observed if isinstance(observed, Mapping) else {"obs": observed}
        names = ("obs", "states") if self.task.num_states else ("obs",)
        return {name: given[name].to(self.rl_device, torch.float32, copy=True) for name in names}


def try_isaacgym_task(config: Config) -> list[str]:
    """Builds a small env of a class in Isaac Gym's style on the CPU and makes two steps in it.

    Raises:
        TaskError: Something fails, or isn't of the right size or finite.
    """
    cpu = torch.device("cpu")
    env = IsaacGymVecEnv(config.replaced({"task.env.numEnvs": 4}), Backend("mujoco", cpu, cpu))
    try:
        observed = env.reset()["obs"]
        for value in (0.0, 0.5):
            actions = torch.full((env.num_envs, env.task.num_actions), value)
            observed, reward, done = (*env.step(actions)[:3],)
            for name, tensor in (("observations", observed["obs"]), ("rewards", reward), ("done", done)):
                if tensor.shape[0] != env.num_envs or not bool(tensor.isfinite().all()):
                    raise TaskError(
                        f"{config.task.name} gives {name} that aren't finite, or of shape {tuple(tensor.shape)} "
                        f"with {env.num_envs} envs",
                        "run it with a few envs and look at its buffers",
                    )
    finally:
        env.close()
    return []


def _build(task_class: type, config: Config, backend: Backend) -> Any:
    _forget_the_one_sim(task_class)
    section = {key: _plain(value) for key, value in config.tree["task"].items() if key != "physics"}
    section["name"] = task_class.__name__
    section["physics_engine"] = "physx"
    on_gpu = backend.sim_device.type == "cuda"
    section["sim"] |= {"use_gpu_pipeline": on_gpu, "up_axis": section["sim"].get("up_axis", "z")}
    section["sim"].pop("mujoco", None)
    section["sim"]["physx"] = {
        key: value for key, value in section["sim"].get("physx", {}).items() if value not in ("", None)
    }
    offered = {
        "cfg": section,
        "config": section,
        "rl_device": str(backend.rl_device),
        "sim_device": str(backend.sim_device),
        "graphics_device_id": -1,
        "headless": True,
        "virtual_screen_capture": False,
        "force_render": False,
    }
    parameters = inspect.signature(task_class).parameters
    return task_class(**{name: offered[name] for name in parameters if name in offered})


def _forget_the_one_sim(task_class: type) -> None:
    """IsaacGymEnvs' VecTask makes one simulation in a process; here each env has its own."""
    for base in task_class.__mro__:
        module = sys.modules.get(base.__module__)
        if module is not None and hasattr(module, "EXISTING_SIM"):
            module.EXISTING_SIM = None  # pyright: ignore[reportAttributeAccessIssue]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value
