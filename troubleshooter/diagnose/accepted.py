"""Which accepted findings apply to the verdicts of a store, set-wise.

An accepted finding stays a finding: it is shown, and does not count as a problem until its last day has
passed; then it counts again. It covers the cause it names, so it ends by itself when the cause changes. Only
problems can be accepted: of the undecided nobody knows what is wrong, and they stay undecided.
"""

# ruff: noqa: S608 - every name in a statement is written here, every value is bound

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from troubleshooter.diagnose.accepted_file import ANY_CAUSE, EVERYBODY, Acceptance
from troubleshooter.diagnose.rule import State
from troubleshooter.diagnose.tenant import VERDICTS
from troubleshooter.evidence.store import Store
from troubleshooter.evidence.store_file import StoreError

ACCEPTED = "accepted"
COLUMNS = (
    "person_id VARCHAR", "cause VARCHAR", "reason VARCHAR", "author VARCHAR", "until DATE",
    "expired BOOLEAN",
)  # fmt: skip
"""Columns of the table `accepted`: one row for each person whose present problem an entry covers.

When several entries cover it, one that still counts goes before an expired one, one that names the person
before one for everybody, and a later last day before an earlier one.
"""
META = "accepted"
"""Name under which `apply_accepted` keeps `AcceptedSummary.data` in the store."""
_TEMPORARY = "accepted_found"


def _(meaning: str) -> str:
    """Mark a text for translation; gives it back unchanged."""
    return meaning


class Standing(StrEnum):
    """What an entry does in this audit."""

    meaning: str

    def __new__(cls, value: str, meaning: str = "") -> Standing:
        """A member whose `meaning` is an English template."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    VALID = "valid", _("accepted")
    EXPIRED = "expired", _("expired: counts as a problem again")
    UNDECIDED = "undecided", _("does not apply: could not be decided, and stays so")
    NO_SUCH_FINDING = "no_such_finding", _("does not apply: there is no such finding any more")
    NO_SUCH_PERSON = "no_such_person", _("does not apply: nobody of this name was looked at")


@dataclass(frozen=True, slots=True)
class Entry:
    """An acceptance and what it does; `people` counts the findings it covers."""

    acceptance: Acceptance
    standing: Standing
    people: int


@dataclass(frozen=True, slots=True)
class AcceptedSummary:
    """All entries, and how many people have an accepted problem, and one whose acceptance expired."""

    entries: tuple[Entry, ...]
    accepted: int
    expired: int

    def of(self, *standings: Standing) -> tuple[Entry, ...]:
        """The entries of these standings."""
        return tuple(entry for entry in self.entries if entry.standing in standings)

    @property
    def data(self) -> dict[str, Any]:
        """The same as JSON data."""
        return {
            "accepted": self.accepted,
            "expired": self.expired,
            "entries": [
                {
                    "person": entry.acceptance.person,
                    "cause": entry.acceptance.cause,
                    "reason": entry.acceptance.reason,
                    "author": entry.acceptance.author,
                    "until": entry.acceptance.until.isoformat(),
                    "added_on": entry.acceptance.added_on.isoformat(),
                    "standing": entry.standing.value,
                    "people": entry.people,
                }
                for entry in self.entries
            ],
        }


@dataclass(frozen=True, slots=True)
class PresentVerdict:
    """What an audit says of somebody now."""

    person_id: str
    state: str
    cause: str


def apply_accepted(store: Store, acceptances: Sequence[Acceptance], today: date) -> AcceptedSummary:
    """Write the table `accepted` and, under `META`, the summary's data. Needs the table of verdicts."""
    with store.transaction():
        summary = _weigh(store, acceptances, today, f"TABLE {ACCEPTED}", ACCEPTED)
        store.put(META, summary.data)
    return summary


def weigh_accepted(store: Store, acceptances: Sequence[Acceptance], today: date) -> AcceptedSummary:
    """What the entries would do, without writing into the store."""
    return _weigh(store, acceptances, today, f"TEMP TABLE {_TEMPORARY}", _TEMPORARY)


