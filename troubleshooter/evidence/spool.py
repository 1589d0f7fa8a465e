"""People who wait for what is known only when all are there: one line each in a file without a name.

Redaction needs every name before it can replace the first one. Memory stays flat, and nothing is left on disk
when the program is killed. Of pictures only what describes them waits, because a redacted bundle has no more.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from types import MappingProxyType, TracebackType

from troubleshooter.evidence.codec import dump, load
from troubleshooter.evidence.record import Collected, Picture


class Spool:
    """A private file of people; `folder` must be a private one. Use it as a context manager."""

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed by `__exit__`
        self.people = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, one: Collected) -> None:
        """Keep one more person."""
        pictures = [_described(picture) for picture in one.pictures.values()]
        line = json.dumps([dump(one.evidence), pictures])
        self._file.write(line.encode("ascii") + b"\n")
        self.people += 1

    def read(self) -> Iterator[Collected]:
        """Everybody in order; again and again, but one reader at a time."""
        self._file.seek(0)
        for line in self._file:
            evidence, pictures = json.loads(line)
            found = [Picture(**{**one, "data": b""}) for one in pictures]
            yield Collected(load(evidence), MappingProxyType({one.store: one for one in found}))


def _described(picture: Picture) -> dict[str, object]:
    """The picture without its bytes; equal files have equal digests."""
    digest = picture.digest or hashlib.sha256(picture.data).hexdigest()
    described = asdict(replace(picture, data=b"", digest=digest, size=picture.size or len(picture.data)))
    del described["data"]
    return described
