"""What Graph's photo answers mean."""

from __future__ import annotations

import pytest

from tests.collect.answers import answer, html, picture, reason, refused, with_account
from troubleshooter.collect.mailbox import read_mailbox
from troubleshooter.collect.photo import HD_SIDES, IMAGE_FACTS, PhotoAnswers, read_photo
from troubleshooter.evidence.record import Evidence, Picture
from troubleshooter.transport.answer import Answer

PLAN = {
    "service": "exchange",
    "servicePlanId": "x",
    "capabilityStatus": "Enabled",
    "assignedDateTime": "2024-02-01T08:00:00Z",
}
BYTES = answer(200, picture(648), "image/jpeg")


def meta(size: str, etag: str = '"BA09D118"', kind: str = "image/jpeg") -> dict[str, object]:
    width, _, height = size.lower().partition("x")
    return {
        "@odata.mediaContentType": kind,
        "@odata.mediaEtag": etag,
        "id": size,
        "width": int(width),
        "height": int(height),
    }


def listed(*sizes: str) -> Answer:
    return answer(200, {"value": [meta(size) for size in sizes]})


LARGEST = answer(200, meta("648x648"))
ALL = listed(*(f"{side}X{side}" for side in HD_SIDES))


def read(
    metadata: Answer, sizes: Answer = ALL, content: Answer = BYTES, plans: tuple[object, ...] = (PLAN,)
) -> tuple[Evidence, Picture | None]:
    builder = with_account(assignedPlans=list(plans))
    found = read_photo(builder, PhotoAnswers(metadata, sizes, content))
    return builder.build(), found


def test_a_photo_with_all_its_sizes() -> None:
    evidence, found = read(LARGEST)
    photo = evidence.photo
    assert (photo.present, photo.status, photo.error_code, photo.etag) == (True, 200, "", '"BA09D118"')
    assert (photo.size_count, photo.hd_size_count, photo.largest_side, photo.store_class) == (
        9,
        9,
        648,
        "mailbox",
    )
    assert photo.sizes is not None
    assert photo.sizes[0] == "48x48"
    assert (photo.width, photo.height, photo.format, photo.decodes) == (648, 648, "jpeg", True)
    assert found is not None
    assert found.data == BYTES.body
    assert found.store == "photo"


@pytest.mark.parametrize(
    "metadata",
    [
        refused(404, "ImageNotFound"),
        refused(404, "ErrorItemNotFound"),
        refused(404, "CodeOfNextYear"),
        answer(200, meta("1x1", "", "image/gif")),
        answer(200, {"id": "default", "width": 1, "height": 1}),
        answer(200, {"id": "default", "@odata.mediaContentType": "image/gif", "@odata.mediaEtag": ""}),
    ],
)
def test_a_404_and_a_1x1_both_mean_no_photo(metadata: Answer) -> None:
    evidence, found = read(metadata, refused(404), refused(404))
    photo = evidence.photo
    assert found is None
    assert (photo.present, photo.sizes, photo.size_count, photo.hd_size_count) == (False, (), 0, 0)
    assert photo.store_class == "none"
    assert {reason(evidence, path) for path in (*IMAGE_FACTS, "photo.largest_side")} == {"not_applicable"}
    assert photo.error_code == metadata.error_code


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        (refused(403, "Authorization_RequestDenied"), "denied"),
        (refused(401, "InvalidAuthenticationToken"), "denied"),
        (refused(429, "ApplicationThrottled"), "throttled"),
        (refused(500, "UnknownError"), "service_error"),
        (refused(404, "UnknownError"), "service_error"),
        (refused(404, "Request_ResourceNotFound"), "unreadable"),
        (html(), "unreadable"),
        (answer(200, b'{"id": "648x648", "wid'), "unreadable"),
        (answer(200, {"value": []}), "unreadable"),
        (answer(0, failure="dns"), "service_error"),
    ],
)
def test_an_answer_that_does_not_say_is_never_read_as_no_photo(metadata: Answer, expected: str) -> None:
    evidence, _ = read(metadata, metadata, metadata)
    assert evidence.photo.present is None
    assert reason(evidence, "photo.present") == expected
    assert reason(evidence, "photo.width") == expected
    if metadata.status:
        assert evidence.photo.status == metadata.status


def test_a_denied_photo_names_the_permission() -> None:
    evidence, _ = read(refused(403), refused(403), refused(403))
    gap = evidence.gap("photo.present")
    assert gap is not None
    assert gap.permission == "Microsoft Graph ProfilePhoto.Read.All"
    assert evidence.source("photo.status") is not None


