"""Writes a checked expression as DuckDB SQL. The rule's own text never reaches the database.

Arithmetic runs in DOUBLE, so that no sum of a user's rule can overflow and stop the query for everybody.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from troubleshooter.diagnose.expression import (
    Among,
    Arithmetic,
    Both,
    Call,
    Compare,
    Constant,
    Either,
    Fact,
    Node,
    Not,
)


def to_sql(node: Node) -> str:
    """The expression in DuckDB's dialect, fully parenthesised."""
    match node:
        case Fact(path=path):
            group, name = path.split(".")
            return f'"{group}"."{name}"'
        case Constant(value=value):
            return _constant(value)
        case Both(terms=terms):
            return "(" + " AND ".join(map(to_sql, terms)) + ")"
        case Either(terms=terms):
            return "(" + " OR ".join(map(to_sql, terms)) + ")"
        case Not(term=term):
            return f"(NOT {to_sql(term)})"
        case Compare(operator=sign, left=left, right=right):
            return f"({to_sql(left)} {sign} {to_sql(right)})"
        case Among(term=term, choices=choices):
            return f"({to_sql(term)} IN ({', '.join(map(to_sql, choices))}))"
        case Arithmetic(operator=sign, left=left, right=right, kind="number"):
            return f"(CAST({to_sql(left)} AS DOUBLE) {sign} CAST({to_sql(right)} AS DOUBLE))"
        case Arithmetic(operator=sign, left=left, right=right):
            return f"({to_sql(left)} {sign} {to_sql(right)})"
        case Call(name=name, arguments=arguments):
            return f"{name}({', '.join(map(to_sql, arguments))})"


def _constant(value: str | int | float | bool | datetime | timedelta) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return f"CAST({value!r} AS DOUBLE)"
        case str():
            return "'" + value.replace("'", "''") + "'"
        case datetime():
            return f"TIMESTAMP '{value.astimezone(UTC).replace(tzinfo=None).isoformat(sep=' ')}'"
        case timedelta():
            return f"INTERVAL '{value // timedelta(microseconds=1)} microseconds'"
