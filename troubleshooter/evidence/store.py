"""The evidence of a whole tenant in one DuckDB file: people stream in page by page, and out again.

Every page is one transaction, so a killed run leaves whole pages only. One process at a time may open it.
"""

# ruff: noqa: S608 - every name in a statement is written here, every value is bound

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from threading import RLock
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any

from troubleshooter.evidence.codec import loaded
from troubleshooter.evidence.record import Evidence, Value
from troubleshooter.evidence.rows import COLUMNS, column_types, from_row, json_shape, to_row
from troubleshooter.evidence.schema import FACTS, SCHEMA, TENANT_WIDE
from troubleshooter.evidence.store_file import (
    FILE,
    StoreDamaged,
    StoreOutdated,
    forget,
    in_words,
    open_file,
    use,
)

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

STORE_SCHEMA = f"photo-troubleshooter/store/1 {SCHEMA} {len(FACTS)}"
_READ_AT_ONCE = 500
_LARGE, _MEMORY_FOR_LARGE = 150_000, "256MB"
_ROWS_AT_ONCE = 250
_WRITTEN_AT_ONCE = 50  # a page of people at once as JSON would take 150 MB for a moment
_TROUBLED = "had_trouble"
_TABLES = (
    "meta (key VARCHAR, value VARCHAR)",
    "roster (place BIGINT, id VARCHAR, upn VARCHAR, person VARCHAR, page INTEGER)",
    "people_index (object_id VARCHAR, account VARCHAR, cells VARCHAR, page INTEGER)",
    "library (folder VARCHAR, name VARCHAR, stem VARCHAR, bytes BIGINT, modified VARCHAR, page INTEGER)",
    "pages (listing VARCHAR, page INTEGER, next VARCHAR, failed BOOLEAN, answer VARCHAR)",
    "chunks (number INTEGER, people INTEGER)",
    "left_out (id VARCHAR, reason VARCHAR)",
    # Who is looked at one by one only if a sample demands it, and what the sample showed.
    "pending (person_id VARCHAR, kind VARCHAR)",
    "sampled (person_id VARCHAR, kind VARCHAR, fits BOOLEAN)",
    """history (person_id VARCHAR, fingerprint VARCHAR, sha256 VARCHAR, first_seen_at TIMESTAMP,
    previous_fingerprint VARCHAR, seen_at TIMESTAMP)""",
)


@dataclass(frozen=True, slots=True)
class PhotoSeen:
    """What an earlier run knew of a person's photo."""

    fingerprint: str
    first_seen_at: datetime
    previous_fingerprint: str


