"""The JSON Schema (2020-12) of an audit's `summary.json`: every key with its shape and its meaning.

`render/summary.py` writes the keys, this is the one place that says what they mean: docs/audit-files.md is
made from it, and a test holds real summaries against it, both ways.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from troubleshooter.diagnose.audit_result_fix import Effort
from troubleshooter.diagnose.audit_result_types import SCHEMA
from troubleshooter.diagnose.changes_classes import Change
from troubleshooter.diagnose.json_schema import listing, table, words
from troubleshooter.diagnose.rule import Actor, Confidence, State
from troubleshooter.evidence.aggregates import TENANT_FACTS
from troubleshooter.evidence.json_schema import DIALECT, evidence_schema
from troubleshooter.evidence.record import GapReason
from troubleshooter.evidence.schema import FACTS, GROUPS

Shape = dict[str, Any]

_TEXT: Shape = {"type": "string"}
_TEXTS: Shape = {"type": "array", "items": _TEXT}
_NUMBER: Shape = {"type": "number", "minimum": 0}
_COUNT: Shape = {"type": "integer", "minimum": 0}
_SHARE: Shape = {"type": "number", "minimum": 0, "maximum": 1}
_ANSWER: Shape = {"type": "boolean"}
_TIME: Shape = {"type": "string", "format": "date-time"}
_VALUE: Shape = {"type": ["string", "number", "boolean", "array", "null"], "items": _TEXT}
_COUNTS: Shape = {"type": "object", "additionalProperties": _COUNT}
_PAIR: Shape = {"type": "array", "items": _TEXT, "minItems": 2, "maxItems": 2}


def audit_schema() -> Shape:
    """The result of an audit without its people. Ids and codes never change with the language."""
    parts = {
        "schema": _says("Name and version of this format.", {"const": SCHEMA}),
        "tenant": _says("Whose audit this is.", _tenant()),
        "started_at": _says("When the audit began.", _maybe(_TIME)),
        "finished_at": _says(
            "When everybody had been looked at; null while the audit can be resumed.", _maybe(_TIME)
        ),
        "finished": _says(
            "The audit has ended. If not, everything here is about the people looked at until now.", _ANSWER
        ),
        "resumed_at": _says("When it was gone on with after a stop.", listing(_TIME)),
        "rules_version": _says("Changes with the rules that gave the verdicts.", _TEXT),
        "totals": _says("Everybody who was looked at, each in one of five numbers.", _totals()),
        "causes": _says(
            "Rules that are the cause of somebody's problem, wait or obstacle, most people first.",
            listing(_cause()),
        ),
        "fine_by": _says("Rules that prove somebody fine.", listing(_fine())),
        "undecided_by_permission": _says(
            "Missing permissions, the one that could decide most people first.", listing(_permission())
        ),
        "unknown": _says(
            "Facts that could not be read, by reason; 40 at most, with permissions.", listing(_unknown())
        ),
        "not_looked_at": _says(
            "People left aside, by reason: guests, rooms, sample (not drawn), gone (not in the tenant any "
            "more when they were asked again).",
            _COUNTS,
        ),
        "incomplete": _says(
            "A list of people could not be read to its end, so somebody may be missing.", _ANSWER
        ),
        "accepted": _says(
            "Accepted findings that apply to somebody now, expired ones first; 200 at most.",
            listing(_accepted()),
        ),
        "expired": _says("People whose accepted finding has expired, so that it counts again.", _COUNT),
        "tenant_findings": _says(
            "Rules about the whole tenant that are true or could not be decided (tenant-rules.md).",
            listing(_tenant_finding()),
        ),
        "changes": _says(
            "What became of everybody since the earlier audit in this folder; null when there is none.",
            _maybe(_changes()),
        ),
        "sample": _says(
            "People looked at one by one, drawn at random from those whose bulk facts agree; null when "
            "nobody was.",
            _maybe(_sample()),
        ),
        "traffic": _says(
            "What was asked of the services, over all runs of this audit; null when it was not counted.",
            _maybe(_traffic()),
        ),
        "settings": _says("Options that say who was looked at, and how closely.", _settings()),
        "run": _says("Facts of the run by path (facts.md), those that are known.", _run()),
        "files": _says("What was written beside this file, by name relative to the folder.", _files()),
    }
    return {
        "$schema": DIALECT,
        "$id": "urn:" + SCHEMA.replace("/", ":"),
        "title": "Result of an audit",
        **table(parts),
    }


def keys(shape: Shape, before: str = "") -> Iterator[tuple[str, Shape]]:
    """Every key below an object with its shape: `totals.people`, `causes[].rule`."""
    for name, inner in shape.get("properties", {}).items():
        path = f"{before}{name}"
        yield path, inner
        yield from keys(inner, f"{path}.")
        yield from keys(inner.get("items") or {}, f"{path}[].")


def _says(meaning: str, shape: Shape) -> Shape:
    return {"description": meaning, **shape}


def _maybe(shape: Shape) -> Shape:
    return {**shape, "type": [shape["type"], "null"]}


def _tenant() -> Shape:
    return table(
        {
            "id": _says("Tenant id or domain that was asked; '' when not known.", _TEXT),
            "name": _says("Its display name; '' when not known. Hostile input.", _TEXT),
            "size": _says("People the directory counts, those of --where when it was given.", _maybe(_COUNT)),
        }
    )


def _totals() -> Shape:
    return table(
        {
            "people": _says("Everybody: the sum of the others.", _COUNT),
            "problem": _says("Something is in the way.", _COUNT),
            "on_its_way": _says("The photo is under way, and waiting is normal.", _COUNT),
            "fine": _says("Proven to be as it should be on every server.", _COUNT),
            "undecided": _says("Could not be decided. Neither a finding nor a green light.", _COUNT),
            "accepted": _says("A problem that was accepted; counted here and nowhere else.", _COUNT),
        }
    )


def _cause() -> Shape:
    states = [state for state in State if state not in (State.FINE, State.ADVICE)]
    return table(
        {
            "rule": _says("Rule id.", _TEXT),
            "title": _says("What is so, in English.", _TEXT),
            "state": _says("State of the people who have it.", words(states)),
            "people": _says("People whose verdict it gives; 0 when all of them are accepted.", _COUNT),
            "accepted": _says("More people who have it as an accepted finding.", _COUNT),
            "actor": _says("Who acts.", words(Actor)),
            "confidence": _says("How sure the rule is.", words(Confidence)),
            "less_sure": _says("How many of the people are less sure: an earlier rule is open.", _COUNT),
            "effort": _says(
                "The kind of work it asks for: one change to the tenant, a script, work by hand, letters, a "
                "support case, a developer, or nothing but waiting.",
                words(Effort),
            ),
            "script": _says("A script can do it person by person: fix.ps1 of the plan.", _ANSWER),
            "waits_until": _says("The last end of a wait among the people; null without one.", _maybe(_TIME)),
            "since": _says("Since when, by month; null where no fact tells.", _maybe(_since())),
            "where": _says(
                "Where the people are, by department, country and the like; only when there are ten or more.",
                listing(_breakdown()),
            ),
        }
    )


def _since() -> Shape:
    month = {"type": "array", "prefixItems": [_TEXT, _COUNT], "items": False, "minItems": 2}
    return table(
        {
            "fact": _says("The fact that tells (facts.md).", {"enum": list(FACTS)}),
            "months": _says("Pairs of a month, such as 2026-11, and people.", listing(month)),
            "before": _says("People older than the months listed.", _COUNT),
            "unknown": _says("People of whom it is not known.", _COUNT),
        }
    )


def _breakdown() -> Shape:
    value = table(
        {
            "value": _says("Value of the fact; '' when it is known to be empty, null when unknown.", _VALUE),
            "people": _says("People with this cause who have it.", _COUNT),
            "of": _says("Everybody looked at who has it.", _COUNT),
        }
    )
    return table(
        {
            "fact": _says("The fact (facts.md).", {"enum": list(FACTS)}),
            "values": _says("The most frequent values.", listing(value)),
            "others": _says("People with this cause and a rarer value.", _COUNT),
        }
    )


def _fine() -> Shape:
    return table(
        {
            "rule": _says("Rule id.", _TEXT),
            "people": _says("People it proves fine.", _COUNT),
            "by_sample": _says("A part of the proof is a random sample of people like them.", _ANSWER),
        }
    )


def _lacking(permission: str) -> dict[str, Shape]:
    return {
        "permission": _says(permission, _TEXT),
        "missing": _says("People who lack some of these facts.", _COUNT),
        "blocks": _says("Undecided people whom these facts keep open.", _COUNT),
        "decides": _says("Undecided people whom these facts alone could decide.", _COUNT),
    }


def _permission() -> Shape:
    return table(_lacking("The permission that would let us read."))


def _unknown() -> Shape:
    return table(
        {
            "groups": _says("Groups of facts.", {"type": "array", "items": {"enum": list(GROUPS)}}),
            "reason": _says("Why they are missing (facts.md).", words(GapReason)),
            **_lacking("The permission that would let us read; '' when none would."),
            "readable": _says("People who lack none of these facts for any reason.", _COUNT),
        }
    )


def _accepted() -> Shape:
    return table(
        {
            "cause": _says("Rule id.", _TEXT),
            "reason": _says("Why it was accepted.", _TEXT),
            "author": _says("Who answers for it.", _TEXT),
            "until": _says("The last day on which it counts.", _maybe({"type": "string", "format": "date"})),
            "expired": _says("That day has passed: the finding counts as a problem again.", _ANSWER),
            "people": _says("People whose finding it covers.", _COUNT),
        }
    )


def _tenant_finding() -> Shape:
    named = {"propertyNames": {"enum": list(TENANT_FACTS)}}
    return table(
        {
            "rule": _says("Rule id.", _TEXT),
            "verdict": _says("true, or null: could not be decided.", {"enum": [True, None]}),
            "people": _says("People whose cause it accounts for.", _COUNT),
            "facts": _says(
                "Facts it reads, by path. Of a fact that is known between bounds, the lower one; null when "
                "unknown.",
                {"type": "object", **named, "additionalProperties": _VALUE},
            ),
            "at_most": _says(
                "The upper bounds, by path, of those that have one.",
                {"type": "object", **named, "additionalProperties": _NUMBER},
            ),
        }
    )


def _changes() -> Shape:
    standing = "of {when} audit: a state, away (not in the tenant) or unseen (not looked at)."
    move = table(
        {
            "class": _says("What became of them: a key of changes above.", words(Change)),
            "old_state": _says("State " + standing.format(when="the earlier"), _TEXT),
            "old_cause": _says("Rule id then; '' without one.", _TEXT),
            "new_state": _says("State " + standing.format(when="this"), _TEXT),
            "new_cause": _says("Rule id now; '' without one.", _TEXT),
            "people": _says("People who went this way.", _COUNT),
        }
    )
    return table(
        {
            "since": _says("When the earlier audit ended; null when it does not say.", _maybe(_TIME)),
            **{change.value: _says(change.meaning, _COUNT) for change in Change},
            "photos_changed": _says("People whose photo is another one now.", _COUNT),
            "moves": _says("From which verdict to which, most people first.", listing(move)),
        }
    )


def _sample() -> Shape:
    bound = "95 % upper bound, one-sided, of their share in everybody like them; 1 when nobody was looked at."
    return table(
        {
            "profiles": _says("People whose SharePoint profile was read to check the bulk facts.", _COUNT),
            "differing": _says("How many of these did not fit.", _COUNT),
            "profiles_upper_bound_95": _says(bound, _SHARE),
            "pages": _says("People whose page was looked at.", _COUNT),
            "default": _says("How many of these showed the grey figure or could not be read.", _COUNT),
            "pages_upper_bound_95": _says(bound, _SHARE),
        }
    )


def _traffic() -> Shape:
    wait = table(
        {
            "bucket": _says("The limit.", _TEXT),
            "own_rate": _says("Seconds waited to keep to the limit ourselves.", _NUMBER),
            "told_to_wait": _says("Seconds waited because the service said so.", _NUMBER),
            "refusals": _says("How often it said so.", _COUNT),
        }
    )
    return table(
        {
            "requests": _says("HTTP requests.", _COUNT),
            "items": _says("What was asked in them; a batch holds several.", _COUNT),
            "throttled": _says("Items that were refused for being too many.", _COUNT),
            "seconds": _says("How long the runs took.", _NUMBER),
            "by_kind": _says("Items by kind of call.", _COUNTS),
            "waits": _says("Waits by the limit that caused them, in seconds of all workers.", listing(wait)),
        }
    )


def _settings() -> Shape:
    parts = {
        "where": _says("The filter of --where; '' for everybody.", _TEXT),
        "sample": _says("How many people --sample asked for; 0 for everybody.", _COUNT),
        "include": _says("What --include added: guests, rooms.", _TEXTS),
        "pictures": _says("Whose pictures were compared: all, needed or none.", _TEXT),
        "profiles": _says("Whose SharePoint profiles were read: all or needed.", _TEXT),
        "pages": _says("Whose pages were looked at: all, needed or none.", _TEXT),
    }
    return {**table(parts, optional=tuple(parts)), "additionalProperties": True}


def _run() -> Shape:
    facts = evidence_schema()["properties"]["run"]["properties"]
    parts = {f"run.{name}": shape for name, shape in facts.items()}
    return table(parts, optional=tuple(parts))


def _files() -> Shape:
    return table(
        {
            "report": _says("The page.", _TEXT),
            "people": _says("Everybody, as CSV and as JSON Lines.", _PAIR),
            "causes": _says(
                "People of each cause, by rule id, as CSV and as JSON Lines.",
                {"type": "object", "additionalProperties": _PAIR},
            ),
            "plans": _says(
                "Folder of the plan, by rule id.", {"type": "object", "additionalProperties": _TEXT}
            ),
            "junit": _says("The result as JUnit XML.", _TEXT),
            "workbook": _says("The workbook; null without --xlsx.", _maybe(_TEXT)),
            "evidence": _says("Everybody's evidence as Parquet.", _TEXT),
        }
    )
