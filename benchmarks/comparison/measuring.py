"""Measuring side by side: short turns, one contender after another, round after round, so that noise hits all alike."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil


@dataclass
class Rates:
    """What a part measured of its contenders."""

    rounds: dict[str, list[float]] = field(default_factory=dict)
    """Env steps a second, one number a round."""
    episode_length: dict[str, float] = field(default_factory=dict)
    """Mean length of the episodes [control steps], where some ended: alike where the robots are in alike states."""
    left_out: dict[str, str] = field(default_factory=dict)
    """Contenders that weren't measured, and why."""
    others_cpu: float = 0.0
    """Share of the machine's cores that other processes used meanwhile; near 0, or the numbers are worth little."""


@contextmanager
def watching_others(rates: Rates) -> Iterator[None]:
    """Fills in `Rates.others_cpu` for the time of the block."""
    start, own, busy = time.perf_counter(), _own_cpu_seconds(), _busy_cpu_seconds()
    yield
    others = (_busy_cpu_seconds() - busy) - (_own_cpu_seconds() - own)
    rates.others_cpu = round(max(0.0, others / (time.perf_counter() - start) / (psutil.cpu_count() or 1)), 3)


def free_memory() -> int:
    """Memory that can be had without swapping [bytes]."""
    return psutil.virtual_memory().available


def _own_cpu_seconds() -> float:
    process = psutil.Process()
    times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
    return sum(each.user + each.system + each.children_user + each.children_system for each in times)


def _busy_cpu_seconds() -> float:
    times = psutil.cpu_times()
    return times.user + times.nice + times.system + times.irq + times.softirq + times.steal
