"""The drawn person: head and shoulders from a handful of traits, in flat design.

Coordinates: the middle of the face is (0, 0), y grows downwards, the chin is at 0.40.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from troubleshooter.sandbox.portraits_pen import (
    Colour,
    Pen,
    Point,
    darker,
    lighter,
    mirrored,
    mix,
    oval,
    smooth,
)

INK: Colour = (44, 36, 48)


class Looks(Protocol):
    """What the drawing needs to know about a person."""

    @property
    def skin(self) -> Colour: ...
    @property
    def hair(self) -> Colour: ...
    @property
    def hair_style(self) -> str: ...
    @property
    def face_width(self) -> float: ...
    @property
    def beard(self) -> str: ...
    @property
    def glasses(self) -> str: ...
    @property
    def clothes(self) -> str: ...
    @property
    def cloth(self) -> Colour: ...
    @property
    def second_cloth(self) -> Colour: ...
    @property
    def smile(self) -> float: ...
    @property
    def eye(self) -> Colour: ...
    @property
    def earrings(self) -> bool: ...


def draw_body(pen: Pen, who: Looks) -> None:
    """Hair behind the head, neck, shoulders and clothes; they stay upright when the head tilts."""
    shoulders = smooth_half(
        [(0.10, 0.50), (0.22, 0.58), (0.46, 0.66), (0.62, 0.78), (0.70, 1.05), (0.72, 1.8)]
    )
    pen.fill(shoulders, who.cloth)
    pen.fill([(0.0, 0.5), (0.9, 0.5), (0.9, 1.8), (0.25, 1.8)], darker(who.cloth, 0.10), inside=shoulders)
    CLOTHES[who.clothes](pen, who, shoulders)


def draw_head(pen: Pen, who: Looks) -> None:
    """Head with face, beard, glasses and hair."""
    w = who.face_width
    face = smooth(
        mirrored([(0.001, -0.40), (0.17 * w, -0.37), (0.285 * w, -0.2), (0.30 * w, 0.02),
                  (0.265 * w, 0.21), (0.16 * w, 0.355), (0.001, 0.405)])
    )  # fmt: skip
    covered = who.hair_style == "scarf"
    if not covered:
        for side in (-1, 1):
            pen.fill(oval(side * 0.30 * w, 0.04, 0.055, 0.085), darker(who.skin, 0.06))
            pen.fill(oval(side * 0.305 * w, 0.045, 0.028, 0.05), darker(who.skin, 0.2))
            if who.earrings:
                pen.fill(oval(side * 0.315 * w, 0.14, 0.022, 0.022), (236, 196, 96))
    pen.fill(face, who.skin)
    shade = [(0.5, -0.5), (0.12 * w, -0.5), (0.19 * w, -0.1), (0.14 * w, 0.2), (0.02, 0.5), (0.5, 0.5)]
    pen.fill(smooth(shade), darker(who.skin, 0.07), inside=face)
    for side in (-1, 1):
        pen.fill(oval(side * 0.17 * w, 0.12, 0.065, 0.045), mix(who.skin, (226, 96, 88), 0.16), inside=face)
    _beard(pen, who, face, w)
    _features(pen, who, w)
    HAIR[who.hair_style](pen, who, face, w)
    _glasses(pen, who, w)


def draw_back_hair(pen: Pen, who: Looks) -> None:
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


def smooth_half(right: list[Point]) -> list[Point]:
    """A closed symmetric outline from its right half."""
    return smooth(mirrored(right))


def _neck(pen: Pen, who: Looks, depth: float) -> None:
    neck = smooth(
        [(-0.13, 0.2), (-0.13, 0.48), (-0.2, 0.58), (0.0, depth), (0.2, 0.58), (0.13, 0.48), (0.13, 0.2)]
    )
    pen.fill(neck, darker(who.skin, 0.06))
    pen.fill(oval(0, 0.33, 0.2, 0.17), darker(who.skin, 0.2), inside=neck)


def _tee(pen: Pen, who: Looks, _body: list[Point]) -> None:
    pen.fill(oval(0, 0.56, 0.235, 0.135), darker(who.cloth, 0.18))
    _neck(pen, who, 0.69)


def _vneck(pen: Pen, who: Looks, body: list[Point]) -> None:
    pen.fill([(-0.27, 0.52), (0.27, 0.52), (0.0, 0.96)], darker(who.cloth, 0.22), inside=body)
    pen.fill([(-0.23, 0.5), (0.23, 0.5), (0.0, 0.88)], darker(who.skin, 0.03), inside=body)
    _neck(pen, who, 0.68)


def _turtleneck(pen: Pen, who: Looks, _body: list[Point]) -> None:
    _neck(pen, who, 0.62)
    pen.fill(
        smooth([(-0.17, 0.42), (0.0, 0.47), (0.17, 0.42), (0.21, 0.6), (0.0, 0.68), (-0.21, 0.6)]), who.cloth
    )
    pen.line(smooth([(-0.17, 0.43), (0.0, 0.485), (0.17, 0.43)], closed=False), darker(who.cloth, 0.2), 0.018)


def _hoodie(pen: Pen, who: Looks, _body: list[Point]) -> None:
    pen.fill(
        smooth_half([(0.001, 0.36), (0.24, 0.42), (0.36, 0.58), (0.24, 0.76), (0.001, 0.86)]),
        darker(who.cloth, 0.2),
    )
    pen.fill(oval(0, 0.57, 0.22, 0.16), darker(who.cloth, 0.35))
    _neck(pen, who, 0.68)
    for side in (-1, 1):
        pen.line([(side * 0.12, 0.74), (side * 0.13, 1.02)], lighter(who.cloth, 0.7), 0.02)


def _shirt(pen: Pen, who: Looks, body: list[Point]) -> None:
    _neck(pen, who, 0.72)
    _collar(pen, who.cloth)
    pen.line([(0.0, 0.74), (0.0, 1.8)], darker(who.cloth, 0.2), 0.012)
    for y in (0.86, 1.04, 1.22):
        pen.fill(oval(0.03, y, 0.014, 0.014), darker(who.cloth, 0.3), inside=body)


def _collar(pen: Pen, colour: Colour) -> None:
    for side in (-1, 1):
        flap = [(side * 0.15, 0.45), (side * 0.26, 0.57), (side * 0.15, 0.78), (0.0, 0.7)]
        pen.fill(flap, lighter(colour, 0.22))
        pen.line([flap[1], flap[2], flap[3]], darker(colour, 0.2), 0.01)


def _blazer(pen: Pen, who: Looks, body: list[Point]) -> None:
    shirt: Colour = lighter(who.second_cloth, 0.75)
    pen.fill([(-0.28, 0.5), (0.28, 0.5), (0.02, 1.3), (-0.02, 1.3)], shirt, inside=body)
    _neck(pen, who, 0.7)
    _collar(pen, shirt)
    for side in (-1, 1):
        lapel = [
            (side * 0.24, 0.52),
            (side * 0.42, 0.70),
            (side * 0.33, 0.79),
            (side * 0.37, 0.84),
            (0.0, 1.32),
        ]
        pen.fill([*lapel, (side * 0.12, 0.9)], darker(who.cloth, 0.16), inside=body)


def _tie(pen: Pen, who: Looks, body: list[Point]) -> None:
    _blazer(pen, who, body)
    tie = [(-0.045, 0.7), (0.045, 0.7), (0.035, 0.79), (0.07, 1.2), (0.0, 1.3), (-0.07, 1.2), (-0.035, 0.79)]
    pen.fill(tie, darker(who.second_cloth, 0.15), inside=body)
    pen.line([(-0.035, 0.79), (0.035, 0.79)], darker(who.second_cloth, 0.4), 0.01)


CLOTHES: dict[str, Callable[[Pen, Looks, list[Point]], None]] = {
    "tee": _tee, "vneck": _vneck, "turtleneck": _turtleneck, "hoodie": _hoodie, "shirt": _shirt,
    "blazer": _blazer, "tie": _tie,
}  # fmt: skip


def _features(pen: Pen, who: Looks, w: float) -> None:
    brow = darker(who.hair if who.hair_style != "scarf" else INK, 0.35)
    for side in (-1, 1):
        x = side * 0.125 * w
        pen.fill(oval(x, -0.015, 0.048, 0.034), (252, 250, 246))
        pen.fill(oval(x + 0.004, -0.012, 0.028, 0.029), who.eye)
        pen.fill(oval(x + 0.004, -0.012, 0.015, 0.016), INK)
        pen.fill(oval(x + 0.012, -0.022, 0.008, 0.008), (255, 255, 255))
        pen.line(oval(x, -0.012, 0.052, 0.042, 195, 345), INK, 0.013)
        arch = [(x - side * 0.06, -0.10), (x + side * 0.01, -0.125), (x + side * 0.07, -0.095)]
        pen.line(smooth(arch, closed=False), brow, 0.022)
    pen.line(
        smooth([(0.005, 0.0), (0.035, 0.1), (-0.012, 0.115)], closed=False), darker(who.skin, 0.24), 0.014
    )
    curve = 0.02 + 0.05 * who.smile
    lips = mix(darker(who.skin, 0.2), (196, 72, 78), 0.55)
    if who.smile > 0.6:
        open_mouth = [(-0.10 * w, 0.205), (0.0, 0.215), (0.10 * w, 0.205), (0.0, 0.215 + curve * 1.35)]
        mouth = smooth(open_mouth)
        pen.fill(mouth, darker(lips, 0.45))
        pen.fill([(-0.2, 0.18), (0.2, 0.18), (0.2, 0.236), (-0.2, 0.236)], (252, 250, 246), inside=mouth)
    else:
        pen.line(
            smooth([(-0.085 * w, 0.215), (0.0, 0.215 + curve), (0.085 * w, 0.215)], closed=False), lips, 0.02
        )


def _beard(pen: Pen, who: Looks, face: list[Point], w: float) -> None:
    hair = mix(who.hair, who.skin, 0.12)
    jaw = [(-0.4, 0.03), (-0.255 * w, 0.05), (-0.2 * w, 0.17), (-0.1 * w, 0.16), (0.0, 0.175),
           (0.1 * w, 0.16), (0.2 * w, 0.17), (0.255 * w, 0.05), (0.4, 0.03), (0.4, 0.6),
           (-0.4, 0.6)]  # fmt: skip
    if who.beard == "full":
        pen.fill(smooth_half([(0.27 * w, 0.12), (0.25 * w, 0.27), (0.17 * w, 0.40), (0.001, 0.46)]), hair)
        pen.fill(jaw, hair, inside=face)
    elif who.beard == "stubble":
        pen.fill(jaw, mix(who.skin, who.hair, 0.28), inside=face)
    elif who.beard == "goatee":
        pen.fill(smooth_half([(0.001, 0.15), (0.11, 0.18), (0.12, 0.3), (0.08, 0.41), (0.001, 0.44)]), hair)
    if who.beard in ("moustache", "goatee"):
        pen.fill(
            smooth_half([(0.001, 0.145), (0.08, 0.15), (0.13, 0.2), (0.05, 0.195), (0.001, 0.185)]), hair
        )
    if who.beard in ("full", "goatee"):
        pen.fill(oval(0, 0.225, 0.085 * w, 0.032), mix(who.skin, (196, 72, 78), 0.2))


def _glasses(pen: Pen, who: Looks, w: float) -> None:
    if who.glasses == "none":
        return
    colour: Colour = (58, 48, 52) if who.glasses != "wire" else (176, 148, 104)
    width = 0.012 if who.glasses == "wire" else 0.02
    for side in (-1, 1):
        x = side * 0.128 * w
        if who.glasses == "square":
            rim = smooth([(x - 0.085, -0.07), (x + 0.085, -0.07), (x + 0.075, 0.055), (x - 0.075, 0.055)])
        else:
            rim = oval(x, -0.005, 0.085, 0.08)
        pen.line([*rim, rim[0]], colour, width)
        pen.line([(x + side * 0.085, -0.03), (side * 0.30 * w, -0.02)], colour, width)
    pen.line(smooth([(-0.045 * w, -0.025), (0.0, -0.04), (0.045 * w, -0.025)], closed=False), colour, width)


def _bald(pen: Pen, who: Looks, face: list[Point], _w: float) -> None:
    pen.fill(oval(-0.09, -0.3, 0.07, 0.035), lighter(who.skin, 0.3), inside=face)


def _receding(pen: Pen, who: Looks, face: list[Point], w: float) -> None:
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


def _crop(pen: Pen, who: Looks, _face: list[Point], w: float) -> None:
    pen.fill(_cap(w, [(0.27, -0.13), (0.24, -0.24), (0.0, -0.27), (-0.24, -0.24), (-0.27, -0.13)]), who.hair)


def _side_part(pen: Pen, who: Looks, _face: list[Point], w: float) -> None:
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


def _quiff(pen: Pen, who: Looks, face: list[Point], w: float) -> None:
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


def _curls(pen: Pen, who: Looks, _face: list[Point], w: float) -> None:
    for angle in range(186, 366, 18):
        x, y = oval(0, -0.14, 0.30 * w, 0.27, angle, angle + 1)[0]
        pen.fill(oval(x, y, 0.095, 0.09), mix(who.hair, darker(who.hair, 0.25), (angle // 18) % 2))
    for angle in range(205, 345, 20):
        x, y = oval(0, -0.16, 0.19 * w, 0.17, angle, angle + 1)[0]
        pen.fill(oval(x, y, 0.085, 0.075), mix(who.hair, lighter(who.hair, 0.15), (angle // 20) % 2))


def _afro(pen: Pen, who: Looks, _face: list[Point], w: float) -> None:
    pen.fill(
        _cap(w, [(0.27, -0.1), (0.22, -0.23), (0.0, -0.28), (-0.22, -0.23), (-0.27, -0.1)], 1.1),
        darker(who.hair, 0.22),
    )


def _centre_part(pen: Pen, who: Looks, _face: list[Point], w: float) -> None:
    for side in (-1, 1):
        lock = [(0.0, -0.46), (0.2, -0.45), (0.345, -0.27), (0.37, 0.02), (0.345, 0.28),
                (0.30, 0.1), (0.275, -0.1), (0.16, -0.25), (0.0, -0.37)]  # fmt: skip
        colour = who.hair if side < 0 else darker(who.hair, 0.07)
        pen.fill(smooth([(side * x * w, y) for x, y in lock]), colour)


def _fringe(pen: Pen, who: Looks, _face: list[Point], w: float) -> None:
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


def _swept_back(pen: Pen, who: Looks, _face: list[Point], w: float) -> None:
    pen.fill(_cap(w, [(0.29, -0.06), (0.25, -0.24), (0.0, -0.33), (-0.25, -0.24), (-0.29, -0.06)]), who.hair)
    for x in (-0.14, 0.0, 0.14):
        strand = [(x * w, -0.31), (x * 0.75 * w, -0.38), (x * 0.3 * w, -0.45)]
        pen.line(smooth(strand, closed=False), darker(who.hair, 0.18), 0.01)


def _scarf(pen: Pen, who: Looks, _face: list[Point], w: float) -> None:
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


HAIR: dict[str, Callable[[Pen, Looks, list[Point], float], None]] = {
    "bald": _bald, "receding": _receding, "crop": _crop, "side_part": _side_part, "quiff": _quiff,
    "curls": _curls, "afro": _afro, "long": _centre_part, "wavy": _centre_part, "bob": _fringe,
    "bun": _swept_back, "ponytail": _swept_back, "scarf": _scarf,
}  # fmt: skip
