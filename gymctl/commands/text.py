"""Formats text for terminals: lines, tables, times and curves; without Rich, which takes long to import."""

import itertools
import math
import os
import shutil
import sys
import textwrap
from collections.abc import Sequence

from gymctl.core.terminal import one_line

BLOCKS = "▁▂▃▄▅▆▇█"


def terminal_columns() -> int | None:
    """How wide the terminal on stdout is; None where it is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def shows_colours() -> bool:
    """Whether stdout is a terminal that shows colours, and the user hasn't said no with ``NO_COLOR``."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"


def wrap_lines(text: str, indent: int) -> str:
    """Text for stdout: on a terminal, what is too long for a line goes on in the next one, indented."""
    columns = terminal_columns()
    if columns is None:
        return text
    return "\n".join(textwrap.fill(line, columns, subsequent_indent=" " * indent) for line in text.splitlines())


def format_table(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Lines up the columns of some rows.

    Args:
        rows: Of one length, a heading first. Whatever a cell holds, it is shown in one line.
        right: Columns whose ends are lined up, as of numbers.
    """
    shown = [[one_line(text) for text in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]

    def cell(text: str, column: int) -> str:
        return text.rjust(widths[column]) if column in right else text.ljust(widths[column])

    return "\n".join("  ".join(cell(text, column) for column, text in enumerate(row)).rstrip() for row in shown)


def describe_end(stopped_by: str) -> str:
    """Why a training ended before its last epoch, as ``stopped by SIGINT``; ``""`` if it didn't.

    Args:
        stopped_by: As `gymctl.learning.session.TrainingResult.stopped_by`.
    """
    if stopped_by == "score_to_win":
        return "score_to_win reached"
    return "" if stopped_by == "max_epochs" else f"stopped by {stopped_by}"


def format_clock(seconds: float) -> str:
    """A time as clocks show it: ``m:ss`` or ``h:mm:ss``."""
    hours, rest = divmod(max(round(seconds), 0), 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def draw_sparkline(values: Sequence[float], width: int, levels: str = BLOCKS) -> str:
    """Draws a curve in one line: the means of equal stretches, from the lowest to the highest.

    Args:
        values: The curve; values that are not finite are left out.
        width: How many characters there is room for.
        levels: The characters, from the lowest to the highest.
    """
    finite = [value for value in values if math.isfinite(value)]
    columns = min(width, len(finite))
    edges = [round(column * len(finite) / columns) for column in range(columns + 1)] if columns > 0 else []
    means = [sum(finite[a:b]) / (b - a) for a, b in itertools.pairwise(edges)]
    low, high = min(means, default=0.0), max(means, default=0.0)
    scale = (len(levels) - 1) / (high - low) if high > low else 0.0
    return "".join(levels[round((mean - low) * scale)] for mean in means)
