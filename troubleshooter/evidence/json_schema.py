"""The JSON Schema (2020-12) of evidence, made from the schema of facts."""

from __future__ import annotations

from typing import Any

from troubleshooter.evidence.codec import MAX_INTEGER, MAX_ITEMS, MAX_KINDS, MAX_NAME, MAX_TEXT
from troubleshooter.evidence.record import GapReason
from troubleshooter.evidence.schema import FACTS, GROUPS, SCHEMA, FactInfo

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TEXT = {"type": "string", "maxLength": MAX_TEXT}
_COUNT = {"type": "integer", "minimum": 0}
_KINDS: dict[str, dict[str, Any]] = {
    "str": _TEXT,
    "int": {"type": "integer", "minimum": -MAX_INTEGER, "maximum": MAX_INTEGER},
    "float": {"type": "number", "minimum": -MAX_INTEGER, "maximum": MAX_INTEGER},
    "bool": {"type": "boolean"},
    "datetime": {"type": "string", "format": "date-time"},
    "list": {"type": "array", "items": _TEXT, "maxItems": MAX_ITEMS},
}


def evidence_schema() -> dict[str, Any]:
    """What `codec.dump` writes and `codec.load` reads: one person."""
    groups = {
        name: {
            "type": "object",
            "description": (cls.__doc__ or "").strip(),
            "properties": {info.name: _fact(info) for info in FACTS.values() if info.group == name},
            "additionalProperties": False,
        }
        for name, cls in GROUPS.items()
    }
    return {
        "$schema": DIALECT,
        "$id": "urn:" + SCHEMA.replace("/", ":"),
        "title": "Evidence about one person's photo",
        "description": "Known facts by group. A fact that is not there, or null, is unknown; gaps say why.",
        "type": "object",
        "properties": {
            "schema": {"const": SCHEMA},
            **groups,
            "sources": {"type": "array", "maxItems": MAX_ITEMS, "items": _source()},
            "fact_sources": {
                "description": "The id of the source each fact was read from.",
                "type": "object",
                "propertyNames": {"enum": list(FACTS)},
                "additionalProperties": _TEXT,
            },
            "gaps": {"type": "array", "maxItems": MAX_ITEMS, "items": gap(_TEXT)},
            "redaction": {
                "description": "Names are pseudonyms: how many different values of each kind were replaced.",
                "type": ["object", "null"],
                "properties": {
                    "bundle": {"type": "string", "maxLength": MAX_NAME},
                    "replaced": {
                        "type": "object",
                        "propertyNames": {"maxLength": MAX_NAME},
                        "additionalProperties": {**_COUNT, "maximum": MAX_INTEGER},
                        "maxProperties": MAX_KINDS,
                    },
                },
                "required": ["bundle"],
            },
        },
        "required": ["schema"],
        "additionalProperties": False,
    }


def _fact(info: FactInfo) -> dict[str, Any]:
    unit = f" Unit: {info.unit}." if info.unit else ""
    shape: dict[str, Any] = {"description": f"{info.doc}{unit} Source: {info.source}."}
    if info.choices:
        return shape | {"enum": [*info.choices, None]}
    kind = _KINDS[info.kind]
    return shape | kind | {"type": [kind["type"], "null"]}


def _source() -> dict[str, Any]:
    return {
        "description": "One request and its answer; status 0 means that no answer came.",
        "type": "object",
        "properties": {
            "id": _TEXT,
            "method": _TEXT,
            "url": _TEXT,
            "at": _KINDS["datetime"],
            "status": {"type": "integer"},
            "request_id": _TEXT,
            "error_code": _TEXT,
            "attempts": _COUNT,
            "milliseconds": _COUNT,
        },
        "required": ["id", "method", "url", "at", "status"],
        "additionalProperties": False,
    }


def gap(source: dict[str, Any]) -> dict[str, Any]:
    """Why one fact is unknown; `source` is the shape of the id of the request that failed."""
    return {
        "description": "A fact that is not known, and why; permission names what would let us read it.",
        "type": "object",
        "properties": {
            "fact": {"enum": list(FACTS)},
            "reason": {"enum": [reason.value for reason in GapReason]},
            "detail": _TEXT,
            "permission": _TEXT,
            "source": source,
        },
        "required": ["fact", "reason"],
        "additionalProperties": False,
    }
