"""A pen that draws smooth shapes in unit coordinates, so that a portrait can be moved, turned and scaled."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from PIL import Image, ImageChops, ImageDraw

Colour = tuple[int, int, int]
Point = tuple[float, float]


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """A colour on the way from `one` (share 0) to `other` (share 1)."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def darker(colour: Colour, share: float) -> Colour:
    """The colour in shade; the shade is a deep blue because plain black looks dirty."""
    return mix(colour, (26, 22, 48), share)


def lighter(colour: Colour, share: float) -> Colour:
    """The colour in light."""
    return mix(colour, (255, 252, 244), share)


def oval(x: float, y: float, rx: float, ry: float, start: float = 0, end: float = 360) -> list[Point]:
    """Points on an ellipse from `start` to `end` degrees, clockwise from the right (y grows downwards)."""
    steps = max(12, int(64 * abs(end - start) / 360))
    angles = (math.radians(start + (end - start) * i / steps) for i in range(steps + 1))
    return [(x + rx * math.cos(a), y + ry * math.sin(a)) for a in angles]


def smooth(points: Sequence[Point], *, closed: bool = True) -> list[Point]:
    """A Catmull-Rom curve through the points."""
    count, result = len(points), []
    for i in range(count if closed else count - 1):
        if closed:
            p = [points[(i + k - 1) % count] for k in range(4)]
        else:
            p = [points[min(max(i + k - 1, 0), count - 1)] for k in range(4)]
        for step in range(12):
            result.append(_between(p, step / 12))
    if not closed:
        result.append(points[-1])
    return result


def _between(p: Sequence[Point], t: float) -> Point:
    def axis(k: int) -> float:
        a, b, c, d = (point[k] for point in p)
        return 0.5 * (
            2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t**3
        )

    return axis(0), axis(1)


def mirrored(points: Iterable[Point]) -> list[Point]:
    """Right half of a symmetric outline (top to bottom) completed with its mirror image."""
    right = list(points)
    return right + [(-x, y) for x, y in reversed(right)]


class Pen:
    """Draws on one image. `at` and `scale` (in parts of its side) and `turn` (degrees) place the drawing."""

    def __init__(self, image: Image.Image, at: Point = (0, 0), scale: float = 1, turn: float = 0) -> None:
        self.image = image
        self._draw = ImageDraw.Draw(image)
        self._at = at
        self._scale = scale
        self._cos, self._sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))

    def place(self, points: Iterable[Point]) -> list[Point]:
        """Drawing coordinates as pixels."""
        side, (left, top) = self.image.width, self._at
        return [
            (
                side * (left + self._scale * (x * self._cos - y * self._sin)),
                side * (top + self._scale * (x * self._sin + y * self._cos)),
            )
            for x, y in points
        ]

    def fill(self, points: Iterable[Point], colour: Colour, *, inside: Iterable[Point] | None = None) -> None:
        """Fill an outline; with `inside`, only where it lies within that other outline."""
        placed = self.place(points)
        if inside is None:
            self._draw.polygon(placed, fill=colour)
            return
        shape, limit = (Image.new("1", self.image.size) for _ in range(2))
        ImageDraw.Draw(shape).polygon(placed, fill=1)
        ImageDraw.Draw(limit).polygon(self.place(inside), fill=1)
        self.image.paste(colour, mask=ImageChops.logical_and(shape, limit))

    def line(self, points: Sequence[Point], colour: Colour, width: float) -> None:
        """A line with round ends; `width` in drawing coordinates."""
        placed = self.place(points)
        pixels = max(1, round(width * self._scale * self.image.width))
        self._draw.line(placed, fill=colour, width=pixels, joint="curve")
        for x, y in (placed[0], placed[-1]):
            r = pixels / 2
            self._draw.ellipse((x - r, y - r, x + r, y + r), fill=colour)
