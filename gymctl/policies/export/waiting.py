"""Waits for a computation that may never end."""

import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


def within(seconds: float, compute: Callable[[], Result], stop: Callable[[], None]) -> Result:
    """Computes something in a thread of its own, so that signals are handled meanwhile.

    Args:
        seconds: How long it may take.
        compute: The computation. If it doesn't obey `stop`, its thread goes on, at most until the process ends.
        stop: Asks the computation to end, where the time is over or this thread is interrupted.

    Raises:
        TimeoutError: It takes longer.
    """
    results: list[Result] = []
    errors: list[Exception] = []
    done = threading.Event()

    def run() -> None:
        try:
            results.append(compute())
        except Exception as error:
            errors.append(error)
        done.set()

    try:
        threading.Thread(target=run, daemon=True).start()
        done.wait(seconds)
    finally:
        if not done.is_set():
            stop()
    if errors:
        raise errors[0]
    if not results:
        raise TimeoutError(f"it takes more than {seconds:g} s")
    return results[0]
