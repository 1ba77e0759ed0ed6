"""What the user asks for on the page: it arrives in viser's threads, and is done in the viewer's."""

import contextlib
import queue
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import viser

_MOST = 100
"""That wait to be done; further ones are dropped."""


class Requests:
    """A queue of requests, each of which the user made with a control."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[Callable[[], None]] = queue.Queue(_MOST)

    def on(self, control: Any, request: Callable[[Any], None]) -> None:
        """Turns the user's events of a control into requests, each with the value that the user chose.

        Values that the program sets there are ignored. viser awaits a coroutine before it takes the next message;
        plain functions it calls later, in any order, when the control may hold another value.

        Args:
            control: Of viser's.
            request: What is to be done with the value.
        """

        async def hear(event: viser.GuiEvent[Any]) -> None:
            if event.client_id is not None:
                with contextlib.suppress(queue.Full):
                    self._waiting.put_nowait(partial(request, event.target.value))

        listen = control.on_click if hasattr(control, "on_click") else control.on_update
        listen(hear)

    def take(self) -> Iterator[Callable[[], None]]:
        """The requests that wait; those that come meanwhile wait for the next call."""
        for _ in range(self._waiting.qsize()):
            yield self._waiting.get_nowait()
