"""From played policies to ratios: of returns, by task, and of every observation."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from fidelity.folder import Moments, Recorded
from fidelity.observed import names
from fidelity.playing import MODES, Played, Variant

_NO_SPREAD = 1e-6
"""An observation that spreads less is taken for constant."""


@dataclass(frozen=True)
class Result:
    """A policy in a variant."""

    policy: Recorded
    variant: Variant
    played: dict[str, Played]
    """By mode."""

    def ratio(self, mode: str) -> float:
        """The return here over the recorded one."""
        return self.played[mode].mean_return / self.policy.mean_return

    def ratio_error(self, mode: str) -> float:
        """The standard error of `ratio`, as far as it comes from here."""
        return self.played[mode].error / self.policy.mean_return

    def length_ratio(self, mode: str) -> float | None:
        """The mean length of an episode here over the recorded one."""
        there = self.policy.length
        return self.played[mode].length / there if there else None


@dataclass(frozen=True)
class Summary:
    """Ratios of a variant in a mode."""

    tasks: dict[str, float]
    """Medians over the policies of each task."""

    @property
    def median(self) -> float:
        """The median over tasks."""
        return median(self.tasks.values())

    @property
    def lowest(self) -> str:
        """The task that is the farthest below."""
        return min(self.tasks, key=self.tasks.__getitem__)


@dataclass(frozen=True)
class Difference:
    """An observation here against there."""

    name: str
    """As of `fidelity.observed.names`."""
    spread: float
    """Logarithm of the ratio of standard deviations."""
    shift: float
    """Difference of means in standard deviations there."""

    @property
    def size(self) -> float:
        """How bad it is."""
        return max(abs(self.spread), abs(self.shift))


def summaries(results: Sequence[Result]) -> dict[str, dict[str, Summary]]:
    """Summaries by variant and mode."""
    ratios: dict[str, dict[str, dict[str, list[float]]]] = defaultdict(
        lambda: {mode: defaultdict(list) for mode in MODES}
    )
    for result in results:
        for mode in MODES:
            ratios[result.variant.label][mode][result.policy.task].append(result.ratio(mode))
    return {
        label: {
            mode: Summary({task: median(values) for task, values in tasks.items()}) for mode, tasks in modes.items()
        }
        for label, modes in ratios.items()
    }


def differences(here: Moments, there: Moments, named: Sequence[str]) -> list[Difference]:
    """Compares observations, the worst first; those that are constant on both sides and alike say nothing."""
    found = []
    rows = zip(named, here.mean.tolist(), here.std.tolist(), there.mean.tolist(), there.std.tolist(), strict=True)
    for name, mean, std, mean_there, std_there in rows:
        if max(std, std_there, abs(mean - mean_there)) > _NO_SPREAD:
            std, std_there = max(std, _NO_SPREAD), max(std_there, _NO_SPREAD)
            found.append(Difference(name, math.log(std / std_there), (mean - mean_there) / std_there))
    return sorted(found, key=lambda difference: difference.size, reverse=True)


def observed(results: Sequence[Result]) -> dict[str, dict[str, list[Difference]]]:
    """Differences of observations with learned noise, by policy and variant, where they were recorded."""
    found: dict[str, dict[str, list[Difference]]] = defaultdict(dict)
    for result in results:
        if there := result.policy.observations:
            here, named = result.played["learned"].observations, names(result.policy.task)
            found[result.policy.name][result.variant.label] = differences(here, there, named)
    return found


def rms(values: Sequence[float]) -> float:
    """The root of the mean square."""
    return math.sqrt(sum(value * value for value in values) / len(values)) if values else 0.0
