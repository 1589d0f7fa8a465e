"""Reading evidence from Parquet files of other machines, and what can be wrong with one, in words."""

# ruff: noqa: S608 - every name in a statement is written here, every value is bound or quoted

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from troubleshooter import __version__
from troubleshooter.errors import RunFailed
from troubleshooter.evidence.ddl import struct
from troubleshooter.evidence.parquet import KEY, PARQUET_COLUMNS, PARQUET_SCHEMA, fact_digest, quoted
from troubleshooter.evidence.record import Evidence
from troubleshooter.evidence.rows import COLUMNS, MASKS, from_row
from troubleshooter.evidence.schema import GROUPS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_READ_AT_ONCE = 500


class ParquetRefused(RunFailed):
    """A Parquet file that cannot be used; the others can."""


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """One audit's evidence: whose it is and how many people it holds.

    `tenant` and `tenant_name` are '' and `finished_at` is None when the audit did not know.
    """

    path: Path
    tenant: str
    tenant_name: str
    people: int
    finished_at: datetime | None
    tool_version: str


def relation(paths: Sequence[Path], more: str = "") -> str:
    """Parquet files as a relation for DuckDB; signs that would stand for other files are taken literally."""
    return f"read_parquet([{', '.join(map(_literally, paths))}]{more})"


def _literally(path: Path) -> str:
    return quoted("".join(f"[{sign}]" if sign in "*?[" else sign for sign in path.as_posix()))


def inspect(path: Path) -> EvidenceFile:
    """What a file says of itself. Raises ParquetRefused when it is damaged, foreign, outdated or empty."""
    import duckdb

    cursor = _database().cursor()
    try:
        with path.open("rb"):
            pass  # DuckDB's words for a file that may not be opened differ by system
        where = relation([path])
        pairs = cursor.execute(f"SELECT key, value FROM parquet_kv_metadata({_literally(path)})").fetchall()
        kinds = cursor.execute(f"SELECT column_name, column_type FROM (DESCRIBE FROM {where})").fetchall()
        rows = cursor.execute(f"SELECT count(*) FROM {where}").fetchall()
    except OSError as problem:
        raise _damaged(path, problem.strerror or type(problem).__name__) from problem
    except (duckdb.Error, UnicodeError) as problem:
        raise _damaged(path, str(problem)) from problem
    about = {
        bytes(key).decode("utf-8", "replace").removeprefix(KEY): bytes(value).decode("utf-8", "replace")
        for key, value in pairs
    }
    people = int(rows[0][0])
    _check(path, about, kinds, people)
    return EvidenceFile(
        path,
        tenant=about.get("tenant", ""),
        tenant_name=about.get("tenant_name", ""),
        people=people,
        finished_at=_moment(about.get("finished_at", "")),
        tool_version=about.get("tool_version", ""),
    )


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _check(path: Path, about: dict[str, str], kinds: list[tuple[str, str]], people: int) -> None:
    version = about.get("tool_version", "")
    schema = about.get("schema", "")
    if not schema.startswith("photo-troubleshooter/parquet/"):
        raise ParquetRefused(
            "{file} is a Parquet file, but not the evidence of an audit.",
            "Give the file evidence.parquet from the folder of an audit.",
            file=str(path),
        )
    if schema != PARQUET_SCHEMA or about.get("facts") != fact_digest():
        raise ParquetRefused(
            "{file} was written by version {version} of this program, which reads other facts than {own}.",
            "Evaluate it with that version, or audit the tenant again with this one.",
            file=str(path),
            version=version or "?",
            own=__version__,
        )
    if kinds != _column_kinds():
        raise _damaged(path, "columns")
    if not people:
        raise ParquetRefused(
            "{file} holds nobody.",
            "Look at that audit: it was stopped before anybody had been read, or nobody matched.",
            file=str(path),
        )


def _damaged(path: Path, reason: str) -> ParquetRefused:
    return ParquetRefused(
        "{file} is damaged or no Parquet file ({reason}).",
        "Copy it again from the folder of the audit, or run that audit again.",
        file=str(path),
        reason=reason.splitlines()[0][:200] if reason else "?",
    )


def read_whole(path: Path) -> None:
    """Read every byte that holds a value. Raises ParquetRefused when one cannot be read."""
    import duckdb

    try:
        _database().cursor().execute(f"SELECT bit_xor(hash(one)) FROM {relation([path])} AS one").fetchall()
    except duckdb.Error as problem:
        raise _damaged(path, str(problem)) from problem


def read_people(path: Path) -> Iterator[Evidence]:
    """Everybody's evidence in a file, in the order of the audit. Raises ParquetRefused."""
    import duckdb

    inspect(path)
    names = ", ".join(f'"{name}"' for name in COLUMNS)
    cursor = _database().cursor()
    try:
        cursor.execute(f"SELECT {names} FROM {relation([path])}")
        while rows := cursor.fetchmany(_READ_AT_ONCE):
            yield from map(_person, rows)
    except (duckdb.Error, ValueError) as problem:
        raise _damaged(path, str(problem)) from problem


def _person(row: Sequence[object]) -> Evidence:
    """A fact of the run that was filled in is no gap any more."""
    evidence = from_row(row)
    return replace(evidence, gaps=tuple(gap for gap in evidence.gaps if evidence.value(gap.fact) is None))


@cache
def _database() -> DuckDBPyConnection:
    """For reading files; it holds nothing."""
    import duckdb

    return duckdb.connect(
        ":memory:", config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
    )


@cache
def _column_kinds() -> list[tuple[str, str]]:
    mask = "STRUCT({})".format(", ".join(f'"{group}" BIGINT' for group in GROUPS))
    kinds = {
        **dict.fromkeys(PARQUET_COLUMNS, "VARCHAR"),
        **{group: struct(group) for group in GROUPS},
        **dict.fromkeys(MASKS, mask),
    }
    row = ", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for name, kind in kinds.items())
    found: list[tuple[str, str]] = (
        _database()
        .cursor()
        .execute(f"SELECT column_name, column_type FROM (DESCRIBE SELECT {row})")
        .fetchall()
    )
    return found
