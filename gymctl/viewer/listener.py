"""A guard around the websocket server inside viser: who may connect, what is served, which messages are read."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import websockets.asyncio.server
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from gymctl.viewer.gate import Gate
from gymctl.viewer.page import Page, respond

Filter = Callable[[str | bytes], bytes | None]
"""Takes a message as it came, and returns what viser may handle of it; None if nothing."""

_LARGEST_MESSAGE = 16 * 1024
"""The page's own are far smaller [bytes]."""
_MOST_CONNECTIONS = 32
_MESSAGES_PER_SECOND = 100.0
"""Of a connection. The page sends at most 20 of each kind."""
_BURST = 50.0
"""Messages that may come at once."""
_SILENT = logging.Logger("gymctl.viewer")
"""For failed handshakes, which else would leave tracebacks on the terminal."""
_SILENT.addHandler(logging.NullHandler())


@contextmanager
def guarding_viser(gate: Gate, page: Page, make_filter: Callable[[], Filter]) -> Iterator[None]:
    """Puts the viser server that starts inside the ``with`` block behind a gate.

    viser has no place for that. It calls ``websockets.asyncio.server.serve``, which is exchanged meanwhile.

    Args:
        gate: Judges every request.
        page: What is served over HTTP.
        make_filter: Called for every websocket that is opened.
    """
    serve = websockets.asyncio.server.serve

    def process_request(connection: ServerConnection, request: Request) -> Response | None:
        headers = _by_name(request)
        if obstacle := gate.obstacle(request.path, headers):
            return respond(HTTPStatus.FORBIDDEN, obstacle)
        if "upgrade" not in headers:
            gzipped = "gzip" in headers.get("accept-encoding", [""])[0]
            return page.respond(request.path, headers["host"][0], gzipped)
        if len(connection.server.connections) >= _MOST_CONNECTIONS:
            return respond(HTTPStatus.SERVICE_UNAVAILABLE, "too many pages are open")
        return None

    class Connection(_FilteredConnection):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(make_filter(), *args, **kwargs)

    def guarded_serve(handler: Any, host: str, port: int, **options: Any) -> websockets.asyncio.server.serve:
        guard: dict[str, Any] = {
            "process_request": process_request,
            "create_connection": Connection,
            "max_size": _LARGEST_MESSAGE,
            "logger": _SILENT,
        }
        return serve(handler, host, port, **(options | guard))

    websockets.asyncio.server.serve = guarded_serve  # pyright: ignore[reportAttributeAccessIssue]
    try:
        yield
    finally:
        websockets.asyncio.server.serve = serve


class _FilteredConnection(ServerConnection):
    """A websocket that reads only what a filter lets through, and makes who sends too much wait."""

    def __init__(self, filter: Filter, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._filter = filter
        self._allowance, self._then = _BURST, time.monotonic()

    async def recv(self, decode: bool | None = None) -> Any:
        while True:
            raw = await super().recv(decode)
            await self._wait()
            if (message := self._filter(raw)) is not None:
                return message

    async def _wait(self) -> None:
        now = time.monotonic()
        self._allowance = min(_BURST, self._allowance + (now - self._then) * _MESSAGES_PER_SECOND) - 1.0
        self._then = now
        if self._allowance < 0.0:
            await asyncio.sleep(-self._allowance / _MESSAGES_PER_SECOND)


def _by_name(request: Request) -> dict[str, list[str]]:
    headers: dict[str, list[str]] = {}
    for name, value in request.headers.raw_items():
        headers.setdefault(name.lower(), []).append(value)
    return headers
