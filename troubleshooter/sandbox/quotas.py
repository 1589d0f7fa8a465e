"""Limits as the services enforce them: token buckets, and the published sizes of them.

https://learn.microsoft.com/sharepoint/dev/general-development/how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online
and https://learn.microsoft.com/graph/throttling-limits
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from troubleshooter.sandbox.model import Quota, Quotas

BucketName = Literal["graph", "sharepoint", "people_manager", "search"]

_TIERS = (
    # licences up to, SharePoint units a minute for one app, PeopleManager requests in five minutes
    (1_000, 1_250, 3_000),
    (5_000, 2_500, 6_000),
    (15_000, 3_750, 9_000),
    (50_000, 5_000, 12_000),
    (math.inf, 6_250, 15_000),
)
_GRAPH_TIERS = ((49, 3_500), (500, 5_000), (math.inf, 8_000))
_ALMOST_EMPTY = 0.2


def published_quotas(licences: int) -> Quotas:
    """The limits Microsoft publishes for a tenant with that many licences.

    Whoever is refused is told how long it really takes.
    """
    _, units, people = next(tier for tier in _TIERS if licences <= tier[0])
    _, graph = next(tier for tier in _GRAPH_TIERS if licences <= tier[0])
    return Quotas(
        people_manager=Quota(people, 300, retry_after=None),
        sharepoint_units=Quota(units, 60, retry_after=None),
        graph_units=Quota(graph, 10, retry_after=None),
        search=Quota(25, 1, retry_after=None),
    )


@dataclass(frozen=True, slots=True)
class Spending:
    """What became of one call at a bucket.

    `refused` with `wait` seconds until the same call would pass; `left` units remain, None without a limit.
    """

    refused: bool = False
    wait: float = 0.0
    left: float | None = None

    def almost_empty(self, quota: Quota | None) -> bool:
        """Whether services begin to warn in headers."""
        return quota is not None and self.left is not None and self.left < quota.limit * _ALMOST_EMPTY


@dataclass(slots=True)
class _Level:
    units: float
    at: float


@dataclass(slots=True)
class _Tally:
    """What was asked of all buckets of one name; times are seconds since 1970."""

    limit: float | None = None
    window: float | None = None
    spent: float = 0.0
    refused: int = 0
    first_at: float | None = None
    last_at: float | None = None


@dataclass(slots=True)
class Meter:
    """All buckets of a tenant. Not thread-safe: the world's lock protects it."""

    clock: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    _levels: dict[tuple[str, str], _Level] = field(default_factory=dict)
    _tallies: dict[str, _Tally] = field(default_factory=dict)

    def spend(self, name: BucketName, quota: Quota | None, units: float, owner: str = "") -> Spending:
        """Take units from the bucket of an owner (an app; '' for the tenant's only one).

        Refused calls count too, so that hammering makes the wait longer, up to one window.
        """
        tally = self._tallies.setdefault(name, _Tally())
        tally.spent += units
        tally.last_at = self.wall()
        tally.first_at = tally.last_at if tally.first_at is None else tally.first_at
        if quota is None:
            return Spending()
        tally.limit, tally.window = quota.limit, quota.window
        rate = quota.limit / quota.window
        now = self.clock()
        level = self._levels.setdefault((name, owner), _Level(quota.limit, now))
        level.units = min(quota.limit, level.units + (now - level.at) * rate)
        level.at = now
        short = level.units < units
        level.units = max(-quota.limit, level.units - units)
        if not short:
            return Spending(left=max(0.0, level.units))
        tally.refused += 1
        return Spending(True, (units - level.units) / rate, 0.0)

    def report(self) -> dict[str, Any]:
        """The tallies by bucket name."""
        return {
            name: {
                "limit": tally.limit,
                "window": tally.window,
                "spent": tally.spent,
                "refused": tally.refused,
                "first_at": tally.first_at,
                "last_at": tally.last_at,
            }
            for name, tally in sorted(self._tallies.items())
        }

    def forget(self) -> None:
        """Zero the tallies. The buckets keep their levels: a client cannot buy itself new quota."""
        self._tallies.clear()
