"""Why a rule said what it said of one person: its expression part by part, and what would change the answer.

The engine asks DuckDB; this asks the same tree (`expression.decide`), and a property test compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator
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
    decide,
    facts_of,
)
from troubleshooter.diagnose.result import Change, Explanation, Part, Seen
from troubleshooter.evidence.record import Evidence, Gap, GapReason, Value
from troubleshooter.evidence.schema import FACTS

LONGEST = 160


def explain(expression: Node, evidence: Evidence) -> Explanation:
    """The parts in reading order, outermost first, and the fewest comparisons that decide otherwise.

    A true rule is explained by what would make it false; a false or undecided one by what would make it true.
    Each comparison is taken by itself: two of one set may name the same fact.
    """
    value = decide(expression, evidence.value).value
    leaves = _smallest(expression, evidence, wanted=value is not True) or ()
    changes = tuple(
        Change(written(leaf), wanted, decide(leaf, evidence.value).value, _seen(leaf, evidence))
        for leaf, wanted in dict.fromkeys(leaves)
    )
    return Explanation(value, tuple(_parts(expression, evidence, 0)), changes)


def _parts(node: Node, evidence: Evidence, depth: int) -> Iterator[Part]:
    value = decide(node, evidence.value).value
    match node:
        case Both(terms=terms) | Either(terms=terms):
            yield Part(depth, "and" if isinstance(node, Both) else "or", value)
            for term in terms:
                yield from _parts(term, evidence, depth + 1)
        case Not(term=Both() | Either() | Not() as term):
            yield Part(depth, "not", value)
            yield from _parts(term, evidence, depth + 1)
        case _:
            yield Part(depth, written(node), value, _seen(node, evidence))


def _seen(node: Node, evidence: Evidence) -> tuple[Seen, ...]:
    return tuple(_fact(path, evidence) for path in dict.fromkeys(facts_of(node)))


def _fact(path: str, evidence: Evidence) -> Seen:
    value = evidence.value(path)
    if value is not None:
        return Seen(path, value, None)
    reason = GapReason.NOT_ASKED if FACTS[path].group == "ticket" else GapReason.NOT_COLLECTED
    return Seen(path, None, evidence.gap(path) or Gap(path, reason))


Leaves = tuple[tuple[Node, bool], ...]


def _smallest(node: Node, evidence: Evidence, *, wanted: bool) -> Leaves | None:
    """The fewest comparisons that must change for `node` to be `wanted`; None: nothing does it."""
    match node:
        case Not(term=term):
            return _smallest(term, evidence, wanted=not wanted)
        case Both(terms=terms) | Either(terms=terms):
            found = [_smallest(term, evidence, wanted=wanted) for term in terms]
            possible = [leaves for leaves in found if leaves is not None]
            if isinstance(node, Both) is wanted:  # every term has to be so
                together = tuple(leaf for leaves in possible for leaf in leaves)
                return together if len(possible) == len(found) else None
            return min(possible, key=len, default=None)
    if decide(node, evidence.value).value is wanted:
        return ()
    return None if next(facts_of(node), None) is None else ((node, wanted),)


# `(a or b) = true` without its brackets would be read as `a or (b = true)`.
_BOOLEAN = (Both, Either, Not, Compare, Among)


def written(node: Node) -> str:
    """An expression as a rule writes it, on one line."""
    match node:
        case Fact(path=path):
            return path
        case Constant(value=value):
            return literal(value)
        case Both(terms=terms):
            return " and ".join(_in_brackets(term, Either) for term in terms)
        case Either(terms=terms):
            return " or ".join(_in_brackets(term, Both) for term in terms)
        case Not(term=term):
            return f"not {_in_brackets(term, Both, Either, Compare, Among)}"
        case Compare(operator=sign, left=left, right=right):
            return f"{_in_brackets(left, *_BOOLEAN)} {sign} {_in_brackets(right, *_BOOLEAN)}"
        case Among(term=term, choices=choices):
            return f"{_in_brackets(term, *_BOOLEAN)} in ({', '.join(map(written, choices))})"
        case Arithmetic(operator=sign, left=left, right=right):
            return f"{_in_brackets(left, Arithmetic)} {sign} {_in_brackets(right, Arithmetic)}"
        case Call(name=name, arguments=arguments):
            return f"{name}({', '.join(map(written, arguments))})"


def _in_brackets(node: Node, *kinds: type[object]) -> str:
    return f"({written(node)})" if isinstance(node, kinds) else written(node)


def literal(value: Value | timedelta) -> str:
    """A value as a rule writes it; long texts are cut, whatever is in them stays for the printer to clean."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            cut = value if len(value) <= LONGEST else value[:LONGEST] + "\u2026"
            return "'" + cut.replace("'", "''") + "'"
        case datetime():
            moment = (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
            return f"timestamp '{moment:%Y-%m-%d %H:%M:%S}'"
        case timedelta():
            return _span(value)
        case tuple():
            shown = ", ".join(literal(item) for item in value[:20])
            return f"[{shown}, \u2026]" if len(value) > 20 else f"[{shown}]"
    return str(value)


def _span(value: timedelta) -> str:
    seconds = round(value.total_seconds())
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds % size == 0 and seconds:
            return f"interval {seconds // size} {unit}"
    return f"interval {seconds} seconds"
