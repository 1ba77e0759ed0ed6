"""Draws a sweep: the learning curves of its trials, and the objective against each key that varies.

Of a population, whose values change, the values themselves are drawn as they went.
"""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gymctl.core.errors import InputError
from gymctl.core.inside import check_inside
from gymctl.runs.directory import Run
from gymctl.runs.figures import COLOURS, figure, formatter, label, value_formatter
from gymctl.runs.history import EPOCHS, REWARD, Curve, History, read_history
from gymctl.runs.units import short
from gymctl.sweep.naming import describe_values, short_names, show_value
from gymctl.sweep.record import POPULATION, Record, Trial
from gymctl.sweep.space import Choice, Range, Values

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NAME = "sweep.png"
_MOST_CURVES, _MOST_KEYS, _COLUMNS = 200, 24, 3
_NAMED = 5
"""The best trials, which have colours of their own."""
_OTHERS: dict[str, Any] = {"color": "#b0b0b0", "linewidth": 0.8, "zorder": 1}
_TITLES = {
    "best": "best mean return",
    "last": "last mean return",
    "area": "mean return over the training",
    "eval": "mean return without noise",
}
_LONGEST, _MOST_TICKS = 20, 12
_WIDE = 30
"""Between the ends of a list of numbers, from which on its axis is logarithmic."""


