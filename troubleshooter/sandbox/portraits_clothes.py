"""Clothes of a drawn person, from the neck down. Coordinates as in `portraits_person`."""

from __future__ import annotations

from collections.abc import Callable

from troubleshooter.sandbox.portraits_looks import Portrait, smooth_half
from troubleshooter.sandbox.portraits_pen import Colour, Pen, Point, darker, lighter, oval, smooth


def _neck(pen: Pen, who: Portrait, depth: float) -> None:
    neck = smooth(
        [(-0.13, 0.2), (-0.13, 0.48), (-0.2, 0.58), (0.0, depth), (0.2, 0.58), (0.13, 0.48), (0.13, 0.2)]
    )
    pen.fill(neck, darker(who.skin, 0.06))
    pen.fill(oval(0, 0.33, 0.2, 0.17), darker(who.skin, 0.2), inside=neck)


def _tee(pen: Pen, who: Portrait, _body: list[Point]) -> None:
    pen.fill(oval(0, 0.56, 0.235, 0.135), darker(who.cloth, 0.18))
    _neck(pen, who, 0.69)


def _vneck(pen: Pen, who: Portrait, body: list[Point]) -> None:
    pen.fill([(-0.27, 0.52), (0.27, 0.52), (0.0, 0.96)], darker(who.cloth, 0.22), inside=body)
    pen.fill([(-0.23, 0.5), (0.23, 0.5), (0.0, 0.88)], darker(who.skin, 0.03), inside=body)
    _neck(pen, who, 0.68)


def _turtleneck(pen: Pen, who: Portrait, _body: list[Point]) -> None:
    _neck(pen, who, 0.62)
    pen.fill(
        smooth([(-0.17, 0.42), (0.0, 0.47), (0.17, 0.42), (0.21, 0.6), (0.0, 0.68), (-0.21, 0.6)]), who.cloth
    )
    pen.line(smooth([(-0.17, 0.43), (0.0, 0.485), (0.17, 0.43)], closed=False), darker(who.cloth, 0.2), 0.018)


def _hoodie(pen: Pen, who: Portrait, _body: list[Point]) -> None:
    pen.fill(
        smooth_half([(0.001, 0.36), (0.24, 0.42), (0.36, 0.58), (0.24, 0.76), (0.001, 0.86)]),
        darker(who.cloth, 0.2),
    )
    pen.fill(oval(0, 0.57, 0.22, 0.16), darker(who.cloth, 0.35))
    _neck(pen, who, 0.68)
    for side in (-1, 1):
        pen.line([(side * 0.12, 0.74), (side * 0.13, 1.02)], lighter(who.cloth, 0.7), 0.02)


def _shirt(pen: Pen, who: Portrait, body: list[Point]) -> None:
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


def _blazer(pen: Pen, who: Portrait, body: list[Point]) -> None:
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


def _tie(pen: Pen, who: Portrait, body: list[Point]) -> None:
    _blazer(pen, who, body)
    tie = [(-0.045, 0.7), (0.045, 0.7), (0.035, 0.79), (0.07, 1.2), (0.0, 1.3), (-0.07, 1.2), (-0.035, 0.79)]
    pen.fill(tie, darker(who.second_cloth, 0.15), inside=body)
    pen.line([(-0.035, 0.79), (0.035, 0.79)], darker(who.second_cloth, 0.4), 0.01)


CLOTHES: dict[str, Callable[[Pen, Portrait, list[Point]], None]] = {
    "tee": _tee, "vneck": _vneck, "turtleneck": _turtleneck, "hoodie": _hoodie, "shirt": _shirt,
    "blazer": _blazer, "tie": _tie,
}  # fmt: skip
