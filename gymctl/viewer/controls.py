"""What panels have in common: users' requests, and tables of figures."""

import contextlib
import queue
from collections.abc import Callable, Iterator
from functools import partial
from html import escape
from typing import Any

import viser

_MOST_REQUESTS = 100
"""That wait to be done; further ones are dropped."""


class Requests:
    """What users have asked for and what is not done yet.

    The browser's events arrive in other threads. They only put requests into a queue.
    """

    def __init__(self) -> None:
        self._waiting: queue.Queue[Callable[[], None]] = queue.Queue(_MOST_REQUESTS)

    def on(self, control: Any, request: Callable[[Any], None]) -> None:
        """Turns the user's events of a control into requests, each with the value that the user chose.

        Values that the program sets there are ignored. viser awaits a coroutine before it takes the next message;
        plain functions it calls later, in any order, when the control may hold another value.
        """

        async def hear(event: viser.GuiEvent[Any]) -> None:
            if event.client_id is not None:
                with contextlib.suppress(queue.Full):
                    self._waiting.put_nowait(partial(request, event.target.value))

        listen = control.on_click if hasattr(control, "on_click") else control.on_update
        listen(hear)

    def take(self) -> Iterator[Callable[[], None]]:
        """The requests that wait now; those that come meanwhile wait for the next call."""
        for _ in range(self._waiting.qsize()):
            yield self._waiting.get_nowait()


def table(rows: dict[str, str]) -> str:
    """Figures and their names, as HTML."""
    cells = "".join(
        f'<tr><td style="color: #868e96; padding-right: 0.8em; vertical-align: top">{escape(name)}</td>'
        f'<td style="overflow-wrap: anywhere">{escape(value)}</td></tr>'
        for name, value in rows.items()
    )
    return f'<table style="font-size: 0.8em; margin: 0.3em 1em; font-variant-numeric: tabular-nums">{cells}</table>'
