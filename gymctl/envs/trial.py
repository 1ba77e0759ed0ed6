"""Tries a task out before anything is made of it: a few steps of a small env, in which all that it gives is checked."""

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from gymctl.config.config import Config
from gymctl.envs import factory
from gymctl.envs.vec_env import VecEnv
from gymctl.sim.devices import Backend
from gymctl.sim.rows import as_mask
from gymctl.sim.simulation import EnvIds
from gymctl.tasks import registry
from gymctl.tasks.user_code import TaskError, telling_where

_NUMBERS_OF_ENVS = (3, 5, 7)
"""The first that is no size of the task, so that a row is never taken for a column."""


@torch.no_grad()
def try_task(config: Config, *, masks: bool = False) -> list[str]:
    """Builds a small env on the CPU and makes a reset, a step, a reset of one world and another step in it.

    Global random numbers of PyTorch's are left as they were.

    Args:
        config: The resolved config.
        masks: Whether worlds are chosen by masks, as on a GPU.

    Returns:
        Lines for the user: what may be wrong.

    Raises:
        InputError: The task can't be built from the config, or something that it gives isn't as `Task` says.
    """
    if registry.is_in_isaacgym_style(config.task.name):
        from gymctl.envs.isaacgym_env import try_isaacgym_task

        return try_isaacgym_task(config)
    task_class = registry.load(config.task.name)
    sizes = registry.sizes(config.task)
    num_envs = next(number for number in _NUMBERS_OF_ENVS if number not in sizes)
    cpu = torch.device("cpu")
    with torch.random.fork_rng(devices=[]), telling_where(task_class):
        env = factory.make(config.replaced({"task.env.numEnvs": num_envs}), Backend("mujoco", cpu, cpu))
        env.sim.prefers_masks = masks
        try:
            return _Trial(env).run()
        finally:
            env.close()


