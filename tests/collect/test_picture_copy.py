"""Copies of hostile pictures: a square JPEG, or nothing, and never an exception."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from troubleshooter.collect.picture_copy import Crop, crop_of, make_copy
from troubleshooter.collect.picture_file import look_into
from troubleshooter.errors import UsageError
from troubleshooter.sandbox.portraits import as_animated_gif, as_cmyk_jpeg, photo_like

PHOTO = photo_like(5, 64)
SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)  # type: ignore[arg-type]
    return out.getvalue()


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 5
    return encoded(PHOTO, "JPEG", exif=exif, icc_profile=SRGB.replace(b"sRGB", b"ours"))


SEEDS = [
    turned(),
    encoded(PHOTO.convert("RGBA"), "PNG", icc_profile=SRGB.replace(b"sRGB", b"ours")),
    encoded(PHOTO.convert("L"), "PNG", icc_profile=SRGB.replace(b"sRGB", b"ours")),
    encoded(PHOTO.convert("P"), "GIF"),
    encoded(PHOTO, "WEBP"),
    encoded(PHOTO, "BMP"),
    as_animated_gif(PHOTO),
    as_cmyk_jpeg(PHOTO),
]
CROPS = [Crop(), Crop("top"), Crop("pad")]


def check(data: bytes, crop: Crop, side: int = 648) -> None:
    picture = look_into(Path("x.jpg"), data)
    copy = make_copy(picture, crop, side, 100_000)
    assert (copy is None) == (picture.facts is None or not picture.facts.decodes)
    if copy is None:
        return
    with Image.open(io.BytesIO(copy.data)) as made:
        assert (made.format, made.mode, made.width, made.height) == ("JPEG", "RGB", copy.side, copy.side)
        assert "icc_profile" not in made.info
        assert "exif" not in made.info
        made.load()
    longest = max(picture.sides) if crop.way == "pad" else min(picture.sides)
    assert copy.side == min(side, longest)


@pytest.mark.parametrize("crop", CROPS, ids=lambda crop: crop.way)
@pytest.mark.parametrize("seed", range(len(SEEDS)))
def test_every_kind_of_picture_becomes_a_clean_square(seed: int, crop: Crop) -> None:
    check(SEEDS[seed], crop)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=12),
    st.integers(0, 10_000),
    st.sampled_from(CROPS),
)
def test_no_damage_raises(seed: bytes, changes: list[tuple[int, int]], end: int, crop: Crop) -> None:
    data = bytearray(seed)
    for place, value in changes:
        data[place % len(data)] = value
    check(bytes(data[: max(1, len(data) - end % 400)]), crop)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_raise(data: bytes) -> None:
    check(data, Crop())


@pytest.mark.parametrize("crop", CROPS, ids=lambda crop: crop.way)
@pytest.mark.parametrize("size", [(1, 1), (1, 60_000), (60_000, 1), (3, 2)])
def test_strange_shapes_are_cut_or_padded_without_much_memory(size: tuple[int, int], crop: Crop) -> None:
    check(encoded(Image.new("RGB", size, "red"), "PNG"), crop)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30))
def test_a_crop_is_understood_or_wrong_usage(text: str) -> None:
    try:
        crop = crop_of(text)
    except UsageError:
        return
    assert crop.way in ("centre", "top", "pad") or crop.size > 0
