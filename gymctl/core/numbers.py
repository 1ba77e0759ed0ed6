"""Numbers that come from files: finite and of a bounded size, or none."""

import math
from collections.abc import Mapping
from typing import Any

LARGEST_INTEGER = 2**63 - 1
_DEEPEST = 32


def finite(value: Any) -> int | float | None:
    """A number that something read from a file is.

    Args:
        value: Anything.

    Returns:
        The number; None where the value is none, isn't finite, or is an integer beyond 64 bits.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if abs(value) <= LARGEST_INTEGER else None
    return value if isinstance(value, float) and math.isfinite(value) else None


def finite_int(value: Any) -> int | None:
    """The same, cut to an integer of 64 bits."""
    number = finite(value)
    return None if number is None or abs(number) > LARGEST_INTEGER else int(number)


def plain_data(value: Any, *, levels: int = _DEEPEST) -> Any:
    """What JSON can hold: the same with None for numbers that aren't finite ones of 64 bits.

    Args:
        value: Mappings, lists, tuples and plain values.
        levels: How deep it may be nested.

    Raises:
        ValueError: It is nested deeper.
    """
    if isinstance(value, int | float):
        return value if isinstance(value, bool) else finite(value)
    if isinstance(value, list | tuple | Mapping):
        if levels == 0:
            raise ValueError("nested without measure")
        if isinstance(value, Mapping):
            return {key: plain_data(item, levels=levels - 1) for key, item in value.items()}
        return [plain_data(item, levels=levels - 1) for item in value]
    return value
