"""The two stores of a comparison: the newer one open, the earlier one attached read-only beside it."""

# ruff: noqa: S608 - every name in a statement is written here; the path is quoted

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from troubleshooter.diagnose.tenant import VERDICTS
from troubleshooter.errors import UsageError
from troubleshooter.evidence.store import Store
from troubleshooter.evidence.store_file import FILE, StoreMissing, in_words

EARLIER = "earlier"
"""Folder, inside that of an audit, of the stores of earlier audits."""
BEFORE = "photo_audit_before"  # no file stem anybody would choose: DuckDB names a database after its file
_LISTINGS_OF_PEOPLE = ("users", "roster")


def _(meaning: str) -> str:
    """Mark a text for translation; gives it back unchanged."""
    return meaning


class Partial(StrEnum):
    """Why an audit says nothing of people of whom it has no evidence."""

    meaning: str

    def __new__(cls, value: str, meaning: str = "") -> Partial:
        """A member whose `meaning` is an English template."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    UNFINISHED = "unfinished", _("it was not finished")
    WHERE = "where", _("it was narrowed with --where")
    SAMPLE = "sample", _("it looked at a sample only")
    LISTING = "listing", _("a part of the list of people could not be read")
    UNKNOWN = "unknown", _("it does not say whom it was to look at")


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two audits; `permissions` is None when not known.

    `prefix` stands before its tables in a statement, and `relation` is what verdicts are given on.
    """

    path: Path
    prefix: str
    relation: str
    started_at: datetime | None
    finished_at: datetime | None
    rules_version: str
    tenant: str
    permissions: frozenset[str] | None
    partial: tuple[Partial, ...]
    include: frozenset[str]
    judged: bool

    @property
    def data(self) -> dict[str, Any]:
        """The same as JSON data, without what is in other parts of a summary."""
        return {
            "file": str(self.path),
            "started_at": self.started_at.isoformat() if self.started_at else None,
            "finished_at": self.finished_at.isoformat() if self.finished_at else None,
            "rules_version": self.rules_version,
            "partial": [why.value for why in self.partial],
        }


def store_path(given: Path) -> Path:
    """The store that a person means: the file itself, or the one in a folder."""
    return given / FILE if given.is_dir() else given


def latest_earlier(folder: Path) -> Path | None:
    """The store of the latest earlier audit in the folder of an audit; None when there is none."""
    return max((folder / EARLIER).glob("*.duckdb"), default=None, key=lambda path: path.name)


@contextmanager
def attached(store: Store, old: Path) -> Iterator[str]:
    """The earlier store as `BEFORE`, read-only; gives the relation that its verdicts are about.

    Raises StoreMissing, StoreInUse, StoreDamaged, StoreOutdated, and UsageError when both are one file.
    """
    if old.exists() and old.samefile(store.path):
        raise UsageError(
            "{file} cannot be compared with itself.", "Give the earlier audit first.", file=str(old)
        )
    relation = _relation(old)
    with store.lock:
        with in_words(old):
            quoted = str(old).replace("'", "''")
            store.connection.execute(f"ATTACH '{quoted}' AS {BEFORE} (READ_ONLY)")
        try:
            yield relation
        finally:
            store.connection.execute(f"DETACH {BEFORE}")


def _relation(old: Path) -> str:
    """What verdicts are given on, named as it will be once attached. Opening it refuses what is no store."""
    if not old.is_file():
        raise StoreMissing(
            "There is no audit at {path}.",
            "Give the folder of an audit, or the .duckdb file of one.",
            path=str(old),
        )
    with Store(old, read_only=True) as opened:
        opened.relation = f"{BEFORE}.people"
        return opened.verdict_relation


def side(store: Store, path: Path, prefix: str, relation: str) -> Side:
    """What a store says of its own audit. `prefix` is '' or that of the attached one."""
    kept = {key: json.loads(value) for key, value in store.query(f"SELECT key, value FROM {prefix}meta")}
    run, settings = _table(kept.get("run")), kept.get("settings")
    return Side(
        path=path,
        prefix=prefix,
        relation=relation,
        started_at=_moment(kept.get("started_at")),
        finished_at=_moment(kept.get("finished_at")),
        rules_version=str(kept.get("rules_version") or ""),
        tenant=str(run.get("run.tenant") or "").lower(),
        permissions=_permissions(store, run, prefix),
        partial=tuple(_partial(store, kept, prefix)),
        include=frozenset(_table(settings).get("include") or ()),
        judged=_judged(store, prefix),
    )


def _partial(store: Store, kept: Mapping[str, Any], prefix: str) -> Iterator[Partial]:
    settings, left = kept.get("settings"), _table(kept.get("not_looked_at"))
    if not kept.get("finished_at"):
        yield Partial.UNFINISHED
    if not isinstance(settings, dict):
        yield Partial.UNKNOWN
    if _table(settings).get("where") or left.get("where"):
        yield Partial.WHERE
    if _table(settings).get("sample") or left.get("sample"):
        yield Partial.SAMPLE
    listings = " OR ".join(f"starts_with(listing, '{name}')" for name in _LISTINGS_OF_PEOPLE)
    if store.query(f"SELECT 1 FROM {prefix}pages WHERE failed AND ({listings}) LIMIT 1"):
        yield Partial.LISTING


def _permissions(store: Store, run: Mapping[str, Any], prefix: str) -> frozenset[str] | None:
    known = run.get("run.permissions")
    if isinstance(known, list):
        return frozenset(map(str, known))
    rows = store.query(
        f'SELECT DISTINCT "run"."permissions" FROM {prefix}people WHERE "run"."permissions" IS NOT NULL'
    )
    return frozenset(name for (names,) in rows for name in names) if rows else None


def _judged(store: Store, prefix: str) -> bool:
    """Everybody has a verdict: the audit came to its end, and nobody was added since."""
    catalogue = f"'{BEFORE}'" if prefix else "current_database()"
    tables = store.query(
        f"SELECT 1 FROM duckdb_tables() WHERE database_name = {catalogue} AND table_name = '{VERDICTS}'"
    )
    if not tables:
        return False
    counts = f"SELECT (SELECT count(*) FROM {prefix}people) = (SELECT count(*) FROM {prefix}{VERDICTS})"
    return bool(store.query(counts)[0][0])


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _moment(value: object) -> datetime | None:
    if not isinstance(value, str) or not value:
        return None
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
