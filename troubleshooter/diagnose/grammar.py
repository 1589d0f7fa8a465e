"""Reads a rule's `when`: exactly one boolean expression over known facts, or a refusal with a remedy.

sqlglot parses; a whitelist of node types decides. Everything that turns "unknown" into an answer (IS NULL,
COALESCE, IFNULL, CASE, IS DISTINCT FROM) is refused, so that what is left is monotone: learning a fact can
decide an expression, and can never reverse it (docs/decisions/0001-unknown-is-null.md).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from troubleshooter.diagnose.complaint import ExpressionRefused, nearest
from troubleshooter.diagnose.expression import (
    FUNCTIONS,
    KINDS,
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
    Operator,
    facts_of,
)
from troubleshooter.diagnose.grammar_kinds import Table, arithmetic, compare, mismatch, name, page_of
from troubleshooter.evidence.schema import FACTS

MAX_LENGTH = 4000
MAX_NESTING = 60
_UNITS = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600, "DAY": 86400, "WEEK": 604800}
_LONGEST_SPAN = 36500 * 86400
_LARGEST_NUMBER = 10**15

_COMPARISONS: dict[type[exp.Expression], Operator] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_ARITHMETIC: dict[type[exp.Expression], str] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.Mod: "%",
}
_FUNCTION_NODES = {
    "Lower": "lower",
    "Upper": "upper",
    "Length": "length",
    "StartsWith": "starts_with",
    "EndsWith": "ends_with",
    "Contains": "contains",
    "Abs": "abs",
    "ArrayContains": "list_contains",
    "ArraySize": "len",
}
_UNKNOWN_TO_ANSWER = {"Is", "Coalesce", "NullSafeEQ", "NullSafeNEQ", "Case", "If", "Nullif", "Null"}
_GRAMMAR = (
    "Use and, or, not, comparisons, in, between, + - * / %, intervals, and the functions {functions}; "
    "docs/facts.md lists every fact."
)


def read_expression(text: str, facts: Table = FACTS) -> Node:
    """The checked tree of one boolean expression over facts of one table. Raises ExpressionRefused."""
    _check_tokens(text)
    try:
        statements = sqlglot.parse(text, dialect="duckdb")
        if len(statements) != 1 or not isinstance(statements[0], exp.Expression):
            raise ExpressionRefused("{key} is not one expression.", "Write exactly one expression.")
        node = _read(statements[0], facts)
    except SqlglotError as error:
        place = (getattr(error, "errors", None) or [{}])[0]
        raise ExpressionRefused(
            "{key} cannot be read near {near!r}.",
            _GRAMMAR,
            line=max(int(place.get("line") or 1) - 1, 0),
            near=str(place.get("highlight") or text[:20]),
            functions=", ".join(FUNCTIONS),
        ) from error
    except RecursionError as error:
        raise _too_deep() from error
    if node.kind != "bool":
        raise ExpressionRefused(
            "{key} is not a yes-or-no expression but gives a {kind}.",
            "Compare it with something, such as photo.width < 96.",
            kind=node.kind,
        )
    if next(facts_of(node), None) is None:
        raise ExpressionRefused(
            "{key} reads no fact, so it says the same of everybody.",
            "Name at least one fact; docs/facts.md lists every fact.",
        )
    return node


def _too_deep() -> ExpressionRefused:
    return ExpressionRefused(
        "{key} is nested more than {limit} levels deep.",
        "Split the rule into several rules.",
        limit=MAX_NESTING,
    )


def _check_tokens(text: str) -> None:
    if len(text) > MAX_LENGTH:
        raise ExpressionRefused(
            "{key} is longer than {limit} characters.", "Split the rule into several rules.", limit=MAX_LENGTH
        )
    try:
        tokens = sqlglot.tokenize(text, dialect="duckdb")
    except SqlglotError as error:
        raise ExpressionRefused(
            "{key} holds a text or a character that cannot be read.",
            "Close every quotation mark, and write texts in single quotation marks.",
        ) from error
    depth = 0
    for token in tokens:
        line = max(token.line - 1, 0)
        if token.comments:
            raise ExpressionRefused(
                "{key} holds a comment.", "Put it on a line of its own in the file, after a #.", line=line
            )
        if token.text == ";":
            raise ExpressionRefused(
                "{key} holds a semicolon.", "Write exactly one expression without one.", line=line
            )
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token.text, 0)
        if depth > MAX_NESTING:
            raise _too_deep()


def _read(node: exp.Expression, facts: Table) -> Node:
    for kind, reader in _READERS.items():
        if isinstance(node, kind):
            return reader(node, facts)
    if type(node) in _COMPARISONS:
        left, right = _read(node.this, facts), _read(node.expression, facts)
        return _without_literal(compare(_COMPARISONS[type(node)], left, right, facts))
    if type(node) in _ARITHMETIC:
        return arithmetic(_ARITHMETIC[type(node)], _read(node.this, facts), _read(node.expression, facts))
    if type(node).__name__ in _UNKNOWN_TO_ANSWER:
        raise _answer_from_unknown(node)
    if isinstance(node, exp.Func):
        return _call(node, facts)
    raise _refuse(node)


def _without_literal(node: Node) -> Node:
    """`x = true` is `x`, and `x = false` is `not x`: what could still become so is seen only inside x."""
    if not isinstance(node, Compare) or node.operator not in ("=", "<>"):
        return node
    for side, other in ((node.left, node.right), (node.right, node.left)):
        if isinstance(other, Constant) and isinstance(other.value, bool) and side.kind == "bool":
            return side if other.value is (node.operator == "=") else Not(side)
    return node


def _answer_from_unknown(node: exp.Expression) -> ExpressionRefused:
    return ExpressionRefused(
        "{key} turns unknown into an answer: {sql}.",
        "Leave it out: an unknown fact makes a rule undecided by itself, and a fact that is known to be "
        "empty has its own value, such as '' or 'empty'.",
        sql=_short(node),
    )


def _refuse(node: exp.Expression) -> ExpressionRefused:
    return ExpressionRefused(
        "{key} uses {sql}, which a rule may not.", _GRAMMAR, sql=_short(node), functions=", ".join(FUNCTIONS)
    )


def _short(node: exp.Expression) -> str:
    text = node.sql(dialect="duckdb")
    return text if len(text) <= 60 else text[:57] + "..."


def _fact(node: Any, facts: Table) -> Node:
    path = ".".join(part.name for part in node.parts)
    if path not in facts:
        near = nearest(path, facts)
        raise ExpressionRefused(
            "{key} names the unknown fact {fact}.",
            "Did you mean {nearest}? {page} lists every fact."
            if near
            else "{page} lists every fact; texts stand in single quotation marks.",
            fact=path,
            nearest=near,
            page=page_of(facts),
        )
    return Fact(path, KINDS[facts[path].kind])


def _literal(node: Any) -> Node:
    if node.is_string:
        return Constant(node.name, "text")
    value = float(node.name) if any(sign in node.name.lower() for sign in ".e") else int(node.name)
    if abs(value) > _LARGEST_NUMBER:
        raise ExpressionRefused(
            "{key} holds the number {number}, which is too large.",
            "Use a number below 10^15.",
            number=node.name,
        )
    return Constant(value, "number")


def _moment(node: Any) -> Node:
    kind = node.to.this.name if isinstance(node.to, exp.DataType) else ""
    if not isinstance(node.this, exp.Literal) or not (kind == "DATE" or kind.startswith("TIMESTAMP")):
        raise ExpressionRefused(
            "{key} converts a value: {sql}.",
            "Compare facts with values of their own kind; a time is written timestamp '2026-11-22 12:00:00'.",
            sql=_short(node),
        )
    try:
        found = datetime.fromisoformat(node.this.name)
    except ValueError as error:
        raise ExpressionRefused(
            "{key} holds the unreadable time {time}.",
            "Write timestamp '2026-11-22 12:00:00'; it is UTC.",
            time=node.this.name,
        ) from error
    return Constant(found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC), "moment")


def _interval(node: Any) -> Node:
    unit = (node.args.get("unit").name if node.args.get("unit") else "").upper().removesuffix("S")
    amount = node.this.name if isinstance(node.this, exp.Literal) else ""
    if unit not in _UNITS or not amount.isdigit() or int(amount) * _UNITS[unit] > _LONGEST_SPAN:
        raise ExpressionRefused(
            "{key} holds the unreadable interval {sql}.",
            "Write interval 24 hours; units are seconds, minutes, hours, days and weeks, up to 100 years.",
            sql=_short(node),
        )
    return Constant(timedelta(seconds=int(amount) * _UNITS[unit]), "span")


def _negated(node: Any, facts: Table) -> Node:
    inner = _read(node.this, facts)
    if inner.kind != "number":
        raise mismatch("-", "number", inner)
    if isinstance(inner, Constant) and isinstance(inner.value, int | float):
        return Constant(-inner.value, "number")
    return Arithmetic("-", Constant(0, "number"), inner, "number")


def _truth(node: exp.Expression, word: str, facts: Table) -> Node:
    found = _read(node, facts)
    if found.kind != "bool":
        raise mismatch(word, "bool", found)
    return found


def _both(node: Any, facts: Table) -> Node:
    return Both(tuple(_truth(part, "and", facts) for part in node.flatten()))


def _either(node: Any, facts: Table) -> Node:
    return Either(tuple(_truth(part, "or", facts) for part in node.flatten()))


def _among(node: Any, facts: Table) -> Node:
    extra = [key for key, value in node.args.items() if value and key not in ("this", "expressions")]
    term = _read(node.this, facts)
    choices = [_read(choice, facts) for choice in node.expressions]
    constants = tuple(choice for choice in choices if isinstance(choice, Constant))
    if extra or not choices or len(constants) != len(choices):
        raise ExpressionRefused(
            "{key} looks for {fact} in something that is not a list of values.",
            "Write in ('one', 'two') with literal values.",
            fact=name(term),
        )
    for choice in constants:
        compare("=", term, choice, facts)
    return Among(term, constants)


def _between(node: Any, facts: Table) -> Node:
    if node.args.get("symmetric"):
        raise _refuse(node)
    term = _read(node.this, facts)
    low, high = _read(node.args["low"], facts), _read(node.args["high"], facts)
    return Both((compare(">=", term, low, facts), compare("<=", term, high, facts)))


def _call(node: exp.Expression, facts: Table) -> Node:
    if isinstance(node, exp.Anonymous):
        word, given = node.name.lower(), list(node.expressions)
    else:
        word = _FUNCTION_NODES.get(type(node).__name__, "")
        given = [value for value in node.args.values() if isinstance(value, exp.Expression)]
    if word in ("ifnull", "nvl", "coalesce", "nullif", "isnull"):
        raise _answer_from_unknown(node)
    if word not in FUNCTIONS:
        raise _refuse(node)
    arguments = tuple(_read(argument, facts) for argument in given)
    if word in ("length", "len") and arguments:
        word = "len" if arguments[0].kind == "list" else "length"
    wanted, result, _ = FUNCTIONS[word]
    if len(arguments) != len(wanted):
        raise ExpressionRefused(
            "{key} calls {word} with {count} values where it needs {wanted}.",
            "Give it as many values as it needs.",
            word=word,
            count=len(arguments),
            wanted=len(wanted),
        )
    for argument, kind in zip(arguments, wanted, strict=True):
        if argument.kind != kind:
            raise mismatch(word, kind, argument)
    return Call(word, arguments, result)


_READERS: dict[type[exp.Expression], Callable[[Any, Table], Node]] = {
    exp.Paren: lambda node, facts: _read(node.this, facts),
    exp.Column: _fact,
    exp.Literal: lambda node, _: _literal(node),
    exp.Boolean: lambda node, _: Constant(bool(node.this), "bool"),
    exp.And: _both,
    exp.Or: _either,
    exp.Not: lambda node, facts: Not(_truth(node.this, "not", facts)),
    exp.Neg: _negated,
    exp.In: _among,
    exp.Between: _between,
    exp.Cast: lambda node, _: _moment(node),
    exp.Interval: lambda node, _: _interval(node),
}
