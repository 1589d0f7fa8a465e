"""Two audits held against each other, set-wise in SQL over both stores: who is fixed, new, the same, gone.

Both stores are opened read-only by `compared`; `write_changes` keeps the table in the newer store.
A person is known by the object id. What the classes mean, and that everybody has exactly one, is in
`changes_classes`.
"""

# ruff: noqa: S608 - every name in a statement is written here

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from troubleshooter.diagnose.changes_classes import AWAY, BY_SAMPLE, INFERRED, UNSEEN, Change, class_sql
from troubleshooter.diagnose.changes_stores import BEFORE, Side, attached, side, store_path
from troubleshooter.diagnose.changes_summary import ChangeSummary, Judged, summarise
from troubleshooter.diagnose.doubts_sql import column
from troubleshooter.diagnose.rulebook import Rulebook
from troubleshooter.diagnose.tenant import COLUMNS as VERDICT_COLUMNS
from troubleshooter.diagnose.tenant import VERDICTS, verdict_sql
from troubleshooter.errors import UsageError
from troubleshooter.evidence.store import Store
from troubleshooter.evidence.store_file import StoreError

CHANGES = "changes"
COLUMNS = (
    "person_id VARCHAR", "class VARCHAR", "old_state VARCHAR", "old_cause VARCHAR", "new_state VARCHAR",
    "new_cause VARCHAR", "changed_photo BOOLEAN",
)  # fmt: skip
"""Columns of the table `changes`: state and cause are '' where an audit has no evidence of the person.

`changed_photo` is NULL when it cannot be told. It is told by whether there is a photo at all, and by the file
itself (SHA-256); the same picture in another file (equal fingerprints) is no change. `photo.etag` is advisory
and proves nothing, so it is not used.
"""
META = "changes"
"""Name under which `write_changes` keeps `ChangeSummary.data` in the newer store."""
META_SINCE = "compared_with"
"""Name under which it keeps when the earlier audit ended (ISO, UTC); null when that is not known."""
_TEMPORARY = "changes_found"
_AT_ONCE = 500
# Kinds of people that an audit leaves out by default: SQL over `them`, true unless surely not of that kind.
_KINDS = {
    "guests": "coalesce(them.user_type <> 'member', true)",
    "rooms": "coalesce(them.purpose IN ('room', 'equipment'), true)",
}

Rules = Callable[[], Rulebook]
"""Gives the rulebook when it is needed: loading it takes longer than most comparisons."""


@dataclass(frozen=True, slots=True)
class PersonChange:
    """One person of a comparison; names come from the newer audit, where it has them."""

    person_id: str
    user_principal_name: str
    display_name: str
    change: Change
    old_state: str
    old_cause: str
    new_state: str
    new_cause: str
    changed_photo: bool | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A comparison whose stores are open."""

    store: Store
    summary: ChangeSummary

    def people(self) -> Iterator[PersonChange]:
        """Everybody, by class in the order of `Change` and then by sign-in name. Read it to the end."""
        order = ", ".join(f"'{change}'" for change in Change)
        names = ", ".join(
            f"coalesce(now.person.{name}, before.person.{name}, '') AS {name}"
            for name in ("user_principal_name", "display_name")
        )
        rows = self.store.connection.execute(
            f"""SELECT person_id, {names}, "class", old_state, old_cause, new_state, new_cause, changed_photo
            FROM {_TEMPORARY} LEFT JOIN people now USING (person_id)
            LEFT JOIN {BEFORE}.people before USING (person_id)
            ORDER BY list_position([{order}], "class"), user_principal_name, person_id"""
        )
        while found := rows.fetchmany(_AT_ONCE):
            for one, upn, name, change, *rest in found:
                yield PersonChange(one, upn, name, Change(change), *rest)


@contextmanager
def compared(new: Path, old: Path, rules: Rules | None = None) -> Iterator[Comparison]:
    """Compare two audits (folders or files) without writing into either.

    With `rules`, verdicts that are missing or were made by other rules than the other side's are made anew.
    Raises StoreMissing, StoreInUse, StoreDamaged, StoreOutdated, StoreError when verdicts are missing, and
    UsageError when both are the same audit, audits of two tenants, or given in the wrong order.
    """
    with Store(store_path(new), read_only=True) as store, attached(store, store_path(old)) as relation:
        sides = _sides(store, store_path(old), relation)
        summary = _compare(store, *sides, rules, f"TEMP TABLE {_TEMPORARY}", _TEMPORARY)
        yield Comparison(store, summary)


def write_changes(store_new: Store, old_path: Path, rules: Rules | None = None) -> ChangeSummary:
    """Write the table `changes` into an open store, and the summary's data under `META`.

    Raises what `compared` raises; the store is then as it was.
    """
    old = store_path(old_path)
    with attached(store_new, old) as relation, store_new.transaction():
        sides = _sides(store_new, old, relation)
        summary = _compare(store_new, *sides, rules, f"TABLE {CHANGES}", CHANGES)
        store_new.put(META, summary.data)
        ended = summary.old.finished_at or summary.old.started_at
        store_new.put(META_SINCE, ended.isoformat() if ended else None)
    return summary


def _sides(store: Store, old_path: Path, relation: str) -> tuple[Side, Side]:
    old = side(store, old_path, f"{BEFORE}.", relation)
    new = side(store, store.path, "", store.verdict_relation)
    if old.started_at and new.started_at and old.started_at > new.started_at:
        raise UsageError(
            "{old} was started after {new}.",
            "Give the earlier audit first, the later one second.",
            old=str(old.path),
            new=str(new.path),
        )
    return old, new


def _compare(
    store: Store, old: Side, new: Side, rules: Rules | None, create: str, table: str
) -> ChangeSummary:
    before, now, judged = _verdicts(store, old, new, rules)
    store.connection.execute(f"CREATE OR REPLACE {create} ({', '.join(COLUMNS)})")
    store.connection.execute(f"INSERT INTO {table} {_statement(old, new, before, now)}")
    _same_tenant(store, table, old, new)
    return summarise(store, table, old, new, judged)


def _same_tenant(store: Store, table: str, old: Side, new: Side) -> None:
    """Audits of two tenants share nobody; a tenant can be named in two ways, so names alone prove nothing."""
    if not old.tenant or not new.tenant or old.tenant == new.tenant:
        return
    if not store.query(f"SELECT 1 FROM {table} WHERE old_state <> '' AND new_state <> '' LIMIT 1"):
        raise UsageError(
            "These are audits of two tenants, {old} and {new}, without a person in common.",
            "Give two audits of the same tenant.",
            old=old.tenant,
            new=new.tenant,
        )


def _verdicts(store: Store, old: Side, new: Side, rules: Rules | None) -> tuple[str, str, Judged]:
    """The tables of verdicts of both sides, made anew where they are missing or by other rules."""
    tables = [f"{one.prefix}{VERDICTS}" for one in (old, new)]
    differ = old.rules_version != new.rules_version
    if old.judged and new.judged and not (differ and rules):
        return tables[0], tables[1], Judged(new.rules_version, (), differ)
    if rules is None:
        missing = new if not new.judged else old
        raise StoreError(
            "{file} has no verdicts on everybody: its audit did not come to its end.",
            "Run the same `photo-troubleshooter audit` again; it goes on where it stopped.",
            file=str(missing.path),
        )
    rulebook = rules()
    again = []
    for place, (name, one) in enumerate((("old", old), ("new", new))):
        if not one.judged or one.rules_version != rulebook.version:
            tables[place] = f"verdicts_{name}"
            store.connection.execute(
                f"CREATE OR REPLACE TEMP TABLE {tables[place]} ({', '.join(VERDICT_COLUMNS)})"
            )
            store.connection.execute(f"INSERT INTO {tables[place]} {verdict_sql(rulebook, one.relation)}")
            again.append(name)
    return tables[0], tables[1], Judged(rulebook.version, tuple(again), False)


def _statement(old: Side, new: Side, before: str, now: str) -> str:
    """Everybody of either store once: the two states, then the class."""
    return f"""
