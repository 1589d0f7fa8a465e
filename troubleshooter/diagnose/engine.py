"""Evaluates all rules in one SELECT over a relation of evidence. One person is a relation with one row.

The database is in memory, may not reach files or network, and has its settings locked
(https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from troubleshooter.diagnose.expression import Node, facts_of
from troubleshooter.diagnose.sql import to_sql
from troubleshooter.evidence.ddl import SQL_TYPES
from troubleshooter.evidence.record import Evidence, Value
from troubleshooter.evidence.schema import FACTS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BATCH = 500
Truth = tuple[bool | None, ...]
"""One answer per rule, in the rulebook's order: true, false, or None for "could not decide"."""

_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "lock_configuration": "true",
    "threads": "1",
}


def select(expressions: Sequence[Node], relation: str) -> str:
    """The one SELECT: a boolean column `r0`, `r1`, ... per expression over a relation of evidence."""
    columns = ", ".join(f"{to_sql(node)} AS r{index}" for index, node in enumerate(expressions))
    return f"SELECT {columns} FROM {relation}"  # noqa: S608 - written from checked trees, never from a rule's text


@cache
def _database() -> DuckDBPyConnection:
    """The one database of this process: it stores nothing, and opening another would cost 30 ms each time."""
    import duckdb

    return duckdb.connect(":memory:", config=_SETTINGS)


class Engine:
    """A compiled set of expressions. May be used from several threads."""

    def __init__(self, expressions: Sequence[Node]) -> None:
        self._count = len(expressions)
        needed = {path for node in expressions for path in facts_of(node)}
        self._facts = [info for path, info in FACTS.items() if path in needed]
        self._select = select(expressions, self._relation())

    def evaluate(self, evidences: Iterable[Evidence]) -> Iterator[Truth]:
        """One row of answers per person, in order. Reads `BATCH` people at a time, so memory stays flat."""
        people = iter(evidences)
        while batch := list(islice(people, BATCH)):
            yield from self.evaluate_batch(batch)

    def evaluate_batch(self, evidences: Sequence[Evidence]) -> list[Truth]:
        """The same for people who are already in memory."""
        if not self._count:
            return [()] * len(evidences)
        rows = json.dumps([self._row(evidence) for evidence in evidences], allow_nan=False)
        return [tuple(row) for row in self.cursor().execute(self._select, [rows]).fetchall()]

    def cursor(self) -> DuckDBPyConnection:
        """A connection to the locked database, for one thread."""
        return _database().cursor()

    def _row(self, evidence: Evidence) -> dict[str, dict[str, object]]:
        row: dict[str, dict[str, object]] = {}
        for info in self._facts:
            row.setdefault(info.group, {})[info.name] = _plain(evidence.value(info.path))
        return row

    def _relation(self) -> str:
        structure: dict[str, dict[str, Any]] = {}
        for info in self._facts:
            kind = SQL_TYPES[info.kind]
            structure.setdefault(info.group, {})[info.name] = ["VARCHAR"] if kind == "VARCHAR[]" else kind
        return f"(SELECT unnest(from_json(?, '{json.dumps([structure])}'), max_depth := 2))"


def _plain(value: Value) -> object:
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value
        return moment.replace(tzinfo=None).isoformat()
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, tuple):
        return [_clean(item) for item in value]
    return value


def _clean(text: str) -> str:
    """Lone surrogates, which a hostile answer can hold, are not text for any database."""
    return text.encode("utf-8", "replace").decode("utf-8")
