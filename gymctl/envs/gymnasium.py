"""Gymnasium's API for tasks: a vector env on NumPy arrays, and a single env built on it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from gymnasium.error import ClosedEnvironmentError, ResetNeeded
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from torch import Tensor

from gymctl.config import compose, settings_of
from gymctl.core.errors import InputError
from gymctl.envs import factory
from gymctl.envs.env_renderer import RENDER_MODES, EnvRenderer, check_render_settings
from gymctl.envs.trial import try_task
from gymctl.envs.vec_env import VecEnv
from gymctl.tasks import registry

_SEEDS = 2**32

Infos = dict[str, Any]
Step = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, Infos]


class TaskVectorEnv(VectorEnv[np.ndarray, np.ndarray, np.ndarray]):
    """``num_envs`` episodes of a task behind Gymnasium's vector API. Every call returns new arrays.

    An episode that ends is reset in the same step, unless you ask for another `autoreset_mode`. Its last observation is
    then in ``infos["final_obs"]`` and the task's numbers about it in ``infos["final_info"]``, each with a mask beside
    it, as Gymnasium's own vector envs do it.

    Args:
        task: Name of a task YAML.
        num_envs: Number of envs.
        device: ``cpu``, ``cuda:N`` or ``auto``; None takes what the config says, and so for `engine`.
        engine: ``mujoco``, ``mujoco_warp`` or ``auto``.
        seed: Seed of all random numbers; None draws one. A later ``reset(seed=...)`` replaces it.
        config_dir: Directory with your own YAMLs, as with ``--config-dir``.
        overrides: ``key=value`` settings, as on the command line.
        autoreset_mode: When ended episodes are reset: in the same step; in the next step, which then ignores their
            action and gives no reward; or only when you call ``reset`` with a mask.
        max_episode_steps: Ends episodes after so many steps, if the task's own time limit isn't shorter; None keeps
            that alone.
        render_mode: ``rgb_array`` for `render` to return frames; None to render nothing.
        width: Of a rendered frame [pixels].
        height: Of a rendered frame [pixels].

    Raises:
        InputError: The task is unknown, a setting is refused, or your own task's class has a slip.
        BackendError: The device or engine can't be used here.
    """

    metadata: dict[str, Any] = {"render_modes": RENDER_MODES}  # noqa: RUF012

    def __init__(
        self,
        task: str,
        num_envs: int = 1,
        *,
        device: str | None = None,
        engine: str | None = None,
        seed: int | None = None,
        config_dir: str | Path | None = None,
        overrides: Sequence[str] = (),
        autoreset_mode: AutoresetMode | str = AutoresetMode.SAME_STEP,
        max_episode_steps: int | None = None,
        render_mode: str | None = None,
        width: int = 640,
        height: int = 480,
    ) -> None:
        check_render_settings(render_mode, width, height)
        self._max_episode_steps = _checked_steps(max_episode_steps)
        self._mode = _checked_mode(autoreset_mode)
        self._config = compose(
            task,
            settings=settings_of(
                num_envs=num_envs,
                seed=int(self.np_random.integers(_SEEDS)) if seed is None else seed,
                device=device,
                engine=engine,
            ),
            overrides=overrides,
            config_dir=Path(config_dir) if config_dir is not None else None,
        )
        notes = list(self._config.notes)
        if not registry.is_built_in(self._config.task.name):
            notes += try_task(self._config)
        for note in notes:
            gym.logger.warn(note)
        self._frame_size = width, height
        self._env, self._renderer = self._build()
        self._observations: Tensor | None = None  # those returned last; their values, not the arrays
        self.num_envs = self._env.num_envs
        self._ended = np.zeros(self.num_envs, bool)  # episodes that await their reset
        self.render_mode = render_mode
        self.metadata = {
            "render_modes": RENDER_MODES,
            "render_fps": round(1.0 / self._env.control_dt),
            "autoreset_mode": self._mode,
        }
        self.single_observation_space = self._env.single_observation_space
        self.single_action_space = self._env.single_action_space
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[np.ndarray, Infos]:
        """Starts new episodes.

        Args:
            seed: Makes everything that follows repeatable, whatever happened before. The worlds are rebuilt for it.
            options: ``reset_mask`` (bool ``[num_envs]``) chooses the envs to reset; the others go on.

        Returns:
            Observations of all envs ``[num_envs, num_observations]``, and an empty dict.

        Raises:
            ClosedEnvironmentError: The envs are closed.
            ResetNeeded: There is a mask, but there was no reset of all envs before.
            ValueError: The mask has another shape or type or chooses no env, or there is a seed beside it.
        """
        if self.closed:
            raise ClosedEnvironmentError("the envs are closed")
        mask = self._mask((options or {}).get("reset_mask"))
        if not mask.all():
            if seed is not None:
                raise ValueError("a seed is for all envs: leave out seed or reset_mask")
            if self._observations is None:
                raise ResetNeeded("the first reset is one of all envs")
            self._observations = self._restarted(mask, self._observations)
        else:
            super().reset(seed=seed)
            if seed is not None:
                self.close_extras()
                self._config = self._config.replaced({"seed": seed % _SEEDS})
                self._env, self._renderer = self._build()
            self._observations = self._env.reset()["obs"]
            self._renderer.on_reset(mask)
        self._ended = self._ended & ~mask
        return _numpy(self._observations), {}

    def step(self, actions: np.ndarray) -> Step:
        """Advances all envs by one control step.

        Args:
            actions: ``[num_envs, num_actions]``, clipped to ±``task.env.clipActions``.

        Returns:
            Observations ``[num_envs, num_observations]``, rewards, terminations and truncations ``[num_envs]``, and
            infos.

        Raises:
            ClosedEnvironmentError: The envs are closed.
            ResetNeeded: The first reset is missing, or without automatic resets that of an ended episode.
            ValueError: The actions have another shape.
        """
        if self.closed:
            raise ClosedEnvironmentError("the envs are closed")
        if self._observations is None or (self._mode is AutoresetMode.DISABLED and self._ended.any()):
            raise ResetNeeded("call reset before step")
        actions = np.asarray(actions, np.float32)
        if actions.shape != self.action_space.shape:
            raise ValueError(f"actions have the shape {actions.shape}, not {self.action_space.shape}")
        observations, reward, done, extras = self._env.step(torch.tensor(actions, device=self._env.rl_device))
        self._observations = observations["obs"]
        self._renderer.on_step()
        rewards, ended, truncated = _numpy(reward), _numpy(done), _numpy(extras["time_outs"])
        infos: Infos = {}
        if self._mode is AutoresetMode.SAME_STEP:
            infos = _final_infos(ended, extras) if ended.any() else {}
            self._renderer.on_reset(ended)
        else:
            if self._ended.any():  # in the next step
                self._observations = self._restarted(self._ended, self._observations)
                rewards[self._ended] = 0.0
                ended, truncated = ended & ~self._ended, truncated & ~self._ended
            infos = _masked(ended, extras["final_info"]) if ended.any() else {}
            self._ended = ended
        return _numpy(self._observations), rewards, ended & ~truncated, truncated, infos

    def render(self) -> tuple[np.ndarray, ...] | None:
        """Draws the present state of every env. It doesn't change what happens in them.

        The camera follows each robot, as in videos. The first call looks for an OpenGL that works.

        Returns:
            A frame of each env, ``[height, width, 3]`` uint8; None without a render mode.

        Raises:
            ClosedEnvironmentError: The envs are closed.
            ResetNeeded: The first reset is missing.
            BackendError: No OpenGL works here; the error says what to install.
        """
        if self.render_mode is None:
            gym.logger.warn('render() needs render_mode="rgb_array", given when the envs are made')
            return None
        if self.closed:
            raise ClosedEnvironmentError("the envs are closed")
        if self._observations is None:
            raise ResetNeeded("call reset before render")
        return self._renderer.render()

    def close_extras(self, **_: Any) -> None:
        """Frees the worlds, and OpenGL if frames were drawn."""
        self._renderer.close()
        self._env.close()

    def _build(self) -> tuple[VecEnv, EnvRenderer]:
        env = factory.make(self._config)
        env.keep_final_observation = True
        if self._max_episode_steps is not None:
            env.limit_episodes(self._max_episode_steps)
        env.autoreset = self._mode is AutoresetMode.SAME_STEP
        return env, EnvRenderer(env, *self._frame_size)

    def _mask(self, given: np.ndarray | None) -> np.ndarray:
        mask = np.ones(self.num_envs, bool) if given is None else np.asarray(given)
        if mask.shape != (self.num_envs,) or mask.dtype != np.bool_ or not mask.any():
            raise ValueError(f"reset_mask has to be a bool array of the shape ({self.num_envs},) with a True in it")
        return mask

    def _restarted(self, mask: np.ndarray, observations: Tensor) -> Tensor:
        """Starts new episodes where a mask says so; returns all observations."""
        self._renderer.on_reset(mask)
        chosen = torch.tensor(mask, device=observations.device)
        return torch.where(chosen[:, None], self._env.reset(chosen)["obs"], observations)


class TaskEnv(gym.Env[np.ndarray, np.ndarray]):
    """One episode of a task behind Gymnasium's API.

    Args:
        task: Name of a task YAML.
        settings: The keyword arguments of `TaskVectorEnv`, except `num_envs` and `autoreset_mode`.

    Raises:
        InputError: As `TaskVectorEnv`.
        BackendError: As `TaskVectorEnv`.
    """

    metadata: dict[str, Any] = {"render_modes": RENDER_MODES}  # noqa: RUF012

    def __init__(self, task: str, **settings: Any) -> None:
        for name in ("num_envs", "autoreset_mode"):
            if name in settings:
                raise InputError(f"a single env has no {name}", "leave it out, or make the envs with make_vec")
        self._envs = TaskVectorEnv(task, 1, autoreset_mode=AutoresetMode.DISABLED, **settings)
        self.observation_space = self._envs.single_observation_space
        self.action_space = self._envs.single_action_space
        self.render_mode = self._envs.render_mode
        self.metadata = {name: self._envs.metadata[name] for name in ("render_modes", "render_fps")}

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[np.ndarray, Infos]:
        """Starts an episode; see `TaskVectorEnv.reset` for the seed."""
        super().reset(seed=seed)
        return self._envs.reset(seed=seed)[0][0], {}

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, Infos]:
        """Advances by one control step; at an episode's end ``info`` has the task's numbers about it."""
        observations, rewards, terminated, truncated, infos = self._envs.step(np.asarray(action)[None])
        info = {name: float(values[0]) for name, values in infos.items() if not name.startswith("_")}
        return observations[0], float(rewards[0]), bool(terminated[0]), bool(truncated[0]), info

    def render(self) -> np.ndarray | None:
        """Draws the present state; see `TaskVectorEnv.render`.

        Returns:
            A frame ``[height, width, 3]`` uint8; None without a render mode.
        """
        frames = self._envs.render()
        return frames[0] if frames is not None else None

    def close(self) -> None:
        """Frees the world, and OpenGL if frames were drawn."""
        self._envs.close()


def _final_infos(ended: np.ndarray, extras: dict[str, Any]) -> Infos:
    """Infos of a step that ended episodes, laid out as Gymnasium does: ``final_obs`` holds arrays and None."""
    last, final_obs = _numpy(extras["final_obs"]), np.full(len(ended), None, dtype=object)
    for env in np.flatnonzero(ended):
        final_obs[env] = last[env]
    return {
        "final_obs": final_obs,
        "_final_obs": ended.copy(),
        "final_info": _masked(ended, extras["final_info"]),
        "_final_info": ended.copy(),
    }


def _masked(mask: np.ndarray, values: dict[str, Tensor]) -> Infos:
    """Values ``[num_envs]`` where a mask says so, each with the mask beside it under ``_<name>``."""
    infos = {name: np.where(mask, _numpy(value), 0) for name, value in values.items()}
    return infos | {f"_{name}": mask.copy() for name in values}


def _checked_steps(steps: int | None) -> int | None:
    if steps is not None and (not isinstance(steps, int) or isinstance(steps, bool) or steps < 1):
        raise InputError(f"max_episode_steps can't be {steps!r}", "give a number of steps from 1 up, or leave it out")
    return steps


def _checked_mode(mode: AutoresetMode | str) -> AutoresetMode:
    try:
        return AutoresetMode(mode)
    except ValueError:
        names = ", ".join(choice.value for choice in AutoresetMode)
        raise InputError(f"autoreset_mode can't be {mode!r}", f"give one of: {names}") from None


def _numpy(tensor: Tensor) -> np.ndarray:
    """A copy as an array."""
    return tensor.to("cpu", copy=True).numpy()
