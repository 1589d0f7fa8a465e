"""Opening the one DuckDB file of an audit, and what can be wrong with it, in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from troubleshooter.errors import RunFailed

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FILE = "audit.duckdb"
# Memory stays flat however large the tenant is: what does not fit goes to disk, beside the file.
_MEMORY = "56MB"
_THREADS = 1
_ROW_GROUP = 10_240
_NAME = "audit"
_open: dict[Path, list[bool]] = {}
_registry = Lock()


# Not the bare word: a "block" with a wrong checksum, or a folder of that name, is no lock.
_IN_USE = ("could not set lock", "conflicting lock", "used by another process", "different configuration")


class StoreError(RunFailed):
    """The file of an audit cannot be used."""


class StoreMissing(StoreError):
    """There is no audit in this folder."""


class StoreInUse(StoreError):
    """Another process works with it."""


class StoreDamaged(StoreError):
    """It is no database, or not a whole one."""


class StoreFull(StoreError):
    """The disk took no more; what was committed before is whole."""


class StoreOutdated(StoreError):
    """Written by another version of this program."""


def was_interrupted(problem: BaseException) -> bool:
    """DuckDB gave up a query because of Ctrl-C: by an error of its own, or by a bare RuntimeError."""
    import duckdb

    if isinstance(problem, duckdb.InterruptException):
        return True
    return type(problem) is RuntimeError and "interrupt" in str(problem).lower()


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """Turn DuckDB's errors about files and disks into ours."""
    import duckdb

    try:
        yield
    except (duckdb.IOException, duckdb.FatalException, duckdb.InternalException) as problem:
        raise _translated(path, str(problem)) from problem
    except (
        duckdb.SerializationException,
        duckdb.ConnectionException,
        duckdb.TransactionException,
    ) as problem:
        raise _translated(path, str(problem)) from problem
    except duckdb.OutOfMemoryException as problem:
        raise _full(path, problem) from problem
    except duckdb.Error as problem:
        # A block whose checksum is wrong comes as an error without a class of its own.
        if type(problem) is not duckdb.Error:
            raise
        raise _translated(path, str(problem)) from problem


def _translated(path: Path, words: str) -> StoreError:
    said = words.lower()
    if any(words in said for words in _IN_USE):
        return _in_use(path)
    if "no space" in said or "not enough space" in said or "disk full" in said or "could not write" in said:
        return _full(path, words)
    if "permission" in said or "read-only" in said or "cannot open" in said:
        return StoreError(
            "{file} cannot be opened ({reason}).",
            "Look at the rights on the folder, or give another one with --out.",
            file=str(path),
            reason=words.splitlines()[0][:200],
        )
    return StoreDamaged(
        "{file} is damaged or no audit ({reason}).",
        "Keep a copy, move the file away and start again; reports written earlier stay as they are.",
        file=str(path),
        reason=words.splitlines()[0][:200],
    )


def _in_use(path: Path) -> StoreInUse:
    return StoreInUse(
        "Another audit is working in {folder}.",
        "Wait until it has ended, or give another folder with --out.",
        folder=str(path.parent),
    )


def _full(path: Path, problem: object) -> StoreFull:
    return StoreFull(
        "{folder} took no more data ({reason}).",
        "Free some space, then run the same command: everything collected until now is kept.",
        folder=str(path.parent),
        reason=str(problem).splitlines()[0][:200],
    )


def open_file(path: Path, *, read_only: bool) -> DuckDBPyConnection:
    """A connection that nobody else can have at the same time. Raises StoreError."""
    import duckdb

    if read_only and not path.exists():
        raise StoreMissing(
            "There is no audit in {folder}.",
            "Give the folder of an audit, or run `photo-troubleshooter audit` first.",
            folder=str(path.parent),
        )
    if "?" in str(path):  # DuckDB takes what follows for options
        raise StoreError(
            "{file} cannot be used: its address holds a question mark.",
            "Give a folder without one with --out.",
            file=str(path),
        )
    _register(path, read_only)
    new = not path.exists()
    try:
        with in_words(path):
            connection: DuckDBPyConnection = duckdb.connect(
                ":memory:",
                config={
                    "memory_limit": _MEMORY,
                    "threads": str(_THREADS),
                    "autoinstall_known_extensions": "false",
                    "autoload_known_extensions": "false",
                    "temp_directory": str(path.with_suffix(".spill")),
                },
            )
            # Small row groups, because a checkpoint holds a whole one: 10,240 people and not 122,880.
            mode = "READ_ONLY" if read_only else f"ROW_GROUP_SIZE {_ROW_GROUP}"
            quoted = str(path).replace("'", "''")
            connection.execute(f"ATTACH '{quoted}' AS {_NAME} ({mode})")
            use(connection)
    except BaseException:
        forget(path, read_only)
        raise
    if new:
        with suppress(OSError):  # a file system without such rights keeps them by its folder
            path.chmod(0o600)
    return connection


def use(connection: DuckDBPyConnection) -> DuckDBPyConnection:
    """Make names without a database those of the audit; every cursor needs that for itself."""
    connection.execute(f"USE {_NAME}")
    return connection


def _register(path: Path, read_only: bool) -> None:
    """A file's lock keeps other processes out, not this one: that is done here."""
    with _registry:
        modes = _open.setdefault(path.resolve(), [])
        if modes and not (read_only and all(modes)):
            raise _in_use(path)
        modes.append(read_only)


def forget(path: Path, read_only: bool) -> None:
    """The file was closed."""
    with _registry:
        modes = _open.get(path.resolve(), [])
        if read_only in modes:
            modes.remove(read_only)
