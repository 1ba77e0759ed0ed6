"""What a hostile page or program says to the viewer's server: nothing happens, and the next user is served."""

import contextlib
import io
import logging
import random
import socket
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import viser
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from gymctl.viewer.messages import offers
from gymctl.viewer.server import Server, serve
from tests.helpers.viewer_page import CAMERA, add_controls
from tests.hostile.cases import Case

Send = Callable[[Server, dict[str, Any]], None]

_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, 2, -1, 2**63, -(2**63), 2**64 - 1, 1.0001, -1e-9, 1e308, float("nan"), float("inf")),
    *(
        "",
        "2",
        "3",
        "Step",
        "step",
        "Step ",
        "0.5",
        "True",
        "x" * 10_000,
        "\x1b[2J",
        "../../etc/passwd",
        "<script>",
        "1\0",
    ),
    *([], ["2"], [0.5, 0.5], {}, {"value": "2"}, b"2", b"\xff" * 9, [[[]]] * 100, {1: 2}),
)
_CONTROLS = ("button", "group", "dropdown", "checkbox", "slider", "text", "html", "upload", "disabled", "hidden")
_UUIDS = (None, 3, "", "nobody", "x" * 10_000, "\x1b[2J", [], {}, b"\xff", True, "__class__", "../x")
_UPDATES: tuple[Any, ...] = (
    *(
        {},
        [],
        None,
        "value",
        {"max": 9.0},
        {"value": 0.5, "max": 9.0},
        {"_impl": 0.5},
        {"__class__": 1},
        {"value": None},
    ),
    *({"options": ["x"]}, {"visible": True}, {"disabled": False}, {"label": "x"}, {"content": "<script>"}, {1: 2}),
    {f"a{number}": 1 for number in range(500)},
)
_RAW = {
    "nothing": b"",
    "a byte never used": b"\xc1",
    "an empty map": b"\x80",
    "a list": b"\x90",
    "null": b"\xc0",
    "half a map": b"\x81\xa4type",
    "lists in lists": b"\x91" * 9000,
    "maps in maps": b"\x81\xa1a" * 5000,
    "a map of 4 billion": b"\xdf\xff\xff\xff\xff",
    "a list of 4 billion": b"\xdd\xff\xff\xff\xff",
    "a text of 4 GB": b"\xdb\xff\xff\xff\xff",
    "bytes of 4 GB": b"\xc6\xff\xff\xff\xff",
    "no UTF-8": b"\x81\xa4type\xa2\xff\xfe",
    "an extension": b"\xc7\x08\x01" + bytes(8),
    "a time": b"\xd7\xff" + b"\xff" * 8,
    "16 kB": b"\xff" * 16_384,
    "1 MB": b"\xff" * 10**6,
    "50 MB": bytes(5 * 10**7),
}
_HOSTS = (
    *("evil.example", "evil.example:{port}", "localhost.evil.example", "127.0.0.1.evil.example:{port}", "", "0.0.0.0"),
    *("127.0.0.1:{port}@evil.example", "2130706433:{port}", "192.168.1.1:{port}", "[::1", "localhost/", "\xff", "a\tb"),
    *("x" * 5000, "localhost\x00", "127.0.0.1:{port}\r\nHost: evil.example"),
)
_ORIGINS = (
    *("http://evil.example", "null", "", "file://", "http://127.0.0.1", "http://127.0.0.1:1", "ftp://127.0.0.1:{port}"),
    *(
        "http://127.0.0.1:{port}.evil.example",
        "http://127.0.0.1:{port}@evil.example",
        "http://127.0.0.1:{port}/",
        "\xff",
    ),
    *("http://localhost:{port}", "http://127.0.0.1:{port}\r\nOrigin: http://evil.example", "x" * 5000),
)
_PATHS = (
    "/../etc/passwd",
    "/etc/passwd",
    "//evil.example/",
    "/%2e%2e/etc/passwd",
    "/\x1b[2J",
    "/" * 5000,
    "*",
    "http://x/",
)
_METHODS = ("POST", "PUT", "CONNECT", "OPTIONS", "TRACE", "X" * 9000, "\x00", "PRI * HTTP/2.0")


