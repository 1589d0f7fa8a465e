"""Evidence as JSON data and back. `files` reads it from disk.

The shape is one object per person: `schema`, one object per group with the facts that are known, `sources`,
`fact_sources` and `gaps`. Every fact that is not there is unknown, and `gaps` says why. Times are ISO 8601,
UTC. `json_schema` describes it for other programs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any

from troubleshooter.errors import RunFailed
from troubleshooter.evidence.record import Evidence, EvidenceBuilder, Gap, GapReason, Redaction, Source, Value
from troubleshooter.evidence.schema import FACTS, GROUPS, SCHEMA, FactInfo

MAX_TEXT = 100_000
MAX_ITEMS = 10_000
MAX_NAME, MAX_KINDS = 200, 50
MAX_INTEGER = (
    2**53
)  # what every JSON reader can hold exactly, https://www.rfc-editor.org/rfc/rfc8259#section-6
_SURROGATES = re.compile("[\ud800-\udfff]")
_FAMILY = SCHEMA.rpartition("/")[0] + "/"
_RESULT_FAMILY = "photo-troubleshooter/result/"


class EvidenceError(RunFailed):
    """Evidence that cannot be read. `what` and `remedy` name the file and the line."""

    def __init__(
        self, what: str, remedy: str, *, file: str = "evidence", line: int = 1, **values: object
    ) -> None:
        self.fault, self.advice, self.details = what, remedy, values
        super().__init__("{file}, line {line}: " + what, remedy, file=file, line=line, **values)

    def at(self, file: str, line: int) -> EvidenceError:
        """The same fault, in this file and line."""
        return EvidenceError(self.fault, self.advice, file=file, line=line, **self.details)


def dump(evidence: Evidence) -> dict[str, Any]:
    """Evidence as JSON data: known facts only, and a gap with its reason for every other one."""
    groups: dict[str, dict[str, Any]] = {group: {} for group in GROUPS}
    for path, value in evidence.values():
        if value is not None:
            info = FACTS[path]
            groups[info.group][info.name] = _dumped(value)
    data = {
        "schema": SCHEMA,
        **groups,
        "sources": [_record(source) for source in evidence.sources],
        "fact_sources": dict(evidence.fact_sources),
        "gaps": [_record(gap) for gap in evidence.gaps],
    }
    if evidence.redaction is not None:
        data["redaction"] = {
            "bundle": evidence.redaction.bundle,
            "replaced": dict(evidence.redaction.replaced),
        }
    return data


def load(data: object) -> Evidence:
    """Evidence from JSON data, or from a result object that holds it. Raises EvidenceError.

    A fact that is neither there nor in `gaps` was not collected.
    """
    table = _evidence_object(data)
    builder = EvidenceBuilder()
    _check_keys(table)
    for group in GROUPS:
        _load_group(builder, group, table.get(group, {}))
    for gap in _objects(table, "gaps", Gap):
        builder.miss(
            _fact(gap["fact"]).path,
            _reason(gap),
            gap.get("detail", ""),
            permission=gap.get("permission", ""),
            source=gap.get("source", ""),
        )
    return _with_sources(builder.build(), table)


def _evidence_object(data: object) -> Mapping[str, Any]:
    table = _mapping(data, "the record")
    schema = table.get("schema")
    if isinstance(schema, str) and schema.startswith(_RESULT_FAMILY):
        table = _mapping(table.get("evidence"), "evidence")
        schema = table.get("schema")
    if schema == SCHEMA:
        return table
    if isinstance(schema, str) and schema.startswith(_FAMILY):
        raise EvidenceError(
            "This evidence was written by another version of the program ({found}); this one reads {wanted}.",
            "Collect it again, or use the version of the program that wrote it.",
            found=schema[:80],
            wanted=SCHEMA,
        )
    raise EvidenceError(
        "This is not evidence of this program: its schema is not {wanted}.",
        "Give a file written by `photo-troubleshooter diagnose --json`.",
        wanted=SCHEMA,
    )


def _check_keys(table: Mapping[str, Any]) -> None:
    known = ("schema", *GROUPS, "sources", "fact_sources", "gaps", "redaction")
    for key in table:
        if key not in known:
            raise EvidenceError(
                "There is no group of facts called {group}.", "The groups are: {known}.", group=str(key)[:80],
                known=", ".join(GROUPS),
            )  # fmt: skip


def _load_group(builder: EvidenceBuilder, group: str, found: object) -> None:
    for name, value in _mapping(found, group).items():
        info = _fact(f"{group}.{name}")
        if value is not None:
            builder.know(info.path, loaded(info, value))


def _fact(path: object) -> FactInfo:
    if isinstance(path, str) and path in FACTS:
        return FACTS[path]
    near = get_close_matches(str(path)[:80], FACTS, n=1, cutoff=0.75)
    raise EvidenceError(
        "There is no fact called {fact}.",
        "Did you mean {nearest}? docs/facts.md lists every fact."
        if near
        else "docs/facts.md lists every fact.",
        fact=str(path)[:80],
        nearest=near[0] if near else "",
    )


def loaded(info: FactInfo, value: object) -> Value:
    """A JSON value as the fact's own type. Raises EvidenceError when it is another."""
    match info.kind:
        case "bool" if isinstance(value, bool):
            return value
        case "int" if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_INTEGER:
            return value
        case "float" if isinstance(value, int | float) and not isinstance(value, bool):
            if math.isfinite(value) and abs(value) <= MAX_INTEGER:
                return float(value)
        case "str" if isinstance(value, str) and len(value) <= MAX_TEXT:
            if not info.choices or value in info.choices:
                return text(value)
        case "list" if isinstance(value, list | tuple) and len(value) <= MAX_ITEMS:
            if all(isinstance(item, str) and len(item) <= MAX_TEXT for item in value):
                return tuple(map(text, value))
        case "datetime" if isinstance(value, str | datetime):
            moment = _moment(value)
            if moment is not None:
                return moment
    raise EvidenceError(
        "The fact {fact} cannot be {value}.",
        "It is one of: {wanted}."
        if info.choices
        else "It is of the kind {wanted}; docs/facts.md describes it.",
        fact=info.path,
        value=repr(value)[:80],
        wanted=", ".join(info.choices) or info.kind,
    )


