"""A company's logo: a raster picture, drawn anew, so that no byte of the file itself reaches a page."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import TYPE_CHECKING, Final

from troubleshooter.render.brand import refuse
from troubleshooter.render.labels import marked as _

if TYPE_CHECKING:
    from PIL import Image

HEIGHT: Final = 96
"""The tallest a logo is kept, in pixels: three times the height it is shown at, for sharp screens."""

_WIDTH: Final = 480
_LARGEST_FILE: Final = 8 * 1024 * 1024
_LARGEST_INPUT: Final = 40_000_000  # pixels
_LARGEST_OUTPUT: Final = 40_000  # bytes; a page has a budget of 400 kB and shows pictures of people, too


def read_logo(path: Path, at: tuple[Path, int]) -> str:
    """The logo as a `data:` address. `at` is file and line that name it. Raises BrandRefused."""
    from PIL import Image, ImageOps

    try:
        with path.open("rb") as opened:
            raw = opened.read(_LARGEST_FILE + 1)
    except OSError as problem:
        refuse(
            *at,
            _("the logo {logo} cannot be read ({reason})."),
            _("Put the picture beside brand.toml and write its name as it is."),
            logo=path.name,
            reason=problem.strerror or type(problem).__name__,
        )
    if path.suffix.lower() in (".svg", ".svgz") or raw.lstrip()[:1] == b"<":
        refuse(
            *at,
            _("the logo {logo} is an SVG, which can carry scripts and addresses of other computers."),
            _("Save it as PNG, at least {height} pixels high."),
            logo=path.name,
            height=HEIGHT,
        )
    try:
        with Image.open(io.BytesIO(raw), formats=("PNG", "JPEG")) as found:
            if len(raw) > _LARGEST_FILE or found.width * found.height > _LARGEST_INPUT:
                raise ValueError(path)
            upright = ImageOps.exif_transpose(found)
            upright.thumbnail((_WIDTH, HEIGHT))
            drawn = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        refuse(
            *at,
            _("the logo {logo} is no PNG or JPEG picture that can be opened, or it is too large."),
            _("Save it as PNG, at least {height} pixels high."),
            logo=path.name,
            height=HEIGHT,
        )
    return "data:image/png;base64," + base64.b64encode(_small_enough(drawn)).decode("ascii")


def _small_enough(drawn: Image.Image) -> bytes:
    """As PNG: whole, else with 256 colours, else smaller."""
    data = _png(drawn)
    if len(data) > _LARGEST_OUTPUT:
        data = _png(drawn.quantize(256))
    while len(data) > _LARGEST_OUTPUT:
        drawn = drawn.resize((max(drawn.width * 3 // 4, 1), max(drawn.height * 3 // 4, 1)))
        data = _png(drawn.quantize(256))
    return data


def _png(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "PNG", optimize=True)
    return written.getvalue()
