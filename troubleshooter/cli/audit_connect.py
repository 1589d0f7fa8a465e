"""A connection for a whole tenant: with quotas, patience, and a way to stop it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from troubleshooter.cli.connect import Connected, connect
from troubleshooter.cli.options import Connection
from troubleshooter.signin.clouds import Cloud
from troubleshooter.transport.limits import limits_for
from troubleshooter.transport.quota import Governor
from troubleshooter.transport.retry import RetryPolicy
from troubleshooter.transport.traffic import StopSign

# An audit outlives storms that a ticket would not wait for: up to half an hour for one request.
PATIENCE = RetryPolicy(max_tries=12, max_tries_server_error=4, max_tries_network=4, max_wait=1800.0)


@dataclass(frozen=True, slots=True)
class Governed:
    """A tenant we can ask, its quotas, and the sign that stops everybody."""

    connected: Connected
    governor: Governor
    stop: StopSign
    licences: int
    """What the user said; 0 to count them."""

    @property
    def app_only(self) -> bool:
        """Signed in as an app."""
        return self.connected.run.get("run.app_only") is True

    @property
    def tenant_id(self) -> str:
        """Which tenant was signed in to; '' when the token does not show it."""
        return self.connected.service.tokens.token(self.connected.cloud.graph_resource).tenant

    def sized(self, licences: int) -> None:
        """Keep to the limits of a tenant with so many licences, unless the user said otherwise."""
        self.governor.resize(limits_for(self.licences or licences, app_only=self.app_only))

    def batch_size(self, url: str, most: int) -> int:
        """How many such items one batch may hold."""
        return self.governor.largest_batch(url, most)


def governed(connection: Connection, share: float, licences: int) -> Governed:
    """Sign in, with one keeper of the quotas for the whole run. Raises what `connect` raises."""
    stop = StopSign()
    made: list[Governor] = []

    def govern(cloud: Cloud, app_only: bool) -> Governor:
        governor = Governor(cloud, limits_for(licences, app_only=app_only), share=share, sleep=stop.sleep)
        made.append(governor)
        return governor

    connected = connect(connection, govern=govern, retries=PATIENCE, sleep=stop.sleep)
    return Governed(connected, made[0], stop, licences)


class TrafficLog:
    """What was asked, over all runs that worked on one audit."""

    def __init__(self, governor: Governor, earlier: dict[str, Any], clock: Callable[[], datetime]) -> None:
        self._governor, self._earlier, self._clock = governor, earlier, clock
        self._began = clock()

    def __call__(self) -> dict[str, Any]:
        """The data for `meta`."""
        counts, before = self._governor.traffic.counts(), self._earlier
        kinds = dict(before.get("by_kind", {}))
        for kind, count in counts.by_kind.items():
            kinds[kind] = kinds.get(kind, 0) + count
        waits: dict[str, dict[str, Any]] = {one["bucket"]: dict(one) for one in before.get("waits", [])}
        for wait in self._governor.waits():
            one = waits.setdefault(
                wait.bucket, {"bucket": wait.bucket, "own_rate": 0, "told_to_wait": 0, "refusals": 0}
            )
            for name, value in asdict(wait).items():
                if name != "bucket":
                    one[name] = round(one[name] + value, 3)
        seconds = (self._clock() - self._began).total_seconds()
        return {
            "requests": before.get("requests", 0) + counts.requests,
            "items": before.get("items", 0) + counts.items,
            "throttled": before.get("throttled", 0) + counts.throttled,
            "seconds": round(before.get("seconds", 0.0) + max(0.0, seconds), 3),
            "by_kind": dict(sorted(kinds.items())),
            "waits": list(waits.values()),
        }


@contextmanager
def stoppable(stop: StopSign) -> Iterator[None]:
    """Ctrl-C, or being asked to terminate, sets the sign first, so that workers that wait give up too."""

    def hear(number: int, frame: object) -> None:
        stop.set()
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    names = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name)]
    before = {name: signal.signal(name, hear) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)


def utc_now() -> datetime:
    """The moment, in UTC."""
    return datetime.now(UTC)
