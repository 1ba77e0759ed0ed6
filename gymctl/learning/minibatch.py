"""Fits PPO's minibatch to any number of envs."""

import math

from gymctl.config import Config
from gymctl.core.words import counted


def fit(batch_size: int, minibatch_size: int, num_minibatches: float, multiple_of: int = 1) -> int:
    """The minibatch size to use for a batch: the configured one if it divides the batch, else a divisor of it.

    Args:
        batch_size: Transitions in an epoch, envs × horizon.
        minibatch_size: The configured size.
        num_minibatches: How many minibatches an epoch was meant to have.
        multiple_of: Sequence length of a recurrent policy, which a minibatch must not cut.

    Returns:
        A divisor of `batch_size` that is a multiple of `multiple_of` and makes the number of minibatches as near
        as possible, in proportion, to `num_minibatches`.
    """
    if batch_size % minibatch_size == 0 and minibatch_size % multiple_of == 0:
        return minibatch_size
    counts = [n for n in _divisors(batch_size) if (batch_size // n) % multiple_of == 0]
    best = min(counts, key=lambda n: abs(math.log(n / max(num_minibatches, 1.0))))
    return batch_size // best


def num_minibatches(config: Config) -> float:
    """How many minibatches a resolved config makes of an epoch."""
    return config.num_envs * config.learner["horizon_length"] / config.learner["minibatch_size"]


def fit_minibatch(config: Config) -> tuple[Config, str | None]:
    """Fits ``minibatch_size`` to the number of envs.

    An epoch keeps the number of minibatches that the task's own defaults give it, or, if the minibatch was set by the
    user, the number that comes nearest to it.

    Args:
        config: The resolved config, whose `Config.defaults` are those of its YAMLs.

    Returns:
        The fitted config, and a line for the user if the size was changed.
    """
    horizon, size = config.learner["horizon_length"], config.learner["minibatch_size"]
    batch = config.num_envs * horizon
    count = num_minibatches(config.defaults if size == config.defaults.learner["minibatch_size"] else config)
    fitted = fit(batch, size, count, config.learner.get("seq_length", 4) if "rnn" in config.network else 1)
    if fitted == size:
        return config, None
    shape = f"{counted(config.num_envs, 'env')} x {counted(horizon, 'step')}"
    note = f"minibatch {size} -> {fitted}: {shape} in {counted(batch // fitted, 'minibatch')}"
    return config.replaced({"train.params.config.minibatch_size": fitted}, "gymctl: fitted"), note


def fit_central_minibatch(config: Config) -> tuple[Config, str | None]:
    """Fits the minibatch of a central value likewise; its ``minibatch_size_per_env`` becomes a ``minibatch_size``.

    Args:
        config: The resolved config, with a ``central_value_config``.

    Returns:
        As `fit_minibatch`.
    """
    horizon, central = config.learner["horizon_length"], config.learner["central_value_config"]
    batch, size = config.num_envs * horizon, central_minibatch(config)
    defaults = config.defaults if config.defaults.learner.get("central_value_config") else config
    meant = defaults if central_minibatch(defaults) == size else config
    count = meant.num_envs * meant.learner["horizon_length"] / central_minibatch(meant)
    fitted = fit(batch, size, count, config.learner.get("seq_length", 4) if "rnn" in central["network"] else 1)
    if fitted == central.get("minibatch_size"):
        return config, None
    note = f"minibatch of the central value {size} -> {fitted}: {counted(batch // fitted, 'minibatch')}"
    key = "train.params.config.central_value_config.minibatch_size"
    return config.replaced({key: fitted}, "gymctl: fitted"), note if fitted != size else None


def central_minibatch(config: Config) -> int:
    """Transitions in a minibatch of a config's central value."""
    central = config.learner["central_value_config"]
    return central.get("minibatch_size") or config.num_envs * central["minibatch_size_per_env"]


def _divisors(number: int) -> list[int]:
    small = [n for n in range(1, math.isqrt(number) + 1) if number % n == 0]
    return sorted({*small, *(number // n for n in small)})
