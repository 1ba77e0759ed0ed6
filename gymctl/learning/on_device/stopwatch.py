"""Times the parts of an epoch by the clock of the device that does the work."""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import torch


class Stopwatch:
    """Adds up how long the parts of an epoch take.

    The host only hands work to a GPU, so its own clock would time the handing over. There, events are put between the
    work, and read once it is done.

    Args:
        device: Where the work is done.
    """

    def __init__(self, device: torch.device) -> None:
        self._on_gpu = device.type == "cuda"
        self._device = device
        self._seconds: dict[str, float] = defaultdict(float)
        self._events: list[tuple[str, torch.cuda.Event, torch.cuda.Event]] = []

    @contextmanager
    def timing(self, part: str) -> Iterator[None]:
        """While entered, time counts for a part."""
        if self._on_gpu:
            start, end = self._event(), torch.cuda.Event(enable_timing=True)
            yield
            end.record(torch.cuda.current_stream(self._device))
            self._events.append((part, start, end))
        else:
            began = time.perf_counter()
            yield
            self._seconds[part] += time.perf_counter() - began

    def take(self) -> dict[str, float]:
        """Seconds of every part since the last call; waits for the work that was timed."""
        for part, start, end in self._events:
            end.synchronize()
            self._seconds[part] += start.elapsed_time(end) / 1000
        seconds, self._seconds, self._events = self._seconds, defaultdict(float), []
        return seconds

    def _event(self) -> torch.cuda.Event:
        event = torch.cuda.Event(enable_timing=True)
        event.record(torch.cuda.current_stream(self._device))
        return event
