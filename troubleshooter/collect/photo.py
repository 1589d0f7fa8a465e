"""The Microsoft 365 photo as Graph serves it: metadata, sizes and bytes become the facts of `photo`.

https://learn.microsoft.com/graph/api/profilephoto-get
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from troubleshooter.collect import details
from troubleshooter.collect.classify import Reading, gap, json_of, miss_all, note, status_of
from troubleshooter.collect.images import ImageFacts, analyse
from troubleshooter.collect.mailbox import ON_PREMISES_CODE, VANISHED_CODE, on_premises
from troubleshooter.collect.values import not_applicable, state
from troubleshooter.evidence.record import EvidenceBuilder, GapReason, Picture
from troubleshooter.transport.answer import Answer

HD_SIDES = (48, 64, 96, 120, 240, 360, 432, 504, 648)
HD_SIZES = frozenset(f"{side}x{side}" for side in HD_SIDES)
SIZE_FACTS = ("photo.sizes", "photo.size_count", "photo.hd_size_count")
IMAGE_FACTS = (
    "photo.width",
    "photo.height",
    "photo.bytes",
    "photo.format",
    "photo.colour_mode",
    "photo.animated",
    "photo.has_alpha",
    "photo.orientation",
    "photo.decodes",
    "photo.fingerprint",
    "photo.sha256",
)
# What is known of a file even when it is no picture.
_FACTS_OF_ANY_FILE = ("photo.bytes", "photo.format", "photo.decodes", "photo.sha256")
_NOT_DECODED = gap(GapReason.UNREADABLE, details.NOT_DECODED)
_HISTORY_FACTS = ("photo.first_seen_at", "photo.previous_fingerprint")
_SMALLEST = "48x48"
_BYTES_MISSING = gap(GapReason.UNREADABLE, details.PHOTO_BYTES_MISSING)
_SIZE = re.compile(r"(\d{1,6})x(\d{1,6})", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class PhotoAnswers:
    """The answers about one person: /photo, /photos and /photo/$value; None for what was not asked."""

    metadata: Answer
    sizes: Answer | None
    content: Answer | None


def read_photo(
    builder: EvidenceBuilder, answers: PhotoAnswers, read: PictureReader | None = None
) -> Picture | None:
    """State the facts of `photo`; returns the picture when there is one. Read directory and mailbox first.

    `read` is `read_picture`, or one that remembers what it has read.
    """
    source = note(builder, answers.metadata)
    reading = _metadata_reading(answers.metadata)
    if answers.metadata.status:
        builder.know("photo.status", answers.metadata.status, source)
        builder.know("photo.error_code", answers.metadata.error_code, source)
    else:
        miss_all(builder, ["photo.status", "photo.error_code"], reading, source)
    for path in _HISTORY_FACTS:
        builder.miss(path, GapReason.NOT_COLLECTED, details.NEEDS_HISTORY)
    if reading.absent or (reading.ok and _is_none(reading.body)):
        if answers.metadata.error_code.lower() == ON_PREMISES_CODE:
            on_premises(builder, source)
        _no_photo(builder, source)
        return None
    content, content_source = NOT_LOOKED_AT, ""
    if answers.content is not None:
        content = (read or read_picture)("photo", answers.content)
        content_source = note(builder, answers.content)
    if reading.ok:
        builder.know("photo.present", True, source)
        builder.know("photo.etag", str(reading.body.get("@odata.mediaEtag") or ""), source)
    elif content.picture is not None and content.facts is not None and _is_photo(content.facts):
        # The bytes prove the photo although its description could not be read.
        builder.know("photo.present", True, content_source)
        miss_all(builder, ["photo.etag"], reading, source)
    else:
        miss_all(builder, ["photo.present", "photo.etag"], reading, source)
    described = builder.known("photo.present") is True
    _read_image(builder, content, content_source, otherwise=_BYTES_MISSING if described else reading)
    _read_sizes(builder, answers.sizes, reading.body if reading.ok else {}, source)
    return content.picture


@dataclass(frozen=True, slots=True)
class PictureRead:
    """A picture that was read with what is in it, or why there is none."""

    reading: Reading
    picture: Picture | None = None
    facts: ImageFacts | None = None


PictureReader = Callable[[str, Answer], PictureRead]
NOT_ASKED = gap(GapReason.NOT_COLLECTED, details.NOT_ASKED_FOR)
NOT_LOOKED_AT = PictureRead(NOT_ASKED)
"""A picture that nobody asked for."""


def read_picture(store: str, answer: Answer) -> PictureRead:
    """Read a body that should be a picture. Text in its place (an error page, a proxy) is `unreadable`.

    The content type proves nothing: batch items come as application/json, so the bytes themselves decide.
    """
    reading = status_of(answer)
    if not reading.ok:
        return PictureRead(reading)
    facts = analyse(answer.body)
    said_text = answer.content_type.startswith("text/") and facts.format == "other"
    if facts.problem in ("empty", "html") or said_text or answer.body.lstrip()[:1] == b"{":
        return PictureRead(gap(GapReason.UNREADABLE, details.NOT_A_PICTURE))
    picture = Picture(store, answer.content_type, answer.body, facts.width, facts.height)
    return PictureRead(reading, picture, facts)


def _metadata_reading(answer: Answer) -> Reading:
    reading = json_of(answer)
    if reading.absent and answer.error_code.lower() == VANISHED_CODE:
        return gap(GapReason.UNREADABLE, details.ACCOUNT_VANISHED)
    if reading.ok and not ({"id", "width", "height", "@odata.mediaContentType"} & set(reading.body)):
        return gap(GapReason.UNREADABLE, details.WRONG_SHAPE)
    return reading


def _is_none(metadata: Mapping[str, Any]) -> bool:
    """Graph's documented "no photo" inside a 200: a 1x1 GIF without an etag."""
    if str(metadata.get("id", "")).lower() == "1x1" or 1 in (metadata.get("width"), metadata.get("height")):
        return True
    kind = str(metadata.get("@odata.mediaContentType", "")).lower()
    return kind == "image/gif" and metadata.get("@odata.mediaEtag", None) in ("", '""')


