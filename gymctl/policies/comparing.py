"""Compares two policies on the same episodes: the difference of their mean returns, with its interval."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from torch import Tensor

from gymctl.config.changes import describe_changes
from gymctl.config.differences import differences
from gymctl.core.words import counted
from gymctl.policies.evaluate import Evaluation
from gymctl.policies.find import PolicySource
from gymctl.policies.modes import ActionMode
from gymctl.policies.play import play
from gymctl.policies.statistics import Statistics, t_quantile
from gymctl.sim.devices import Backend

MOST_ENVS = 512
"""How many envs there are at most, unless the user says otherwise: one episode each."""


@dataclass(frozen=True)
class Difference:
    """How much more one has than the other, as a mean."""

    mean: float
    ci95: tuple[float, float] | None
    """95 % confidence interval; None for a single episode each."""

    @property
    def verdict(self) -> Literal["more", "less", "none"]:
        """Whether a difference is seen: whether its interval leaves out 0."""
        if self.ci95 is None or self.ci95[0] <= 0.0 <= self.ci95[1]:
            return "none"
        return "more" if self.mean > 0.0 else "less"

    @property
    def half_width(self) -> float:
        """Half of its interval; infinite without one."""
        return math.inf if self.ci95 is None else (self.ci95[1] - self.ci95[0]) / 2


@dataclass(frozen=True)
class Comparison:
    """Two policies, A and B, on the same task."""

    a: Evaluation
    b: Evaluation
    paired: bool
    """Whether each episode of A has one of B that began in the same state."""
    difference: Difference
    """Of the mean returns: B's less A's."""
    measure_differences: Mapping[str, Difference] = field(default_factory=dict)
    """The same of what the task measures of each episode, by name."""

    @property
    def verdict(self) -> str:
        """One line: which is better, and by how much."""
        d, episodes = self.difference, counted(self.a.episodes, "episode")
        if d.ci95 is None:
            return "one episode each says nothing: give --episodes 64"
        if d.verdict == "none":
            return f"no difference seen with {episodes} each: B - A is {_amount(d.mean, d.half_width)}"
        return f"{'B' if d.verdict == 'more' else 'A'} is better by {_amount(abs(d.mean), d.half_width)}"


def in_the_same_task(a: PolicySource, b: PolicySource) -> PolicySource:
    """B, to be played in A's task, from the same seed.

    Args:
        a: The one.
        b: The other.

    Returns:
        B with A's settings of the task, and a note if they were others.
    """
    keys = ("task", "physics", "seed")
    differing = differences([{"task": source.config.tree["task"]} for source in (b, a)])
    tree = {**b.config.tree, **{key: a.config.tree[key] for key in keys}}
    notes = list(b.notes)
    if differing:
        changed = describe_changes({key: (was, now) for key, (was, now) in differing.items()})
        notes.append(f"trained on other settings of the task, and played on A's: {changed}")
    return replace(b, config=replace(b.config, tree=tree), notes=tuple(notes))


def compare_policies(
    sources: Sequence[PolicySource],
    mode: ActionMode,
    backend: Backend,
    episodes_per_env: int,
    on_step: Callable[[str, int], None] = lambda name, ended: None,
) -> Comparison:
    """Plays two policies, one after the other, from the same seed.

    With one episode from each env, every episode of A and one of B begin in the same state, and their differences are
    taken (a paired t interval). Later episodes begin when earlier ones end, so with more than one they don't pair, and
    the interval is Welch's.

    Args:
        sources: A and B, with the same task settings and the same seed; see `in_the_same_task`.
        mode: How actions are drawn.
        backend: Engine and devices.
        episodes_per_env: How many episodes of each env count.
        on_step: Told after every step who plays, ``A`` or ``B``, and how many episodes have ended.

    Raises:
        InputError: A policy doesn't fit the task or the mode.
    """
    a, b = (
        play(source, mode, backend, episodes_per_env, lambda ended, name=name: on_step(name, ended))
        for name, source in zip("AB", sources, strict=True)
    )
    assert a.returns is not None
    assert b.returns is not None
    paired = episodes_per_env == 1
    measures = {
        of_a.name: difference_of(of_a.values, of_b.values, paired=paired)
        for of_a, of_b in zip(a.measures, b.measures, strict=True)
        if of_a.values is not None and of_b.values is not None
    }
    return Comparison(a, b, paired, difference_of(a.returns, b.returns, paired=paired), measures)


def difference_of(a: Tensor, b: Tensor, *, paired: bool) -> Difference:
    """How much larger the mean of B is than that of A, with its 95 % interval.

    Args:
        a: Numbers of A, of any shape.
        b: Numbers of B; of the same shape, if they are paired.
        paired: Whether elements at one place belong together; otherwise the interval is Welch's.
    """
    if paired:
        found = Statistics.of(b.double() - a.double())
        return Difference(found.mean, found.ci95)
    mean = b.double().mean().item() - a.double().mean().item()
    if min(a.numel(), b.numel()) < 2:
        return Difference(mean, None)
    shares = [x.double().var().item() / x.numel() for x in (a, b)]
    variance = sum(shares)
    below = sum(share**2 / (x.numel() - 1) for share, x in zip(shares, (a, b), strict=True))
    freedom = max(1, math.floor(variance**2 / below)) if below > 0.0 else a.numel() + b.numel() - 2
    half = t_quantile(freedom) * math.sqrt(variance)
    return Difference(mean, (mean - half, mean + half))


def _amount(mean: float, half: float) -> str:
    """As ``210 ± 63``: two digits of the interval, and no more than two decimals."""
    digits = 2 if half < 1.0 else 1 if half < 10.0 else 0
    return f"{mean:,.{digits}f} ± {half:,.{digits}f}"
