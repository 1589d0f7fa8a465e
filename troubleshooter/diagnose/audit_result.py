"""The result of an audit, built from its store. Everything is counted by the database; memory stays flat."""

# ruff: noqa: S608 - every name in a statement is written here, every value is bound

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from troubleshooter.diagnose.audit_result_causes import FIRST, causes, outcomes
from troubleshooter.diagnose.audit_result_gaps import obstacles
from troubleshooter.diagnose.audit_result_people import (
    ACCEPTED,
    OPEN,
    first_people,
    has_table,
    utc,
    verdicts,
)
from troubleshooter.diagnose.audit_result_types import (
    Acceptance,
    Again,
    AuditResult,
    Changes,
    Move,
    Sample,
    TenantFinding,
    Totals,
    Traffic,
    Wait,
)
from troubleshooter.diagnose.rule import Rule, State
from troubleshooter.diagnose.rulebook import Rulebook
from troubleshooter.diagnose.tenant import VERDICTS
from troubleshooter.diagnose.tenant_again import AGAIN
from troubleshooter.evidence.record import Value
from troubleshooter.evidence.store import Store

_MOST_ROWS = 200  # acceptances and moves; the complete lists are files beside the report


def audit_result(store: Store, rulebook: Rulebook, *, tenant_rules: Iterable[Rule] = ()) -> AuditResult:
    """The result of the audit in `store`, whose table of verdicts must be there.

    `tenant_rules` give the findings about the whole tenant their words. Raises StoreError.
    """
    run = store.run_facts
    totals = _totals(store)
    found = causes(store, rulebook, run)
    return AuditResult(
        tenant=str(run.get("run.tenant") or ""),
        tenant_name=str(run.get("run.tenant_name") or ""),
        started_at=_time(store.get("started_at")),
        finished_at=store.finished_at,
        resumed_at=tuple(moment for text in store.get("resumed_at") or () if (moment := _time(text))),
        tenant_size=store.get("tenant_size"),
        totals=totals,
        causes=tuple(cause for cause in found if cause.state is not State.FINE),
        fine_by=tuple(cause for cause in found if cause.state is State.FINE and cause.people),
        outcomes=outcomes(store, rulebook),
        undecided_first=first_people(store, State.UNDECIDED, None, FIRST),
        obstacles=obstacles(store, rulebook),
        accepted=_accepted(store),
        changes=_changes(store),
        tenant_findings=_tenant_findings(store, {rule.id: rule for rule in tenant_rules}),
        not_looked_at=_not_looked_at(store),
        incomplete=str(store.get("incomplete") or ""),
        traffic=_traffic(store.get("traffic")),
        sample=_sample(store.get("sample")),
        settings=MappingProxyType(dict(store.get("settings") or {})),
        run=run,
        rules_version=str(store.get("rules_version") or rulebook.version),
        again=_again(store.get(AGAIN)),
    )


def _again(kept: Mapping[str, Any] | None) -> Again | None:
    when = _time(str(kept.get("at", ""))) if kept else None
    if not kept or when is None:
        return None
    return Again(when, str(kept.get("rules") or ""), int(kept.get("changed") or 0))


def _totals(store: Store) -> Totals:
    rows = store.query(
        f"SELECT CASE WHEN {OPEN} THEN v.state ELSE 'accepted' END, count(*) "
        f"FROM {verdicts(store)} GROUP BY 1"
    )
    return Totals(**{state: int(people) for state, people in rows})


def _accepted(store: Store) -> tuple[Acceptance, ...]:
    if not has_table(store, ACCEPTED):
        return ()
    rows = store.query(
        "SELECT x.cause, x.reason, x.author, x.until, x.expired, count(DISTINCT x.person_id) "
        f"FROM {ACCEPTED} x JOIN {VERDICTS} v ON x.person_id = v.person_id AND x.cause IN (v.cause, '') "
        f"GROUP BY ALL ORDER BY x.expired DESC, 6 DESC, x.cause, x.reason LIMIT {_MOST_ROWS}"
    )
    return tuple(
        Acceptance(cause, reason or "", author or "", until, bool(expired), people)
        for cause, reason, author, until, expired, people in rows
    )


def _changes(store: Store) -> Changes | None:
    if not has_table(store, "changes"):
        return None
    rows = store.query(
        "SELECT class, old_state, old_cause, new_state, new_cause, count(*) FROM changes GROUP BY ALL "
        "ORDER BY count(*) DESC, class, old_cause, new_cause"
    )
    photos = store.query("SELECT count(*) FROM changes WHERE changed_photo")[0][0]
    moves = tuple(
        Move(kind, old_state or "", old_cause or "", new_state or "", new_cause or "", people)
        for kind, old_state, old_cause, new_state, new_cause, people in rows
    )
    return Changes(_time(store.get("compared_with")), moves, int(photos))


def _not_looked_at(store: Store) -> Mapping[str, int]:
    """Who was left out, by reason; counted anew while the audit has not ended."""
    counted = dict(store.query("SELECT reason, count(*) FROM left_out GROUP BY reason"))
    return _counts({**counted, **(store.get("not_looked_at") or {})})


def _tenant_findings(store: Store, rules: Mapping[str, Rule]) -> tuple[TenantFinding, ...]:
    """Findings in the order they were written: those that account for most people first."""
    if not has_table(store, "tenant_findings"):
        return ()
    people = {}
    if has_table(store, "tenant_explained"):
        counted = "SELECT rule, count(DISTINCT person_id) FROM tenant_explained GROUP BY rule"
        people = dict(store.query(counted))
    rows = store.query("SELECT rule, verdict, CAST(facts AS VARCHAR) FROM tenant_findings ORDER BY rowid")
    return tuple(
        _finding(rule, verdict, json.loads(facts or "null") or {}, rules.get(rule), people.get(rule, 0))
        for rule, verdict, facts in rows
    )


def _finding(
    rule_id: str, verdict: bool | None, kept: Mapping[str, Any], rule: Rule | None, people: int
) -> TenantFinding:
    facts: dict[str, Value] = {}
    at_most: dict[str, Value] = {}
    for path, value in kept.items():
        if isinstance(value, dict):
            facts[path] = value.get("at_least")
            if "at_most" in value:
                at_most[path] = value["at_most"]
        else:
            facts[path] = tuple(value) if isinstance(value, list) else value
    return TenantFinding(rule_id, verdict, MappingProxyType(facts), MappingProxyType(at_most), people, rule)


def _traffic(kept: Mapping[str, Any] | None) -> Traffic | None:
    if not kept:
        return None
    return Traffic(
        requests=int(kept.get("requests") or 0),
        items=int(kept.get("items") or 0),
        throttled=int(kept.get("throttled") or 0),
        seconds=float(kept.get("seconds") or 0),
        by_kind=_counts(kept.get("by_kind")),
        waits=tuple(
            Wait(
                str(wait.get("bucket", "")),
                float(wait.get("own_rate") or 0),
                float(wait.get("told_to_wait") or 0),
                int(wait.get("refusals") or 0),
            )
            for wait in kept.get("waits") or ()
        ),
    )


def _sample(kept: Mapping[str, Any] | None) -> Sample | None:
    if not kept or not any(kept.values()):
        return None
    return Sample(*(int(kept.get(name) or 0) for name in ("profiles", "differing", "pages", "default")))


def _counts(kept: Mapping[str, Any] | None) -> Mapping[str, int]:
    return MappingProxyType({str(name): int(number) for name, number in (kept or {}).items() if number})


def _time(text: str | None) -> datetime | None:
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return utc(moment) if moment.tzinfo is None else moment.astimezone(UTC)
