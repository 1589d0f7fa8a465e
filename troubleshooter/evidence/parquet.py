"""The evidence of an audit as one Parquet file, for machines that put many audits together.

Columns are those of the store's table `people` and a column `tenant`. Two things differ, because Apache Spark
has no unsigned numbers: the masks are BIGINT with the same bits, and facts of the run that are the same for
everybody stand in every row. Times are UTC without a zone, so that no reader can shift them. Who wrote the
file, and with which facts, stands in the file's own metadata.
"""

# ruff: noqa: S608 - every name in a statement is written here, every value is bound or quoted

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from troubleshooter import __version__
from troubleshooter.evidence.ddl import SQL_TYPES
from troubleshooter.evidence.record import Value
from troubleshooter.evidence.rows import COLUMNS, MASKS, TEXTS
from troubleshooter.evidence.schema import FACTS, GROUPS, SCHEMA
from troubleshooter.evidence.store_file import StoreError, in_words

if TYPE_CHECKING:
    from troubleshooter.evidence.store import Store

PARQUET_SCHEMA = f"photo-troubleshooter/parquet/1 {SCHEMA}"
PARQUET_COLUMNS = ("tenant", *COLUMNS)
# A person weighs several KB, and a whole row group stands in memory: small ones keep writer and readers flat.
_ROW_GROUP = 2048
KEY = "photo_troubleshooter_"
# What DuckDB may use while it writes. More is tried only when a row group of long texts does not fit.
_MEMORY = ("80MB", "160MB", "320MB", "640MB")
_TOP = 2**63


def fact_digest() -> str:
    """Changes with the facts and their order, which gives the masks their bits."""
    facts = "\n".join(f"{path} {info.kind}" for path, info in FACTS.items())
    return hashlib.sha256(facts.encode()).hexdigest()[:16]


def export_parquet(store: Store, path: Path) -> int:
    """Write everybody's evidence, whole or not at all, readable by its owner only; returns how many people.

    Raises StoreError when the disk refuses. Memory stays flat however many people there are.
    """
    run = dict(store.run_facts)
    tenant = str(run.get("run.tenant") or _first(store, "tenant"))
    about = {
        "schema": PARQUET_SCHEMA,
        "facts": fact_digest(),
        "tool_version": __version__,
        "tenant": tenant,
        "tenant_name": str(run.get("run.tenant_name") or _first(store, "tenant_name")),
        "finished_at": store.finished_at.astimezone(UTC).isoformat() if store.finished_at else "",
    }
    metadata = ", ".join(f"{KEY}{key}: {quoted(_visible(value))}" for key, value in about.items())
    values: list[Value] = [tenant]
    columns = ['CAST(? AS VARCHAR) AS "tenant"', '"person_id"']
    columns += [f'{_run(run, values)} AS "run"' if group == "run" else f'"{group}"' for group in GROUPS]
    columns += [f'{_signed(mask)} AS "{mask}"' for mask in MASKS]
    columns += [f'"{name}"' for name in TEXTS]
    with private_file(path) as temporary, store.lock, in_words(path), _room(store):
        statement = (
            f"COPY (SELECT {', '.join(columns)} FROM {store.verdict_relation}) TO {quoted(str(temporary))} "
            f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROW_GROUP}, KV_METADATA {{{metadata}}})"
        )
        return _within(store, statement, values)


def _within(store: Store, statement: str, values: list[Value]) -> int:
    """Run the statement in as little memory as it can do with; returns its one number."""
    import duckdb

    for memory in _MEMORY:
        store.connection.execute(f"SET memory_limit = '{memory}'")
        try:
            return int(store.connection.execute(statement, values).fetchall()[0][0])
        except duckdb.OutOfMemoryException:
            if memory == _MEMORY[-1]:
                raise
    raise AssertionError


@contextmanager
def _room(store: Store) -> Iterator[None]:
    """A row group of texts needs more memory than collecting does, and each thread keeps one of its own."""
    names = ("threads", "memory_limit")
    before = store.query(f"SELECT {', '.join(f'current_setting({quoted(name)})' for name in names)}")[0]
    store.connection.execute("SET threads = 1")
    try:
        yield
    finally:
        for name, value in zip(names, before, strict=True):
            store.connection.execute(f"SET {name} = '{value}'")


def _first(store: Store, name: str) -> str:
    rows = store.query(
        f'SELECT "run"."{name}" FROM {store.relation} WHERE "run"."{name}" IS NOT NULL LIMIT 1'
    )
    return str(rows[0][0]) if rows else ""


def _run(run: dict[str, Value], values: list[Value]) -> str:
    """The group `run` of a row; what only the audit as a whole knows is filled in."""
    members = []
    for path, info in FACTS.items():
        if info.group == "run":
            known = run.get(path)
            column = f'"run"."{info.name}"'
            if known is not None:
                column = f"coalesce({column}, CAST(? AS {SQL_TYPES[info.kind]}))"
                values.append(_bound(known))
            members.append(f'"{info.name}" := {column}')
    return f"struct_pack({', '.join(members)})"


def _bound(value: Value) -> Value:
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).replace(tzinfo=None)
    return list(value) if isinstance(value, tuple) else value  # type: ignore[return-value]


def _signed(mask: str) -> str:
    """The same 64 bits as a signed number."""
    members = (
        f'"{group}" := CAST(CASE WHEN "{mask}"."{group}" >= {_TOP} '
        f'THEN CAST("{mask}"."{group}" AS HUGEINT) - {2 * _TOP} ELSE "{mask}"."{group}" END AS BIGINT)'
        for group in GROUPS
    )
    return f"struct_pack({', '.join(members)})"


@contextmanager
def private_file(path: Path) -> Iterator[Path]:
    """A name in a directory that only we can enter; the file is moved to `path` when all went well."""
    folder: Path | None = None
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".writing-", dir=path.parent))
        temporary = folder / path.name
        yield temporary
        temporary.chmod(0o600)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as problem:
        raise StoreError(
            "{path} cannot be written ({reason}).",
            "Choose another place (--out or -o), or free space and permissions there.",
            path=str(path),
            reason=problem.strerror or type(problem).__name__,
        ) from problem
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _visible(text: str) -> str:
    """Without the one character that ends a text in the middle."""
    return text.replace("\0", "\ufffd")
