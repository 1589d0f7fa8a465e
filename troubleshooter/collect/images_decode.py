"""Open a picture from a source nobody should trust: what it is, and its pixels when it really decodes.

Only the formats a profile photo can have are handed to Pillow, so that its decoders for rarer ones (and
the programs some of them start, such as Ghostscript) are never reached.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass, replace

from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

from troubleshooter.evidence.schema import ImageFormat

MAX_PIXELS = 50_000_000
"""Width times height. A phone's photo has 12 to 50 million pixels; decoding one costs four bytes a pixel."""

# Pillow finds a decoder by name only when its module is loaded; loading all of them would be slow.
PLUGINS = (BmpImagePlugin, GifImagePlugin, JpegImagePlugin, PngImagePlugin, WebPImagePlugin)
ANIMATED = ("gif", "png", "webp")
UPRIGHT = 1
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What sets a stored picture upright, by EXIF orientation."""
_SIGNATURES: tuple[tuple[bytes, ImageFormat], ...] = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
)
_NOT_SUPPORTED = (b"II*\0", b"MM\0*", b"\0\0\1\0", b"%PDF", b"8BPS", b"\0\0\0\x0cjP  ", b"\xff\x0a")

# Pillow warns about large and about slightly broken pictures. We count the pixels ourselves and report what
# does not decode as a fact, so the warnings would only disturb whoever reads the terminal.
warnings.filterwarnings("ignore", module=r"PIL\.")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A picture as far as it could be read. `image` is None when `problem` is set.

    `problem` is '' or one of: empty, html, svg, not_an_image, not_supported, too_many_pixels, truncated,
    corrupt. Width and height are those stored in the file, before any turning, 0 when they could not be read.
    """

    format: ImageFormat
    problem: str = ""
    image: Image.Image | None = None
    colour_mode: str = ""
    width: int = 0
    height: int = 0
    animated: bool = False
    has_alpha: bool = False
    orientation: int = UPRIGHT


def decode(data: bytes) -> Decoded:
    """Read a picture and decode its first frame completely. Never raises, whatever the bytes are."""
    found, problem = kind_of(data)
    result = Decoded(found, problem)
    if problem:
        return result
    if found == "webp" and _webp_pixels(data) > MAX_PIXELS:  # its decoder takes the memory while opening
        return replace(result, problem="too_many_pixels")
    try:
        with Image.open(io.BytesIO(data), formats=[found.upper()]) as image:
            result = _header(result, image)
            if image.width * image.height > MAX_PIXELS:
                return replace(result, problem="too_many_pixels")
            result = replace(
                result, animated=found in ANIMATED and bool(getattr(image, "is_animated", False))
            )
            image.load()
            if (
                image.width * image.height > MAX_PIXELS
            ):  # a GIF frame may be larger than the screen it declares
                return replace(result, problem="too_many_pixels")
            return replace(result, image=image.copy(), has_alpha=image.has_transparency_data)
    except Exception as error:
        # Hostile bytes make decoders raise nearly anything: OSError, SyntaxError, ValueError, struct.error,
        # IndexError, MemoryError, ... All of them mean one thing here, and the answer is a fact, not a crash.
        return replace(result, problem=_problem(error), image=None)


def kind_of(data: bytes) -> tuple[ImageFormat, str]:
    """Format by the first bytes, and why it is not worth opening ('' when it is)."""
    if not data:
        return "other", "empty"
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            return name, ""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp", ""
    if (
        data.startswith(_NOT_SUPPORTED) or data[4:8] == b"ftyp"
    ):  # TIFF, ICO, PDF, PSD, JPEG 2000 and XL; HEIC, AVIF
        return "other", "not_supported"
    start = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"<svg" in start:
        return "other", "svg"
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")) or b"<html" in start:
        return "other", "html"
    return "other", "not_an_image"


def upright(image: Image.Image, *, background: str = "white", turned: bool = True) -> Image.Image:
    """RGB as a person would see it: turned as EXIF says, transparency filled, 16 bits reduced to 8."""
    if turned:
        # ImageOps.exif_transpose would also write the EXIF block anew, which fails when it is damaged.
        turn = _TURNS.get(_orientation(image))
        if turn is not None:
            image = image.transpose(turn)
            # The copy still says "turn me": forget that, and keep what the colours need.
            image.info = {key: value for key, value in image.info.items() if key == "transparency"}
    if image.mode.startswith(("I", "F")):
        low, high = (float(v) for v in image.getextrema())  # type: ignore[arg-type]
        # Pillow's own conversion cuts everything above 255 off.
        scale = 1 / 256 if low >= 0 and high > 255 else 1.0
        image = image.point(lambda value: value * scale + 0).convert("L")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, background), layer).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _header(result: Decoded, image: Image.Image) -> Decoded:
    return replace(
        result,
        colour_mode=image.mode,
        width=image.width,
        height=image.height,
        orientation=_orientation(image),
    )


def _orientation(image: Image.Image) -> int:
    try:
        value = image.getexif().get(_ORIENTATION, UPRIGHT)
    except Exception:  # EXIF is decoration: when it is damaged the picture may still be good
        return UPRIGHT
    return value if isinstance(value, int) and 1 <= value <= 8 else UPRIGHT


def _webp_pixels(data: bytes) -> int:
    """Pixels declared by a WebP header, 0 when it cannot be read. https://developers.google.com/speed/webp/docs/riff_container"""
    chunk, body = data[12:16], data[20:]
    if len(body) < 10:
        return 0
    if chunk == b"VP8X":
        return (1 + int.from_bytes(body[4:7], "little")) * (1 + int.from_bytes(body[7:10], "little"))
    if chunk == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return (1 + (bits & 0x3FFF)) * (1 + (bits >> 14 & 0x3FFF))
    return (int.from_bytes(body[6:8], "little") & 0x3FFF) * (int.from_bytes(body[8:10], "little") & 0x3FFF)


def _problem(error: Exception) -> str:
    if isinstance(error, (Image.DecompressionBombError, MemoryError)):
        return "too_many_pixels"
    if isinstance(error, EOFError) or "truncated" in str(error).lower():
        return "truncated"
    return "corrupt"
