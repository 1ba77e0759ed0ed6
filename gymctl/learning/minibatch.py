"""Fitting PPO's minibatch to any number of envs."""

import math
from typing import Any


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


def num_minibatches(config: dict[str, Any]) -> float:
    """How many minibatches a resolved config makes of an epoch."""
    ppo = config["train"]["params"]["config"]
    return config["task"]["env"]["numEnvs"] * ppo["horizon_length"] / ppo["minibatch_size"]


def fit_minibatch(config: dict[str, Any], defaults: dict[str, Any]) -> str | None:
    """Fits ``minibatch_size`` to the number of envs, in place.

    An epoch keeps the number of minibatches that the task's own defaults give it, or, if the minibatch was set by the
    user, the number that comes nearest to it.

    Args:
        config: The resolved config.
        defaults: The config of the same task with nothing set by the user.

    Returns:
        A line for the user, if the size was changed.
    """
    ppo, default_ppo = config["train"]["params"]["config"], defaults["train"]["params"]["config"]
    num_envs, horizon = config["task"]["env"]["numEnvs"], ppo["horizon_length"]
    size, batch = ppo["minibatch_size"], num_envs * horizon
    count = num_minibatches(defaults if size == default_ppo["minibatch_size"] else config)
    recurrent = "rnn" in config["train"]["params"]["network"]
    fitted = fit(batch, size, count, ppo.get("seq_length", 4) if recurrent else 1)
    if fitted == size:
        return None
    ppo["minibatch_size"] = fitted
    return f"minibatch {size} -> {fitted}: {num_envs} envs x {horizon} steps in {batch // fitted} minibatches"


def _divisors(number: int) -> list[int]:
    small = [n for n in range(1, math.isqrt(number) + 1) if number % n == 0]
    return sorted({*small, *(number // n for n in small)})
