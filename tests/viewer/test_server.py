"""The page is served where it should be and nowhere else."""

import socket

import pytest

from gymctl.core.errors import InputError
from gymctl.viewer.server import is_loopback, serve, url_of


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
    ("host", "loopback", "url"),
    [
        ("127.0.0.1", True, "http://127.0.0.1:80"),
        ("::1", True, "http://[::1]:80"),
        ("localhost", True, "http://localhost:80"),
        ("0.0.0.0", False, "http://localhost:80"),
        ("192.0.2.4", False, "http://192.0.2.4:80"),
    ],
)
def test_addresses(host, loopback, url):
    assert (is_loopback(host), url_of(host, 80)) == (loopback, url)
