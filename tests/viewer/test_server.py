"""The page is served where it should be and nowhere else, and only that page is listened to."""

import contextlib
import socket
import time
import urllib.error
import urllib.request
from collections import deque
from contextlib import contextmanager
from urllib.parse import urlsplit

import msgspec
import pytest
import rich
import viser
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from gymctl.core.errors import InputError
from gymctl.viewer.poses import Kinematics
from gymctl.viewer.scene import Scene
from gymctl.viewer.server import serve, url_for_others, url_of
from tests.helpers.viewer_page import CAMERA


@pytest.fixture
def start():
    servers = []

    def start(host="127.0.0.1", port=None):
        servers.append(serve(host, port, "test"))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def taken():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_port_that_is_taken_is_refused(start, taken):
    with pytest.raises(InputError, match="taken"):
        start(port=taken)


def test_without_a_port_the_next_free_one_is_found(start):
    first, second = start(), start()
    assert first.get_port() < second.get_port()


@pytest.mark.parametrize("host", ["203.0.113.7", "no such host"])
def test_an_address_of_another_machine_is_refused(start, host):
    with pytest.raises(InputError, match="can't listen"):
        start(host)


def test_it_listens_at_the_loopback_address_only(start):
    port = start().get_port()
    with open("/proc/net/tcp") as table:
        local = [line.split()[1] for line in table if line.split()[1].endswith(f":{port:04X}")]
    assert local
    assert all(address.startswith("0100007F:") for address in local)


def test_nobody_can_have_it_shared_with_the_internet(start):
    assert start().request_share_url() is None


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("::1", "http://[::1]:80"),
        ("localhost", "http://localhost:80"),
        ("0.0.0.0", "http://localhost:80"),
        ("192.0.2.4", "http://192.0.2.4:80"),
    ],
)
def test_addresses(host, url):
    assert url_of(host, 80) == url


def test_other_machines_know_this_one_by_its_name_or_address():
    assert url_for_others("http://localhost:80/t/", "0.0.0.0") == f"http://{socket.gethostname()}:80/t/"
    assert url_for_others("http://192.0.2.4:80/t/", "192.0.2.4") == "http://192.0.2.4:80/t/"


@contextmanager
def page_of(server, path="", size=(800, 700), **headers):
    """A websocket as the browser opens it, after viser's greeting, on a page of that width and height."""
    url = server.url.rstrip("/").replace("http", "ws") + path
    with connect(url, subprotocols=[f"viser-v{viser.__version__}"], additional_headers=headers) as socket:
        socket.send(msgspec.msgpack.encode({**CAMERA, "image_width": size[0], "image_height": size[1]}))
        yield socket


