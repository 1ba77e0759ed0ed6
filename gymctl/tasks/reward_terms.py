"""The terms of a reward: training adds them up, and whoever asks is told them one by one."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

Terms = Mapping[str, Tensor | float]
"""By name, each ``[N]``, the first one at least; costs are negative. A number is the same for all."""


def add_up(terms: Terms) -> Tensor:
    """Their sum ``[N]``, added in their order."""
    first, *others = terms.values()
    total: Any = first
    for term in others:
        total = total + term
    return total


def with_failure(terms: Terms, failed: Tensor, name: str, value: float) -> dict[str, Tensor]:
    """The terms where an episode goes on, and where it fails, a value alone in their place.

    Args:
        terms: Of all.
        failed: Where that is, bool ``[N]``.
        name: What the value is called.
        value: The reward of a failure.
    """
    left = {key: torch.where(failed, 0.0, term) for key, term in terms.items()}
    return {**left, name: torch.where(failed, value, 0.0)}


def with_floor(terms: Terms) -> dict[str, Tensor]:
    """The terms, and what lifts their sum to 0 where it is negative."""
    total = add_up(terms)
    everywhere = {key: torch.zeros_like(total) + term for key, term in terms.items()}
    return {**everywhere, "at_least_0": total.clamp(min=0.0) - total}
