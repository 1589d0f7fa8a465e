"""A picture in a file of the user, before it is uploaded: its bytes, and the facts it would have as a photo.

Nothing is trusted: neither the name nor the size nor the content of the file.
"""

from __future__ import annotations

import contextlib
import io
import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from PIL import Image

from troubleshooter.collect.images import ImageFacts, analyse
from troubleshooter.collect.images_decode import kind_of
from troubleshooter.errors import UsageError
from troubleshooter.evidence.record import Evidence, EvidenceBuilder, GapReason

MAX_BYTES = 64 * 1024 * 1024
"""A larger file is not read: every way to upload refuses it long before."""
COPY_ENDING = ".photo.jpg"
"""What the copies made by this program are called: `anna.png` becomes `anna.photo.jpg`."""
ENDINGS = {
    ".jpg": "jpeg", ".jpeg": "jpeg", ".jpe": "jpeg", ".jfif": "jpeg", ".png": "png", ".gif": "gif",
    ".bmp": "bmp", ".dib": "bmp", ".webp": "webp", ".heic": "heic", ".heif": "heic", ".avif": "avif",
    ".tif": "tiff", ".tiff": "tiff", ".svg": "svg",
}  # fmt: skip
"""Kinds of picture by the ending of a file's name."""
CANNOT_LOOK = ("not_supported", "too_many_pixels", "too_large")
"""Problems that say nothing about the picture, only that this program does not open it."""

# https://nokiatech.github.io/heif/technical.html and https://aomediacodec.github.io/av1-avif/
_BRANDS = {b"heic": "heic", b"heix": "heic", b"heim": "heic", b"heis": "heic", b"hevc": "heic",
           b"hevx": "heic", b"mif1": "heic", b"msf1": "heic", b"avif": "avif", b"avis": "avif"}  # fmt: skip
_TIFF = (b"II*\0", b"MM\0*")
_GPS = 0x8825
_FACTS_OF_PICTURES = (
    "width", "height", "colour_mode", "animated", "has_alpha", "orientation", "fingerprint",
)  # fmt: skip


class NotAFile(UsageError):
    """What was named is not there, may not be read, or is no ordinary file."""


@dataclass(frozen=True, slots=True)
class PictureFile:
    """One file. `kind` is what the bytes are: a format of `ImageFacts`, heic, avif, tiff, svg, or ''.

    `problem` is '' or one word: those of `images_decode.Decoded`, `too_large` (then `data` is empty), or
    `unreadable` (then `why` is the system's word for it). `bits` are those of one colour of one pixel;
    `profile` names the embedded colour profile: 'sRGB' for all of that kind, '' without, '?' when it cannot
    be read. `metadata` names what else the file carries: exif, gps, xmp, iptc.
    """

    path: Path
    data: bytes
    bytes: int
    kind: str = ""
    problem: str = ""
    why: str = ""
    facts: ImageFacts | None = None
    bits: int = 8
    profile: str = ""
    metadata: tuple[str, ...] = ()

    @property
    def named(self) -> str:
        """The kind its name claims; '' when the ending is none of a picture."""
        return ENDINGS.get(PurePath(self.path.name).suffix.lower(), "")

    @property
    def sides(self) -> tuple[int, int]:
        """Width and height as a person sees them, turned upright; zeros when unknown."""
        if self.facts is None:
            return (0, 0)
        turned = self.facts.orientation >= 5
        sides = (self.facts.width, self.facts.height)
        return sides[::-1] if turned else sides

    @property
    def evidence(self) -> Evidence:
        """The facts this file would have as somebody's photo. What could not be looked into is a gap."""
        builder = EvidenceBuilder()
        builder.know("photo.present", True)
        builder.know("photo.bytes", self.bytes)
        if self.facts is None:
            return builder.build()
        builder.know("photo.format", self.facts.format)
        builder.know("photo.sha256", self.facts.sha256)
        if self.facts.decodes or self.problem not in CANNOT_LOOK:
            builder.know("photo.decodes", self.facts.decodes)
        else:
            builder.miss("photo.decodes", GapReason.NOT_AVAILABLE)
        for name in _FACTS_OF_PICTURES if self.facts.decodes else ():
            if (value := getattr(self.facts, name)) is not None:
                builder.know(f"photo.{name}", value)
        if self.facts.decodes:
            builder.know("photo.largest_side", max(self.sides))
        return builder.build()


