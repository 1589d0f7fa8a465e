"""Is SharePoint's thumbnail the photo that Graph serves? Both are re-encoded copies, so bytes never agree.

A fingerprint keeps what survives resizing, squeezing to a square and recompression: the coarse light and
shade (low frequencies of a cosine transform, mean and contrast removed) and the coarse colours relative to
their average. Limits, measured error rates and drawbacks: docs/decisions/0003-comparing-pictures.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from PIL import Image

from troubleshooter.collect.images_decode import Decoded, decode, upright

SAME_UP_TO = 0.060
"""Distances up to this are the same picture."""
DIFFERENT_FROM = 0.100
"""Distances from this on are different pictures; between the two lies the grey zone."""

FINGERPRINT_LENGTH = 240
"""Hex digits: two views of 42 light and 18 colour values, one byte each."""

_GRID, _KEPT = 16, 8
_COLOUR_GRID, _COLOUR_WEIGHT = 3, 3.0
_LOW = tuple((u, v) for v in range(_KEPT) for u in range(_KEPT) if 0 < u + v <= _KEPT)
_VIEW = len(_LOW) + 2 * _COLOUR_GRID**2
# Norm of a picture whose light varies by about 4 of 255 levels: below it there is only noise to compare.
_FLAT = 60.0

Vector = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class PictureComparison:
    """`matches` is None in the grey zone and, without a distance, when a picture does not decode."""

    matches: bool | None
    distance: float | None


def fingerprint(image: Image.Image) -> str:
    """Hex digits of fixed length (`FINGERPRINT_LENGTH`) for an image of any mode.

    Similar pictures have similar fingerprints: compare them with `distance`, never for equality. The first
    half is the picture squeezed to a square, the second its middle square: thumbnails are made either way.
    """
    return _mark(upright(image))


def _mark(seen: Image.Image) -> str:
    edge = min(seen.size)
    left, top = (seen.width - edge) / 2, (seen.height - edge) / 2
    whole = _view(seen, (0, 0, seen.width, seen.height))
    middle = whole if seen.width == seen.height else _view(seen, (left, top, left + edge, top + edge))
    return bytes(_code(value) for value in whole + middle).hex()


def distance(a: str, b: str) -> float:
    """From 0 (same) to 1 between two fingerprints. ValueError when one of them is no fingerprint."""
    return min(_apart(x, y) for x in _views(a) for y in _views(b))


def judge(apart: float) -> bool | None:
    """A distance as an answer: same picture, another picture, or None in the grey zone."""
    if apart <= SAME_UP_TO:
        return True
    return False if apart >= DIFFERENT_FROM else None


def compare(photo: bytes, thumbnail: bytes) -> PictureComparison:
    """Compare two picture files.

    A photo turned by EXIF or with transparency is tried in each way a thumbnail may have been made of it.
    """
    one, other = decode(photo), decode(thumbnail)
    if one.image is None or other.image is None:
        return PictureComparison(None, None)
    apart = min(distance(a, b) for a in _readings(one) for b in _readings(other))
    return PictureComparison(judge(apart), round(apart, 4))


def compare_marks(photo: str, thumbnail: str) -> PictureComparison:
    """The same from the fingerprints of two pictures that are upright and without transparency."""
    apart = distance(photo, thumbnail)
    return PictureComparison(judge(apart), round(apart, 4))


def compare_mark(photo: str, thumbnail: bytes) -> PictureComparison:
    """The same from the fingerprint of a plain photo and a thumbnail file of any kind."""
    other = decode(thumbnail)
    if other.image is None:
        return PictureComparison(None, None)
    apart = min(distance(photo, mark) for mark in _readings(other))
    return PictureComparison(judge(apart), round(apart, 4))


def _readings(decoded: Decoded) -> set[str]:
    assert decoded.image is not None
    turns = (True, False) if decoded.orientation != 1 else (True,)
    fills = ("white", "black") if decoded.has_alpha else ("white",)
    return {_mark(upright(decoded.image, background=fill, turned=turn)) for turn in turns for fill in fills}


def _view(image: Image.Image, box: tuple[float, float, float, float]) -> Vector:
    average = Image.Resampling.BOX
    small = image.resize((3 * _GRID, 3 * _GRID), Image.Resampling.LANCZOS, box=box)
    light = _low_frequencies(small.convert("L").resize((_GRID, _GRID), average).tobytes())
    scale = max(_FLAT, math.hypot(*light))
    colours = small.convert("YCbCr").resize((_COLOUR_GRID, _COLOUR_GRID), average)
    return tuple(value / scale for value in light) + tuple(
        value for channel in colours.split()[1:] for value in _relative(channel.tobytes())
    )


def _relative(channel: bytes) -> list[float]:
    """Without the average, so that another white balance or colour profile matters less."""
    mean = sum(channel) / len(channel)
    return [(value - mean) / 128 for value in channel]


def _low_frequencies(light: bytes) -> list[float]:
    waves = _waves()
    rows = [light[i : i + _GRID] for i in range(0, len(light), _GRID)]
    across = [[sum(map(float.__mul__, wave, map(float, row))) for wave in waves] for row in rows]
    columns = list(zip(*across, strict=True))
    return [sum(map(float.__mul__, waves[v], columns[u])) for u, v in _LOW]


@cache
def _waves() -> list[list[float]]:
    """The first waves of the orthonormal DCT-II, https://en.wikipedia.org/wiki/Discrete_cosine_transform."""
    return [
        [
            math.sqrt((1 if u == 0 else 2) / _GRID) * math.cos(math.pi * (2 * x + 1) * u / (2 * _GRID))
            for x in range(_GRID)
        ]
        for u in range(_KEPT)
    ]


def _code(value: float) -> int:
    """One byte, finer near zero, where most values lie."""
    return 128 + round(math.copysign(math.sqrt(min(1.0, abs(value))), value) * 127)


_DECODED = tuple(math.copysign(((code - 128) / 127) ** 2, code - 128) for code in range(256))


def _views(text: str) -> set[Vector]:
    values = bytes.fromhex(text)
    if len(text) != FINGERPRINT_LENGTH:
        raise ValueError(f"a fingerprint has {FINGERPRINT_LENGTH} hex digits, not {len(text)}")
    return {tuple(_DECODED[code] for code in values[i : i + _VIEW]) for i in (0, _VIEW)}


def _apart(a: Vector, b: Vector) -> float:
    split = len(_LOW)
    light = math.dist(a[:split], b[:split]) / 2
    colour = math.dist(a[split:], b[split:]) / math.sqrt(len(a) - split)
    return min(1.0, math.hypot(light, _COLOUR_WEIGHT * colour))
