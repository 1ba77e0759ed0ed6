"""The figures of the page as HTML and as a curve."""

import math
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from gymctl.core.words import counted
from gymctl.policies.motion import ACTUAL_NAME, COMMANDED_NAME, Motion
from gymctl.viewer.episodes import EpisodeStatistics

SMALL = "font-size: 0.8em; margin: 0.3em 1em; white-space: pre-line; overflow-wrap: anywhere;"
"""The style of a paragraph."""
CURVE_COLOUR = "#d55e00"  # vermilion, which colour-blind people tell from the rest
_GAIN, _COST = "#0072b2", CURVE_COLOUR
_TABLE = "font-size: 0.8em; margin: 0.3em 1em; font-variant-numeric: tabular-nums"
_GREY = "color: #868e96"


def table(rows: Mapping[str, str]) -> str:
    """A table of names and values."""
    cells = "".join(
        f'<tr><td style="{_GREY}; padding-right: 0.8em; vertical-align: top">{escape(name)}</td>'
        f'<td style="overflow-wrap: anywhere">{escape(value)}</td></tr>'
        for name, value in rows.items()
    )
    return f'<table style="{_TABLE}">{cells}</table>'


def bars(title: str, values: Mapping[str, float]) -> str:
    """A bar for each value, gains to the right and costs to the left; ``""`` without values."""
    if not values:
        return ""
    highest, lowest = max(0.0, *values.values()), min(0.0, *values.values())
    spread = highest - lowest or 1.0
    rows = "".join(
        f'<tr><td style="{_GREY}; padding-right: 0.8em; white-space: nowrap">{escape(name)}</td>'
        f'<td style="width: 100%">{_bar(value, lowest, spread)}</td>'
        f'<td style="text-align: right; padding-left: 0.8em">{value:z.1f}</td></tr>'
        for name, value in values.items()
    )
    return f'<p style="{SMALL}">{escape(title)}</p><table style="{_TABLE}; width: calc(100% - 2em)">{rows}</table>'


def motion(moving: Motion | None, env: int) -> dict[str, str]:
    """Rows that tell how a robot moves, and how it is told to.

    Args:
        moving: Of the robots, None if nothing can be told.
        env: Which one.
    """
    if moving is None:
        return {}
    if moving.command is None:
        return {"Moves": f"{moving.speed[env]:.2f} m/s"}
    told, actual = (_velocity(values[env]) for values in (moving.command, moving.velocity))
    return {f"Command ({COMMANDED_NAME})": told, f"Velocity ({ACTUAL_NAME})": actual}


def _velocity(values: np.ndarray) -> str:
    forward, sideways, turning = values
    return f"{forward:z.2f} forward, {sideways:z.2f} sideways m/s, turning {turning:z.2f} rad/s"


def finished(episodes: EpisodeStatistics) -> str:
    """How many episodes have ended, and their means, once they don't tell of those alone who fell early."""
    if not episodes.finished:
        return "no episode yet"
    ended = counted(episodes.finished, "episode")
    count = episodes.finished_by_all()
    if not count:
        return f"{ended}; no mean until every env has finished one"
    mean_return, mean_length = episodes.means()
    return f"{ended}; first {count:,} of every env: mean return {mean_return:.1f}, mean length {mean_length:.1f}"


def curve(rewards: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    """The rewards over the control steps from 1, as viser draws them."""
    values = np.array(rewards or [math.nan])
    return np.arange(1.0, len(values) + 1.0), values


def _bar(value: float, lowest: float, spread: float) -> str:
    left, width = (min(value, 0.0) - lowest) / spread, abs(value) / spread
    colour = _GAIN if value >= 0 else _COST
    return (
        f'<div style="margin-left: {100 * left:z.1f}%; width: {100 * width:.1f}%; min-width: 1px; height: 0.8em; '
        f'background: {colour}"></div>'
    )
