"""The addresses that a process and its children listen on, from Linux's ``/proc``."""

import contextlib
import ipaddress
import os
from pathlib import Path

_LISTEN = "0A"


def listening(pid: int) -> set[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """The IP addresses of the listening TCP sockets of a process and all below it."""
    sockets = _sockets()
    found = set()
    for process in _family(pid):
        with contextlib.suppress(OSError):
            for descriptor in Path(f"/proc/{process}/fd").iterdir():
                with contextlib.suppress(OSError):
                    found |= {sockets[name] for name in [os.readlink(descriptor)] if name in sockets}
    return found


def _family(pid: int) -> set[int]:
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(status.parent.name)] = int(status.read_text().rpartition(")")[2].split()[1])
    family = {pid}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return family


def _sockets() -> dict[str, ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """By the names that descriptors link to."""
    found = {}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTEN:
                found[f"socket:[{fields[9]}]"] = _address(fields[1].partition(":")[0])
    return found


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    words = [bytes.fromhex(text[at : at + 8])[::-1] for at in range(0, len(text), 8)]
    address = ipaddress.ip_address(b"".join(words))
    return getattr(address, "ipv4_mapped", None) or address
