"""Draws returns and spreads here against those there."""

from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fidelity.comparing import Result

_MARKERS = "osD^v<>PX*"


def returns(results: Sequence[Result], directory: Path) -> Path:
    """Draws ``returns.png``: mean returns with learned noise, a colour a task, a marker a variant."""
    figure, axes = plt.subplots(figsize=(7, 5), layout="constrained")
    tasks = list(dict.fromkeys(result.policy.task for result in results))
    labels = list(dict.fromkeys(result.variant.label for result in results))
    for task in tasks:
        for marker, label in zip(cycle(_MARKERS), labels, strict=False):
            points = [r for r in results if (r.policy.task, r.variant.label) == (task, label)]
            axes.errorbar(
                [r.policy.mean_return for r in points],
                [r.played["learned"].mean_return for r in points],
                [r.played["learned"].error for r in points],
                fmt=marker,
                color=f"C{tasks.index(task)}",
                label=task if len(labels) == 1 else f"{task}, {label}",
            )
    _against(axes, "mean return")
    axes.legend(fontsize="small")
    return _save(figure, directory / "returns.png")


def spreads(results: Sequence[Result], directory: Path) -> Path | None:
    """Draws ``spreads.png``: standard deviations of observations, a panel a variant; None if none were recorded."""
    compared = [result for result in results if result.policy.observations is not None]
    if not compared:
        return None
    labels = list(dict.fromkeys(result.variant.label for result in compared))
    names = list(dict.fromkeys(result.policy.name for result in compared))
    figure, (row,) = plt.subplots(
        1, len(labels), figsize=(5.5 * len(labels), 5), sharex=True, sharey=True, squeeze=False, layout="constrained"
    )
    for axes, label in zip(row, labels, strict=True):
        for result in compared:
            there = result.policy.observations
            if result.variant.label == label and there is not None:
                here, color = result.played["learned"].observations, f"C{names.index(result.policy.name)}"
                axes.plot(there.std, here.std, ".", color=color, label=result.policy.name)
        _against(axes, "standard deviation of an observation")
        axes.set_title(label)
    row[0].legend(fontsize="small")
    return _save(figure, directory / "spreads.png")


def _against(axes: Axes, what: str) -> None:
    axes.set(xscale="log", yscale="log", xlabel=f"{what}, Isaac Gym", ylabel=f"{what}, here")
    low, high = axes.get_xlim()
    axes.axline((low, low), (high, high), color="0.6", linewidth=1.0)
    axes.grid(alpha=0.3)


def _save(figure: Figure, path: Path) -> Path:
    figure.savefig(path, dpi=120)
    plt.close(figure)
    return path
