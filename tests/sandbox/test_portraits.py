"""Drawn people for the sandbox tenant."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from troubleshooter.collect.compare import distance, fingerprint
from troubleshooter.sandbox.portraits import (
    HAIRS,
    as_animated_gif,
    as_cmyk_jpeg,
    as_jpeg,
    as_png,
    draw_portrait,
    paint,
    photo_like,
    portrait_of,
    same_person_again,
    square_thumbnail,
)
from troubleshooter.sandbox.portraits_clothes import CLOTHES
from troubleshooter.sandbox.portraits_hair import HAIR
from troubleshooter.sandbox.portraits_scene import SCENES


@pytest.mark.parametrize("draw", [draw_portrait, photo_like])
def test_the_same_seed_gives_the_same_pixels(draw: object) -> None:
    assert callable(draw)
    one, again, other = draw(7, 64), draw(7, 64), draw(8, 64)
    assert one.tobytes() == again.tobytes()
    assert one.tobytes() != other.tobytes()
    assert (one.mode, one.size) == ("RGB", (64, 64))


def test_a_portrait_has_the_size_of_a_large_profile_photo_by_default() -> None:
    assert draw_portrait(1).size == (648, 648)


def test_different_seeds_are_clearly_different_pictures() -> None:
    marks = [fingerprint(draw_portrait(seed, 96)) for seed in range(40)]
    nearest = min(distance(a, b) for i, a in enumerate(marks) for b in marks[:i])
    assert nearest > 0.2


def test_every_hair_style_garment_and_background_occurs() -> None:
    people = [portrait_of(seed) for seed in range(600)]
    assert {person.hair_style for person in people} == set(HAIR)
    assert {person.clothes for person in people} == set(CLOTHES)
    assert {person.scene for person in people} == set(SCENES)
    assert {person.hair for person in people if person.hair_style != "scarf"} == set(HAIRS)


def test_the_same_person_again_keeps_the_face() -> None:
    person = portrait_of(3)
    moved = same_person_again(person, 99, pose=True)
    elsewhere = same_person_again(person, 99, scene=True)
    for again in (moved, elsewhere):
        assert (again.skin, again.hair_style, again.hair, again.glasses) == (
            person.skin, person.hair_style, person.hair, person.glasses,
        )  # fmt: skip
    assert (moved.scene, moved.x) != (person.scene, person.x)
    assert elsewhere.scene != person.scene
    assert paint(moved, 48).tobytes() != paint(person, 48).tobytes()


def test_the_encoders_make_what_they_say() -> None:
    image = draw_portrait(2, 48)
    expected = {as_jpeg: ("JPEG", "RGB"), as_png: ("PNG", "RGB"), as_cmyk_jpeg: ("JPEG", "CMYK")}
    for encode, facts in expected.items():
        with Image.open(io.BytesIO(encode(image))) as read:
            assert (read.format, read.mode) == facts
    with Image.open(io.BytesIO(as_animated_gif(image))) as moving:
        assert (moving.format, getattr(moving, "n_frames", 1)) == ("GIF", 3)
    assert len(as_jpeg(image, 40)) < len(as_jpeg(image, 95))


def test_a_square_thumbnail_is_squeezed_or_cut() -> None:
    oblong = Image.new("RGB", (300, 100), "red")
    oblong.paste("blue", (100, 0, 200, 100))
    squeezed, cut = (square_thumbnail(oblong, 30, stretch=stretch) for stretch in (True, False))
    assert squeezed.size == cut.size == (30, 30)
    assert squeezed.getpixel((2, 15)) == (255, 0, 0)
    assert cut.getpixel((2, 15)) == (0, 0, 255)
