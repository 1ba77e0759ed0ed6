"""Which physics the simulations that are made from now on have."""

from collections.abc import Iterator
from contextlib import contextmanager

from gymctl.core.errors import InputError

CHOICES = ("fast", "isaacgym")

_FINEST = 0.00053
"""Timestep with ``isaacgym`` [s]."""
_chosen = "fast"


def choose(physics: str) -> None:
    """Has simulations that are made from now on be ``fast``, or as near to ``isaacgym`` as can be.

    Raises:
        InputError: It is neither.
    """
    global _chosen
    if physics not in CHOICES:
        raise InputError(f"physics can't be '{physics}'", f"give one of {', '.join(CHOICES)}")
    _chosen = physics


@contextmanager
def using(physics: str) -> Iterator[None]:
    """As `choose`, for simulations that are made meanwhile."""
    before = _chosen
    choose(physics)
    try:
        yield
    finally:
        choose(before)


def timesteps_of(substep: float) -> tuple[int, bool]:
    """MuJoCo's timesteps in a substep [s], and whether contacts and limits are as hard as these allow."""
    return (max(1, round(substep / _FINEST)), True) if _chosen == "isaacgym" else (1, False)
