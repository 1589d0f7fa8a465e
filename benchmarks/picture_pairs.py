"""How often does the picture comparison err? Run: python benchmarks/picture_pairs.py [--photos 300 --seed 1]

Draws portraits, makes thumbnails of them as SharePoint, upload scripts and browsers may, and measures the
distance of each thumbnail to its own photo and to photos that look much like it. The same arguments give the
same figures.
"""

from __future__ import annotations

import argparse
import io
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from PIL import Image, ImageEnhance

from troubleshooter.collect.compare import DIFFERENT_FROM, SAME_UP_TO, distance, fingerprint
from troubleshooter.sandbox.portraits import (
    as_jpeg,
    paint,
    photographed,
    portrait_of,
    same_person_again,
    square_thumbnail,
)
from troubleshooter.sandbox.portraits_looks import Portrait

PHOTO_SIDE = 432
SIDES = (48, 72, 96, 200, 300)
QUALITIES = (35, 50, 65, 80, 95)
RESAMPLERS = ("LANCZOS", "BICUBIC", "BILINEAR", "BOX", "NEAREST")
SHAPES = ("square", "4:3 stretched", "3:4 stretched", "4:3 cut", "3:4 cut")

SAME = "its own thumbnail"
SAME_OTHER_COLOURS = "its own thumbnail, colours converted"
NEARLY_THE_SAME = ("the same photo cut 10 % tighter", "the next photo of a burst")
"""Kinds without a right answer: they are shown, and belong to no error rate."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A photo and a thumbnail. `same` is None for `NEARLY_THE_SAME`."""

    kind: str
    same: bool | None
    side: int
    quality: int
    shape: str
    resampler: str
    distance: float

    @property
    def false_match(self) -> bool:
        return self.same is False and self.distance <= SAME_UP_TO

    @property
    def false_mismatch(self) -> bool:
        return self.same is True and self.distance >= DIFFERENT_FROM

    @property
    def grey(self) -> bool:
        return SAME_UP_TO < self.distance < DIFFERENT_FROM


def pairs(photos: int, seed: int = 1) -> Iterator[Pair]:
    """22 pairs for each photo: 12 of the same picture, 8 of different ones, 2 with no right answer."""
    for number in range(photos):
        yield from _pairs_of(seed * 1_000_003 + number)


def _pairs_of(seed: int) -> Iterator[Pair]:
    chance = random.Random(seed)
    portrait = portrait_of(seed)
    shot = _camera(seed)
    photo = shot(portrait, seed)
    for _ in range(10):
        yield _measure(SAME, True, photo, photo, chance)
    for _ in range(2):
        yield _measure(SAME_OTHER_COLOURS, True, photo, _converted(photo, chance), chance)
    for kind, other, grain in _others(portrait, seed):
        yield _measure(kind, False, photo, shot(other, grain), chance)
    edge = PHOTO_SIDE // 20
    tighter = photo.crop((edge, edge, PHOTO_SIDE - edge, PHOTO_SIDE - edge)).resize(photo.size)
    yield _measure(NEARLY_THE_SAME[0], None, photo, tighter, chance)
    moved = replace(
        portrait, x=portrait.x + 0.012, turn=portrait.turn + 2.5, smile=(portrait.smile + 0.5) % 1
    )
    yield _measure(NEARLY_THE_SAME[1], None, photo, shot(moved, seed + 1), chance)


def _camera(seed: int) -> Callable[[Portrait, int], Image.Image]:
    """Clean drawings and camera-like ones by turns."""
    if seed % 2:
        return lambda portrait, _grain: paint(portrait, PHOTO_SIDE)
    return lambda portrait, grain: photographed(portrait, grain, PHOTO_SIDE)


def _others(portrait: Portrait, seed: int) -> Iterator[tuple[str, Portrait, int]]:
    for step in (1, 2):
        stranger = portrait_of(seed + 500_000 * step)
        yield "another person", stranger, seed + 10 + step
    place = replace(
        stranger,
        scene=portrait.scene, wall=portrait.wall, scene_seed=portrait.scene_seed, light=portrait.light,
        x=portrait.x, y=portrait.y, zoom=portrait.zoom, turn=portrait.turn,
    )  # fmt: skip
    yield "another person, same place and pose", place, seed + 20
    dressed = replace(
        place, clothes=portrait.clothes, cloth=portrait.cloth, second_cloth=portrait.second_cloth
    )
    yield "another person, same place, pose and clothes", dressed, seed + 21
    again = seed + 700_000
    yield "same person, another place", same_person_again(portrait, again, scene=True), seed + 30
    yield "same person, another pose", same_person_again(portrait, again, pose=True), seed + 31
    slightly = replace(
        portrait, x=portrait.x + 0.02, turn=portrait.turn - 4, smile=(portrait.smile + 0.5) % 1
    )
    changed = replace(slightly, clothes=stranger.clothes, cloth=stranger.second_cloth)
    yield "same person, same place, other clothes", changed, seed + 32
    yield (
        "same person, another place and pose",
        same_person_again(portrait, again, scene=True, pose=True),
        seed + 33,
    )


