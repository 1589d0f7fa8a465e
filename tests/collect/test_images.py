"""Picture files, good and hostile, and the facts found in them."""

from __future__ import annotations

import hashlib
import io
import struct
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from troubleshooter.collect.compare import FINGERPRINT_LENGTH, SAME_UP_TO, distance, fingerprint
from troubleshooter.collect.images import DEFAULT_IMAGES, ImageFacts, analyse, thumbnail_for_report
from troubleshooter.sandbox.portraits import (
    as_animated_gif,
    as_cmyk_jpeg,
    as_jpeg,
    as_png,
    draw_portrait,
    photo_like,
)

SIDE = 96
PORTRAIT = draw_portrait(11, SIDE)
PHOTO = photo_like(12, SIDE)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)  # type: ignore[arg-type]
    return out.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, pixels: bytes, *, depth: int = 8, colour: int = 0) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(pixels, 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def webp_header(width: int, height: int) -> bytes:
    body = b"\0\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", 4 + 8 + len(body)) + b"WEBPVP8X" + struct.pack("<I", len(body)) + body


STILLS: dict[str, Callable[[], bytes]] = {
    "jpeg": lambda: as_jpeg(PHOTO),
    "png": lambda: as_png(PHOTO),
    "gif": lambda: encoded(PHOTO.convert("P"), "GIF"),
    "bmp": lambda: encoded(PHOTO, "BMP"),
    "webp": lambda: encoded(PHOTO, "WEBP"),
}


@pytest.mark.parametrize("kind", STILLS)
def test_a_good_picture_has_every_fact(kind: str) -> None:
    data = STILLS[kind]()
    facts = analyse(data)
    assert facts == ImageFacts(
        format=kind,  # type: ignore[arg-type]
        colour_mode="P" if kind == "gif" else "RGB",
        width=SIDE,
        height=SIDE,
        bytes=len(data),
        animated=False,
        has_alpha=False,
        orientation=1,
        decodes=True,
        sha256=hashlib.sha256(data).hexdigest(),
        fingerprint=facts.fingerprint,
        is_blank=False,
        is_default=False,
        problem="",
    )
    assert facts.fingerprint is not None
    assert len(facts.fingerprint) == FINGERPRINT_LENGTH


def test_the_format_comes_from_the_bytes_and_not_from_a_claim() -> None:
    assert analyse(as_png(PORTRAIT)).format == "png"
    assert analyse(encoded(PHOTO, "TIFF")).format == "other"


def test_print_colours_are_seen() -> None:
    facts = analyse(as_cmyk_jpeg(PORTRAIT))
    assert (facts.colour_mode, facts.decodes) == ("CMYK", True)


def test_a_picture_that_moves_is_seen_in_three_formats() -> None:
    frames = [PORTRAIT, PHOTO]
    for data, kind in (
        (as_animated_gif(PORTRAIT), "gif"),
        (encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:]), "webp"),
        (encoded(frames[0], "PNG", save_all=True, append_images=frames[1:]), "png"),
    ):
        facts = analyse(data)
        assert (facts.format, facts.animated, facts.decodes) == (kind, True, True)


def test_several_pictures_in_one_phone_photo_do_not_move() -> None:
    data = encoded(PORTRAIT, "MPO", save_all=True, append_images=[PHOTO])
    facts = analyse(data)
    assert (facts.format, facts.animated, facts.decodes) == ("jpeg", False, True)


def test_an_alpha_channel_and_a_transparent_colour_both_count() -> None:
    layered = PORTRAIT.convert("RGBA")
    layered.putalpha(128)
    assert analyse(as_png(layered)).has_alpha
    palette = PORTRAIT.convert("P")
    used = palette.getpixel((0, 0))
    assert analyse(encoded(palette, "PNG", transparency=used)).has_alpha
    assert analyse(encoded(palette, "GIF", transparency=used)).has_alpha
    assert not analyse(as_png(PORTRAIT)).has_alpha


