"""A comparison of two audits in words, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from troubleshooter.diagnose.changes_classes import Change
from troubleshooter.evidence.record import GapReason
from troubleshooter.render.labels import FACT_LABELS, GAP_REASONS
from troubleshooter.render.labels import marked as _
from troubleshooter.render.language import Language
from troubleshooter.render.text import plain, shortened

if TYPE_CHECKING:
    from troubleshooter.diagnose.changes_stores import Side
    from troubleshooter.diagnose.changes_summary import ChangeSummary
    from troubleshooter.diagnose.changes_unreadable import Unreadable

NAMES: dict[Change, str] = {
    Change.NEW: _("New problems"),
    Change.FOUND: _("Newly found problems"),
    Change.SAME: _("The same problems"),
    Change.FIXED: _("Fixed"),
    Change.UNDER_WAY: _("On their way now"),
    Change.BECAME_UNDECIDED: _("Became undecided"),
    Change.STILL_UNDECIDED: _("Still undecided"),
    Change.DECIDED: _("Could be decided now"),
    Change.UNCHANGED: _("No change"),
    Change.JOINED: _("Joined"),
    Change.FIRST_LOOK: _("Looked at for the first time"),
    Change.LEFT: _("Left"),
    Change.NOT_LOOKED_AT: _("Not looked at this time"),
}
"""What each class is called; `Change.meaning` explains it."""
_ALWAYS = (Change.NEW, Change.SAME, Change.FIXED, Change.BECAME_UNDECIDED, Change.LEFT)
_MOST_CAUSES = 10
_MOST_FACTS = 6


def summary_lines(summary: ChangeSummary, speak: Language) -> Iterator[str]:
    """The whole summary, line by line."""
    yield speak.text(
        _("Then: {then}. Now: {now}."), then=_when(summary.old, speak), now=_when(summary.new, speak)
    )
    yield from _partial(summary, speak)
    yield from _rules(summary, speak)
    yield ""
    yield from _classes(summary, speak)
    yield from _details(summary, speak)
    yield from _permissions(summary, speak)
    yield from _unreadable(summary, speak)


def _when(side: Side, speak: Language) -> str:
    moment: datetime | None = side.started_at
    return speak.when(moment) if moment else str(side.path)


def _partial(summary: ChangeSummary, speak: Language) -> Iterator[str]:
    if summary.old.partial:
        yield speak.text(
            _(
                "The earlier audit may not have looked at everybody ({reasons}): "
                "who is not in it may have been there."
            ),
            reasons=_reasons(summary.old, speak),
        )
    if summary.new.partial:
        yield speak.text(
            _(
                "The later audit may not have looked at everybody ({reasons}): "
                "who is not in it has not left for that."
            ),
            reasons=_reasons(summary.new, speak),
        )


def _reasons(side: Side, speak: Language) -> str:
    return ", ".join(speak.text(why.meaning) for why in side.partial)


def _rules(summary: ChangeSummary, speak: Language) -> Iterator[str]:
    if summary.judged_again:
        yield speak.text(
            _(
                "Verdicts were made again by the present rules ({version}), so that both are judged alike; "
                "they can differ from the reports written then."
            ),
            version=summary.rules_version,
        )
    if summary.rules_differ:
        yield speak.text(_("The two audits were judged by different rules: some changes may be due to that."))


def _classes(summary: ChangeSummary, speak: Language) -> Iterator[str]:
    shown = [change for change in Change if change in _ALWAYS or summary.counts[change]]
    names = {change: speak.text(NAMES[change]) for change in shown}
    numbers = {change: speak.number(summary.counts[change]) for change in shown}
    wide, long = max(map(len, names.values())), max(map(len, numbers.values()))
    for change in shown:
        yield f"  {names[change]:<{wide}}  {numbers[change]:>{long}}  {speak.text(change.meaning)}"


def _details(summary: ChangeSummary, speak: Language) -> Iterator[str]:
    if summary.same_other_cause:
        yield speak.plural(
            "{count} of the same problems has another cause now.",
            "{count} of the same problems have another cause now.",
            summary.same_other_cause,
        )
    if summary.photos_changed:
        yield speak.plural(
            "{count} person is known to have another photo than then, or none, or the first one.",
            "{count} people are known to have another photo than then, or none, or their first.",
            summary.photos_changed,
        )
    for change in (Change.NEW, Change.FOUND, Change.FIXED):
        found = [one for one in summary.causes if one.change is change]
        if found:
            shown = ", ".join(f"{one.cause} {speak.number(one.people)}" for one in found[:_MOST_CAUSES])
            more = _more(len(found) - _MOST_CAUSES, speak)
            yield speak.text(
                _("{name} by cause: {causes}"), name=speak.text(NAMES[change]), causes=plain(shown) + more
            )


def _permissions(summary: ChangeSummary, speak: Language) -> Iterator[str]:
    if summary.lost:
        yield speak.text(_("Permissions lost since then: {names}"), names=_list(summary.lost))
    if summary.gained:
        yield speak.text(_("Permissions gained since then: {names}"), names=_list(summary.gained))
    if summary.lost is None:
        yield speak.text(_("Whether permissions were lost is not known: an audit does not say which it had."))


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(shortened(plain(name)) for name in names)


def _unreadable(summary: ChangeSummary, speak: Language) -> Iterator[str]:
    count = summary.counts[Change.BECAME_UNDECIDED]
    if not count:
        return
    yield speak.plural(
        "{count} person could be decided then and cannot now, because:",
        "{count} people could be decided then and cannot now, because:",
        count,
    )
    for one in summary.unreadable:
        yield f"  {speak.number(one.people)}: {_group(one, speak)}"
    if summary.undecided_otherwise:
        yield "  " + speak.text(
            _("{people}: everything read then was read now too, but it says something else."),
            people=speak.number(summary.undecided_otherwise),
        )


def _group(one: Unreadable, speak: Language) -> str:
    known = {reason.value: reason for reason in GapReason}
    reason = speak.text(GAP_REASONS[known[one.reason]]) if one.reason in known else plain(one.reason)
    facts = ", ".join(speak.text(FACT_LABELS[path]) for path in one.facts[:_MOST_FACTS])
    facts += _more(len(one.facts) - _MOST_FACTS, speak)
    if not one.permission:
        return speak.text(_("{reason} ({facts})."), reason=reason, facts=facts)
    return speak.text(
        _("{reason} ({facts}). The permission {permission} would show it."),
        reason=reason,
        facts=facts,
        permission=shortened(plain(one.permission)),
    )


def _more(count: int, speak: Language) -> str:
    return " " + speak.text(_("and {more} more"), more=speak.number(count)) if count > 0 else ""
