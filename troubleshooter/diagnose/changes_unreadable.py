"""What could be read of people then and cannot now: why they became undecided.

A lost permission concerns everybody at once, and the reasons of gaps are long texts, so they are taken apart
for a few people at a time.
"""

# ruff: noqa: S608 - every name in a statement is written here

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from troubleshooter.diagnose.changes_classes import Change
from troubleshooter.diagnose.changes_stores import BEFORE
from troubleshooter.diagnose.doubts_sql import column
from troubleshooter.evidence.record import GapReason
from troubleshooter.evidence.rows import bit
from troubleshooter.evidence.schema import FACTS, GROUPS
from troubleshooter.evidence.store import Store

AT_ONCE = 500
# Gaps that are no loss: the fact has no meaning any more, or only people know it.
_NO_LOSS = (GapReason.NOT_APPLICABLE, GapReason.NOT_ASKED)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Facts that were known then and are not now, of people who became undecided.

    `permission` would show them again, '' when that is not the obstacle; `people` counts each person once.
    """

    reason: str
    permission: str
    people: int
    facts: tuple[str, ...]


def unreadable_facts(store: Store, table: str) -> tuple[tuple[Unreadable, ...], int]:
    """What those who became undecided lost, by reason and permission; and how many of them lost nothing.

    `table` holds the changes; the earlier store is attached.
    """
    store.connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE known_then AS SELECT * FROM (SELECT person_id, {_masks()}
        FROM {BEFORE}.people) WHERE person_id IN
        (SELECT person_id FROM {table} WHERE "class" = '{Change.BECAME_UNDECIDED}')"""
    )
    store.connection.execute(f"CREATE OR REPLACE TEMP TABLE fact_bits AS FROM {_bits()}")
    stretches = store.query(
        f"""SELECT DISTINCT rowid // {AT_ONCE} FROM people
        WHERE person_id IN (SELECT person_id FROM known_then) ORDER BY ALL"""
    )
    people: Counter[tuple[str, str]] = Counter()
    facts: dict[tuple[str, str], set[str]] = {}
    nothing = 0
    for (stretch,) in stretches:
        for reason, permission, fact, count in store.query(_slice(stretch * AT_ONCE)):
            if fact:
                facts.setdefault((reason, permission), set()).add(fact)
            elif reason:
                people[reason, permission] += count
            else:
                nothing += count
    store.connection.execute("DROP TABLE known_then; DROP TABLE fact_bits")
    order = {path: place for place, path in enumerate(FACTS)}
    groups = (
        Unreadable(reason, permission, count, tuple(sorted(facts[reason, permission], key=order.__getitem__)))
        for (reason, permission), count in sorted(people.items(), key=lambda item: (-item[1], item[0]))
    )
    return tuple(groups), nothing


def _masks() -> str:
    """SQL: a list with a number for each group of facts, one bit for each fact that is known."""
    masks = []
    for group in GROUPS:
        paths = [path for path, info in FACTS.items() if info.group == group]
        bits = (f"CASE WHEN {column(path)} IS NULL THEN 0 ELSE {bit(path)} END::UBIGINT" for path in paths)
        masks.append(f"({' | '.join(bits)})")
    return f"[{', '.join(masks)}] AS known"


def _bits() -> str:
    """SQL: where the bit of each fact is. Lists count from 1."""
    places = {group: place for place, group in enumerate(GROUPS, 1)}
    rows = (f"('{path}', {places[info.group]}, {bit(path)}::UBIGINT)" for path, info in FACTS.items())
    return f"(VALUES {', '.join(rows)}) facts(fact, place, bit)"


def _slice(start: int) -> str:
    """SQL: reason, permission, fact and people of `AT_ONCE` rows of the table of people.

    Without a fact the row counts people; without a reason those who lost nothing.
    """
    no_loss = ", ".join(f"'{reason}'" for reason in _NO_LOSS)
    return f"""
WITH them AS MATERIALIZED (SELECT person_id, gaps, known FROM
    (SELECT person_id, gaps FROM people WHERE rowid >= {start} AND rowid < {start + AT_ONCE})
    JOIN known_then USING (person_id)),
told AS (SELECT person_id, known, gap[1] AS fact, gap[2] AS reason, gap[4] AS permission FROM
    (SELECT person_id, known, unnest(from_json(gaps, '[["VARCHAR"]]')) AS gap FROM them)),
losses AS MATERIALIZED (SELECT person_id, reason, permission, fact FROM told JOIN fact_bits USING (fact)
    WHERE known[place] & bit <> 0 AND reason NOT IN ({no_loss}))
SELECT reason, permission, fact, count(*) FROM losses GROUP BY ALL
UNION ALL SELECT reason, permission, '', count(DISTINCT person_id) FROM losses GROUP BY ALL
UNION ALL SELECT '', '', '', (SELECT count(*) FROM them) - (SELECT count(DISTINCT person_id) FROM losses)"""