@pytest.mark.parametrize(("stored", "read"), [(6, 6), (1, 1), (0, 1), (9, 1)])
def test_the_orientation_is_read_and_nonsense_means_upright(stored: int, read: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = stored
    facts = analyse(encoded(PORTRAIT.resize((96, 64)), "JPEG", exif=exif))
    assert (facts.orientation, facts.width, facts.height) == (read, 96, 64)


def test_the_fingerprint_is_that_of_the_upright_picture() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    for kind in ("JPEG", "PNG", "WEBP"):
        facts = analyse(encoded(PHOTO.transpose(Image.Transpose.ROTATE_90), kind, exif=exif))
        assert facts.fingerprint is not None
        assert facts.orientation == 6
        assert distance(facts.fingerprint, fingerprint(PHOTO)) < SAME_UP_TO


@pytest.mark.filterwarnings("ignore:Corrupt EXIF", "ignore:Truncated File Read")
def test_damaged_exif_does_not_spoil_a_good_picture() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x9286] = "a comment"
    good = exif.tobytes()
    for damaged in (
        b"Exif\0\0II*\0\xff\xff\xff\xff garbage",
        good[:-8],
        good.replace(b"\x92\x86", b"\x01\x11"),
    ):
        facts = analyse(encoded(PORTRAIT, "JPEG", exif=damaged))
        assert facts.decodes
        assert thumbnail_for_report(encoded(PORTRAIT, "JPEG", exif=damaged)) is not None


def test_sixteen_bits_are_not_taken_for_white() -> None:
    deep = Image.new("I;16", (64, 64))
    deep.frombytes(struct.pack("<4096H", *(position * 15 for position in range(4096))))
    facts = analyse(as_png(deep))
    assert (facts.colour_mode, facts.decodes, facts.is_blank) == ("I;16", True, False)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "html"),
        (b"\xef\xbb\xbf\r\n <HTML>", "html"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', "svg"),
        (b'{"error":{"code":"ImageNotFound"}}', "not_an_image"),
        (b"%PDF-1.7", "not_supported"),
        (b"\0\0\0\x18ftypheic", "not_supported"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not_an_image"),
        (b"\xff\xd8\xff", "corrupt"),
        (b"GIF89a", "corrupt"),
        (b"BM", "corrupt"),
    ],
)
def test_what_is_no_picture_is_named_and_never_decodes(data: bytes, problem: str) -> None:
    facts = analyse(data)
    assert (facts.problem, facts.decodes, facts.fingerprint) == (problem, False, None)
    assert (facts.width, facts.height, facts.bytes) == (0, 0, len(data))
    assert facts.sha256 == hashlib.sha256(data).hexdigest()
    assert thumbnail_for_report(data) is None


@pytest.mark.parametrize("kind", STILLS)
@pytest.mark.parametrize("tenths", range(1, 10))
def test_a_cut_off_file_does_not_decode(kind: str, tenths: int) -> None:
    data = STILLS[kind]()
    facts = analyse(data[: len(data) * tenths // 10])
    assert (facts.format, facts.decodes, facts.fingerprint) == (kind, False, None)
    assert facts.problem in ("truncated", "corrupt")


def test_a_cut_off_photo_is_called_truncated_and_keeps_its_size() -> None:
    data = as_jpeg(PHOTO)
    facts = analyse(data[: len(data) // 2])
    assert (facts.problem, facts.width, facts.height) == ("truncated", SIDE, SIDE)


@pytest.mark.parametrize(
    "data",
    [
        png(60_000, 60_000, b"\0"),
        png(10_000, 5_001, b"\0", depth=1),
        png(2**31 - 1, 2**31 - 1, b""),
        webp_header(16_383, 16_383),
        b"GIF89a" + struct.pack("<HHBBB", 65_535, 65_535, 0, 0, 0) + b";",
        b"BM" + struct.pack("<IIIIiiHHIIiiII", 70, 0, 54, 40, 60_000, 60_000, 1, 24, 0, 0, 0, 0, 0, 0),
    ],
    ids=["png", "png just over", "png maximum", "webp", "gif", "bmp"],
)
def test_a_huge_declared_size_is_refused_before_decoding(data: bytes) -> None:
    facts = analyse(data)
    assert (facts.decodes, facts.fingerprint) == (False, None)
    assert facts.problem in ("too_many_pixels", "corrupt")
    assert facts.format != "png" or facts.problem == "too_many_pixels"


def test_a_small_picture_with_a_bomb_inside_is_read_only_as_far_as_its_size() -> None:
    data = png(64, 64, b"\0" * 64 * 65 + b"\0" * 50_000_000)
    assert len(data) < 100_000
    facts = analyse(data)
    assert (facts.decodes, facts.width, facts.is_blank) == (True, 64, True)


def test_a_bomb_in_a_text_chunk_does_no_harm() -> None:
    text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"\0" * 50_000_000, 9))
    good = as_png(PORTRAIT)
    facts = analyse(good[:33] + text + good[33:])
    assert facts.decodes is False or facts.problem == ""


def test_ten_thousand_frames_are_not_all_decoded() -> None:
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    data = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff" + frame * 10_000 + b";"
    facts = analyse(data)
    assert (facts.decodes, facts.animated, facts.width) == (True, True, 1)


@settings(max_examples=150, deadline=None)
@given(data=st.binary(max_size=400), start=st.sampled_from([b"", *(make()[:40] for make in STILLS.values())]))
def test_no_bytes_can_make_it_fail(data: bytes, start: bytes) -> None:
    facts = analyse(start + data)
    assert facts.decodes == (facts.problem == "")
    assert facts.decodes == (facts.fingerprint is not None)


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(sorted(STILLS)),
    changes=st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=8
    ),
)
def test_no_change_of_single_bytes_can_make_it_fail(kind: str, changes: list[tuple[float, int]]) -> None:
    data = bytearray(STILLS[kind]())
    for place, value in changes:
        data[int(place * len(data))] = value
    facts = analyse(bytes(data))
    assert facts.decodes == (facts.problem == "")
    thumbnail_for_report(bytes(data))


