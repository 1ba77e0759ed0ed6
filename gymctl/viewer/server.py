"""The viewer's web server. By default only this machine can reach it."""

import errno
import ipaddress
import socket

import rich
import viser

from gymctl.core.errors import InputError

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 8080
_PORTS_TO_TRY = 100


class Server(viser.ViserServer):
    """viser's server without its tunnel to the internet."""

    def request_share_url(self, verbose: bool = True) -> str | None:
        """Refuses to open a tunnel, because any page that reaches the server could ask for one."""
        return None


def serve(host: str, port: int | None, label: str) -> Server:
    """Starts the server.

    Args:
        host: Address or name of the interface to listen on.
        port: The port; None takes 8080 or the next free one.
        label: Title of the page's panel.

    Raises:
        InputError: The port is taken, or the server can't listen there.
    """
    rich.reconfigure(quiet=True)  # viser prints to stdout, which is for results
    wanted = range(DEFAULT_PORT, DEFAULT_PORT + _PORTS_TO_TRY) if port is None else [port]
    free = next((number for number in wanted if _is_free(host, number)), None)
    if free is None:
        raise InputError(
            f"port {wanted[0]} of {host} is taken" + (f", as are {_PORTS_TO_TRY - 1} after it" if port is None else ""),
            "give another one with --viewer-port" + ("" if port is None else ", or none to have a free one found"),
        )
    server = Server(host, free, label, verbose=False)
    server.gui.configure_theme(show_logo=False, show_share_button=False)
    return server


def is_loopback(host: str) -> bool:
    """Whether an address can be reached only from this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def url_of(host: str, port: int) -> str:
    """The page's address for a browser on this machine."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return f"http://{host}:{port}"
    if address.is_unspecified:
        return f"http://localhost:{port}"
    return f"http://[{host}]:{port}" if address.version == 6 else f"http://{host}:{port}"


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