def get(url, **headers):
    """Status, headers and body of a page; redirects aren't followed."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    try:
        with urllib.request.build_opener(Stay).open(urllib.request.Request(url, headers=headers), timeout=10) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def wait_for(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "it didn't happen"
        time.sleep(0.02)


class Clicks:
    """Two controls, and what was chosen with them."""

    def __init__(self, server):
        self.values = []
        self.slider = server.gui.add_slider("Sigma", 0.0, 1.0, 0.01, 0.5)
        self.slider.on_update(lambda event: self.values.append(event.target.value))

    def message(self, value):
        updates = {"type": "GuiUpdateMessage", "uuid": self.slider._impl.uuid, "updates": {"value": value}}
        return msgspec.msgpack.encode(updates)


def test_the_page_has_a_title_and_can_be_neither_framed_nor_sent_elsewhere(start):
    server = start()
    for encoding in ("identity", "gzip"):
        status, headers, _ = get(f"{server.url}/", **{"Accept-Encoding": encoding})
        assert (status, headers["Content-Encoding"]) == (200, encoding)
        assert headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert urlsplit(server.url).netloc in headers["Content-Security-Policy"]
        assert "http" not in headers["Content-Security-Policy"]
    assert b"<title>test</title>" in get(f"{server.url}/")[2]


def test_a_query_that_viser_s_page_would_obey_is_taken_away(start):
    status, headers, _ = get(f"{start().url}/?websocket=ws://evil.example")
    assert (status, headers["Location"]) == (302, "/")


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "/../../etc/passwd", "/%00", "/" + "a" * 5000, "//evil.example", "/assets"]
)
def test_there_are_no_other_files(start, path):
    assert get(start().url + path)[0] == 404


def test_pages_of_other_sites_can_neither_connect_nor_load(start):
    server = start()
    with pytest.raises(InvalidStatus, match="403"), page_of(server, Origin="http://evil.example"):
        pass
    assert get(server.url, Host="evil.example")[0] == 403
    assert get(server.url, Origin="null")[0] == 403
    with page_of(server, Origin=server.url):
        wait_for(server.get_clients)


def test_a_value_that_no_control_offers_is_not_heard_and_the_next_one_is(start):
    server = start()
    clicks = Clicks(server)
    with page_of(server) as page:
        for value in (7.5, "x", None, [], float("nan")):
            page.send(clicks.message(value))
        page.send("text")
        page.send(b"\xc1")
        page.send(clicks.message(0.25))
        wait_for(lambda: clicks.values)
    assert clicks.values == [0.25]
    assert clicks.slider.value == 0.25


def test_uploads_are_not_kept(start):
    server = start()
    clicks = Clicks(server)
    encode = msgspec.msgpack.encode
    file = {"source_component_uuid": clicks.slider._impl.uuid, "transfer_uuid": "t"}
    with page_of(server) as page:
        begin = {"type": "FileTransferStartUpload", "filename": "a", "mime_type": "", "part_count": 9, "size_bytes": 9}
        page.send(encode({**begin, **file}))
        page.send(encode({"type": "FileTransferPart", "part_index": 0, "content": b"x" * 9000, **file}))
        page.send(clicks.message(0.25))
        wait_for(lambda: clicks.values)
    assert server.gui._current_file_upload_states == {}
    assert clicks.slider.value == 0.25


def test_a_huge_message_ends_its_connection_and_no_other(start):
    server = start()
    clicks = Clicks(server)
    with page_of(server) as page, page_of(server) as hostile:
        with contextlib.suppress(ConnectionClosed):
            hostile.send(b"x" * 1_000_000)
        with pytest.raises(ConnectionClosed, match="1009"):
            deque(hostile, maxlen=0)
        page.send(clicks.message(0.25))
        wait_for(lambda: clicks.values)


def test_a_flood_is_slowed_down_and_its_last_value_counts(start):
    server = start()
    clicks = Clicks(server)
    with page_of(server) as page:
        start_time = time.monotonic()
        for number in range(150):
            page.send(clicks.message((number % 2) / 2))
        page.send(clicks.message(0.75))
        wait_for(lambda: clicks.slider.value == 0.75)
        assert time.monotonic() - start_time > 0.9, "100 messages a second, after the first 50"


def test_no_more_pages_than_anyone_needs_can_be_open(start):
    server = start()
    with contextlib.ExitStack() as pages:
        for _ in range(16):
            pages.enter_context(page_of(server))
        with pytest.raises(InvalidStatus, match="503"):
            deque(pages.enter_context(page_of(server)) for _ in range(24))


def test_beyond_this_machine_a_token_is_needed_in_every_address(start):
    server = start("0.0.0.0")
    bare = f"http://127.0.0.1:{server.get_port()}"
    token = urlsplit(server.url).path.strip("/")
    assert len(token) >= 20
    for path in ("/", "/index.html", f"/{token[:-1]}", f"/?token={token}", f"/x/{token}"):
        assert get(bare + path)[0] == 403
    assert get(f"{bare}/{token}/")[0] == get(f"{bare}/{token}/", Host="192.0.2.4:9000")[0] == 200
    assert get(f"{bare}/{token}/", Host="evil.example")[0] == 403
    assert get(f"{bare}/{token}/?websocket=ws://a/{token}")[1]["Location"] == f"/{token}/"
    ws = bare.replace("http", "ws")
    for url in (ws, f"{ws}/{token}x", f"{ws}/{'a' * len(token)}"):
        with pytest.raises(InvalidStatus, match="403"), connect(url, subprotocols=[f"viser-v{viser.__version__}"]):
            pass
    with page_of(server):
        wait_for(server.get_clients)


def test_nothing_is_said_on_the_terminal_about_bad_requests(start, capfd):
    server = start()
    address = ("127.0.0.1", server.get_port())
    for raw in (
        b"\r\n\r\n",
        b"POST / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/9\r\n\r\n",
        b"\x16\x03\x01" * 90,
        b"GET " + b"/" * 99_000,
    ):
        with socket.create_connection(address, timeout=10) as other:
            other.sendall(raw + b"\r\n\r\n")
            other.shutdown(socket.SHUT_WR)
    url = server.url.replace("http", "ws")
    with connect(url, subprotocols=["viser-v" + "9" * 300, "other"]) as page, pytest.raises(ConnectionClosed):
        page.recv(timeout=20)
    assert get(f"{server.url}/")[0] == 200
    assert capfd.readouterr() == ("", "")


def test_others_may_print_with_rich(start, capsys):
    start()
    rich.print("[bold]of a script[/bold]")
    assert capsys.readouterr().out == "of a script\n"


def test_on_a_phone_the_camera_moves_down_so_that_the_panel_covers_no_robot(start, session):
    server = start()
    Scene(server).begin(Kinematics(session.env.sim, 1, 0.0))

    def looks_at(*size):
        with page_of(server, size=size):
            wait_for(server.get_clients)
            (client,) = server.get_clients().values()
            wait_for(lambda: size == (1280, 800) or client.camera.look_at.any())
            looks_at = client.camera.look_at.copy()
        wait_for(lambda: not server.get_clients())
        return looks_at

    assert looks_at(1280, 800).tolist() == [0.0, 0.0, 0.0]
    assert looks_at(390, 844)[2] < -0.5
    assert looks_at(1170, 2532)[2] < -0.5, "a phone that counts three pixels for one"


def test_pages_that_are_open_see_other_envs_from_where_those_are_seen_best(start, session):
    server = start()
    scene = Scene(server)
    with page_of(server):
        wait_for(server.get_clients)
        (client,) = server.get_clients().values()
        client.camera.position = (9.0, 9.0, 9.0)  # as the user left it
        scene.begin(Kinematics(session.env.sim, 4, 0.0))
        assert client.camera.position.tolist() == list(server.initial_camera.position)
