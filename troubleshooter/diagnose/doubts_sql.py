"""What keeps a rule open, as SQL: the set-wise twin of `expression.decide` and `expression.reachable`.

An unknown fact keeps a rule open when every part of the expression that holds it is undecided itself.
"""

from __future__ import annotations

from collections.abc import Callable

from troubleshooter.diagnose.expression import Both, Either, Node, Not, facts_of
from troubleshooter.diagnose.sql import to_sql
from troubleshooter.evidence.rows import bit
from troubleshooter.evidence.schema import FACTS

Condition = Callable[[str], str]


def column(path: str) -> str:
    """A fact as a column of the table of evidence."""
    group, name = path.split(".")
    return f'"{group}"."{name}"'


def not_applicable(path: str) -> str:
    """SQL: the fact is unknown because it does not apply."""
    return f'("absent"."{FACTS[path].group}" & {bit(path)} <> 0)'


def permitted(path: str) -> str:
    """SQL: the fact is unknown and a permission would show it."""
    return f'("permitted"."{FACTS[path].group}" & {bit(path)} <> 0)'


def open_because(node: Node, counts: Condition) -> str:
    """SQL, true or false: some unknown fact that `counts` keeps this expression open."""
    parts = _parts(node)
    inner = (
        [open_because(part, counts) for part in parts]
        if parts
        else [f"({column(path)} IS NULL AND {counts(path)})" for path in dict.fromkeys(facts_of(node))]
    )
    inner = [one for one in inner if one != "false"]
    return f"(({to_sql(node)}) IS NULL AND ({' OR '.join(inner)}))" if inner else "false"


def missing(path: str) -> str:
    """SQL for `open_because`: the fact applies, so somebody could find it out."""
    return f"NOT {not_applicable(path)}"


def missing_permission(path: str) -> str:
    """SQL for `open_because`: a permission would settle it."""
    return permitted(path)


def could_become(node: Node, *, wanted: bool = True) -> str:
    """SQL, true or false: could it become so while what only people know stays unknown."""
    match node:
        case Both(terms=terms) | Either(terms=terms):
            word = " AND " if isinstance(node, Both) is wanted else " OR "
            return "(" + word.join(could_become(term, wanted=wanted) for term in terms) + ")"
        case Not(term=term):
            return could_become(term, wanted=not wanted)
    asked = [path for path in dict.fromkeys(facts_of(node)) if FACTS[path].group == "ticket"]
    closed = " OR ".join(f"{column(path)} IS NULL" for path in asked)
    value = f"({to_sql(node)})" if wanted else f"(NOT ({to_sql(node)}))"
    return f"coalesce({value}, {f'NOT ({closed})' if closed else 'true'})"


def _parts(node: Node) -> tuple[Node, ...]:
    match node:
        case Both(terms=terms) | Either(terms=terms):
            return terms
        case Not(term=term):
            return (term,)
    return ()
