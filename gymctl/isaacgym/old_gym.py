"""``gym`` as task code of Isaac Gym's time uses it, on Gymnasium: its spaces and envs, and wrappers that pass on.

A wrapper takes any object, forwards attributes that it lacks, and leaves the form of ``step`` and ``reset`` alone.
"""

from typing import Any

import gymnasium
from gymnasium import Env, Space, envs, error, logger, make, register, spaces, spec, utils, vector, wrappers

__all__ = [
    "ActionWrapper",
    "Env",
    "ObservationWrapper",
    "RewardWrapper",
    "Space",
    "Wrapper",
    "envs",
    "error",
    "logger",
    "make",
    "register",
    "spaces",
    "spec",
    "utils",
    "vector",
    "wrappers",
]
__version__ = gymnasium.__version__


class Wrapper(Env):
    """Passes everything on to an env.

    Args:
        env: The env.
    """

    def __init__(self, env: Any) -> None:
        self.env = env

    def __getattr__(self, name: str) -> Any:
        if name == "env" or name.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(self.env, name)

    @property
    def unwrapped(self) -> Any:
        """The innermost env."""
        return getattr(self.env, "unwrapped", self.env)

    @property
    def metadata(self) -> Any:  # type: ignore[override]
        """That of the env."""
        return getattr(self.env, "metadata", {})

    def step(self, *args: Any, **kwargs: Any) -> Any:
        """Steps the env."""
        return self.env.step(*args, **kwargs)

    def reset(self, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        """Resets the env."""
        return self.env.reset(*args, **kwargs)

    def render(self, *args: Any, **kwargs: Any) -> Any:
        """Draws the env."""
        return self.env.render(*args, **kwargs)

    def close(self) -> Any:
        """Closes the env."""
        return self.env.close() if hasattr(self.env, "close") else None

    def __str__(self) -> str:
        return f"<{type(self).__name__}{self.env}>"


class ObservationWrapper(Wrapper):
    """Changes observations by its method ``observation``."""

    def step(self, action: Any) -> Any:
        """Steps the env."""
        observation, *rest = self.env.step(action)
        return self.observation(observation), *rest

    def reset(self, *args: Any, **kwargs: Any) -> Any:
        """Resets the env; with an info, if the env gives one."""
        first = self.env.reset(*args, **kwargs)
        if isinstance(first, tuple) and len(first) == 2 and isinstance(first[1], dict):
            return self.observation(first[0]), first[1]
        return self.observation(first)

    def observation(self, observation: Any) -> Any:
        """The changed observation."""
        raise NotImplementedError


class RewardWrapper(Wrapper):
    """Changes rewards by its method ``reward``."""

    def step(self, action: Any) -> Any:
        """Steps the env."""
        observation, reward, *rest = self.env.step(action)
        return observation, self.reward(reward), *rest

    def reward(self, reward: Any) -> Any:
        """The changed reward."""
        raise NotImplementedError


class ActionWrapper(Wrapper):
    """Changes actions by its method ``action``."""

    def step(self, action: Any) -> Any:
        """Steps the env."""
        return self.env.step(self.action(action))

    def action(self, action: Any) -> Any:
        """The changed action."""
        raise NotImplementedError
