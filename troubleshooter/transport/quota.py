"""Keeping to the published rates: one token bucket for each, shared by all workers of a run.

A bucket starts at a polite share of its rate. When the service says "slow down", every worker of that bucket
stops for as long as it was told, the rate is halved, and then grows back step by step. What the headers tell
of the units that are left is believed. https://learn.microsoft.com/graph/throttling
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock

from troubleshooter.signin.clouds import Cloud
from troubleshooter.transport.answer import Answer
from troubleshooter.transport.limits import IDENTITY, SHAREPOINT, Limit, prices
from troubleshooter.transport.retry import retry_after
from troubleshooter.transport.traffic import Traffic

DEFAULT_SHARE = 0.5
_SLOWEST = 1 / 64  # of the share; slower than this a run would never end
_REGAIN = 0.01  # of the share, for each second without a refusal
_NEAR_THE_LIMIT, _EASE = 0.8, 0.9
_LONGEST_NAP = 0.5  # seconds; so that Ctrl-C and the end of a run are noticed
SLOW_DOWN = (429, 503)
_UNNAMED_PAUSE = 5.0  # seconds to stop when a refusal does not say for how long

OWN_RATE, TOLD_TO_WAIT = "own_rate", "told_to_wait"


@dataclass(frozen=True, slots=True)
class Wait:
    """How long a bucket held somebody up, in seconds of wall time, and how often it was told to slow down."""

    bucket: str
    own_rate: float = 0.0
    told_to_wait: float = 0.0
    refusals: int = 0


@dataclass(frozen=True, slots=True)
class Hold:
    """What is being waited for at this moment. `until` is in seconds of the governor's clock."""

    bucket: str
    reason: str
    until: float


def burst(limit: Limit, share: float) -> float:
    """Units to spend at once: however a window is cut, burst and refill stay within what is published."""
    return max(limit.units * min(share, 1 - share), 1.0)


class Bucket:
    """One quota. Not thread-safe by itself: the governor holds the lock."""

    def __init__(self, name: str, limit: Limit, share: float, now: float) -> None:
        self.name, self.limit, self.share = name, limit, share
        self.capacity = burst(limit, share)
        self.level = self.capacity
        self.factor = 1.0
        self.stopped_until = 0.0
        self.halved_at = -1.0
        self.refusals = 0
        self.spent = 0.0
        self.waited = {OWN_RATE: 0.0, TOLD_TO_WAIT: 0.0}
        self._at = now
        self._eased_at = -1.0
        self._covered_until = 0.0

    @property
    def rate(self) -> float:
        """Units per second that we allow ourselves now."""
        return self.limit.rate * self.share * self.factor

    def refill(self, now: float) -> None:
        """Let time pass. A clock that jumps back gives nothing, and nobody waits longer for it."""
        passed = now - self._at
        if passed < 0:
            self.stopped_until += passed
            self._covered_until += passed
            self.halved_at, self._eased_at, passed = -1.0, -1.0, 0.0
        self.level = min(self.capacity, self.level + passed * self.rate)
        if now >= self.stopped_until:
            self.factor = min(1.0, self.factor + passed * _REGAIN)
        self._at = now

    def delay(self, now: float) -> tuple[float, str]:
        """Seconds until somebody may go on, and why. A large batch may go into debt, which is paid first."""
        if now < self.stopped_until:
            return self.stopped_until - now, TOLD_TO_WAIT
        if self.level <= 0:
            return -self.level / self.rate + 0.001, OWN_RATE
        return 0.0, ""

    def take(self, units: float) -> None:
        """Spend."""
        self.level -= units
        self.spent += units

    def refused(self, pause: float, asked_at: float, now: float) -> None:
        """A 429 or 503: stop everybody. Answers to requests sent before the last halving halve nothing."""
        self.refusals += 1
        self.stopped_until = max(self.stopped_until, now + pause)
        if asked_at > self.halved_at:
            self.factor = max(_SLOWEST, self.factor / 2)
            self.halved_at = now

    def ease(self, now: float) -> None:
        """The service says that we come near its limit: a little slower, once a second at most."""
        if now - self._eased_at >= 1.0 or self._eased_at < 0:
            self.factor = max(_SLOWEST, self.factor * _EASE)
            self._eased_at = now

    def held(self, begin: float, end: float, reason: str) -> None:
        """Somebody waited. Workers that waited at the same time count once."""
        begin = max(begin, self._covered_until)
        if end > begin:
            self.waited[reason] += end - begin
            self._covered_until = end