def cases() -> Iterator[Case]:
    """Values for every control, messages of every type, bytes that are none, requests of others, and floods."""
    for name in _CONTROLS:
        for number, value in enumerate(_VALUES):
            yield _case(f"{name}: value {number}", partial(_send_value, name, value))
    for number, uuid in enumerate(_UUIDS):
        yield _case(
            f"identifier {number}", partial(_send, {"type": "GuiUpdateMessage", "uuid": uuid, "updates": {"value": 1}})
        )
    for name in ("slider", "upload"):
        for number, updates in enumerate(_UPDATES):
            yield _case(f"{name}: updates {number}", partial(_send_updates, name, updates))
    for kind in sorted(viser._messages.Message._subclass_from_type_string()):
        if kind not in ("GuiUpdateMessage", "ViewerCameraMessage"):
            yield _case(f"a {kind}", partial(_send_kind, kind))
    for key in CAMERA:
        for number, value in enumerate((None, "x", [], [1e308] * 4, [float("nan")] * 3, 2**63, -1, {})):
            if key != "type":
                yield _case(f"camera, {key}: {number}", partial(_send, {**CAMERA, key: value}))
    for name, raw in _RAW.items():
        yield _case(f"bytes: {name}", partial(_send_raw, raw))
    for seed in range(60):
        yield _case(f"bytes changed, {seed}", partial(_send_changed, seed))
    for number, host in enumerate(_HOSTS):
        yield _case(f"host {number}", partial(_request, "GET", "/", host, None))
    for number, origin in enumerate(_ORIGINS):
        yield _case(f"origin {number}", partial(_request, "GET", "/", "127.0.0.1:{port}", origin))
    for number, path in enumerate(_PATHS):
        yield _case(f"path {number}", partial(_request, "GET", path, "127.0.0.1:{port}", None))
    for number, method in enumerate(_METHODS):
        yield _case(f"method {number}", partial(_request, method, "/", "127.0.0.1:{port}", None))
    for name, text in {
        "no HTTP": b"hello\r\n\r\n",
        "TLS": b"\x16\x03\x01" + bytes(200),
        "nothing": b"",
        "a part": b"GET /",
    }.items():
        yield _case(f"a request: {name}", partial(_send_bytes, text))
    yield _case("10,000 headers", partial(_send_bytes, b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 10_000 + b"\r\n"))
    for name, flood in {
        "messages": _flood_messages,
        "connections": _flood_connections,
        "requests": _flood_requests,
    }.items():
        yield _case(f"a flood of {name}", flood)


def _case(name: str, send: Send) -> Case:
    return Case("viewer", name, partial(_try, send))


def _try(send: Send, directory: Path) -> None:
    """Starts a server, lets something be sent, then uses a control: only that may have had an effect."""
    told, errors = io.StringIO(), io.StringIO()
    logging.getLogger().addHandler(logging.StreamHandler(errors))
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
        server = serve("127.0.0.1", None, "test")
        controls, events = _controls(server), []
        for name, control in controls.items():
            for listen in ("on_click", "on_update", "on_upload"):
                if hasattr(control, listen):
                    getattr(control, listen)(lambda event, name=name: events.append(name))
        before = _state(controls)
        send(server, controls)
        time.sleep(0.05)
        _send({"type": "GuiUpdateMessage", "uuid": controls["good"]._impl.uuid, "updates": {"value": True}}, server, {})
        end = time.monotonic() + 5
        while "good" not in events and time.monotonic() < end:
            time.sleep(0.01)
        assert events == ["good"], events
        assert controls["good"].value is True
        assert _state(controls) == before, "a control was changed"
    assert not told.getvalue(), told.getvalue()
    assert not errors.getvalue(), errors.getvalue()
    assert not list(directory.iterdir())


def _controls(server: Server) -> dict[str, Any]:
    return {"good": server.gui.add_checkbox("Good", False), **add_controls(server.gui)}


