"""The picture files SharePoint keeps of one person, and what pages are served: facts of `sharepoint`."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from urllib.parse import quote

from troubleshooter.collect import details
from troubleshooter.collect.addresses import FileAddress
from troubleshooter.collect.classify import Reading, gap, miss_all, note, status_of
from troubleshooter.collect.images import ImageFacts, is_known_default
from troubleshooter.collect.library import Look
from troubleshooter.collect.photo import NOT_LOOKED_AT, PictureRead, PictureReader, read_picture
from troubleshooter.collect.values import MISSING, not_applicable, state
from troubleshooter.evidence.record import EvidenceBuilder, GapReason, Picture
from troubleshooter.transport.answer import Answer

FILE_FACTS = ("sharepoint.thumbnail_bytes", "sharepoint.thumbnail_modified_at")
PICTURE_FACTS = (
    "sharepoint.thumbnail_width",
    "sharepoint.thumbnail_height",
    "sharepoint.thumbnail_is_blank",
    "sharepoint.thumbnail_fingerprint",
)
THUMBNAIL_FACTS = ("sharepoint.thumbnails_present", *FILE_FACTS, *PICTURE_FACTS, "sharepoint.folder_name")
SERVED_FACTS = ("sharepoint.served_status", "sharepoint.served_is_default_image")
# An account nobody has: what pages show for it is the default image of the day.
NOBODY = "photo-troubleshooter-nobody"


def userphoto_url(host: str, account: str) -> str:
    """What pages ask for to show somebody's picture."""
    return f"https://{host}/_layouts/15/userphoto.aspx?size=L&accountname={quote(account, safe='@.')}"


def download_address(look: Look) -> FileAddress | None:
    """The file to download for the comparison: the largest rendition, else the one the profile names."""
    if look.best is not None:
        return FileAddress(look.wanted.host, f"{look.folder}/{look.best.name}")
    return look.wanted.named


def named_is_missing(look: Look) -> bool:
    """The library was read and does not hold the very file the profile names."""
    named = look.wanted.named
    looked = look.reading.ok or look.reading.absent
    return (
        named is not None and looked and named.name.lower() not in {file.name.lower() for file in look.files}
    )


def read_thumbnails(
    builder: EvidenceBuilder,
    look: Look,
    download: Answer | None,
    *,
    asked: bool = True,
    read: PictureReader = read_picture,
) -> Picture | None:
    """State the thumbnail facts from a look into the library and the download of the best file.

    `asked` False: nobody has tried to download it. `read` may be a reader that remembers what it has read.
    """
    source = ""
    for answer in look.answers:
        source = note(builder, answer)
    got = PictureRead(Reading(absent=True)) if asked else NOT_LOOKED_AT
    if download is not None:
        got = read("thumbnail", download)
    file_source = note(builder, download) if download is not None else source
    # A service that does not know the library call still hands out the file.
    there = bool(look.files) or (download is not None and status_of(download).ok)
    looked = look.reading.ok or look.reading.absent
    if not there and looked:
        builder.know("sharepoint.thumbnails_present", False, source)
        _folder(builder, "" if look.reading.absent else look.folder, source)
        miss_all(builder, (*FILE_FACTS, *PICTURE_FACTS), not_applicable(details.NO_THUMBNAIL), source)
        return None
    if not there:
        miss_all(builder, THUMBNAIL_FACTS, look.reading, source)
        return None
    builder.know("sharepoint.thumbnails_present", True, source if look.files else file_source)
    _folder(builder, look.folder, source)
    _read_file(builder, look, download, source if look.files else file_source)
    _read_image(builder, got, file_source)
    return got.picture


def _folder(builder: EvidenceBuilder, folder: str, source: str) -> None:
    name = folder.rpartition("/")[2] or not_applicable(details.FILE_OR_FOLDER_MISSING)
    state(builder, "sharepoint.folder_name", name, source)


def _read_file(builder: EvidenceBuilder, look: Look, download: Answer | None, source: str) -> None:
    best = look.best
    size = best.bytes if best is not None and best.bytes >= 0 else -1
    when = best.modified if best is not None else None
    if download is not None and download.ok:
        size = size if size >= 0 else len(download.body)
        when = when or _last_modified(download)
    state(builder, "sharepoint.thumbnail_bytes", size if size >= 0 else MISSING, source)
    state(builder, "sharepoint.thumbnail_modified_at", when or MISSING, source)


def _last_modified(answer: Answer) -> datetime | None:
    try:
        when = parsedate_to_datetime(answer.headers.get("last-modified", ""))
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, LookupError, OverflowError):
        return None


def _read_image(builder: EvidenceBuilder, got: PictureRead, source: str) -> None:
    if got.facts is None or got.picture is None:
        reading = got.reading
        missing = gap(GapReason.UNREADABLE, details.NOT_A_PICTURE)
        miss_all(builder, PICTURE_FACTS, missing if reading.absent else reading, source)
        return
    undecoded = gap(GapReason.UNREADABLE, details.NOT_DECODED)
    for path, value in zip(
        PICTURE_FACTS,
        (got.facts.width, got.facts.height, got.facts.is_blank, got.facts.fingerprint),
        strict=True,
    ):
        usable = got.facts.decodes and value is not None
        state(builder, path, value if usable else undecoded, source)


def read_served(builder: EvidenceBuilder, answer: Answer, nobody: Answer | None) -> Picture | None:
    """State what pages show. `nobody` is the answer for an account that does not exist."""
    source = note(builder, answer)
    got = read_picture("served", answer)
    if answer.status:
        builder.know("sharepoint.served_status", answer.status, source)
    else:
        miss_all(builder, ["sharepoint.served_status"], got.reading, source)
    if got.picture is None or got.facts is None:
        missing = gap(GapReason.UNREADABLE, details.NOT_FOUND)
        reading = missing if got.reading.absent else got.reading
        miss_all(builder, ["sharepoint.served_is_default_image"], reading, source)
        return None
    state(
        builder,
        "sharepoint.served_is_default_image",
        _is_default(got.picture.data, got.facts, nobody),
        source,
    )
    return got.picture


@lru_cache(maxsize=4)
def _is_picture(ok: bool, content_type: str, body: bytes) -> bool:
    """The answer for nobody is the same for everybody, and decoding it takes longer than asking."""
    answer = Answer("GET", "", 200 if ok else 404, {"content-type": content_type}, body, datetime.now(UTC))
    return read_picture("served", answer).picture is not None


def _is_default(data: bytes, facts: ImageFacts, nobody: Answer | None) -> bool | Reading:
    if is_known_default(data):
        return True
    if nobody is not None and _is_picture(nobody.ok, nobody.content_type, nobody.body):
        return data == nobody.body
    return True if facts.is_default else gap(GapReason.UNREADABLE, details.DEFAULT_IMAGE_UNKNOWN)
