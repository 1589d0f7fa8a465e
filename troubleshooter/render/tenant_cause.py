"""One cause of an audit in one language: what is wrong, how we know, since when, where, and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from troubleshooter.diagnose.audit_result_types import AuditCause, Breakdown, PersonRow, Span
from troubleshooter.diagnose.rule import State
from troubleshooter.evidence.record import Value
from troubleshooter.render import fix_plan, values
from troubleshooter.render.brand import NO_BRAND, Brand
from troubleshooter.render.labels import CONFIDENCES, marked
from troubleshooter.render.language import Language
from troubleshooter.render.tenant_words import (
    EFFORTS,
    actor_word,
    effect_on_users,
    group_words,
    month,
    percent,
    person_address,
    person_name,
)
from troubleshooter.render.text import plain, shortened
from troubleshooter.render.words import RuleWords, StepWords

_ = marked

MOST_ROWS = 50
"""People of one list that a page shows; the complete lists lie beside it."""

LONG = 60
"""Characters of a value in a list."""


@dataclass(frozen=True, slots=True)
class TenantFiles:
    """What lies beside the page, by name relative to it; '' or absent where there is nothing.

    `folder` is how to name the audit's folder in a command.
    """

    folder: str = "photo-audit"
    people_csv: str = "people.csv"
    people_jsonl: str = "people.jsonl"
    summary: str = "summary.json"
    junit: str = "junit.xml"
    workbook: str = ""
    evidence: str = ""
    lists: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    plans: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PersonView:
    """One person in a list."""

    name: str
    address: str
    department: str
    stores: str
    since: str
    since_iso: str = ""
    open: str = ""


@dataclass(frozen=True, slots=True)
class BarRow:
    """One value with its people; `width` is percent of the longest bar, `open` when it is no single value."""

    value: str
    people: str
    share: str
    of: str
    width: float
    open: bool = False


@dataclass(frozen=True, slots=True)
class BarTable:
    """People of a cause by one fact."""

    label: str
    rows: tuple[BarRow, ...]


@dataclass(frozen=True, slots=True)
class CauseView:
    """One cause with everything its section prints."""

    cause: AuditCause
    words: RuleWords
    people: str
    share: str
    actor: str
    effort: str
    effect: str
    confidence: str
    less_sure: str
    accepted: str
    waiting: str
    evidence: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]
    where: tuple[BarTable, ...]
    since: BarTable | None
    use: fix_plan.Commands
    plan: str
    by_hand: tuple[StepWords, ...]
    letter: str
    first: tuple[PersonView, ...]
    rest: str
    files: tuple[str, str]


class CauseWriter:
    """Writes causes and people of one audit. `people` is everybody, for shares; `most` rows make a list."""

    def __init__(
        self,
        language: Language,
        files: TenantFiles,
        people: int,
        brand: Brand = NO_BRAND,
        most: int = MOST_ROWS,
    ) -> None:
        self.language = language
        self._brand = brand
        self.files = files
        self._people = people
        self._most = most

    def some(self, rows: Sequence[PersonRow]) -> Sequence[PersonRow]:
        """The rows of a list that the page shows."""
        return rows[: self._most]

    def shown(self, shown: int, everybody: int) -> str:
        """Which part of a list the page shows."""
        if shown >= everybody:
            return self.language.plural("{count} person", "{count} people", everybody)
        return self.language.text(
            _("The first {shown} of {all} people"),
            shown=self.language.number(shown),
            all=self.language.number(everybody),
        )

    def cause(self, cause: AuditCause) -> CauseView:
        """Everything the section of a cause prints."""
        text, plural, rule = self.language.text, self.language.plural, cause.rule
        # A clock that starts with the run itself tells nothing about the person.
        clock = any(not path.startswith("run.") for path in rule.wait_from)
        words = group_words(cause, self.language)
        plan = self.files.plans.get(cause.id, "")
        waits = cause.waits_until if cause.state is State.ON_ITS_WAY else None
        return CauseView(
            cause=cause,
            words=words,
            people=self.language.number(cause.people),
            share=percent(cause.people, self._people, self.language),
            actor=actor_word(rule.actor, self.language),
            effort=text(EFFORTS[cause.fix.effort]),
            effect=effect_on_users(cause, words, self.language),
            confidence=text(CONFIDENCES[rule.confidence]),
            less_sure=plural(
                "less sure for {count} of them, because an earlier check is open",
                "less sure for {count} of them, because an earlier check is open",
                cause.lowered,
            )
            if cause.lowered
            else "",
            accepted=plural("{count} more is accepted", "{count} more are accepted", cause.accepted)
            if cause.accepted
            else "",
            waiting=text(
                _("For the last of them waiting is normal until {until}."), until=self.language.when(waits)
            )
            if waits
            else "",
            evidence=tuple(map(self._evidence, cause.pattern)),
            where=tuple(self._where(one, cause.people) for one in cause.where),
            since=self._since(cause),
            use=fix_plan.commands(cause, self.files.folder, plan),
            plan=plan,
            by_hand=tuple(words.admin_steps[one.number - 1] for one in cause.fix.by_hand),
            letter=fix_plan.letter_text(cause, self.language, brand=self._brand)
            if fix_plan.has_plan(cause)
            else "",
            first=tuple(self.person(row, clock=clock) for row in self.some(cause.first)),
            rest=self.shown(len(self.some(cause.first)), cause.people),
            files=self.files.lists.get(cause.id, ("", "")),
        )

    def _evidence(self, one: Breakdown | Span) -> tuple[str, str, tuple[tuple[str, str], ...]]:
        number, text = self.language.number, self.language.text
        if isinstance(one, Span):
            said = self._value(one.fact, one.low)
            if one.low != one.high:
                said = text(_("{low} to {high}"), low=said, high=self._value(one.fact, one.high))
            rows = [(said, "")] if one.low is not None else []
            if one.unknown:
                rows.append((text(values.UNKNOWN), number(one.unknown)))
        else:
            rows = [(self._value(one.fact, c.value), number(c.people)) for c in one.counts]
            if one.others:
                rows.append((text(_("other values")), number(one.others)))
        return values.label(one.fact, self.language), one.fact, tuple(rows)

    def _where(self, one: Breakdown, everybody: int) -> BarTable:
        longest = max(count.people for count in one.counts)
        rows = [
            BarRow(
                self._value(one.fact, count.value),
                self.language.number(count.people),
                percent(count.people, everybody, self.language),
                self.language.number(count.of),
                round(100 * count.people / longest, 1),
            )
            for count in one.counts
        ]
        if one.others:
            rows.append(
                BarRow(
                    self.language.text(_("other values")),
                    self.language.number(one.others),
                    percent(one.others, everybody, self.language),
                    "",
                    round(min(100.0, 100 * one.others / longest), 1),
                )
            )
        return BarTable(values.label(one.fact, self.language), tuple(rows))

    def _since(self, cause: AuditCause) -> BarTable | None:
        since = cause.since
        if since is None:
            return None
        counts = [(month(day, self.language), people, False) for day, people in since.months]
        if since.before:
            counts.insert(0, (self.language.text(_("earlier")), since.before, True))
        if since.unknown:
            counts.append((self.language.text(values.UNKNOWN), since.unknown, True))
        longest = max(people for _word, people, _open in counts)
        rows = tuple(
            BarRow(
                word,
                self.language.number(people),
                percent(people, cause.people, self.language),
                "",
                round(100 * people / longest, 1),
                is_open,
            )
            for word, people, is_open in counts
        )
        return BarTable(values.label(since.fact, self.language), rows)

    def _value(self, path: str, value: Value) -> str:
        return shortened(plain(values.fact_text(path, value, self.language)), LONG)

    def person(self, row: PersonRow, open_rules: str = "", *, clock: bool = False) -> PersonView:
        """One person in a list; `open_rules` are the words of what is open, `clock` asks for the wait."""
        name, address = person_name(row, self.language), person_address(row)
        stores = []
        if row.photo_present is not None:
            shown = values.fact_text("photo.present", row.photo_present, self.language)
            stores.append(f"Microsoft 365: {shown}")
        if row.sharepoint_picture is not None:
            path = "sharepoint.picture_url_state"
            stores.append(f"SharePoint: {values.fact_text(path, row.sharepoint_picture, self.language)}")
        return PersonView(
            name=name,
            address=address if address != name else "",
            department=shortened(plain(row.department or ""), LONG),
            stores=" \u00b7 ".join(stores),
            since=self.language.day(row.wait_from) if row.wait_from and clock else "",
            since_iso=row.wait_from.isoformat() if row.wait_from and clock else "",
            open=open_rules,
        )
