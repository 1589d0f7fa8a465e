"""The last look before a redacted bundle leaves: does any known name stand anywhere in the finished file?

It reads the archive as a stranger would, not as we wrote it: names of files, comments, every text with its
JSON, HTML, percent and base64 layers taken off, and pictures with their metadata in several encodings.
"""

from __future__ import annotations

import base64
import binascii
import html
import io
import json
import re
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from troubleshooter.evidence import bundle_faults as faults
from troubleshooter.evidence.bundle import BundleError
from troubleshooter.evidence.names import Match, Names

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_IN_NOISE = 6
"""Letters from which a name counts in binary data, where short words appear by chance."""
_SHORT, _REMEMBERED = 100, 20_000


@dataclass(frozen=True, slots=True)
class Leak:
    """A name that is still there: in which file of the bundle, and of what kind. Not the name itself."""

    where: str
    kind: str


def refuse_leaks(bundle: BinaryIO, names: Names, ours: Collection[str] = ()) -> None:
    """Raise BundleError when a known name is still in the finished bundle. It says where, not which."""
    left = leaks_of(bundle, names, ours)
    if left:
        raise BundleError(
            *faults.LEAK,
            places=", ".join(sorted({leak.where for leak in left})[:5]),
            kinds=", ".join(sorted({leak.kind for leak in left})),
        )


def leaks_of(archive: BinaryIO, names: Names, ours: Collection[str] = ()) -> list[Leak]:
    """Every name left in a bundle. `ours` are constant texts of our own, which are not searched."""
    found: dict[Leak, None] = {}
    ours = set(ours)
    with zipfile.ZipFile(archive) as bundle:
        for match in _in_comment(bundle.comment, names):
            found[Leak("(comment)", match.name.kind)] = None
        for number, info in enumerate(bundle.infolist(), start=1):
            named = list(in_text(info.filename, names))
            where = f"(file {number})" if named else info.filename  # not the name itself
            matches = [*named, *_in_comment(info.comment, names), *in_bytes(info.extra, names)]
            with bundle.open(info) as member:
                # JSON Lines one by one, so that memory does not grow with the number of people.
                parts = member if info.filename.endswith(".jsonl") else (member.read(),)
                for part in parts:
                    matches += in_member(part, names, ours)
            for match in matches:
                found[Leak(where, match.name.kind)] = None
    return list(found)


def _in_comment(comment: bytes, names: Names) -> Iterator[Match]:
    for code in ("utf-8", "latin-1"):
        yield from in_text(comment.decode(code, "replace"), names)


def in_member(data: bytes, names: Names, ours: set[str]) -> Iterator[Match]:
    """Names in one file, or one line of it: a text of ours, JSON, any other text, or a picture.

    Short texts without a name are added to `ours`, because the same ones come with every person.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        yield from in_bytes(data, names)
        yield from _in_metadata(data, names)
        return
    if text in ours:
        return
    for part in _parts(text):
        if part in ours:
            continue
        left = list(in_text(part, names))
        yield from left
        if not left and len(part) <= _SHORT and len(ours) < _REMEMBERED:
            ours.add(part)


def _parts(text: str) -> Iterator[str]:
    """The strings of JSON or JSON Lines; any other text as a whole."""
    for lines in ([text], text.splitlines()):
        try:
            found = [json.loads(line) for line in lines if line.strip()]
        except (ValueError, RecursionError):
            continue
        for one in found:
            yield from _strings(one)
        return
    yield text


def _strings(data: object) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for key, value in data.items():
            yield str(key)
            yield from _strings(value)
    elif isinstance(data, list):
        for item in data:
            yield from _strings(item)


def in_text(text: str, names: Names) -> Iterator[Match]:
    """Names in a text, as it stands and with its layers taken off."""
    yield from names.matches(text)
    if "%" in text:
        yield from names.matches(text.replace("%", " "))
    if "&" in text:
        yield from names.matches(html.unescape(text))
    for run in _BASE64.findall(text):
        decoded = _from_base64(run)
        if decoded:
            yield from names.matches(decoded)


def _from_base64(run: str) -> str:
    padded = run.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(padded + "=" * (-len(padded) % 4)).decode("utf-8")
    except (binascii.Error, ValueError):
        return ""


def in_bytes(data: bytes, names: Names) -> Iterator[Match]:
    """Names in binary data, in the encodings that file formats use."""
    readings = [data.decode(code, "ignore") for code in ("utf-8", "latin-1", "utf-16-le", "utf-16-be")]
    readings += [data[1:].decode(code, "ignore") for code in ("utf-16-le", "utf-16-be")]
    for text in readings:
        for match in names.matches(text):
            if len("".join(match.name.words)) >= _IN_NOISE:
                yield match


def _in_metadata(data: bytes, names: Names) -> Iterator[Match]:
    """Names in a picture's metadata, which may be compressed (PNG zTXt) or in UTF-16 (EXIF XP tags)."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as picture:
            exif = picture.getexif()
            values = [*picture.info.items(), *exif.items(), *exif.get_ifd(0x8769).items()]
    except (OSError, ValueError, SyntaxError, KeyError, TypeError, Image.DecompressionBombError):
        return
    for key, value in values:
        for part in (key, value):
            if isinstance(part, bytes):
                yield from in_bytes(part, names)
                yield from in_text(part.decode("utf-16-le", "ignore").replace("\0", " "), names)
            elif isinstance(part, str):
                yield from in_text(part, names)
