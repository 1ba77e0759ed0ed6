"""Prints what a task measures beyond the return."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gymctl.core.terminal import one_line

if TYPE_CHECKING:
    from gymctl.policies.measuring import Measured

_STATISTICS = ("unit", "mean", "ci95", "std", "min", "max")


def measure_fields(measures: "Sequence[Measured]") -> dict[str, Any]:
    """For machines: by name the unit, the mean, its interval and the spread over episodes."""
    return {measure.name: {key: getattr(measure, key) for key in _STATISTICS} for measure in measures}


def measure_lines(measures: "Sequence[Measured]") -> list[str]:
    """For people: a line for each, under a heading."""
    if not measures:
        return []
    names = [one_line(f"{measure.name} [{measure.unit}]") for measure in measures]
    width = max(map(len, names))
    lines = [f"{'':<{width}}{'mean':>10}{'95% interval':>22}"]
    for name, measure in zip(names, measures, strict=True):
        interval = " to ".join(map(shown, measure.ci95)) if measure.ci95 else "-"
        lines.append(f"{name:<{width}}{shown(measure.mean):>10}{interval:>22}")
    return lines


def shown(number: float) -> str:
    """A number with three digits, or all before the point."""
    return f"{number:,.0f}" if 1000.0 <= abs(number) < 1e12 else f"{number:.3g}"