def test_a_mailbox_elsewhere_is_told_by_the_photo_code_too() -> None:
    evidence, _ = read(refused(404, "MailboxNotHostedInExchangeOnline"))
    assert evidence.photo.present is False
    assert (evidence.mailbox.exists, evidence.mailbox.location) == (False, "on_premises")


def test_the_mailbox_itself_is_the_better_witness() -> None:
    builder = with_account(assignedPlans=[PLAN])
    read_mailbox(builder, answer(200, {"value": "user"}), None)
    read_photo(builder, PhotoAnswers(refused(404, "MailboxNotHostedInExchangeOnline"), ALL, BYTES))
    assert builder.build().mailbox.location == "cloud"


def test_the_photo_stands_although_its_sizes_could_not_be_listed() -> None:
    evidence, _ = read(LARGEST, refused(503))
    assert evidence.photo.present is True
    assert evidence.photo.largest_side == 648
    for path in ("photo.sizes", "photo.size_count", "photo.hd_size_count", "photo.store_class"):
        assert reason(evidence, path) == "service_error"


def test_the_bytes_prove_a_photo_whose_description_failed() -> None:
    evidence, _ = read(refused(503), refused(503))
    assert evidence.photo.present is True
    assert evidence.photo.largest_side == 648
    assert reason(evidence, "photo.etag") == "service_error"


def test_a_photo_without_bytes_keeps_its_description() -> None:
    evidence, found = read(LARGEST, ALL, refused(404, "ImageNotFound"))
    assert found is None
    assert evidence.photo.present is True
    assert {reason(evidence, path) for path in IMAGE_FACTS} == {"unreadable"}


@pytest.mark.parametrize(
    "content", [html(), answer(200, b"", "image/jpeg"), answer(200, b"Server Too Busy", "text/plain")]
)
def test_text_in_place_of_the_picture_says_nothing_about_the_picture(content: Answer) -> None:
    evidence, _ = read(LARGEST, ALL, content)
    assert evidence.photo.decodes is None
    assert reason(evidence, "photo.decodes") == "unreadable"


def test_bytes_that_are_no_picture_are_a_known_fault_of_the_photo() -> None:
    evidence, _ = read(LARGEST, ALL, answer(200, b"\x00\x01rubbish" * 50, "image/jpeg"))
    photo = evidence.photo
    assert (photo.decodes, photo.format, photo.bytes) == (False, "other", 450)
    assert reason(evidence, "photo.width") == "unreadable"


def test_a_picture_declared_as_json_in_a_batch_is_a_picture() -> None:
    evidence, _ = read(LARGEST, ALL, answer(200, picture(96), "application/json"))
    assert evidence.photo.width == 96


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        (("48x48", "64x64"), "mailbox"),
        (("48X48", "64X64", "96X96"), "mailbox"),
        (("150x150",), "directory"),
        (("96x96",), "directory"),
        (("48x48",), None),
        (("500x500", "300x300"), None),
    ],
)
def test_the_home_of_a_photo_is_a_vote(sizes: tuple[str, ...], expected: str | None) -> None:
    evidence, _ = read(answer(200, meta(sizes[-1])), listed(*sizes))
    assert evidence.photo.store_class == expected
    if expected is None:
        gap = evidence.gap("photo.store_class")
        assert gap is not None
        assert gap.reason == "unreadable"
        assert gap.detail.startswith("ambiguous")


def test_without_an_exchange_plan_it_cannot_be_the_mailbox() -> None:
    evidence, _ = read(LARGEST, ALL, plans=())
    assert evidence.photo.store_class == "directory"


def test_a_shared_mailbox_needs_no_plan() -> None:
    builder = with_account()
    read_mailbox(builder, answer(200, {"value": "shared"}), None)
    read_photo(builder, PhotoAnswers(LARGEST, ALL, BYTES))
    assert builder.build().photo.store_class == "mailbox"


def test_sizes_are_compared_without_case_and_counted_once() -> None:
    evidence, _ = read(LARGEST, listed("240x240", "240X240", "1x1", "77x77"))
    assert evidence.photo.sizes == ("240x240", "77x77")
    assert (evidence.photo.size_count, evidence.photo.hd_size_count) == (2, 1)


def test_a_size_called_default_is_read_by_its_sides() -> None:
    entry = {"id": "default", "width": 800, "height": 600}
    evidence, _ = read(answer(200, entry), answer(200, {"value": [entry]}))
    assert evidence.photo.sizes == ("800x600",)
    assert evidence.photo.largest_side == 800
