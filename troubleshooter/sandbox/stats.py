"""Counters of a running sandbox: what a client asked, and how often it was refused."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

_REFUSALS = (429, 503)


@dataclass(slots=True)
class Progress:
    """A request under way; `delay` in seconds is what latency adds to it."""

    delay: float = 0.0


@dataclass(slots=True)
class Stats:
    """The counters; items are counted under the world's lock. Times are seconds since 1970."""

    wall: Callable[[], float] = time.time
    since: float = 0.0
    http_requests: int = 0
    batches: int = 0
    items: int = 0
    refused: int = 0
    injected: int = 0
    delayed: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    most_at_once: int = 0
    _at_once: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.since = self.wall()

    @contextmanager
    def under_way(self) -> Iterator[Progress]:
        """One HTTP request, from its arrival until its answer is sent; not under the world's lock."""
        progress = Progress()
        with self._lock:
            self.http_requests += 1
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            yield progress
        finally:
            with self._lock:
                self._at_once -= 1
                self.delayed += progress.delay

    def answered(self, kind: str, status: int) -> None:
        """One item: a request of its own, or one part of a batch."""
        self.items += 1
        self.kinds[kind] += 1
        self.statuses[status] += 1
        if status in _REFUSALS:
            self.refused += 1

    def report(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "since": self.since,
            "http_requests": self.http_requests,
            "batches": self.batches,
            "items": self.items,
            "refused": self.refused,
            "injected": self.injected,
            "delayed": self.delayed,
            "most_at_once": self.most_at_once,
            "by_kind": dict(sorted(self.kinds.items())),
            "by_status": {str(status): count for status, count in sorted(self.statuses.items())},
        }

    def forget(self) -> None:
        """Zero everything."""
        self.since = self.wall()
        self.batches = self.items = self.refused = self.injected = 0
        with self._lock:
            self.http_requests, self.delayed = 0, 0.0
            self.most_at_once = self._at_once
        self.kinds.clear()
        self.statuses.clear()