def _measure(
    kind: str, same: bool | None, photo: Image.Image, source: Image.Image, chance: random.Random
) -> Pair:
    side, quality = chance.choice(SIDES), chance.choice(QUALITIES)
    shape, resampler = chance.choice(SHAPES), chance.choice(RESAMPLERS)
    small = _thumbnail(_shaped(source, shape), side, quality, resampler, stretch="stretched" in shape)
    apart = distance(fingerprint(_shaped(photo, shape)), fingerprint(small))
    return Pair(kind, same, side, quality, shape, resampler, apart)


def _shaped(image: Image.Image, shape: str) -> Image.Image:
    short = PHOTO_SIDE * 3 // 4
    gap = (PHOTO_SIDE - short) // 2
    boxes = {"4:3": (0, gap, PHOTO_SIDE, gap + short), "3:4": (gap, 0, gap + short, PHOTO_SIDE)}
    return image.crop(boxes[shape[:3]]) if shape[:3] in boxes else image


def _thumbnail(image: Image.Image, side: int, quality: int, resampler: str, *, stretch: bool) -> Image.Image:
    if not stretch:
        image = square_thumbnail(image, min(image.size), stretch=False)
    small = image.resize((side, side), Image.Resampling[resampler])
    return Image.open(io.BytesIO(as_jpeg(small, quality)))


def _converted(image: Image.Image, chance: random.Random) -> Image.Image:
    """What a careless change of colour profile does: saturation and gamma a little off."""
    gamma = chance.choice((0.9, 1.1))
    coloured = ImageEnhance.Color(image).enhance(chance.choice((0.85, 1.15)))
    return coloured.point(lambda value: round(255 * (value / 255) ** gamma))


Key = Callable[[Pair], Any]
TABLES: dict[str, Key] = {
    "side of the thumbnail": lambda pair: (pair.side, pair.same is False),
    "JPEG quality": lambda pair: (pair.quality, pair.same is False),
    "shape": lambda pair: (pair.shape, pair.same is False),
    "resampler": lambda pair: (pair.resampler, pair.same is False),
    "all": lambda pair: ("all", pair.same is False),
}


def table(title: str, groups: dict[str, list[Pair]]) -> str:
    """One line per group: how many pairs, their distances, and the errors in per cent."""
    heads = " ".join(f"{head:>6}" for head in ("pairs", "min", "1 %", "median", "99 %", "max"))
    lines = [f"{title:46} {heads}  false match    grey  false mism."]
    for name, group in groups.items():
        ordered = sorted(pair.distance for pair in group)
        marks = [ordered[round((len(ordered) - 1) * share)] for share in (0, 0.01, 0.5, 0.99, 1)]
        figures = " ".join(f"{mark:6.3f}" for mark in marks)
        match, grey, mismatch = (rate(group, error) for error in ("false_match", "grey", "false_mismatch"))
        lines.append(f"{name:46} {len(group):6} {figures} {match:10.2f} % {grey:5.2f} % {mismatch:9.2f} %")
    return "\n".join(lines)


def rate(group: list[Pair], error: str) -> float:
    """Per cent of the pairs that could make this error (a false match needs different pictures)."""
    wanted = {"false_match": (False,), "false_mismatch": (True,), "grey": (True, False, None)}[error]
    able = [pair for pair in group if pair.same in wanted]
    return 100 * sum(getattr(pair, error) for pair in able) / len(able) if able else 0.0


def grouped(found: list[Pair], key: Key) -> dict[str, list[Pair]]:
    """Pairs by what `key` says of them, in the order of the keys."""
    groups: dict[Any, list[Pair]] = {}
    for pair in found:
        groups.setdefault(key(pair), []).append(pair)
    return {_title(name): groups[name] for name in sorted(groups)}


def _title(name: Any) -> str:
    return name if isinstance(name, str) else f"{name[0]}, {'different' if name[1] else 'same'}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Error rates of the picture comparison.")
    parser.add_argument("--photos", type=int, default=300, help="22 pairs are made of each")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    found = list(pairs(options.photos, options.seed))
    judged = [pair for pair in found if pair.same is not None]
    print(f"{len(found)} pairs; same up to {SAME_UP_TO}, different from {DIFFERENT_FROM}\n")
    print(table("pair", grouped(found, lambda pair: pair.kind)), "\n")
    for title, key in TABLES.items():
        print(table(title, grouped(judged, key)), "\n")


if __name__ == "__main__":
    main()
