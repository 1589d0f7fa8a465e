"""What happened when, and where the present moment stands in the wait window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from troubleshooter.diagnose.result import Diagnosis
from troubleshooter.render.labels import marked
from troubleshooter.render.language import Language

_ = marked

_PAST = (
    ("directory.created_at", _("Account created")),
    ("directory.exchange_plan_assigned_at", _("Exchange plan assigned")),
    ("ticket.since", _("Wrong since then, says the person")),
    ("ticket.photo_changed_at", _("Photo saved, says the person")),
    ("photo.first_seen_at", _("This photo first seen by this program")),
    ("sharepoint.picture_timestamp", _("SharePoint last tried or copied (picture timestamp)")),
    ("sharepoint.thumbnail_modified_at", _("SharePoint's picture file written")),
    ("run.collected_at", _("This check")),
)


@dataclass(frozen=True, slots=True)
class Event:
    """One moment. `kind` is past, now, window or stuck; it chooses the mark."""

    at: datetime
    when: str
    words: str
    kind: str


@dataclass(frozen=True, slots=True)
class Window:
    """The wait window. `now`, `until` and `end` are positions from 0 to 1000 for drawing."""

    since: str
    until: str
    stuck: str
    now_position: int
    until_position: int
    over: bool


def events(diagnosis: Diagnosis, language: Language) -> tuple[Event, ...]:
    """Every dated fact and every end of the wait window, oldest first."""
    evidence, verdict = diagnosis.evidence, diagnosis.verdict
    found: list[Event] = []
    for path, words in _PAST:
        moment = evidence.value(path)
        # A script's constant decodes to a date of 2016 that means nothing.
        dated = path != "sharepoint.picture_timestamp" or evidence.sharepoint.timestamp_state == "set"
        if isinstance(moment, datetime) and dated:
            kind = "now" if path == "run.collected_at" else "past"
            found.append(Event(moment, language.when(moment), language.text(words), kind))
    for moment, words, kind in (
        (verdict.wait_until, _("Until here waiting is normal"), "window"),
        (verdict.stuck_at, _("From here an administrator should act"), "stuck"),
    ):
        if moment:
            found.append(Event(moment, language.when(moment), language.text(words), kind))
    return tuple(sorted(found, key=lambda event: event.at))


def window(diagnosis: Diagnosis, language: Language) -> Window | None:
    """The running wait clock; None when the verdict has none."""
    verdict, now = diagnosis.verdict, diagnosis.evidence.run.collected_at
    start, until = verdict.wait_from, verdict.wait_until
    if not (start and until and now) or until <= start:
        return None
    end = verdict.stuck_at if verdict.stuck_at and verdict.stuck_at > until else until
    total = (end - start).total_seconds()

    def position(moment: datetime) -> int:
        return min(1000, max(0, round((moment - start).total_seconds() / total * 1000)))

    return Window(
        since=language.when(start),
        until=language.when(until),
        stuck=language.when(verdict.stuck_at) if verdict.stuck_at else "",
        now_position=position(now),
        until_position=position(until),
        over=now >= until,
    )
