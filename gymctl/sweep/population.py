"""Population-based training: which keys can vary in it, when trials are compared, and how values change."""

import math
import random
from collections.abc import Sequence
from typing import Any

from gymctl.config import Config
from gymctl.core.errors import InputError
from gymctl.sweep.record import Record
from gymctl.sweep.space import Choice, Range, Space, Values

QUANTILE = 0.25
"""The worst of this part of the trials take over the best of it."""
_PERTURBATIONS = 10
"""In a training, unless the user says how many epochs lie between two."""
_DRAWN_ANEW = 0.25
"""Of the values; the others move to one nearby."""
_FARTHEST = 0.2
"""That a value moves, as a part of its range."""
_FIXED = {
    "seed": "all trials of a population have the same",
    "train": "weights are copied between trials, whose learners must be alike",
    "train.params.algo": "weights are copied between trials, whose learners must be alike",
    "train.params.model": "weights are copied between trials, whose networks must be alike",
    "train.params.network": "weights are copied between trials, whose networks must be alike",
    "train.params.config.normalize_input": "weights are copied between trials, whose networks must be alike",
    "train.params.config.normalize_value": "weights are copied between trials, whose networks must be alike",
    "num_envs": "trials are compared after the same number of steps",
    "task.env.numEnvs": "trials are compared after the same number of steps",
    "train.params.config.horizon_length": "trials are compared after the same number of steps",
    "max_iterations": "trials are compared after the same number of steps",
    "train.params.config.max_epochs": "trials are compared after the same number of steps",
}
"""Keys, or sections of them, that can't vary, and why."""


def check_space(space: Space) -> None:
    """Refuses keys that must be the same in all trials of a population.

    Raises:
        InputError: One of them varies.
    """
    for key in space:
        for fixed, reason in _FIXED.items():
            if key == fixed or (fixed != "train" and key.startswith(f"{fixed}.")):
                raise InputError(f"{key} can't vary in a population: {reason}", "leave it out, or set one value")


def check_learner(config: Config) -> None:
    """Refuses an algorithm that can't go on exactly from a checkpoint, as each trial does after each comparison.

    Raises:
        InputError: It can't.
    """
    from gymctl.learning.agents.registry import algorithm_of

    if not (algorithm := algorithm_of(config)).resumes_exactly:
        raise InputError(
            f"a population can't train with {algorithm.name}, which forgets what it would replay when it stops",
            "train with PPO, or leave --population out",
        )


def interval(wanted: int | None, max_epochs: int) -> int:
    """Epochs from one perturbation to the next.

    Args:
        wanted: What the user says; None for a tenth of the training.
        max_epochs: Of a training; -1 without a limit.

    Raises:
        InputError: There would be none before the end.
    """
    if wanted is None:
        if max_epochs < 1:
            raise InputError("a training without end has no tenth", "give --perturb-every")
        return max(1, max_epochs // _PERTURBATIONS)
    if 0 < max_epochs <= wanted:
        raise InputError(
            f"--perturb-every {wanted} never comes in a training of {max_epochs} epochs",
            f"give less than {max_epochs}, or more --max-iterations",
        )
    return wanted


def next_perturbation(record: Record) -> int:
    """The epoch at which the trials that are missing are compared for the first time; all train until then."""
    every = record.plan.perturb_every
    reached = max((run.epoch for trial in record.missing for run in trial.runs), default=0)
    return every * max(1, math.ceil(reached / every))


def perturbed(values: Values, space: Space, generator: random.Random) -> Values:
    """Other values near some.

    One in four is drawn anew. A choice moves to its neighbour in the list, and a number by at most a fifth of its
    range; with ``:log``, of the logarithm's.

    Args:
        values: A point of the space.
        space: What varies.
        generator: Draws them.
    """
    return {
        key: parameter.draw(generator) if generator.random() < _DRAWN_ANEW else _near(parameter, values[key], generator)
        for key, parameter in space.items()
    }


def _near(parameter: Choice | Range, value: Any, generator: random.Random) -> Any:
    if isinstance(parameter, Choice):
        return _neighbour(parameter.values, value, generator)
    scale, back = (math.log, math.exp) if parameter.log else (float, float)
    low, high, at = scale(parameter.low), scale(parameter.high), scale(value)
    moved = back(at + generator.uniform(-_FARTHEST, _FARTHEST) * (high - low))
    moved = min(max(moved, parameter.low), parameter.high)
    return round(moved) if parameter.integer else moved


def _neighbour(values: Sequence[Any], value: Any, generator: random.Random) -> Any:
    index = values.index(value)
    neighbours = [values[at] for at in (index - 1, index + 1) if 0 <= at < len(values)]
    return generator.choice(neighbours or [value])
