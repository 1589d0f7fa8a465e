"""The result as plain data, for `--json` and other programs. Ids and codes are the same in every language."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from troubleshooter.diagnose.result import SCHEMA, Diagnosis, Finding, Undecided
from troubleshooter.evidence import codec
from troubleshooter.evidence.record import Gap
from troubleshooter.render.language import Language
from troubleshooter.render.view import View


def result_dict(diagnosis: Diagnosis, language: Language) -> dict[str, Any]:
    """The diagnosis in the shape of the schema `photo-troubleshooter/result/1`; times are UTC in ISO 8601."""
    view = View(diagnosis, language)
    evidence = codec.dump(diagnosis.evidence)
    person = diagnosis.evidence.person
    return {
        "schema": SCHEMA,
        "language": language.code,
        "person": {
            "id": person.id,
            "user_principal_name": person.user_principal_name,
            "display_name": person.display_name,
            "mail": person.mail,
        },
        "verdict": _verdict(view),
        "findings": [_finding(finding, view) for finding in diagnosis.findings],
        "undecided": [_undecided(entry) for entry in diagnosis.undecided],
        "ruled_out": [rule.id for rule in diagnosis.ruled_out],
        "evidence": evidence,
        "gaps": [_gap(gap) for gap in diagnosis.evidence.gaps],
        "run": _run(diagnosis),
    }


def _verdict(view: View) -> dict[str, Any]:
    verdict = view.verdict
    return {
        "state": verdict.state.value,
        "cause": verdict.cause.id if verdict.cause else None,
        "actor": verdict.actor.value,
        "confidence": verdict.confidence.value,
        "headline": view.headline,
        "wait_from": _time(verdict.wait_from),
        "wait_until": _time(verdict.wait_until),
        "stuck_at": _time(verdict.stuck_at),
        "lowered_by": list(verdict.lowered_by),
    }


def _finding(finding: Finding, view: View) -> dict[str, Any]:
    rule = finding.rule
    return {
        "rule": rule.id,
        "role": finding.role.value,
        "state": rule.state.value,
        "actor": rule.actor.value,
        "confidence": rule.confidence.value,
        "title": view.words(rule).title,
        "explained_by": finding.explained_by or None,
    }


def _undecided(entry: Undecided) -> dict[str, Any]:
    return {
        "rule": entry.rule.id,
        "needs": list(entry.needs),
        "permissions": list(entry.permissions),
        "question": entry.question,
        "before_cause": entry.before_cause,
    }


def _gap(gap: Gap) -> dict[str, Any]:
    return {
        "fact": gap.fact,
        "reason": gap.reason.value,
        "detail": gap.detail,
        "permission": gap.permission,
        "source": gap.source or None,
    }


def _run(diagnosis: Diagnosis) -> dict[str, Any]:
    run = diagnosis.evidence.run
    return {
        "collected_at": _time(run.collected_at),
        "cloud": run.cloud,
        "tenant": run.tenant,
        "tenant_name": run.tenant_name,
        "signed_in_as": run.signed_in_as,
        "app_only": run.app_only,
        "permissions": list(run.permissions) if run.permissions is not None else None,
        "tool_version": run.tool_version,
        "rules_version": diagnosis.rules_version,
        "redaction": "none" if diagnosis.evidence.redaction is None else "redacted",
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat().replace("+00:00", "Z") if moment else None
