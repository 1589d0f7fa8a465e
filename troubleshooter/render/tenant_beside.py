"""What stands beside the causes of an audit: the tenant as a whole, gaps, changes, accepted findings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from troubleshooter.diagnose.audit_result_types import Acceptance, AuditResult, Obstacle, TenantFinding
from troubleshooter.diagnose.changes_classes import Change
from troubleshooter.diagnose.rule import State
from troubleshooter.evidence.aggregates import TENANT_FACTS
from troubleshooter.evidence.record import GapReason, Value
from troubleshooter.render import values
from troubleshooter.render.labels import GAP_REASONS, GROUPS, STATES, marked
from troubleshooter.render.language import Language
from troubleshooter.render.tenant_cause import LONG
from troubleshooter.render.tenant_words import (
    ALWAYS,
    CHANGES,
    NOT_LOOKED_AT,
    GroupFiller,
    TenantFiller,
    actor_word,
    percent,
    permission_name,
)
from troubleshooter.render.text import plain, shortened
from troubleshooter.render.words import StepWords

_ = marked

_MOVES = 20


@dataclass(frozen=True, slots=True)
class UnknownRow:
    """Facts that are missing for one reason; `matters` when they keep somebody undecided."""

    facts: str
    readable: str
    missing: str
    because: str
    blocks: str
    decides: str
    matters: bool


@dataclass(frozen=True, slots=True)
class AcceptedRow:
    """Findings that were accepted together."""

    title: str
    id: str
    reason: str
    author: str
    until: str
    expired: bool
    people: str


@dataclass(frozen=True, slots=True)
class FindingView:
    """A rule about the whole tenant; `facts` are label, path and value."""

    id: str
    state: str
    word: str
    title: str
    headline: str
    because: str
    explains: str
    actor: str
    steps: tuple[StepWords, ...]
    facts: tuple[tuple[str, str, str], ...]


class BesideView:
    """The rest of one result in one language, ready to print."""

    def __init__(self, result: AuditResult, language: Language) -> None:
        self.result = result
        self.language = language

    @cached_property
    def tenant_findings(self) -> tuple[FindingView, ...]:
        """What is true of the whole tenant, and what could not be decided about it."""
        return tuple(map(self._finding, self.result.tenant_findings))

    def _finding(self, one: TenantFinding) -> FindingView:
        text, rule = self.language.text, one.rule
        state = State.UNDECIDED if one.verdict is None else rule.state if rule else State.PROBLEM
        words = TenantFiller(one.facts, self.result.run, self.language).words(rule) if rule else None
        explains = self.language.plural(
            "It accounts for the cause of {count} person.",
            "It accounts for the cause of {count} people.",
            one.people,
        )
        return FindingView(
            one.id,
            state.value,
            text(STATES[state]),
            words.title if words else one.id,
            words.headline if words and one.verdict else "",
            words.because if words and one.verdict else "",
            explains if one.people else "",
            actor_word(rule.actor, self.language) if rule else "",
            words.admin_steps if words and one.verdict else (),
            tuple(
                (TENANT_FACTS[path].label, path, self._tenant_fact(one, path))
                for path in one.facts
                if path in TENANT_FACTS
            ),
        )

    def _tenant_fact(self, one: TenantFinding, path: str) -> str:
        value, most = one.facts[path], one.at_most.get(path)
        if value is None:
            return self.language.text(values.UNKNOWN)
        if most is None:
            return self._told(path, value)
        template = _("{low} to {high}")
        return self.language.text(template, low=self._told(path, value), high=self._told(path, most))

    def _told(self, path: str, value: Value) -> str:
        info = TENANT_FACTS[path]
        if isinstance(value, bool):
            return values.fact_text("photo.present", value, self.language)
        if info.part == "share" and isinstance(value, int | float):
            return percent(value, 1, self.language)
        if isinstance(value, int | float):
            return self.language.bytes(int(value)) if info.unit == "bytes" else self.language.number(value)
        if info.kind == "datetime" and isinstance(value, str):
            return self.language.when(datetime.fromisoformat(value).replace(tzinfo=UTC))
        said = ", ".join(value) if isinstance(value, tuple) else str(value)
        return shortened(plain(said), LONG * 2)

    @property
    def permissions(self) -> tuple[tuple[str, str, str, str], ...]:
        """Missing permissions: name, people who lack something, undecided it blocks, undecided it decides."""
        number = self.language.number
        return tuple(
            (
                permission_name(o.permission, self.language),
                number(o.missing),
                number(o.blocks),
                number(o.decides),
            )
            for o in self.result.permissions
        )

    @property
    def unknown(self) -> tuple[UnknownRow, ...]:
        """What is not known, what keeps people undecided first."""
        number = self.language.number
        return tuple(
            UnknownRow(
                ", ".join(self.language.text(GROUPS[name]) for name in one.groups),
                number(one.readable),
                number(one.missing),
                self._because(one),
                number(one.blocks),
                number(one.decides),
                bool(one.blocks),
            )
            for one in self.result.unknown
        )

    def _because(self, one: Obstacle) -> str:
        known = one.reason in set(GapReason)
        reason = self.language.text(GAP_REASONS[GapReason(one.reason)]) if known else one.reason
        return f"{reason} ({permission_name(one.permission, self.language)})" if one.permission else reason

    @property
    def not_looked_at(self) -> tuple[tuple[str, str, str], ...]:
        """Who was left out on purpose, how many, and how to include them; then what could not be taken in."""
        text, number = self.language.text, self.language.number
        found = [
            (text(NOT_LOOKED_AT[key][0]), number(people), text(NOT_LOOKED_AT[key][1]))
            for key, people in self.result.not_looked_at.items()
            if key in NOT_LOOKED_AT
        ]
        return tuple(found)

    @property
    def changes(self) -> tuple[tuple[str, str, str, str], ...]:
        """Classes of changes: key, word, people, meaning. Some are said also when nobody is in them."""
        changes, text = self.result.changes, self.language.text
        if changes is None:
            return ()
        return tuple(
            (kind.value, text(word), self.language.number(changes.of(kind)), text(kind.meaning))
            for kind, word in CHANGES.items()
            if kind in ALWAYS or changes.of(kind)
        )

    @property
    def moves(self) -> tuple[tuple[str, str, str, str], ...]:
        """The ways most people went: class, before, now, people. Those who stayed as they were left out."""
        if self.result.changes is None:
            return ()
        still = (Change.SAME, Change.UNCHANGED, Change.STILL_UNDECIDED)
        kept = [move for move in self.result.changes.moves if move.kind not in still][:_MOVES]
        return tuple(
            (
                self._class(move.kind),
                self._verdict(move.old_state, move.old_cause),
                self._verdict(move.new_state, move.new_cause),
                self.language.number(move.people),
            )
            for move in kept
        )

    def _class(self, kind: str) -> str:
        return self.language.text(CHANGES[Change(kind)]) if kind in set(Change) else kind

    @property
    def compared(self) -> str:
        """When the earlier run ended; '' when unknown or there was none."""
        since = self.result.changes.since if self.result.changes else None
        return self.language.when(since) if since else ""

    @property
    def accepted(self) -> tuple[AcceptedRow, ...]:
        """Accepted findings, expired ones first."""
        return tuple(map(self._acceptance, self.result.accepted))

    def _acceptance(self, one: Acceptance) -> AcceptedRow:
        return AcceptedRow(
            self._rule_title(one.cause) if one.cause else self.language.text(_("every cause")),
            one.cause,
            shortened(plain(one.reason), 400),
            shortened(plain(one.author), LONG * 2),
            self.language.calendar_day(one.until) if one.until else "",
            one.expired,
            self.language.number(one.people),
        )

    def _verdict(self, state: str, cause: str) -> str:
        word = self.language.text(STATES[State(state)]) if state in set(State) else "\u2013"
        return f"{word}: {self._rule_title(cause)}" if cause else word

    def _rule_title(self, rule_id: str) -> str:
        known = {one.rule.id: one.rule for one in self.result.outcomes}
        known |= {cause.id: cause.rule for cause in (*self.result.causes, *self.result.fine_by)}
        return GroupFiller({}, self.language).title(known[rule_id]) if rule_id in known else rule_id