class _Trial:
    """Puts itself between an env and its task.

    Args:
        env: A small env, which is of no use afterwards.
    """

    def __init__(self, env: VecEnv) -> None:
        self._env = env
        self._task: Any = env.task
        self._sim = env.sim
        self._notes: dict[str, None] = {}
        checks: dict[str, Callable[..., None] | None] = {
            "reset": functools.partial(self._check_rows, "reset", "whose episode goes on"),
            "apply_actions": self._check_controls,
            "after_physics": None,
            "observe": self._check_observations,
            "observe_states": self._check_states,
            "reward": self._check_reward,
            "reached_goals": self._check_reached_goals,
            "renew_goals": functools.partial(self._check_rows, "renew_goals", "whose goal stays"),
            "on_diverged": None,
            "episode_info": self._check_episode_info,
            "measure": self._check_measures,
            "state_dict": self._check_state,
            "load_state_dict": None,
        }
        for name, check in checks.items():
            setattr(self._task, name, functools.partial(self._call, name, getattr(self._task, name), check))

    def run(self) -> list[str]:
        """Makes the steps; returns lines for the user."""
        env, num_envs, num_actions = self._env, self._env.num_envs, self._task.num_actions
        one = torch.arange(num_envs) == 1
        env.keep_measures = True
        env.reset()
        env.step(torch.zeros(num_envs, num_actions))
        env.step(torch.full((num_envs, num_actions), 0.5))
        env.reset(one)
        env.step(torch.full((num_envs, num_actions), -0.5))
        if self._task.renews_goals:
            self._task.renew_goals(one if self._sim.prefers_masks else one.nonzero().squeeze(1))
        self._task.load_state_dict(self._task.state_dict())
        if self._task.episode_info_names:
            self._task.episode_info()
        return list(self._notes)

    def _call(
        self,
        name: str,
        method: Callable[..., Any],
        check: Callable[..., None] | None,
        *arguments: Any,
        **keywords: Any,
    ) -> Any:
        before = self._state(), self._own_rows()
        with telling_where(type(self._task), name):
            result = method(*arguments, **keywords)
        if check is not None:
            check(result, before, *arguments, *keywords.values())
        return result

    def _check_rows(self, method: str, others_are: str, result: Any, before: Any, ids: EnvIds) -> None:
        others = ~as_mask(ids, self._env.num_envs)
        state, own = before
        for name, tensor in self._state().items():
            if _differ(tensor, state[name])[others].any():
                raise self._error(
                    method,
                    f"changes sim.{name} of worlds {others_are}",
                    f"write to the rows of ids only, as in self.sim.put('{name}', rows, ids)",
                )
            self._check_finite(method, f"sim.{name}", tensor)
        for name, tensor in self._own_rows().items():
            if name in own and own[name].shape == tensor.shape and _differ(tensor, own[name])[others].any():
                self._notes[
                    f"{self._name(method)} changes self.{name} of worlds {others_are}; if they need it, "
                    "write to the rows of ids only, with gymctl.sim.rows.assign"
                ] = None

    def _check_controls(self, result: Any, before: Any, actions: Tensor) -> None:
        for name in ("ctrl", "qfrc_applied", "xfrc_applied"):
            self._check_finite("apply_actions", f"sim.{name}", getattr(self._sim, name))

    def _check_observations(self, result: Any, before: Any, ids: EnvIds | None = None) -> None:
        self._check_seen("observe", "observations", result, before, ids, self._task.num_observations)

    def _check_states(self, result: Any, before: Any, ids: EnvIds | None = None) -> None:
        self._check_seen("observe_states", "states", result, before, ids, self._task.num_states)

    def _check_seen(self, method: str, what: str, result: Any, before: Any, ids: EnvIds | None, size: int) -> None:
        rows = self._env.num_envs if ids is None or ids.dtype == torch.bool else ids.shape[0]
        self._check_tensor(method, what, result, torch.float32, (rows, size))
        limit = self._env.clip_observations
        self._check_finite(method, what, result.clamp(-limit, limit))
        for name, tensor in self._state().items():
            if _differ(tensor, before[0][name]).any():
                raise self._error(method, f"changes sim.{name}", "change the simulation in after_physics or reset")

    def _check_reward(self, result: Any, before: Any, observations: Tensor) -> None:
        if not (isinstance(result, tuple | list) and len(result) == 2):
            given = f"{len(result)} values" if isinstance(result, tuple | list) else _kind(result)
            raise self._error("reward", f"gives {given}", "return two tensors: the rewards, and which episodes failed")
        reward, terminated = result
        for what, values, dtype in (("rewards", reward, torch.float32), ("terminations", terminated, torch.bool)):
            self._check_tensor("reward", what, values, dtype, (self._env.num_envs,))
            if values.untyped_storage().data_ptr() == observations.untyped_storage().data_ptr():
                raise self._error("reward", f"gives {what} that are a part of the observations", "add .clone()")
            if 0 in values.stride():
                raise self._error("reward", f"gives {what} that share one number", "add .clone() after expand")
        self._check_finite("reward", "rewards", reward)

    def _check_reached_goals(self, result: Any, before: Any) -> None:
        self._check_tensor("reached_goals", "successes", result, torch.bool, (self._env.num_envs,))

    def _check_episode_info(self, result: Any, before: Any) -> None:
        shape = self._env.num_envs, len(self._task.episode_info_names)
        self._check_tensor("episode_info", "numbers", result, None, shape)

    def _check_measures(self, result: Any, before: Any, terminated: Tensor) -> None:
        self._check_tensor("measure", "numbers", result, None, (self._env.num_envs, len(self._task.measures)))
        for name, tensor in self._state().items():
            if _differ(tensor, before[0][name]).any():
                raise self._error("measure", f"changes sim.{name}", "change the simulation in after_physics or reset")

    def _check_state(self, result: Any, before: Any) -> None:
        if not isinstance(result, dict) or not all(isinstance(value, Tensor) for value in result.values()):
            raise self._error("state_dict", "gives no dict of tensors", "make each value a tensor: torch.as_tensor")

    def _check_tensor(
        self, method: str, what: str, given: Any, dtype: torch.dtype | None, shape: tuple[int, ...]
    ) -> None:
        if not isinstance(given, Tensor):
            raise self._error(method, f"gives {_kind(given)} as {what}", f"return a tensor of the shape {list(shape)}")
        if given.shape != shape:
            fix = "add .squeeze(1)" if given.shape == (*shape, 1) else f"return a tensor of the shape {list(shape)}"
            declared = {"observations": "num_observations", "states": "num_states"}.get(what)
            size = f" and {declared} of that class" if declared else ""
            raise self._error(
                method,
                f"gives {what} of the shape {list(given.shape)}, not {list(shape)}",
                f"{fix}: see {method}{size}",
            )
        if dtype is not None and given.dtype != dtype:
            convert = ".bool()" if dtype == torch.bool else ".float()"
            raise self._error(
                method, f"gives {what} as {_short(given.dtype)}, not {_short(dtype)}", f"add {convert} to them"
            )
        if given.device != self._sim.device:
            raise self._error(
                method,
                f"gives {what} on {given.device}, not on {self._sim.device}",
                "make tensors with device=self.sim.device",
            )

    def _check_finite(self, method: str, what: str, values: Tensor) -> None:
        if values.is_floating_point() and not values.isfinite().all():
            kind = "NaN" if values.isnan().any() else "an infinite number"
            columns = (~values.isfinite()).flatten(1).any(0).nonzero().flatten().tolist() if values.ndim > 1 else []
            where = f" in column {', '.join(map(str, columns[:5]))}" if columns else ""
            raise self._error(
                method,
                f"gives {kind}: {what}{where}",
                "look for a division by zero, a root or a logarithm in it, or a tensor that was never filled",
            )

    def _error(self, method: str, what: str, fix: str) -> TaskError:
        return TaskError(f"{self._name(method)} {what}", fix)

    def _name(self, method: str) -> str:
        return f"{type(self._task).__name__}.{method}"

    def _state(self) -> dict[str, Tensor]:
        return {name: tensor.clone() for name, tensor in self._sim.state_tensors().items()}

    def _own_rows(self) -> dict[str, Tensor]:
        """The task's own tensors that have a row for each world."""
        values = {name: value for name, value in vars(self._task).items() if isinstance(value, Tensor)}
        return {name: value.clone() for name, value in values.items() if value.shape[:1] == (self._env.num_envs,)}


def _differ(a: Tensor, b: Tensor) -> Tensor:
    """Which rows differ, bool ``[n]``."""
    differ = (a != b) & ~(a.isnan() & b.isnan())
    return differ if differ.ndim == 1 else differ.flatten(1).any(1)


def _kind(value: Any) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"


def _short(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")
