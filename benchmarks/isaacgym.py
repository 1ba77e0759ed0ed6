"""Runs a script for Isaac Gym, and tells which share of its time each of ``gym``'s methods takes.

It counts CPU time of the process, which other programs on the machine don't change. The first steps are left out: they
set things up, and compile.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import wraps
from typing import Any

from gymctl.isaacgym.gymapi import Gym
from gymctl.isaacgym.running import run
from gymctl.sim.mujoco_engine import MujocoSimulation
from gymctl.viewer.scripts import open_page

SIMULATE, PHYSICS = "simulate", "physics"


class Times:
    """CPU time by method, from a step on.

    Args:
        skipped: Calls of `Gym.simulate` that come before.
    """

    def __init__(self, skipped: int) -> None:
        self._skipped, self._steps = skipped, 0
        self._by_method: Counter[str] = Counter()
        self._is_inside = False
        self._begin = 0.0

    def measure(self, kind: type, name: str, label: str, *, outermost: bool = True) -> None:
        """Measures a method of a class, unless another one that is measured calls it."""
        method = getattr(kind, name)

        @wraps(method)
        def measured(*args: Any, **kwargs: Any) -> Any:
            if outermost and self._is_inside:
                return method(*args, **kwargs)
            if label == SIMULATE:
                self._count()
            return self._timed(label, outermost, method, *args, **kwargs)

        setattr(kind, name, measured)

    def shares(self) -> dict[str, float]:
        """Parts of all CPU time since the first step that counts."""
        total = time.process_time() - self._begin
        return {name: seconds / total for name, seconds in self._by_method.most_common()}

    def _count(self) -> None:
        self._steps += 1
        if self._steps == self._skipped + 1:
            self._by_method.clear()
            self._begin = time.process_time()

    def _timed(self, label: str, outermost: bool, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        self._is_inside = True
        before = time.process_time()
        try:
            return method(*args, **kwargs)
        finally:
            self._by_method[label] += time.process_time() - before
            if outermost:
                self._is_inside = False


def main() -> int:
    """Runs what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--skip", type=int, default=100, help="steps of the simulation that don't count (default 100)")
    parser.add_argument("--viewer", action="store_true", help="show what the script wants to show")
    parser.add_argument("script", help="the script; all that follows is for it")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    given = parser.parse_args()
    times = Times(given.skip)
    for name in dir(Gym):
        if not name.startswith("_"):
            times.measure(Gym, name, name)
    times.measure(MujocoSimulation, "step", PHYSICS, outermost=False)
    try:
        return run([given.script, *given.arguments], viewer=open_page if given.viewer else None)
    finally:
        shares = times.shares()
        outside = sum(share for name, share in shares.items() if name not in (SIMULATE, PHYSICS))
        result = {
            "outside_simulate": round(outside, 4),
            "simulate_without_physics": round(shares.get(SIMULATE, 0.0) - shares.get(PHYSICS, 0.0), 4),
            "methods": {name: round(share, 4) for name, share in shares.items()},
        }
        print(json.dumps(result, indent=2), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
