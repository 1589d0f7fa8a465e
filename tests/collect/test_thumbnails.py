"""Thumbnail files and what pages are served, from answers alone."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from PIL import Image

from tests.collect.answers import answer, html, picture, reason, refused
from troubleshooter.collect.addresses import FileAddress
from troubleshooter.collect.classify import Reading, status_of
from troubleshooter.collect.library import Look, StoredFile, Wanted
from troubleshooter.collect.thumbnails import THUMBNAIL_FACTS, read_served, read_thumbnails
from troubleshooter.evidence.record import Evidence, EvidenceBuilder
from troubleshooter.transport.answer import Answer

FOLDER = "/User Photos/Profile Pictures"
WANTED = Wanted(
    "contoso-my.sharepoint.com", ("x",), FileAddress("contoso-my.sharepoint.com", f"{FOLDER}/x_MThumb.jpg")
)
WHEN = datetime(2026, 11, 20, tzinfo=UTC)
LARGE, SMALL = StoredFile("x_LThumb.jpg", 9000, WHEN), StoredFile("x_SThumb.jpg", 900, WHEN)
JPEG = answer(200, picture(300), "image/jpeg")


def read(look: Look, download: Answer | None = JPEG) -> Evidence:
    builder = EvidenceBuilder()
    read_thumbnails(builder, look, download)
    return builder.build()


def served(got: Answer, nobody: Answer | None) -> Evidence:
    builder = EvidenceBuilder()
    read_served(builder, got, nobody)
    return builder.build()


def test_the_largest_file_is_the_thumbnail() -> None:
    found = read(Look(WANTED, FOLDER, (SMALL, LARGE))).sharepoint
    assert (found.thumbnails_present, found.thumbnail_bytes, found.thumbnail_modified_at) == (
        True,
        9000,
        WHEN,
    )
    assert (found.thumbnail_width, found.thumbnail_height, found.folder_name) == (
        300,
        300,
        "Profile Pictures",
    )
    assert found.thumbnail_is_blank is False


def test_an_empty_file_is_there_but_shows_nothing() -> None:
    evidence = read(
        Look(WANTED, FOLDER, (StoredFile("x_LThumb.jpg", 0, WHEN),)), answer(200, b"", "image/jpeg")
    )
    assert evidence.sharepoint.thumbnails_present is True
    assert evidence.sharepoint.thumbnail_bytes == 0
    assert reason(evidence, "sharepoint.thumbnail_width") == "unreadable"


def test_a_file_of_one_colour_is_blank() -> None:

    out = io.BytesIO()
    Image.new("RGB", (72, 72), "white").save(out, "JPEG")
    found = read(Look(WANTED, FOLDER, (LARGE,)), answer(200, out.getvalue(), "image/jpeg")).sharepoint
    assert found.thumbnail_is_blank is True


def test_a_library_without_the_file_holds_no_thumbnail() -> None:
    evidence = read(Look(WANTED, FOLDER), None)
    assert evidence.sharepoint.thumbnails_present is False
    assert reason(evidence, "sharepoint.thumbnail_bytes") == "not_applicable"


@pytest.mark.parametrize(
    ("status", "expected"), [(403, "denied"), (429, "throttled"), (500, "service_error")]
)
def test_a_library_that_cannot_be_read_leaves_every_fact_unknown(status: int, expected: str) -> None:
    evidence = read(Look(WANTED, FOLDER, reading=status_of(refused(status))), refused(status))
    assert {reason(evidence, path) for path in THUMBNAIL_FACTS} == {expected}


def test_a_file_that_is_handed_out_is_there_whatever_the_library_says() -> None:
    headers = {"content-type": "image/jpeg", "last-modified": "Fri, 20 Nov 2026 00:00:00 GMT"}
    download = Answer("GET", JPEG.url, 200, headers, JPEG.body, JPEG.at)
    found = read(Look(WANTED, FOLDER, reading=Reading(absent=True)), download).sharepoint
    assert (found.thumbnails_present, found.thumbnail_modified_at) == (True, WHEN)
    assert found.thumbnail_bytes == len(JPEG.body)
    assert found.folder_name == "Profile Pictures"


def test_pages_show_the_default_image_when_nobody_looks_the_same() -> None:
    assert served(JPEG, JPEG).sharepoint.served_is_default_image is True
    other = answer(200, picture(96, "red"), "image/jpeg")
    assert served(JPEG, other).sharepoint.served_is_default_image is False


@pytest.mark.parametrize("nobody", [None, refused(404), html()])
def test_without_somebody_to_compare_with_the_default_image_is_not_ruled_out(nobody: Answer | None) -> None:
    assert reason(served(JPEG, nobody), "sharepoint.served_is_default_image") == "unreadable"


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (refused(401), "denied"),
        (html(), "unreadable"),
        (refused(404), "unreadable"),
        (refused(503), "service_error"),
    ],
)
def test_a_page_that_could_not_be_asked_shows_neither(got: Answer, expected: str) -> None:
    evidence = served(got, JPEG)
    assert evidence.sharepoint.served_status == got.status
    assert reason(evidence, "sharepoint.served_is_default_image") == expected
