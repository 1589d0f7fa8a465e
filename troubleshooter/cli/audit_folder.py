"""A finished audit in its folder: what the commands that go on with it ask of it first."""

# ruff: noqa: S608 - every name in a statement is written here, every value is bound

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from troubleshooter.cli.audit_conclude import REPORT_LANGUAGES
from troubleshooter.cli.output import copy_private, private_directory
from troubleshooter.diagnose.accepted_file import FILE as ACCEPTED
from troubleshooter.diagnose.tenant import VERDICTS
from troubleshooter.errors import UsageError
from troubleshooter.evidence.record import Evidence, with_values
from troubleshooter.evidence.schema import TENANT_WIDE
from troubleshooter.evidence.store import Store
from troubleshooter.evidence.store_file import FILE
from troubleshooter.render.language import languages


class AuditUnfinished(UsageError):
    """Verdicts are not there yet."""


class AuditThere(UsageError):
    """A folder that was to take a copy holds an audit."""


class NotInTheAudit(UsageError):
    """Nobody of that name is in the audit."""


def demand_finished(store: Store) -> None:
    """Raise AuditUnfinished while there are no verdicts on everybody."""
    if store.finished_at is None or not store.query(
        "SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [VERDICTS]
    ):
        raise AuditUnfinished(
            "The audit in {folder} is not finished.",
            "Give the audit command again: it goes on where it stopped.",
            folder=str(store.path.parent),
        )


def with_pages_there(store: Store, codes: Sequence[str]) -> tuple[str, ...]:
    """The languages asked for, and those that the page of the audit has and so keeps."""
    there = store.get(REPORT_LANGUAGES, [])
    return tuple(dict.fromkeys((*codes, *(code for code in there if code in languages()))))


def copied(folder: Path, place: Path) -> Path:
    """A copy of an audit in another folder: its store and what was accepted. Reports are written anew.

    Raises AuditThere when that folder holds an audit, and WriteFailed.
    """
    private_directory(place)
    if (place / FILE).exists():
        raise AuditThere(
            "There is an audit in {folder} already.",
            "Give a new folder with --out, or none to write the reports into the audit's own.",
            folder=str(place),
        )
    for name in (FILE, f"{FILE}.wal", ACCEPTED):
        if (folder / name).exists():
            copy_private(folder / name, place / name)
    return place


def people_named(store: Store, names: Sequence[str]) -> list[Evidence]:
    """Whom these object ids, sign-in names or addresses mean, as verdicts are given on them.

    Everybody once, in the order of the names. Raises NotInTheAudit for the first name that means nobody.
    """
    ids: dict[str, None] = {}
    for name in names:
        wanted = name.strip().lower()
        found = store.query(
            f"SELECT person_id FROM {store.relation} WHERE lower(person_id) = $1 "
            "OR lower(person.user_principal_name) = $1 OR lower(person.mail) = $1 ORDER BY person_id",
            [wanted],
        )
        if not found:
            raise NotInTheAudit(
                "{person} is not in the audit of {folder}.",
                "Look into people.csv for sign-in names and object ids.",
                person=name,
                folder=str(store.path.parent),
            )
        ids |= dict.fromkeys(one for (one,) in found)
    run = store.run_facts
    # What a sample showed was known only after everybody was stored (see Store.verdict_relation).
    wide = {path: run[path] for path in TENANT_WIDE if path in run}
    return [with_values(one, wide) for one in store.people_of(list(ids))]
