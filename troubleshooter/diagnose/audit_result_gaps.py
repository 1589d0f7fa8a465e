"""What an audit does not know: facts missing for how many people, why, and whom they could settle.

Whom a permission could decide is counted person by person in SQL: the undecided who could be proven to be
fine with nothing more than the facts of this permission (or reason) known. Where those facts show a problem
instead, that is a decision too. What only people can tell is left out, as it is from every verdict.
"""

# ruff: noqa: S608 - written from checked trees and our own names, never from a rule's text

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from troubleshooter.diagnose.audit_result_people import OPEN, source
from troubleshooter.diagnose.audit_result_types import Obstacle
from troubleshooter.diagnose.doubts_sql import column, could_become, missing, not_applicable, open_because
from troubleshooter.diagnose.expression import Both, Either, Node, Not, facts_of
from troubleshooter.diagnose.rule import State
from troubleshooter.diagnose.rulebook import Rulebook
from troubleshooter.diagnose.sql import to_sql
from troubleshooter.diagnose.tenant import VERDICTS
from troubleshooter.evidence.record import GapReason
from troubleshooter.evidence.rows import bit
from troubleshooter.evidence.schema import FACTS, GROUPS
from troubleshooter.evidence.store import Store

_CAUSES = (State.PROBLEM, State.ON_ITS_WAY)
_NO_OBSTACLE = f"('{GapReason.NOT_APPLICABLE}', '{GapReason.NOT_ASKED}')"
_GAPS = """from_json(gaps, '[["VARCHAR"]]')"""
_MOST = 40  # rows; hostile variety of permission names must not fill a report


def obstacles(store: Store, rulebook: Rulebook) -> tuple[Obstacle, ...]:
    """Permissions alone first, then reasons; each part by what it could decide."""
    paths = _needed(rulebook)
    missing_of = dict(_counted(store, paths))
    facts = _facts(store, paths)
    readable = _readable(store, facts)
    _prepare(store, paths)
    try:
        settled = dict(_settled(store, rulebook))
    finally:
        for table in ("audit_open", "audit_gaps", "audit_covers"):
            store.connection.execute(f"DROP TABLE IF EXISTS temp.{table}")
    found = []
    for key, lacking in missing_of.items():
        named = {FACTS[path].group for path in facts.get(key, ())}
        groups = tuple(name for name in GROUPS if name in named)
        blocks, decides = settled.get(key, (0, 0))
        found.append(Obstacle(groups, *key, lacking, readable.get(key, 0), blocks, decides))
    found.sort(
        key=lambda one: (
            bool(one.reason),
            -one.decides,
            -one.blocks,
            -one.missing,
            one.reason,
            one.permission,
        )
    )
    return tuple(found[:_MOST])


Key = tuple[str, str]
"""Reason ('' for a permission alone) and permission."""


def _needed(rulebook: Rulebook) -> tuple[str, ...]:
    """Facts that rules about causes and proofs read; what a run or a person tells is no obstacle."""
    read = {path for rule in rulebook.rules if rule.state in (*_CAUSES, State.FINE) for path in rule.needs}
    return tuple(path for path in FACTS if path in read and FACTS[path].group not in ("run", "ticket"))


def _patterns(store: Store, paths: Sequence[str]) -> str:
    """SQL: each different text of gaps once, as the list of those that matter, with how many people have it.

    People resemble each other, so a text is read once for all who share it.
    """
    wanted = ", ".join(f"'{path}'" for path in paths) or "''"
    return (
        f"WITH patterns AS (SELECT count(*) AS people, min(rowid) AS place FROM {store.relation} "
        f"GROUP BY hash(gaps)), lists AS (SELECT people, list_filter({_GAPS}, lambda one: one[2] NOT IN "
        f"{_NO_OBSTACLE} AND one[1] IN ({wanted})) AS missing FROM {store.relation} p "
        "JOIN patterns ON p.rowid = patterns.place) "
    )


def _counted(store: Store, paths: Sequence[str]) -> Iterator[tuple[Key, int]]:
    """People who lack something, by key; each counts once for each key."""
    gap = "one[2] || chr(10) || one[4]"
    permission = "CASE WHEN one[4] <> '' THEN chr(10) || one[4] END"
    rows = store.query(
        f"{_patterns(store, paths)}, keyed AS (SELECT people, unnest(list_distinct(flatten(list_transform("
        f"missing, lambda one: [{gap}, {permission}])))) AS key FROM lists) "
        "SELECT key, sum(people) FROM keyed WHERE key IS NOT NULL GROUP BY key "
        f"ORDER BY sum(people) DESC, key LIMIT {_MOST}"
    )
    for key, people in rows:
        reason, permission = key.split("\n", 1)
        yield (reason, permission), int(people)


def _facts(store: Store, paths: Sequence[str]) -> dict[Key, list[str]]:
    """The facts that are missing for somebody, by key."""
    rows = store.query(
        f"{_patterns(store, paths)}, single AS (SELECT unnest(missing) AS one FROM lists) "
        "SELECT DISTINCT one[1], one[2], one[4] FROM single ORDER BY ALL LIMIT 5000"
    )
    found: dict[Key, list[str]] = {}
    for path, reason, permission in rows:
        for key in [(reason, permission), *([("", permission)] if permission else [])]:
            if path not in found.setdefault(key, []):
                found[key].append(path)
    return found


