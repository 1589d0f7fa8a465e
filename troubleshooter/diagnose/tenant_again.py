"""Verdicts that are given anew on stored evidence: how many of them differ from those they replace."""

# ruff: noqa: S608 - every name in a statement is written here

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from troubleshooter.diagnose.tenant import VERDICTS
from troubleshooter.evidence.store import Store

AGAIN = "given_again"
"""Where the store keeps it: when, the version of the audit's own rules, and how many verdicts differ."""
_FIRST = "verdicts_first"
"""The verdicts of the audit itself, kept from the first time that others take their place."""


@contextmanager
def given_first(store: Store) -> Iterator[None]:
    """These verdicts are on what was just collected."""
    yield
    with store.transaction():
        store.connection.execute(f"DROP TABLE IF EXISTS {_FIRST}")
        store.put(AGAIN, None)


@contextmanager
def given_anew(store: Store) -> Iterator[None]:
    """Compare the verdicts that are written inside with those of the audit itself."""
    with store.transaction():
        store.connection.execute(
            f"CREATE TABLE IF NOT EXISTS {_FIRST} AS SELECT person_id, state, cause FROM {VERDICTS}"
        )
    rules = (store.get(AGAIN) or {}).get("rules") or store.get("rules_version", "")
    yield
    with store.transaction():
        changed = store.query(
            f"SELECT count(*) FROM {VERDICTS} v JOIN {_FIRST} f ON v.person_id = f.person_id "
            "WHERE v.state <> f.state OR v.cause <> f.cause"
        )[0][0]
        store.put(AGAIN, {"at": datetime.now(UTC).isoformat(), "rules": rules, "changed": int(changed)})
