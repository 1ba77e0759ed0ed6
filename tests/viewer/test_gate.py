"""Who is let in: by the name a request uses for the server, by the page that asks, and by the token."""

import socket

import pytest

from gymctl.viewer.gate import Gate, is_loopback

OPEN = Gate("0.0.0.0", "secret")


def let_in(gate, host, path="/", **headers):
    return gate.obstacle(path, {"host": [host], **{name: [value] for name, value in headers.items()}}) is None


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:8080", "LOCALHOST", "[::1]:9000", "127.8.9.1:1"])
def test_this_machines_own_names_are_answered(host):
    assert let_in(Gate.at("127.0.0.1"), host)
    assert let_in(Gate.at("127.0.0.1"), host, origin=f"http://{host}")


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "evil.example:8080@localhost"),
        *("", ":8080", "0.0.0.0:8080", "192.168.1.5:8080", "[::1", "127.0.0.1:8080:1", "localhost/", "local host"),
        *("localhost:\u0661", "127.0.0.1\u200b", "2130706433", "0x7f.1", "localhost:123456"),
    ],
)
def test_other_names_are_refused_because_of_dns_rebinding(host):
    assert not let_in(Gate.at("127.0.0.1"), host)
    assert not let_in(Gate.at("127.0.0.1"), host, origin=f"http://{host}")


def test_one_host_and_at_most_one_origin_are_needed():
    gate = Gate.at("127.0.0.1")
    assert gate.obstacle("/", {}) is not None
    assert gate.obstacle("/", {"host": ["localhost", "localhost"]}) is not None
    assert gate.obstacle("/", {"host": ["localhost"], "origin": ["http://localhost", "http://evil.example"]})


@pytest.mark.parametrize(
    "origin",
    [
        *("http://evil.example", "null", "", "file://", "http://127.0.0.1", "http://127.0.0.1:3000"),
        *(
            "http://localhost:8080",
            "http://127.0.0.1:8080.evil.example",
            "http://127.0.0.1:8080/",
            "ftp://127.0.0.1:8080",
        ),
        *("http://evil.example#http://127.0.0.1:8080", "http://127.0.0.1:8080@evil.example", "http://[::1]:8080"),
    ],
)
def test_pages_of_other_origins_are_refused(origin):
    assert not let_in(Gate.at("127.0.0.1"), "127.0.0.1:8080", origin=origin)


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8080", "https://127.0.0.1:8080", "HTTP://127.0.0.1:8080"])
def test_the_servers_own_page_is_let_in(origin):
    assert let_in(Gate.at("127.0.0.1"), "127.0.0.1:8080", origin=origin)


def test_a_server_that_others_can_reach_gets_a_new_token():
    tokens = {Gate.at(host).token for host in ("0.0.0.0", "::", "192.0.2.4", "robot.example", "0.0.0.0")}
    assert len(tokens) == 5
    assert min(map(len, tokens)) >= 20
    assert Gate.at("127.0.0.1").token == Gate.at("localhost").token == Gate.at("::1").token == ""
    assert OPEN.token not in repr(OPEN)


@pytest.mark.parametrize(
    "path", ["/", "", "/secre", "/secret2", "/Secret/", "//secret", "/?secret", "/x/secret", "/\u0165"]
)
def test_without_the_right_token_nothing_is_answered(path):
    assert not let_in(OPEN, "localhost", path)


@pytest.mark.parametrize("path", ["/secret/", "/secret", "/secret/a?b", "/secret?a"])
def test_the_token_is_the_first_part_of_the_path(path):
    assert OPEN.root == "/secret"
    assert let_in(OPEN, "localhost", path)


@pytest.mark.parametrize(
    ("host", "own"),
    [
        *(("192.0.2.9:8080", True), ("[2001:db8::1]:8080", True), (socket.gethostname(), True), ("localhost", True)),
        *(("evil.example", False), ("192.0.2.9.evil.example", False)),
    ],
)
def test_with_a_token_addresses_and_the_machines_name_will_do(host, own):
    assert let_in(OPEN, host, "/secret/") == own


def test_the_name_to_listen_at_is_one_of_its_own():
    assert let_in(Gate("robot.example", "secret"), "Robot.Example:8080", "/secret/")


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("192.0.2.4", False), ("a", False)],
)
def test_addresses_of_this_machine_alone(host, loopback):
    assert is_loopback(host) == loopback
