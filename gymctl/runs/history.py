"""Reads the learning curves of a run, joined over the times that it was resumed."""

import math
import re
from bisect import bisect_left
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from gymctl.core.errors import InputError, suggest
from gymctl.core.numbers import finite_int
from gymctl.runs.directory import Run
from gymctl.runs.events import Budget, event_files, read_events

REWARD = "rewards/step"
"""The mean return of the last episodes, against env steps."""
EPOCHS = "info/epochs"

_AGAINST_ENV_STEPS = re.compile(r"(performance|losses|info)/.*|.*/(step|frame)")


@dataclass(frozen=True)
class Curve:
    """A scalar over a training; the three lists are of one length."""

    env_steps: list[int] = field(default_factory=list)
    """Of all envs together, since the training began; never less than before."""
    seconds: list[float] = field(default_factory=list)
    """Of training, without the pauses before it was resumed and without what was then done anew."""
    values: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class History:
    """Everything that a run's event files tell."""

    run: Run
    curves: dict[str, Curve]
    """By TensorBoard's tags."""
    began: float | None
    """When the first event file was begun [s since 1970]; None if there is none."""

    def curve(self, tag: str) -> Curve:
        """The curve of a tag.

        Raises:
            InputError: The run has none.
        """
        if not self.curves:
            raise InputError(f"'{self.run.path}' has no learning curves", "wait until its training has ended an epoch")
        if tag not in self.curves:
            tags = sorted(self.curves)
            raise InputError(
                f"'{self.run.path}' has no curve {tag!r}", suggest(tag, tags) or f"it has {', '.join(tags)}"
            )
        return self.curves[tag]


@dataclass(frozen=True)
class Best:
    """The best mean return of a curve."""

    reward: float
    epoch: int | None
    """At whose end it was measured, where the curves tell."""


def best_of(history: History, since: int = 0, saved: float | None = None) -> Best | None:
    """Finds the best mean return of a training; None before an episode has ended.

    Args:
        history: With the curves `REWARD` and `EPOCHS`.
        since: Env steps before which nothing counts.
        saved: What the best checkpoint has, where there is one: then only its epoch is looked for.
    """
    curve, epochs = history.curves.get(REWARD, Curve()), history.curves.get(EPOCHS, Curve())
    points = [point for point in zip(curve.values, curve.env_steps, strict=True) if point[1] >= since]
    if saved is not None:
        points = [point for point in points if math.isclose(point[0], saved, rel_tol=1e-5)]
    if not points:
        return None if saved is None else Best(saved, None)
    reward, env_steps = max(points, key=lambda point: (point[0], -point[1]))
    epoch = dict(zip(epochs.env_steps, epochs.values, strict=True)).get(env_steps)
    return Best(reward if saved is None else saved, finite_int(epoch))


@lru_cache(maxsize=1000)
def is_against_env_steps(tag: str) -> bool:
    """Says whether rl_games draws a curve against env steps, not against epochs or seconds."""
    return _AGAINST_ENV_STEPS.fullmatch(tag) is not None


class _Point(NamedTuple):
    env_steps: int
    seconds: float
    tag: str
    value: float


def read_history(run: Run, tags: Collection[str] = ()) -> History:
    """Reads the curves of a run, ours or rl_games' own.

    A training that is resumed goes on in a new event file, from its last checkpoint. What the file before has of later
    epochs was done anew, and is left out. So is what goes beyond a `Budget`.

    Args:
        run: The run.
        tags: Only these, many times as fast; none means all.
    """
    points: list[_Point] = []
    began, budget = None, Budget()
    for path in event_files(run.summaries_dir):
        if budget.is_spent:
            break
        start, part = _read_part(path, tags, budget)
        if not part:
            continue
        began = start if began is None else began
        del points[bisect_left(points, part[0].env_steps, key=lambda point: point.env_steps) :]
        before = points[-1].seconds if points else 0.0
        points += [_Point(env_steps, before + seconds, tag, value) for env_steps, seconds, tag, value in part]
    curves: dict[str, Curve] = {}
    for point in points:
        if tags and point.tag not in tags:
            continue
        curve = curves.setdefault(point.tag, Curve())
        curve.env_steps.append(point.env_steps)
        curve.seconds.append(point.seconds)
        curve.values.append(point.value)
    return History(run, curves, began)


def _read_part(path: Path, tags: Collection[str], budget: Budget) -> tuple[float, list[_Point]]:
    """The points of one event file, each with the env steps of its epoch, whatever it is drawn against."""
    began, scalars = read_events(path, {*tags, EPOCHS} if tags else (), budget)
    points, env_steps = [], None
    for scalar in scalars:
        if env_steps is None or is_against_env_steps(scalar.tag):
            env_steps = max(env_steps or 0, scalar.step)  # a damaged file may count backwards
        points.append(_Point(env_steps, max(scalar.wall_time - began, 0.0), scalar.tag, scalar.value))
    return began, points
