"""Rules for the values of a config, and schemas made of them."""

import math
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gymctl.core.names import is_name


@dataclass(frozen=True)
class Rule:
    """Which values are accepted, and how to say it to the user."""

    accepts: str
    """Completes "give …"."""
    test: Callable[[Any], bool]
    choices: tuple[str, ...] = ()
    """The accepted names, for suggestions."""


Schema = dict[str, Any]
"""Keys to rules or further schemas; the key ``"*"`` stands for any other key."""

_INT64_MAX = 2**63 - 1
_FLOAT_MAX = sys.float_info.max


def keys_of(rule: Rule, names: str) -> Schema:
    """A schema in which several keys, separated by spaces, have the same rule."""
    return dict.fromkeys(names.split(), rule)


def integer(low: int, *others: Any, high: int = _INT64_MAX) -> Rule:
    """An integer from `low` to `high`, or one of `others`."""
    bounds = f"an integer of at least {low}" if high == _INT64_MAX else f"an integer from {low} to {high}"
    return _or_one_of(bounds, lambda v: isinstance(v, int) and not isinstance(v, bool) and low <= v <= high, others)


def number(low: float = -_FLOAT_MAX, *others: Any, high: float = _FLOAT_MAX) -> Rule:
    """A finite number from `low` to `high`, or one of `others`."""
    bounds = "a finite number"
    if low > -_FLOAT_MAX:
        bounds = f"a finite number of at least {low}" if high == _FLOAT_MAX else f"a number from {low} to {high}"
    return _or_one_of(bounds, lambda v: _is_number(v) and low <= v <= high, others)


def positive(*others: Any) -> Rule:
    """A finite number above 0, or one of `others`."""
    return _or_one_of("a finite number above 0", lambda v: _is_number(v) and 0 < v <= _FLOAT_MAX, others)


def one_of(*choices: Any) -> Rule:
    """One of some names."""
    names = tuple(c for c in choices if isinstance(c, str))
    return Rule("one of " + ", ".join(map(str, choices)), lambda v: any(_same(v, c) for c in choices), names)


def list_of(item: Rule, what: str, length: int | None = None) -> Rule:
    """A list with items that all pass one rule, not empty if its length is left open."""
    return Rule(
        what,
        lambda v: isinstance(v, list) and (len(v) == length if length else bool(v)) and all(map(item.test, v)),
    )


def like(value: Any) -> Rule:
    """A value of the same kind as one that is known to be right."""
    if isinstance(value, bool):
        return BOOL
    if _is_number(value):
        return NUMBER
    if isinstance(value, str):
        return TEXT
    if isinstance(value, list) and value and all(map(_is_number, value)):
        return list_of(NUMBER, f"{len(value)} finite numbers, as {value}", len(value))
    return LIST if isinstance(value, list) else ANY


def holds_nan(value: Any) -> bool:
    """Whether a value is NaN or has NaN anywhere in it."""
    if isinstance(value, dict):
        return any(map(holds_nan, value.values()))
    if isinstance(value, list):
        return any(map(holds_nan, value))
    return isinstance(value, float) and math.isnan(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _same(value: Any, choice: Any) -> bool:
    return type(value) is type(choice) and value == choice


def _or_one_of(accepts: str, test: Callable[[Any], bool], others: tuple[Any, ...]) -> Rule:
    names = "".join(f", or {other!r}" for other in others)
    return Rule(accepts + names, lambda v: any(_same(v, other) for other in others) or test(v))


_DEVICE = re.compile(r"auto|cpu|cuda(:[0-9]{1,3})?")

ANY = Rule("a value without NaN", lambda v: not holds_nan(v))
BOOL = Rule("True or False", lambda v: isinstance(v, bool))
NAME = Rule("a plain name without path separators, 150 bytes or shorter", is_name)
NAME_OR_NONE = Rule(NAME.accepts, lambda v: v in ("", None) or is_name(v))
TEXT = Rule("text (quote it if it looks like a number)", lambda v: isinstance(v, str))
NUMBER = number()
LIST = Rule("a list", lambda v: isinstance(v, list) and not holds_nan(v))
COUNT = integer(1)
LIMIT = Rule("a number above 0 (.inf: no limit)", lambda v: _is_number(v) and v > 0)
THRESHOLD = Rule("a number (.inf and -.inf included)", lambda v: _is_number(v) and not holds_nan(v))
FRACTION = number(0, high=1)
VECTOR3 = list_of(NUMBER, "three finite numbers, as [0.0, 0.0, -9.81]", 3)
UNITS = list_of(COUNT, "a list of integers above 0, as [256, 128, 64]")
DEVICE = Rule(
    "auto, cpu, cuda or cuda:N", lambda v: isinstance(v, str) and bool(_DEVICE.fullmatch(v)), ("auto", "cpu", "cuda")
)
SEED = integer(0, high=2**32 - 1)
