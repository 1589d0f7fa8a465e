"""The compiled SELECT over many tenants, and the same SELECT as Apache Spark reads it.

There is one statement, `tenant.verdict_sql`. sqlglot writes it in Spark's dialect; where the same word means
something else there, this module says it in other words, so that every row is equal:

- `len` counts the items of a list, `length` the characters of a text: Spark has two names for that.
- `lower` and `upper`: Spark follows Unicode's full case mapping (sharp s becomes SS), DuckDB maps sign by
  sign. DuckDB is asked for its whole mapping once, and Spark is given it.
- `list_contains`: for Spark a list with NULL in it may hold anything, and an empty one may hold the unknown.
- a mask's topmost bit: as a signed number it is negative.
- a time is TIMESTAMP_NTZ in Spark: its plain TIMESTAMP depends on the zone of the session.
"""

# ruff: noqa: S608 - written from checked trees and our own names, never from a rule's text

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, ClassVar

from sqlglot import exp, parse_one
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.dialects.spark import Spark
from sqlglot.errors import SqlglotError

from troubleshooter.diagnose.expression import Both, Either, Node, Not
from troubleshooter.diagnose.rulebook import Rulebook
from troubleshooter.diagnose.tenant import COLUMNS, NEEDED_COLUMNS, verdict_sql
from troubleshooter.errors import RunFailed

FLEET_COLUMNS = ("tenant VARCHAR", *COLUMNS)
"""Columns of the verdicts on many tenants; see `tenant.COLUMNS`."""
_TOP = 2**63
_FRAMES, _STACK = 20_000, 256 * 1024 * 1024


class NotPortable(RunFailed):
    """A rule that Spark cannot be given."""


def fleet_sql(rulebook: Rulebook, relation: str) -> str:
    """DuckDB's SELECT of FLEET_COLUMNS over a relation of evidence with a column `tenant`.

    The statement hands `person_id` through untouched, so the tenant travels in it.
    """
    names = [one.partition(" ")[0] for one in COLUMNS]
    kept = ", ".join(f'"{name}"' for name in NEEDED_COLUMNS if name != "person_id")
    evidence = (
        '(SELECT struct_pack(tenant := "tenant", id := "person_id") AS person_id, '
        f"{kept} FROM {relation}) AS evidence"
    )
    said = ", ".join(name for name in names if name != "person_id")
    return (
        f"SELECT person_id.tenant AS tenant, person_id.id AS person_id, {said} "
        f"FROM ({verdict_sql(rulebook, evidence)}) AS verdicts({', '.join(names)})"
    )


def spark_sql(statement: str) -> str:
    """A statement of ours, in DuckDB's dialect, as Spark reads it. Raises NotPortable."""

    def write() -> str:
        return parse_one(statement, dialect=_Ours).sql(dialect=_Theirs)

    try:
        return _with_room(write)
    except (SqlglotError, RecursionError) as problem:
        raise NotPortable(
            "The rules cannot be written for Apache Spark ({reason}).",
            "Leave --engine out: DuckDB evaluates the same rules over the same files.",
            reason=str(problem).splitlines()[0][:200],
        ) from problem


def depth(node: Node) -> int:
    """How deep `and`, `or` and `not` are nested in an expression."""
    match node:
        case Both(terms=terms) | Either(terms=terms):
            return 1 + max(map(depth, terms))
        case Not(term=term):
            return 1 + depth(term)
    return 0


def _with_room(work: Callable[[], str]) -> str:
    """sqlglot follows the nesting of what it reads, and the statement is nested deeper than any rule."""
    frames, stack = sys.getrecursionlimit(), threading.stack_size(_STACK)
    sys.setrecursionlimit(_FRAMES)
    try:
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(work).result()
    finally:
        sys.setrecursionlimit(frames)
        threading.stack_size(stack)


@cache
def _case(function: str) -> tuple[str, str]:
    """Every character that DuckDB's `lower` or `upper` changes, and what it becomes."""
    import duckdb

    rows = (
        duckdb.connect(":memory:")
        .execute(
            f"SELECT chr(code), {function}(chr(code)) "
            "FROM (SELECT CAST(unnest(range(1, 1114112)) AS INTEGER) AS code) "
            f"WHERE code NOT BETWEEN 55296 AND 57343 AND {function}(chr(code)) <> chr(code) ORDER BY code"
        )
        .fetchall()
    )
    return "".join(row[0] for row in rows), "".join(row[1] for row in rows)


class _Ours(DuckDB):
    class Parser(DuckDB.Parser):  # type: ignore[misc, valid-type]
        FUNCTIONS: ClassVar[dict[str, Any]] = {**DuckDB.Parser.FUNCTIONS, "LEN": exp.ArraySize.from_arg_list}


class _Theirs(Spark):
    class Generator(Spark.Generator):  # type: ignore[misc, valid-type]
        def lower_sql(self, node: Any) -> str:
            return self._mapped(node, "lower")

        def upper_sql(self, node: Any) -> str:
            return self._mapped(node, "upper")

        def _mapped(self, node: Any, function: str) -> str:
            before, after = (self.sql(exp.Literal.string(signs)) for signs in _case(function))
            return f"TRANSLATE({self.sql(node, 'this')}, {before}, {after})"

        def arraycontains_sql(self, node: Any) -> str:
            items, wanted = self.sql(node, "this"), self.sql(node, "expression")
            return (
                f"CASE WHEN SIZE({items}) = 0 THEN FALSE "
                f"WHEN {wanted} IS NOT NULL THEN EXISTS({items}, one -> one <=> {wanted}) END"
            )

        def literal_sql(self, node: Any) -> str:
            if not node.is_string and node.name == str(_TOP):
                return "SHIFTLEFT(1L, 63)"
            written: str = super().literal_sql(node)
            return written
