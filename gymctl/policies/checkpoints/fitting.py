"""Checks that a checkpoint's network is the one that a config describes."""

from dataclasses import replace
from typing import Any

from gymctl.config.config import Config
from gymctl.config.locations import portable
from gymctl.core.errors import InputError
from gymctl.core.words import counted
from gymctl.policies.networks.registry import NETWORKS, sizes_of

_LONGEST_NAME = 100


def trained_on(checkpoint: dict[str, Any]) -> str | None:
    """Reads the name of the task that a checkpoint was trained on; None if it doesn't say, as rl_games' own don't.

    Args:
        checkpoint: As `gymctl.policies.checkpoints.loading.load_checkpoint` returns it.
    """
    env_state = checkpoint.get("env_state")
    task = env_state.get("task") if isinstance(env_state, dict) else None
    task = portable(task) if isinstance(task, str) else None
    return task if task and task.isprintable() and len(task) <= _LONGEST_NAME else None


def check_fits(
    checkpoint: dict[str, Any],
    config: Config,
    num_observations: int | None = None,
    num_actions: int | None = None,
) -> None:
    """Refuses a checkpoint whose network isn't the one that the config describes.

    Args:
        checkpoint: As `gymctl.policies.checkpoints.loading.load_checkpoint` returns it.
        config: The composed config.
        num_observations: What the task gives. Not compared if None.
        num_actions: What the task takes. Not compared if None.

    Raises:
        InputError: Saying in what they differ.
    """
    found = sizes_of(checkpoint)
    task = config.task.name
    if found.algorithm != config.algorithm:
        raise InputError(
            f"the file is a policy of the algorithm '{found.algorithm}', the config says '{config.algorithm}'",
            "use the config of the run that made it, or choose a train YAML of that algorithm, as in "
            f"train={NETWORKS[found.algorithm].example}",
        )
    try:
        configured = NETWORKS[found.algorithm].configured_sizes(config.params, found)
    except (KeyError, TypeError) as error:
        raise InputError(
            f"the config describes no policy with continuous actions: {error} is missing in train.params",
            "use the config of the run that made the checkpoint",
        ) from error
    expected = replace(
        configured,
        observations=found.observations if num_observations is None else num_observations,
        actions=found.actions if num_actions is None else num_actions,
    )
    if (found.observations, found.actions) != (expected.observations, expected.actions):
        origin = trained_on(checkpoint) or "another task"
        raise InputError(
            f"the checkpoint was trained on {origin} ({counted(found.observations, 'observation')}, "
            f"{counted(found.actions, 'action')}), {task} has {expected.observations} and {expected.actions}",
            "give a checkpoint of this task, or name the task that it was trained on",
        )
    if found.layers != expected.layers or found.recurrence != expected.recurrence:
        raise InputError(
            f"the file is a policy for {found}, the config says {expected}",
            "use the config of the run that made it, or set train.params.network accordingly",
        )
    if expected.normalize_input and not found.normalize_input and "steps" in checkpoint and "epoch" not in checkpoint:
        raise InputError(
            "the file lacks the mean and standard deviation of its observations: rl_games before mid-2023 didn't save "
            "them for SAC, and a policy that was trained with normalize_input: True can't do without",
            "take a newer file; only if its own config says normalize_input: False, set "
            "train.params.config.normalize_input=False",
        )
    for key, where in _SWITCHES.items():
        if getattr(found, key) != getattr(expected, key):
            raise InputError(
                f"the file's policy has {key}: {getattr(found, key)}, the config says {getattr(expected, key)}",
                f"set train.params.{where}.{key}={getattr(found, key)}",
            )


_SWITCHES = {
    "separate": "network",
    "fixed_sigma": "network.space.continuous",
    "normalize_input": "config",
    "normalize_value": "config",
}
