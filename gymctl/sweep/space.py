"""The search space of a sweep: which config keys vary, and over which values."""

import itertools
import json
import math
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from gymctl.config import load_yaml
from gymctl.config.trees import dotted, leaves
from gymctl.config.yaml_io import parse_yaml
from gymctl.core.errors import InputError

_RANGE = re.compile(r"(?P<low>[^\s:,/]*)\.\.(?P<high>[^\s:,/]*)(?P<marks>(?::\w*)*)")
_MARKS = ("log", "int")
_EXAMPLE = "write a range as in 1e-4..1e-2, 1e-4..1e-2:log or 8..64:int"
_MOST_GRID_POINTS = 100_000
_MOST_KEYS = 100


@dataclass(frozen=True)
class Choice:
    """Some values, each as likely as the others."""

    values: tuple[Any, ...]

    def draw(self, generator: random.Random) -> Any:
        """A value at random; one that stands there often is as likely as the others."""
        return generator.choice(self._different)

    @property
    def extremes(self) -> tuple[Any, ...]:
        """Values of which each must be valid for all to be."""
        return self.values

    @property
    def texts(self) -> tuple[str, ...]:
        """The different values, as JSON."""
        return tuple(map(_text, self._different))

    def as_data(self) -> Any:
        """As a ``--space`` file has it."""
        return list(self.values)

    @cached_property
    def _different(self) -> tuple[Any, ...]:
        return tuple({_text(value): value for value in self.values}.values())


@dataclass(frozen=True)
class Range:
    """All numbers from `low` to `high`; of integers, both included."""

    low: float
    high: float
    log: bool = False
    """Uniform in the logarithm, as suits learning rates."""
    integer: bool = False

    def draw(self, generator: random.Random) -> float | int:
        """A number at random."""
        low, high = (self.low - 0.5, self.high + 0.5) if self.integer else (self.low, self.high)
        if self.log:
            number = math.exp(generator.uniform(math.log(low), math.log(high)))
        else:
            number = generator.uniform(low, high)
        number = min(max(number, self.low), self.high)
        return round(number) if self.integer else number

    @property
    def extremes(self) -> tuple[Any, ...]:
        """Values of which each must be valid for all to be."""
        return (int(self.low), int(self.high)) if self.integer else (self.low, self.high)

    def as_data(self) -> Any:
        """As a ``--space`` file has it."""
        low, high = self.extremes
        return f"{low}..{high}{':log' * self.log}{':int' * self.integer}"


Space = dict[str, Choice | Range]
"""What varies, by config key, as ``task.env.headingWeight``."""
Values = dict[str, Any]
"""One point of a space."""


def split_arguments(arguments: Sequence[str]) -> tuple[Space, list[str]]:
    """Tells the keys that vary from the settings that all trials have.

    Args:
        arguments: ``KEY=VALUE``: a value ``a,b,c`` is a choice, ``lo..hi`` a range; others are settings. A comma in
            brackets or quotes belongs to a value.

    Returns:
        The space, and the settings as they were given.

    Raises:
        InputError: A range can't be read, or a key is there twice.
    """
    space: Space = {}
    settings: list[str] = []
    for argument in arguments:
        key, _, text = argument.partition("=")
        parameter = _parse(key, text)
        if parameter is None:
            settings.append(argument)
        else:
            _add(space, key, parameter)
    return space, settings


def load_space(path: Path) -> Space:
    """Reads a space from a YAML file: ``key: [a, b]``, ``key: a,b``, ``key: lo..hi:log`` or ``key: value``.

    Args:
        path: Its keys are dotted, or sections in each other.

    Raises:
        InputError: It can't be read, is empty, or has what is no value or range.
    """
    space: Space = {}
    for keys, value in leaves(load_yaml(path)):
        key = dotted(keys)
        if isinstance(value, list | dict) and not value:
            raise InputError(f"{path}: {key} has no values", "write key: [a, b] or key: lo..hi")
        if isinstance(value, list):
            _add(space, key, Choice(tuple(value)))
        else:
            parsed = _parse(key, value) if isinstance(value, str) else None
            _add(space, key, parsed or Choice((value,)))
    if not space:
        raise InputError(f"{path} has no keys to vary", "write lines of key: [a, b] or key: lo..hi")
    return space


def merged(*spaces: Space) -> Space:
    """One space of several.

    Raises:
        InputError: Two of them have the same key.
    """
    whole: Space = {}
    for key, parameter in itertools.chain.from_iterable(space.items() for space in spaces):
        _add(whole, key, parameter)
    return whole


def space_from(data: Mapping[str, Any]) -> Space:
    """The space that `as_data` was made of.

    Raises:
        InputError: It isn't one.
    """
    space: Space = {}
    for key, value in data.items():
        parameter = Choice(tuple(value)) if isinstance(value, list) and value else None
        if isinstance(value, str):
            parameter = _parse(key, value)
        if parameter is None or "=" in key:
            raise InputError(f"the space has no values for {key!r}", "start a new sweep")
        _add(space, key, parameter)
    return space


