"""An explained rule in one language, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from troubleshooter.diagnose.result import Change, Explanation, Seen
from troubleshooter.diagnose.rule import Rule
from troubleshooter.evidence.record import Evidence, Value
from troubleshooter.render.labels import GAP_REASONS, marked
from troubleshooter.render.language import Language
from troubleshooter.render.text import plain
from troubleshooter.render.words import Filler

_ = marked

TRUTH: dict[bool | None, str] = {True: _("true"), False: _("false"), None: _("undecided")}
_ANSWERS: dict[bool | None, str] = {
    True: _("The rule is true."),
    False: _("The rule is false."),
    None: _("The rule could not be decided."),
}
_QUESTIONS: dict[bool | None, str] = {
    True: _("It would be false if:"),
    False: _("It would be true if:"),
    None: _("It would be true if:"),
}
Written = Callable[[Value], str]


def lines(
    rule: Rule, explanation: Explanation, evidence: Evidence, language: Language, written: Written
) -> Iterator[str]:
    """Answer, expression part by part, and what would turn the answer round.

    `written` writes a value as a rule would. Everything that came from outside is made harmless here.
    """
    filler = Filler(evidence, language)
    yield f"{rule.id}: {filler.title(rule)}"
    yield language.text(_ANSWERS[explanation.value])
    yield ""
    width = max(len(word) for word in map(language.text, TRUTH.values()))
    for part in explanation.parts:
        truth = language.text(TRUTH[part.value])
        shown = f"  {truth:<{width}}  {'    ' * part.depth}{plain(part.text)}"
        facts = "; ".join(_fact(seen, language, written) for seen in part.facts)
        yield f"{shown}    [{facts}]" if facts else shown
    if explanation.changes:
        yield ""
        yield language.text(_QUESTIONS[explanation.value])
        for change in explanation.changes:
            yield f"  - {_change(change, language, written)}"
    near = filler.near_miss(rule) if explanation.value is not True else ""
    if near:
        yield ""
        yield language.text(_("In the rule's own words: {words}"), words=near)


def _change(change: Change, language: Language, written: Written) -> str:
    facts = "; ".join(_fact(seen, language, written) for seen in change.facts)
    if change.value is None:
        template = (
            _("{part} were known and true ({facts})")
            if change.wanted
            else _("{part} were known and false ({facts})")
        )
    else:
        template = _("{part} were true ({facts})") if change.wanted else _("{part} were false ({facts})")
    return language.text(template, part=plain(change.text), facts=facts)


def _fact(seen: Seen, language: Language, written: Written) -> str:
    if seen.gap is None:
        return language.text(_("{fact} is {value}"), fact=seen.path, value=plain(written(seen.value)))
    reason = language.text(GAP_REASONS[seen.gap.reason])
    template = _("{fact} is unknown: {reason}")
    if seen.gap.permission:
        template = _("{fact} is unknown: {reason}, permission {permission}")
    permission = language.text(seen.gap.permission)
    return language.text(template, fact=seen.path, reason=reason, permission=permission)
