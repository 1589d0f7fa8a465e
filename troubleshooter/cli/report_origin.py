"""What a person's page says about the audit that its evidence comes from."""

# ruff: noqa: S608 - every name in a statement is written here, every value is bound

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from troubleshooter.diagnose.accepted_file import ANY_CAUSE
from troubleshooter.diagnose.rulebook import Rulebook
from troubleshooter.diagnose.tenant import VERDICTS
from troubleshooter.diagnose.verdict import diagnose_one
from troubleshooter.evidence.record import Collected, Evidence
from troubleshooter.evidence.store import Store
from troubleshooter.render.labels import marked as _
from troubleshooter.render.language import Language
from troubleshooter.render.text import plain, shortened


@dataclass(frozen=True, slots=True)
class Accepted:
    """An accepted finding of this person, as the audit knew it."""

    reason: str
    author: str
    until: date
    expired: bool


@dataclass(frozen=True, slots=True)
class Origin:
    """One person in one audit. `then` is the audit's state and cause where today's rules say otherwise."""

    ended: datetime | None
    rules_then: str
    rules_now: str
    then: tuple[str, str] | None
    accepted: Accepted | None

    @classmethod
    def of(cls, store: Store, evidence: Evidence, rulebook: Rulebook) -> Origin:
        """What the store of a finished audit says of this person."""
        key = evidence.person.id
        verdict = diagnose_one(Collected(evidence), rulebook).verdict
        now = (verdict.state.value, verdict.cause.id if verdict.cause else "")
        rows = store.query(f"SELECT state, cause FROM {VERDICTS} WHERE person_id = ?", [key])
        then = tuple(rows[0]) if rows else now
        return cls(
            store.finished_at,
            str(store.get("rules_version") or ""),
            rulebook.version,
            None if then == now else (then[0], then[1]),
            _accepted(store, key, now[1]),
        )

    def lines(self, speak: Language) -> list[str]:
        """The sentences, ready to print."""
        return list(self._lines(speak))

    def _lines(self, speak: Language) -> Iterator[str]:
        when = speak.when(self.ended) if self.ended else "-"
        yield speak.text(
            _("From the evidence of the audit that ended {when}; nobody was asked again."), when=when
        )
        if self.rules_then != self.rules_now:
            yield speak.text(
                _("The audit was judged by the rules {then}, this page by the rules {now}."),
                then=self.rules_then or "-",
                now=self.rules_now,
            )
        if self.then is not None:
            state, cause = self.then
            shown = f"{speak.value(state)} [{cause}]" if cause else speak.value(state)
            yield speak.text(_("In the audit the answer was: {answer}"), answer=shown)
        if self.accepted is not None:
            template = (
                _("This finding was accepted until {day} by {author}, which is over: {reason}")
                if self.accepted.expired
                else _("This finding is accepted until {day} by {author}: {reason}")
            )
            yield speak.text(
                template,
                day=speak.calendar_day(self.accepted.until),
                author=_short(self.accepted.author),
                reason=_short(self.accepted.reason),
            )


def _accepted(store: Store, key: str | None, cause: str) -> Accepted | None:
    if not store.query("SELECT 1 FROM duckdb_tables() WHERE table_name = 'accepted'"):
        return None
    rows = store.query(
        "SELECT reason, author, until, expired FROM accepted WHERE person_id = ? AND cause IN (?, '', ?) "
        "ORDER BY expired LIMIT 1",
        [key, cause, ANY_CAUSE],
    )
    return Accepted(*rows[0]) if rows else None


def _short(text: str) -> str:
    return shortened(plain(text or ""))