def as_data(space: Space) -> dict[str, Any]:
    """A space as plain data, as a ``--space`` file has it."""
    return {key: parameter.as_data() for key, parameter in space.items()}


def grid(space: Space) -> list[Values]:
    """Every combination of the values; the last key varies fastest.

    Raises:
        InputError: A key has a range, which has no end of values, or there are very many combinations.
    """
    for key, parameter in space.items():
        if isinstance(parameter, Range):
            raise InputError(
                f"--search grid can't try all values of {key}={parameter.as_data()}",
                f"list some, as in {key}={parameter.extremes[0]},{parameter.extremes[1]}; or use --search random",
            )
    choices = [parameter.extremes for parameter in space.values()]
    if (size := math.prod(map(len, choices))) > _MOST_GRID_POINTS:
        raise InputError(f"the grid has {size:,} points", "list fewer values, or use --search random")
    return [dict(zip(space, values, strict=True)) for values in itertools.product(*choices)]


def sample(space: Space, number: int, seed: int) -> list[Values]:
    """Random points, all different; the first of them are the same for every `number`.

    Args:
        space: What varies.
        number: How many.
        seed: Equal seeds give equal points.

    Raises:
        InputError: The space hasn't as many.
    """
    choices = [parameter for parameter in space.values() if isinstance(parameter, Choice)]
    size = math.prod(len(choice.texts) for choice in choices)
    if len(choices) == len(space) and size < number:
        raise InputError(
            f"{number} trials are more than the {size} combinations of these values",
            "use --search grid, which tries each of them once",
        )
    generator, points, seen = random.Random(seed), [], set()
    while len(points) < number:
        point = {key: parameter.draw(generator) for key, parameter in space.items()}
        if (text := _text(point)) not in seen or len(choices) < len(space):
            seen.add(text)
            points.append(point)
    return points


def overrides_of(values: Values) -> list[str]:
    """A point as ``KEY=VALUE`` settings, as a command line has them."""
    return [f"{key}={_text(value)}" for key, value in values.items()]


def encoded(values: Values, space: Space) -> dict[str, Any]:
    """A point for a search algorithm, which takes numbers and texts only: chosen values are JSON."""
    return {
        key: _text(value) if isinstance(space[key], Choice) else value for key, value in values.items() if key in space
    }


def decoded(point: Mapping[str, Any], space: Space) -> Values:
    """The values that `encoded` was given."""
    return {
        key: json.loads(point[key]) if isinstance(parameter, Choice) else point[key] for key, parameter in space.items()
    }


def extremes(space: Space) -> Iterator[Values]:
    """Points that show whether all values of a space are valid: each extreme value once, besides the first ones."""
    first = {key: parameter.extremes[0] for key, parameter in space.items()}
    yield first
    for key, parameter in space.items():
        for value in parameter.extremes[1:]:
            yield {**first, key: value}


def _add(space: Space, key: str, parameter: Choice | Range) -> None:
    if key in space:
        raise InputError(f"{key} varies twice", "give its values once")
    if len(space) == _MOST_KEYS:
        raise InputError(f"more than {_MOST_KEYS} keys vary", "vary fewer at a time")
    space[key] = parameter


def _parse(key: str, text: str) -> Choice | Range | None:
    """What a text varies over; None if it is one value."""
    if found := _RANGE.fullmatch(text):
        return _range(key, text, **found.groupdict())
    parts = list(_parts(text))
    if len(parts) < 2:
        return None
    if not all(part.strip() for part in parts):
        raise InputError(f"{key}={text} has an empty value", "write values as in 0.3,0.5,0.7")
    return Choice(tuple(parse_yaml(part, f"a value of {key}") for part in parts))


def _range(key: str, text: str, low: str, high: str, marks: str) -> Range:
    given = marks.split(":")[1:]
    unknown = [mark for mark in given if mark not in _MARKS]
    if unknown:
        raise InputError(f"{key}={text}: a range has no mark ':{unknown[0]}'", _EXAMPLE)
    try:
        ends = float(low), float(high)
    except ValueError:
        raise InputError(f"{key}={text} is no range: its ends are not numbers", _EXAMPLE) from None
    found = Range(*ends, log="log" in given, integer="int" in given)
    if not all(map(math.isfinite, ends)) or ends[0] >= ends[1]:
        raise InputError(f"{key}={text}: a range goes from a lower to a higher number", _EXAMPLE)
    if found.log and ends[0] <= 0:
        raise InputError(f"{key}={text}: a range with :log begins above 0", _EXAMPLE)
    if found.integer and not all(end.is_integer() for end in ends):
        raise InputError(f"{key}={text}: a range with :int has integers as ends", _EXAMPLE)
    return found


def _parts(text: str) -> Iterable[str]:
    """Splits at commas that stand neither in brackets nor in quotes."""
    depth, quote, begin = 0, "", 0
    for index, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in "[{":
            depth += 1
        elif character in "]}":
            depth -= 1
        elif character == "," and depth == 0:
            yield text[begin:index]
            begin = index + 1
    yield text[begin:]


def _text(value: Any) -> str:
    return json.dumps(value)
