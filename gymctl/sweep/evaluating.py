"""Plays what a trial has learned, for the objective ``eval``."""

from pathlib import Path
from typing import Any

from gymctl.runs.directory import Run

EPISODES = 64


def mean_return(task: str, run: Run, settings: dict[str, Any], threads: int, config_dir: Path | None = None) -> float:
    """The mean return of a run's best checkpoint, as ``gymctl play TASK RUN --episodes 64`` measures it: without noise.

    Args:
        task: Name of the task YAML.
        run: The run.
        settings: Top-level config keys, of which the devices and the engine are taken.
        threads: Of the physics and of PyTorch.
        config_dir: The user's own YAMLs.

    Raises:
        InputError: The run has no checkpoint.
    """
    import torch

    from gymctl.envs.factory import resolve_backend
    from gymctl.policies.evaluate import episodes_per_env, evaluate_policy
    from gymctl.policies.find import find_policy_to_play
    from gymctl.policies.modes import ActionMode
    from gymctl.policies.play import open_policy

    source = find_policy_to_play(
        task,
        str(run.path),
        episodes=EPISODES,
        settings={key: settings.get(key) for key in ("sim_device", "rl_device", "physics_engine")},
        overrides=[f"num_threads={threads}"],
        config_dir=config_dir,
    )
    backend = resolve_backend(source.config)
    with open_policy(source, ActionMode.choose(None, stochastic=False), backend) as (env, policy):
        torch.set_num_threads(threads)
        return evaluate_policy(env, policy, episodes_per_env(EPISODES, env.num_envs)).reward.mean
