"""Reads the file of a tenant-wide rule: the format of rules about a person, over facts about the tenant.

Beside the keys of other rules it has `whose`: which of the people with a cause that the rule `explains` it
accounts for, as an expression over facts about one person and about the tenant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from troubleshooter.diagnose.complaint import ExpressionRefused, nearest
from troubleshooter.diagnose.examples import ANSWERS, read_examples, typed
from troubleshooter.diagnose.expression import Node, facts_of
from troubleshooter.diagnose.page import Page
from troubleshooter.diagnose.rule import Example, Rule, State, Step
from troubleshooter.diagnose.rule_file import Form, read_rule, read_when
from troubleshooter.diagnose.tenant_rules_bounds import WORDS, answers, bounded, row_of
from troubleshooter.diagnose.tenant_rules_facts import Known
from troubleshooter.evidence.aggregates import TENANT_FACTS, AggregateInfo
from troubleshooter.evidence.schema import FACTS, FactInfo

KEYS = (
    "title", "status", "state", "actor", "confidence", "generation", "when", "whose", "explains", "because",
    "headline", "near_miss", "admin_steps", "references", "false_positives", "examples",
)  # fmt: skip
STATES = (State.PROBLEM, State.ADVICE)
_WHOSE: Mapping[str, FactInfo] = {**FACTS, **TENANT_FACTS}
_BOUNDS = ("at_least", "at_most")


@dataclass(frozen=True, slots=True)
class TenantDraft:
    """A rule read from its file; `expression` reads bounds. Unusable when the page has complaints."""

    page: Page
    rule: Rule
    expression: Node | None
    whose: Node | None


def read_tenant_rule(page: Page, steps: Mapping[str, tuple[Step, ...]], known: frozenset[str]) -> TenantDraft:
    """Read one file; `known` are the ids that `explains` may name."""
    form = Form(WORDS, KEYS, _read_examples)
    draft = read_rule(page, "_tenant", steps, built_in=True, form=form)
    if draft.rule.state not in STATES:
        page.complain(("state",), "A rule about the tenant is a problem or advice.", "Write one of these.")
    for name in draft.rule.explains:
        if name not in known:
            near = nearest(name, known)
            page.complain(
                ("explains",),
                "{key} names the rule {id}, which does not exist.",
                "Did you mean {nearest}?" if near else "Take it out.",
                id=name,
                nearest=near,
            )
    expression = _bounded(page, draft.expression) if draft.expression is not None else None
    whose = _read_whose(page) if "whose" in page.data else None
    if expression is not None:
        _check_examples(page, draft.rule, expression)
    return TenantDraft(page, draft.rule, expression, whose)


def _bounded(page: Page, node: Node) -> Node | None:
    try:
        return bounded(node)
    except ExpressionRefused as refused:
        page.complain(("when",), refused.what, refused.remedy, offset=refused.line, **refused.values)
        return None


def _read_whose(page: Page) -> Node | None:
    """An expression over a person; bounds there would make people come and go with what was read."""
    node = read_when(page, "whose", _WHOSE)
    for path in facts_of(node) if node is not None else ():
        if path in TENANT_FACTS and TENANT_FACTS[path].bounded:
            page.complain(
                ("whose",),
                "{key} reads {fact}, of which only bounds may be known.",
                "Use it in when, and here facts about one person.",
                fact=path,
            )
    return node


def _read_examples(page: Page) -> tuple[Example, ...]:
    return read_examples(page, WORDS, _known)


def _known(path: str, value: Any) -> Known:
    """A TOML value, or its bounds, as an aggregate. ValueError when the fact cannot have it."""
    info = WORDS[path]
    if isinstance(value, dict):
        if not (isinstance(info, AggregateInfo) and info.bounded) or set(value) - set(_BOUNDS) or not value:
            raise ValueError(value)
        least = typed(path, value.get("at_least", 0), WORDS)
        most = typed(path, value["at_most"], WORDS) if "at_most" in value else None
        if not isinstance(least, int | float) or (isinstance(most, int | float) and most < least):
            raise ValueError(value)
        return Known(least, most if isinstance(most, int | float) else None, "not_read")
    return Known(typed(path, value, WORDS))


def _check_examples(page: Page, rule: Rule, expression: Node) -> None:
    rows = [row_of(example.facts) for example in rule.examples]  # type: ignore[arg-type]
    for index, (example, truth) in enumerate(zip(rule.examples, answers([expression], rows), strict=True)):
        if truth[0] is not example.expect:
            page.complain(
                ("examples", index),
                "The example {name!r} comes out {found}, but it expects {expect}.",
                "Correct its facts, its expect, or the rule's when.",
                name=example.name,
                found=ANSWERS[truth[0]].strip('"'),
                expect=ANSWERS[example.expect].strip('"'),
            )
