"""A page that tells of one run: what it is, how good it is, and how to run it again."""

import base64
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from gymctl.config.changes import describe_changes, show_value
from gymctl.core.terminal import escaped
from gymctl.core.version import __version__
from gymctl.core.words import counted
from gymctl.runs.finding import shown_task
from gymctl.runs.history import REWARD
from gymctl.runs.pages.curves import chart, charts
from gymctl.runs.pages.html import Html, dotted_key, element, join, page, table
from gymctl.runs.plotting import Line
from gymctl.runs.reporting import OTHER_CURVES, Report
from gymctl.runs.units import decimal, duration, short

_MOST_KEYS, _MOST_SEGMENTS = 300, 50
_LONGEST_CONFIG = 200_000  # characters


class Measured(NamedTuple):
    """Statistics of one number over the episodes of an evaluation."""

    name: str
    mean: float
    interval: tuple[float, float] | None
    """The 95 % confidence interval of the mean."""
    std: float | None
    """None of a rate and a share, as the next two."""
    lowest: float | None
    highest: float | None


@dataclass(frozen=True)
class Evaluated:
    """What an evaluation for a report gave."""

    measured: Sequence[Measured]
    """The return first."""
    conditions: Mapping[str, str]
    """What was played, and how."""
    video: bytes | None = None
    """An MP4."""
    notes: Sequence[str] = field(default_factory=tuple)


def report_page(report: Report, evaluated: Evaluated | None, notes: Sequence[str] = ()) -> str:
    """The page.

    Args:
        report: What the run's files tell.
        evaluated: How its policy did when it was played for the report.
        notes: What is left out, and why.
    """
    summary = report.summary
    notes = [*notes, *(evaluated.notes if evaluated else ())]
    return page(
        f"{shown_task(summary.task)}: {summary.run.path.absolute().name}",
        element("h1", summary.run.path.absolute().name),
        element("p", _lead(report), class_="lead"),
        _figures(report, evaluated),
        *(element("p", note, class_="note") for note in notes),
        *(_evaluation(evaluated) if evaluated else []),
        *_curves(report),
        *_again(report),
        *_settings(report),
        *_segments(report),
        *_provenance(report),
        element("footer", f"Made by gymctl {__version__} on {datetime.now():%Y-%m-%d}. This page loads nothing."),
    )


def _lead(report: Report) -> str:
    summary = report.summary
    status = f", {summary.status}" if summary.status else ""
    return f"A training of {shown_task(summary.task)}, begun on {summary.started:%Y-%m-%d %H:%M}{status}."


def _figures(report: Report, evaluated: Evaluated | None) -> Html:
    summary, best = report.summary, report.best
    of_all = f"of {summary.max_epochs:,}" if summary.max_epochs else ""
    figures: list[tuple[str, str, str]] = []
    if evaluated:
        first = evaluated.measured[0]
        low_high = " to ".join(map(decimal, first.interval)) if first.interval else ""
        figures.append(("mean return, played", decimal(first.mean), low_high and f"95 % interval {low_high}"))
    if best:
        at = f"at epoch {best.epoch:,}" if best.epoch is not None else ""
        figures.append(("best mean return in training", decimal(best.reward), at))
    if report.env_steps is not None:
        figures.append(("env steps", short(report.env_steps), ""))
    if report.seconds is not None:
        figures.append(("training time", duration(report.seconds), ""))
    if summary.epochs is not None:
        figures.append(("epochs", f"{summary.epochs:,}", of_all))
    cells = [
        element("div", element("dt", name), element("dd", value, *([element("small", more)] if more else [])))
        for name, value, more in figures
    ]
    return element("dl", *cells, class_="figures")


