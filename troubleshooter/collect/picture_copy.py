"""A copy of a picture that every store takes: square, upright, RGB in sRGB, a JPEG without metadata.

Nothing is enlarged. The size limit is kept by a lower quality, never by a smaller picture than asked for.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import Literal

from PIL import Image

from troubleshooter.collect.images_decode import UPRIGHT, decode, upright
from troubleshooter.collect.picture_file import PictureFile, profile_name
from troubleshooter.errors import UsageError

QUALITIES = (92, 88, 84, 80, 75, 70, 65, 60, 55, 50, 45, 40, 35, 30)
"""Tried in this order until the file is small enough. Above 95 JPEG files only grow:
https://pillow.readthedocs.io/en/stable/handbook/image-file-formats.html#jpeg-saving"""
ROOM = 0.95
"""Share of a limit that a copy uses: sources do not say whether a KB is 1,000 or 1,024 bytes."""
BACKGROUND = "white"

Way = Literal["centre", "top", "pad", "box"]
Change = Literal[
    "cut", "padded", "turned", "reduced", "not_enlarged", "colours", "colours_guessed", "background", "still",
    "depth", "format", "metadata",
]  # fmt: skip
"""What was done to a picture. colours: made sRGB by the embedded profile; colours_guessed: without one."""
_BOX = re.compile(r"\s*(\d{1,6})\s*,\s*(\d{1,6})\s*,\s*(\d{1,6})\s*")


@dataclass(frozen=True, slots=True)
class Crop:
    """How a picture becomes square. `x`, `y`, `size`: pixels of the upright picture, for `box` alone."""

    way: Way = "centre"
    x: int = 0
    y: int = 0
    size: int = 0


@dataclass(frozen=True, slots=True)
class Copy:
    """A finished copy. `fits` is False when even the lowest quality is above the limit."""

    data: bytes
    side: int
    quality: int
    changes: tuple[Change, ...]
    fits: bool


class CropOutside(UsageError):
    """The part to cut out is not inside the picture."""


def crop_of(text: str) -> Crop:
    """`centre`, `top`, `pad`, or `x,y,size` in pixels. UsageError for anything else."""
    if text in ("centre", "center", "top", "pad"):
        return Crop("centre" if text == "center" else text)  # type: ignore[arg-type]
    if (found := _BOX.fullmatch(text)) and int(found[3]) > 0:
        return Crop("box", int(found[1]), int(found[2]), int(found[3]))
    raise UsageError(
        "{text!r} is no way to cut a square.",
        "Give --crop centre, top, pad, or x,y,size in pixels, such as --crop 120,0,800.",
        text=text[:40],
    )


def make_copy(picture: PictureFile, crop: Crop, side: int, most_bytes: int) -> Copy | None:
    """A copy of at most `side` pixels and `most_bytes`; None when the picture does not decode.

    CropOutside when the part to cut out is not inside the picture.
    """
    found = decode(picture.data)
    if found.image is None:
        return None
    changes: list[Change] = []
    image = _in_srgb(found.image, changes)
    for change, made in (
        ("turned", found.orientation != UPRIGHT),
        ("background", found.has_alpha),
        ("still", found.animated),
        ("depth", picture.bits > 8),
        ("format", picture.kind != "jpeg"),
        ("metadata", bool(picture.metadata)),
    ):
        if made:
            changes.append(change)  # type: ignore[arg-type]
    image = _square(image, crop, side, changes)
    # A new picture from the pixels alone: no metadata, comment or profile can come along.
    clean = Image.frombytes("RGB", image.size, image.tobytes())
    data, quality = b"", QUALITIES[0]
    for quality in QUALITIES:
        data = _jpeg(clean, quality)
        if len(data) <= most_bytes * ROOM:
            break
    return Copy(data, clean.width, quality, tuple(changes), len(data) <= most_bytes * ROOM)


def _square(image: Image.Image, crop: Crop, side: int, changes: list[Change]) -> Image.Image:
    """The square, at most `side` pixels; shrunk before it is padded, so that a long strip needs no memory."""
    width, height = image.size
    shorter, longer = min(width, height), max(width, height)
    if crop.way == "box":
        if crop.x + crop.size > width or crop.y + crop.size > height:
            raise CropOutside(
                "The square {x},{y},{size} is not inside the picture, which has {width} by {height} pixels.",
                "Count from the upper left corner of the picture as you see it.",
                x=crop.x,
                y=crop.y,
                size=crop.size,
                width=width,
                height=height,
            )
        box = (crop.x, crop.y, crop.x + crop.size, crop.y + crop.size)
    else:
        left = (width - shorter) // 2
        top = 0 if crop.way == "top" else (height - shorter) // 2
        box = (left, top, left + shorter, top + shorter)
    if crop.way == "pad" and shorter != longer:
        changes.append("padded")
        return _padded(image, min(side, longer), changes)
    if box != (0, 0, width, height):
        changes.append("cut")
        image = image.crop(box)
    return _shrunk(image, (side, side), changes)


def _padded(image: Image.Image, side: int, changes: list[Change]) -> Image.Image:
    longer = max(image.size)
    fitting = (max(1, image.width * side // longer), max(1, image.height * side // longer))
    small = _shrunk(image, fitting, changes)
    square = Image.new("RGB", (side, side), BACKGROUND)
    square.paste(small, ((side - small.width) // 2, (side - small.height) // 2))
    return square


def _shrunk(image: Image.Image, size: tuple[int, int], changes: list[Change]) -> Image.Image:
    if image.width > size[0] or image.height > size[1]:
        changes.append("reduced")
        return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    if image.width < size[0]:
        changes.append("not_enlarged")
    return image


def _in_srgb(image: Image.Image, changes: list[Change]) -> Image.Image:
    """Upright, without transparency, in sRGB. A profile that cannot be applied is passed over."""
    profile = image.info.get("icc_profile")
    named = profile_name(profile)
    if isinstance(profile, bytes) and named not in ("", "sRGB"):
        try:
            converted = _converted(image, profile)
        except Exception:  # a hostile or wrong profile makes the library raise nearly anything
            converted = None
        if converted is not None:
            changes.append("colours")
            return converted
    if image.mode == "CMYK" or named not in ("", "sRGB"):
        changes.append("colours_guessed")
    return upright(image)


def _converted(image: Image.Image, profile: bytes) -> Image.Image | None:
    """The picture in sRGB by its own profile; None when the profile is for other colours than it has."""
    from PIL import ImageCms

    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    space = str(source.profile.xcolor_space).strip()
    target = ImageCms.createProfile("sRGB")
    if image.mode == "CMYK":
        if space != "CMYK":
            return None
        made = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
        assert made is not None  # only a conversion in place gives nothing back
        # The conversion forgets the note that the picture must be turned.
        made.info = {key: value for key, value in image.info.items() if key != "icc_profile"}
        return upright(made)
    seen = upright(image)
    grey = image.mode in ("1", "L", "LA") or image.mode.startswith("I")
    if space != ("GRAY" if grey else "RGB"):
        return None
    return ImageCms.profileToProfile(seen.convert("L") if grey else seen, source, target, outputMode="RGB")


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()
