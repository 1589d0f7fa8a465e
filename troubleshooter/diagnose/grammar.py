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
    Kind,
    Node,
    Not,
    Operator,
    facts_of,
)
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
_MOMENT_RESULTS: dict[tuple[Kind, str, Kind], Kind] = {
    ("moment", "-", "moment"): "span",
    ("moment", "+", "span"): "moment",
    ("moment", "-", "span"): "moment",
    ("span", "+", "moment"): "moment",
    ("span", "+", "span"): "span",
    ("span", "-", "span"): "span",
}
_GRAMMAR = (
    "Use and, or, not, comparisons, in, between, + - * / %, intervals, and the functions {functions}; "
    "docs/facts.md lists every fact."
)


def read_expression(text: str) -> Node:
    """The checked tree of one boolean expression. Raises ExpressionRefused."""
    _check_tokens(text)
    try:
        statements = sqlglot.parse(text, dialect="duckdb")
        if len(statements) != 1 or not isinstance(statements[0], exp.Expression):
            raise ExpressionRefused("{key} is not one expression.", "Write exactly one expression.")
        node = _read(statements[0])
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


def _read(node: exp.Expression) -> Node:
    for kind, reader in _READERS.items():
        if isinstance(node, kind):
            return reader(node)
    if type(node) in _COMPARISONS:
        return _compare(_COMPARISONS[type(node)], _read(node.this), _read(node.expression))
    if type(node) in _ARITHMETIC:
        return _arithmetic(_ARITHMETIC[type(node)], _read(node.this), _read(node.expression))
    if type(node).__name__ in _UNKNOWN_TO_ANSWER:
        raise _answer_from_unknown(node)
    if isinstance(node, exp.Func):
        return _call(node)
    raise _refuse(node)


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


def _fact(node: Any) -> Node:
    path = ".".join(part.name for part in node.parts)
    if path not in FACTS:
        near = nearest(path, FACTS)
        raise ExpressionRefused(
            "{key} names the unknown fact {fact}.",
            "Did you mean {nearest}? docs/facts.md lists every fact."
            if near
            else "docs/facts.md lists every fact; texts stand in single quotation marks.",
            fact=path,
            nearest=near,
        )
    return Fact(path, KINDS[FACTS[path].kind])


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


def _negated(node: Any) -> Node:
    inner = _read(node.this)
    if inner.kind != "number":
        raise _mismatch("-", "number", inner)
    if isinstance(inner, Constant) and isinstance(inner.value, int | float):
        return Constant(-inner.value, "number")
    return Arithmetic("-", Constant(0, "number"), inner, "number")


def _truth(node: exp.Expression, word: str) -> Node:
    found = _read(node)
    if found.kind != "bool":
        raise _mismatch(word, "bool", found)
    return found


def _mismatch(word: str, wanted: str, found: Node) -> ExpressionRefused:
    return ExpressionRefused(
        "{key} gives {word} a {found} where it needs a {wanted}.",
        "Compare facts with values of their own kind; docs/facts.md names the kind of every fact.",
        word=word,
        found=found.kind,
        wanted=wanted,
    )


def _both(node: Any) -> Node:
    return Both(tuple(_truth(part, "and") for part in node.flatten()))


def _either(node: Any) -> Node:
    return Either(tuple(_truth(part, "or") for part in node.flatten()))


def _compare(sign: Operator, left: Node, right: Node) -> Node:
    if left.kind != right.kind:
        raise ExpressionRefused(
            "{key} compares {left} ({left_kind}) with {right} ({right_kind}).",
            "Compare values of one kind; docs/facts.md names the kind of every fact.",
            left=_name(left),
            left_kind=left.kind,
            right=_name(right),
            right_kind=right.kind,
        )
    if left.kind == "list" or (left.kind == "bool" and sign not in ("=", "<>")):
        raise ExpressionRefused(
            "{key} compares two values of the kind {kind} with {sign}.",
            "Use list_contains or len for lists, and the fact itself or not for yes-or-no facts.",
            kind=left.kind,
            sign=sign,
        )
    _check_choice(left, right)
    _check_choice(right, left)
    return Compare(sign, left, right)


