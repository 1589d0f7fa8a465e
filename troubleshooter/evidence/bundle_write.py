"""Writing a bundle one person at a time, so that memory does not grow with their number.

Lines wait in two private files beside the archive; pictures go into it at once. What would not fit into the
limits of a reader is kept back (pictures), or refused at once (people), never written and unreadable.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from troubleshooter.evidence import bundle_faults as faults
from troubleshooter.evidence.bundle import (
    EVIDENCE,
    MANIFEST,
    MAX_ARCHIVE,
    MAX_FILES,
    MAX_PICTURE,
    MAX_TOTAL,
    NO_PICTURES,
    NO_ROOM,
    PEOPLE,
    README_NAME,
    REDACTED,
    BundleError,
    Made,
    Problem,
    entry_of,
    manifest_of,
    missed,
    picture_entry,
    picture_name,
)
from troubleshooter.evidence.bundle_readme import README
from troubleshooter.evidence.codec import dump
from troubleshooter.evidence.files import MAX_LINE
from troubleshooter.evidence.record import Collected, Picture, Redaction

_OTHERS = 5  # files that are no pictures
_ROOM_FOR_TEXT = MAX_ARCHIVE // 4
_MOST_REASONS = 500
_BLOCK = 1024**2


class BundleWriter:
    """A bundle being written into `file`. Use it as a context manager: its waiting lines are removed.

    `folder` is where lines wait; it must be as private as the bundle. `pictures` False keeps all back.
    """

    def __init__(
        self, file: IO[bytes], made: Made, folder: Path, *, redacted: bool = False, pictures: bool = True
    ) -> None:
        self._made, self._redacted, self._with_pictures = made, redacted, pictures
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=False)
        self._file = file
        # Not files with names: what a killed run leaves behind would hold real names.
        self._waiting = ExitStack()
        self._lines = {
            name: self._waiting.enter_context(tempfile.TemporaryFile(dir=folder))  # noqa: SIM115 - it is
            for name in (EVIDENCE, PEOPLE)
        }
        self._files: list[dict[str, Any]] = []
        self._missing: Counter[tuple[str, str, str]] = Counter()
        self._kept_back: Counter[str] = Counter()
        self._total = 0
        self.people = 0

    def __enter__(self) -> BundleWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._waiting.close()
        with suppress(OSError, ValueError):  # given up half-way: it must not try again when it is collected
            self._zip.close()

    def add(self, one: Collected) -> None:
        """Write one more person. BundleError when no reader would take so many."""
        number = self.people + 1
        pictures = [self._picture(number, picture) for picture in one.pictures.values()]
        self._line(EVIDENCE, dump(one.evidence))
        self._line(PEOPLE, entry_of(number, one.evidence, pictures))
        for reason in missed(one.evidence.gaps):
            if reason in self._missing or len(self._missing) < _MOST_REASONS:
                self._missing[reason] += 1
        self.people = number

    def finish(
        self,
        problems: tuple[Problem, ...] = (),
        left_out: Mapping[str, int] | None = None,
        redaction: Redaction | None = None,
    ) -> None:
        """Write what is known at the end, and close the archive."""
        for name, lines in self._lines.items():
            self._member(name, _blocks(lines))
        self._member(README_NAME, iter([README.encode("utf-8")]))
        manifest = manifest_of(
            self._made,
            people=self.people,
            missing=self._missing,
            kept_back=self._kept_back,
            problems=problems,
            left_out=left_out or {},
            replaced=redaction.replaced if redaction else None,
            files=self._files,
        )
        text = json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"
        self._member(MANIFEST, iter([text.encode("utf-8")]))
        self._zip.close()
        if self._file.tell() > MAX_ARCHIVE:
            raise BundleError(*faults.FULL, people=self.people)

    def _line(self, name: str, data: dict[str, Any]) -> None:
        text = json.dumps(data, ensure_ascii=False)
        line = text.encode("utf-8", "replace") + b"\n"
        self._total += len(line)
        if self._total > MAX_TOTAL or len(text) > MAX_LINE:
            raise BundleError(*faults.FULL, people=self.people)
        self._lines[name].write(line)

    def _picture(self, number: int, picture: Picture) -> dict[str, Any]:
        # The digest of a redacted picture is keyed: nobody can look a known picture up by it.
        digest = picture.digest or hashlib.sha256(picture.data).hexdigest()[:32]
        why = self._why_not(picture)
        if why:
            self._kept_back[why] += 1
            return picture_entry(picture, "", digest)
        name = picture_name(number, picture)
        self._total += len(picture.data)
        self._member(name, iter([picture.data]))
        return picture_entry(picture, name, digest)

    def _why_not(self, picture: Picture) -> str:
        if self._redacted or not picture.data:  # the latter was kept back by another bundle
            return REDACTED
        if not self._with_pictures:
            return NO_PICTURES
        full = (
            len(picture.data) > MAX_PICTURE
            or len(self._files) >= MAX_FILES - _OTHERS
            or self._file.tell() + len(picture.data) > MAX_ARCHIVE - _ROOM_FOR_TEXT
            or self._total + len(picture.data) > MAX_TOTAL // 2
        )
        return NO_ROOM if full else ""

    def _member(self, name: str, blocks: Iterator[bytes]) -> None:
        info = zipfile.ZipInfo(name, _zip_time(self._made.created_at))
        info.external_attr = 0o100600 << 16  # a regular file, for its owner alone
        info.create_system = 3
        packed = name.endswith((".json", ".jsonl", ".txt"))
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        digest, size = hashlib.sha256(), 0
        with self._zip.open(info, "w") as member:
            for block in blocks:
                member.write(block)
                digest.update(block)
                size += len(block)
        if name != MANIFEST:
            self._files.append({"name": name, "size": size, "sha256": digest.hexdigest()})


def _blocks(lines: IO[bytes]) -> Iterator[bytes]:
    lines.seek(0)
    while block := lines.read(_BLOCK):
        yield block


def _zip_time(at: datetime) -> tuple[int, int, int, int, int, int]:
    moment = at.astimezone(UTC)
    return (max(moment.year, 1980), moment.month, moment.day, moment.hour, moment.minute, moment.second)
