"""What the collectors need of the two clients; `troubleshooter.transport` implements it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from troubleshooter.transport.answer import Answer
from troubleshooter.transport.sharepoint import JSON

IMAGE = "image/*,*/*;q=0.5"


class Graph(Protocol):
    """Reads of Microsoft Graph. Nothing raises for a status; NoToken when we cannot sign in."""

    def get(self, path: str, *, beta: bool = False, headers: Mapping[str, str] | None = None) -> Answer:
        """One read, path below the version."""
        ...

    def batch(self, paths: Sequence[str]) -> list[Answer]:
        """Many v1.0 reads, answers in the same order."""
        ...


class SharePoint(Protocol):
    """Reads of SharePoint hosts. Nothing raises for a status; NoToken when we cannot sign in."""

    def get(self, url: str, *, accept: str = JSON) -> Answer:
        """One read."""
        ...

    def batch(self, host: str, urls: Sequence[str], *, accept: str = JSON) -> list[Answer]:
        """Many reads on one host, answers in the same order."""
        ...
