"""The page of an audit: the tenant report, one self-contained file however many people there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from troubleshooter.diagnose.audit_result_types import Again, AuditResult
from troubleshooter.render import fix_plan, page, stores, values
from troubleshooter.render.brand import NO_BRAND, Brand
from troubleshooter.render.labels import ACTORS, STATES, marked
from troubleshooter.render.language import Language
from troubleshooter.render.tenant_cause import MOST_ROWS, TenantFiles
from troubleshooter.render.tenant_view import TenantView
from troubleshooter.render.tenant_words import actor_word
from troubleshooter.render.text import plain, shortened

_ = marked

_RUN_FACTS = ("run.tool_version", "run.cloud", "run.tenant", "run.signed_in_as", "run.permissions")
_LONG = 600
_ROWS, _FEWEST = 3_600, 10
_STYLE = (*page.STYLE, "tenant.css")
_SCRIPT = (*page.SCRIPT, "tenant.js")


def tenant_page(
    result: AuditResult, languages: Sequence[Language], files: TenantFiles, *, brand: Brand = NO_BRAND
) -> str:
    """The page in these languages, of which the first is shown. `files` names what lies beside it.

    Every language repeats the lists of people, so many causes in many languages show fewer people each.
    """
    lists = len(result.causes) + 1
    most = min(MOST_ROWS, max(_FEWEST, _ROWS // (lists * len(languages))))

    def edition(language: Language) -> tuple[page.Heading, Mapping[str, Any]]:
        view = TenantView(result, language, files, brand, most)
        heading = page.Heading(
            title=language.text(_("Photo audit: {name}"), name=view.name),
            brand=language.text(_("Photo audit")),
            when=view.times,
        )
        return heading, {
            "view": view,
            "hidden_stores": [language.text(line) for line in stores.HIDDEN_STORES],
            "files": files,
            "report_command": fix_plan.report_command(files.folder),
            "states": [
                (state.value, language.text(word)) for state, word in STATES.items() if state != "advice"
            ],
            "actors": [(actor.value, actor_word(actor, language)) for actor in ACTORS],
            "run": _run(result, language),
        }

    return page.document(
        "tenant", "tenant.html.j2", languages, edition, style=_STYLE, script=_SCRIPT, brand=brand
    )


def _run(result: AuditResult, language: Language) -> list[tuple[str, str]]:
    text, number = language.text, language.number
    rows = [
        (values.label(path, language), values.fact_text(path, result.run.get(path), language))
        for path in _RUN_FACTS
    ]
    rows.append((text(_("Rules version")), result.rules_version))
    if result.again:
        rows.append(
            (text(_("Verdicts given anew")), again_words(result.again, result.rules_version, language))
        )
    if result.settings:
        told = ", ".join(f"{name} = {value}" for name, value in result.settings.items() if value)
        rows.append((text(_("Options")), told or "\u2013"))
    if result.resumed_at:
        rows.append((text(_("Resumed")), ", ".join(map(language.when, result.resumed_at))))
    traffic = result.traffic
    if traffic:
        kinds = ", ".join(f"{name} {number(count)}" for name, count in traffic.by_kind.items())
        rows.append((text(_("Requests")), number(traffic.requests) + (f" ({kinds})" if kinds else "")))
        if result.totals.people:
            rows.append((text(_("Requests per person")), number(traffic.requests / result.totals.people)))
        rows.append((text(_("Duration")), duration(traffic.seconds, language)))
        rows.append((text(_("Asked to slow down")), number(traffic.throttled)))
        rows += [
            (
                text(_("Waited for {quota}"), quota=wait.bucket),
                text(
                    _("{own} by our own pace, {told} because the service said so (refusals: {refusals})"),
                    own=duration(wait.own_rate, language),
                    told=duration(wait.told_to_wait, language),
                    refusals=number(wait.refusals),
                ),
            )
            for wait in traffic.waits
        ]
    return [(label, shortened(plain(value), _LONG)) for label, value in rows]


def again_words(again: Again, rules_version: str, language: Language) -> str:
    """When verdicts were given anew on the audit's evidence, by which rules, and what that changed."""
    words = language.text(
        _("{when}, on the evidence of the audit; nobody was asked again."), when=language.when(again.at)
    )
    if again.rules_version != rules_version:
        words += " " + language.text(
            _("The audit itself was judged by the rules {then}."), then=again.rules_version or "\u2013"
        )
    if not again.changed:
        return f"{words} " + language.text(_("No verdict differs from the audit's own."))
    return f"{words} " + language.plural(
        "{count} verdict differs from the audit's own.",
        "{count} verdicts differ from the audit's own.",
        again.changed,
    )


def duration(seconds: float, language: Language) -> str:
    """A span of time; under two minutes in seconds."""
    if seconds < 120:
        return language.plural("{count} second", "{count} seconds", round(seconds))
    return language.duration(timedelta(minutes=round(seconds / 60)))
