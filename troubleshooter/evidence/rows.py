"""One person's evidence as a row of a table and back: a STRUCT column for each group, the rest as JSON text.

Two more STRUCT columns hold one bit for each unknown fact: `absent` when it does not apply, `permitted` when
a permission would show it. So a verdict over many people needs no Python object for any of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType
from typing import Any

from troubleshooter.evidence.codec import text
from troubleshooter.evidence.ddl import SQL_TYPES, struct
from troubleshooter.evidence.record import Evidence, Gap, GapReason, Source, Value
from troubleshooter.evidence.schema import FACTS, GROUPS

MASKS = ("absent", "permitted")
TEXTS = ("sources", "fact_sources", "gaps")
COLUMNS = ("person_id", *GROUPS, *MASKS, *TEXTS)


def bit(path: str) -> int:
    """The bit of a fact inside its group's number of `absent` and `permitted`."""
    return 1 << _places()[path]


@cache
def _places() -> dict[str, int]:
    seen: dict[str, int] = {}
    places: dict[str, int] = {}
    for path, info in FACTS.items():
        places[path] = seen.get(info.group, 0)
        seen[info.group] = places[path] + 1
    return places


def column_types() -> dict[str, str]:
    """The SQL type of every column."""
    mask = "STRUCT({})".format(", ".join(f'"{group}" UBIGINT' for group in GROUPS))
    groups = {group: struct(group) for group in GROUPS}
    return {"person_id": "VARCHAR", **groups, **dict.fromkeys(MASKS, mask), **dict.fromkeys(TEXTS, "VARCHAR")}


def json_shape() -> str:
    """The same as the structure that DuckDB's from_json wants, for a list of rows."""
    shape: dict[str, Any] = {"person_id": "VARCHAR"}
    for info in FACTS.values():
        kind = SQL_TYPES[info.kind]
        shape.setdefault(info.group, {})[info.name] = ["VARCHAR"] if kind == "VARCHAR[]" else kind
    shape |= {mask: dict.fromkeys(GROUPS, "UBIGINT") for mask in MASKS}
    shape |= dict.fromkeys(TEXTS, "VARCHAR")
    return json.dumps([shape])


def to_row(evidence: Evidence, person_id: str) -> dict[str, Any]:
    """A person as JSON data for `json_shape`."""
    row: dict[str, Any] = {"person_id": text(person_id)}
    for path, value in evidence.values():
        if value is not None:
            info = FACTS[path]
            row.setdefault(info.group, {})[info.name] = _written(value)
    masks: dict[str, dict[str, int]] = {mask: dict.fromkeys(GROUPS, 0) for mask in MASKS}
    for gap in evidence.gaps:
        group = FACTS[gap.fact].group
        if gap.reason is GapReason.NOT_APPLICABLE:
            masks["absent"][group] |= bit(gap.fact)
        elif gap.permission:
            masks["permitted"][group] |= bit(gap.fact)
    row |= masks
    row["sources"] = _packed([_source(one) for one in evidence.sources])
    row["fact_sources"] = _packed(dict(evidence.fact_sources))
    row["gaps"] = _packed(
        [[gap.fact, gap.reason, gap.detail, gap.permission, gap.source] for gap in evidence.gaps]
    )
    return row


def from_row(row: Sequence[Any]) -> Evidence:
    """A person from a row in the order of COLUMNS."""
    named = dict(zip(COLUMNS, row, strict=True))
    groups = {name: cls(**_group(cls, named[name])) for name, cls in GROUPS.items()}
    gaps = tuple(
        Gap(fact, GapReason(reason), detail, permission, source)
        for fact, reason, detail, permission, source in json.loads(named["gaps"])
    )
    return Evidence(
        **groups,
        sources=tuple(_read_source(one) for one in json.loads(named["sources"])),
        fact_sources=MappingProxyType(json.loads(named["fact_sources"])),
        gaps=gaps,
    )


def _group(cls: type, values: Mapping[str, Any] | None) -> dict[str, Value]:
    values = values or {}
    return {item.name: _read(values.get(item.name)) for item in fields(cls)}


def _read(value: Any) -> Value:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    result: Value = tuple(value) if isinstance(value, list) else value
    return result


def _written(value: Value) -> object:
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).replace(tzinfo=None).isoformat()
    if isinstance(value, tuple):
        return [text(item) for item in value]
    return text(value) if isinstance(value, str) else value


def _source(source: Source) -> list[object]:
    return [
        source.id,
        source.method,
        source.url,
        _written(source.at),
        source.status,
        source.request_id,
        source.error_code,
        source.attempts,
        source.milliseconds,
    ]


def _read_source(item: list[Any]) -> Source:
    item[3] = datetime.fromisoformat(item[3]).replace(tzinfo=UTC)
    return Source(*item)


def _packed(data: object) -> str:
    return text(json.dumps(data, ensure_ascii=False, separators=(",", ":")))