def require_verdicts(store: Store) -> None:
    """Raises StoreError when the audit has given no verdicts yet."""
    if not store.query(f"SELECT 1 FROM duckdb_tables() WHERE table_name = '{VERDICTS}'"):
        raise StoreError(
            "{file} has no verdicts: its audit did not come to its end.",
            "Run the same `photo-troubleshooter audit` again; it goes on where it stopped.",
            file=str(store.path),
        )


def present_verdicts(store: Store, person: str) -> list[PresentVerdict]:
    """The verdicts on whoever has this sign-in name or object id."""
    rows = store.query(
        f"""SELECT v.person_id, v.state, v.cause FROM {VERDICTS} v JOIN {store.relation} p USING (person_id)
        WHERE lower(v.person_id) = lower(?) OR lower(p.person.user_principal_name) = lower(?)""",
        [person, person],
    )
    return [PresentVerdict(*row) for row in rows]


def present_causes(store: Store) -> dict[str, int]:
    """How many people have each problem."""
    return dict(
        store.query(f"SELECT cause, count(*) FROM {VERDICTS} WHERE state = '{State.PROBLEM}' GROUP BY cause")
    )


def _weigh(
    store: Store, acceptances: Sequence[Acceptance], today: date, create: str, table: str
) -> AcceptedSummary:
    with store.lock:
        _prepare(store, acceptances, today)
        store.connection.execute(f"CREATE OR REPLACE {create} ({', '.join(COLUMNS)})")
        store.connection.execute(
            f"""INSERT INTO {table} SELECT person_id, cause, reason, author, until, expired
            FROM entry_hits JOIN entries USING (place)
            QUALIFY row_number() OVER (PARTITION BY person_id
                ORDER BY expired, person = '{EVERYBODY}', until DESC, place) = 1"""
        )
        hits = dict(store.query("SELECT place, count(*) FROM entry_hits GROUP BY place"))
        named = dict(
            store.query(
                f"SELECT place, bool_or(state = '{State.UNDECIDED}') FROM entry_people GROUP BY place"
            )
        )
        counts = store.query(f"SELECT count(*) FILTER (NOT expired), count(*) FILTER (expired) FROM {table}")
    entries = tuple(
        Entry(one, _standing(one, today, place, hits, named), hits.get(place, 0))
        for place, one in enumerate(acceptances)
    )
    return AcceptedSummary(entries, *counts[0])


def _prepare(store: Store, acceptances: Sequence[Acceptance], today: date) -> None:
    """The entries, the people they name, and the findings among those that they cover."""
    store.connection.execute(
        "CREATE OR REPLACE TEMP TABLE entries (place INTEGER, person VARCHAR, cause_named VARCHAR, "
        "reason VARCHAR, author VARCHAR, until DATE, expired BOOLEAN)"
    )
    store.insert(
        "entries",
        [
            (place, one.person, one.cause, one.reason, one.author, one.until.isoformat(), one.expired(today))
            for place, one in enumerate(acceptances)
        ],
    )
    # Three joins on equality instead of one with OR, which would hold every person against every entry.
    store.connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE entry_people AS
        SELECT place, person_id, state, cause, cause_named
        FROM entries e JOIN {VERDICTS} v ON lower(e.person) = lower(v.person_id)
        UNION SELECT place, v.person_id, v.state, v.cause, cause_named FROM entries e
            JOIN {store.relation} p ON lower(e.person) = lower(p.person.user_principal_name)
            JOIN {VERDICTS} v ON v.person_id = p.person_id
        UNION SELECT place, person_id, state, cause, cause_named
        FROM entries e JOIN {VERDICTS} v ON e.cause_named = v.cause WHERE e.person = '{EVERYBODY}'"""
    )
    store.connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE entry_hits AS SELECT place, person_id, cause FROM entry_people
        WHERE state = '{State.PROBLEM}' AND cause_named IN (cause, '{ANY_CAUSE}')"""
    )


def _standing(
    one: Acceptance, today: date, place: int, hits: dict[int, int], named: dict[int, bool]
) -> Standing:
    if hits.get(place):
        return Standing.EXPIRED if one.expired(today) else Standing.VALID
    if named.get(place):
        return Standing.UNDECIDED
    if one.person == EVERYBODY or place in named:
        return Standing.NO_SUCH_FINDING
    return Standing.NO_SUCH_PERSON
