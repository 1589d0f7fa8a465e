"""The diagnosis in one language: the same words in the page, the letter and on the console."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date as date_type
from datetime import datetime
from functools import cached_property

from troubleshooter.diagnose.result import Diagnosis, Finding, Undecided
from troubleshooter.diagnose.rule import Actor, Reference, Rule, State
from troubleshooter.evidence.record import Evidence
from troubleshooter.evidence.record import Source as Request
from troubleshooter.evidence.schema import FACTS
from troubleshooter.render import codes, gaps, stores, timeline, values
from troubleshooter.render.journey import Journey, journey
from troubleshooter.render.labels import (
    ACTORS,
    CONFIDENCES,
    DEFAULT_HEADLINES,
    FIRST_QUESTIONS,
    GAP_REASONS,
    GENERATIONS,
    GROUPS,
    QUESTIONS,
    ROLES,
    SIGNS,
    STATES,
    WHO_ACTS,
    marked,
)
from troubleshooter.render.language import Language
from troubleshooter.render.text import plain, shortened
from troubleshooter.render.words import Filler, RuleWords, StepWords

_ = marked

NAME_LENGTH = 80


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule in a list: its words, and what it was to the verdict."""

    words: RuleWords
    state: State
    state_word: str
    role: str = ""
    actor: str = ""
    confidence: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A public page the cause rests on."""

    url: str
    title: str
    note: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """A rule that could not be decided, and what would decide it."""

    id: str
    title: str
    facts: tuple[str, ...]
    reasons: tuple[str, ...]
    permissions: tuple[str, ...]
    before_cause: bool


@dataclass(frozen=True, slots=True)
class FactRow:
    """One fact with its source. `known` is false for a gap, whose reason is then in `value`.

    `meaning` says what the error means that stands behind a gap, or that the fact itself records.
    """

    path: str
    label: str
    doc: str
    value: str
    known: bool
    source: str
    when: str
    status: str
    request_id: str
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request; `meaning` is '' when it did not fail."""

    source: Request
    meaning: str


def person_name(evidence: Evidence, language: Language) -> str:
    """How to call the person: display name, else address, else a word; shortened and harmless."""
    person = evidence.person
    raw = person.display_name or person.user_principal_name or person.mail or person.id or ""
    return shortened(plain(raw), NAME_LENGTH).strip() or language.text(_("Unknown person"))


def person_address(evidence: Evidence) -> str:
    """The sign-in name, shortened and harmless; '' when unknown."""
    return shortened(plain(evidence.person.user_principal_name or evidence.person.mail or ""), NAME_LENGTH)


@dataclass(frozen=True, slots=True)
class RuledOut:
    """A rule known to be false, and what would have made it true."""

    id: str
    title: str
    near_miss: str


