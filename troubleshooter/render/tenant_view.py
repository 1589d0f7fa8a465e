"""The result of an audit in one language: everything ready to print, for the tenant's page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from troubleshooter.diagnose.audit_result_fix import Effort
from troubleshooter.diagnose.audit_result_types import (
    AuditCause,
    AuditResult,
    Obstacle,
    PersonRow,
)
from troubleshooter.diagnose.rule import State
from troubleshooter.render import values
from troubleshooter.render.brand import NO_BRAND, Brand
from troubleshooter.render.labels import STATES, marked
from troubleshooter.render.language import Language
from troubleshooter.render.tenant_beside import BesideView
from troubleshooter.render.tenant_cause import (
    LONG,
    MOST_ROWS,
    CauseView,
    CauseWriter,
    PersonView,
    TenantFiles,
)
from troubleshooter.render.tenant_words import (
    EFFORTS,
    GroupFiller,
    actor_word,
    percent,
    permission_name,
    sample_sentences,
)
from troubleshooter.render.text import plain, shortened

_ = marked

ORDER = (State.PROBLEM, State.ON_ITS_WAY, State.FINE, State.UNDECIDED)
_FIRST_ROWS = 10
_OPEN_RULES = 3


@dataclass(frozen=True, slots=True)
class TotalView:
    """One number of the first screen; `start` and `width` are per mille of the bar."""

    key: str
    word: str
    number: str
    share: str
    start: float
    width: float
    href: str


@dataclass(frozen=True, slots=True)
class FirstRow:
    """One line of "do this first". `href` leads to its section."""

    title: str
    id: str
    people: str
    share: str
    actor: str
    effort: str
    effect: str
    confidence: str
    href: str


class TenantView:
    """One result in one language. Every property is text or values ready to print."""

    def __init__(
        self,
        result: AuditResult,
        language: Language,
        files: TenantFiles,
        brand: Brand = NO_BRAND,
        most: int = MOST_ROWS,
    ) -> None:
        self.result = result
        self.language = language
        self.files = files
        self._people = result.totals.people
        self.beside = BesideView(result, language)
        self._writer = CauseWriter(language, files, self._people, brand, most)

    @property
    def name(self) -> str:
        """The tenant's name; its id when it has none."""
        raw = self.result.tenant_name or self.result.tenant
        return shortened(plain(raw), LONG * 2) or self.language.text(_("Unknown tenant"))

    @property
    def tenant(self) -> str:
        """The tenant's id or domain beside its name; '' when that is all there is."""
        return shortened(plain(self.result.tenant), LONG * 2) if self.result.tenant_name else ""

    @property
    def times(self) -> str:
        """When the audit began and ended."""
        begun, ended = self._when(self.result.started_at), self._when(self.result.finished_at)
        return f"{begun} \u2013 {ended}" if begun and ended else begun or ended

    @cached_property
    def totals(self) -> tuple[TotalView, ...]:
        """The four states, then what was accepted, in the order of the bar."""
        counts = [(state.value, STATES[state], self.result.totals.of(state)) for state in ORDER]
        if self.result.totals.accepted or self.result.accepted:
            counts.append(("accepted", _("Accepted"), self.result.totals.accepted))
        found, at = [], 0.0
        for key, word, people in counts:
            width = 1000 * people / self._people if self._people else 0.0
            found.append(
                TotalView(
                    key,
                    self.language.text(word),
                    self.language.number(people),
                    percent(people, self._people, self.language),
                    round(at, 2),
                    round(width, 2),
                    "#accepted" if key == "accepted" else f"#state={key}",
                )
            )
            at += width
        return tuple(found)

    @cached_property
    def answer(self) -> str:
        """The one sentence: how many."""
        totals, plural = self.result.totals, self.language.plural
        if totals.problem:
            return plural(
                "{count} of {all} people has a problem with the photo.",
                "{count} of {all} people have a problem with their photo.",
                totals.problem,
                all=self.language.number(self._people),
            )
        if totals.undecided:
            return plural(
                "No problem was found, but {count} of {all} people could not be decided.",
                "No problem was found, but {count} of {all} people could not be decided.",
                totals.undecided,
                all=self.language.number(self._people),
            )
        if not self._people:
            return self.language.text(_("Nobody has been looked at."))
        return self.language.text(_("Nobody has a problem with the photo."))

    @cached_property
    def leads(self) -> tuple[str, ...]:
        """What stands below it: the causes, what helps most, and who could not be decided."""
        return tuple(filter(None, (self._causes_said(), self._helps_most(), self._undecided_said())))

    def _causes_said(self) -> str:
        causes = self.result.problems
        if not causes:
            return ""
        number, plural = self.language.number, self.language.plural
        if len(causes) <= 3:
            return plural("{count} cause explains them all.", "{count} causes explain them all.", len(causes))
        return plural(
            "There is {count} cause; the three most frequent explain {part} of {all}.",
            "There are {count} causes; the three most frequent explain {part} of {all}.",
            len(causes),
            part=number(sum(cause.people for cause in causes[:3])),
            all=number(self.result.totals.problem),
        )

    def _helps_most(self) -> str:
        easy = [c for c in self.result.problems if c.fix.effort in (Effort.ONE_CHANGE, Effort.SCRIPT)]
        if not easy:
            return ""
        return self.language.plural(
            "The one change that helps most: \u201c{title}\u201d, {count} person, {effort}.",
            "The one change that helps most: \u201c{title}\u201d, {count} people, {effort}.",
            easy[0].people,
            title=self._title(easy[0]),
            effort=self.language.text(EFFORTS[easy[0].fix.effort]),
        )

    def _undecided_said(self) -> str:
        undecided = self.result.totals.undecided
        if not undecided:
            return ""
        number, plural = self.language.number, self.language.plural
        best = next((one for one in self.result.permissions if one.decides), None)
        if best:
            return plural(
                "{count} person could not be decided. One permission could decide {some}: {name}.",
                "{count} people could not be decided. One permission could decide {some} of them: {name}.",
                undecided,
                some=number(best.decides),
                name=permission_name(best.permission, self.language),
            )
        if self.result.permissions:
            return plural(
                "{count} person could not be decided; no single permission would change that.",
                "{count} people could not be decided; no single permission would change that.",
                undecided,
            )
        return plural(
            "{count} person could not be decided; no permission is missing for that.",
            "{count} people could not be decided; no permission is missing for that.",
            undecided,
        )

    @cached_property
    def alarms(self) -> tuple[str, ...]:
        """What must not be overlooked: an audit that has not ended, and acceptances that have expired."""
        found = []
        number = self.language.number
        if self.result.finished_at is None:
            size = self.result.tenant_size
            found.append(
                self.language.text(
                    _(
                        "This audit has not ended: {done} of {all} people are in it. "
                        "The same command goes on with the rest."
                    ),
                    done=number(self._people),
                    all=number(size) if size else self.language.text(values.UNKNOWN),
                )
            )
        if self.result.incomplete:
            found.append(self.language.text(self.result.incomplete))
        if self.result.expired:
            found.append(
                self.language.plural(
                    "The accepted finding of {count} person has expired and counts again.",
                    "The accepted findings of {count} people have expired and count again.",
                    self.result.expired,
                )
            )
        return tuple(found)

    @cached_property
    def first_rows(self) -> tuple[FirstRow, ...]:
        """Do this first: causes and the one permission, by people."""
        rows = [(view.cause.people, self._first_row(view)) for view in self.problems]
        best = next((one for one in self.result.permissions if one.decides), None)
        if best:
            rows.append((best.decides, self._permission_row(best)))
        rows.sort(key=lambda row: -row[0])
        return tuple(row for _people, row in rows[:_FIRST_ROWS])

    @property
    def other_rows(self) -> str:
        """People whose cause stands further down; '' when all are listed."""
        listed = {row.id for row in self.first_rows}
        rest = [cause for cause in self.result.problems if cause.id not in listed]
        if not rest:
            return ""
        return self.language.plural(
            "{count} more cause (people: {people})",
            "{count} more causes (people: {people})",
            len(rest),
            people=self.language.number(sum(cause.people for cause in rest)),
        )

    def _first_row(self, view: CauseView) -> FirstRow:
        return FirstRow(
            view.words.title,
            view.cause.id,
            view.people,
            view.share,
            view.actor,
            view.effort,
            view.effect,
            view.confidence,
            f"#cause={view.cause.id}",
        )

    def _permission_row(self, best: Obstacle) -> FirstRow:
        text = self.language.text
        return FirstRow(
            text(
                _("A permission is missing: {permission}"),
                permission=permission_name(best.permission, self.language),
            ),
            "",
            self.language.number(best.decides),
            percent(best.decides, self._people, self.language),
            actor_word("admin", self.language),
            text(_("one consent")),
            text(_("none")),
            "\u2013",
            "#state=undecided",
        )

    @cached_property
    def problems(self) -> tuple[CauseView, ...]:
        """Causes of problems, by people."""
        return tuple(map(self._writer.cause, self.result.problems))

    @cached_property
    def waiting(self) -> tuple[CauseView, ...]:
        """What is on its way, by people."""
        return tuple(map(self._writer.cause, self.result.waiting))

    @cached_property
    def met(self) -> tuple[CauseView, ...]:
        """Obstacles with a rule of their own, by people."""
        return tuple(map(self._writer.cause, self.result.met))

    @cached_property
    def undecided_first(self) -> tuple[PersonView, ...]:
        """The first of the undecided, with what is open about them."""
        titles = {one.rule.id: one.rule for one in self.result.outcomes}
        filler = GroupFiller({}, self.language)

        def open_rules(row: PersonRow) -> str:
            known = [filler.title(titles[rule]) for rule in row.undecided if rule in titles]
            said = "; ".join(known[:_OPEN_RULES])
            more = len(row.undecided) - min(len(known), _OPEN_RULES)
            return (
                self.language.text(_("{rules} and {number} more"), rules=said, number=more) if more else said
            )

        return tuple(
            self._writer.person(row, open_rules(row))
            for row in self._writer.some(self.result.undecided_first)
        )

    @property
    def undecided_rest(self) -> str:
        """Which part of the undecided the page shows."""
        return self._writer.shown(
            len(self._writer.some(self.result.undecided_first)), self.result.totals.undecided
        )

    @property
    def fine_by(self) -> tuple[tuple[str, str, str], ...]:
        """On which proof "fine" rests: title, id, people."""
        return tuple((self._title(c), c.id, self.language.number(c.people)) for c in self.result.fine_by)

    @property
    def sample(self) -> tuple[str, ...]:
        """What a random sample allows to say."""
        return sample_sentences(self.result.sample, self.language) if self.result.sample else ()

    def _title(self, cause: AuditCause) -> str:
        return GroupFiller(cause.common, self.language).title(cause.rule)

    def _when(self, moment: datetime | None) -> str:
        return self.language.when(moment) if moment else ""
