"""What a rule may compare and calculate with what: kind with kind, a fact with a value it can have."""

from __future__ import annotations

from collections.abc import Mapping

from troubleshooter.diagnose.complaint import ExpressionRefused, nearest
from troubleshooter.diagnose.expression import Arithmetic, Call, Compare, Constant, Fact, Kind, Node, Operator
from troubleshooter.evidence.schema import FACTS, FactInfo

Table = Mapping[str, FactInfo]
"""The facts that an expression or an example may name, by path."""

_MOMENT_RESULTS: dict[tuple[Kind, str, Kind], Kind] = {
    ("moment", "-", "moment"): "span",
    ("moment", "+", "span"): "moment",
    ("moment", "-", "span"): "moment",
    ("span", "+", "moment"): "moment",
    ("span", "+", "span"): "span",
    ("span", "-", "span"): "span",
}


def page_of(facts: Table) -> str:
    """The page that lists the facts of a table."""
    return "docs/facts.md" if facts is FACTS else "docs/tenant-rules.md"


def mismatch(word: str, wanted: str, found: Node) -> ExpressionRefused:
    """The refusal of a value of the wrong kind."""
    return ExpressionRefused(
        "{key} gives {word} a {found} where it needs a {wanted}.",
        "Compare facts with values of their own kind; docs/facts.md names the kind of every fact.",
        word=word,
        found=found.kind,
        wanted=wanted,
    )


def compare(sign: Operator, left: Node, right: Node, facts: Table) -> Node:
    """A comparison of two values of one kind, that its facts can have. Raises ExpressionRefused."""
    if left.kind != right.kind:
        raise ExpressionRefused(
            "{key} compares {left} ({left_kind}) with {right} ({right_kind}).",
            "Compare values of one kind; docs/facts.md names the kind of every fact.",
            left=name(left),
            left_kind=left.kind,
            right=name(right),
            right_kind=right.kind,
        )
    if left.kind == "list" or (left.kind == "bool" and sign not in ("=", "<>")):
        raise ExpressionRefused(
            "{key} compares two values of the kind {kind} with {sign}.",
            "Use list_contains or len for lists, and the fact itself or not for yes-or-no facts.",
            kind=left.kind,
            sign=sign,
        )
    _check_choice(left, right, facts)
    _check_choice(right, left, facts)
    return Compare(sign, left, right)


def name(node: Node) -> str:
    """What to call a part of an expression in a message."""
    match node:
        case Fact(path=path):
            return path
        case Constant(value=value):
            return repr(str(value)) if node.kind == "text" else str(value).lower()
        case Call(name=function):
            return f"{function}(...)"
    return "an expression"


def _check_choice(fact: Node, value: Node, facts: Table) -> None:
    """A value the fact can never have would make a rule that never fires, in silence."""
    if not isinstance(fact, Fact) or not isinstance(value, Constant):
        return
    choices = facts[fact.path].choices
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


def arithmetic(sign: str, left: Node, right: Node) -> Node:
    """A calculation with numbers, or with moments and spans. Raises ExpressionRefused."""
    if left.kind == right.kind == "number":
        if sign in "/%" and not (isinstance(right, Constant) and right.value):
            raise ExpressionRefused(
                "{key} divides by {divisor}.",
                "Divide by a literal number other than 0, or multiply the other side instead.",
                divisor=name(right),
            )
        return Arithmetic(sign, left, right, "number")
    kind = _MOMENT_RESULTS.get((left.kind, sign, right.kind))
    if kind is None:
        raise ExpressionRefused(
            "{key} calculates {left} ({left_kind}) {sign} {right} ({right_kind}).",
            "Calculate with numbers, or with times and intervals; docs/facts.md names every fact's kind.",
            left=name(left),
            left_kind=left.kind,
            sign=sign,
            right=name(right),
            right_kind=right.kind,
        )
    return Arithmetic(sign, left, right, kind)
