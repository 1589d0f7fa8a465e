"""When to try again and how long to wait first: Retry-After, back-off, and how patient one run is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

ABSURD_WAIT = 3600.0  # seconds; no service of Microsoft asks for more, so a larger number is a mistake
LONGEST_BACKOFF = 30.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long. `max_wait`: seconds of waiting in all for one person's requests."""

    max_tries: int = 5
    max_tries_server_error: int = 3  # a 500 is often permanent for one broken profile
    max_tries_network: int = 2
    max_wait: float = 60.0
    backoff: float = 1.0

    def tries(self, status: int, failure: str) -> int:
        """How many tries in all such an answer deserves; 1 means that another one is pointless."""
        if status == 0:
            return self.max_tries_network if failure in ("timeout", "other") else 1
        if status == 500:
            return self.max_tries_server_error
        return self.max_tries if status in (429, 502, 503, 504, 509) else 1

    def pause(self, headers: Mapping[str, str], attempt: int, now: datetime, jitter: float) -> float:
        """Seconds to wait after try number `attempt`; `jitter` is a random number from 0 to 1."""
        asked = retry_after(headers, now)
        if asked is not None:
            return asked
        return float(min(LONGEST_BACKOFF, self.backoff * 2 ** (attempt - 1)) * (0.5 + jitter / 2))


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Whole seconds asked for by Retry-After: a number (rounded up) or an HTTP date. None: absent, nonsense.

    A date counts from the answer's own Date header, because our clock may be wrong.
    Graph sends fractions: https://learn.microsoft.com/graph/throttling
    """
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        seconds = float(text)
    except ValueError:
        until = _http_date(text)
        if until is None:
            return None
        seconds = max(0.0, (until - (_http_date(headers.get("date", "")) or now)).total_seconds())
    if math.isnan(seconds) or seconds < 0:
        return None
    return ABSURD_WAIT if seconds > ABSURD_WAIT else float(math.ceil(seconds))


def _http_date(text: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


class Patience:
    """The waiting that is left, in seconds."""

    def __init__(self, seconds: float) -> None:
        self.left = seconds

    def spend(self, seconds: float) -> bool:
        """Take this much; False, and nothing taken, when less is left."""
        if seconds > self.left:
            return False
        self.left -= seconds
        return True


_shared: ContextVar[Patience | None] = ContextVar("patience", default=None)


@contextmanager
def shared_patience(seconds: float) -> Iterator[Patience]:
    """All requests of this thread inside the block draw on one allowance of waiting."""
    patience = Patience(seconds)
    reset = _shared.set(patience)
    try:
        yield patience
    finally:
        _shared.reset(reset)


@contextmanager
def enough_patience(seconds: float) -> Iterator[Patience]:
    """The enclosing block's allowance; where there is no such block, one for this block alone."""
    enclosing = _shared.get()
    if enclosing is not None:
        yield enclosing
        return
    with shared_patience(seconds) as patience:
        yield patience


def current_patience(seconds: float) -> Patience:
    """The allowance of the enclosing block, or a new one for a single request."""
    return _shared.get() or Patience(seconds)
