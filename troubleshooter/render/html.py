"""The pages a browser shows: one person's report, and the overview of several people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from troubleshooter.diagnose.result import Diagnosis
from troubleshooter.diagnose.rule import State
from troubleshooter.evidence.schema import FACTS
from troubleshooter.render import letter, page, values
from troubleshooter.render.brand import NO_BRAND, Brand
from troubleshooter.render.labels import ARTICLE, STATES, marked
from troubleshooter.render.language import Language
from troubleshooter.render.view import View

_ = marked

# What needs somebody comes first; what nobody could decide is never at the end.
_URGENCY = (State.PROBLEM, State.UNDECIDED, State.ON_ITS_WAY, State.FINE)

_RUN_FACTS = (
    "run.tool_version",
    "run.cloud",
    "run.tenant",
    "run.tenant_name",
    "run.signed_in_as",
    "run.permissions",
)


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One person of the overview. `href` is the file name of the person's page, relative to the overview."""

    diagnosis: Diagnosis
    href: str


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    address: str
    href: str
    state: State
    state_word: str
    cause: str
    cause_id: str
    actor: str


def person_page(
    diagnosis: Diagnosis,
    language: Language,
    *,
    siblings: Mapping[str, str] = {},
    brand: Brand = NO_BRAND,
    origin: Sequence[str] = (),
) -> str:
    """One person's report as a self-contained page.

    `siblings` maps other language codes to the relative file names of the same report in those languages.
    `origin` are sentences about where the evidence comes from, when it was not read for this report.
    """
    view = View(diagnosis, language)
    collected_at = diagnosis.evidence.run.collected_at
    return page.render(
        "person.html.j2",
        language,
        brand=brand,
        origin=origin,
        view=view,
        article=ARTICLE,
        siblings=page.language_links(language, siblings),
        checked_iso=collected_at.isoformat() if collected_at else "",
        fact_count=len(FACTS),
        letter=letter.letter_text(diagnosis, language, brand=brand),
        ticket=letter.ticket_note(diagnosis, language, brand=brand, origin=origin),
        priced=[row for row in view.missing if row.decides],
        unpriced=[row for row in view.missing if not row.decides],
        requests=view.requests,
        run=_run(view),
    )


def index_page(
    entries: Sequence[IndexEntry],
    language: Language,
    *,
    siblings: Mapping[str, str] = {},
    brand: Brand = NO_BRAND,
) -> str:
    """The overview of several people, the most urgent first."""
    rows = sorted((_row(entry, language) for entry in entries), key=lambda row: _URGENCY.index(row.state))
    totals = [
        (state, language.text(STATES[state]), language.number(sum(row.state is state for row in rows)))
        for state in _URGENCY
    ]
    return page.render(
        "index.html.j2",
        language,
        brand=brand,
        rows=rows,
        totals=totals,
        siblings=page.language_links(language, siblings),
    )


def _row(entry: IndexEntry, language: Language) -> _Row:
    view = View(entry.diagnosis, language)
    return _Row(
        name=view.name,
        address=view.address if view.address != view.name else "",
        href=quote(entry.href, safe="/"),
        state=view.state,
        state_word=view.state_word,
        cause=view.cause.title if view.cause else "",
        cause_id=view.cause.id if view.cause else "",
        actor=view.actor,
    )


def _run(view: View) -> list[tuple[str, str]]:
    evidence, language = view.diagnosis.evidence, view.language
    rows = [
        (values.label(path, language), values.fact_text(path, evidence.value(path), language))
        for path in _RUN_FACTS
    ]
    return [*rows, (language.text(_("Rules version")), view.diagnosis.rules_version)]
