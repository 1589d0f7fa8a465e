"""Which Microsoft cloud: its host names, and custom clouds from a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cloud:
    """One cloud. Host names only, no scheme. `connect_to` (host, port) is for loopback sandboxes alone."""

    name: str
    login: str
    graph: str
    exchange: str
    sharepoint_suffix: str
    connect_to: tuple[str, int] | None = None
    ca_bundle: Path | None = None
    custom: bool = False