def _readable(store: Store, facts: Mapping[Key, Sequence[str]]) -> dict[Key, int]:
    """People who lack none of the facts of a key, for whatever reason."""
    if not facts:
        return {}
    known = {
        key: " AND ".join(f"({column(p)} IS NOT NULL OR {not_applicable(p)})" for p in listed)
        for key, listed in facts.items()
    }
    counts = ", ".join(f"count(*) FILTER ({condition})" for condition in known.values())
    return dict(zip(known, store.query(f"SELECT {counts} FROM {store.relation}")[0], strict=True))


def _prepare(store: Store, paths: Sequence[str]) -> None:
    """The undecided, the different sets of gaps among them, and what each key would fill in, as masks."""
    bits = ", ".join(f"('{path}', '{FACTS[path].group}', {bit(path)})" for path in paths) or "('', '', 0)"
    masks = ", ".join(
        f"'{name}': coalesce(bit_or(CASE WHEN grp = '{name}' THEN CAST(bit AS UBIGINT) END), 0)"
        for name in GROUPS
    )
    with store.lock:
        run = store.connection.execute
        run(
            "CREATE OR REPLACE TEMP TABLE audit_open AS "
            f"SELECT v.person_id, hash(p.gaps) AS pattern, p.rowid AS place FROM {source(store)} "
            f"WHERE v.state = '{State.UNDECIDED}' AND {OPEN}"
        )
        run(
            "CREATE OR REPLACE TEMP TABLE audit_gaps AS WITH patterns AS ("
            "SELECT pattern, min(place) AS place FROM audit_open GROUP BY pattern), "
            f"single AS (SELECT pattern, unnest({_GAPS}) AS one FROM {store.relation} p "
            "JOIN patterns ON p.rowid = patterns.place) "
            "SELECT pattern, facts.grp, facts.bit, one[2] AS reason, one[4] AS permission FROM single "
            f"JOIN (VALUES {bits}) facts(path, grp, bit) ON facts.path = one[1] "
            f"WHERE one[2] NOT IN {_NO_OBSTACLE}"
        )
        run(
            "CREATE OR REPLACE TEMP TABLE audit_covers AS WITH keyed AS ("
            "SELECT pattern, grp, bit, reason, permission FROM audit_gaps UNION ALL "
            "SELECT pattern, grp, bit, '', permission FROM audit_gaps WHERE permission <> '') "
            f"SELECT pattern, reason, permission, {{{masks}}} AS covered FROM keyed "
            "GROUP BY pattern, reason, permission"
        )


def _settled(store: Store, rulebook: Rulebook) -> Iterator[tuple[Key, tuple[int, int]]]:
    """How many undecided people each key blocks, and how many it alone would settle."""
    pairs = list(zip(rulebook.rules, rulebook.expressions, strict=True))
    still_open = {
        rule
        for (rule,) in store.query(
            f"SELECT DISTINCT unnest(undecided) FROM {VERDICTS} WHERE state = '{State.UNDECIDED}'"
        )
    }
    causes = [node for rule, node in pairs if rule.state in _CAUSES and rule.id in still_open]
    fine = [node for rule, node in pairs if rule.state is State.FINE and not rule.by_sample]
    blocked = " OR ".join(_stays_open(node, _covered) for node in (*causes, *fine)) or "false"
    rest = " AND ".join(f"(NOT {_stays_open(node, missing)} OR {_can_be(node, False)})" for node in causes)
    says_fine = " OR ".join(_can_be(node, True) for node in fine) or "false"
    rows = store.query(
        "SELECT reason, permission, count(*) FILTER (blocks), count(*) FILTER (decides) FROM ("
        f"SELECT c.reason, c.permission, ({blocked}) AS blocks, "
        f"({rest or 'true'}) AND ({says_fine}) AS decides "
        f"FROM audit_open o JOIN {store.relation} p ON p.person_id = o.person_id "
        "JOIN audit_covers c ON c.pattern = o.pattern) GROUP BY ALL"
    )
    for reason, permission, blocks, decides in rows:
        yield (reason, permission), (int(blocks), int(decides))


def _covered(path: str) -> str:
    return f"({missing(path)} AND {_bit(path)})"


def _can_be(node: Node, wanted: bool) -> str:
    """SQL, true or false: could the expression come out so with the covered facts known and no others.

    A part that waits for somebody's answer counts as not true, as it does for `could_become`.
    """
    match node:
        case Both(terms=terms) | Either(terms=terms):
            word = " AND " if isinstance(node, Both) is wanted else " OR "
            return "(" + word.join(_can_be(term, wanted) for term in terms) + ")"
        case Not(term=term):
            return _can_be(term, not wanted)
    value = f"({to_sql(node)})" if wanted else f"(NOT ({to_sql(node)}))"
    paths = dict.fromkeys(facts_of(node))
    asked = [path for path in paths if FACTS[path].group == "ticket"]
    if asked and not wanted:
        return f"coalesce({value}, true)"
    stay = [f"({column(path)} IS NULL AND {missing(path)} AND NOT {_bit(path)})" for path in paths]
    return f"coalesce({value}, NOT ({' OR '.join(stay)}))" if stay else f"coalesce({value}, true)"


def _bit(path: str) -> str:
    return f'("covered"."{FACTS[path].group}" & {bit(path)} <> 0)'


def _stays_open(node: Node, counts: Callable[[str], str]) -> str:
    return f"({open_because(node, counts)} AND {could_become(node)})"
