"""Counting what a run asked: requests, the items inside batches, what was throttled, by kind of call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Lock
from urllib.parse import urlsplit

# The first that fits counts; the words are parts of lower-case paths.
_KINDS = (
    ("/photo/$value", "photo_bytes"),
    ("/photos", "photo_sizes"),
    ("/photoupdatesettings", "policy"),
    ("/photo", "photo"),
    ("/mailboxsettings", "mailbox"),
    ("/settings/exchange", "mailbox"),
    ("/organization", "tenant"),
    ("/sites/root", "tenant"),
    ("/users", "users"),
    (".peoplemanager/", "profiles"),
    ("/_api/search/", "search"),
    ("/_api/web/lists/", "library"),
    ("getfilebyserverrelativepath", "files"),
    ("/_api/web/", "library"),
    ("/_api/site/usage", "tenant"),
    ("userphoto.aspx", "pages"),
    ("thumb.jpg", "files"),
)


class Stopped(BaseException):
    """Somebody asked the run to end; what is in flight is given up. No error: nothing may swallow it."""


class StopSign:
    """Shared by all workers of a run: once set, every wait ends at once with `Stopped`."""

    def __init__(self) -> None:
        self._event = Event()

    def set(self) -> None:
        """Ask everybody to end."""
        self._event.set()

    @property
    def is_set(self) -> bool:
        """Whether the run is to end."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise Stopped when the run is to end."""
        if self._event.is_set():
            raise Stopped

    def sleep(self, seconds: float) -> None:
        """Wait, unless the run is to end: then raise Stopped."""
        if self._event.wait(seconds):
            raise Stopped


@dataclass(frozen=True, slots=True)
class Counts:
    """So far: `requests` are HTTP requests, `items` what was asked in them, `throttled` refused items."""

    requests: int
    items: int
    throttled: int
    by_kind: dict[str, int]


class Traffic:
    """Counters, safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._requests = self._items = self._throttled = self._open = 0
        self._kinds: Counter[str] = Counter()

    @contextmanager
    def flight(self) -> Iterator[None]:
        """One HTTP request is under way."""
        with self._lock:
            self._open += 1
        try:
            yield
        finally:
            with self._lock:
                self._open -= 1

    @property
    def in_flight(self) -> int:
        """Requests under way now."""
        return self._open

    def count(self, url: str, items: Sequence[str], status: int) -> None:
        """One HTTP request was answered; `items` are the addresses inside a batch."""
        asked = items or (url,)
        with self._lock:
            self._requests += 1
            self._items += len(asked)
            self._kinds.update(map(kind_of, asked))
            if status in (429, 503):
                self._throttled += len(asked)

    def throttled_item(self) -> None:
        """One item of a batch was refused."""
        with self._lock:
            self._throttled += 1

    def counts(self) -> Counts:
        """What was counted so far."""
        with self._lock:
            return Counts(self._requests, self._items, self._throttled, dict(sorted(self._kinds.items())))


def kind_of(url: str) -> str:
    """Which kind of call an address is, in one word."""
    path = urlsplit(url).path.lower().replace("%24", "$")
    return next((kind for part, kind in _KINDS if part in path), "other")