def test_one_flat_colour_is_blank_and_a_transparent_picture_too() -> None:
    assert analyse(as_jpeg(Image.new("RGB", (72, 72), (240, 240, 240)), 60)).is_blank
    assert analyse(as_png(Image.new("RGBA", (48, 48), (10, 90, 200, 0)))).is_blank
    assert analyse(encoded(Image.new("P", (1, 1)), "GIF")).is_blank


def test_portraits_are_never_blank() -> None:
    for seed in range(60):
        facts = analyse(as_jpeg(draw_portrait(seed, 72), 60))
        assert not facts.is_blank
        assert not facts.is_default


def test_a_grey_head_and_shoulders_is_a_default_image() -> None:
    image = Image.new("RGB", (200, 200), (225, 223, 221))
    draw = ImageDraw.Draw(image)
    draw.ellipse((66, 40, 134, 108), fill=(161, 159, 157))
    draw.ellipse((34, 120, 166, 260), fill=(161, 159, 157))
    for side in (48, 72, 200):
        facts = analyse(as_jpeg(image.resize((side, side), Image.Resampling.LANCZOS), 70))
        assert (facts.is_default, facts.is_blank) == (True, True)
    coloured = Image.new("RGB", (200, 200), (225, 223, 221))
    ImageDraw.Draw(coloured).ellipse((30, 30, 170, 300), fill=(200, 40, 40))
    assert not analyse(as_jpeg(coloured)).is_default


def test_the_known_default_images_are_md5_sums() -> None:
    assert len(DEFAULT_IMAGES) == 8
    assert all(len(key) == 32 and set(key) <= set("0123456789abcdef") for key in DEFAULT_IMAGES)


def test_the_thumbnail_for_the_report_carries_no_metadata() -> None:
    exif = Image.Exif()
    exif[0x010F] = "CameraMaker"
    exif[0x0112] = 6
    data = encoded(
        photo_like(4, 300).crop((0, 0, 300, 200)),
        "JPEG",
        exif=exif,
        comment=b"secret",
        icc_profile=b"x" * 200,
    )
    made = thumbnail_for_report(data)
    assert made is not None
    for hidden in (b"CameraMaker", b"Exif", b"secret", b"ICC_PROFILE"):
        assert hidden in data
        assert hidden not in made
    with Image.open(io.BytesIO(made)) as image:
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (107, 160))


def test_the_thumbnail_for_the_report_is_flattened_on_white_and_never_enlarged() -> None:
    made = thumbnail_for_report(as_png(Image.new("RGBA", (40, 40), (0, 0, 0, 0))), side=160)
    assert made is not None
    with Image.open(io.BytesIO(made)) as image:
        assert image.size == (40, 40)
        assert image.getpixel((20, 20)) == (255, 255, 255)
