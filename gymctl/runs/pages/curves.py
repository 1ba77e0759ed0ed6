"""Draws learning curves as SVG in a page, in the page's colours."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from gymctl.runs.pages.html import Html, element
from gymctl.runs.plotting import Axis, Line, points_in_common, time_unit
from gymctl.runs.units import short

_COLOURS, _DASHES = 7, 4
"""Classes that `page.css` has; two lines beside each other differ in both."""
_WIDTH, _HEIGHT = 460, 290
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 10, 44
_TICKS = 5
_MOST_POINTS = 600
Place = Callable[[np.ndarray], np.ndarray]


def charts(lines: Sequence[Line], what: str) -> Html:
    """Two charts beside each other, against env steps and against the time of the training, and a legend.

    Args:
        lines: What to draw, each with at least one point.
        what: What the curves are of.
    """
    unit, seconds = time_unit(max(curve.seconds[-1] for line in lines for curve in line.curves))
    drawn = element(
        "div",
        chart(lines, what),
        _chart(lines, "seconds", seconds, what, f"training time [{unit}]"),
        class_="charts",
    )
    return Html(drawn + (_legend(lines) if len(lines) > 1 else ""))


def chart(lines: Sequence[Line], what: str) -> Html:
    """One chart against env steps; see `charts`."""
    return _chart(lines, "env_steps", 1.0, what, "env steps")


def _legend(lines: Sequence[Line]) -> Html:
    def sample(index: int) -> Html:
        return element(
            "svg",
            element("line", x1=0, y1=6, x2=28, y2=6, class_=_look(index)),
            viewBox="0 0 28 12",
            aria_hidden="true",
        )

    items = [element("li", sample(index), element("span", line.label)) for index, line in enumerate(lines)]
    return element("ul", *items, class_="legend")


def _look(index: int) -> str:
    return f"curve l{index % _COLOURS} d{index % _DASHES}"


def _chart(lines: Sequence[Line], axis: Axis, unit: float, what: str, against: str) -> Html:
    curves = [(np.asarray(getattr(c, axis), dtype=float) / unit, np.asarray(c.values)) for m in lines for c in m.curves]
    x_low, x_high = min(0.0, *(x[0] for x, _ in curves)), max(x[-1] for x, _ in curves)
    low, high = _with_margin(min(y.min() for _, y in curves), max(y.max() for _, y in curves))

    def right(x: np.ndarray) -> np.ndarray:
        return _LEFT + (x - x_low) / ((x_high - x_low) or 1.0) * (_WIDTH - _LEFT - _RIGHT)

    def down(y: np.ndarray) -> np.ndarray:
        return _HEIGHT - _BOTTOM - (y - low) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)

    parts = _axes(_ticks(x_low, x_high), _ticks(low, high), right, down)
    for index, line in enumerate(lines):
        parts += _line(line, axis, unit, right, down, index)
    parts.append(element("text", against, x=(_LEFT + _WIDTH - _RIGHT) / 2, y=_HEIGHT - 6, text_anchor="middle"))
    picture = element(
        "svg", *parts, viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img", aria_label=f"{what} against {against}"
    )
    return element("figure", element("figcaption", what), picture)


def _axes(x_ticks: Sequence[float], y_ticks: Sequence[float], right: Place, down: Place) -> list[Html]:
    parts = []
    for tick, at in zip(y_ticks, down(np.asarray(y_ticks)), strict=True):
        parts.append(element("line", x1=_LEFT, y1=f"{at:.1f}", x2=_WIDTH - _RIGHT, y2=f"{at:.1f}", class_="grid"))
        parts.append(element("text", _label(tick), x=_LEFT - 7, y=f"{at + 4:.1f}", text_anchor="end"))
    for tick, at in zip(x_ticks, right(np.asarray(x_ticks)), strict=True):
        parts.append(element("text", _label(tick), x=f"{at:.1f}", y=_HEIGHT - _BOTTOM + 17, text_anchor="middle"))
    floor = _HEIGHT - _BOTTOM
    parts.append(element("line", x1=_LEFT, y1=floor, x2=_WIDTH - _RIGHT, y2=floor, class_="axis"))
    return parts


def _line(line: Line, axis: Axis, unit: float, right: Place, down: Place, index: int) -> list[Html]:
    if len(line.curves) == 1:
        (curve,) = line.curves
        x, y = _thinned(np.asarray(getattr(curve, axis), dtype=float), np.asarray(curve.values))
        return [element("path", d=_path(right(x / unit), down(y)), class_=_look(index))]
    x, values = points_in_common(line.curves, axis)
    across = right(x / unit)
    top, bottom = down(values.max(axis=0)), down(values.min(axis=0))
    band = _path(np.concatenate((across, across[::-1])), np.concatenate((top, bottom[::-1])))
    return [
        element("path", d=f"{band}Z", class_=f"band l{index % _COLOURS}"),
        element("path", d=_path(across, down(values.mean(axis=0))), class_=_look(index)),
    ]


def _path(x: np.ndarray, y: np.ndarray) -> str:
    return "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x, y, strict=True))


def _thinned(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """No more points than can be seen: of each stretch the lowest and the highest."""
    if len(x) <= _MOST_POINTS:
        return x, y
    stretches = np.array_split(np.arange(len(x)), _MOST_POINTS // 2)
    kept = np.unique([[part[y[part].argmin()], part[y[part].argmax()]] for part in stretches])
    return x[kept], y[kept]


def _with_margin(low: float, high: float) -> tuple[float, float]:
    margin = 0.04 * (high - low) or abs(high) / 2 or 1.0
    return low - margin, high + margin


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers between two, at most six."""
    rough = (high - low) / _TICKS
    if not rough:
        return [low]
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    return [step * index for index in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _label(tick: float) -> str:
    return short(tick) if abs(tick) >= 1e4 else f"{tick:.10g}" if abs(tick) >= 1e-3 or not tick else f"{tick:.3g}"
