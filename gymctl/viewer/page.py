"""The viewer's page over HTTP: viser's only file, under a title of ours, with headers that keep others out."""

import gzip
import html
from http import HTTPStatus
from pathlib import Path

import viser
from websockets.datastructures import Headers
from websockets.http11 import Response

_FILE = Path(viser.__file__).parent / "client" / "build" / "index.html"
_TITLE = "<title>Viser</title>"


class Page:
    """The page, ready to be sent.

    Args:
        title: What the browser's tab shows.
        root: The path of the folder in which it is.
    """

    def __init__(self, title: str, root: str) -> None:
        self._root = root
        text = _FILE.read_text(encoding="utf-8").replace(_TITLE, f"<title>{html.escape(title)}</title>", 1)
        self._plain = text.encode()
        self._gzipped = gzip.compress(self._plain)

    def respond(self, path: str, host: str, gzipped: bool) -> Response:
        """Answers a request for a file.

        Args:
            path: Of the request, with its query.
            host: The name by which the browser knows the server.
            gzipped: Whether it takes the page compressed.
        """
        file, question_mark, _ = path.partition("?")
        if file not in (self._root, f"{self._root}/", f"{self._root}/index.html"):
            return respond(HTTPStatus.NOT_FOUND, "there is nothing here")
        if question_mark:  # viser's page would obey a query: it would connect to another server, or play a file
            return respond(HTTPStatus.FOUND, "the page takes no query", {"Location": f"{self._root}/"})
        headers = {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Encoding": "gzip" if gzipped else "identity",
            "Content-Security-Policy": "default-src 'self' data: blob: 'unsafe-inline' 'unsafe-eval'; "
            f"connect-src 'self' ws://{host} wss://{host} data: blob:; frame-ancestors 'none'; form-action 'none'",
            "X-Frame-Options": "DENY",  # a page that shows this one in a frame could have its buttons pressed
            "Cross-Origin-Resource-Policy": "same-origin",
        }
        return respond(HTTPStatus.OK, self._gzipped if gzipped else self._plain, headers)


def respond(status: HTTPStatus, body: str | bytes, headers: dict[str, str] | None = None) -> Response:
    """A response; a text is sent as a line of plain text."""
    content = f"{body}\n".encode() if isinstance(body, str) else body
    defaults = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": str(len(content)),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",  # the address may hold a token
        "Connection": "close",
    }
    return Response(status, status.phrase, Headers(**{**defaults, **(headers or {})}), content)
