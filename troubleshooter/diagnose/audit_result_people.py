"""People of an audit as rows, streamed from the store: a few hundred in memory however many there are."""

# ruff: noqa: S608 - every name in a statement is written here, every value is bound

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from troubleshooter.diagnose.audit_result_types import PersonRow
from troubleshooter.diagnose.rule import State
from troubleshooter.diagnose.tenant import VERDICTS
from troubleshooter.evidence.store import Store
from troubleshooter.evidence.store_file import in_words

ACCEPTED = "accepted"
OPEN = "coalesce(a.expired, true)"
"""SQL over `source`: the finding counts, because nobody accepted it or the acceptance has expired."""
_AT_ONCE = 500
_SELECTED = {
    "id": "v.person_id",
    "user_principal_name": 'p."person".user_principal_name',
    "display_name": 'p."person".display_name',
    "mail": 'p."person".mail',
    "state": "v.state",
    "cause": "v.cause",
    "actor": "v.actor",
    "confidence": "v.confidence",
    "wait_from": "v.wait_from",
    "wait_until": "v.wait_until",
    "stuck_at": "v.stuck_at",
    "accepted": "CASE WHEN a.expired THEN 'expired' WHEN NOT a.expired THEN 'accepted' ELSE '' END",
    "department": 'p."directory".department',
    "usage_location": 'p."directory".usage_location',
    "user_type": 'p."directory".user_type',
    "exchange_plan": 'p."directory".exchange_plan',
    "on_premises_synced": 'p."directory".on_premises_synced',
    "mailbox_location": 'p."mailbox"."location"',
    "photo_present": 'p."photo".present',
    "sharepoint_picture": 'p."sharepoint".picture_url_state',
    "same_picture": 'p."comparison".sharepoint_matches_photo',
    "true_rules": "v.true_rules",
    "undecided": "v.undecided",
}
_NAMES = tuple(_SELECTED)
_COLUMNS = ", ".join(_SELECTED.values())
_BY_NAME = 'ORDER BY lower(p."person".display_name), v.person_id'


def has_table(store: Store, name: str) -> bool:
    """Whether the audit holds a table that only some runs write."""
    return bool(store.query("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [name]))


def source(store: Store) -> str:
    """SQL after FROM: people `p` with their verdict `v` and what was accepted of it `a`."""
    return f"{store.relation} p JOIN {verdicts(store)} ON v.person_id = p.person_id"


def verdicts(store: Store) -> str:
    """SQL after FROM: verdicts `v` and what was accepted of them `a`, without the evidence."""
    if has_table(store, ACCEPTED):
        # Somebody may have accepted the same finding twice; one that still holds is enough.
        found = (
            f"(SELECT x.person_id, bool_and(x.expired) AS expired FROM {ACCEPTED} x JOIN {VERDICTS} y "
            "ON x.person_id = y.person_id AND x.cause IN (y.cause, '') GROUP BY x.person_id)"
        )
    else:
        found = "(SELECT '' AS person_id, true AS expired WHERE false)"
    return f"{VERDICTS} v LEFT JOIN {found} a ON a.person_id = v.person_id"


def everybody(store: Store) -> Iterator[PersonRow]:
    """All people in the order of collection, accepted findings too."""
    return _rows(store, "", [])


def people_of(store: Store, state: State, cause: str) -> Iterator[PersonRow]:
    """People with this verdict whose finding counts, by name. `cause` is a rule id, '' for none."""
    return _rows(store, f"WHERE v.state = ? AND v.cause = ? AND {OPEN} {_BY_NAME}", [state.value, cause])


def first_people(store: Store, state: State, cause: str | None, most: int) -> tuple[PersonRow, ...]:
    """The first people of that list; with `cause` None, of everybody in that state."""
    wanted = [state.value] if cause is None else [state.value, cause]
    condition = "v.state = ?" if cause is None else "v.state = ? AND v.cause = ?"
    return tuple(_rows(store, f"WHERE {condition} AND {OPEN} {_BY_NAME} LIMIT {int(most)}", wanted))


def _rows(store: Store, rest: str, values: list[Any]) -> Iterator[PersonRow]:
    with store.lock, in_words(store.path):
        cursor = store.cursor()
        cursor.execute(f"SELECT {_COLUMNS} FROM {source(store)} {rest}", values)
    try:
        while rows := cursor.fetchmany(_AT_ONCE):
            yield from map(_row, rows)
    finally:
        cursor.close()


def _row(row: tuple[Any, ...]) -> PersonRow:
    named = dict(zip(_NAMES, row, strict=True))
    for name in ("id", "user_principal_name", "display_name", "mail"):
        named[name] = named[name] or ""
    for name in ("wait_from", "wait_until", "stuck_at"):
        named[name] = utc(named[name])
    for name in ("true_rules", "undecided"):
        named[name] = tuple(named[name] or ())
    return PersonRow(**{**named, "state": State(named["state"])})


def utc(moment: datetime | None) -> datetime | None:
    """A time as the database gives it, with its zone, which is always UTC."""
    return moment.replace(tzinfo=UTC) if moment is not None else None
