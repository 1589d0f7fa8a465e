"""The JSON Schema (2020-12) of the result object that `--json` prints."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from troubleshooter.diagnose.result import SCHEMA, Role
from troubleshooter.diagnose.rule import Actor, Confidence, State
from troubleshooter.evidence.json_schema import DIALECT, evidence_schema, gap
from troubleshooter.evidence.schema import FACTS

_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_MAYBE_TEXT = {"type": ["string", "null"]}
_TIME = {"type": ["string", "null"], "format": "date-time"}
_ANSWER = {"type": "boolean"}


def result_schema() -> dict[str, Any]:
    """One person's diagnosis. Ids and codes never change with the language; headline and titles do."""
    evidence = {key: value for key, value in evidence_schema().items() if key not in ("$schema", "$id")}
    parts = {
        "schema": {"const": SCHEMA},
        "language": {"type": "string", "description": "Language of headline and titles."},
        "person": table(dict.fromkeys(("id", "user_principal_name", "display_name", "mail"), _MAYBE_TEXT)),
        "verdict": _verdict(),
        "findings": listing(_finding()),
        "undecided": listing(_undecided()),
        "ruled_out": _TEXTS | {"description": "Ids of the causes that are ruled out."},
        "evidence": evidence,
        "gaps": listing(gap(_MAYBE_TEXT)),
        "run": _run(),
    }
    return {
        "$schema": DIALECT,
        "$id": "urn:" + SCHEMA.replace("/", ":"),
        "title": "Diagnosis of one person's photo",
        **table(parts, optional=("language",)),
    }


def _verdict() -> dict[str, Any]:
    return table(
        {
            "state": words(state for state in State if state is not State.ADVICE),
            "cause": _MAYBE_TEXT | {"description": "Rule id; null when nothing is known to be in the way."},
            "actor": words(Actor),
            "confidence": words(Confidence),
            "headline": _TEXT,
            "wait_from": _TIME,
            "wait_until": _TIME | {"description": "Until then waiting is normal; null when no clock runs."},
            "stuck_at": _TIME | {"description": "From then on somebody should act."},
            "lowered_by": _TEXTS | {"description": "Earlier rules that could not be decided."},
        },
        optional=("wait_from",),
    )


def _finding() -> dict[str, Any]:
    return table(
        {
            "rule": _TEXT,
            "role": words(Role),
            "state": words(State),
            "actor": words(Actor),
            "confidence": words(Confidence),
            "title": _TEXT,
            "explained_by": _MAYBE_TEXT,
        }
    )


def _undecided() -> dict[str, Any]:
    return table(
        {
            "rule": _TEXT,
            "needs": {"type": "array", "items": {"enum": list(FACTS)}},
            "permissions": _TEXTS,
            "question": _ANSWER | {"description": "A person's answer would decide it."},
            "before_cause": _ANSWER | {"description": "Deciding it could change the verdict."},
        },
        optional=("before_cause",),
    )


def _run() -> dict[str, Any]:
    texts = ("cloud", "tenant", "tenant_name", "signed_in_as", "tool_version")
    return table(
        {
            "collected_at": _TIME,
            **dict.fromkeys(texts, _MAYBE_TEXT),
            "app_only": {"type": ["boolean", "null"]},
            "permissions": {"type": ["array", "null"], "items": _TEXT},
            "rules_version": _TEXT,
            "redaction": {
                "enum": ["none", "redacted", "restored"],
                "description": "Whether names are real, pseudonyms, or real again on their owner's machine.",
            },
        },
        optional=("redaction",),
    )


def table(properties: dict[str, Any], optional: tuple[str, ...] = ()) -> dict[str, Any]:
    """An object with these keys and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def listing(item: dict[str, Any]) -> dict[str, Any]:
    """An array of things of one shape."""
    return {"type": "array", "items": item}


def words(choices: Iterable[StrEnum]) -> dict[str, Any]:
    """One of these codes."""
    return {"enum": [word.value for word in choices]}
