"""What stands behind a person in a drawn portrait."""

from __future__ import annotations

import random
from collections.abc import Callable

from PIL import Image

from troubleshooter.sandbox.portraits_pen import Colour, Pen, darker, lighter, mix, oval, smooth

WALLS: tuple[Colour, ...] = (
    (226, 232, 240), (203, 213, 225), (250, 232, 200), (214, 234, 223), (252, 218, 206), (196, 221, 240),
    (222, 212, 240), (245, 240, 228), (120, 148, 172), (88, 112, 124), (244, 196, 120), (150, 186, 160),
    (232, 150, 130), (72, 84, 116), (160, 140, 180), (240, 214, 220),
)  # fmt: skip
BOOKS: tuple[Colour, ...] = (
    (178, 72, 62), (62, 92, 132), (220, 172, 86), (84, 132, 108), (120, 84, 130), (232, 226, 212),
    (52, 60, 78),
)  # fmt: skip


def paint_scene(kind: str, colour: Colour, seed: int, side: int) -> Image.Image:
    """A square RGB background of one `SCENES` kind. The seed moves its furniture about."""
    image = Image.new("RGB", (side, side), colour)
    SCENES[kind](Pen(image), colour, random.Random(seed))  # noqa: S311 (pictures, not secrets)
    return image


def _box(x: float, y: float, width: float, height: float) -> list[tuple[float, float]]:
    return [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]


def _blend(pen: Pen, top: Colour, bottom: Colour, ramp: Image.Image) -> None:
    mask = ramp.resize(pen.image.size)
    pen.image.paste(
        Image.composite(Image.new("RGB", mask.size, bottom), Image.new("RGB", mask.size, top), mask)
    )


def _gradient(pen: Pen, colour: Colour, _chance: random.Random) -> None:
    _blend(pen, lighter(colour, 0.45), darker(colour, 0.22), Image.linear_gradient("L"))


def _glow(pen: Pen, colour: Colour, _chance: random.Random) -> None:
    _blend(pen, lighter(colour, 0.5), darker(colour, 0.3), Image.radial_gradient("L"))


def _window(pen: Pen, colour: Colour, chance: random.Random) -> None:
    _blend(pen, lighter(colour, 0.25), colour, Image.linear_gradient("L"))
    x, width = chance.choice((-0.08, 0.6)), 0.46
    frame, sky = lighter(colour, 0.75), mix((170, 212, 240), colour, 0.15)
    pen.fill(_box(x, 0.05, width, 0.62), frame)
    for column in range(2):
        for row in range(2):
            pane = _box(x + 0.03 + column * 0.21, 0.08 + row * 0.285, 0.19, 0.265)
            pen.fill(pane, lighter(sky, 0.25 - 0.2 * row))
            if row:
                hill = oval(x + 0.1 + column * 0.21, 0.68, 0.2, 0.17 + 0.04 * column, 180, 360)
                pen.fill(hill, (132, 176, 140), inside=pane)
    pen.fill(_box(x - 0.02, 0.665, width + 0.04, 0.03), darker(frame, 0.12))


def _shelf(pen: Pen, colour: Colour, chance: random.Random) -> None:
    board = mix(darker(colour, 0.35), (120, 84, 56), 0.5)
    for row in range(4):
        top, x = -0.02 + row * 0.27, -0.01
        pen.fill(_box(0, top + 0.235, 1, 0.03), board)
        pen.fill(_box(0, top + 0.265, 1, 0.012), darker(colour, 0.18))
        while x < 1:
            width, height = chance.uniform(0.025, 0.055), chance.uniform(0.13, 0.2)
            if chance.random() < 0.82:
                book = mix(chance.choice(BOOKS), colour, 0.25)
                pen.fill(_box(x, top + 0.235 - height, width, height), book)
                pen.fill(_box(x, top + 0.255 - height, width, 0.012), lighter(book, 0.35))
            x += width + 0.004


def _outdoors(pen: Pen, colour: Colour, chance: random.Random) -> None:
    _blend(
        pen, mix((120, 186, 232), colour, 0.25), mix((232, 244, 248), colour, 0.2), Image.linear_gradient("L")
    )
    pen.fill(oval(chance.choice((0.16, 0.84)), chance.uniform(0.14, 0.26), 0.08, 0.08), (255, 240, 196))
    green: Colour = mix((96, 150, 112), colour, 0.2)
    for step, base in enumerate((0.58, 0.7, 0.84)):
        ridge = [(-0.1 + 0.2 * i, base + chance.uniform(-0.06, 0.06)) for i in range(7)]
        shape = [*smooth(ridge, closed=False), (1.1, 1.1), (-0.1, 1.1)]
        pen.fill(shape, mix(lighter(green, 0.4), darker(green, 0.25), step / 2))


def _bokeh(pen: Pen, colour: Colour, chance: random.Random) -> None:
    _blend(pen, darker(colour, 0.15), darker(colour, 0.5), Image.linear_gradient("L"))
    for _ in range(26):
        r = chance.uniform(0.03, 0.11)
        light = mix(lighter(colour, 0.4), (255, 214, 150), chance.random() * 0.6)
        spot = mix(darker(colour, 0.3), light, chance.uniform(0.25, 0.7))
        pen.fill(oval(chance.random(), chance.random() * 0.8, r, r), spot)


def _room(pen: Pen, colour: Colour, chance: random.Random) -> None:
    _blend(pen, lighter(colour, 0.3), darker(colour, 0.06), Image.linear_gradient("L"))
    pen.fill(_box(0, 0.8, 1, 0.2), darker(colour, 0.25))
    left = chance.random() < 0.5
    x = 0.07 if left else 0.68
    pen.fill(_box(x, 0.1, 0.26, 0.32), darker(colour, 0.4))
    pen.fill(_box(x + 0.02, 0.12, 0.22, 0.28), (248, 244, 236))
    accent = chance.choice(BOOKS)
    pen.fill(oval(x + 0.13, 0.26, 0.07, 0.07), mix(accent, colour, 0.2))
    pen.fill(_box(x + 0.06, 0.31, 0.14, 0.03), darker(accent, 0.2))
    stem = 0.88 if left else 0.12
    for turn in (-0.16, -0.08, 0.0, 0.08, 0.16):
        tip = (stem + turn, 0.5 + abs(turn) * 0.7)
        middle = (stem + turn * 0.75, 0.62)
        leaf = smooth([(stem, 0.82), (middle[0] - 0.035, middle[1]), tip, (middle[0] + 0.035, middle[1])])
        pen.fill(leaf, mix((70, 128, 92), (126, 178, 120), turn * 3 + 0.5))
    pen.fill([(stem - 0.08, 0.78), (stem + 0.08, 0.78), (stem + 0.06, 0.95), (stem - 0.06, 0.95)], accent)


def _split(pen: Pen, colour: Colour, chance: random.Random) -> None:
    lean = chance.uniform(-0.25, 0.25)
    pen.fill([(0.5 - lean, 0), (1.1, 0), (1.1, 1), (0.5 + lean, 1)], darker(colour, 0.16))
    r = chance.uniform(0.33, 0.42)
    pen.fill(oval(0.5, 0.48, r, r), lighter(colour, 0.45))


SCENES: dict[str, Callable[[Pen, Colour, random.Random], None]] = {
    "gradient": _gradient, "glow": _glow, "window": _window, "shelf": _shelf, "outdoors": _outdoors,
    "bokeh": _bokeh, "room": _room, "split": _split,
}  # fmt: skip