class View:
    """One diagnosis in one language. Every property is text or values ready to print."""

    def __init__(self, diagnosis: Diagnosis, language: Language) -> None:
        self.diagnosis = diagnosis
        self.language = language
        self.verdict = diagnosis.verdict
        self._filler = Filler(diagnosis.evidence, language)
        self._words: dict[str, RuleWords] = {}

    def words(self, rule: Rule) -> RuleWords:
        """The rule's words, filled once."""
        if rule.id not in self._words:
            self._words[rule.id] = self._filler.words(rule)
        return self._words[rule.id]

    @cached_property
    def name(self) -> str:
        """The person's name."""
        return person_name(self.diagnosis.evidence, self.language)

    @cached_property
    def address(self) -> str:
        """The person's sign-in name; '' when unknown."""
        return person_address(self.diagnosis.evidence)

    @property
    def checked_at(self) -> str:
        """When the evidence was collected; '' when unknown."""
        return self._when(self.diagnosis.evidence.run.collected_at)

    @property
    def state(self) -> State:
        """The verdict's state."""
        return self.verdict.state

    @property
    def state_word(self) -> str:
        """The state in words."""
        return self.language.text(STATES[self.state])

    @property
    def sign(self) -> str:
        """The state's ASCII sign."""
        return SIGNS[self.state]

    @property
    def cause(self) -> RuleWords | None:
        """Words of the cause; None when there is none."""
        return self.words(self.verdict.cause) if self.verdict.cause else None

    @property
    def headline(self) -> str:
        """The one sentence for the person."""
        found = self.cause.headline if self.cause else ""
        return found or self.language.text(DEFAULT_HEADLINES[self.state])

    @property
    def confidence(self) -> str:
        """How sure we are, in a word."""
        return self.language.text(CONFIDENCES[self.verdict.confidence])

    @property
    def actor(self) -> str:
        """Who must act, in a word or two."""
        return self.language.text(ACTORS[self.verdict.actor])

    @property
    def who_acts(self) -> str:
        """Who must act, as a sentence."""
        if self.state is State.UNDECIDED and self.verdict.cause is None:
            return self.language.text(_("Support: answer the questions or close the gaps below."))
        return self.language.text(WHO_ACTS[self.verdict.actor])

    @property
    def redaction(self) -> str:
        """What personal data the page holds, and what to do about it."""
        held = self.diagnosis.collected.pictures.values()
        if any(picture.data for picture in held):
            template = _(
                "Not redacted: this page holds names, addresses and pictures. "
                "Send the letter to the person, not this page."
            )
        elif held:
            template = _(
                "Not redacted: this page holds names and addresses. Pictures were left out; patterns of "
                "their fingerprints stand for them. Send the letter to the person, not this page."
            )
        else:
            template = _(
                "Not redacted: this page holds names and addresses. It shows no pictures, because none are "
                "kept with this evidence. Send the letter to the person, not this page."
            )
        return self.language.text(template)

    @property
    def wait_sentence(self) -> str:
        """Until when waiting is normal, and who acts afterwards; '' when no clock runs."""
        until, stuck = self._when(self.verdict.wait_until), self._when(self.verdict.stuck_at)
        if not until:
            return ""
        now = self.diagnosis.evidence.run.collected_at
        if now and self.verdict.wait_until and now >= self.verdict.wait_until:
            template = _("Waiting was normal until {until}; that time is over.")
        elif stuck:
            template = _(
                "Waiting is normal until {until}. If nothing changes by {stuck}, an administrator acts."
            )
        else:
            template = _("Waiting is normal until {until}.")
        return self.language.text(template, until=until, stuck=stuck)

    @property
    def lowered_sentence(self) -> str:
        """Why the confidence is lower than the rule's own; '' when it is not."""
        number = len(self.verdict.lowered_by)
        if not number:
            return ""
        return self.language.plural(
            "Lowered: {count} earlier check could not be decided.",
            "Lowered: {count} earlier checks could not be decided.",
            number,
        )

    @cached_property
    def user_steps(self) -> tuple[StepWords, ...]:
        """What the person does."""
        return self.cause.user_steps if self.cause else ()

    @cached_property
    def admin_steps(self) -> tuple[StepWords, ...]:
        """What an administrator does."""
        return self.cause.admin_steps if self.cause else ()

    @property
    def generation(self) -> str:
        """Which text of Microsoft's article the cause rests on; '' when on none."""
        code = self.verdict.cause.generation if self.verdict.cause else ""
        return self.language.text(GENERATIONS[code]) if code in GENERATIONS else code

    @property
    def references(self) -> tuple[Source, ...]:
        """The public pages the cause rests on, each with the day it was last read."""
        found = self.verdict.cause.references if self.verdict.cause else ()
        return tuple(self._reference(reference) for reference in found)

    @cached_property
    def stores(self) -> tuple[stores.Store, ...]:
        """The photo store by store."""
        return stores.stores(self.diagnosis, self.language)

    @cached_property
    def journey(self) -> Journey:
        """The photo's way through the stores, for drawing."""
        return journey(self.stores, self.state, self.language)

    @property
    def hidden_stores(self) -> tuple[str, ...]:
        """What no program can see."""
        return tuple(self.language.text(line) for line in stores.HIDDEN_STORES)

    @cached_property
    def events(self) -> tuple[timeline.Event, ...]:
        """What happened when."""
        return timeline.events(self.diagnosis, self.language)

    @cached_property
    def window(self) -> timeline.Window | None:
        """The wait window, for drawing."""
        return timeline.window(self.diagnosis, self.language)

    @cached_property
    def count(self) -> gaps.Count:
        """How many facts were read."""
        return gaps.count(self.diagnosis)

    @cached_property
    def missing(self) -> tuple[gaps.Missing, ...]:
        """What could not be read."""
        return gaps.missing(self.diagnosis, self._filler, self.language)

    @cached_property
    def findings(self) -> tuple[RuleLine, ...]:
        """Every true rule, the cause first as the diagnosis has them."""
        return tuple(self._line(finding) for finding in self.diagnosis.findings)

    @property
    def symptoms(self) -> tuple[RuleLine, ...]:
        """True rules that the cause explains."""
        return tuple(self._line(finding) for finding in self.diagnosis.symptoms)

    @property
    def others(self) -> tuple[RuleLine, ...]:
        """True rules beside the cause: second matters and advice."""
        aside = {finding.rule.id for finding in self.diagnosis.symptoms}
        cause = self.verdict.cause.id if self.verdict.cause else ""
        return tuple(
            self._line(finding)
            for finding in self.diagnosis.findings
            if finding.rule.id not in aside and finding.rule.id != cause
        )

    @cached_property
    def doubts(self) -> tuple[Doubt, ...]:
        """Undecided rules that would change our mind."""
        return tuple(self._doubt(entry) for entry in self.diagnosis.would_change_our_mind)

    @cached_property
    def undecided(self) -> tuple[Doubt, ...]:
        """All undecided rules."""
        return tuple(self._doubt(entry) for entry in self.diagnosis.undecided)

    @cached_property
    def ruled_out(self) -> tuple[RuledOut, ...]:
        """Rules that are known to be false."""
        fill = self._filler
        return tuple(
            RuledOut(rule.id, fill.title(rule), fill.near_miss(rule)) for rule in self.diagnosis.ruled_out
        )

    @cached_property
    def questions(self) -> tuple[str, ...]:
        """What to ask the person, each question once; the finer ones only when the first are answered."""
        needed = [path for entry in self.diagnosis.questions for path in entry.needs]
        first = [path for path in needed if path in FIRST_QUESTIONS]
        asked = (QUESTIONS[path] for path in dict.fromkeys(first or needed) if path in QUESTIONS)
        return tuple(self.language.text(question) for question in asked)

    @property
    def permissions(self) -> tuple[str, ...]:
        """Permissions that would close gaps that matter, without repeats."""
        named = (row.permission for row in self.missing if row.permission and row.decides)
        return tuple(dict.fromkeys(named))

    @cached_property
    def fact_groups(self) -> tuple[tuple[str, tuple[FactRow, ...]], ...]:
        """All facts by group."""
        return tuple(
            (
                self.language.text(title),
                tuple(self._fact(path) for path, info in FACTS.items() if info.group == group),
            )
            for group, title in GROUPS.items()
        )

    def _reference(self, reference: Reference) -> Source:
        documented = reference.supports == "documented"
        template = (
            _("documented, checked on {date}") if documented else _("seen in the field, checked on {date}")
        )
        date = self.language.calendar_day(date_type.fromisoformat(reference.checked_on))
        return Source(
            reference.url, reference.title or reference.url, self.language.text(template, date=date)
        )

    def _line(self, finding: Finding) -> RuleLine:
        rule = finding.rule
        return RuleLine(
            words=self.words(rule),
            state=rule.state,
            state_word=self.language.text(STATES[rule.state]),
            role=self.language.text(ROLES[finding.role]),
            actor=self.language.text(ACTORS[rule.actor]) if rule.actor is not Actor.NOBODY else "",
            confidence=self.language.text(CONFIDENCES[rule.confidence]),
        )

    def _doubt(self, entry: Undecided) -> Doubt:
        reasons = dict.fromkeys(self.language.text(GAP_REASONS[gap.reason]) for gap in entry.missing)
        return Doubt(
            id=entry.rule.id,
            title=self._filler.title(entry.rule),
            facts=tuple(values.label(path, self.language) for path in entry.needs),
            reasons=tuple(reasons),
            permissions=tuple(self.language.text(name) for name in entry.permissions),
            before_cause=entry.before_cause,
        )

    def _fact(self, path: str) -> FactRow:
        evidence = self.diagnosis.evidence
        value, gap, source = evidence.value(path), evidence.gap(path), evidence.source(path)
        shown = values.fact_text(path, value, self.language)
        if value is None and gap:
            shown = self.language.text(GAP_REASONS[gap.reason])
        failed = gap.source if gap and gaps.obstacles([gap]) else ""
        if source and path.endswith((".status", ".error_code")):
            failed = source.id
        return FactRow(
            path=path,
            label=values.label(path, self.language),
            doc=self.language.text(FACTS[path].doc),
            value=shown,
            known=value is not None,
            source=values.told_by(path, source),
            when=self._when(source.at) if source else "",
            status=str(source.status) if source else "",
            request_id=source.request_id if source else "",
            meaning=codes.meaning_of(self.diagnosis, failed, self.language),
        )

    @cached_property
    def requests(self) -> tuple[RequestRow, ...]:
        """Every request of the evidence, with the meaning of its error."""
        return tuple(
            RequestRow(source, codes.meaning_of(self.diagnosis, source.id, self.language))
            for source in self.diagnosis.evidence.sources
        )

    def _when(self, moment: datetime | None) -> str:
        return self.language.when(moment) if moment else ""
