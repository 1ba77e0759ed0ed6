"""The bridge to rl_games: our env and our config in the shapes that it takes."""

import copy
from typing import Any

from torch import Tensor

from gymctl.config import Config, without_inert
from gymctl.config.locations import portable
from gymctl.core.version import __version__
from gymctl.envs.vec_env import VecEnv
from gymctl.learning.agents.central_settings import has_memory
from gymctl.runs.directory import Run
from gymctl.sim.devices import Backend, has_bfloat16_units


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
            "state_space": self.env.single_state_space if self.env.task.num_states else None,
            "agents": 1,
            "value_size": 1,
        }

    def get_env_state(self) -> dict[str, Any]:
        """What goes into a checkpoint's ``env_state``: plain values, so that it loads without trust."""
        return {
            "task": portable(self.task_name),
            "gymctl": __version__,
            "observations": self.env.task.num_observations,
            "actions": self.env.task.num_actions,
        }

    def set_env_state(self, env_state: Any) -> None:
        """Nothing of the environment outlives a run."""

    def set_train_info(self, env_frames: int, *_: Any) -> None:
        """Tells the task how far the training is; see `gymctl.tasks.base.Task.set_train_frames`."""
        self.env.task.set_train_frames(env_frames)


def rl_games_params(config: Config, backend: Backend, run: Run) -> dict[str, Any]:
    """The ``params`` for rl_games' Runner, to train into a run directory.

    Args:
        config: The resolved config, fitted to its number of envs.
        backend: Where to learn.
        run: Where rl_games puts ``nn/`` and ``summaries/``.
    """
    params = without_inert(copy.deepcopy(config.params))
    learner = params["config"]
    on_cpu = backend.rl_device.type == "cpu"
    mixed_precision = bool(learner.get("mixed_precision"))
    params["seed"] = 0  # rl_games takes 0 for "don't seed": everything is seeded before
    params["torch_threads"] = 0  # rl_games would take threads from the simulator
    learner.update(
        multi_gpu=False,  # the agent's group does it
        device=str(backend.rl_device),
        device_name=str(backend.rl_device),
        mixed_precision=mixed_precision and not on_cpu,
        cpu_bfloat16=mixed_precision and on_cpu and has_bfloat16_units(),
        torch_compile=learner.get("torch_compile", False),
        bounds_loss_coef=learner.get("bounds_loss_coef") or 0.0,
        env_name="gymctl",
        num_actors=config.num_envs,
        train_dir=str(run.path.absolute().parent),
        full_experiment_name=run.path.absolute().name,
        print_stats=False,
    )
    central = learner.get("central_value_config")
    if central is not None:
        half = bool(central.get("mixed_precision")) and (not on_cpu or has_bfloat16_units())
        central.update(bfloat16=half, mixed_precision=False)  # rl_games' own is half precision without a scale
    if "rnn" not in config.network and not has_memory(config):
        learner["seq_length"] = 1  # rl_games lets it divide the batch even of policies without memory
    return params
