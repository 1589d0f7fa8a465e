"""Reading bundles that strangers made: nothing is unpacked to disk, and every liberty is refused by name.

Only files that a bundle has are accepted, and every hash must fit. Sizes, their sum, their number and the
ratio of compression are bounded before anything is read: https://www.bamsoftware.com/hacks/zipbomb/
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO, cast

from troubleshooter.evidence import bundle_faults as faults
from troubleshooter.evidence.bundle import (
    EVIDENCE,
    FORMAT,
    MANIFEST,
    MAX_ARCHIVE,
    MAX_FILES,
    MAX_PICTURE,
    MAX_TOTAL,
    PEOPLE,
    README_NAME,
    BundleError,
)
from troubleshooter.evidence.files import MAX_LINE, read_stream
from troubleshooter.evidence.manifest import Manifest, PersonEntry, manifest_from, person_from
from troubleshooter.evidence.record import Collected, Picture, Redaction
from troubleshooter.evidence.schema import SCHEMA

MAX_RATIO = 200
MAX_MANIFEST = 64 * 1024**2
_FREE_RATIO = 1024**2  # a megabyte of blanks is no bomb

_ALLOWED = re.compile(
    r"manifest\.json|people\.jsonl|evidence\.jsonl|README\.txt|pictures/[0-9]{4,6}/[a-z]{1,20}\.[a-z]{3,4}"
)
_FOLDERS = re.compile(r"pictures/(\d{4,6}/)?")
_END, _END64 = b"PK\x05\x06", b"PK\x06\x07"
_END_SIZE, _COMMENT = 22, 65_535
_ENTRY = 46 + 300  # bytes of one entry in the list of files, with names as long as ours ever are

_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
    OverflowError,
    struct.error,
)


def is_bundle(path: Path) -> bool:
    """The file says that it is a ZIP file, by its name or its first bytes."""
    if path.suffix.lower() == ".zip":
        return True
    try:
        with path.open("rb") as file:
            return file.read(4) == b"PK\x03\x04"
    except OSError:
        return False


class Bundle:
    """An open bundle, checked from end to end. Use it in a `with` statement."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = path.open("rb")
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise self._error(*faults.UNREADABLE, why=why) from error
        try:
            self._check_outline(self._file)
            self._zip = self._open()
            self._members = self._check_members()
            self.manifest = self._manifest()
            self._check_hashes()
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Bundle:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def people(self) -> Iterator[Collected]:
        """Everybody in the bundle with their pictures. EvidenceError for a line that is no evidence."""
        redaction = None
        if self.manifest.redacted:
            redaction = Redaction(self.manifest.id, MappingProxyType(dict(self.manifest.replaced)))
        name = f"{self._path}: {EVIDENCE}"
        entries = self.entries()
        with self._zip.open(self._members[EVIDENCE]) as stream:
            for evidence in read_stream(cast(BinaryIO, stream), name):
                entry = next(entries, None)
                if entry is None:
                    raise self._error(*faults.OTHER_PEOPLE)
                own = redaction or evidence.redaction
                pictures = MappingProxyType(self._pictures(entry))
                yield Collected(replace(evidence, redaction=own), pictures)
        if next(entries, None) is not None:
            raise self._error(*faults.OTHER_PEOPLE)

    def entries(self) -> Iterator[PersonEntry]:
        """What the bundle says of everybody in it, in the order of `people`."""
        count = 0
        with self._zip.open(self._members[PEOPLE]) as stream:
            while line := stream.readline(MAX_LINE + 1):
                count += 1
                found = self._entry(line)
                for item in found.pictures:
                    if item.file and item.file not in self.manifest.files:
                        raise self._error(*faults.ABSENT, name=item.file[:120])
                yield found
        if count != self.manifest.people:
            raise self._error(*faults.OTHER_PEOPLE)

    def _entry(self, line: bytes) -> PersonEntry:
        try:
            found = person_from(json.loads(line.decode("utf-8")))
        except (ValueError, RecursionError) as error:
            raise self._error(*faults.BAD_MANIFEST, part=PEOPLE) from error
        if isinstance(found, str):
            raise self._error(*faults.BAD_MANIFEST, part=f"{PEOPLE}: {found}")
        return found

    def _pictures(self, entry: PersonEntry) -> dict[str, Picture]:
        found: dict[str, Picture] = {}
        for item in entry.pictures:
            data = self._read(item.file, MAX_PICTURE) if item.file else b""
            found[item.store] = Picture(
                item.store, item.media_type, data, item.width, item.height, item.digest, item.size
            )
        return found

    def _error(self, what: str, remedy: str, **values: object) -> BundleError:
        return BundleError(what, remedy, file=str(self._path), **values)

    def _check_outline(self, file: BinaryIO) -> None:
        """Before the list of files is read: the size of the archive and of that list."""
        self.size = size = file.seek(0, io.SEEK_END)
        if size > MAX_ARCHIVE:
            raise self._error(*faults.TOO_LARGE, limit=MAX_ARCHIVE // 1024**2)
        file.seek(max(0, size - _END_SIZE - _COMMENT - 20))
        tail = file.read()
        place = len(tail) - _END_SIZE
        if place < 0 or tail[place : place + 4] != _END or tail[-2:] != b"\0\0":
            place = tail.rfind(_END)
        if place < 0 or len(tail) < place + _END_SIZE:
            raise self._error(*faults.DAMAGED)
        listed = int.from_bytes(tail[place + 12 : place + 16], "little")
        if listed > MAX_FILES * _ENTRY or tail[max(0, place - 20) : place].startswith(_END64):
            raise self._error(*faults.TOO_MANY, limit=MAX_FILES)
        file.seek(0)

    def _open(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self._file)
        except _DAMAGED as error:
            raise self._error(*faults.DAMAGED) from error

    def _check_members(self) -> dict[str, zipfile.ZipInfo]:
        infos = self._zip.infolist()
        if len(infos) > MAX_FILES:
            raise self._error(*faults.TOO_MANY, limit=MAX_FILES)
        if sum(info.file_size for info in infos) > MAX_TOTAL:
            raise self._error(*faults.TOO_LARGE_INSIDE, limit=MAX_TOTAL // 1024**2)
        members: dict[str, zipfile.ZipInfo] = {}
        for info in infos:
            name = info.orig_filename
            if name.endswith("/") and _FOLDERS.fullmatch(name) and not info.file_size:
                continue
            self._check_member(info, name)
            if name in members:
                raise self._error(*faults.TWICE, name=name[:120])
            members[name] = info
        return members

    def _check_member(self, info: zipfile.ZipInfo, name: str) -> None:
        shown = name[:120]
        if ".." in re.split(r"[/\\]", name) or re.match(r"[/\\]|[A-Za-z]:", name):
            raise self._error(*faults.OUTSIDE, name=shown)
        mode = info.external_attr >> 16
        if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            raise self._error(*faults.NO_FILE, name=shown)
        if not _ALLOWED.fullmatch(name):
            raise self._error(*faults.UNEXPECTED, name=shown)
        if info.flag_bits & 0x1:
            raise self._error(*faults.ENCRYPTED, name=shown)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise self._error(*faults.PACKED, name=shown)
        if info.file_size > _FREE_RATIO and info.file_size > MAX_RATIO * max(1, info.compress_size):
            raise self._error(*faults.BOMB, name=shown, limit=MAX_RATIO)

    def _read(self, name: str, limit: int) -> bytes:
        info = self._members.get(name)
        if info is None:
            raise self._error(*faults.ABSENT, name=name)
        if info.file_size > limit:
            raise self._error(*faults.LARGE_MEMBER, name=name, limit=limit // 1024**2)
        try:
            with self._zip.open(info) as stream:
                data = stream.read(info.file_size + 1)
        except _DAMAGED as error:
            raise self._error(*faults.DAMAGED) from error
        if len(data) != info.file_size:
            raise self._error(*faults.DAMAGED)
        return data

    def _hash(self, name: str) -> str:
        digest = hashlib.sha256()
        try:
            with self._zip.open(self._members[name]) as stream:
                while block := stream.read(1024**2):
                    digest.update(block)
        except _DAMAGED as error:
            raise self._error(*faults.DAMAGED) from error
        return digest.hexdigest()

    def _manifest(self) -> Manifest:
        if MANIFEST not in self._members:
            raise self._error(*faults.NO_MANIFEST)
        try:
            data = json.loads(self._read(MANIFEST, MAX_MANIFEST).decode("utf-8"))
        except (ValueError, RecursionError) as error:
            raise self._error(*faults.BAD_MANIFEST, part=MANIFEST) from error
        self._check_versions(data)
        found = manifest_from(data)
        if isinstance(found, str):
            raise self._error(*faults.BAD_MANIFEST, part=found)
        return found

    def _check_versions(self, data: Any) -> None:
        table: Mapping[str, Any] = data if isinstance(data, dict) else {}
        for key, ours in (("format", FORMAT), ("evidence_schema", SCHEMA)):
            theirs = table.get(key)
            family, _, number = ours.rpartition("/")
            match = (
                re.fullmatch(re.escape(family) + r"/(\d{1,9})", theirs) if isinstance(theirs, str) else None
            )
            if match is None:
                raise self._error(*faults.BAD_MANIFEST, part=key)
            if int(match[1]) > int(number):
                raise self._error(*faults.NEWER, found=match[0], known=ours)
            if int(match[1]) < int(number):
                raise self._error(*faults.OLDER, found=match[0], known=ours)

    def _check_hashes(self) -> None:
        listed = self.manifest.files
        for name in (EVIDENCE, PEOPLE, README_NAME, *listed):
            if name not in self._members or name not in listed:
                raise self._error(*faults.ABSENT, name=name[:120])
        for name in self._members:
            if name != MANIFEST and name not in listed:
                raise self._error(*faults.UNLISTED, name=name)
        for name, file in listed.items():
            limit = MAX_PICTURE if name.startswith("pictures/") else MAX_TOTAL
            if self._members[name].file_size > limit:
                raise self._error(*faults.LARGE_MEMBER, name=name, limit=limit // 1024**2)
            if self._members[name].file_size != file.size or self._hash(name) != file.sha256:
                raise self._error(*faults.WRONG_HASH, name=name)
