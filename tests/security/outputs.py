"""Everything a run put out, and a search in it that looks into files inside files."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import duckdb

JWT = re.compile(rb"eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}")
"""Access tokens, id tokens and client assertions: none of them belongs into an output."""
PRIVATE_KEY = re.compile(rb"BEGIN [A-Z ]*PRIVATE KEY")


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of every file below a folder, of members of archives, and of rows of databases."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield from _file(str(path.relative_to(folder)), path.read_bytes(), path)


def _file(name: str, data: bytes, path: Path) -> Iterator[tuple[str, bytes]]:
    yield name, name.encode() + b"\n" + data
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.infolist():
                yield f"{name}!{member.filename}", member.filename.encode() + b"\n" + archive.read(member)
    elif path.suffix == ".parquet":
        with duckdb.connect() as database:
            rows = database.execute("SELECT * FROM read_parquet(?)", [str(path)]).fetchall()
        yield f"{name}!rows", repr(rows).encode()
    elif data[8:12] == b"DUCK":
        with duckdb.connect(str(path), read_only=True) as database:
            tables = database.execute("SELECT table_name FROM duckdb_tables()").fetchall()
            assert tables
            for (table,) in tables:
                rows = database.execute(f'SELECT * FROM "{table}"').fetchall()
                yield f"{name}!{table}", repr(rows).encode()


def written_ways(secret: str) -> set[bytes]:
    """A secret in the encodings that text goes through on its way into files."""
    raw = secret.encode()
    ways = {raw, quote(secret, safe="").encode(), quote_plus(secret).encode(), secret.encode("utf-16-le")}
    for shift in range(3):  # base64 of a text that holds it, at each of the three alignments
        coded = base64.b64encode(b"\0" * shift + raw)
        ways.add(coded[4 if shift else 0 : -4])
    return ways


def leaks(outputs: Iterable[tuple[str, bytes]], secrets: Iterable[str]) -> list[str]:
    """Where a secret, a token or a private key was found; empty is good."""
    forms = [(secret, way) for secret in secrets for way in written_ways(secret)]
    found = []
    for name, data in outputs:
        found += [f"{secret[:12]}... in {name}" for secret, way in forms if way in data]
        found += [f"a token in {name}"] if JWT.search(data) else []
        found += [f"a private key in {name}"] if PRIVATE_KEY.search(data) else []
    return found
