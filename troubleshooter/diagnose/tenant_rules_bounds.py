"""Expressions over facts that are known between two bounds only, rewritten into ones the engine can decide.

`tenant.blank_people >= 20` is true when the lower bound reaches 20, false when the upper one does not, and
otherwise undecided. The plain grammar can say that with a fact that is always unknown:
`lower >= 20 or (upper >= 20 and open)`. Narrowing bounds can decide such an expression, and never reverse it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from troubleshooter.diagnose.complaint import ExpressionRefused
from troubleshooter.diagnose.engine import Engine, Truth
from troubleshooter.diagnose.expression import (
    Both,
    Compare,
    Constant,
    Either,
    Fact,
    Node,
    Not,
    decide,
    facts_of,
)
from troubleshooter.diagnose.sql import to_sql
from troubleshooter.diagnose.tenant_rules_facts import Known
from troubleshooter.evidence.aggregates import GROUP, TENANT_FACTS
from troubleshooter.evidence.ddl import SQL_TYPES
from troubleshooter.evidence.schema import FACTS, FactInfo

RUN_FACTS: Mapping[str, FactInfo] = {
    path: info
    for path, info in FACTS.items()
    # How samples came out speaks for the tenant only when the whole of it was looked at: tenant.pages_*.
    if info.group == "run" and not path.endswith(("_sampled", "_differing", "_default"))
}
WORDS: Mapping[str, FactInfo] = {**TENANT_FACTS, **RUN_FACTS}
"""What the expression and the words of a tenant rule may name."""

_MOST, _OPEN = "most", "open"  # groups of the relation beside `tenant`: upper bounds, and what is never known
_NO_LIMIT = 10.0**15


def bounded(node: Node) -> Node:
    """The expression over lower and upper bounds. Raises ExpressionRefused for what bounds cannot decide."""
    match node:
        case Both(terms=terms):
            return Both(tuple(map(bounded, terms)))
        case Either(terms=terms):
            return Either(tuple(map(bounded, terms)))
        case Not(term=term):
            return Not(bounded(term))
        case Compare(operator=sign, left=left, right=right) if _bounded(left) or _bounded(right):
            return _compared(sign, _side(left), _side(right))
    found = next(filter(_is_bounded, facts_of(node)), None)
    if found is not None:
        raise _refused(found)
    return node


def _is_bounded(path: str) -> bool:
    return path in TENANT_FACTS and TENANT_FACTS[path].bounded


def _bounded(node: Node) -> bool:
    return any(map(_is_bounded, facts_of(node)))


def _refused(path: str) -> ExpressionRefused:
    return ExpressionRefused(
        "{key} calculates with {fact}, of which only bounds may be known.",
        "Compare it as it is with a number or with another fact, such as {fact} >= 20.",
        fact=path,
    )


def _side(node: Node) -> Node:
    if isinstance(node, Fact | Constant):
        return node
    raise _refused(next(filter(_is_bounded, facts_of(node)), "the fact"))


def _compared(sign: str, left: Node, right: Node) -> Node:
    match sign:
        case ">=" | ">":
            return _at_least(sign, left, right)
        case "<=":
            return _at_least(">=", right, left)
        case "<":
            return _at_least(">", right, left)
        case "<>":
            return Not(_compared("=", left, right))
    return Both((_at_least(">=", left, right), _at_least(">=", right, left)))


def _at_least(sign: Any, left: Node, right: Node) -> Node:
    """Sure when the least of the left reaches the most of the right; possible the other way round."""
    sure = Compare(sign, left, _most(right))
    possible = Compare(sign, _most(left), right)
    unknown = tuple(
        Fact(_moved(node.path, _OPEN), "bool")
        for node in (left, right)
        if isinstance(node, Fact) and _is_bounded(node.path)
    )
    return Either((sure, Both((possible, *unknown))))


def _most(node: Node) -> Node:
    if isinstance(node, Fact) and _is_bounded(node.path):
        return Fact(_moved(node.path, _MOST), node.kind)
    return node


def _moved(path: str, group: str) -> str:
    return f"{group}.{path.partition('.')[2]}"


def row_of(facts: Mapping[str, Known]) -> dict[str, Any]:
    """Facts by path with the upper bounds beside them, as the rewritten expressions read them."""
    row: dict[str, Any] = {}
    for path, known in facts.items():
        row[path] = known.value
        if _is_bounded(path):
            upper = known.at_most if known.at_most is not None else _NO_LIMIT if known.why else known.value
            row[_moved(path, _MOST)] = None if known.value is None else upper
    return row


def answers(expressions: Sequence[Node], rows: Sequence[Mapping[str, Any]]) -> list[Truth]:
    """One answer per rewritten expression for each row."""
    if not expressions or not rows:
        return [() for _ in rows]
    paths = sorted({path for node in expressions for path in facts_of(node)})
    columns = ", ".join(map(to_sql, expressions))
    sql = f"SELECT {columns} FROM {relation(paths)}"  # noqa: S608 - written from checked trees
    data = [json_row(paths, row) for row in rows]
    return [tuple(found) for found in Engine([]).cursor().execute(sql, [packed(data)]).fetchall()]


def relation(paths: Sequence[str]) -> str:
    """A relation of one bound value: a JSON list of rows with these facts."""
    structure: dict[str, dict[str, Any]] = {}
    for path in paths:
        group, name = path.split(".")
        kind = "BOOLEAN" if group == _OPEN else SQL_TYPES[WORDS[_plain(path)].kind]
        # Bounds of a share are no whole numbers, and one that is absent is a very large number.
        kind = "DOUBLE" if kind == "BIGINT" and group in (GROUP, _MOST) else kind
        structure.setdefault(group, {})[name] = ["VARCHAR"] if kind == "VARCHAR[]" else kind
    return f"(SELECT unnest(from_json(?, '{packed([structure])}'), max_depth := 2))"


def json_row(paths: Sequence[str], row: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The facts of a row that a relation of these paths holds."""
    data: dict[str, dict[str, Any]] = {}
    for path in paths:
        group, name = path.split(".")
        data.setdefault(group, {})[name] = _written(row.get(path))
    return data


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat()
    return list(value) if isinstance(value, tuple) else value


def packed(data: object) -> str:
    """Data as a relation of facts takes it."""
    return json.dumps(data, allow_nan=False)


def open_facts(node: Node, row: Mapping[str, Any]) -> tuple[str, ...]:
    """Paths of the facts that keep a rewritten expression undecided; none when it is decided."""
    return tuple(sorted({_plain(path) for path in decide(node, row.get).unknown}))


def _plain(path: str) -> str:
    """The fact that an upper bound or an open mark belongs to."""
    return _moved(path, GROUP) if path.partition(".")[0] in (_MOST, _OPEN) else path
