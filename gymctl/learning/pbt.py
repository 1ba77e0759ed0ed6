"""Answers who asks for IsaacGymEnvs' population-based training with the command that has one here."""

import shlex
from collections.abc import Callable, Sequence
from typing import Any

from gymctl.config import Config
from gymctl.config.yaml_io import parse_yaml
from gymctl.core.errors import InputError

_POLICIES, _STEPS = 8, 10_000_000
"""That IsaacGymEnvs has where nothing is said: of the population, and between two perturbations."""


def without_population(task: str, overrides: Sequence[str], composed: Callable[[list[str]], Config]) -> list[str]:
    """Refuses ``pbt=NAME`` and ``pbt.KEY=VALUE`` of a training, and leaves out what only switches them off.

    Args:
        task: Name of the task YAML.
        overrides: ``key=value`` settings.
        composed: Makes the config without them.

    Returns:
        The other ones.

    Raises:
        InputError: One of them asks for a population.
    """
    theirs = [text for text in overrides if text.lstrip("+").startswith(("pbt=", "pbt.", "pbt/"))]
    others = [text for text in overrides if text not in theirs]
    wanted = {text.lstrip("+").partition("=")[0]: _value(text.partition("=")[2]) for text in theirs}
    if not theirs or wanted.get("pbt.enabled") is False or wanted == {"pbt": "no_pbt"}:
        return others
    config = composed(others)
    every = _number(wanted.get("pbt.interval_steps"), _STEPS) // _steps_per_epoch(config)
    words = ["gymctl", "sweep", task, "train.params.config.gamma=0.95..0.999", *others]
    words += ["--population", str(_number(wanted.get("pbt.num_policies"), _POLICIES))]
    words += ["--perturb-every", str(every)] if 0 < every < config.max_epochs else []
    raise InputError(
        f"{theirs[0]}: a training has no population, but a sweep has",
        f"type: {shlex.join(words)}  (any keys can vary; docs/migrating.md lists the keys of pbt)",
    )


def _steps_per_epoch(config: Config) -> int:
    from gymctl.learning.agents.registry import algorithm_of

    return algorithm_of(config).env_steps_per_epoch(config)


def _value(text: str) -> Any:
    try:
        return parse_yaml(text, "a value") if text else ""
    except InputError:
        return text


def _number(value: Any, default: int) -> int:
    """A number as IsaacGymEnvs takes it, which may be written as 2e7."""
    try:
        return max(1, int(float(value)))
    except (OverflowError, TypeError, ValueError):
        return default
