"""The drawn person: head and shoulders from a handful of traits, in flat design.

Coordinates: the middle of the face is (0, 0), y grows downwards, the chin is at 0.40.
"""

from __future__ import annotations

from troubleshooter.sandbox.portraits_clothes import CLOTHES
from troubleshooter.sandbox.portraits_hair import HAIR
from troubleshooter.sandbox.portraits_looks import INK, Portrait, smooth_half
from troubleshooter.sandbox.portraits_pen import Colour, Pen, Point, darker, mirrored, mix, oval, smooth


def draw_body(pen: Pen, who: Portrait) -> None:
    """Hair behind the head, neck, shoulders and clothes; they stay upright when the head tilts."""
    shoulders = smooth_half(
        [(0.10, 0.50), (0.22, 0.58), (0.46, 0.66), (0.62, 0.78), (0.70, 1.05), (0.72, 1.8)]
    )
    pen.fill(shoulders, who.cloth)
    pen.fill([(0.0, 0.5), (0.9, 0.5), (0.9, 1.8), (0.25, 1.8)], darker(who.cloth, 0.10), inside=shoulders)
    CLOTHES[who.clothes](pen, who, shoulders)


def draw_head(pen: Pen, who: Portrait) -> None:
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


def _features(pen: Pen, who: Portrait, w: float) -> None:
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


def _beard(pen: Pen, who: Portrait, face: list[Point], w: float) -> None:
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


def _glasses(pen: Pen, who: Portrait, w: float) -> None:
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
