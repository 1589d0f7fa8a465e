"""Hair and head coverings of a drawn person. Coordinates as in `portraits_person`."""

from __future__ import annotations

from collections.abc import Callable

from troubleshooter.sandbox.portraits_looks import Portrait, smooth_half
from troubleshooter.sandbox.portraits_pen import Pen, Point, darker, lighter, mix, oval, smooth


def draw_back_hair(pen: Pen, who: Portrait) -> None:
    """Hair that falls behind the shoulders or stands around the head."""
    w, back = who.face_width, darker(who.hair, 0.22)
    if who.hair_style in ("long", "wavy"):
        ends = 0.74 if who.hair_style == "long" else 0.66
        pen.fill(smooth_half([(0.001, -0.47), (0.25 * w, -0.42), (0.37 * w, -0.2), (0.40 * w, 0.15),
                              (0.42 * w, 0.45), (0.36 * w, ends), (0.12, ends - 0.06)]), back)  # fmt: skip
        if who.hair_style == "wavy":
            for side in (-1, 1):
                for x, y in ((0.37, -0.1), (0.42, 0.08), (0.40, 0.27), (0.44, 0.44), (0.38, 0.6)):
                    pen.fill(oval(side * x * w, y, 0.1, 0.12), back)
    elif who.hair_style == "bob":
        pen.fill(smooth_half([(0.001, -0.46), (0.25 * w, -0.42), (0.375 * w, -0.2), (0.40 * w, 0.1),
                              (0.40 * w, 0.33), (0.28 * w, 0.40), (0.1, 0.36)]), back)  # fmt: skip
    elif who.hair_style == "afro":
        for angle in range(0, 360, 24):
            if not 50 < angle < 130:
                x, y = oval(0, -0.12, 0.33 * w, 0.34, angle, angle + 1)[0]
                pen.fill(oval(x, y, 0.15, 0.15), back)
        pen.fill(oval(0, -0.14, 0.42 * w, 0.42), back)
    elif who.hair_style == "bun":
        pen.fill(oval(0.02, -0.52, 0.15, 0.14), back)
        pen.fill(oval(0.0, -0.53, 0.12, 0.11), who.hair)
    elif who.hair_style == "ponytail":
        tail = [(0.22, -0.35), (0.44, -0.3), (0.52, 0.0), (0.47, 0.35), (0.40, 0.5), (0.38, 0.2), (0.3, -0.1)]
        pen.fill(smooth(tail), back)
    elif who.hair_style == "scarf":
        cloth = [(0.001, -0.52), (0.28 * w, -0.46), (0.41 * w, -0.18), (0.42 * w, 0.2), (0.36 * w, 0.5),
                 (0.44, 0.74), (0.2, 0.86)]  # fmt: skip
        pen.fill(smooth_half(cloth), darker(who.hair, 0.12))


def _bald(pen: Pen, who: Portrait, face: list[Point], _w: float) -> None:
    pen.fill(oval(-0.09, -0.3, 0.07, 0.035), lighter(who.skin, 0.3), inside=face)


def _receding(pen: Pen, who: Portrait, face: list[Point], w: float) -> None:
    _bald(pen, who, face, w)
    for side in (-1, 1):
        patch = [(0.20, -0.36), (0.295, -0.28), (0.335, -0.1), (0.315, 0.02), (0.27, -0.03), (0.25, -0.2)]
        pen.fill(smooth([(side * x * w, y) for x, y in patch]), who.hair)


def _cap(w: float, line: list[Point], grow: float = 1.0) -> list[Point]:
    """A skull cap; `line` is the hairline from right to left."""
    top = [
        (-0.325, -0.06),
        (-0.345, -0.2),
        (-0.26, -0.40),
        (0.0, -0.475),
        (0.26, -0.40),
        (0.345, -0.2),
        (0.325, -0.06),
    ]
    return smooth([(x * w, y * grow) for x, y in top] + [(x * w, y) for x, y in line])


def _crop(pen: Pen, who: Portrait, _face: list[Point], w: float) -> None:
    pen.fill(_cap(w, [(0.27, -0.13), (0.24, -0.24), (0.0, -0.27), (-0.24, -0.24), (-0.27, -0.13)]), who.hair)


def _side_part(pen: Pen, who: Portrait, _face: list[Point], w: float) -> None:
    line = [
        (0.275, -0.1),
        (0.25, -0.2),
        (0.1, -0.26),
        (-0.12, -0.33),
        (-0.2, -0.28),
        (-0.26, -0.2),
        (-0.275, -0.1),
    ]
    pen.fill(_cap(w, line, 1.06), who.hair)
    sweep = [(-0.14, -0.43), (0.1, -0.50), (0.3, -0.38), (0.32, -0.22), (0.14, -0.25), (-0.12, -0.34)]
    pen.fill(smooth([(x * w, y) for x, y in sweep]), lighter(who.hair, 0.12))


