"""What changed between two audits in numbers: by class, by cause, and what could no longer be read."""

# ruff: noqa: S608 - every name in a statement is written here

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from troubleshooter.diagnose.changes_classes import Change
from troubleshooter.diagnose.changes_stores import Side
from troubleshooter.diagnose.changes_unreadable import Unreadable, unreadable_facts
from troubleshooter.evidence.store import Store

SCHEMA = "photo-troubleshooter/changes/1"
_OLD_CAUSE = (Change.FIXED, Change.LEFT)


@dataclass(frozen=True, slots=True)
class CauseCount:
    """People of one class by cause: the present one; the former one of those who are fixed or have left."""

    change: Change
    cause: str
    people: int


@dataclass(frozen=True, slots=True)
class ChangeSummary:
    """Two audits held against each other.

    `counts` has every class. `same_other_cause` of the `same` have another cause now. `photos_changed` are
    known to have another photo, or none, or one for the first time. `gained` and `lost` permissions are None
    when one audit does not know its own. `undecided_otherwise` became undecided though everything read then
    was read now as well. `judged_again` names the sides whose verdicts were made anew, by `rules_version`,
    because they were missing or made by other rules; `rules_differ` says that they were not.
    """

    old: Side
    new: Side
    counts: Mapping[Change, int]
    causes: tuple[CauseCount, ...]
    same_other_cause: int
    photos_changed: int
    gained: tuple[str, ...] | None
    lost: tuple[str, ...] | None
    unreadable: tuple[Unreadable, ...]
    undecided_otherwise: int
    rules_version: str
    judged_again: tuple[str, ...]
    rules_differ: bool

    @property
    def data(self) -> dict[str, Any]:
        """The same as JSON data."""
        return {
            "schema": SCHEMA,
            "old": self.old.data,
            "new": self.new.data,
            "counts": {change.value: people for change, people in self.counts.items()},
            "causes": [
                {"class": one.change.value, "cause": one.cause, "people": one.people} for one in self.causes
            ],
            "same_other_cause": self.same_other_cause,
            "photos_changed": self.photos_changed,
            "permissions": {
                "gained": None if self.gained is None else list(self.gained),
                "lost": None if self.lost is None else list(self.lost),
            },
            "unreadable": [
                {
                    "reason": one.reason,
                    "permission": one.permission,
                    "people": one.people,
                    "facts": list(one.facts),
                }
                for one in self.unreadable
            ],
            "undecided_otherwise": self.undecided_otherwise,
            "rules_version": self.rules_version,
            "judged_again": list(self.judged_again),
            "rules_differ": self.rules_differ,
        }


@dataclass(frozen=True, slots=True)
class Judged:
    """Which rules the verdicts of both sides come from."""

    rules_version: str
    again: tuple[str, ...]
    differ: bool


def summarise(store: Store, table: str, old: Side, new: Side, judged: Judged) -> ChangeSummary:
    """Count a finished table of changes while the earlier store is attached."""
    found = dict(store.query(f'SELECT "class", count(*) FROM {table} GROUP BY ALL'))
    numbers = store.query(
        f"""SELECT count(*) FILTER ("class" = '{Change.SAME}' AND old_cause <> new_cause),
        count(*) FILTER (changed_photo) FROM {table}"""
    )
    unreadable, otherwise = unreadable_facts(store, table)
    return ChangeSummary(
        old=old,
        new=new,
        counts=MappingProxyType({change: int(found.get(change.value, 0)) for change in Change}),
        causes=_causes(store, table),
        same_other_cause=numbers[0][0],
        photos_changed=numbers[0][1],
        gained=_only(new.permissions, old.permissions),
        lost=_only(old.permissions, new.permissions),
        unreadable=unreadable,
        undecided_otherwise=otherwise,
        rules_version=judged.rules_version,
        judged_again=judged.again,
        rules_differ=judged.differ,
    )


def _only(one: frozenset[str] | None, other: frozenset[str] | None) -> tuple[str, ...] | None:
    return None if one is None or other is None else tuple(sorted(one - other))


def _causes(store: Store, table: str) -> tuple[CauseCount, ...]:
    former = ", ".join(f"'{change}'" for change in _OLD_CAUSE)
    rows = store.query(
        f"""SELECT "class", CASE WHEN "class" IN ({former}) THEN old_cause ELSE new_cause END AS cause,
        count(*) AS people FROM {table} GROUP BY ALL HAVING cause <> ''
        ORDER BY "class", people DESC, cause"""
    )
    return tuple(CauseCount(Change(change), cause, people) for change, cause, people in rows)
