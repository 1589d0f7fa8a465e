"""The JSON Schema of a rule file, for editors: made from the tables the loader itself uses.

Draft 7, because editors' TOML support reads that (https://taplo.tamasfe.dev/configuration/directives.html).
The loader checks more: the expression, the templates, and whether the examples come out as they say.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from troubleshooter.diagnose.grammar import MAX_LENGTH
from troubleshooter.diagnose.rule import Actor, Confidence, State, Status
from troubleshooter.diagnose.rule_file import (
    DURATION,
    GENERATIONS,
    ID,
    KEYS,
    LIMITS,
    STEP_LIMITS,
    SUPPORTS,
)
from troubleshooter.evidence.schema import FACTS, GROUPS, FactInfo

DIALECT = "http://json-schema.org/draft-07/schema#"
FILE_NAME = "rule.schema.json"
_REQUIRED = ("title", "status", "state", "actor", "confidence", "when", "because", "headline", "examples")
_ONE_LINE = r"^[^\n]*$"
_RULE_ID = {"type": "string", "pattern": f"^{ID.pattern}$", "maxLength": 80}
_KINDS: dict[str, dict[str, Any]] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "datetime": {"type": "string", "format": "date-time"},
    "list": {"type": "array", "items": {"type": "string"}},
}
_DOCS = {
    "title": "What is so, for the engineer: at most {limit} characters on one line.",
    "headline": "One sentence for the person, without field words.",
    "because": "The proof, for the engineer: a template over the facts.",
    "near_miss": "What would have made this rule true; shown when it is false.",
}


def rule_schema() -> dict[str, Any]:
    """One rule file."""
    properties = _properties()
    return {
        "$schema": DIALECT,
        "$id": "urn:photo-troubleshooter:rule:1",
        "title": "A rule of photo-troubleshooter",
        "description": "The file's name is the rule's id. See docs/writing-rules.md.",
        "type": "object",
        "properties": {key: properties[key] for key in (*KEYS, "after")},
        "required": list(_REQUIRED),
        "additionalProperties": False,
        "if": {"properties": {"status": {"const": Status.STABLE.value}}, "required": ["status"]},
        "then": {"required": ["references"]},
    }


def _properties() -> dict[str, dict[str, Any]]:
    times = [path for path, info in FACTS.items() if info.kind == "datetime"]
    steps = {"type": "array", "items": _step()}
    return {
        **{key: _text(limit, _DOCS[key].format(limit=limit)) for key, limit in LIMITS.items()},
        "title": _text(LIMITS["title"], _DOCS["title"].format(limit=LIMITS["title"]))
        | {"pattern": _ONE_LINE},
        "headline": _text(LIMITS["headline"], _DOCS["headline"]) | {"pattern": _ONE_LINE},
        "status": _choice(Status, "How mature the rule is; stable needs a reference."),
        "state": _choice(State, "What the rule says of a person when it is true."),
        "actor": _choice(Actor, "Who must act."),
        "confidence": _choice(Confidence, "How sure we are when it is true."),
        "generation": _choice(GENERATIONS, "Which text of Microsoft's article it rests on."),
        "when": _text(MAX_LENGTH, "One yes-or-no expression over facts, such as photo.width < 96."),
        "by_sample": {
            "type": "boolean",
            "description": "Fine rules only: it rests on a random sample, so what is open does not block it.",
        },
        "explains": {
            "type": "array",
            "items": _RULE_ID,
            "description": "Ids of rules that are its symptoms.",
        },
        "normal_for": _duration("How long waiting is normal."),
        "stuck_after": _duration("From when on somebody should act."),
        "wait_from": {
            "type": "array",
            "items": {"enum": times},
            "description": "Facts that hold a time; the first known one starts the clock.",
        },
        "user_steps": steps | {"description": "What the person does."},
        "admin_steps": steps | {"description": "What an administrator does, with commands."},
        "references": {"type": "array", "items": _reference(), "description": "Public pages it rests on."},
        "false_positives": {
            "type": "array",
            "items": _text(500, "A case in which the rule is true and wrong."),
        },
        "examples": _examples(),
        "after": _RULE_ID
        | {"description": "The rule after which it stands; before fine-everywhere if absent."},
    }


def _text(limit: int, description: str) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": limit, "description": description}


def _choice(words: Iterable[str], description: str) -> dict[str, Any]:
    return {"enum": [str(word) for word in words], "description": description}


def _duration(description: str) -> dict[str, Any]:
    pattern = rf"^\s*{DURATION.pattern}\s*$"
    return {"type": "string", "pattern": pattern, "description": f"{description} 30 min, 24 h or 3 d."}


def _step() -> dict[str, Any]:
    texts = {name: {"type": "string", "maxLength": limit} for name, limit in STEP_LIMITS.items()}
    return {
        "type": "object",
        "properties": texts | {"use": _RULE_ID | {"description": "A file of _steps, without .toml."}},
        "additionalProperties": False,
        "oneOf": [
            {"required": ["text"], "not": {"required": ["use"]}},
            {"required": ["use"], "maxProperties": 1},
        ],
    }


def _reference() -> dict[str, Any]:
    properties = {
        "url": {"type": "string", "pattern": "^https?://[^/]+", "maxLength": 500},
        "title": _text(200, "The page's own title."),
        "checked_on": {"type": "string", "format": "date", "description": "The day you last read it."},
        "supports": _choice(SUPPORTS, "Microsoft says so, or people have seen it."),
    }
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _examples() -> dict[str, Any]:
    item = {
        "type": "object",
        "properties": {
            "name": _text(160, "The situation, as a sentence."),
            "facts": _facts(),
            "expect": {"enum": [True, False, "unknown"], "description": "What the rule must say of it."},
        },
        "required": ["name", "expect"],
        "additionalProperties": False,
    }
    kinds = [{"contains": {"properties": {"expect": {"const": kind}}}} for kind in (True, False, "unknown")]
    return {
        "type": "array",
        "items": item,
        "allOf": kinds,
        "description": "At least one that is true, one that is false, one that cannot be decided.",
    }


def _facts() -> dict[str, Any]:
    """Facts as `photo.present = true`, which TOML reads as tables, or with the whole path quoted."""
    groups = {
        group: {
            "type": "object",
            "properties": {info.name: _fact(info) for info in FACTS.values() if info.group == group},
            "additionalProperties": False,
        }
        for group in GROUPS
    }
    paths = {path: _fact(info) for path, info in FACTS.items()}
    return {"type": "object", "properties": groups | paths, "additionalProperties": False}


def _fact(info: FactInfo) -> dict[str, Any]:
    kind = {"enum": list(info.choices)} if info.choices else _KINDS[info.kind]
    return {"description": info.doc} | kind
