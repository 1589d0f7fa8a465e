"""A rule's expression as a small typed tree, and its three-valued (Kleene) evaluation on one person.

The engine evaluates rules with DuckDB. This evaluation answers the other question: *which unknown facts*
keep an expression undecided. In `a and b` with a false `a` the unknown `b` does not matter, so nobody is
asked for it.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

Kind = Literal["bool", "number", "text", "moment", "span", "list"]
Operator = Literal["=", "<>", "<", "<=", ">", ">="]

KINDS: dict[str, Kind] = {
    "str": "text",
    "int": "number",
    "float": "number",
    "bool": "bool",
    "datetime": "moment",
    "list": "list",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact read from the evidence."""

    path: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal: text, number, boolean, moment (UTC) or span of time."""

    value: str | int | float | bool | datetime | timedelta
    kind: Kind


@dataclass(frozen=True, slots=True)
class Both:
    """`and` over two or more terms."""

    terms: tuple[Node, ...]
    kind: Kind = "bool"


@dataclass(frozen=True, slots=True)
class Either:
    """`or` over two or more terms."""

    terms: tuple[Node, ...]
    kind: Kind = "bool"


@dataclass(frozen=True, slots=True)
class Not:
    """Negation."""

    term: Node
    kind: Kind = "bool"


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison of two values of one kind."""

    operator: Operator
    left: Node
    right: Node
    kind: Kind = "bool"


@dataclass(frozen=True, slots=True)
class Among:
    """`in` a list of literals."""

    term: Node
    choices: tuple[Constant, ...]
    kind: Kind = "bool"


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`+ - * / %` on numbers, `+ -` on moments and spans. A divisor is always a literal other than 0."""

    operator: str
    left: Node
    right: Node
    kind: Kind


@dataclass(frozen=True, slots=True)
class Call:
    """One of the functions in `FUNCTIONS`."""

    name: str
    arguments: tuple[Node, ...]
    kind: Kind


Node = Fact | Constant | Both | Either | Not | Compare | Among | Arithmetic | Call
Reader = Callable[[str], Any]

FUNCTIONS: dict[str, tuple[tuple[Kind, ...], Kind, Callable[..., Any]]] = {
    "lower": (("text",), "text", str.lower),
    "upper": (("text",), "text", str.upper),
    "length": (("text",), "number", len),
    "starts_with": (("text", "text"), "bool", str.startswith),
    "ends_with": (("text", "text"), "bool", str.endswith),
    "contains": (("text", "text"), "bool", operator.contains),
    "abs": (("number",), "number", abs),
    "len": (("list",), "number", len),
    "list_contains": (("list", "text"), "bool", operator.contains),
}

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": math.fmod,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """A value, or None together with the unknown facts that keep it open."""

    value: Any
    unknown: frozenset[str] = frozenset()


def facts_of(node: Node) -> Iterator[str]:
    """Paths of the facts an expression reads, in reading order, with repeats."""
    match node:
        case Fact(path=path):
            yield path
        case Both(terms=parts) | Either(terms=parts) | Call(arguments=parts):
            for part in parts:
                yield from facts_of(part)
        case Not(term=term) | Among(term=term):
            yield from facts_of(term)
        case Compare(left=left, right=right) | Arithmetic(left=left, right=right):
            yield from facts_of(left)
            yield from facts_of(right)
        case Constant():
            return


def decide(node: Node, read: Reader) -> Outcome:
    """Evaluate an expression on one person; `read` gives a fact's value or None.

    For an undecided expression `unknown` holds only the facts whose knowledge could still decide it.
    """
    match node:
        case Fact(path=path):
            value = read(path)
            return Outcome(None, frozenset({path})) if value is None else Outcome(_plain(value))
        case Constant(value=value):
            return Outcome(value)
        case Both(terms=terms):
            return _fold([decide(term, read) for term in terms], settles=False)
        case Either(terms=terms):
            return _fold([decide(term, read) for term in terms], settles=True)
        case Not(term=term):
            return _apply(operator.not_, [decide(term, read)])
        case Compare(operator=sign, left=left, right=right):
            return _apply(_COMPARE[sign], [decide(left, read), decide(right, read)])
        case Among(term=term, choices=choices):
            wanted = [choice.value for choice in choices]
            return _apply(wanted.__contains__, [decide(term, read)])
        case Arithmetic(operator=sign, left=left, right=right):
            return _apply(_ARITHMETIC[sign], [decide(left, read), decide(right, read)])
        case Call(name=name, arguments=arguments):
            parts = [decide(part, read) for part in arguments]
            if name == "list_contains" and parts[0].value == ():
                return Outcome(False)  # DuckDB says so too: nothing is in an empty list, known or not
            return _apply(FUNCTIONS[name][2], parts)


def reachable(node: Node, read: Reader, closed: Callable[[str], bool], *, wanted: bool = True) -> bool:
    """Whether the expression could become `wanted` while the unknown facts that are `closed` stay unknown.

    Each other unknown comparison may turn out either way; so False is certain, and True may be too hopeful.
    """
    match node:
        case Both(terms=terms) | Either(terms=terms):
            together = isinstance(node, Both) is wanted
            found = (reachable(term, read, closed, wanted=wanted) for term in terms)
            return all(found) if together else any(found)
        case Not(term=term):
            return reachable(term, read, closed, wanted=not wanted)
    outcome = decide(node, read)
    if outcome.unknown:
        return not any(closed(path) for path in outcome.unknown)
    return outcome.value is wanted


def _fold(parts: list[Outcome], *, settles: bool) -> Outcome:
    """`and` (one false settles it) and `or` (one true settles it) of Kleene's logic."""
    if any(part.value is settles for part in parts):
        return Outcome(settles)
    unknown = frozenset[str]().union(*(part.unknown for part in parts))
    return Outcome(None, unknown) if unknown else Outcome(not settles)


def _apply(function: Callable[..., Any], parts: list[Outcome]) -> Outcome:
    unknown = frozenset[str]().union(*(part.unknown for part in parts))
    return Outcome(None, unknown) if unknown else Outcome(function(*(part.value for part in parts)))


def _plain(value: Any) -> Any:
    """A moment without a zone is UTC, as everywhere in the evidence."""
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value
