"""Bundles: what was read about some people, in one ZIP file that can be looked at before it is sent.

    manifest.json     what is in it, with a SHA-256 of every file, and what was not collected and why
    people.jsonl      one line for each person: who, what is known, what is missing, which pictures
    evidence.jsonl    one line of evidence for each person, in the same order (see `codec`)
    pictures/0001/photo.jpg   the pictures of the first person; none in a redacted bundle
    README.txt        the same in plain words

`bundle_write` writes them and `bundle_read` reads them. The hashes tell damage; they prove nothing about who
wrote the file. Both keep to the same limits, so that what was written can be read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from troubleshooter.errors import RunFailed
from troubleshooter.evidence.record import Evidence, Gap, GapReason, Picture
from troubleshooter.evidence.schema import SCHEMA

FORMAT = "photo-troubleshooter/bundle/1"
MAP_FORMAT = "photo-troubleshooter/bundle-map/1"
MANIFEST, PEOPLE, EVIDENCE, README_NAME = "manifest.json", "people.jsonl", "evidence.jsonl", "README.txt"

MAX_ARCHIVE = 512 * 1024**2
MAX_TOTAL = 1024**3
MAX_FILES = 50_000
MAX_PICTURE = 32 * 1024**2

# Why there is no picture file, in the manifest's own words.
REDACTED, NO_PICTURES, NO_ROOM = "redacted", "not_wanted", "no_room"

_EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/bmp": "bmp",
    "image/webp": "webp",
}
_IDLE = (GapReason.NOT_APPLICABLE, GapReason.NOT_ASKED)


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


def manifest_of(
    made: Made,
    *,
    people: int,
    missing: Mapping[tuple[str, str, str], int],
    kept_back: Mapping[str, int],
    problems: tuple[Problem, ...],
    left_out: Mapping[str, int],
    replaced: Mapping[str, int] | None,
    files: list[dict[str, Any]],
) -> dict[str, Any]:
    """The manifest as JSON data. `missing` counts people by reason, detail and permission."""
    return {
        "format": FORMAT,
        "id": made.id,
        "created_at": utc(made.created_at),
        "tool_version": made.tool_version,
        "evidence_schema": SCHEMA,
        "redacted": replaced is not None,
        "replaced": dict(replaced or {}),
        "people": people,
        "missing": [
            {"reason": reason, "detail": detail, "permission": permission, "count": count}
            for (reason, detail, permission), count in sorted(missing.items(), key=lambda one: -one[1])
        ],
        "pictures_kept_back": dict(kept_back),
        "not_collected": [{"asked": one.asked, "reason": one.reason} for one in problems],
        "left_out": dict(left_out),
        "files": files,
    }


def entry_of(number: int, evidence: Evidence, pictures: list[dict[str, Any]]) -> dict[str, Any]:
    """One line of people.jsonl as JSON data."""
    known = sum(value is not None for _, value in evidence.values())
    gaps = Counter((gap.reason, gap.detail, gap.permission) for gap in evidence.gaps)
    return {
        "number": number,
        "person": evidence.person.user_principal_name or evidence.person.id or "",
        "name": evidence.person.display_name or "",
        "facts_known": known,
        "missing": [
            {"reason": reason.value, "detail": detail, "permission": permission, "count": count}
            for (reason, detail, permission), count in sorted(gaps.items(), key=_by_reason)
        ],
        "pictures": pictures,
    }


def missed(gaps: tuple[Gap, ...]) -> Iterator[tuple[str, str, str]]:
    """Why facts of one person are missing that somebody could supply, each reason once."""
    yield from dict.fromkeys(
        (gap.reason.value, gap.detail, gap.permission) for gap in gaps if gap.reason not in _IDLE
    )


def _by_reason(item: tuple[tuple[GapReason, str, str], int]) -> tuple[int, str]:
    (reason, detail, _), _ = item
    return list(GapReason).index(reason), detail


def picture_entry(picture: Picture, file: str, digest: str) -> dict[str, Any]:
    """One picture as JSON data. `file` is '' when it was kept back."""
    return {
        "store": picture.store,
        "file": file,
        "media_type": picture.media_type,
        "width": picture.width,
        "height": picture.height,
        "bytes": picture.size or len(picture.data),
        "digest": digest,
    }


def picture_name(number: int, picture: Picture) -> str:
    """The name of a picture's file in the bundle."""
    return f"pictures/{number:04d}/{picture.store}.{_EXTENSIONS.get(picture.media_type, 'bin')}"


def map_of(made: Made, secrets: Mapping[str, str]) -> dict[str, Any]:
    """The private map of a redacted bundle as JSON data: what stands behind each pseudonym."""
    return {
        "format": MAP_FORMAT,
        "bundle": made.id,
        "created_at": utc(made.created_at),
        "note": "Private: this file puts the real names back. Keep it; do not send it with the bundle.",
        "pseudonyms": dict(secrets),
    }


def utc(moment: datetime) -> str:
    """ISO 8601 in UTC."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