def read_file(path: Path) -> PictureFile:
    """Look into one file. NotAFile when it cannot be one; what is wrong with its content is in `problem`."""
    try:
        found = path.stat()
    except OSError as problem:
        raise NotAFile(
            "{file} cannot be read: {why}.",
            "Check the name, and that you may read it.",
            file=str(path),
            why=problem.strerror or type(problem).__name__,
        ) from problem
    if not stat.S_ISREG(found.st_mode):
        raise NotAFile(
            "{file} is neither a file nor a folder.",
            "Name a picture or a folder of pictures.",
            file=str(path),
        )
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as problem:
        why = problem.strerror or type(problem).__name__
        return PictureFile(path, b"", found.st_size, problem="unreadable", why=why)
    if len(data) > MAX_BYTES:
        return PictureFile(path, b"", found.st_size, problem="too_large")
    return look_into(path, data)


def look_into(path: Path, data: bytes) -> PictureFile:
    """What these bytes are. Never raises, whatever they are."""
    facts = analyse(data)
    extras = _extras(data, facts) if facts.decodes else {}
    return PictureFile(path, data, len(data), _kind(data, facts), facts.problem, facts=facts, **extras)


def pictures_in(folder: Path, *, without_copies: bool = False) -> tuple[list[Path], int]:
    """Every picture directly in a folder by name, and how many other files were passed over.

    A file is a picture by its name or by its first bytes. Hidden files and folders inside are not looked at.
    `without_copies` passes over what this program made. NotAFile when the folder cannot be read.
    """
    found: list[Path] = []
    others = 0
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as problem:
        raise NotAFile(
            "{file} cannot be read: {why}.",
            "Check the name, and that you may read it.",
            file=str(folder),
            why=problem.strerror or type(problem).__name__,
        ) from problem
    for entry in entries:
        path = folder / entry.name
        if entry.name.startswith(".") or not _is_file(entry):
            continue
        if without_copies and entry.name.endswith(COPY_ENDING):
            others += 1
        elif path.suffix.lower() in ENDINGS or _begins_like_one(path):
            found.append(path)
        else:
            others += 1
    return found, others


def _is_file(entry: os.DirEntry[str]) -> bool:
    with contextlib.suppress(OSError):
        # A link that leads nowhere counts: reading it says why.
        return entry.is_file() or (entry.is_symlink() and not Path(entry.path).exists())
    return True


def _begins_like_one(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            start = stream.read(1024)
    except OSError:
        return False
    kind, problem = kind_of(start)
    if kind == "bmp":  # two letters prove little; four bytes behind them are always zero
        return start[6:10] == b"\0\0\0\0"
    return not problem or bool(_brand(start)) or start.startswith(_TIFF)


def _kind(data: bytes, facts: ImageFacts) -> str:
    if facts.format != "other":
        return facts.format
    if facts.problem == "svg":
        return "svg"
    return "tiff" if data.startswith(_TIFF) else _brand(data)


def _brand(data: bytes) -> str:
    return _BRANDS.get(data[8:12], "") if data[4:8] == b"ftyp" else ""


def _extras(data: bytes, facts: ImageFacts) -> dict[str, Any]:
    """What else stands in the file's head. Decoration: what is damaged there counts as absent."""
    found: dict[str, Any] = {"bits": _bits(data, facts)}
    with (
        contextlib.suppress(Exception),
        Image.open(io.BytesIO(data), formats=[facts.format.upper()]) as image,
    ):
        info, told = image.info, list[str]()
        found["profile"] = profile_name(info.get("icc_profile"))
        with contextlib.suppress(Exception):
            exif = image.getexif()
            told += ["exif"] if len(exif) else []
            told += ["gps"] if exif.get_ifd(_GPS) else []
        told += ["xmp"] if any(str(key).lower().startswith(("xmp", "xml:com.adobe")) for key in info) else []
        told += ["iptc"] if "photoshop" in info else []
        found["metadata"] = tuple(told)
    return found


def _bits(data: bytes, facts: ImageFacts) -> int:
    # The bit depth stands at a fixed place: https://www.w3.org/TR/png/#11IHDR. Pillow reduces colours to 8.
    if facts.format == "png" and len(data) > 24:
        return max(8, data[24])
    return 8


def profile_name(profile: object) -> str:
    """The description of an ICC colour profile; 'sRGB' for those, '?' when it cannot be read, '' for none."""
    if not isinstance(profile, bytes) or not profile:
        return ""
    try:
        from PIL import ImageCms

        name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    except Exception:  # the profile is hostile input too
        return "?"
    text: str = "".join(char for char in name.strip() if char.isprintable())[:80]
    return "sRGB" if text.lower().startswith("srgb") else text or "?"
