"""Small pictures for the page: thumbnails as `data:` URIs, and fingerprints drawn as block patterns."""

from __future__ import annotations

import base64
import hashlib
import io
from dataclasses import replace
from math import isqrt
from typing import Final

from markupsafe import Markup

from troubleshooter.evidence.record import Collected, Picture

SIDE: Final = 144
"""Longest side of a thumbnail in the page, in pixels."""

_LARGEST_INPUT: Final = 40_000_000  # pixels; more is a decompression bomb, not a portrait


def left_out(collected: Collected) -> Collected:
    """The same without the bytes of any picture, which the pages then draw as patterns, size and format.

    Whether two stores held the very same file is still told, by digest.
    """
    kept = {
        store: replace(one, data=b"", digest=one.digest or hashlib.sha256(one.data).hexdigest())
        for store, one in collected.pictures.items()
    }
    return replace(collected, pictures=kept)


def thumbnail(picture: Picture) -> str | None:
    """The picture as a small JPEG `data:` URI; None when it cannot be opened.

    It is always drawn anew: the bytes of a stranger never reach the page, and the page stays small.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(picture.data), formats=("JPEG", "PNG", "GIF", "BMP", "WEBP")) as opened:
            if opened.width * opened.height > _LARGEST_INPUT:
                return None
            upright = ImageOps.exif_transpose(opened)
            upright.thumbnail((SIDE, SIDE))
            small = Image.new("RGB", upright.size, (255, 255, 255))
            layer = upright.convert("RGBA")
            small.paste(layer, mask=layer.getchannel("A"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    written = io.BytesIO()
    small.save(written, "JPEG", quality=82, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(written.getvalue()).decode("ascii")


def pattern(fingerprint: str) -> Markup | None:
    """A fingerprint as an SVG of blocks; equal pictures give equal patterns. None when it is not hex."""
    try:
        bits = bin(int(fingerprint, 16))[2:].zfill(len(fingerprint) * 4)
    except ValueError:
        return None
    side = min(isqrt(len(bits)), 16)
    if not side:
        return None
    blocks = "".join(
        f"M{index % side} {index // side}h1v1h-1z" for index in range(side * side) if bits[index] == "1"
    )
    # Only digits and fixed letters reach the markup.
    return Markup(  # noqa: S704
        f'<svg class="pattern" viewBox="0 0 {side} {side}" aria-hidden="true" focusable="false" '
        f'shape-rendering="crispEdges"><path d="{blocks}"/></svg>'
    )