def _evaluation(evaluated: Evaluated) -> list[Html]:
    rows = [
        [m.name, decimal(m.mean), " to ".join(map(decimal, m.interval)) if m.interval else "-"]
        + [decimal(value) if value is not None else "-" for value in (m.std, m.lowest, m.highest)]
        for m in evaluated.measured
    ]
    parts = [
        element("h2", "Evaluation"),
        table(["", "mean", "95 % interval", "std", "min", "max"], rows, numbers=True),
        element("p", ", ".join(f"{name}: {value}" for name, value in evaluated.conditions.items()), class_="note"),
    ]
    if evaluated.video is not None:
        data = base64.b64encode(evaluated.video).decode()
        film = element("video", controls="", loop="", muted="", playsinline="", src=f"data:video/mp4;base64,{data}")
        parts += [element("h3", "Video"), film]
    return parts


def _curves(report: Report) -> list[Html]:
    curves = report.history.curves
    if REWARD not in curves:
        return [element("h2", "Learning curves"), element("p", "This run has none.")]
    parts = [element("h2", "Learning curves"), charts([Line("", [curves[REWARD]])], "mean return of the last episodes")]
    more = [chart([Line("", [curves[tag]])], name) for tag, name in OTHER_CURVES.items() if tag in curves]
    if more:
        parts.append(_folded("More curves", element("div", *more, class_="charts")))
    return parts


def _again(report: Report) -> list[Html]:
    task = shlex.quote(shown_task(report.summary.task))
    parts = [element("h2", "Run it again")]
    if report.commands:
        parts += [element("p", "As it was run:"), element("pre", *_lines(report.commands[:_MOST_SEGMENTS]))]
    if report.config is not None:
        from gymctl.config import to_yaml

        text = to_yaml(dict(report.config))
        if len(text) <= _LONGEST_CONFIG:
            parts += [
                element("p", "Or save the config below as config.yaml in an empty folder, and run in it:"),
                element("pre", f"gymctl train {task} --config-dir ."),
                _folded("The whole config", element("pre", *_lines(text.splitlines()))),
            ]
        else:
            parts.append(element("p", "The config is too long for a page; it is in the run's config.yaml."))
    return parts


def _settings(report: Report) -> list[Html]:
    parts = [element("h2", "Settings")]
    if report.changed is None:
        return [*parts, element("p", "The defaults of this task are not known here.")]
    if not report.changed:
        return [*parts, element("p", "All are the task's defaults.")]
    rows = [[dotted_key(key), *map(show_value, values)] for key, values in list(report.changed.items())[:_MOST_KEYS]]
    parts.append(table(["other than the defaults", "default", "here"], rows))
    if len(report.changed) > _MOST_KEYS:
        parts.append(element("p", f"And {counted(len(report.changed) - _MOST_KEYS, 'more key')}.", class_="note"))
    return parts


def _segments(report: Report) -> list[Html]:
    if len(report.segments) < 2:
        return []
    rows = [
        [
            str(segment.number),
            str(segment.after_epoch + 1),
            str(segment.facts.get("started", "-"))[:19].replace("T", " "),
            describe_changes(segment.changed) or "-",
        ]
        for segment in report.segments[-_MOST_SEGMENTS:]
    ]
    return [element("h2", "Segments"), table(["segment", "from epoch", "started", "changed"], rows)]


def _provenance(report: Report) -> list[Html]:
    manifest, versions = report.manifest, report.manifest.get("versions")
    facts: dict[str, Any] = {
        "seed": manifest.get("seed"),
        "engine": manifest.get("engine") and f"{manifest['engine']} on {manifest.get('sim_device')}",
        "learned on": manifest.get("rl_device"),
        "physics": manifest.get("physics"),
        "task version": manifest.get("task_version"),
        "commit": manifest.get("git"),
        "ended": str(manifest["ended"])[:19].replace("T", " ") if manifest.get("ended") else None,
        "stopped by": manifest.get("stopped_by"),
        **(versions if isinstance(versions, Mapping) else {}),
    }
    rows = [[key, str(value)] for key, value in facts.items() if value is not None]
    return [element("h2", "What it ran with"), table([], rows)] if rows else []


def _folded(title: str, content: Html) -> Html:
    return element("details", element("summary", title), content)


def _lines(lines: Sequence[str]) -> list[Html]:
    """Lines for a ``pre``, each of them escaped."""
    return [join([escaped(line), Html("\n")]) for line in lines]
