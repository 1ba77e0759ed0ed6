"""Means and their 95 % intervals."""

import math
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Statistics:
    """Statistics of one number an episode."""

    mean: float
    std: float
    """Sample standard deviation; 0 for a single episode."""
    min: float
    max: float
    ci95: tuple[float, float] | None
    """95 % confidence interval of the mean, by Student's t; None for a single episode."""

    @classmethod
    def of(cls, values: Tensor) -> "Statistics":
        """Statistics of all elements of a tensor."""
        values = values.double().flatten()
        mean = values.mean().item()
        lowest, highest, count = values.min().item(), values.max().item(), values.numel()
        if count == 1:
            return cls(mean, 0.0, lowest, highest, None)
        std = values.std().item()
        half = t_quantile(count - 1) * std / math.sqrt(count)
        return cls(mean, std, lowest, highest, (mean - half, mean + half))


_T_QUANTILES = (
    *(12.7062047, 4.3026527, 3.1824463, 2.7764451, 2.5705818, 2.4469119, 2.3646243, 2.3060041, 2.2621572, 2.2281389),
    *(2.2009852, 2.1788128, 2.1603687, 2.1447867, 2.1314495, 2.1199053, 2.1098156, 2.1009220, 2.0930241, 2.0859634),
)
_Z_QUANTILE = 1.9599640


def t_quantile(degrees_of_freedom: int) -> float:
    """The 97.5 % quantile of Student's t distribution, exact to five digits.

    From a table for up to 20 degrees of freedom, and beyond by the Cornish-Fisher expansion around the normal one.
    """
    if degrees_of_freedom <= len(_T_QUANTILES):
        return _T_QUANTILES[degrees_of_freedom - 1]
    z, n = _Z_QUANTILE, degrees_of_freedom
    first, second = (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    return z + first / n + second / n**2 + third / n**3


def rate_interval(events: int) -> tuple[float, float]:
    """95 % confidence interval of the number of events that Poisson's distribution would give, by Byar's approximation.

    It is exact to a hundredth, but for no event, where its upper end is 3.66 instead of 3.69.

    Args:
        events: How many there were.
    """

    def bound(count: int, z: float) -> float:
        return count * (1.0 - 1.0 / (9.0 * count) + z / (3.0 * math.sqrt(count))) ** 3

    return (bound(events, -_Z_QUANTILE) if events else 0.0), bound(events + 1, _Z_QUANTILE)


def share_interval(held: int, count: int) -> tuple[float, float]:
    """95 % confidence interval of a share, Wilson's.

    Args:
        held: How many of them.
        count: Of how many.
    """
    share, z2 = held / count, _Z_QUANTILE**2
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = _Z_QUANTILE / (1 + z2 / count) * math.sqrt(share * (1 - share) / count + z2 / (4 * count**2))
    return max(0.0, middle - half), min(1.0, middle + half)
