"""Causes of an audit with what their people have in common: facts, places, and since when. All in SQL."""

# ruff: noqa: S608 - every name in a statement is written here or comes from the schema, values are bound

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from troubleshooter.diagnose.audit_result_people import OPEN, first_people, source, utc, verdicts
from troubleshooter.diagnose.audit_result_types import AuditCause, Breakdown, Count, Outcome, Since, Span
from troubleshooter.diagnose.rule import Rule, State
from troubleshooter.diagnose.rulebook import Rulebook
from troubleshooter.evidence.record import Value
from troubleshooter.evidence.schema import FACTS
from troubleshooter.evidence.store import Store

FIRST = 50
"""People of each cause that a page shows."""
PLACES = (
    "directory.department",
    "directory.usage_location",
    "directory.exchange_plan",
    "directory.on_premises_synced",
)
_MOST_VALUES = 8
_MOST_MONTHS = 24
_WORTH_A_PLACE = 10  # fewer people than this say nothing about a place
# The fact that tells since when, by area of the rule, where its wait clock does not.
_SINCE = {
    "licence": "directory.exchange_plan_assigned_at",
    "sharepoint": "sharepoint.picture_timestamp",
    "search": "sharepoint.thumbnail_modified_at",
    "image": "photo.first_seen_at",
}


@dataclass(frozen=True, slots=True)
class _Head:
    cause: str
    people: int
    accepted: int
    lowered: int
    waits_until: datetime | None


def causes(store: Store, rulebook: Rulebook, run: Mapping[str, Value]) -> tuple[AuditCause, ...]:
    """Every rule that gives somebody's verdict, fine ones too, by people."""
    rules = {rule.id: rule for rule in rulebook.rules}
    heads = [head for head in _heads(store) if head.cause in rules]
    shown = {head.cause: rules[head.cause] for head in heads if rules[head.cause].state is not State.FINE}
    patterns = _patterns(store, shown)
    places = _places(store, {h.cause for h in heads if h.cause in shown and h.people >= _WORTH_A_PLACE})
    since = _since(store, shown)
    return tuple(_cause(store, head, rules[head.cause], patterns, places, since, run) for head in heads)


def outcomes(store: Store, rulebook: Rulebook) -> tuple[Outcome, ...]:
    """Every rule of problems and waits, in order: for how many it is the cause, and for how many open."""
    by_cause = {head.cause: head for head in _heads(store)}
    open_for = dict(
        store.query(
            f"SELECT rule, count(*) FROM (SELECT unnest(v.undecided) AS rule FROM {verdicts(store)} "
            f"WHERE {OPEN}) GROUP BY rule"
        )
    )
    none = _Head("", 0, 0, 0, None)
    return tuple(
        Outcome(
            rule,
            by_cause.get(rule.id, none).people,
            open_for.get(rule.id, 0),
            by_cause.get(rule.id, none).accepted,
        )
        for rule in rulebook.rules
        if rule.state in (State.PROBLEM, State.ON_ITS_WAY)
    )


def _heads(store: Store) -> list[_Head]:
    rows = store.query(
        f"SELECT v.cause, count(*) FILTER ({OPEN}), count(*) FILTER (NOT {OPEN}), "
        f"count(*) FILTER ({OPEN} AND len(v.lowered_by) > 0), max(v.wait_until) FILTER ({OPEN}) "
        f"FROM {verdicts(store)} WHERE v.cause <> '' GROUP BY v.cause ORDER BY 2 DESC, 1"
    )
    return [_Head(cause, people, taken, lowered, utc(until)) for cause, people, taken, lowered, until in rows]


def _cause(
    store: Store,
    head: _Head,
    rule: Rule,
    patterns: Mapping[tuple[str, str], Breakdown | Span],
    places: Mapping[str, list[Breakdown]],
    since: Mapping[str, Since],
    run: Mapping[str, Value],
) -> AuditCause:
    pattern = tuple(patterns[head.cause, path] for path in rule.needs if (head.cause, path) in patterns)
    told = [patterns[head.cause, path] for path in _told(rule) if (head.cause, path) in patterns]
    shown = rule.state is not State.FINE and head.people
    return AuditCause(
        rule=rule,
        state=rule.state,
        people=head.people,
        accepted=head.accepted,
        lowered=head.lowered,
        waits_until=head.waits_until,
        pattern=pattern,
        where=tuple(places.get(head.cause, ())),
        since=since.get(head.cause),
        first=first_people(store, rule.state, rule.id, FIRST) if shown else (),
        common=MappingProxyType({**run, **dict(_common((*pattern, *told)))}),
    )


def _told(rule: Rule) -> list[str]:
    """Facts that a rule's words name: what is the same for all its people is filled in."""
    steps = [text for step in (*rule.user_steps, *rule.admin_steps) for text in (step.text, step.command)]
    text = " ".join((rule.because, rule.headline, *steps))
    return [path for path, info in FACTS.items() if info.group not in ("person", "run") and path in text]


def _common(pattern: Iterable[Breakdown | Span]) -> Iterable[tuple[str, Value]]:
    for one in pattern:
        if isinstance(one, Span):
            if one.low == one.high and not one.unknown:
                yield one.fact, one.low
        elif len(one.counts) == 1 and not one.others:
            yield one.fact, one.counts[0].value


def _column(path: str) -> str:
    info = FACTS[path]
    return f'p."{info.group}"."{info.name}"'


