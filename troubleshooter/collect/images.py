"""What is wrong with a picture file, found from its bytes alone."""

from __future__ import annotations

import base64
import hashlib
import io
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageStat

from troubleshooter.collect.compare import fingerprint
from troubleshooter.collect.images_decode import decode, upright
from troubleshooter.evidence.schema import ImageFormat

DEFAULT_IMAGES = {
    "7ad602295f8386b7615b582d87bcc294": "default person",
    "4a48f26592f4e1498d7a478a4c48609c": "default placeholder",
    "6de6a017bc934f55835ac9b721d04b8b": "default person, in newer lists",
    "f8cb5c6ed63e440b90d962f8c4b2377b": "default person, in newer lists",
    "9a06a83c57864b16a5eef56e83dd5c67": "default person, in newer lists",
    "dc9713f1e28b6ec4d4acba8a50c45caa": "default person, in newer lists",
    "808be61398a910bc29b81f4920de8741": "default person, in newer lists",
    "b04cfcc81483e3d264508991c989a538": "default person, in newer lists",
}
"""MD5 of the images userphoto.aspx serves for people without a photo, as public web parts know them.

The first two are named in https://github.com/pnp/sp-dev-fx-controls-react (LivePersonaCard). Web parts hash
the base64 text of the file, not the file (some even of a PNG the browser made of it), so both are looked up.
Microsoft may change these images at any time: no match proves nothing.
"""

_FLAT_SPREAD = 12  # levels of 255 between the darkest and the lightest part of a 16 by 16 average
_TONE = 14  # levels a pixel may differ from a tone and still be of it
_GREY = 24  # levels between the channels of a colour that still looks grey


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """One picture file. Sides are pixels as stored (before turning), 0 when unreadable.

    `problem` is '' or one short word, see `images_decode.Decoded`; with a problem `decodes` is False and
    `fingerprint` None. Orientation 1 is upright. `has_alpha` means an alpha channel or a transparent
    colour, used or not.
    `is_default` is a known default image or looks like one (a grey head and shoulders in flat tones);
    `is_blank` is that or nearly one flat colour.
    """

    format: ImageFormat
    colour_mode: str
    width: int
    height: int
    bytes: int
    animated: bool
    has_alpha: bool
    orientation: int
    decodes: bool
    sha256: str
    fingerprint: str | None
    is_blank: bool
    is_default: bool
    problem: str


def analyse(data: bytes) -> ImageFacts:
    """Facts about a picture file. Never raises, whatever the bytes are."""
    found = decode(data)
    default, blank, mark = is_known_default(data), False, None
    if found.image is not None:
        seen = upright(found.image)
        mark, blank = fingerprint(seen), _is_flat(seen)
        default = default or _is_silhouette(seen)
    return ImageFacts(
        format=found.format,
        colour_mode=found.colour_mode,
        width=found.width,
        height=found.height,
        bytes=len(data),
        animated=found.animated,
        has_alpha=found.has_alpha,
        orientation=found.orientation,
        decodes=found.image is not None,
        sha256=hashlib.sha256(data).hexdigest(),
        fingerprint=mark,
        is_blank=blank or default,
        is_default=default,
        problem=found.problem,
    )


def is_known_default(data: bytes) -> bool:
    """The file is one of `DEFAULT_IMAGES`."""
    texts = (data, base64.b64encode(data))
    return any(hashlib.md5(text, usedforsecurity=False).hexdigest() in DEFAULT_IMAGES for text in texts)


def thumbnail_for_report(data: bytes, side: int = 160) -> bytes | None:
    """A small JPEG made anew from the pixels: upright, on white, without metadata. None when nothing decodes.

    The shape is kept and nothing is enlarged; the longer side becomes at most `side` pixels.
    """
    found = decode(data)
    if found.image is None:
        return None
    image = upright(found.image)
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    clean, out = Image.frombytes("RGB", image.size, image.tobytes()), io.BytesIO()
    clean.save(out, "JPEG", quality=85, optimize=True)
    return out.getvalue()


def _is_flat(image: Image.Image) -> bool:
    small = image.resize((16, 16), Image.Resampling.BOX)
    return all(
        max(values) - min(values) <= _FLAT_SPREAD for values in map(Image.Image.tobytes, small.split())
    )


def _is_silhouette(image: Image.Image) -> bool:
    """A head and shoulders drawn in one grey on another.

    Two flat tones, mirror-symmetric, background in the top corners, figure in the middle and at the bottom.
    Photos are never this plain; a logo could be, so make sure first that it is not the person's own photo.
    """
    small = image.resize((48, 48), Image.Resampling.BOX)
    ground, figure = small.getpixel((2, 2)), small.getpixel((24, 18))
    tones = [tuple(tone) for tone in (ground, figure) if isinstance(tone, tuple)]
    if any(max(tone) - min(tone) > _GREY for tone in tones) or _near(tones[0], tones[1]):
        return False
    if not _near(tones[0], small.getpixel((45, 2))) or not _near(tones[1], small.getpixel((24, 40))):
        return False
    pixels = list(zip(*(channel.tobytes() for channel in small.split()), strict=True))
    flat = sum(_near(pixel, tones[0]) or _near(pixel, tones[1]) for pixel in pixels)
    mirrored = small.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    uneven = ImageStat.Stat(ImageChops.difference(small, mirrored).convert("L")).mean[0]
    return flat >= 0.85 * len(pixels) and uneven <= 6


def _near(one: tuple[int, ...], other: object) -> bool:
    return isinstance(other, tuple) and all(abs(a - b) <= _TONE for a, b in zip(one, other, strict=True))
