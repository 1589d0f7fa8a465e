"""What makes one drawn portrait."""

from __future__ import annotations

from dataclasses import dataclass

from troubleshooter.sandbox.portraits_pen import Colour, Point, mirrored, smooth

INK: Colour = (44, 36, 48)


@dataclass(frozen=True, slots=True)
class Portrait:
    """Everything that makes one picture; `dataclasses.replace` gives a near relative of it.

    `x`, `y` move the person (parts of the side), `zoom` is 1 for the usual size, `turn` tilts the head
    (degrees), `light` is -1 (from the left) to 1 (from the right).
    """

    skin: Colour
    hair: Colour
    hair_style: str
    face_width: float
    beard: str
    glasses: str
    clothes: str
    cloth: Colour
    second_cloth: Colour
    smile: float
    eye: Colour
    earrings: bool
    scene: str
    wall: Colour
    scene_seed: int
    x: float
    y: float
    zoom: float
    turn: float
    light: float


def smooth_half(right: list[Point]) -> list[Point]:
    """A closed symmetric outline from its right half."""
    return smooth(mirrored(right))
