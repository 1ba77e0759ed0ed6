"""Draws a curve with characters, for the terminal."""

import math
from collections.abc import Sequence

from gymctl.runs.units import short

_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))  # of a braille character: left and right, from the top
_BRAILLE = 0x2800
_HEIGHT = 10  # rows
_NARROWEST = 20


def labelled(
    x: Sequence[float], y: Sequence[float], title: str, x_title: str, columns: int, *, braille: bool = True
) -> str:
    """Draws a curve with its limits beside it; points that are not finite are left out.

    Args:
        x: Where the points are, ascending.
        y: The values, as many.
        title: What the values are.
        x_title: What they are drawn against.
        columns: How many characters may stand in a row.
        braille: Whether the terminal can show braille characters.

    Returns:
        The drawing, or what there is to say of fewer than two points.
    """
    points = [(at, value) for at, value in zip(x, y, strict=True) if math.isfinite(value)]
    if len(points) < 2:
        return f"{title}: no curve yet"
    x, y = zip(*points, strict=True)
    high, low = (_reading(limit(y)) for limit in (max, min))
    margin = max(len(high), len(low))
    rows = draw(x, y, max(columns - margin - 2, _NARROWEST), _HEIGHT, braille=braille)
    labels = [high, *[""] * (_HEIGHT - 2), low]
    side, corner, line = ("│", "└", "─") if braille else ("|", "+", "-")
    lines = [f"{label:>{margin}} {side}{row}" for label, row in zip(labels, rows, strict=True)]
    begin, end = short(x[0]), f"{short(x[-1])} {x_title}"
    space = " " * max(len(rows[0]) - len(begin) - len(end), 1)
    axis = f"{'':>{margin}} {corner}{line * len(rows[0])}"
    return "\n".join([title, *(text.rstrip() for text in lines), axis, f"{'':>{margin}}  {begin}{space}{end}"])


def draw(x: Sequence[float], y: Sequence[float], width: int, height: int, *, braille: bool = True) -> list[str]:
    """Draws a curve.

    Args:
        x: Where the points are, ascending.
        y: Finite values, as many.
        width: How many characters there are in a row.
        height: How many rows there are.
        braille: Whether to use braille characters, eight dots each, or asterisks.

    Returns:
        The rows, from the top, the largest value in the first and the smallest in the last.
    """
    dots_per_column, dots_per_row = (2, 4) if braille else (1, 1)
    columns, rows = width * dots_per_column, height * dots_per_row
    levels = _levels(_resample(x, y, columns), rows)
    cells = [[0] * width for _ in range(height)]
    for column, level in enumerate(levels):
        before = levels[max(column - 1, 0)]
        # a steep curve has no gaps: a column reaches to where the one before ended
        for dot in range(min(level, before + 1), max(level, before - 1) + 1):
            row, sub_row = divmod(rows - 1 - dot, dots_per_row)
            cells[row][column // dots_per_column] |= _DOTS[column % dots_per_column][sub_row] if braille else 1
    characters = (lambda cell: chr(_BRAILLE + cell) if cell else " ") if braille else lambda cell: " *"[cell]
    return ["".join(map(characters, row)) for row in cells]


def _resample(x: Sequence[float], y: Sequence[float], columns: int) -> list[float]:
    """The mean of the points in each column; where there are none, a straight line to the next."""
    span = (x[-1] - x[0]) or 1.0
    sums, counts = [0.0] * columns, [0] * columns
    for at, value in zip(x, y, strict=True):
        column = min(int((at - x[0]) / span * columns), columns - 1)
        sums[column] += value
        counts[column] += 1
    known = [column for column in range(columns) if counts[column]]
    means = {column: sums[column] / counts[column] for column in known}
    values = []
    for column in range(columns):
        left = max((k for k in known if k <= column), default=known[0])
        right = min((k for k in known if k >= column), default=known[-1])
        share = (column - left) / (right - left) if right > left else 0.0
        values.append(means[left] + share * (means[right] - means[left]))
    return values


def _levels(values: list[float], rows: int) -> list[int]:
    low, high = min(values), max(values)
    scale = (rows - 1) / (high - low) if high > low else 0.0
    return [round((value - low) * scale) for value in values]


def _reading(value: float) -> str:
    return short(value) if abs(value) >= 1e4 else f"{value:.4g}"
