"""What a sweep looks for: one number of a training's learning curve, or of playing what it has learned."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gymctl.core.errors import InputError, suggest
from gymctl.runs.history import Curve

_NAMES = ("best", "last", "area", "eval", "time-to:R", "frames-to:R")


@dataclass(frozen=True)
class Objective:
    """One number of a training, and whether more of it is better."""

    name: str
    """As the user writes it, as ``time-to:3000``."""
    unit: str
    measure: Callable[[Curve], float | None]
    """Takes a curve with at least one point."""
    goal: float | None = None
    """The return that is to be reached as soon as possible; None where more is better."""
    is_played: bool = False
    """Whether the curve doesn't have it: the best checkpoint is played for it, once it has been trained."""

    @property
    def is_minimised(self) -> bool:
        """Whether less is better."""
        return self.goal is not None

    def value(self, curve: Curve) -> float | None:
        """The number of a curve of mean returns; None where there is none (yet)."""
        return self.measure(curve) if curve.values and not self.is_played else None

    def score(self, curve: Curve) -> float:
        """How good a training is so far: higher is better, for every objective; nan before an episode has ended.

        With a goal, whoever has reached it has a score above 0, the sooner the higher; the others have at most 0, the
        nearer the higher. What has yet to be played has the score of its curve.
        """
        number = self.measure(curve) if curve.values else None
        if number is not None:
            return self.score_of(number)
        return max(curve.values) - self.goal if curve.values and self.goal is not None else math.nan

    def score_of(self, number: float) -> float:
        """The score of a training by its number."""
        return 1 / max(number, 1e-9) if self.is_minimised else number

    def mean(self, numbers: Sequence[float | None]) -> float | None:
        """The objective of a trial: the mean over its seeds; None where one of them has none."""
        known = [number for number in numbers if number is not None]
        return sum(known) / len(known) if known and len(known) == len(numbers) else None

    def rank(self, number: float | None) -> float:
        """Sorts trials, the best first and those without a number last."""
        if number is None:
            return math.inf
        return number if self.is_minimised else -number


def parse_objective(text: str) -> Objective:
    """Reads an objective.

    Args:
        text: ``best``: the best mean return; ``last``: the last one; ``area``: the mean over the training; ``eval``:
            that of the best checkpoint, played without noise; ``time-to:R`` and ``frames-to:R``: seconds of training
            and env steps until the mean return is R.

    Raises:
        InputError: There is no such objective.
    """
    name, colon, number = text.partition(":")
    if text == "eval":
        return Objective(text, "", _WHOLE["best"], is_played=True)
    if text in _WHOLE:
        return Objective(text, "", _WHOLE[text])
    if name in _UNITS and colon:
        try:
            goal = float(number)
        except ValueError:
            goal = math.nan
        if math.isfinite(goal):
            return Objective(text, _UNITS[name], lambda curve: _until(curve, goal, in_time=name == "time-to"), goal)
    if name in _UNITS:
        raise InputError(f"--objective {text} names no return to reach", f"give a number, as in {name}:3000")
    raise InputError(f"there is no objective {text!r}", suggest(name, _NAMES) or f"use one of {', '.join(_NAMES)}")


def _area(curve: Curve) -> float:
    """The area under the curve against env steps, divided by its width: the mean return over the training."""
    steps, values = curve.env_steps, curve.values
    width = steps[-1] - steps[0]
    if width <= 0:
        return values[-1]
    pieces = zip(steps, steps[1:], values, values[1:], strict=False)
    return sum((b - a) * (left + right) / 2 for a, b, left, right in pieces) / width


def _until(curve: Curve, goal: float, *, in_time: bool) -> float | None:
    spent = curve.seconds if in_time else curve.env_steps
    return next((cost for cost, value in zip(spent, curve.values, strict=True) if value >= goal), None)


_WHOLE: dict[str, Callable[[Curve], float]] = {
    "best": lambda curve: max(curve.values),
    "last": lambda curve: curve.values[-1],
    "area": _area,
}
_UNITS = {"time-to": "s", "frames-to": "env steps"}