def draw(record: Record, path: Path) -> bool:
    """Draws a sweep.

    Args:
        record: The sweep.
        path: The ``.png`` or ``.svg`` file, replaced if there is one.

    Returns:
        False, and nothing is drawn, where no episode has ended yet.

    Raises:
        InputError: The file can't be written.
    """
    histories = {trial.number: _histories(record, trial) for trial in record.ranked[:_MOST_CURVES]}
    if not any(histories.values()):
        return False
    keys = list(record.plan.space)[:_MOST_KEYS]
    columns = min(len(keys), _COLUMNS)
    rows = -(-len(keys) // columns)
    with figure(path, 11, 4.2 + 2.8 * rows) as drawn:
        grid = drawn.add_gridspec(1 + rows, columns, height_ratios=[1.4, *[1.0] * rows])
        top = drawn.add_subplot(grid[0, :])
        _draw_curves(top, record, histories)
        for index, (key, name) in enumerate(zip(keys, short_names(keys), strict=True)):
            axes = drawn.add_subplot(grid[1 + index // columns, index % columns])
            if record.plan.search == POPULATION:
                _draw_values(axes, record, key, histories)
            else:
                _draw_objective(axes, record, key, is_first=index % columns == 0)
            axes.set_xlabel(axes.get_xlabel() or label(name))
            axes.set_ylabel(axes.get_ylabel() or (label(name) if record.plan.search == POPULATION else ""))
            axes.grid(alpha=0.3)
        handles, labels = top.get_legend_handles_labels()
        drawn.legend(handles, labels, loc="outside lower center", frameon=False, ncols=1 if len(keys) > 2 else 2)
        drawn.suptitle(label(record.directory.absolute().name), fontsize="medium")
    return True


def _histories(record: Record, trial: Trial) -> list[History]:
    """The curves of a trial, one history for each seed; those without mean returns are left out."""
    found = []
    for run in trial.runs:
        path = record.directory / run.run
        try:
            check_inside(path, record.directory)
            history = read_history(Run(path), (REWARD, EPOCHS))
        except (InputError, OSError):
            continue
        found += [history] if REWARD in history.curves else []
    return found


def _look(record: Record, trial: Trial) -> dict[str, Any]:
    rank = record.ranked.index(trial)
    return {"color": COLOURS[rank], "linewidth": 1.5, "zorder": 10 - rank} if rank < _NAMED else _OTHERS


def _draw_curves(axes: "Axes", record: Record, histories: dict[int, list[History]]) -> None:
    for trial in record.ranked:
        is_named = record.ranked.index(trial) < _NAMED
        name: str | None = label(f"trial {trial.number}: {describe_values(trial.values)}") if is_named else None
        for history in histories.get(trial.number, []):
            curve = history.curves[REWARD]
            axes.plot(curve.env_steps, curve.values, "-", label=name, **_look(record, trial))
            name = None
    if len(record.ranked) > _NAMED:
        axes.plot([], [], "-", label=f"{len(record.ranked) - _NAMED} others", **_OTHERS)
    axes.set(xlabel="env steps", ylabel="mean return")
    axes.xaxis.set_major_formatter(formatter(short))
    axes.yaxis.set_major_formatter(value_formatter())
    axes.grid(alpha=0.3)
    axes.margins(x=0.02)


def _draw_objective(axes: "Axes", record: Record, key: str, *, is_first: bool) -> None:
    """The objective of each trial that has one, against its value of a key."""
    positions = _axis(axes, "x", record, key)
    for trial in reversed(record.ranked):
        if trial.objective is None:
            continue
        look = _look(record, trial)
        axes.plot(
            positions(trial.values), trial.objective, "o", color=look["color"], markersize=5, zorder=look["zorder"]
        )
    objective = record.plan.objective
    unit = f" [{objective.unit}]" if objective.unit else ""
    axes.set_ylabel(f"{_TITLES.get(objective.name, objective.name)}{unit}" if is_first else "")
    axes.yaxis.set_major_formatter(value_formatter())


def _draw_values(axes: "Axes", record: Record, key: str, histories: dict[int, list[History]]) -> None:
    """The values of a key that the trials of a population have had, against env steps, with a dot where they copied."""
    positions = _axis(axes, "y", record, key)
    for trial in reversed(record.ranked):
        for history in histories.get(trial.number, []):
            epochs = history.curves.get(EPOCHS, Curve())
            steps_at = dict(zip(epochs.values, epochs.env_steps, strict=True))
            known = [exploit for exploit in trial.exploits if exploit.epoch in steps_at]
            steps = [0, *(steps_at[exploit.epoch] for exploit in known), history.curves[REWARD].env_steps[-1]]
            heights = [positions(values) for values in [*(exploit.old_values for exploit in known), trial.values]]
            look = _look(record, trial)
            axes.step(steps, [*heights, heights[-1]], "-", where="post", **look)
            axes.plot(steps[1:-1], heights[1:], "o", color=look["color"], markersize=4, zorder=look["zorder"])
    axes.set_xlabel("env steps")
    axes.xaxis.set_major_formatter(formatter(short))


def _axis(axes: "Axes", axis: str, record: Record, key: str) -> Callable[[Values], float]:
    """Prepares an axis, ``x`` or ``y``, for the values of a key, and tells where each is drawn."""
    from matplotlib.ticker import LogLocator, NullFormatter

    parameter = record.plan.space[key]
    if isinstance(parameter, Choice) and not all(map(_is_number, parameter.values)):
        texts = list(parameter.texts)
        step = -(-len(texts) // _MOST_TICKS)
        shown = [label(text.strip('"'))[:_LONGEST] for text in texts]
        getattr(axes, f"set_{axis}ticks")(range(0, len(texts), step), shown[::step])
        places = {text: float(index) for index, text in enumerate(texts)}
        return lambda values: places.get(json.dumps(values[key]), math.nan)
    ends = [float(value) for value in parameter.extremes]
    is_wide = min(ends) > 0 and max(ends) >= _WIDE * min(ends)
    if parameter.log if isinstance(parameter, Range) else is_wide:
        getattr(axes, f"set_{axis}scale")("log")
        ticks = getattr(axes, f"{axis}axis")
        ticks.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        ticks.set_major_formatter(formatter(lambda value: f"{value:g}"))
        ticks.set_minor_formatter(NullFormatter())
    elif isinstance(parameter, Choice) and len(ends) <= _MOST_TICKS:
        getattr(axes, f"set_{axis}ticks")(ends, [show_value(value) for value in parameter.values])
    return lambda values: float(values[key]) if _is_number(values[key]) else math.nan


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
