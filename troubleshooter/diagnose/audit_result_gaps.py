"""What an audit does not know: facts missing for how many people, why, and whom they would settle.

"Would decide" is counted person by person in SQL: with the facts of one permission (or of one reason) known,
no rule about a cause stays open, and a rule that says "fine" could be decided. It is said of people who are
undecided now, and it leaves out what only people can tell.
"""

# ruff: noqa: S608 - written from checked trees and our own names, never from a rule's text

from __future__ import annotations

from collections.abc import Iterator

from troubleshooter.diagnose.audit_result_people import OPEN, source
from troubleshooter.diagnose.audit_result_types import Obstacle
from troubleshooter.diagnose.doubts_sql import could_become, missing, open_because
from troubleshooter.diagnose.expression import Node
from troubleshooter.diagnose.rule import State
from troubleshooter.diagnose.rulebook import Rulebook
from troubleshooter.diagnose.sql import to_sql
from troubleshooter.evidence.record import GapReason
from troubleshooter.evidence.rows import bit
from troubleshooter.evidence.schema import FACTS, GROUPS
from troubleshooter.evidence.store import Store

_CAUSES = (State.PROBLEM, State.ON_ITS_WAY)
_NO_OBSTACLE = f"('{GapReason.NOT_APPLICABLE}', '{GapReason.NOT_ASKED}')"
_GAPS = """from_json(gaps, '[["VARCHAR"]]')"""
_MOST = 40  # rows; hostile variety of permission names must not fill a report


def obstacles(store: Store, rulebook: Rulebook, people: int) -> tuple[Obstacle, ...]:
    """Permissions alone first, then groups of facts with a reason; each part by what it would decide."""
    counted = dict(_counted(store))
    _prepare(store)
    try:
        settled = dict(_settled(store, rulebook))
    finally:
        for table in ("audit_open", "audit_gaps", "audit_covers"):
            store.connection.execute(f"DROP TABLE IF EXISTS temp.{table}")
    found = []
    for (group, reason, permission), lacking in counted.items():
        if reason == "" and group:
            continue  # the sum of a group over all reasons
        whole = counted.get((group, "", ""), 0) if group else 0
        blocks, decides = settled.get((group, reason, permission), (0, 0))
        readable = people - whole if group else people - lacking
        found.append(Obstacle(group, reason, permission, lacking, readable, blocks, decides))
    order = list(GROUPS)
    found.sort(
        key=lambda one: (
            bool(one.group),
            -one.decides,
            -one.blocks,
            -one.missing,
            order.index(one.group) if one.group else 0,
            one.reason,
            one.permission,
        )
    )
    return tuple(found[:_MOST])


Key = tuple[str, str, str]
"""Group of facts ('' for a permission alone), reason, permission."""


def _used() -> str:
    """Facts that only a run or a person tells are no obstacle of the service."""
    groups = ", ".join(f"'{name}'" for name in GROUPS if name not in ("run", "ticket"))
    return f"({groups})"


def _counted(store: Store) -> Iterator[tuple[Key, int]]:
    """People who lack something, by key; each person counts once for each key."""
    group = "split_part(one[1], '.', 1)"
    keys = (
        f"list_distinct(flatten(list_transform(list_filter({_GAPS}, lambda one: one[2] NOT IN {_NO_OBSTACLE} "
        f"AND {group} IN {_used()}), lambda one: [{group} || chr(10) || one[2] || chr(10) || one[4], "
        f"{group} || chr(10) || chr(10), CASE WHEN one[4] <> '' THEN chr(10) || chr(10) || one[4] END])))"
    )
    rows = store.query(
        f"SELECT key, count(*) FROM (SELECT unnest({keys}) AS key FROM {store.relation} WHERE "
        f"len(gaps) > 2) WHERE key IS NOT NULL GROUP BY key ORDER BY count(*) DESC, key LIMIT {_MOST * 3}"
    )
    for key, people in rows:
        group_name, reason, permission = key.split("\n", 2)
        yield (group_name, reason, permission), int(people)


