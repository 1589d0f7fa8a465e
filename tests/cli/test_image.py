"""`image`: photos before the upload, judged and copied, through real files and the real program."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
import struct
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from tests.cli.program import run
from troubleshooter.sandbox.portraits import as_animated_gif, as_cmyk_jpeg, as_jpeg, as_png, photo_like

PHOTO = photo_like(12, 700)
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100)


def saved(path: Path, image: Image.Image, **options: object) -> Path:
    image.save(path, **options)  # type: ignore[arg-type]
    return path


def seen(*arguments: object, code: int) -> dict[str, object]:
    done = run("image", *map(str, arguments), "--json", "--lang", "en")
    assert (done.code, done.stderr) == (code, "")
    found = json.loads(done.stdout)
    assert found["schema"] == "photo-troubleshooter/image/1"
    return found


def only(*arguments: object, code: int = 0) -> dict[str, object]:
    (picture,) = seen(*arguments, code=code)["pictures"]
    return picture


def rules(picture: dict[str, object]) -> list[str]:
    return [one["rule"] for one in picture["findings"]]


def outcome(picture: dict[str, object], route: str) -> str:
    return next(one["outcome"] for one in picture["routes"] if one["id"] == route)


def test_a_good_photo_is_fine_and_every_statement_names_what_its_source_is_worth(tmp_path: Path) -> None:
    picture = only(saved(tmp_path / "adele.jpg", photo_like(3, 648), quality=80))
    assert (picture["state"], rules(picture), picture["notes"]) == ("fine", [], [])
    assert outcome(picture, "microsoft-365") == "taken"
    statements = [one for route in picture["routes"] for one in route["statements"]]
    assert {one["supports"] for one in statements} == {"documented", "field", "uncertain"}
    assert all(one["source"] for one in statements if one["supports"] != "uncertain")
    assert picture["stores"][0] == {
        "id": "microsoft-365",
        "makes": [48, 64, 96, 120, 240, 360, 432, 504, 648],
        "lacks": [],
        "unsure": [],
    }


def test_a_small_photo_is_a_problem_and_its_copy_is_not_enlarged(tmp_path: Path) -> None:
    path = saved(tmp_path / "small.png", PHOTO.resize((80, 90)))
    picture = only(path, "--write", code=1)
    assert rules(picture) == ["image-too-small", "image-not-square"]
    assert picture["stores"][0]["makes"] == [48, 64]
    assert picture["copy"]["side"] == 80
    assert picture["copy"]["changes"] == ["format", "cut", "not_enlarged"]
    assert picture["copy"]["findings"] == ["image-too-small"]
    done = run("image", str(path), "--lang", "en")
    assert done.code == 1
    assert "The largest side of the photo is 90 pixels." in done.stdout
    assert "Microsoft 365: 48, 64 (not 96, 120, 240, 360, 432, 504, 648)" in done.stdout
    assert "SharePoint: 48, 72 (whether a smaller picture becomes 200 is not documented)" in done.stdout


def test_a_copy_is_a_square_upright_rgb_jpeg_without_metadata(tmp_path: Path) -> None:
    path = tmp_path / "phone.jpg"
    left = Image.new("RGB", (1600, 1200), "blue")
    left.paste("red", (0, 0, 800, 1200))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown turned right: what is stored on the left is seen on top
    exif.get_ifd(0x8825)[1] = "N"
    saved(path, left, exif=exif)
    picture = only(path, "--write")
    assert rules(picture) == ["image-not-square", "image-rotated"]
    assert "where the photo was taken" in " ".join(picture["notes"])
    assert (picture["facts"]["width"], picture["facts"]["height"]) == (1200, 1600)
    assert picture["copy"]["changes"] == ["turned", "metadata", "cut", "reduced"]
    with Image.open(tmp_path / "phone.photo.jpg") as copy:
        assert (copy.format, copy.mode, copy.size) == ("JPEG", "RGB", (648, 648))
        assert not copy.getexif()
        assert set(copy.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        top, bottom = copy.getpixel((324, 20)), copy.getpixel((324, 620))
    assert top[0] > 200 > 60 > top[2]
    assert bottom[2] > 200 > 60 > bottom[0]
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "phone.photo.jpg").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("crop", "colours"),
    [
        ("centre", ("green", "green")),
        ("top", ("red", "green")),
        ("pad", ("white", "white")),
        ("10,1300,100", ("blue", "blue")),
    ],
)
def test_the_square_is_cut_where_it_was_asked_for(
    tmp_path: Path, crop: str, colours: tuple[str, str]
) -> None:
    strips = Image.new("RGB", (400, 1500), "green")
    strips.paste("red", (0, 0, 400, 200))
    strips.paste("blue", (0, 1300, 400, 1500))
    saved(tmp_path / "tall.png", strips)
    only(tmp_path / "tall.png", "-o", tmp_path / "out.jpg", "--crop", crop, code=0)
    with Image.open(tmp_path / "out.jpg") as copy:
        assert copy.width == copy.height
        places = (5, 5), (5, copy.height - 5)
        if crop == "pad":
            assert copy.size == (648, 648)
        for place, colour in zip(places, colours, strict=True):
            wanted = Image.new("RGB", (1, 1), colour).getpixel((0, 0))
            assert all(abs(a - b) < 40 for a, b in zip(copy.getpixel(place), wanted, strict=True)), crop


def test_a_crop_outside_the_picture_and_an_unknown_one_are_wrong_usage(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", PHOTO)
    outside = run("image", str(path), "--write", "--crop", "600,0,300", "--lang", "en")
    assert outside.code == 2
    assert "600,0,300 is not inside the picture, which has 700 by 700 pixels" in outside.stderr
    assert run("image", str(path), "--write", "--crop", "face").code == 2
    assert run("image", str(tmp_path), "--write", "--crop", "0,0,10").code == 2
    assert [one.name for one in tmp_path.iterdir()] == ["a.png"]


def test_colours_are_converted_by_the_profile_in_the_file(tmp_path: Path) -> None:
    wide = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ"))
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    # An sRGB profile whose red and blue primaries are exchanged, under another name.
    red, blue = data.index(b"rXYZ"), data.index(b"bXYZ")
    data[red : red + 4], data[blue : blue + 4] = b"bXYZ", b"rXYZ"
    name = "sRGB".encode("utf-16-be")
    data = data.replace(name, "ours".encode("utf-16-be"))
    assert wide
    path = saved(tmp_path / "red.png", Image.new("RGB", (300, 300), (250, 5, 5)), icc_profile=bytes(data))
    picture = only(path, "--write")
    assert "colours" in picture["copy"]["changes"]
    assert "ours" in picture["facts"]["profile"]
    with Image.open(tmp_path / "red.photo.jpg") as copy:
        seen_red, _, seen_blue = copy.getpixel((150, 150))
    assert seen_blue > 200 > 60 > seen_red


def test_a_profile_that_is_none_costs_the_conversion_alone(tmp_path: Path) -> None:
    path = saved(tmp_path / "odd.png", PHOTO, icc_profile=b"no profile at all" * 20)
    picture = only(path, "--write")
    assert "colour profile that cannot be read" in " ".join(picture["notes"])
    assert "colours_guessed" in picture["copy"]["changes"]


def test_print_colours_animation_transparency_and_depth_are_named_and_mended(tmp_path: Path) -> None:
    (tmp_path / "cmyk.jpg").write_bytes(as_cmyk_jpeg(PHOTO))
    (tmp_path / "moving.gif").write_bytes(as_animated_gif(PHOTO))
    clear = PHOTO.convert("RGBA")
    clear.putalpha(120)
    (tmp_path / "clear.png").write_bytes(as_png(clear))
    deep = struct.pack(">IIBBBBB", 300, 300, 16, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + bytes(300 * 6)) * 300)
    chunks = ((b"IHDR", deep), (b"IDAT", rows), (b"IEND", b""))
    (tmp_path / "deep.png").write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + b"".join(
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
            for kind, body in chunks
        )
    )
    found = {one["file"]: one for one in seen(tmp_path, "-o", tmp_path / "out", code=0)["pictures"]}
    assert rules(found["cmyk.jpg"]) == ["image-unusual-colours"]
    assert "image-animated" in rules(found["moving.gif"])
    assert rules(found["clear.png"]) == ["image-transparent"]
    assert found["deep.png"]["facts"]["bits"] == 16
    changes = {name: set(one["copy"]["changes"]) for name, one in found.items()}
    assert "colours_guessed" in changes["cmyk.jpg"]
    assert "still" in changes["moving.gif"]
    assert "background" in changes["clear.png"]
    assert "depth" in changes["deep.png"]
    assert {one["copy"]["state"] for one in found.values()} == {"fine"}
    for name in ("cmyk", "moving", "clear", "deep"):
        with Image.open(tmp_path / "out" / f"{name}.photo.jpg") as copy:
            assert (copy.mode, getattr(copy, "is_animated", False)) == ("RGB", False)


def test_a_limit_is_kept_by_a_lower_quality(tmp_path: Path) -> None:
    path = saved(tmp_path / "noise.png", Image.effect_noise((900, 900), 25).convert("RGB"))
    picture = only(path, "--write", "--route", "entra")
    assert outcome(picture, "entra") == "refused_by_reports"
    assert (tmp_path / "noise.photo.jpg").stat().st_size == picture["copy"]["bytes"] < 100_000
    assert picture["copy"]["quality"] < 92
    assert picture["copy"]["side"] == 648
    small = only(path, "--write", "--force", "--route", "active-directory", code=1)
    assert small["copy"]["side"] == 96
    assert small["copy"]["bytes"] < 10_000
    assert small["copy"]["findings"] == ["image-too-small"]


def test_what_no_quality_makes_small_enough_is_not_written(tmp_path: Path) -> None:
    path = saved(tmp_path / "noise.png", Image.effect_noise((900, 900), 90).convert("RGB"))
    picture = only(path, "--write", "--route", "entra", code=1)
    assert (picture["state"], picture["copy"]) == ("problem", None)
    assert "even at the lowest quality" in picture["not_copied"]
    assert [one.name for one in tmp_path.iterdir()] == ["noise.png"]


def test_nothing_is_replaced_without_force_and_the_picture_itself_never(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", PHOTO)
    before = path.read_bytes()
    (tmp_path / "a.photo.jpg").write_bytes(b"mine")
    refused = run("image", str(path), "--write", "--lang", "en")
    assert (refused.code, (tmp_path / "a.photo.jpg").read_bytes()) == (2, b"mine")
    assert "a.photo.jpg exists already." in refused.stderr
    only(path, "--write", "--force")
    assert (tmp_path / "a.photo.jpg").read_bytes()[:3] == b"\xff\xd8\xff"
    for target in (path, tmp_path / "." / "a.png"):
        assert run("image", str(path), "-o", str(target), "--force").code == 2
    assert path.read_bytes() == before


def hostile(folder: Path) -> None:
    good = as_jpeg(PHOTO)
    head = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    bomb = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", head), (b"IDAT", body), (b"IEND", b""))
    )
    for name, data in {
        "zero.jpg": b"",
        "cut.jpg": good[:2000],
        "text.png": b"hello",
        "page.jpg": b"<!DOCTYPE html><html>",
        "logo.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "iphone.heic": HEIC,
        "iphone.jpg": HEIC,
        "new.avif": b"\0\0\0\x18ftypavif" + bytes(100),
        "scan.tif": b"II*\0" + bytes(100),
        "bomb.png": b"\x89PNG\r\n\x1a\n" + bomb,
        "renamed.png": good,
        "noending": good,
        "notes.txt": b"not a picture",
        ".hidden.jpg": good,
    }.items():
        (folder / name).write_bytes(data)
    (folder / "folder.jpg").mkdir()
    (folder / "gone.jpg").symlink_to(folder / "nowhere")


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_folder_of_hostile_files_is_told_one_by_one(tmp_path: Path) -> None:
    hostile(tmp_path)
    found = seen(tmp_path, code=1)
    told = {one["file"]: (one["state"], one["problem"]) for one in found["pictures"]}
    assert told == {
        "zero.jpg": ("problem", "empty"),
        "cut.jpg": ("problem", "truncated"),
        "text.png": ("problem", "not_an_image"),
        "page.jpg": ("problem", "html"),
        "logo.svg": ("problem", "svg"),
        "iphone.heic": ("undecided", "not_supported"),
        "iphone.jpg": ("undecided", "not_supported"),
        "new.avif": ("undecided", "not_supported"),
        "scan.tif": ("undecided", "not_supported"),
        "bomb.png": ("undecided", "too_many_pixels"),
        "gone.jpg": ("undecided", "unreadable"),
        "renamed.png": ("fine", None),
        "noending": ("fine", None),
    }
    assert found["passed_over"] == 1
    by_name = {one["file"]: one for one in found["pictures"]}
    assert "The name says PNG and the content is JPEG." in by_name["renamed.png"]["notes"][0]
    assert "HEIC, which this program cannot open" in by_name["iphone.jpg"]["said"]


def test_a_picture_nobody_can_look_into_leaves_with_three(tmp_path: Path) -> None:
    (tmp_path / "iphone.heic").write_bytes(HEIC)
    done = run("image", str(tmp_path / "iphone.heic"), "--write", "--lang", "en")
    assert done.code == 3
    assert "HEIC, which this program cannot open" in done.stdout
    assert "No copy was written" in done.stdout
    assert [one.name for one in tmp_path.iterdir()] == ["iphone.heic"]


def test_what_is_no_file_is_wrong_usage(tmp_path: Path) -> None:
    assert run("image", str(tmp_path / "gone.png")).code == 2
    empty = run("image", str(tmp_path), "--lang", "en")
    assert (empty.code, "There are no pictures in" in empty.stderr) == (2, True)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.jpg")
        assert run("image", str(tmp_path / "pipe.jpg")).code == 2
    assert run("image", str(tmp_path), "--route", "pigeon").code == 2


def test_a_folder_as_table_and_as_csv(tmp_path: Path) -> None:
    saved(tmp_path / "ana.jpg", photo_like(1, 648))
    saved(tmp_path / "=cmd.png", PHOTO.resize((64, 64)))
    table = tmp_path / "out" / "photos.csv"
    table.parent.mkdir()
    done = run("image", str(tmp_path), "--csv", str(table), "--lang", "en")
    assert done.code == 1
    assert f"Written: {table}" in done.stdout
    assert [line.split() for line in done.stdout.splitlines()[:2]] == [
        ["x", "=cmd.png", "64", "x", "64", "pixels", "PNG", *done.stdout.split()[7:9], "The", "photo", "is",
         "too", "small", "[image-too-small]"],
        ["v", "ana.jpg", "648", "x", "648", "pixels", "JPEG", *done.stdout.splitlines()[1].split()[7:9]],
    ]  # fmt: skip
    assert "2 pictures (Problem: 1, Fine: 1)" in done.stdout
    rows = list(csv.DictReader(io.StringIO(table.read_text(encoding="utf-8-sig"))))
    assert [(row["file"], row["state"], row["problems"]) for row in rows] == [
        ("'=cmd.png", "problem", "image-too-small"),
        ("ana.jpg", "fine", ""),
    ]
    assert rows[0]["route_microsoft_365"] == "taken"


def test_a_second_run_does_not_copy_the_copies_and_equal_stems_do_not_collide(tmp_path: Path) -> None:
    saved(tmp_path / "ana.jpg", PHOTO)
    saved(tmp_path / "Ana.png", PHOTO)
    seen(tmp_path, "--write", code=0)
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "Ana.png",
        "Ana.png.photo.jpg",
        "ana.jpg",
        "ana.jpg.photo.jpg",
    ]
    again = seen(tmp_path, "--write", "--force", code=0)
    assert len(again["pictures"]) == 2


def test_files_are_matched_to_people_by_name(tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text(
        "user_principal_name,display_name\npetra.horvat@contoso.com,Petra Horvat\n"
        "zeljko@contoso.com,Željko Đurić\nana@contoso.com,Ana\nana@fabrikam.com,Ana\nivo@contoso.com,Ivo\n",
        encoding="utf-8",
    )
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("petra_horvat", "Zeljko Duric", "ana", "stranger"):
        saved(folder / f"{name}.jpg", PHOTO)
    found = seen(folder, "--people", people, code=0)
    assert {one["file"]: one["person"] for one in found["pictures"]} == {
        "petra_horvat.jpg": "petra.horvat@contoso.com",
        "Zeljko Duric.jpg": "zeljko@contoso.com",
        "ana.jpg": None,  # two people are called so
        "stranger.jpg": None,
    }
    assert found["people_without_picture"] == ["ana@contoso.com", "ana@fabrikam.com", "ivo@contoso.com"]


def test_croatian_has_no_english_left(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", PHOTO.resize((60, 80)))
    done = run("image", str(path), "--write", "--lang", "hr")
    for english in (
        "pixels",
        "documented",
        "photo is",
        "Other ways",
        "Copy:",
        "cut to",
        "refused",
        "SharePoint's",
    ):
        assert english not in done.stdout, english


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_one_may_not_read_is_undecided(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", PHOTO)
    path.chmod(0)
    assert only(path, code=3)["problem"] == "unreadable"