def text(value: str) -> str:
    """The text with a replacement character for lone surrogates, which no file and no database can hold."""
    return _SURROGATES.sub("\ufffd", value)


def _moment(value: str | datetime) -> datetime | None:
    """ISO 8601; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _dumped(value: Value) -> Any:
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        return moment.isoformat().replace("+00:00", "Z")
    if isinstance(value, tuple):
        return [text(item) for item in value]
    if isinstance(value, GapReason):
        return value.value
    return text(value) if isinstance(value, str) else value


def _record(record: Source | Gap) -> dict[str, Any]:
    """A source or a gap without the parts that say nothing."""
    kept = [item for item in fields(record) if getattr(record, item.name) != item.default]
    return {item.name: _dumped(getattr(record, item.name)) for item in kept}


def _reason(gap: Mapping[str, Any]) -> GapReason:
    try:
        return GapReason(gap["reason"])
    except ValueError:
        raise EvidenceError(
            "The gap of {fact} has the unknown reason {reason}.",
            "The reasons are: {known}.",
            fact=gap["fact"],
            reason=repr(gap["reason"])[:80],
            known=", ".join(GapReason),
        ) from None


def _with_sources(evidence: Evidence, table: Mapping[str, Any]) -> Evidence:
    sources = tuple(_source(item) for item in _objects(table, "sources", Source))
    links = _mapping(table.get("fact_sources", {}), "fact_sources")
    for path, source in links.items():
        _fact(path)
        if not isinstance(source, str):
            raise _wrong_shape("fact_sources")
    return replace(
        evidence,
        sources=sources,
        fact_sources=MappingProxyType(dict(links)),
        redaction=_redaction(table.get("redaction")),
    )


def _redaction(found: object) -> Redaction | None:
    if found is None:
        return None
    table = _mapping(found, "redaction")
    bundle, replaced = table.get("bundle"), _mapping(table.get("replaced", {}), "redaction")
    if not isinstance(bundle, str) or len(bundle) > MAX_NAME or len(replaced) > MAX_KINDS:
        raise _wrong_shape("redaction")
    for kind, count in replaced.items():
        whole = isinstance(count, int) and not isinstance(count, bool) and 0 <= count <= MAX_INTEGER
        if not whole or not isinstance(kind, str) or len(kind) > MAX_NAME:
            raise _wrong_shape("redaction")
    return Redaction(text(bundle), MappingProxyType({text(kind): count for kind, count in replaced.items()}))


def _source(item: Mapping[str, Any]) -> Source:
    at = _moment(item["at"])
    if at is None:
        raise EvidenceError(
            "The source {id} has the unreadable time {value}.",
            "Write it as 2026-11-22T12:00:00Z.",
            id=item["id"],
            value=repr(item["at"])[:80],
        )
    return Source(**{**item, "at": at})


def _objects(table: Mapping[str, Any], key: str, kind: type[Source] | type[Gap]) -> list[dict[str, Any]]:
    """A list of objects with the fields of a dataclass, each of the right type."""
    found = table.get(key, [])
    if not isinstance(found, list) or len(found) > MAX_ITEMS:
        raise _wrong_shape(key)
    required, optional = _FIELDS[kind]
    result = []
    for item in found:
        record = _mapping(item, key)
        if not required.keys() <= record.keys() <= (required | optional).keys():
            raise _wrong_shape(key)
        for name, value in record.items():
            wanted = (required | optional)[name]
            if not isinstance(value, wanted) or isinstance(value, bool):
                raise _wrong_shape(key)
            if abs(value) > MAX_INTEGER if isinstance(value, int) else len(str(value)) > MAX_TEXT:
                raise _wrong_shape(key)
        result.append({name: text(v) if isinstance(v, str) else v for name, v in record.items()})
    return result


_FIELDS: dict[type[Source] | type[Gap], tuple[dict[str, type], dict[str, type]]] = {
    Source: (
        {"id": str, "method": str, "url": str, "at": str, "status": int},
        {"request_id": str, "error_code": str, "attempts": int, "milliseconds": int},
    ),
    Gap: ({"fact": str, "reason": str}, {"detail": str, "permission": str, "source": str}),
}


def _mapping(found: object, name: str) -> Mapping[str, Any]:
    if not isinstance(found, Mapping):
        raise _wrong_shape(name)
    return found


def _wrong_shape(name: str) -> EvidenceError:
    return EvidenceError(
        "{part} has not the shape of evidence.",
        "`photo-troubleshooter schema evidence` prints the shape as a JSON Schema.",
        part=name,
    )


def read_file(path: Path | str) -> Iterator[Evidence]:
    """Every person's evidence in a file: see `files.read_file`."""
    from troubleshooter.evidence.files import read_file as read

    return read(path)
