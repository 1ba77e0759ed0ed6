"""The viewer's gate: which requests its server answers, judged by their headers and path alone."""

import ipaddress
import re
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9_.-]+)(:[0-9]{1,5})?")
"""A Host header: a name or an address, and a port."""


@dataclass(frozen=True)
class Gate:
    """Lets in the page that the server served itself, from an address that is its own.

    A browser lets every page connect to every websocket and says in ``Origin`` whose page it is. A page whose name
    its owner lets point to this machine (DNS rebinding) is the same origin, but shows that name in ``Host``.
    """

    host: str
    """The address or name at which the server listens."""
    token: str = field(default="", repr=False)
    """The first part of every path; empty where only this machine can reach the server."""

    @classmethod
    def at(cls, host: str) -> "Gate":
        """The gate for a server that listens at an address or name: with a new token if others can reach it."""
        return cls(host, "" if is_loopback(host) else secrets.token_urlsafe(16))

    @property
    def root(self) -> str:
        """What every path begins with: ``""`` or ``/token``."""
        return f"/{self.token}" if self.token else ""

    def obstacle(self, path: str, headers: Mapping[str, list[str]]) -> str | None:
        """Says why a request is refused.

        Args:
            path: Of the request, as it was sent.
            headers: All values of each header, by its name in lower case.

        Returns:
            One line; None if the request is let in.
        """
        hosts, origins = headers.get("host", []), headers.get("origin", [])
        if len(hosts) != 1 or not self._is_own(hosts[0].lower()):
            return "this server doesn't go by that name; use the address that gymctl printed"
        if origins and [o.lower() for o in origins] not in [[f"{s}://{hosts[0].lower()}"] for s in ("http", "https")]:
            return "another page asks; only the viewer's own may"
        if not secrets.compare_digest(self._token_of(path), self.token.encode()):
            return "the address lacks the right token; use the address that gymctl printed"
        return None

    def _is_own(self, host: str) -> bool:
        match = _HOST.fullmatch(host)
        if match is None:
            return False
        name = match[1].strip("[]")
        if is_loopback(name):
            return True
        if not self.token:
            return False
        # Rebinding needs a name, so every address will do: behind a router or in a container, it isn't ours to know.
        machine = socket.gethostname().lower()
        return _is_address(name) or name in {self.host.lower(), machine, f"{machine}.local"}

    def _token_of(self, path: str) -> bytes:
        first = path.partition("?")[0].removeprefix("/").partition("/")[0]
        return first.encode(errors="replace") if self.token else b""


def is_loopback(host: str) -> bool:
    """Whether an address can be reached only from this machine."""
    return ipaddress.ip_address(host).is_loopback if _is_address(host) else host == "localhost"


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
