"""Which physics the simulations that are made from now on have."""

from collections.abc import Iterator
from contextlib import contextmanager

_FINEST = 0.00053
"""Timestep with ``isaacgym`` [s]."""
_chosen = "fast"


@contextmanager
def using(physics: str) -> Iterator[None]:
    """Has simulations that are made meanwhile be ``fast``, or as near to ``isaacgym`` as can be."""
    global _chosen
    before, _chosen = _chosen, physics
    try:
        yield
    finally:
        _chosen = before


def timesteps_of(substep: float) -> tuple[int, bool]:
    """MuJoCo's timesteps in a substep [s], and whether contacts and limits are as hard as these allow."""
    return (max(1, round(substep / _FINEST)), True) if _chosen == "isaacgym" else (1, False)
