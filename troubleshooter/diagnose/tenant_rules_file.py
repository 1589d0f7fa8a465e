"""Reads the file of a tenant-wide rule: the format of rules about a person, over facts about the tenant.

Beside the keys of other rules it has `whose`: which of the people with a cause that the rule `explains` it
accounts for, as an expression over facts about one person and about the tenant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from troubleshooter.diagnose.complaint import ExpressionRefused, nearest
from troubleshooter.diagnose.expression import Node, facts_of
from troubleshooter.diagnose.page import Page
from troubleshooter.diagnose.rule import Example, Rule, State, Step
from troubleshooter.diagnose.rule_file import Form, read_rule, read_when
from troubleshooter.diagnose.tenant_rules_bounds import WORDS, answers, bounded, row_of
from troubleshooter.diagnose.tenant_rules_facts import Known
from troubleshooter.diagnose.toml_lines import KeyPath
from troubleshooter.evidence.aggregates import TENANT_FACTS, AggregateInfo
from troubleshooter.evidence.schema import FACTS, FactInfo

KEYS = (
    "title", "status", "state", "actor", "confidence", "generation", "when", "whose", "explains", "because",
    "headline", "near_miss", "admin_steps", "references", "false_positives", "examples",
)  # fmt: skip
STATES = (State.PROBLEM, State.ADVICE)
_WHOSE: Mapping[str, FactInfo] = {**FACTS, **TENANT_FACTS}
_ANSWERS: Mapping[Any, bool | None] = {True: True, False: False, "unknown": None}
_WORDS = {True: "true", False: "false", None: '"unknown"'}
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
    found = []
    for index, table in enumerate(page.tables(page.data, ("examples",))):
        at: KeyPath = ("examples", index)
        page.check_keys(table, at, ("name", "facts", "expect"))
        name = page.words(table, (*at, "name"), 160, required=True)
        expect = table.get("expect")
        if not isinstance(expect, bool | str) or expect not in _ANSWERS:
            page.complain((*at, "expect"), "{key} is not an answer.", 'It is true, false or "unknown".')
            continue
        found.append(Example(name, _facts(page, at, table.get("facts", {})), _ANSWERS[expect]))
    for kind, word in _WORDS.items():
        if kind not in {example.expect for example in found}:
            page.complain(
                ("examples",),
                "No example expects {kind}.",
                "Add [[examples]] with a name, facts and expect = {kind}.",
                kind=word,
            )
    return tuple(found)


def _facts(page: Page, at: KeyPath, table: Any) -> Mapping[str, object]:
    at = (*at, "facts")
    if not isinstance(table, dict):
        page.complain(at, "{key} is not a table of facts.", 'Write facts = {{ "tenant.people" = 800 }}.')
        return MappingProxyType({})
    found: dict[str, object] = {}
    for path, value in _flat(table):
        where = (*at, *path.split("."))
        if path not in WORDS:
            near = nearest(path, WORDS)
            page.complain(
                where,
                "The example uses the unknown fact {fact}.",
                "Did you mean {nearest}?" if near else "Tenant-wide facts begin with tenant.",
                fact=path,
                nearest=near,
            )
            continue
        try:
            found[path] = _known(WORDS[path], value)
        except ValueError:
            page.complain(
                where,
                "The example gives {fact} the value {value!r}, which it can never have.",
                "It is of the kind {wanted}; a count or share may be {{ at_least = 20, at_most = 90 }}.",
                fact=path,
                value=value,
                wanted=WORDS[path].kind,
            )
    return MappingProxyType(found)


def _flat(table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """`tenant.people = 9`, which TOML reads as a table, and `"tenant.people" = 9` mean the same."""
    for key, value in table.items():
        if key in ("tenant", "run") and isinstance(value, dict):
            yield from ((f"{key}.{name}", item) for name, item in value.items())
        else:
            yield key, value


def _known(info: FactInfo, value: Any) -> Known:
    """A TOML value as an aggregate. ValueError when the fact cannot have it."""
    if isinstance(value, dict):
        if not (isinstance(info, AggregateInfo) and info.bounded) or set(value) - set(_BOUNDS) or not value:
            raise ValueError(value)
        least = _typed(info, value.get("at_least", 0))
        most = _typed(info, value["at_most"]) if "at_most" in value else None
        if not isinstance(least, int | float) or (isinstance(most, int | float) and most < least):
            raise ValueError(value)
        return Known(least, most if isinstance(most, int | float) else None, "not_read")
    return Known(_typed(info, value))


def _typed(info: FactInfo, value: Any) -> Any:
    match info.kind:
        case "bool" if isinstance(value, bool):
            return value
        case "int" if isinstance(value, int) and not isinstance(value, bool):
            return value
        case "float" if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        case "str" if isinstance(value, str) and (not info.choices or value in info.choices):
            return value
        case "list" if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        case "datetime" if isinstance(value, datetime):
            return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    raise ValueError(value)


def _check_examples(page: Page, rule: Rule, expression: Node) -> None:
    rows = [row_of(example.facts) for example in rule.examples]  # type: ignore[arg-type]
    for index, (example, truth) in enumerate(zip(rule.examples, answers([expression], rows), strict=True)):
        if truth[0] is not example.expect:
            page.complain(
                ("examples", index),
                "The example {name!r} comes out {found}, but it expects {expect}.",
                "Correct its facts, its expect, or the rule's when.",
                name=example.name,
                found=_WORDS[truth[0]].strip('"'),
                expect=_WORDS[example.expect].strip('"'),
            )
