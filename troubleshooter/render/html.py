"""The pages a browser shows: one person's report, and the overview of several people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from troubleshooter.diagnose.result import Diagnosis
from troubleshooter.diagnose.rule import State
from troubleshooter.evidence.schema import FACTS
from troubleshooter.render import letter, page, values
from troubleshooter.render.brand import NO_BRAND, Brand
from troubleshooter.render.labels import ARTICLE, STATES, marked
from troubleshooter.render.language import Language
from troubleshooter.render.repeat import recipes
from troubleshooter.render.support_case import support_case
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
    *languages: Language,
    brand: Brand = NO_BRAND,
    origin: Callable[[Language], Sequence[str]] = lambda language: (),
) -> str:
    """One person's report as a self-contained page in these languages, of which the first is shown.

    `origin` are sentences about where the evidence comes from, when it was not read for this report.
    """

    def edition(language: Language) -> tuple[page.Heading, Mapping[str, Any]]:
        view = View(diagnosis, language)
        collected_at = diagnosis.evidence.run.collected_at
        told = origin(language)
        heading = page.Heading(
            title=language.text(_("Photo check: {name}"), name=view.name),
            brand=language.text(_("Photo check")),
            answer="verdict",
            when=view.checked_at,
            when_word=language.text(_("Checked")),
            when_iso=collected_at.isoformat() if collected_at else "",
        )
        return heading, {
            "view": view,
            "origin": told,
            "article": ARTICLE,
            "fact_count": len(FACTS),
            "letter": letter.letter_text(diagnosis, language, brand=brand),
            "ticket": letter.ticket_note(diagnosis, language, brand=brand, origin=told),
            "priced": [row for row in view.missing if row.decides],
            "unpriced": [row for row in view.missing if not row.decides],
            "requests": view.requests,
            "case": support_case(diagnosis),
            "recipes": recipes(diagnosis.evidence.sources, language),
            "run": _run(view),
        }

    return page.document("person", "person.html.j2", languages, edition, brand=brand)


def index_page(entries: Sequence[IndexEntry], *languages: Language, brand: Brand = NO_BRAND) -> str:
    """The overview of several people, the most urgent first."""

    def edition(language: Language) -> tuple[page.Heading, Mapping[str, Any]]:
        fragment = "" if language is languages[0] else f"#lang={language.code}"
        rows = sorted(
            (_row(entry, language, fragment) for entry in entries),
            key=lambda row: _URGENCY.index(row.state),
        )
        totals = [
            (state, language.text(STATES[state]), language.number(sum(row.state is state for row in rows)))
            for state in _URGENCY
        ]
        heading = page.Heading(
            title=language.text(_("Photo check: {number} people"), number=language.number(len(rows))),
            brand=language.text(_("Photo check")),
        )
        return heading, {"rows": rows, "totals": totals}

    return page.document("index", "index.html.j2", languages, edition, brand=brand)


def _row(entry: IndexEntry, language: Language, fragment: str) -> _Row:
    view = View(entry.diagnosis, language)
    return _Row(
        name=view.name,
        address=view.address if view.address != view.name else "",
        href=quote(entry.href, safe="/") + fragment,
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