def _state(controls: dict[str, Any]) -> list[str]:
    return [
        f"{name} {vars(control._impl.props)} {control._impl.value}"
        for name, control in controls.items()
        if name != "good"
    ]


def _send(message: Any, server: Server, controls: dict[str, Any]) -> None:
    _send_raw(msgspec.msgpack.encode(message), server, controls)


def _send_raw(raw: bytes | str, server: Server, controls: dict[str, Any]) -> None:
    with contextlib.suppress(WebSocketException, OSError), _connected(server) as page:
        page.send(msgspec.msgpack.encode(CAMERA))
        page.send(raw)
        with contextlib.suppress(TimeoutError):
            while True:
                page.recv(0.1)


def _connected(server: Server) -> Any:
    return connect(server.url.replace("http", "ws"), subprotocols=[f"viser-v{viser.__version__}"], close_timeout=0.5)


def _send_value(name: str, value: Any, server: Server, controls: dict[str, Any]) -> None:
    if type(value) in (bool, int, float, str) and offers(controls[name], value):
        value = [value]
    _send_updates(name, {"value": value}, server, controls)


def _send_updates(name: str, updates: Any, server: Server, controls: dict[str, Any]) -> None:
    _send({"type": "GuiUpdateMessage", "uuid": controls[name]._impl.uuid, "updates": updates}, server, controls)


def _send_kind(kind: str, server: Server, controls: dict[str, Any]) -> None:
    uuid = controls["upload"]._impl.uuid
    about = {"uuid": uuid, "source_component_uuid": uuid, "transfer_uuid": "t", "filename": "../x", "mime_type": "x"}
    _send({"type": kind}, server, controls)
    _send(
        {"type": kind, **about, "part_count": 1, "size_bytes": 2**40, "part_index": 0, "content": b"x"},
        server,
        controls,
    )


def _send_changed(seed: int, server: Server, controls: dict[str, Any]) -> None:
    draw = random.Random(seed)
    message = {"type": "GuiUpdateMessage", "uuid": controls["slider"]._impl.uuid, "updates": {"value": 9.5}}
    data = bytearray(msgspec.msgpack.encode(message if seed % 2 else CAMERA))
    for _ in range(draw.randint(1, 5)):
        data[draw.randrange(len(data))] = draw.randrange(256)
    _send_raw(bytes(data), server, controls)
    _send_raw(data.decode("latin1"), server, controls)


def _request(method: str, path: str, host: str, origin: str | None, server: Server, controls: dict[str, Any]) -> None:
    port = str(server.get_port())
    for upgrade in (
        "",
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AA==\r\n",
    ):
        origins = "" if origin is None else f"Origin: {origin.replace('{port}', port)}\r\n"
        text = f"{method} {path} HTTP/1.1\r\nHost: {host.replace('{port}', port)}\r\n{origins}{upgrade}\r\n"
        answer = _exchange(text.encode("latin1"), server)
        assert not answer.startswith((b"HTTP/1.1 2", b"HTTP/1.1 101")), answer[:300]


def _send_bytes(data: bytes, server: Server, controls: dict[str, Any]) -> None:
    assert b" 200 " not in _exchange(data, server)[:20]


def _exchange(data: bytes, server: Server) -> bytes:
    answer = b""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", server.get_port()), timeout=0.5) as line:
        line.sendall(data)
        while piece := line.recv(65536):
            answer += piece
    return answer


def _flood_messages(server: Server, controls: dict[str, Any]) -> None:
    with contextlib.suppress(WebSocketException, OSError), _connected(server) as page:
        for _ in range(20_000):
            page.send(b"\x80")


def _flood_connections(server: Server, controls: dict[str, Any]) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(60):
            with contextlib.suppress(WebSocketException, OSError):
                stack.enter_context(_connected(server))


def _flood_requests(server: Server, controls: dict[str, Any]) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError):
            line = socket.create_connection(("127.0.0.1", server.get_port()), timeout=0.5)
            line.sendall(b"GET / HTTP/1.1\r\n")
