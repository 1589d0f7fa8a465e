"""The embedded engine: DuckDB evaluates evidence files on this machine, whatever their number."""

# ruff: noqa: S608 - written from checked trees and our own names, every path is quoted

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from troubleshooter.diagnose.portable import fleet_sql
from troubleshooter.diagnose.rulebook import Rulebook
from troubleshooter.errors import RunFailed
from troubleshooter.evidence.parquet import quoted
from troubleshooter.evidence.parquet_read import relation

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

# Flat however many tenants there are; what does not fit goes to disk for the time of the run.
_MEMORY = "512MB"


class EvaluationFailed(RunFailed):
    """The statement could not be evaluated over these files."""


@dataclass(frozen=True, slots=True)
class TenantTotal:
    """How many people of a tenant share a state and a cause ('' for none)."""

    tenant: str
    state: str
    cause: str
    people: int


class DuckEngine:
    """DuckDB inside this process."""

    name = "duckdb"

    def __init__(self) -> None:
        import duckdb

        self.version: str = duckdb.__version__

    def write(self, files: Sequence[Path], rulebook: Rulebook, target: Path) -> None:
        """One COPY over all files."""
        statement = fleet_sql(rulebook, relation(files))
        with _database(target.parent) as database:
            database.execute(
                f"COPY ({statement}) TO {quoted(str(target))} (FORMAT parquet, COMPRESSION zstd)"
            )


def gather(parts: Path, target: Path) -> None:
    """Put the files that Spark's workers wrote into one. Raises EvaluationFailed."""
    with _database(target.parent) as database:
        found = sorted(parts.glob("part-*.parquet"))
        database.execute(
            f"COPY (FROM {relation(found)}) TO {quoted(str(target))} (FORMAT parquet, COMPRESSION zstd)"
        )


def overlaps(files: Sequence[Path]) -> dict[tuple[Path, Path], int]:
    """How many people two files of one tenant share; a file with itself when it names somebody twice."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch,
        _database(Path(scratch)) as database,
    ):
        database.execute(
            f"""CREATE TABLE twice AS
            SELECT tenant, person_id, unnest(list(filename)) AS file
            FROM {relation(files, ", filename = true")} WHERE person_id <> ''
            GROUP BY tenant, person_id HAVING count(*) > 1"""
        )
        rows = database.execute(
            """WITH numbered AS (
                SELECT *, row_number() OVER (PARTITION BY tenant, person_id) AS place FROM twice)
            SELECT one.file, other.file, count(DISTINCT one.person_id)
            FROM numbered AS one JOIN numbered AS other USING (tenant, person_id)
            WHERE one.place <> other.place GROUP BY ALL ORDER BY ALL"""
        ).fetchall()
    return {(Path(one), Path(other)): people for one, other, people in rows}


def totals_of(verdicts: Path, people: int) -> Iterator[TenantTotal]:
    """People by tenant, state and cause. Raises EvaluationFailed when somebody is missing."""
    with _database(verdicts.parent) as database:
        rows = database.execute(
            f"SELECT tenant, state, cause, count(*) FROM {relation([verdicts])} GROUP BY ALL ORDER BY ALL"
        ).fetchall()
    counted = sum(row[3] for row in rows)
    if counted != people:
        raise EvaluationFailed(
            "The files hold {people} people, but {counted} verdicts came back; nothing was written.",
            "Evaluate them once more; when it happens again, evaluate them with --engine duckdb.",
            people=people,
            counted=counted,
        )
    yield from (TenantTotal(*row) for row in rows)


@contextmanager
def _database(scratch: Path) -> Iterator[DuckDBPyConnection]:
    """A database that spills into `scratch`, its errors in our words."""
    import duckdb

    database = duckdb.connect(
        ":memory:",
        config={
            "memory_limit": _MEMORY,
            "temp_directory": str(scratch / "spill"),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "preserve_insertion_order": "false",
        },
    )
    try:
        yield database
    except duckdb.Error as problem:
        raise EvaluationFailed(
            "The evidence could not be evaluated ({reason}).",
            "Free some space in the folder of --out, or evaluate fewer files at once.",
            reason=str(problem).splitlines()[0][:300],
        ) from problem
    finally:
        database.close()
