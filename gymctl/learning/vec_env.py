"""Our VecEnv as rl_games sees it."""

from typing import Any

from torch import Tensor

from gymctl.core.version import __version__
from gymctl.envs.vec_env import VecEnv


class RlGamesVecEnv:
    """Passes steps through; what it adds to a checkpoint names the task and the sizes it was trained for."""

    def __init__(self, env: VecEnv, task_name: str) -> None:
        self.env = env
        self.task_name = task_name

    def step(self, actions: Tensor) -> tuple[dict[str, Tensor], Tensor, Tensor, dict[str, Any]]:
        """See `gymctl.envs.vec_env.VecEnv.step`."""
        return self.env.step(actions)

    def reset(self) -> dict[str, Tensor]:
        """See `gymctl.envs.vec_env.VecEnv.reset`."""
        return self.env.reset()

    def get_env_info(self) -> dict[str, Any]:
        """Spaces of a single env."""
        return {
            "observation_space": self.env.single_observation_space,
            "action_space": self.env.single_action_space,
            "agents": 1,
            "value_size": 1,
        }

    def get_env_state(self) -> dict[str, Any]:
        """What goes into a checkpoint's ``env_state``: plain values, so that it loads without trust."""
        return {
            "task": self.task_name,
            "gymctl": __version__,
            "observations": self.env.task.num_observations,
            "actions": self.env.task.num_actions,
        }

    def set_env_state(self, env_state: Any) -> None:
        """Nothing of the environment outlives a run."""

    def set_train_info(self, env_frames: int, *_: Any) -> None:
        """Tasks here need no training progress."""
