"""What flags and overrides have changed of an earlier run's config."""

import json
from collections.abc import Mapping
from typing import Any

from gymctl.config.config import Config
from gymctl.config.trees import dotted, leaves
from gymctl.core.terminal import escaped

Changes = Mapping[str, tuple[Any, Any]]
"""By dotted key: what a value was, and what it is now."""

_LONGEST = 60
_TRACKING = "wandb_"
_LIMITS = frozenset({"max_iterations", "train.params.config.max_epochs", "train.params.config.max_frames"})
_WITHOUT_INFLUENCE = frozenset(
    {
        "checkpoint",
        "experiment",
        "headless",
        "num_threads",
        "train.params.load_checkpoint",
        "train.params.load_path",
        "train.params.config.full_experiment_name",
        "train.params.config.name",
        "train.params.config.print_stats",
        "train.params.config.save_best_after",
        "train.params.config.save_frequency",
        "train.params.config.score_to_win",
    }
)
"""Keys on which what is learned up to an epoch doesn't depend."""


def changes_of(config: Config) -> Changes:
    """What a config has other than the earlier run's that it stands on. A setting that others follow counts once.

    Args:
        config: As `gymctl.config.compose` makes it with a ``base``.
    """
    before = {dotted(path): value for path, value in leaves(config.defaults.tree)}
    found: dict[tuple[str, str], tuple[str, Any, Any]] = {}
    for path, now in leaves(config.tree):
        key, was = dotted(path), before.get(dotted(path))
        if was == now or key.startswith(_TRACKING):
            continue
        cause = config.origins.get(path, key), repr(now)
        if cause not in found or found[cause][1] in ("", None):  # a flag that wasn't given: its followers had a value
            found[cause] = found.get(cause, (key,))[0], was, now
    return {key: (was, now) for key, was, now in found.values()}


def learns_alike(changes: Changes, config: Config) -> bool:
    """Says whether a training learns the same with some changes as without them, up to the epoch where one ends.

    Args:
        changes: The changes.
        config: The changed config.
    """
    limits = frozenset[str]() if config.learner.get("lr_schedule") == "linear" else _LIMITS
    return changes.keys() <= _WITHOUT_INFLUENCE | limits


def returns_alike(changes: Changes) -> bool:
    """Says whether returns before and after some changes can be compared: the task and its physics are the same."""
    return not any(key == "physics" or (key.startswith("task.") and key != "task.env.numEnvs") for key in changes)


def describe_changes(changes: Changes) -> str:
    """Tells changes in one line, as ``learning_rate 0.0003 → 0.0001, seed 5 → 6``; keys are short where that is clear.

    Args:
        changes: From anywhere, a file of a stranger's too.
    """
    names = [key.rpartition(".")[2] for key in changes]
    return ", ".join(
        f"{show_value(name if names.count(name) == 1 else key)} {show_value(was)} → {show_value(now)}"
        for name, (key, (was, now)) in zip(names, changes.items(), strict=True)
    )


def show_value(value: Any) -> str:
    """A value in one short line, of a file of a stranger's too."""
    text = escaped(value if isinstance(value, str) and value else json.dumps(value, default=str))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