def _quiff(pen: Pen, who: Portrait, face: list[Point], w: float) -> None:
    _crop(pen, who, face, w)
    tuft = [
        (-0.27, -0.3),
        (-0.25, -0.47),
        (-0.05, -0.57),
        (0.2, -0.54),
        (0.3, -0.42),
        (0.22, -0.28),
        (0.0, -0.3),
    ]
    pen.fill(smooth([(x * w, y) for x, y in tuft]), lighter(who.hair, 0.08))


def _curls(pen: Pen, who: Portrait, _face: list[Point], w: float) -> None:
    for angle in range(186, 366, 18):
        x, y = oval(0, -0.14, 0.30 * w, 0.27, angle, angle + 1)[0]
        pen.fill(oval(x, y, 0.095, 0.09), mix(who.hair, darker(who.hair, 0.25), (angle // 18) % 2))
    for angle in range(205, 345, 20):
        x, y = oval(0, -0.16, 0.19 * w, 0.17, angle, angle + 1)[0]
        pen.fill(oval(x, y, 0.085, 0.075), mix(who.hair, lighter(who.hair, 0.15), (angle // 20) % 2))


def _afro(pen: Pen, who: Portrait, _face: list[Point], w: float) -> None:
    pen.fill(
        _cap(w, [(0.27, -0.1), (0.22, -0.23), (0.0, -0.28), (-0.22, -0.23), (-0.27, -0.1)], 1.1),
        darker(who.hair, 0.22),
    )


def _centre_part(pen: Pen, who: Portrait, _face: list[Point], w: float) -> None:
    for side in (-1, 1):
        lock = [(0.0, -0.46), (0.2, -0.45), (0.345, -0.27), (0.37, 0.02), (0.345, 0.28),
                (0.30, 0.1), (0.275, -0.1), (0.16, -0.25), (0.0, -0.37)]  # fmt: skip
        colour = who.hair if side < 0 else darker(who.hair, 0.07)
        pen.fill(smooth([(side * x * w, y) for x, y in lock]), colour)


def _fringe(pen: Pen, who: Portrait, _face: list[Point], w: float) -> None:
    line = [(0.335, 0.22), (0.29, 0.1), (0.27, -0.1), (0.13, -0.155), (0.0, -0.165), (-0.13, -0.155),
            (-0.27, -0.1), (-0.29, 0.1), (-0.335, 0.22)]  # fmt: skip
    top = [
        (-0.37, 0.1),
        (-0.36, -0.2),
        (-0.26, -0.41),
        (0.0, -0.475),
        (0.26, -0.41),
        (0.36, -0.2),
        (0.37, 0.1),
    ]
    pen.fill(smooth([(x * w, y) for x, y in top + line]), who.hair)


def _swept_back(pen: Pen, who: Portrait, _face: list[Point], w: float) -> None:
    pen.fill(_cap(w, [(0.29, -0.06), (0.25, -0.24), (0.0, -0.33), (-0.25, -0.24), (-0.29, -0.06)]), who.hair)
    for x in (-0.14, 0.0, 0.14):
        strand = [(x * w, -0.31), (x * 0.75 * w, -0.38), (x * 0.3 * w, -0.45)]
        pen.line(smooth(strand, closed=False), darker(who.hair, 0.18), 0.01)


def _scarf(pen: Pen, who: Portrait, _face: list[Point], w: float) -> None:
    outer = oval(0, -0.02, 0.375 * w, 0.49, 0, 360)
    inner = oval(0, 0.045, 0.255 * w, 0.345, 360, 0)
    pen.fill([*outer, outer[0], *inner, inner[0]], who.hair)
    pen.fill(
        smooth(
            [
                (-0.3 * w, 0.25),
                (-0.1, 0.42),
                (0.12, 0.42),
                (0.33 * w, 0.22),
                (0.34, 0.5),
                (0.1, 0.66),
                (-0.26, 0.56),
            ]
        ),
        who.hair,
    )
    fold = smooth([(-0.26 * w, 0.3), (0.0, 0.47), (0.3, 0.5)], closed=False)
    pen.line(fold, darker(who.hair, 0.2), 0.014)


HAIR: dict[str, Callable[[Pen, Portrait, list[Point], float], None]] = {
    "bald": _bald, "receding": _receding, "crop": _crop, "side_part": _side_part, "quiff": _quiff,
    "curls": _curls, "afro": _afro, "long": _centre_part, "wavy": _centre_part, "bob": _fringe,
    "bun": _swept_back, "ponytail": _swept_back, "scarf": _scarf,
}  # fmt: skip