def _prepare(store: Store) -> None:
    """The undecided, the different sets of gaps among them, and what each key would fill in, as masks."""
    bits = ", ".join(
        f"('{path}', '{info.group}', {bit(path)})"
        for path, info in FACTS.items()
        if info.group not in ("run", "ticket")
    )
    masks = ", ".join(
        f"'{name}': coalesce(bit_or(CASE WHEN grp = '{name}' THEN CAST(bit AS UBIGINT) END), 0)"
        for name in GROUPS
    )
    with store.lock:
        run = store.connection.execute
        run(
            "CREATE OR REPLACE TEMP TABLE audit_open AS "
            f"SELECT v.person_id, hash(p.gaps) AS pattern FROM {source(store)} "
            f"WHERE v.state = '{State.UNDECIDED}' AND {OPEN}"
        )
        run(
            "CREATE OR REPLACE TEMP TABLE audit_gaps AS WITH patterns AS ("
            "SELECT o.pattern, any_value(p.gaps) AS gaps FROM audit_open o "
            f"JOIN {store.relation} p USING (person_id) GROUP BY o.pattern), "
            f"single AS (SELECT pattern, unnest({_GAPS}) AS one FROM patterns) "
            "SELECT pattern, facts.grp, facts.bit, one[2] AS reason, one[4] AS permission FROM single "
            f"JOIN (VALUES {bits}) facts(path, grp, bit) ON facts.path = one[1] "
            f"WHERE one[2] NOT IN {_NO_OBSTACLE}"
        )
        run(
            "CREATE OR REPLACE TEMP TABLE audit_covers AS WITH keyed AS ("
            "SELECT pattern, grp, bit, grp AS key_group, reason, permission FROM audit_gaps UNION ALL "
            "SELECT pattern, grp, bit, '', '', permission FROM audit_gaps WHERE permission <> '') "
            f"SELECT pattern, key_group, reason, permission, {{{masks}}} AS covered FROM keyed "
            "GROUP BY pattern, key_group, reason, permission"
        )


def _settled(store: Store, rulebook: Rulebook) -> Iterator[tuple[Key, tuple[int, int]]]:
    """How many undecided people each key blocks, and how many it alone would settle."""
    pairs = list(zip(rulebook.rules, rulebook.expressions, strict=True))
    causes = [node for rule, node in pairs if rule.state in _CAUSES]
    fine = [node for rule, node in pairs if rule.state is State.FINE and not rule.by_sample]
    blocked = " OR ".join(_stays_open(node, _covered) for node in (*causes, *fine)) or "false"
    open_cause = " OR ".join(_stays_open(node, _not_covered) for node in causes) or "false"
    says_fine = (
        " OR ".join(
            f"coalesce({to_sql(node)}, NOT {open_because(node, _not_covered)} AND {could_become(node)})"
            for node in fine
        )
        or "true"
    )
    rows = store.query(
        "SELECT key_group, reason, permission, count(*) FILTER (blocks), count(*) FILTER (decides) FROM ("
        f"SELECT c.key_group, c.reason, c.permission, ({blocked}) AS blocks, "
        f"NOT ({open_cause}) AND ({says_fine}) AS decides "
        f"FROM audit_open o JOIN {store.relation} p ON p.person_id = o.person_id "
        "JOIN audit_covers c ON c.pattern = o.pattern) GROUP BY ALL"
    )
    for group, reason, permission, blocks, decides in rows:
        yield (group, reason, permission), (int(blocks), int(decides))


def _covered(path: str) -> str:
    return f"({missing(path)} AND {_bit(path)})"


def _not_covered(path: str) -> str:
    return f"({missing(path)} AND NOT {_bit(path)})"


def _bit(path: str) -> str:
    return f'("covered"."{FACTS[path].group}" & {bit(path)} <> 0)'


def _stays_open(node: Node, counts: object) -> str:
    assert callable(counts)
    return f"({open_because(node, counts)} AND {could_become(node)})"
