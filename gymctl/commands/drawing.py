"""What is drawn on terminals by Rich: whether to draw at all, and curves of one line."""

import itertools
import math
import os
import sys
from collections.abc import Sequence

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.text import Text

_BLOCKS = "▁▂▃▄▅▆▇█"
_ASCII = "_.-~=+*#"


def live_console() -> Console | None:
    """The terminal on stderr; None where it is none, or one that only takes plain lines, as those of CI services."""
    console = Console(stderr=True)
    draws = sys.stderr.isatty() and not console.is_dumb_terminal and not os.environ.get("CI")
    return console if draws else None


class Sparkline:
    """A curve in one line, as wide as there is room: the means of equal stretches, from the lowest to the highest.

    Args:
        values: The curve.
    """

    def __init__(self, values: Sequence[float]) -> None:
        self._values = values

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        levels = _ASCII if options.ascii_only else _BLOCKS
        yield Text(sparkline(self._values, options.max_width, levels), style="cyan", no_wrap=True, overflow="crop")

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(1, options.max_width)


def sparkline(values: Sequence[float], width: int, levels: str = _BLOCKS) -> str:
    """A curve as text, in at most `width` characters; what is not finite is left out.

    Args:
        values: The curve.
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
