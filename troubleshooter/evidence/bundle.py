"""Bundles: what was read about some people, in one ZIP file that can be looked at before it is sent.

    manifest.json     what is in it, with a SHA-256 of every file, and what was not collected and why
    evidence.jsonl    one line of evidence for each person (see `codec`)
    pictures/0001/photo.jpg   the pictures of the first person; none in a redacted bundle
    README.txt        the same in plain words

`bundle_read` reads them. The hashes tell damage; they prove nothing about who wrote the file.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from troubleshooter.errors import RunFailed
from troubleshooter.evidence.bundle_readme import README
from troubleshooter.evidence.codec import dump
from troubleshooter.evidence.leaks import leaks_of
from troubleshooter.evidence.record import Collected, GapReason, Picture, Redaction
from troubleshooter.evidence.redact import Redacted
from troubleshooter.evidence.schema import SCHEMA

FORMAT = "photo-troubleshooter/bundle/1"
MAP_FORMAT = "photo-troubleshooter/bundle-map/1"
MANIFEST, EVIDENCE, README_NAME = "manifest.json", "evidence.jsonl", "README.txt"

_EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/bmp": "bmp",
    "image/webp": "webp",
}


class BundleError(RunFailed):
    """A bundle that cannot be written or trusted; `what` names the file."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Somebody who was asked for and is not in the bundle."""

    asked: str
    reason: str


@dataclass(frozen=True, slots=True)
class Made:
    """Who made the bundle: its random id, when, and with which version of the program."""

    id: str
    created_at: datetime
    tool_version: str


def build(
    made: Made,
    people: Sequence[Collected],
    problems: Sequence[Problem] = (),
    *,
    redacted: Redacted | None = None,
    sentences: Collection[str] = (),
) -> bytes:
    """The finished ZIP file. Raises BundleError when a name is left in one that must hold none.

    `people` and `problems` are already redacted when `redacted` is given; it says which names may not remain,
    and `sentences` are our own constant texts in which nothing is looked for.
    """
    pictures = dict(_pictures(people)) if redacted is None else {}
    lines = [json.dumps(dump(one.evidence), ensure_ascii=False) + "\n" for one in people]
    members: dict[str, bytes] = {
        EVIDENCE: "".join(lines).encode("utf-8"),
        **{name: picture.data for name, picture in pictures.items()},
        README_NAME: README.encode("utf-8"),
    }
    redaction = redacted.redaction if redacted else None
    manifest = manifest_of(made, people, problems, redaction, members)
    text = json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"
    archive = _zip({MANIFEST: text.encode("utf-8"), **members}, made.created_at)
    if redacted is not None:
        refuse_leaks(archive, redacted, sentences)
    return archive


def refuse_leaks(archive: bytes, redacted: Redacted, sentences: Collection[str] = ()) -> None:
    """Raise BundleError when a known name is still somewhere in the bundle."""
    left = leaks_of(archive, redacted.names, {README, *sentences})
    if left:
        raise BundleError(
            "The redacted bundle was not written: {places} would still hold a known name ({kinds}).",
            "Please report this; until then send no bundle, or one without --redact if you may.",
            places=", ".join(sorted({leak.where for leak in left})[:5]),
            kinds=", ".join(sorted({leak.kind for leak in left})),
        )


def map_of(made: Made, secrets: Mapping[str, str]) -> dict[str, Any]:
    """The private map of a redacted bundle as JSON data: what stands behind each pseudonym."""
    return {
        "format": MAP_FORMAT,
        "bundle": made.id,
        "created_at": _time(made.created_at),
        "note": "Private: this file puts the real names back. Keep it; do not send it with the bundle.",
        "pseudonyms": dict(secrets),
    }


def manifest_of(
    made: Made,
    people: Sequence[Collected],
    problems: Sequence[Problem],
    redaction: Redaction | None,
    members: Mapping[str, bytes],
) -> dict[str, Any]:
    """The manifest as JSON data."""
    return {
        "format": FORMAT,
        "id": made.id,
        "created_at": _time(made.created_at),
        "tool_version": made.tool_version,
        "evidence_schema": SCHEMA,
        "redacted": redaction is not None,
        "replaced": dict(redaction.replaced) if redaction else {},
        "people": [_entry(number, one) for number, one in enumerate(people, start=1)],
        "not_collected": [{"asked": one.asked, "reason": one.reason} for one in problems],
        "files": [
            {"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in members.items()
        ],
    }


def _entry(number: int, one: Collected) -> dict[str, Any]:
    evidence = one.evidence
    known = sum(value is not None for _, value in evidence.values())
    gaps = Counter((gap.reason, gap.detail, gap.permission) for gap in evidence.gaps)
    return {
        "number": number,
        "person": evidence.person.user_principal_name or evidence.person.id or "",
        "facts_known": known,
        "missing": [
            {"reason": reason.value, "detail": detail, "permission": permission, "count": count}
            for (reason, detail, permission), count in sorted(gaps.items(), key=_by_reason)
        ],
        "pictures": [
            _picture_entry(number, picture, redacted=one.redaction is not None)
            for picture in one.pictures.values()
        ],
    }


def _by_reason(item: tuple[tuple[GapReason, str, str], int]) -> tuple[int, str]:
    (reason, detail, _), _ = item
    return list(GapReason).index(reason), detail


def _picture_entry(number: int, picture: Picture, *, redacted: bool) -> dict[str, Any]:
    return {
        "store": picture.store,
        "file": "" if redacted else _picture_name(number, picture),
        "media_type": picture.media_type,
        "width": picture.width,
        "height": picture.height,
        "digest": picture.digest,
    }


def _picture_name(number: int, picture: Picture) -> str:
    return f"pictures/{number:04d}/{picture.store}.{_EXTENSIONS.get(picture.media_type, 'bin')}"


def _pictures(people: Sequence[Collected]) -> Iterator[tuple[str, Picture]]:
    for number, one in enumerate(people, start=1):
        for picture in one.pictures.values():
            yield _picture_name(number, picture), picture


def _zip(members: Mapping[str, bytes], at: datetime) -> bytes:
    written = io.BytesIO()
    moment = at.astimezone(UTC)
    date = (max(moment.year, 1980), moment.month, moment.day, moment.hour, moment.minute, moment.second)
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, date)
            info.external_attr = 0o100600 << 16  # a regular file, for its owner alone
            info.create_system = 3
            packed = name.endswith((".json", ".jsonl", ".txt"))
            info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
            archive.writestr(info, data)
    return written.getvalue()


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
