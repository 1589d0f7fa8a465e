"""Host names and loopback addresses as text: is this one, and if not, what is wrong with it?"""

from __future__ import annotations

import ipaddress
import re

_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_ADDRESS = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+):(?P<port>[0-9]{1,5})")


def is_host_name(text: str) -> bool:
    """A plain DNS name: letters, digits, hyphens and dots (RFC 1123); no scheme, port, path or wildcard."""
    labels = text.lower().split(".")
    return len(text) <= 253 and all(_LABEL.fullmatch(label) for label in labels)


def is_loopback(host: str) -> bool:
    """Whether a host as text is this machine: `localhost`, 127.0.0.0/8 or ::1."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def split_address(text: str) -> tuple[str, int] | None:
    """`127.0.0.1:8443`, `[::1]:8443` or `localhost:8443` as (host, port); None when it is not such a text."""
    match = _ADDRESS.fullmatch(text)
    if match is None or not 0 < int(match["port"]) < 65536:
        return None
    return match["host"].strip("[]"), int(match["port"])
