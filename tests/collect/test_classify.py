"""From an answer to read, not there, or a gap."""

from __future__ import annotations

import pytest

from tests.collect.answers import answer, html, refused
from troubleshooter.collect.classify import json_of, miss_all, note, status_of, without_secrets
from troubleshooter.evidence.record import EvidenceBuilder


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (401, "InvalidAuthenticationToken", "denied"),
        (403, "Authorization_RequestDenied", "denied"),
        (403, "ImageNotFound", "denied"),
        (403, "", "denied"),
        (423, "resourceLocked", "denied"),
        (429, "TooManyRequests", "throttled"),
        (429, "ImageNotFound", "throttled"),
        (509, "", "throttled"),
        (500, "UnknownError", "service_error"),
        (503, "serviceNotAvailable", "service_error"),
        (504, "", "service_error"),
        (424, "FailedDependency", "service_error"),
        (404, "UnknownError", "service_error"),
        (400, "AuthenticationError", "not_available"),
        (401, "AuthenticationError", "not_available"),
        (501, "NotImplemented", "not_available"),
        (400, "BadRequest", "unreadable"),
        (302, "", "unreadable"),
    ],
)
def test_the_status_decides_and_the_code_only_where_it_must(status: int, code: str, expected: str) -> None:
    reading = status_of(refused(status, code))
    assert reading.reason is not None
    assert reading.reason.value == expected
    assert not reading.absent


@pytest.mark.parametrize("code", ["ImageNotFound", "ErrorItemNotFound", "SomethingNewIn2027", ""])
def test_any_other_404_is_not_there(code: str) -> None:
    assert status_of(refused(404, code)).absent


def test_the_message_is_never_looked_at() -> None:
    body = {"error": {"code": "", "message": "UnknownError: Access denied, throttled"}}
    assert status_of(answer(404, body)).absent


@pytest.mark.parametrize("body", [b'{"value": [', b"", b"\xff\xfe{", b"<html></html>", b"[1, 2]", b'"text"'])
def test_a_200_that_is_no_json_object_is_unreadable(body: bytes) -> None:
    reading = json_of(answer(200, body))
    assert reading.reason is not None
    assert reading.reason.value == "unreadable"


def test_html_in_place_of_json_is_unreadable_and_html_with_503_a_service_error() -> None:
    assert json_of(html(200)).reason == "unreadable"
    assert json_of(html(503)).reason == "service_error"


def test_no_answer_at_all_is_a_service_error_that_says_why() -> None:
    reading = status_of(answer(0, failure="tls"))
    assert reading.reason == "service_error"
    assert "certificate" in reading.detail


def test_a_refusal_names_the_permission_of_each_fact_and_other_gaps_name_none() -> None:
    builder = EvidenceBuilder()
    miss_all(builder, ["photo.present", "policy.photo_source"], status_of(refused(403)))
    miss_all(builder, ["mailbox.exists"], status_of(refused(429)))
    miss_all(builder, ["mailbox.purpose"], status_of(refused(423)))
    evidence = builder.build()
    permissions = {gap.fact: gap.permission for gap in evidence.gaps if gap.detail}
    assert permissions == {
        "mailbox.exists": "",
        "mailbox.purpose": "",
        "photo.present": "Microsoft Graph ProfilePhoto.Read.All",
        "policy.photo_source": "Microsoft Graph PeopleSettings.Read.All",
    }


def test_a_source_keeps_the_request_without_its_secrets() -> None:
    url = "https://u:p@contoso-my.sharepoint.com/a%20b.jpg?t=63930000000&tempauth=eyJ0&x=1#part"
    assert (
        without_secrets(url) == "https://contoso-my.sharepoint.com/a%20b.jpg?t=63930000000&tempauth=...&x=1"
    )
    plain = "https://graph.microsoft.com/v1.0/users?$select=id,mail&$filter=mail%20eq%20'a'"
    assert without_secrets(plain) == plain


def test_a_source_holds_status_code_and_request_id() -> None:
    builder = EvidenceBuilder()
    assert note(builder, refused(404, "ImageNotFound")) == "s1"
    note(builder, answer(0, failure="dns"))
    first, second = builder.build().sources
    assert (first.status, first.error_code, first.request_id) == (404, "ImageNotFound", "r1")
    assert (second.status, second.error_code) == (0, "dns")
