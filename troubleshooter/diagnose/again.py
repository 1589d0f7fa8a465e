"""Asking again about one person: when, whether it is over, and what changed since.

SharePoint looks for a photo at most once in 24 hours, so asking often gains nothing there; a photo that was
just saved is in Microsoft 365 within seconds, so the first questions come soon.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from troubleshooter.diagnose.result import Diagnosis
from troubleshooter.diagnose.rule import State
from troubleshooter.evidence.record import Evidence, Value
from troubleshooter.evidence.schema import FACTS

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=30)
LONGEST_INSIDE_WINDOW = timedelta(hours=1)
"""While a wait is normal and its end is known, nothing much can change before it."""
AFTER_WINDOW = timedelta(minutes=1)
"""How long after the end of a known window the next question comes: clocks differ a little."""

# What every run says anew, and what only people tell: neither is a change in a store.
_OF_A_RUN = frozenset({"photo.first_seen_at", "photo.previous_fingerprint"})
_GROUPS = ("run", "ticket")


@dataclass(frozen=True, slots=True)
class FactChange:
    """One fact that is known now and was then, with another value. `was` None: it was not known then."""

    path: str
    was: Value
    now: Value


def settled(diagnosis: Diagnosis) -> bool:
    """Every store was looked into and all is right: there is nothing left to wait for."""
    return diagnosis.verdict.state is State.FINE


def mark(diagnosis: Diagnosis) -> tuple[str, str]:
    """What makes two answers the same for somebody who waits: state and cause."""
    cause = diagnosis.verdict.cause
    return diagnosis.verdict.state.value, cause.id if cause else ""


def next_question(
    now: datetime, until: datetime, unchanged: int, window_ends: datetime | None
) -> datetime | None:
    """When to ask next; None when the time is over. `unchanged` counts equal answers in a row.

    Pauses double from `FIRST_PAUSE`. A question never comes later than just after the end of a known window.
    """
    if now >= until:
        return None
    inside = window_ends is not None and window_ends > now
    longest = LONGEST_INSIDE_WINDOW if inside else LONGEST_PAUSE
    planned = now + min(FIRST_PAUSE * (1 << min(unchanged, 10)), longest)
    if inside and window_ends is not None:
        planned = min(planned, window_ends + AFTER_WINDOW)
    return min(planned, until)


def window_end(diagnosis: Diagnosis) -> datetime | None:
    """When the wait that is normal now ends, in UTC; None when no clock runs."""
    end = diagnosis.verdict.wait_until
    return end if end is None or end.tzinfo else end.replace(tzinfo=UTC)


def changes(before: Evidence, after: Evidence) -> Iterator[FactChange]:
    """Facts that differ, in schema order. What is not known now is no change: a gap says nothing."""
    for path, now in after.values():
        was = before.value(path)
        if now is None or FACTS[path].group in _GROUPS or path in _OF_A_RUN or was == now:
            continue
        yield FactChange(path, was, now)
