"""Puts together what a task measures of its episodes, with intervals."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from gymctl.policies.statistics import Statistics, rate_interval, share_interval
from gymctl.tasks.measures import Measure


@dataclass(frozen=True)
class Measured:
    """A measure over all episodes of an evaluation."""

    name: str
    unit: str
    mean: float
    """Of the episodes' means or sums; or a rate; or a share [%]."""
    ci95: tuple[float, float] | None
    """95 % confidence interval: Student's t over episodes, of a rate that of Poisson's distribution, of a share
    Wilson's."""
    std: float | None = None
    """Over episodes; None of a rate and a share, as the next two."""
    min: float | None = None
    max: float | None = None
    values: Tensor | None = field(default=None, compare=False, repr=False)
    """Of every episode ``[num_envs, episodes_per_env]``; None of a rate and a share."""


class EpisodeMeasures:
    """Adds up what a task measures, episode by episode.

    Args:
        measures: What the columns are.
        num_envs: Number of envs.
        episodes_per_env: How many episodes of each count.
        device: Where the numbers are.
    """

    def __init__(self, measures: Sequence[Measure], num_envs: int, episodes_per_env: int, device: torch.device) -> None:
        self._measures = measures
        shape = (num_envs, episodes_per_env, len(measures))
        self._sums, self._last = (torch.zeros(shape, dtype=torch.float64, device=device) for _ in range(2))
        self._rows = torch.arange(num_envs, device=device)

    def add(self, values: Tensor | None, episode: Tensor, counts: Tensor) -> None:
        """Adds a step.

        Args:
            values: What was measured ``[num_envs, measures]``; None if nothing was.
            episode: Which episode each env plays ``[num_envs]``.
            counts: Whether that counts, bool ``[num_envs]``.
        """
        if values is None:
            return
        self._sums[self._rows, episode] += torch.where(counts[:, None], values, 0.0)
        self._last[self._rows, episode] = torch.where(counts[:, None], values, self._last[self._rows, episode])

    def results(self, lengths: Tensor, control_dt: float) -> tuple[Measured, ...]:
        """Puts the episodes together.

        Args:
            lengths: Of the episodes ``[num_envs, episodes_per_env]`` [control steps].
            control_dt: Time of a control step [s].
        """
        return put_together(self._measures, self._sums, self._last, lengths, control_dt)


def put_together(
    measures: Sequence[Measure], sums: Tensor, last: Tensor, lengths: Tensor, control_dt: float
) -> tuple[Measured, ...]:
    """What was measured over episodes.

    Args:
        measures: What the columns are.
        sums: Of the episodes' steps ``[num_envs, episodes_per_env, measures]``.
        last: Of the episodes' last steps, likewise.
        lengths: Of the episodes ``[num_envs, episodes_per_env]`` [control steps].
        control_dt: Time of a control step [s].
    """
    minutes = lengths.sum().item() * control_dt / 60.0
    columns = zip(measures, sums.unbind(2), last.unbind(2), strict=True)
    return tuple(_result(measure, sums, last, lengths, minutes) for measure, sums, last in columns)


def _result(measure: Measure, sums: Tensor, last: Tensor, lengths: Tensor, minutes: float) -> Measured:
    if measure.kind == "rate":
        events = round(sums.sum().item())
        low, high = (bound / minutes for bound in rate_interval(events))
        return Measured(measure.name, measure.unit, events / minutes, (low, high))
    if measure.kind in ("share", "ever"):
        held = round(((last if measure.kind == "share" else sums) > 0.0).sum().item())
        low, high = share_interval(held, lengths.numel())
        return Measured(measure.name, measure.unit, 100.0 * held / lengths.numel(), (100.0 * low, 100.0 * high))
    values = sums if measure.kind == "sum" else sums / lengths
    s = Statistics.of(values)
    return Measured(measure.name, measure.unit, s.mean, s.ci95, s.std, s.min, s.max, values)
