"""Reads the examples of a rule: situations as typed facts, and what the rule must say of each."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

from troubleshooter.diagnose.complaint import nearest
from troubleshooter.diagnose.grammar_kinds import Table, page_of
from troubleshooter.diagnose.page import Page
from troubleshooter.diagnose.rule import Example
from troubleshooter.diagnose.toml_lines import KeyPath
from troubleshooter.evidence.record import Value
from troubleshooter.evidence.schema import FACTS

_EXPECT: dict[Any, bool | None] = {True: True, False: False, "unknown": None}
ANSWERS = {True: "true", False: "false", None: '"unknown"'}
"""What an example may expect, as its file says it."""

ValueOf = Callable[[str, Any], object]
"""Makes the value of the fact with this path from what TOML holds. ValueError: the fact never has it."""


def typed(path: str, value: Any, facts: Table = FACTS) -> Value:
    """A TOML value as the fact's own type. ValueError when it is of another type or not among the choices."""
    info = facts[path]
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
        case "datetime":
            return _moment(value)
    raise ValueError(path)


def _moment(value: Any) -> datetime:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, datetime):
        raise ValueError(value)
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def read_examples(page: Page, facts: Table = FACTS, value_of: ValueOf = typed) -> tuple[Example, ...]:
    """The examples; complains about unknown facts, wrong types, and a kind of example that is missing."""
    found = []
    for index, table in enumerate(page.tables(page.data, ("examples",))):
        at: KeyPath = ("examples", index)
        page.check_keys(table, at, ("name", "facts", "expect"))
        name = page.words(table, (*at, "name"), 160, required=True)
        expect = table.get("expect")
        if not isinstance(expect, bool | str) or expect not in _EXPECT:
            page.complain((*at, "expect"), "{key} is not an answer.", 'It is true, false or "unknown".')
            continue
        found.append(
            Example(name, _facts(page, at, table.get("facts", {}), facts, value_of), _EXPECT[expect])
        )
    for kind, word in ANSWERS.items():
        if kind not in {example.expect for example in found}:
            page.complain(
                ("examples",),
                "No example expects {kind}.",
                "Add [[examples]] with a name, facts and expect = {kind}.",
                kind=word,
            )
    return tuple(found)


def _facts(page: Page, at: KeyPath, table: Any, facts: Table, value_of: ValueOf) -> Mapping[str, object]:
    at = (*at, "facts")
    if not isinstance(table, dict):
        page.complain(
            at, "{key} is not a table of facts.", "Write facts = {{ {fact} = ... }}.", fact=next(iter(facts))
        )
        return MappingProxyType({})
    found: dict[str, object] = {}
    for path, value in _flat(table, {info.group for info in facts.values()}):
        if path not in facts:
            near = nearest(path, facts)
            page.complain(
                (*at, *path.split(".")),
                "The example uses the unknown fact {fact}.",
                "Did you mean {nearest}? {page} lists every fact." if near else "{page} lists every fact.",
                fact=path,
                nearest=near,
                page=page_of(facts),
            )
            continue
        try:
            found[path] = value_of(path, value)
        except ValueError:
            info = facts[path]
            page.complain(
                (*at, *path.split(".")),
                "The example gives {fact} the value {value!r}, which it can never have.",
                "It is one of: {wanted}." if info.choices else "It is of the kind {wanted}; see {page}.",
                fact=path,
                value=value,
                page=page_of(facts),
                wanted=", ".join(info.choices) or info.kind,
            )
    return MappingProxyType(found)


def _flat(table: Mapping[str, Any], groups: Container[str]) -> Iterator[tuple[str, Any]]:
    """`photo.present = true`, `photo = { present = true }` and `"photo.present" = true` all mean the same."""
    for key, value in table.items():
        if key in groups and isinstance(value, dict):
            yield from ((f"{key}.{name}", item) for name, item in value.items())
        else:
            yield key, value
