"""The viewer's web server. By default only this machine can reach it, and only its own page is answered."""

import errno
import functools
import ipaddress
import socket
import sys
from typing import Any

import rich
import viser

from gymctl.core.errors import InputError
from gymctl.viewer.gate import Gate
from gymctl.viewer.listener import guarding_viser
from gymctl.viewer.messages import MessageFilter
from gymctl.viewer.page import Page

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 8080
_PORTS_TO_TRY = 100


class Server(viser.ViserServer):
    """viser's server behind a gate, and without its tunnel to the internet.

    Args:
        host: Address or name of the interface to listen on.
        port: The port.
        title: Of the page and of its panel.
    """

    def __init__(self, host: str, port: int, title: str) -> None:
        self.gate = Gate.at(host)
        with guarding_viser(self.gate, Page(title, self.gate.root), lambda: MessageFilter(self._control)):
            super().__init__(host, port, title, verbose=False)
        self.gui.configure_theme(show_logo=False, show_share_button=False)

    @property
    def url(self) -> str:
        """The page's address for a browser on this machine, with the token if it needs one."""
        return url_of(self.gate.host, self.get_port()) + (f"{self.gate.root}/" if self.gate.root else "")

    def request_share_url(self, verbose: bool = True) -> str | None:
        """Refuses to open a tunnel, because any page that reaches the server could ask for one."""
        return None

    def _control(self, uuid: str) -> Any:
        """The control that the page shows under an identifier; None without one, as while the server starts."""
        return self.gui._gui_input_handle_from_uuid.get(uuid) if "gui" in vars(self) else None


def serve(host: str | None, port: int | None, title: str) -> Server:
    """Starts the server.

    Args:
        host: Address or name of the interface to listen on; None for this machine alone.
        port: The port; None takes 8080 or the next free one.
        title: Of the page and of its panel.

    Raises:
        InputError: The port is taken, or the server can't listen there.
    """
    _silence_viser()
    return Server(host or DEFAULT_HOST, find_port(host, port), title)


def find_port(host: str | None, port: int | None) -> int:
    """A free port, as `serve` takes it.

    Raises:
        InputError: As of `serve`.
    """
    host = host or DEFAULT_HOST
    wanted = range(DEFAULT_PORT, DEFAULT_PORT + _PORTS_TO_TRY) if port is None else [port]
    free = next((number for number in wanted if _is_free(host, number)), None)
    if free is None:
        raise InputError(
            f"port {wanted[0]} of {host} is taken" + (f", as are {_PORTS_TO_TRY - 1} after it" if port is None else ""),
            "give another one with --viewer-port" + ("" if port is None else ", or none to have a free one found"),
        )
    return free


def url_of(host: str, port: int) -> str:
    """The page's address for a browser on this machine."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return f"http://{host}:{port}"
    if address.is_unspecified:
        return f"http://localhost:{port}"
    return f"http://[{host}]:{port}" if address.version == 6 else f"http://{host}:{port}"


def url_for_others(url: str, host: str) -> str:
    """The page's address for a browser on another machine.

    Args:
        url: Its address on this machine.
        host: Where the server listens.
    """
    here = url_of(host, 0).removesuffix(":0")
    return url.replace(here, f"http://{socket.gethostname()}", 1) if here == "http://localhost" else url


@functools.cache
def _silence_viser() -> None:
    """Keeps off stdout, which is for results, what viser prints; others may print with rich."""
    show = rich.print

    def show_unless_viser(*objects: Any, **options: Any) -> None:
        if sys._getframe(1).f_globals.get("__name__", "").partition(".")[0] != "viser":
            show(*objects, **options)

    rich.print = show_unless_viser


def _is_free(host: str, port: int) -> bool:
    """Whether the server can listen there. viser would silently take another port, or wait forever."""
    try:
        for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
            with socket.socket(family, kind, protocol) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return False
        raise InputError(
            f"can't listen at port {port} of '{host}': {error.strerror}",
            f"give an address of this machine with --viewer-host (default {DEFAULT_HOST}) and a port from 1024 up",
        ) from error
    return True