WITH old_people AS ({_people(old, before)}), new_people AS ({_people(new, now)}),
old_listed AS ({_listed(old)}), new_listed AS ({_listed(new)}),
pairs AS (SELECT coalesce(n.person_id, o.person_id) AS person_id,
    {_standing("o", old, "n", new)} AS then_is, {_standing("n", new, "o", old)} AS now_is,
    coalesce(o.state, '') AS old_state, coalesce(o.cause, '') AS old_cause,
    coalesce(n.state, '') AS new_state, coalesce(n.cause, '') AS new_cause,
    {_changed_photo()} AS changed_photo
    FROM old_people o FULL JOIN new_people n ON o.person_id = n.person_id)
SELECT person_id, {class_sql("then_is", "now_is")}, old_state, old_cause, new_state, new_cause, changed_photo
FROM pairs"""


def _people(one: Side, verdicts: str) -> str:
    facts = ("directory.user_type", "mailbox.purpose", "photo.present", "photo.sha256", "photo.fingerprint")
    columns = ", ".join(f"them.{column(path)} AS {path.partition('.')[2]}" for path in facts)
    return f"""SELECT DISTINCT ON (person_id) person_id, state, cause, {columns}
    FROM {one.prefix}people them JOIN {verdicts} USING (person_id)"""


def _listed(one: Side) -> str:
    """Ids the audit came across, whether it looked at the people or not."""
    return (
        f"SELECT id FROM {one.prefix}roster WHERE id IS NOT NULL "
        f"UNION SELECT id FROM {one.prefix}left_out WHERE id IS NOT NULL"
    )


def _standing(row: str, one: Side, other_row: str, other: Side) -> str:
    """SQL: what an audit says of a person; for want of evidence, whether it would have seen them."""
    if one.partial:
        unseen = "true"
    else:
        listed = "old_listed" if one.prefix else "new_listed"
        dropped = sorted(other.include - one.include)
        kinds = [_KINDS.get(kind, "true").replace("them.", f"{other_row}.") for kind in dropped]
        unseen = " OR ".join([f"{other_row}.person_id IN (SELECT id FROM {listed})", *kinds])
    return (
        f"CASE WHEN {row}.cause IN ({', '.join(map(repr, BY_SAMPLE))}) THEN '{INFERRED}' "
        f"WHEN {row}.person_id IS NOT NULL THEN {row}.state "
        f"WHEN {unseen} THEN '{UNSEEN}' ELSE '{AWAY}' END"
    )


def _changed_photo() -> str:
    return """CASE WHEN o.present <> n.present THEN true WHEN NOT o.present AND NOT n.present THEN false
    WHEN o.sha256 = n.sha256 OR o.fingerprint = n.fingerprint THEN false
    WHEN o.sha256 <> n.sha256 THEN true END"""
