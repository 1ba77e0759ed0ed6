"""Stopping on Ctrl-C, SIGTERM and a closed terminal: the first signal asks, the second one insists."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType

from gymctl.core.system import STOP_SIGNALS

_ALWAYS = signal.SIGINT, signal.SIGTERM


class StopSignals:
    """While entered, the first SIGINT, SIGTERM or SIGHUP is kept in `received`; the second ends the process at once.

    Args:
        on_first: Called when the first one comes.
        echo: Seconds after the first one in which others are its echo, as torchrun passes on what the terminal has sent
            to its processes already.
    """

    def __init__(self, on_first: Callable[[], None], echo: float = 0.0) -> None:
        self.received: signal.Signals | None = None
        self._on_first = on_first
        self._echo = echo
        self._came = -float("inf")
        self._previous = {}

    def __enter__(self) -> "StopSignals":
        for number in STOP_SIGNALS:
            if number in _ALWAYS or signal.getsignal(number) != signal.SIG_IGN:  # nohup sets that
                self._previous[number] = signal.signal(number, self._handle)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.received is None:
            self.received, self._came = signal.Signals(number), time.monotonic()
            self._on_first()
        elif time.monotonic() - self._came > self._echo:
            raise SystemExit(128 + number)

    @property
    def exit_code(self) -> int:
        """128 + the signal's number, as shells have it; 0 if none came."""
        return 128 + self.received if self.received else 0


@contextmanager
def leaving_nothing_behind() -> Iterator[None]:
    """Lets SIGTERM and SIGHUP end the process as Ctrl-C does, so that half-written files are removed."""

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    others = [number for number in STOP_SIGNALS if number != signal.SIGINT]
    ended_by = [number for number in others if signal.getsignal(number) != signal.SIG_IGN]
    previous = {number: signal.signal(number, leave) for number in ended_by}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
