"""Reads the examples of a rule: situations as typed facts, and what the rule must say of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

from troubleshooter.diagnose.complaint import nearest
from troubleshooter.diagnose.page import Page
from troubleshooter.diagnose.rule import Example
from troubleshooter.diagnose.toml_lines import KeyPath
from troubleshooter.evidence.schema import FACTS, GROUPS

_EXPECT: dict[Any, bool | None] = {True: True, False: False, "unknown": None}
_WORDS = {True: "true", False: "false", None: '"unknown"'}


def read_examples(page: Page) -> tuple[Example, ...]:
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
        found.append(Example(name, _facts(page, at, table.get("facts", {})), _EXPECT[expect]))
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
        page.complain(at, "{key} is not a table of facts.", "Write facts = {{ photo.present = true }}.")
        return MappingProxyType({})
    found: dict[str, object] = {}
    for path, value in _flat(table):
        if path not in FACTS:
            near = nearest(path, FACTS)
            page.complain(
                (*at, *path.split(".")),
                "The example uses the unknown fact {fact}.",
                "Did you mean {nearest}? docs/facts.md lists every fact."
                if near
                else "docs/facts.md lists every fact.",
                fact=path,
                nearest=near,
            )
            continue
        try:
            found[path] = typed(path, value)
        except ValueError:
            info = FACTS[path]
            page.complain(
                (*at, *path.split(".")),
                "The example gives {fact} the value {value!r}, which it can never have.",
                "It is one of: {wanted}."
                if info.choices
                else "It is of the kind {wanted}; see docs/facts.md.",
                fact=path,
                value=value,
                wanted=", ".join(info.choices) or info.kind,
            )
    return MappingProxyType(found)


def _flat(table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """`photo.present = true`, `photo = { present = true }` and `"photo.present" = true` all mean the same."""
    for key, value in table.items():
        if key in GROUPS and isinstance(value, dict):
            yield from ((f"{key}.{name}", item) for name, item in value.items())
        else:
            yield key, value


def typed(path: str, value: Any) -> object:
    """A TOML value as the fact's own type. ValueError when it is of another type or not among the choices."""
    info = FACTS[path]
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