def _name(node: Node) -> str:
    match node:
        case Fact(path=path):
            return path
        case Constant(value=value):
            return repr(str(value)) if node.kind == "text" else str(value).lower()
        case Call(name=name):
            return f"{name}(...)"
    return "an expression"


def _check_choice(fact: Node, value: Node) -> None:
    """A value the fact can never have would make a rule that never fires, in silence."""
    if not isinstance(fact, Fact) or not isinstance(value, Constant):
        return
    choices = FACTS[fact.path].choices
    if choices and value.value not in choices:
        near = nearest(str(value.value), choices)
        raise ExpressionRefused(
            "{key} compares {fact} with {value!r}, a value it never has.",
            "Did you mean '{nearest}'? It is one of: {choices}." if near else "It is one of: {choices}.",
            fact=fact.path,
            value=value.value,
            nearest=near,
            choices=", ".join(choices),
        )


def _among(node: Any) -> Node:
    extra = [key for key, value in node.args.items() if value and key not in ("this", "expressions")]
    term = _read(node.this)
    choices = [_read(choice) for choice in node.expressions]
    constants = tuple(choice for choice in choices if isinstance(choice, Constant))
    if extra or not choices or len(constants) != len(choices):
        raise ExpressionRefused(
            "{key} looks for {fact} in something that is not a list of values.",
            "Write in ('one', 'two') with literal values.",
            fact=_name(term),
        )
    for choice in constants:
        _compare("=", term, choice)
    return Among(term, constants)


def _between(node: Any) -> Node:
    if node.args.get("symmetric"):
        raise _refuse(node)
    term = _read(node.this)
    low, high = _compare(">=", term, _read(node.args["low"])), _compare("<=", term, _read(node.args["high"]))
    return Both((low, high))


def _arithmetic(sign: str, left: Node, right: Node) -> Node:
    if left.kind == right.kind == "number":
        if sign in "/%" and not (isinstance(right, Constant) and right.value):
            raise ExpressionRefused(
                "{key} divides by {divisor}.",
                "Divide by a literal number other than 0, or multiply the other side instead.",
                divisor=_name(right),
            )
        return Arithmetic(sign, left, right, "number")
    kind = _MOMENT_RESULTS.get((left.kind, sign, right.kind))
    if kind is None:
        raise ExpressionRefused(
            "{key} calculates {left} ({left_kind}) {sign} {right} ({right_kind}).",
            "Calculate with numbers, or with times and intervals; docs/facts.md names every fact's kind.",
            left=_name(left),
            left_kind=left.kind,
            sign=sign,
            right=_name(right),
            right_kind=right.kind,
        )
    return Arithmetic(sign, left, right, kind)


def _call(node: exp.Expression) -> Node:
    if isinstance(node, exp.Anonymous):
        name, given = node.name.lower(), list(node.expressions)
    else:
        name = _FUNCTION_NODES.get(type(node).__name__, "")
        given = [value for value in node.args.values() if isinstance(value, exp.Expression)]
    if name in ("ifnull", "nvl", "coalesce", "nullif", "isnull"):
        raise _answer_from_unknown(node)
    if name not in FUNCTIONS:
        raise _refuse(node)
    arguments = tuple(_read(argument) for argument in given)
    if name in ("length", "len") and arguments:
        name = "len" if arguments[0].kind == "list" else "length"
    wanted, result, _ = FUNCTIONS[name]
    if len(arguments) != len(wanted):
        raise ExpressionRefused(
            "{key} calls {word} with {count} values where it needs {wanted}.",
            "Give it as many values as it needs.",
            word=name,
            count=len(arguments),
            wanted=len(wanted),
        )
    for argument, kind in zip(arguments, wanted, strict=True):
        if argument.kind != kind:
            raise _mismatch(name, kind, argument)
    return Call(name, arguments, result)


_READERS: dict[type[exp.Expression], Callable[[Any], Node]] = {
    exp.Paren: lambda node: _read(node.this),
    exp.Column: _fact,
    exp.Literal: _literal,
    exp.Boolean: lambda node: Constant(bool(node.this), "bool"),
    exp.And: _both,
    exp.Or: _either,
    exp.Not: lambda node: Not(_truth(node.this, "not")),
    exp.Neg: _negated,
    exp.In: _among,
    exp.Between: _between,
    exp.Cast: _moment,
    exp.Interval: _interval,
}
