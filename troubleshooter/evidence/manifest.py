"""The manifest of a bundle as data of known shape, whatever a stranger wrote into it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from troubleshooter.evidence.record import GapReason

MAX_TEXT = 10_000
MAX_LIST = 100_000

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file of the bundle with its size in bytes and its SHA-256 (hex)."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class PictureEntry:
    """A picture: its store, its sides in pixels, its file ('' when it was kept back)."""

    store: str
    file: str
    media_type: str
    width: int
    height: int
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class MissingEntry:
    """Why something is missing; `count` is of facts where it is about one person, else of people."""

    reason: GapReason
    detail: str
    permission: str
    count: int


@dataclass(frozen=True, slots=True)
class PersonEntry:
    """One person of the bundle: one line of people.jsonl."""

    number: int
    person: str
    name: str
    facts_known: int
    missing: tuple[MissingEntry, ...]
    pictures: tuple[PictureEntry, ...]


@dataclass(frozen=True, slots=True)
class AskedEntry:
    """Somebody who was asked for and is not in the bundle."""

    asked: str
    reason: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a bundle says of itself."""

    id: str
    created_at: datetime
    tool_version: str
    redacted: bool
    replaced: Mapping[str, int]
    people: int
    missing: tuple[MissingEntry, ...]
    pictures_kept_back: Mapping[str, int]
    left_out: Mapping[str, int]
    not_collected: tuple[AskedEntry, ...]
    files: Mapping[str, FileEntry]


class _Wrong(Exception):
    """A part of the manifest that has not its shape."""


def manifest_from(data: object) -> Manifest | str:
    """The manifest, or the name of the part that has not its shape."""
    try:
        table = _table(data, "manifest")
        files = _list(table, "files", _file)
        return Manifest(
            id=_text(table, "id"),
            created_at=_moment(table, "created_at"),
            tool_version=_text(table, "tool_version"),
            redacted=_answer(table, "redacted"),
            replaced=_counts(table, "replaced"),
            people=_number(table, "people"),
            missing=_list(table, "missing", _missing),
            pictures_kept_back=_counts(table, "pictures_kept_back"),
            left_out=_counts(table, "left_out"),
            not_collected=_list(table, "not_collected", _asked),
            files={file.name: file for file in files},
        )
    except _Wrong as wrong:
        return str(wrong)


def person_from(data: object) -> PersonEntry | str:
    """One line of people.jsonl, or the name of the part that has not its shape."""
    try:
        return _person(_table(data, "person"))
    except _Wrong as wrong:
        return str(wrong)


def _file(table: Mapping[str, Any]) -> FileEntry:
    return FileEntry(_text(table, "name"), _number(table, "size"), _text(table, "sha256"))


def _asked(table: Mapping[str, Any]) -> AskedEntry:
    return AskedEntry(_text(table, "asked"), _text(table, "reason"))


def _person(table: Mapping[str, Any]) -> PersonEntry:
    return PersonEntry(
        _number(table, "number"),
        _text(table, "person"),
        _text(table, "name"),
        _number(table, "facts_known"),
        _list(table, "missing", _missing),
        _list(table, "pictures", _picture),
    )


def _missing(table: Mapping[str, Any]) -> MissingEntry:
    try:
        reason = GapReason(_text(table, "reason"))
    except ValueError:
        raise _Wrong("reason") from None
    return MissingEntry(reason, _text(table, "detail"), _text(table, "permission"), _number(table, "count"))


def _picture(table: Mapping[str, Any]) -> PictureEntry:
    return PictureEntry(
        _text(table, "store"),
        _text(table, "file"),
        _text(table, "media_type"),
        _number(table, "width"),
        _number(table, "height"),
        _number(table, "bytes"),
        _text(table, "digest"),
    )


def _table(found: object, name: str) -> Mapping[str, Any]:
    if not isinstance(found, dict) or len(found) > MAX_LIST:
        raise _Wrong(name)
    return found


def _list(table: Mapping[str, Any], name: str, read: Callable[[Mapping[str, Any]], Item]) -> tuple[Item, ...]:
    found = table.get(name)
    if not isinstance(found, list) or len(found) > MAX_LIST:
        raise _Wrong(name)
    return tuple(read(_table(item, name)) for item in found)


def _text(table: Mapping[str, Any], name: str) -> str:
    found = table.get(name)
    if not isinstance(found, str) or len(found) > MAX_TEXT:
        raise _Wrong(name)
    return found


def _number(table: Mapping[str, Any], name: str) -> int:
    found = table.get(name)
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found <= 2**53:
        raise _Wrong(str(name)[:80])
    return found


def _counts(table: Mapping[str, Any], name: str) -> dict[str, int]:
    found = _table(table.get(name), name)
    return {str(kind)[:80]: _number(found, kind) for kind in found}


def _answer(table: Mapping[str, Any], name: str) -> bool:
    found = table.get(name)
    if not isinstance(found, bool):
        raise _Wrong(name)
    return found


def _moment(table: Mapping[str, Any], name: str) -> datetime:
    try:
        found = datetime.fromisoformat(_text(table, name))
    except ValueError:
        raise _Wrong(name) from None
    if found.tzinfo is None:
        raise _Wrong(name)
    return found
