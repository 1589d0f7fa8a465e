"""What an audit is asked to do, and what it works with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Protocol

from troubleshooter.collect.clients import Graph, SharePoint
from troubleshooter.collect.crowd import Depths, Needs
from troubleshooter.collect.workers import Workers
from troubleshooter.signin.clouds import Cloud


class Reporter(Protocol):
    """Gets to know how far the audit is. Called from several threads."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """`total` 0 means that nobody knows yet."""
        ...


class Traffic(Protocol):
    """What the run asked so far, as data for `meta`."""

    def __call__(self) -> dict[str, Any]:
        """Requests, items, waits; see docs/audit-files.md."""
        ...


@dataclass(frozen=True, slots=True)
class Choices:
    """Whom and how deep. `where` is a filter of Graph, `sample` 0 is everybody."""

    where: str = ""
    sample: int = 0
    guests: bool = False
    rooms: bool = False
    depths: Depths = field(default_factory=Depths)

    def as_data(self) -> dict[str, Any]:
        """For `meta`: what a resumed run must share."""
        include = [name for name, wanted in (("guests", self.guests), ("rooms", self.rooms)) if wanted]
        return {"where": self.where, "sample": self.sample, "include": include, **asdict(self.depths)}


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much one step reads, which is what a killed run asks again. Kept in the store for those that go on.

    `people` are in flight at once and must fit into memory with their pictures. The others are rows of one
    page of a list, at most as many as the services hand out.
    """

    people: int = 400
    users: int = 999
    index: int = 500
    files: int = 5000


@dataclass(frozen=True, slots=True)
class Tools:
    """What an audit works with. `sized` is told how many licences there are, before the people are asked."""

    graph: Graph
    sharepoint: SharePoint
    cloud: Cloud
    needs: Needs
    workers: Workers
    now: Callable[[], datetime]
    batch_size: Callable[[str, int], int]
    sized: Callable[[int], None]
    traffic: Traffic
    report: Reporter
    check: Callable[[], None]
