"""The loop of `verify`: one question after another, politely spaced, and what each answered."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from troubleshooter.cli.connect import Connected
from troubleshooter.cli.durations import short
from troubleshooter.collect.people import collect_people
from troubleshooter.diagnose.again import mark, next_question, settled, window_end
from troubleshooter.diagnose.result import Diagnosis
from troubleshooter.diagnose.rulebook import Rulebook
from troubleshooter.diagnose.verdict import diagnose_one
from troubleshooter.errors import TroubleshooterError, UsageError
from troubleshooter.evidence.codec import load, read_file
from troubleshooter.evidence.record import Collected, Evidence, Value
from troubleshooter.render.language import Language

SCHEMA = "photo-troubleshooter/verify/1"
_MOST_BYTES = 64 * 1024 * 1024
_GLANCE = 30.0
"""Seconds of one sleep: a computer that was asleep itself notices soon that the time has come."""


class SinceSomebodyElse(UsageError):
    """The earlier result is about another person."""


class SinceUnclear(UsageError):
    """The earlier result names nobody, or several people."""


@dataclass(frozen=True, slots=True)
class Before:
    """An earlier answer, and where it came from."""

    evidence: Evidence
    file: str


@dataclass(frozen=True, slots=True)
class Round:
    """One question. Either a diagnosis, or why there is none. `next_at` None: it was the last one.

    `previous` is the diagnosis before this one; `same` says that state and cause are what they were then.
    """

    number: int
    at: datetime
    diagnosis: Diagnosis | None
    error: TroubleshooterError | None
    next_at: datetime | None
    previous: Diagnosis | None
    same: bool


Ask = Callable[[], Diagnosis]


def baseline(path: Path) -> Before:
    """An earlier result from a file. EvidenceError for another file, SinceUnclear without one person."""
    found: list[Evidence]
    try:
        with path.open("rb") as stream:
            data = json.loads(stream.read(_MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        data = None
    if isinstance(data, dict) and data.get("schema") == SCHEMA:
        found = [load(data.get("result"))]
    else:
        found = list(read_file(path))
    if len(found) != 1 or not found[0].person.id:
        raise SinceUnclear(
            "{file} is not the result of one person.",
            "Give --since a file written by `diagnose --json` or `verify --json` for this person.",
            file=str(path),
        )
    return Before(found[0], path.name)


def asker(
    connected: Connected,
    person: str,
    ticket: Mapping[str, Value],
    before: Before | None,
    rulebook: Rulebook,
    told: Callable[[Evidence], Evidence],
) -> Ask:
    """Asks the tenant once. What the ticket said before is still said, unless it is said anew."""
    known = {
        path: value
        for path, value in (before.evidence.values() if before else ())
        if path.startswith("ticket.") and value is not None
    } | dict(ticket)

    def ask() -> Diagnosis:
        (one,) = collect_people(
            connected.graph,
            connected.sharepoint,
            connected.cloud,
            (person,),
            ticket=known,
            run=connected.run,
            now=lambda: datetime.now(UTC),
            sharepoint_host=connected.sharepoint_host,
        )
        if not isinstance(one, Collected):
            raise one
        # An id that could not be read now proves nothing.
        if before and one.evidence.person.id not in (None, before.evidence.person.id):
            raise SinceSomebodyElse(
                "{file} is about somebody else than {person}.",
                "Give --since an earlier result of the same person.",
                file=before.file,
                person=person,
            )
        return diagnose_one(replace(one, evidence=told(one.evidence)), rulebook)

    return ask


class Waiting:
    """Asks until it is settled or the time is over, which runs from the first answer.

    `every` None: pauses grow, and know the known windows.
    """

    def __init__(
        self,
        ask: Ask,
        wait: timedelta,
        every: timedelta | None,
        *,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._ask, self._wait, self._every = ask, wait, every
        self._sleep, self._now = sleep, now
        self.started = now()
        self.until = self.started + wait
        self.asked = 0

    @property
    def left(self) -> timedelta:
        """How much of the time is left."""
        return max(timedelta(0), self.until - self._now())

    def rounds(self) -> Iterator[Round]:
        """Every question. What fails in the first one is raised; later failures pass, and are told."""
        previous: Diagnosis | None = None
        unchanged = 0
        while True:
            diagnosis, error = self._question(first=self.asked == 0)
            if not self.asked:
                self.until = self._now() + self._wait
            self.asked += 1
            same = bool(diagnosis and previous and mark(diagnosis) == mark(previous))
            unchanged = unchanged + 1 if same or error else 0
            seen = diagnosis or previous
            if previous and seen and _window_passed(previous, self._now()):
                unchanged = 0  # now something can happen again
            over = diagnosis is not None and settled(diagnosis)
            next_at = None if over else self._next(unchanged, seen)
            yield Round(self.asked, self._now(), diagnosis, error, next_at, previous, same)
            if next_at is None:
                return
            previous = seen
            self._rest(next_at)

    def _question(self, *, first: bool) -> tuple[Diagnosis | None, TroubleshooterError | None]:
        try:
            return self._ask(), None
        except SinceSomebodyElse:
            raise
        except TroubleshooterError as error:
            if first:
                raise
            return None, error

    def _next(self, unchanged: int, seen: Diagnosis | None) -> datetime | None:
        now = self._now()
        if self._every is not None:
            return min(now + self._every, self.until) if now < self.until else None
        return next_question(now, self.until, unchanged, window_end(seen) if seen else None)

    def _rest(self, until: datetime) -> None:
        while (left := (until - self._now()).total_seconds()) > 0:
            self._sleep(min(left, _GLANCE))


def _window_passed(previous: Diagnosis, now: datetime) -> bool:
    """A wait that was normal at the last question has ended since."""
    end, asked = window_end(previous), previous.evidence.run.collected_at
    return end is not None and asked is not None and asked < end <= now


def stopped_words(waiting: Waiting, speak: Language) -> str:
    """What whoever stopped the waiting should know."""
    seconds = math.ceil(waiting.left.total_seconds())
    left = timedelta(seconds=seconds) if seconds < 120 else timedelta(minutes=math.ceil(seconds / 60))
    return speak.plural(
        "Stopped after {count} question; nothing is lost. To go on: the same command with --wait {left}.",
        "Stopped after {count} questions; nothing is lost. To go on: the same command with --wait {left}.",
        waiting.asked,
        left=short(left),
    )
