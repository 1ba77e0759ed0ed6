"""Draws pictures of learning curves, several runs and groups of seeds together."""

import json
import math
import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from gymctl.core.errors import InputError
from gymctl.core.files import atomic_write, check_replaceable
from gymctl.core.terminal import one_line
from gymctl.core.words import counted
from gymctl.runs.directory import Run
from gymctl.runs.history import REWARD, Curve
from gymctl.runs.units import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FORMATS = (".png", ".svg")
_LEGEND_ROWS = 6
_FONT, _MORE_LETTERS = "DejaVu Sans", re.compile(r"Noto Sans CJK|WenQuanYi|IPA|Droid Sans Fallback|Unifont")
_COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#000000", "#e69f00", "#56b4e9"]
"""Of Okabe and Ito, which colour-blind people can tell apart."""
_DASHES = ["-", "--", ":", "-."]
"""Lines differ in them too; as the numbers of both have no common divisor, 28 lines all look different."""
_POINTS = 500
"""Of the line through several curves."""

Axis = Literal["env_steps", "seconds"]


@dataclass(frozen=True)
class Line:
    """What is drawn in one colour: a curve, or the mean of several with the band that they stay in."""

    label: str
    curves: Sequence[Curve]


def check_format(path: Path) -> None:
    """Refuses a file whose ending names no picture format, and what no file can replace.

    Raises:
        InputError: It is neither ``.png`` nor ``.svg``, or a device, a pipe or a directory.
    """
    if path.suffix.lower() not in FORMATS:
        raise InputError(f"'{path}' is neither a .png nor an .svg file", f"use a name like {path.stem}.png")
    check_replaceable(path)


def plot(lines: Sequence[Line], tag: str, path: Path) -> None:
    """Draws learning curves, against env steps and against the time that the training took.

    Args:
        lines: What to draw.
        tag: What the curves are of.
        path: The ``.png`` or ``.svg`` file, replaced if there is one.

    Raises:
        InputError: The file can't be written.
    """
    import matplotlib as mpl
    from cycler import cycler
    from matplotlib.figure import Figure

    lines = [Line(_label(line.label), line.curves) for line in lines]
    legend_columns = 1 + (len(lines) - 1) // _LEGEND_ROWS
    legend_rows = -(-len(lines) // legend_columns) if len(lines) > 1 else 0
    style: dict[Any, Any] = {
        **_own_style(),
        "font.family": _fonts(),
        "svg.hashsalt": "gymctl",
        "text.parse_math": False,  # names have dollars too
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.prop_cycle": cycler(color=_COLOURS * len(_DASHES)) + cycler(linestyle=_DASHES * len(_COLOURS)),
    }
    with mpl.rc_context(style), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)  # drawn as boxes
        figure = Figure(figsize=(11, 4.2 + 0.22 * legend_rows), layout="constrained")
        left, right = figure.subplots(1, 2, sharey=True)
        unit, seconds = time_unit(max(curve.seconds[-1] for line in lines for curve in line.curves))
        _draw(left, lines, "env_steps", 1.0)
        _draw(right, lines, "seconds", seconds)
        left.set(xlabel="env steps", ylabel="mean reward" if tag == REWARD else _label(tag))
        right.set(xlabel=f"training time [{unit}]")
        left.xaxis.set_major_formatter(_formatter(short))
        left.yaxis.set_major_formatter(_formatter(lambda value: short(value) if abs(value) >= 1e4 else f"{value:g}"))
        if len(lines) > 1:
            handles, labels = left.get_legend_handles_labels()
            figure.legend(handles, labels, loc="outside lower center", frameon=False, ncols=legend_columns)
        runs = sum(len(line.curves) for line in lines)
        title = lines[0].label if len(lines) == 1 else f"{left.get_ylabel()} of {counted(runs, 'run')}"
        figure.suptitle(title, fontsize="medium")
        try:
            with atomic_write(path) as temporary:
                metadata: dict[str, Any] = {"Date": None} if path.suffix.lower() == ".svg" else {}
                figure.savefig(temporary, format=path.suffix.lower()[1:], dpi=150, metadata=metadata)
        except OSError as error:
            raise InputError(f"can't write '{path}': {error.strerror or error}", "choose another --output") from error


def _label(text: str) -> str:
    """Text that is drawn as it stands: a legend leaves out what begins with an underscore."""
    shown = one_line(text)
    return f" {shown}" if shown.startswith("_") else shown


def _own_style() -> dict[str, Any]:
    """Matplotlib's settings as it has them itself, whatever a ``matplotlibrc`` in the current directory says."""
    import matplotlib as mpl

    return {key: value for key, value in mpl.rcParamsDefault.items() if not key.startswith(("backend", "interactive"))}


def _fonts() -> list[str]:
    """The usual font, and what this machine has for letters that it lacks."""
    from matplotlib import font_manager

    return [_FONT, *(name for name in font_manager.get_font_names() if _MORE_LETTERS.match(name))]


def _draw(axes: "Axes", lines: Sequence[Line], axis: Axis, unit: float) -> None:
    for line in lines:
        if len(line.curves) == 1:
            (curve,) = line.curves
            axes.plot(np.asarray(getattr(curve, axis)) / unit, curve.values, label=line.label, linewidth=1.5)
            continue
        x, values = points_in_common(line.curves, axis)
        (drawn,) = axes.plot(x / unit, values.mean(axis=0), label=line.label, linewidth=1.5)
        axes.fill_between(
            x / unit, values.min(axis=0), values.max(axis=0), color=drawn.get_color(), alpha=0.2, linewidth=0
        )
    axes.grid(alpha=0.3)
    axes.margins(x=0.02)


def points_in_common(curves: Sequence[Curve], axis: Axis) -> tuple[np.ndarray, np.ndarray]:
    """Curves at the same points, `[points]` and `[curves, points]`, over the stretch that all of them have."""
    positions = [np.asarray(getattr(curve, axis), dtype=float) for curve in curves]
    x = np.linspace(max(p[0] for p in positions), min(p[-1] for p in positions), _POINTS)
    return x, np.stack([np.interp(x, p, curve.values) for p, curve in zip(positions, curves, strict=True)])


def time_unit(seconds: float) -> tuple[str, float]:
    """The unit in which a time is best read, and how many seconds it has."""
    return ("s", 1.0) if seconds < 300 else ("min", 60.0) if seconds < 3 * 3600 else ("h", 3600.0)


def _formatter(text: Callable[[float], str]) -> Any:
    from matplotlib.ticker import FuncFormatter

    return FuncFormatter(lambda value, _: "" if math.isnan(value) else text(value))


def group_runs(runs: Iterable[Run]) -> list[list[Run]]:
    """Puts the runs that were trained alike but for the seed together, in the order of the first of each.

    Alike means the same ``task`` and ``train`` in the config; names may differ. A run without a config stays alone.
    """
    groups: dict[str, list[Run]] = {}
    for run in runs:
        groups.setdefault(_key(run), []).append(run)
    return list(groups.values())


def _key(run: Run) -> str:
    try:
        config = run.read_config()
        params = config["train"]["params"]
        learner = _without(params["config"], "name", "full_experiment_name")
        return json.dumps([config["task"], _without(params, "seed"), learner], sort_keys=True)
    except (AttributeError, InputError, KeyError, TypeError):
        return str(run.path)


def _without(settings: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if key not in (*keys, "config")}