class Governor:
    """All buckets of one run. Safe to use from several threads.

    `clock` gives monotonic seconds and `sleep` waits; tests give their own.
    """

    def __init__(
        self,
        cloud: Cloud,
        limits: Mapping[str, Limit],
        *,
        share: float = DEFAULT_SHARE,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.cloud = cloud
        self._sleep, self._clock, self._now = sleep, clock, now
        self._lock = Lock()
        self.buckets = {name: Bucket(name, limit, share, clock()) for name, limit in limits.items()}
        self.traffic = Traffic()

    def headers(self, url: str) -> dict[str, str]:
        """Headers that tell Graph which of our requests to refuse first.

        https://learn.microsoft.com/graph/throttling-limits
        """
        return {"x-ms-throttle-priority": "Low"} if IDENTITY in prices(url, self.cloud) else {}

    def resize(self, limits: Mapping[str, Limit]) -> None:
        """Keep to other limits from now on; what was spent, waited and refused stays."""
        with self._lock:
            now = self._clock()
            for name, limit in limits.items():
                old = self.buckets[name]
                old.refill(now)
                used = old.capacity - old.level
                new = Bucket(name, limit, old.share, now)
                new.level = new.capacity - min(used, new.capacity)
                new.factor, new.stopped_until = old.factor, old.stopped_until
                new.refusals, new.spent, new.waited = old.refusals, old.spent, old.waited
                self.buckets[name] = new

    def governs(self, url: str) -> bool:
        """Whether waiting for this address is ours: it draws on a bucket, which a refusal stops."""
        return any(name in self.buckets for name in prices(url, self.cloud))

    def enter(self, url: str, items: Sequence[str] = ()) -> float:
        """Wait until this request, or this batch of `items`, may be sent. Returns when that is."""
        bill = self._bill(items or (url,))
        while True:
            with self._lock:
                now = self._clock()
                hold = self._hold(bill, now)
                if hold is None:
                    for name, units in bill.items():
                        self.buckets[name].take(units)
                    return now
            self._sleep(min(max(hold.until - now, 0.001), _LONGEST_NAP))
            with self._lock:
                self.buckets[hold.bucket].held(now, self._clock(), hold.reason)

    def learn(self, answer: Answer, asked_at: float, items: Sequence[str] = ()) -> None:
        """Take to heart what an answer says about our pace."""
        bill = self._bill(items or (answer.url,))
        with self._lock:
            now = self._clock()
            if answer.status in SLOW_DOWN:
                asked = retry_after(answer.headers, self._now())
                pause = _UNNAMED_PAUSE if asked is None else asked
                for name in self._blamed(bill, answer):
                    self.buckets[name].refused(pause, asked_at, now)
                return
            self._read_headers(answer, bill, now)

    def holds(self) -> list[Hold]:
        """What is held up now, the longest first."""
        with self._lock:
            now = self._clock()
            found = []
            for bucket in self.buckets.values():
                bucket.refill(now)
                seconds, reason = bucket.delay(now)
                if seconds > 0:
                    found.append(Hold(bucket.name, reason, now + seconds))
            return sorted(found, key=lambda hold: -hold.until)

    def waits(self) -> list[Wait]:
        """What each bucket cost so far; only those that held somebody up."""
        with self._lock:
            return [
                Wait(b.name, round(b.waited[OWN_RATE], 3), round(b.waited[TOLD_TO_WAIT], 3), b.refusals)
                for b in self.buckets.values()
                if b.refusals or any(b.waited.values())
            ]

    def largest_batch(self, url: str, most: int) -> int:
        """How many such items one batch may hold, so that it does not spend a whole window at once."""
        room = [
            self.buckets[name].capacity / units
            for name, units in prices(url, self.cloud).items()
            if name in self.buckets
        ]
        return max(1, min([most, *map(int, room)]))

    def _bill(self, urls: Iterable[str]) -> dict[str, float]:
        bill: dict[str, float] = {}
        for url in urls:
            for name, units in prices(url, self.cloud).items():
                if name in self.buckets:
                    bill[name] = bill.get(name, 0.0) + units
        return bill

    def _hold(self, bill: Mapping[str, float], now: float) -> Hold | None:
        longest: Hold | None = None
        for name in bill:
            bucket = self.buckets[name]
            bucket.refill(now)
            seconds, reason = bucket.delay(now)
            if seconds > 0 and (longest is None or now + seconds > longest.until):
                longest = Hold(name, reason, now + seconds)
        return longest

    def _blamed(self, bill: Mapping[str, float], answer: Answer) -> list[str]:
        """Whose limit was met. The narrowest bucket unless the headers show that the wide one is empty."""
        names = list(bill)
        if len(names) > 1 and "ratelimit-remaining" not in answer.headers:
            return names[1:]
        return names

    def _read_headers(self, answer: Answer, bill: Mapping[str, float], now: float) -> None:
        left = _number(answer.headers.get("ratelimit-remaining", ""))
        if left is not None and SHAREPOINT in bill:
            bucket = self.buckets[SHAREPOINT]
            bucket.level = min(bucket.level, left)
        used = _number(answer.headers.get("x-ms-throttle-limit-percentage", ""))
        if used is not None and used >= _NEAR_THE_LIMIT and IDENTITY in bill:
            self.buckets[IDENTITY].ease(now)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