class Store:
    """The file of one audit. Safe to use from several threads; use it as a context manager."""

    relation = "people"
    """Name of the table of evidence, for SQL: one STRUCT column for each group of facts."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self.lock = RLock()
        self._read_only = read_only
        self.connection: DuckDBPyConnection = open_file(path, read_only=read_only)
        try:
            with in_words(path):
                self._prepare(read_only)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        with self.lock:
            self.connection.close()
        forget(self.path, self._read_only)

    def cursor(self) -> DuckDBPyConnection:
        """A second view of the same file, for rows that are read while others are written."""
        return use(self.connection.cursor())

    def _prepare(self, read_only: bool) -> None:
        tables = {
            row[0] for row in self.connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        }
        if not tables and not read_only:
            with self.transaction():
                for table in _TABLES:
                    self.connection.execute(f"CREATE TABLE {table}")
                columns = ", ".join(f'"{name}" {kind}' for name, kind in column_types().items())
                self.connection.execute(f"CREATE TABLE {self.relation} ({columns})")
                self.put("schema", STORE_SCHEMA)
            return
        if "meta" not in tables:
            raise StoreDamaged(
                "{file} is damaged or no audit ({reason}).",
                "Keep a copy, move the file away and start again; reports written earlier stay as they are.",
                file=str(self.path),
                reason="no table meta",
            )
        if self.get("schema") != STORE_SCHEMA:
            raise StoreOutdated(
                "{file} was written by another version of this program.",
                "Use that version, or start a new audit in another folder.",
                file=str(self.path),
            )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, and nobody in between. Raises StoreError when the disk refuses."""
        with self.lock, in_words(self.path):
            self.connection.execute("BEGIN")
            try:
                yield
            except BaseException:
                self._roll_back()
                raise
            self.connection.execute("COMMIT")

    def _roll_back(self) -> None:
        import duckdb

        try:
            self.connection.execute("ROLLBACK")
        except duckdb.Error:
            return  # nothing was begun, or the database has closed itself: either way nothing is kept

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a SELECT that is known to be short."""
        with self.lock, in_words(self.path):
            found: list[tuple[Any, ...]] = self.connection.execute(sql, list(values)).fetchall()
            return found

    def insert(self, table: str, rows: Sequence[Sequence[Any]]) -> None:
        """Append rows to a table."""
        if rows:
            names = [row[0] for row in self.query(f"SELECT column_name FROM (DESCRIBE {table})")]
            kinds = self.query(f"SELECT column_type FROM (DESCRIBE {table})")
            shape = json.dumps([{name: kind for name, (kind,) in zip(names, kinds, strict=True)}])
            for start in range(0, len(rows), _ROWS_AT_ONCE):
                some = [dict(zip(names, row, strict=True)) for row in rows[start : start + _ROWS_AT_ONCE]]
                with self.lock:
                    self.connection.execute(
                        f"INSERT INTO {table} SELECT unnest(from_json(?, '{shape}'), max_depth := 2)",
                        [json.dumps(some)],
                    )

    def put(self, key: str, value: object) -> None:
        """Keep a JSON value under a name."""
        with self.lock:
            self.connection.execute("DELETE FROM meta WHERE key = ?", [key])
            self.connection.execute("INSERT INTO meta VALUES (?, ?)", [key, json.dumps(value)])

    def get(self, key: str, otherwise: Any = None) -> Any:
        """The value kept under a name."""
        rows = self.query("SELECT value FROM meta WHERE key = ?", [key])
        return json.loads(rows[0][0]) if rows else otherwise

    @property
    def run_facts(self) -> Mapping[str, Value]:
        """The facts of the group `run`, by path: the same for everybody in this audit."""
        known = self.get("run", {})
        return MappingProxyType({path: loaded(FACTS[path], value) for path, value in known.items()})

    @property
    def finished_at(self) -> datetime | None:
        """When everybody had been collected and counted; None while the audit can be resumed."""
        text = self.get("finished_at")
        return datetime.fromisoformat(text) if text else None

    def count(self) -> int:
        """People whose evidence is here."""
        return int(self.query(f"SELECT count(*) FROM {self.relation}")[0][0])

    def people(self, where: str = "", values: Sequence[Any] = ()) -> Iterator[Evidence]:
        """Everybody's evidence in the order of collection, a few hundred in memory at a time.

        `where` is an SQL condition over the table, such as `person_id = ?`.
        """
        condition = f"WHERE {where}" if where else ""
        names = ", ".join(f'"{name}"' for name in COLUMNS)
        with self.lock, in_words(self.path):
            cursor = self.cursor()
            cursor.execute(f"SELECT {names} FROM {self.relation} {condition}", list(values))
        while rows := cursor.fetchmany(_READ_AT_ONCE):
            yield from map(from_row, rows)

    def add_people(self, people: Iterable[Evidence]) -> None:
        """Append people; inside a transaction."""
        names = ", ".join(f'"{name}"' for name in COLUMNS)
        waiting = iter(people)
        while some := list(islice(waiting, _WRITTEN_AT_ONCE)):
            rows = [to_row(evidence, evidence.person.id or "") for evidence in some]
            with self.lock:
                self.connection.execute(
                    f"INSERT INTO {self.relation} SELECT {names} FROM "
                    f"(SELECT unnest(from_json(?, '{json_shape()}'), max_depth := 2))",
                    [json.dumps(rows, ensure_ascii=False)],
                )

    def replace_people(self, people: Iterable[Evidence]) -> None:
        """Put newer evidence in the place of what is known of these people; inside a transaction."""
        newer = list(people)
        ids = [evidence.person.id or "" for evidence in newer]
        with self.lock:
            self.connection.execute(
                f"DELETE FROM {self.relation} WHERE person_id IN (SELECT unnest(?))", [ids]
            )
        self.add_people(newer)

    def people_of(self, ids: Sequence[str]) -> list[Evidence]:
        """The evidence of these people, in the order given; unknown ids are left out."""
        found = {one.person.id: one for one in self.people("person_id IN (SELECT unnest(?))", [list(ids)])}
        return [found[one] for one in ids if one in found]

    @property
    def verdict_relation(self) -> str:
        """The people as verdicts are given on them: with what was found out of all of them together.

        What a sample showed is known only after everybody was stored, so it stands in `meta`.
        """
        known = self.get("run", {})
        wide = [info for path, info in FACTS.items() if path in TENANT_WIDE and path in known]
        if not wide:
            return self.relation
        members = ", ".join(
            f"{info.name} := CAST({int(known[info.path])} AS BIGINT)"
            if info in wide
            else f"{info.name} := run.{info.name}"
            for info in FACTS.values()
            if info.group == "run"
        )
        return f"(SELECT * REPLACE (struct_pack({members}) AS run) FROM {self.relation})"

    def make_room(self) -> None:
        """Before everybody is sorted and counted: more memory for a very large tenant, and only for that."""
        if self.count() > _LARGE:
            with self.lock:
                self.connection.execute(f"SET memory_limit = '{_MEMORY_FOR_LARGE}'")

    def verdict_relations(self, people: int) -> Iterator[str]:
        """The same in slices of about so many people, in order; none when there is nobody."""
        whole = self.verdict_relation
        last = self.query(f"SELECT max(rowid) FROM {self.relation}")[0][0]
        for first in range(0, -1 if last is None else int(last) + 1, people):
            chosen = whole[1:-1] if whole.startswith("(") else f"SELECT * FROM {whole}"
            yield f"({chosen} WHERE rowid BETWEEN {first} AND {first + people - 1})"

    def photos_seen(self, ids: Sequence[str]) -> dict[str, PhotoSeen]:
        """What the latest run that saw a photo of these people knew of it."""
        rows = self.query(
            "SELECT person_id, fingerprint, first_seen_at, previous_fingerprint FROM history "
            "WHERE person_id IN (SELECT unnest(?)) ORDER BY seen_at",
            [list(ids)],
        )
        return {
            person: PhotoSeen(mark, first.replace(tzinfo=UTC), previous)
            for person, mark, first, previous in rows
        }

    def see_photos(self, people: Iterable[Evidence], at: datetime) -> None:
        """Remember the photos of these people for later runs; inside a transaction."""
        moment = at.astimezone(UTC).replace(tzinfo=None).isoformat()
        rows = []
        for one in people:
            first = one.photo.first_seen_at
            if one.photo.fingerprint and first is not None:
                since = first.astimezone(UTC).replace(tzinfo=None).isoformat()
                mark, sha = one.photo.fingerprint, one.photo.sha256 or ""
                rows.append((one.person.id, mark, sha, since, one.photo.previous_fingerprint or "", moment))
        self.insert("history", rows)

    def had_trouble(self, ids: Sequence[str]) -> set[str]:
        """Who of these had a problem, or was on the way, in the audit whose history was adopted."""
        if not self.query("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [_TROUBLED]):
            return set()
        sql = f"SELECT person_id FROM {_TROUBLED} WHERE person_id IN (SELECT unnest(?))"
        return {one for (one,) in self.query(sql, [list(ids)])}

    def adopt_history(self, older: Path) -> None:
        """Take over what an earlier audit knew: the latest word on each photo, and who had a problem."""
        with self.lock, in_words(older):
            self.connection.execute(
                f"ATTACH '{str(older).replace(chr(39), chr(39) * 2)}' AS older (READ_ONLY)"
            )
            try:
                self.connection.execute(
                    "INSERT INTO history SELECT * FROM older.history "
                    "QUALIFY row_number() OVER (PARTITION BY person_id ORDER BY seen_at DESC) = 1"
                )
                tables = "SELECT 1 FROM duckdb_tables() WHERE database_name = 'older'"
                if self.connection.execute(f"{tables} AND table_name = 'verdicts'").fetchall():
                    self.connection.execute(
                        f"CREATE OR REPLACE TABLE {_TROUBLED} AS SELECT person_id FROM older.verdicts "
                        "WHERE state IN ('problem', 'on_its_way')"
                    )
            finally:
                self.connection.execute("DETACH older")


def open_store(folder: Path, *, read_only: bool = True) -> Store:
    """The audit in a folder. Raises StoreMissing, StoreInUse, StoreDamaged, StoreOutdated."""
    return Store(folder / FILE, read_only=read_only)
