"""The result of an audit as plain data for pipelines: `summary.json`, schema `photo-troubleshooter/audit/1`.

Keys and codes are stable and the same in every language; times are UTC in ISO 8601. Everybody counts once in
`totals`; `accepted` people count there and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from troubleshooter.diagnose.audit_result_types import (
    SCHEMA,
    AuditCause,
    AuditResult,
    Breakdown,
    Changes,
    Obstacle,
    Traffic,
)
from troubleshooter.diagnose.changes_classes import Change
from troubleshooter.evidence.record import Value
from troubleshooter.render.tenant_rows import iso
from troubleshooter.render.tenant_words import upper_bound


def summary_dict(result: AuditResult, files: Mapping[str, Any]) -> dict[str, Any]:
    """The result; of names it holds only who ran the audit and who accepted findings.

    `files` names what was written beside it, relative to the folder.
    """
    totals = result.totals
    return {
        "schema": SCHEMA,
        "tenant": {"id": result.tenant, "name": result.tenant_name, "size": result.tenant_size},
        "started_at": iso(result.started_at),
        "finished_at": iso(result.finished_at),
        "finished": result.finished_at is not None,
        "resumed_at": [iso(moment) for moment in result.resumed_at],
        "rules_version": result.rules_version,
        "totals": {
            "people": totals.people,
            "problem": totals.problem,
            "on_its_way": totals.on_its_way,
            "fine": totals.fine,
            "undecided": totals.undecided,
            "accepted": totals.accepted,
        },
        "causes": [_cause(cause) for cause in result.causes],
        "fine_by": [
            {"rule": one.id, "people": one.people, "by_sample": one.rule.by_sample} for one in result.fine_by
        ],
        "undecided_by_permission": [
            {
                "permission": one.permission,
                "missing": one.missing,
                "blocks": one.blocks,
                "decides": one.decides,
            }
            for one in result.permissions
        ],
        "unknown": [_obstacle(one) for one in result.unknown],
        "not_looked_at": dict(result.not_looked_at),
        "incomplete": bool(result.incomplete),
        "accepted": [
            {
                "cause": one.cause,
                "reason": one.reason,
                "author": one.author,
                "until": one.until.isoformat() if one.until else None,
                "expired": one.expired,
                "people": one.people,
            }
            for one in result.accepted
        ],
        "expired": result.expired,
        "tenant_findings": [
            {
                "rule": one.id,
                "verdict": one.verdict,
                "people": one.people,
                "facts": {path: _value(value) for path, value in one.facts.items()},
                "at_most": {path: _value(value) for path, value in one.at_most.items()},
            }
            for one in result.tenant_findings
        ],
        "changes": _changes(result.changes) if result.changes else None,
        "sample": _sample(result),
        "traffic": _traffic(result.traffic) if result.traffic else None,
        "settings": dict(result.settings),
        "run": {path: _value(value) for path, value in result.run.items()},
        "files": dict(files),
    }


def _cause(cause: AuditCause) -> dict[str, Any]:
    since = cause.since
    return {
        "rule": cause.id,
        "title": cause.rule.title,
        "state": cause.state.value,
        "people": cause.people,
        "accepted": cause.accepted,
        "actor": cause.rule.actor.value,
        "confidence": cause.rule.confidence.value,
        "less_sure": cause.lowered,
        "effort": cause.fix.effort.value,
        "script": bool(cause.fix.script),
        "waits_until": iso(cause.waits_until),
        "since": {
            "fact": since.fact,
            "months": [[month.isoformat()[:7], people] for month, people in since.months],
            "before": since.before,
            "unknown": since.unknown,
        }
        if since
        else None,
        "where": [_breakdown(one) for one in cause.where],
    }


def _breakdown(one: Breakdown) -> dict[str, Any]:
    return {
        "fact": one.fact,
        "values": [{"value": _value(c.value), "people": c.people, "of": c.of} for c in one.counts],
        "others": one.others,
    }


def _obstacle(one: Obstacle) -> dict[str, Any]:
    return {
        "groups": list(one.groups),
        "reason": one.reason,
        "permission": one.permission,
        "missing": one.missing,
        "readable": one.readable,
        "blocks": one.blocks,
        "decides": one.decides,
    }


def _changes(changes: Changes) -> dict[str, Any]:
    return {
        "since": iso(changes.since),
        **{kind.value: changes.of(kind) for kind in Change},
        "photos_changed": changes.photos,
        "moves": [
            {
                "class": move.kind,
                "old_state": move.old_state,
                "old_cause": move.old_cause,
                "new_state": move.new_state,
                "new_cause": move.new_cause,
                "people": move.people,
            }
            for move in changes.moves
        ],
    }


def _sample(result: AuditResult) -> dict[str, Any] | None:
    sample = result.sample
    if sample is None:
        return None
    return {
        "profiles": sample.profiles,
        "differing": sample.differing,
        "profiles_upper_bound_95": upper_bound(sample.differing, sample.profiles),
        "pages": sample.pages,
        "default": sample.default,
        "pages_upper_bound_95": upper_bound(sample.default, sample.pages),
    }


def _traffic(traffic: Traffic) -> dict[str, Any]:
    return {
        "requests": traffic.requests,
        "items": traffic.items,
        "throttled": traffic.throttled,
        "seconds": traffic.seconds,
        "by_kind": dict(traffic.by_kind),
        "waits": [
            {
                "bucket": wait.bucket,
                "own_rate": wait.own_rate,
                "told_to_wait": wait.told_to_wait,
                "refusals": wait.refusals,
            }
            for wait in traffic.waits
        ],
    }


def _value(value: Value | date) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
