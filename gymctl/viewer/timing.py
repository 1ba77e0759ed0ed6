"""When something periodic is due, and how fast steps are made."""

import time


class Timer:
    """Tells when something periodic is due.

    Args:
        period: Time from one occurrence to the next [s].
    """

    def __init__(self, period: float) -> None:
        self._period = period
        self.next = 0.0

    def is_due(self, now: float) -> bool:
        """Whether it is due at a time [s]; if so, it is due again a period later."""
        if now < self.next:
            return False
        self.next = max(self.next, now - self._period) + self._period
        return True


class StepRate:
    """Measures how many control steps per second were made recently.

    Args:
        window: Time over which it averages [s].
    """

    def __init__(self, window: float = 1.0) -> None:
        self._window = window
        self._marks: list[tuple[float, int]] = [(time.perf_counter(), 0)]

    def update(self, now: float, steps: int) -> float:
        """Steps per second, given the time [s] and the number of steps since the start."""
        self._marks.append((now, steps))
        while len(self._marks) > 2 and now - self._marks[1][0] >= self._window:
            del self._marks[0]
        then, before = self._marks[0]
        return (steps - before) / max(now - then, 1e-9)