def _is_photo(facts: ImageFacts) -> bool:
    """A picture that opens, and not the one pixel that Graph hands out where there is no photo."""
    return facts.decodes and (facts.width, facts.height) != (1, 1)


def _no_photo(builder: EvidenceBuilder, source: str) -> None:
    builder.know("photo.present", False, source)
    builder.know("photo.sizes", (), source)
    builder.know("photo.size_count", 0, source)
    builder.know("photo.hd_size_count", 0, source)
    builder.know("photo.etag", "", source)
    builder.know("photo.store_class", "none", source)
    miss_all(builder, (*IMAGE_FACTS, "photo.largest_side"), not_applicable(details.NO_PHOTO), source)


def _read_image(builder: EvidenceBuilder, content: PictureRead, source: str, otherwise: Reading) -> None:
    if content.facts is None:
        miss_all(builder, IMAGE_FACTS, otherwise if content.reading.absent else content.reading, source)
        return
    for path in IMAGE_FACTS:
        value = getattr(content.facts, path.partition(".")[2])
        seen = content.facts.decodes or path in _FACTS_OF_ANY_FILE
        state(builder, path, value if seen and value is not None else _NOT_DECODED, source)


def _read_sizes(
    builder: EvidenceBuilder, answer: Answer | None, metadata: Mapping[str, Any], metadata_source: str
) -> None:
    source = note(builder, answer) if answer is not None else ""
    reading = json_of(answer) if answer is not None else NOT_ASKED
    if reading.ok and not isinstance(reading.body.get("value"), list):
        reading = gap(GapReason.UNREADABLE, details.WRONG_SHAPE)
    listed = _sizes(reading.body["value"]) if reading.ok else ()
    if reading.ok:
        builder.know("photo.sizes", listed, source)
        builder.know("photo.size_count", len(listed), source)
        builder.know("photo.hd_size_count", len(HD_SIZES & set(listed)), source)
    else:
        miss_all(builder, SIZE_FACTS, reading, source)
    state(builder, "photo.store_class", _store_class(builder, listed, reading), source)
    own = _sizes([metadata])
    if own or listed:
        side = max(int(part) for size in own or listed for part in size.split("x"))
        builder.know("photo.largest_side", side, metadata_source if own else source)
    elif isinstance(measured := builder.known("photo.width"), int):
        builder.know("photo.largest_side", max(measured, int(str(builder.known("photo.height")))), source)
    else:
        miss_all(builder, ["photo.largest_side"], reading, source)


def _sizes(entries: Iterable[object]) -> tuple[str, ...]:
    """Sizes as `48x48`: the id where it is one (`240X240` too), else width and height; 1x1 is no size."""
    found: list[str] = []
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        match = _SIZE.fullmatch(str(entry.get("id", "")))
        width, height = match.groups() if match else (entry.get("width"), entry.get("height"))
        size = f"{width}x{height}"
        if _SIZE.fullmatch(size) and size != "1x1" and size not in found:
            found.append(size)
    return tuple(found)


def _store_class(builder: EvidenceBuilder, sizes: tuple[str, ...], listing: Reading) -> str | Reading:
    """Vote on the probable home of the photo; nothing readable proves it.

    Microsoft 365 makes all standard sizes up to the upload, the directory keeps the one it got: a single
    size is the directory's, unless it is the smallest standard one, which has none below it.
    Without an Exchange plan and without a mailbox (shared ones need no plan) it cannot be the mailbox's.
    """
    no_plan = builder.known("directory.exchange_plan") in ("disabled", "missing")
    if no_plan and builder.known("mailbox.exists") is not True and builder.known("photo.present"):
        return "directory"
    if not listing.ok:
        return listing
    hd = HD_SIZES & set(sizes)
    if len(hd) >= 2:
        return "mailbox"
    if len(sizes) == 1 and sizes[0] != _SMALLEST:
        return "directory"
    return gap(GapReason.UNREADABLE, details.STORE_AMBIGUOUS)
