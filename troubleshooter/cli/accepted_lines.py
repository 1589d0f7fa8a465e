"""Accepted findings in words: the entries, and the warnings about those that no longer hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from troubleshooter.errors import fill
from troubleshooter.render.labels import marked as _
from troubleshooter.render.language import Language
from troubleshooter.render.text import plain, shortened

if TYPE_CHECKING:
    from troubleshooter.diagnose.accepted import AcceptedSummary, Entry
    from troubleshooter.diagnose.accepted_file import Acceptance, AcceptedFile

_MOST_LINES = 20


def entry_lines(entry: Entry, speak: Language) -> Iterator[str]:
    """One entry: whose finding, what the entry does, until when, and who answers for it."""
    standing = speak.text(entry.standing.meaning)
    people = speak.plural("{count} person", "{count} people", entry.people)
    yield f"{_name(entry.acceptance, speak)}: {standing}" + (f" ({people})" if entry.people else "")
    yield f"  {_answer(entry.acceptance, speak)}"


def _name(one: Acceptance, speak: Language) -> str:
    from troubleshooter.diagnose.accepted_file import ANY_CAUSE, EVERYBODY

    person = speak.text(_("everybody")) if one.person == EVERYBODY else _short(one.person)
    cause = speak.text(_("any cause")) if one.cause == ANY_CAUSE else _short(one.cause)
    return f"{person}, {cause}"


def _answer(one: Acceptance, speak: Language) -> str:
    return speak.text(
        _("until {day}, by {author}: {reason}"),
        day=speak.calendar_day(one.until),
        author=_short(one.author),
        reason=_short(one.reason),
    )


def _short(text: str) -> str:
    return shortened(plain(text))


def accepted_warnings(file: AcceptedFile, summary: AcceptedSummary, speak: Language) -> Iterator[str]:
    """What must not go unnoticed, for standard error: faults, expired entries, entries that do not apply."""
    from troubleshooter.diagnose.accepted import Standing

    yield from fault_lines(file, speak)
    expired = summary.of(Standing.EXPIRED)
    if summary.expired:
        yield _warning(
            speak.plural(
                "{count} person has a finding whose acceptance has expired: it counts as a problem again.",
                "{count} people have findings whose acceptance has expired: they count as problems again.",
                summary.expired,
            ),
            speak,
        )
        yield from _first(expired, speak)
    idle = summary.of(Standing.UNDECIDED, Standing.NO_SUCH_FINDING, Standing.NO_SUCH_PERSON)
    if idle:
        yield _warning(
            speak.plural(
                "{count} accepted finding does not apply.",
                "{count} accepted findings do not apply.",
                len(idle),
            ),
            speak,
        )
        yield from _first(idle, speak)


def fault_lines(file: AcceptedFile, speak: Language) -> Iterator[str]:
    """What is wrong in the file, for standard error."""
    for fault in file.faults:
        yield _warning(
            f"{fill(speak.text(fault.what), fault.values)} {fill(speak.text(fault.remedy), fault.values)}",
            speak,
        )


def _first(entries: tuple[Entry, ...], speak: Language) -> Iterator[str]:
    for entry in entries[:_MOST_LINES]:
        for line in entry_lines(entry, speak):
            yield f"  {line}"
    if len(entries) > _MOST_LINES:
        yield "  " + speak.text(_("and {more} more"), more=speak.number(len(entries) - _MOST_LINES))


def _warning(text: str, speak: Language) -> str:
    return f"{speak.text('Warning')}: {text}"