def _patterns(store: Store, rules: Mapping[str, Rule]) -> dict[tuple[str, str], Breakdown | Span]:
    """What the facts that a rule reads are for its people."""
    readers: dict[str, list[str]] = {}
    for cause, rule in rules.items():
        for path in dict.fromkeys((*rule.needs, *_told(rule))):
            if FACTS[path].group != "run":
                readers.setdefault(path, []).append(cause)
    found: dict[tuple[str, str], Breakdown | Span] = {}
    for path, wanted in readers.items():
        ranged = FACTS[path].kind in ("int", "float", "datetime")
        each = _spans(store, path, wanted) if ranged else _breakdowns(store, path, wanted)
        found |= {(cause, path): one for cause, one in each.items()}
    return found


def _spans(store: Store, path: str, wanted: list[str]) -> dict[str, Breakdown | Span]:
    column = _column(path)
    rows = store.query(
        f"SELECT v.cause, min({column}), max({column}), count(*) - count({column}) FROM {source(store)} "
        f"WHERE {OPEN} AND v.cause IN (SELECT unnest(?)) GROUP BY v.cause",
        [wanted],
    )
    return {cause: Span(path, _value(low), _value(high), unknown) for cause, low, high, unknown in rows}


def _breakdowns(store: Store, path: str, wanted: list[str]) -> dict[str, Breakdown | Span]:
    rows = store.query(
        f"SELECT v.cause, {_column(path)} AS value, count(*) AS people, "
        "sum(count(*)) OVER (PARTITION BY v.cause) AS everybody "
        f"FROM {source(store)} WHERE {OPEN} AND v.cause IN (SELECT unnest(?)) GROUP BY v.cause, value "
        f"QUALIFY row_number() OVER (PARTITION BY v.cause ORDER BY value IS NULL DESC, people DESC, value) "
        f"<= {_MOST_VALUES + 1} ORDER BY v.cause, people DESC, value",
        [wanted],
    )
    grouped: dict[str, list[tuple[Any, ...]]] = {}
    for cause, *rest in rows:
        grouped.setdefault(cause, []).append(tuple(rest))
    return {
        cause: Breakdown(
            path,
            tuple(Count(_value(value), people) for value, people, _ in counts),
            int(counts[0][2]) - sum(people for _, people, _ in counts),
        )
        for cause, counts in grouped.items()
    }


def _places(store: Store, wanted: set[str]) -> dict[str, list[Breakdown]]:
    """Where the people of each cause are; a fact that is the same for the whole tenant says nothing."""
    found: dict[str, list[Breakdown]] = {}
    for path in PLACES:
        column = _column(path)
        kinds = store.query(f"SELECT count(DISTINCT {column}) FROM {store.relation} p")[0][0]
        if not wanted or kinds < 2:
            continue
        rows = store.query(
            f"WITH counted AS (SELECT v.cause, {column} AS value, {OPEN} AS open, count(*) AS people "
            f"FROM {source(store)} GROUP BY ALL), "
            "everywhere AS (SELECT value, sum(people) AS people FROM counted GROUP BY value), "
            "here AS (SELECT cause, value, people FROM counted WHERE open) "
            "SELECT here.cause, here.value, here.people, everywhere.people, "
            "sum(here.people) OVER (PARTITION BY here.cause) FROM here JOIN everywhere "
            "ON here.value IS NOT DISTINCT FROM everywhere.value WHERE here.cause IN (SELECT unnest(?)) "
            "QUALIFY row_number() OVER (PARTITION BY here.cause ORDER BY here.value IS NULL DESC, "
            f"here.people DESC, here.value) <= {_MOST_VALUES + 1} "
            "ORDER BY here.cause, here.people DESC, here.value",
            [sorted(wanted)],
        )
        grouped: dict[str, list[tuple[Any, ...]]] = {}
        for cause, *rest in rows:
            grouped.setdefault(cause, []).append(tuple(rest))
        for cause, counts in grouped.items():
            listed = tuple(Count(_value(value), people, int(of)) for value, people, of, _ in counts)
            others = int(counts[0][3]) - sum(one.people for one in listed)
            found.setdefault(cause, []).append(Breakdown(path, listed, others))
    return found


def _since(store: Store, rules: Mapping[str, Rule]) -> dict[str, Since]:
    """Since when, by month. A clock that starts with the run itself tells nothing."""
    by_fact: dict[str, list[str]] = {}
    for cause, rule in rules.items():
        path = _since_fact(rule)
        if path:
            by_fact.setdefault(path, []).append(cause)
    found: dict[str, Since] = {}
    for path, wanted in by_fact.items():
        rows = store.query(
            f"SELECT v.cause, CAST(date_trunc('month', {_column(path)}) AS DATE) AS month, count(*) "
            f"FROM {source(store)} WHERE {OPEN} AND v.cause IN (SELECT unnest(?)) "
            "GROUP BY v.cause, month ORDER BY v.cause, month",
            [wanted],
        )
        months: dict[str, list[tuple[date, int]]] = {}
        unknown: dict[str, int] = {}
        for cause, month, people in rows:
            if month is None:
                unknown[cause] = people
            else:
                months.setdefault(cause, []).append((month, people))
        for cause, listed in months.items():
            kept = tuple(listed[-_MOST_MONTHS:])
            before = sum(people for _, people in listed[:-_MOST_MONTHS])
            found[cause] = Since(path, kept, before, unknown.get(cause, 0))
    return found


def _since_fact(rule: Rule) -> str:
    clock = next((path for path in rule.wait_from if FACTS[path].group not in ("run", "ticket")), "")
    return clock or _SINCE.get(rule.area, "")


def _value(value: Any) -> Value:
    if isinstance(value, datetime):
        return utc(value)
    result: Value = tuple(value) if isinstance(value, list) else value
    return result
