"""What error codes mean: status first, code second, message never; the unknown stays unknown."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.collect.answers import refused
from troubleshooter.codes.decoder import Decoder
from troubleshooter.codes.endpoints import ENDPOINTS, endpoint_of
from troubleshooter.codes.tables import Entry, shipped
from troubleshooter.collect.classify import status_of
from troubleshooter.diagnose.rulebook import load_rules
from troubleshooter.evidence.record import GapReason
from troubleshooter.transport.answer import FAILURES

BOOK = load_rules()
DECODER = BOOK.decoder
ENTRIES = DECODER.entries

# Every answer of Microsoft's pages and of the threads named in the tables, as (endpoint, status, code).
PROMISED = [
    ("directory", 400, "Request_BadRequest"),
    ("directory", 400, "BadRequest"),
    ("directory", 400, "Request_UnsupportedQuery"),
    ("directory", 401, "InvalidAuthenticationToken"),
    ("directory", 401, "insufficient_claims"),
    ("directory", 403, "Authorization_RequestDenied"),
    ("directory", 403, "ErrorAccessDenied"),
    ("drive", 403, "accessDenied"),
    ("directory", 404, "Request_ResourceNotFound"),
    ("directory", 410, "resyncRequired"),
    ("directory", 410, "syncStateNotFound"),
    ("directory", 429, "TooManyRequests"),
    ("directory", 429, "ApplicationThrottled"),
    *(
        ("directory", status, code)
        for status in (500, 502, 503, 504)
        for code in ("UnknownError", "serviceNotAvailable", "generalException")
    ),
    ("library", 429, ""),
    ("drive", 509, ""),
    *(("photo", 404, code) for code in ("ImageNotFound", "ErrorEntityNotFound", "ErrorItemNotFound")),
    ("photo", 404, "ProfileNotFound"),
    ("photo", 404, "MailboxNotEnabledForRESTAPI"),
    ("photo", 404, "MailboxNotHostedInExchangeOnline"),
    ("photo", 404, "ErrorNonExistentMailbox"),
    ("photo", 404, "ResourceNotFound"),
    ("photo", 404, "Request_ResourceNotFound"),
    ("photo", 400, "AuthenticationError"),
    ("photo", 401, "AuthenticationError"),
    ("photo", 403, "ErrorAccessDenied"),
    ("photo", 403, "Authorization_RequestDenied"),
    ("photo", 429, "ApplicationThrottled"),
    ("photo", 429, "TooManyRequests"),
    *(("photo", status, "UnknownError") for status in (404, 500, 503)),
    ("mailbox", 403, "ErrorAccessDenied"),
    ("drive", 404, "ResourceNotFound"),
    ("drive", 400, "BadRequest"),
    ("drive", 423, "resourceLocked"),
    ("drive", 423, "notAllowed"),
    ("batch", 400, ""),
    ("batch", 424, ""),
    ("policy", 404, ""),
    ("profile", 401, "Unsupported app only token."),
    ("profile", 401, "invalid_client"),
    ("profile", 403, "-2147024891, System.UnauthorizedAccessException"),
    ("profile", 400, "-1, Microsoft.SharePoint.Client.InvalidClientQueryException"),
    ("library", 500, "-2147024860, Microsoft.SharePoint.SPQueryThrottledException"),
    ("library", 404, ""),
    ("profile", 423, ""),
    ("search", 403, ""),
    ("search", 503, ""),
    ("exchange", 401, ""),
    ("exchange", 403, ""),
    *(("photo", 0, failure) for failure in FAILURES),
]


@pytest.mark.parametrize(("endpoint", "status", "code"), PROMISED)
def test_every_promised_answer_has_one_meaning_that_rests_on_its_code(
    endpoint: str, status: int, code: str
) -> None:
    decoded = DECODER.decode(endpoint, status, code)
    assert decoded.known
    (match,) = decoded.matches
    assert "status" in match.by
    assert ("code" in match.by) is bool(code)


def test_a_known_code_with_another_status_is_read_by_its_status() -> None:
    decoded = DECODER.decode("photo", 403, "ImageNotFound")
    assert [match.entry.reads_as for match in decoded.matches] == ["denied"]
    assert not decoded.code_known


def test_a_code_nobody_knows_is_kept_raw_and_its_status_still_speaks() -> None:
    decoded = DECODER.decode("photo", 404, "SomethingNewIn2027")
    assert (decoded.code_known, decoded.known, decoded.raw) == (False, False, "404 SomethingNewIn2027")
    assert [match.entry.reads_as for match in decoded.matches] == ["absent"]
    assert [match.by for match in decoded.matches] == [("endpoint", "status")]


def test_an_answer_nobody_knows_has_no_meaning() -> None:
    assert DECODER.decode("photo", 418, "").matches == ()
    assert DECODER.decode("", None, "teapot").matches == ()


def test_the_endpoints_own_meaning_goes_before_its_systems() -> None:
    photo = DECODER.decode("photo", 403, "ErrorAccessDenied").matches[0].entry
    other = DECODER.decode("directory", 403, "ErrorAccessDenied").matches[0].entry
    assert (photo.endpoints, other.endpoints) == (("photo",), ())


def test_a_bare_status_without_an_endpoint_lists_every_place_once() -> None:
    places = [(match.entry.system, match.entry.endpoints) for match in DECODER.decode("", 403, "").matches]
    assert len(places) == len(set(places))
    assert {system for system, _ in places} >= {"graph", "sharepoint", "exchange"}


def test_capitals_and_the_words_around_an_entra_number_do_not_matter() -> None:
    assert DECODER.decode("photo", 404, "IMAGENOTFOUND").known
    pasted = DECODER.decode("", None, "AADSTS7000215: Invalid client secret provided.")
    assert pasted.matches[0].entry == DECODER.decode("", None, "aadsts7000215").matches[0].entry


def test_the_first_table_wins_among_equals() -> None:
    ours = next(entry for entry in ENTRIES if entry.codes == ("ProfileNotFound",))
    theirs = Entry(*(getattr(ours, name) for name in Entry.__slots__))
    found = Decoder([theirs, ours]).decode("photo", 404, "ProfileNotFound")
    assert found.matches[0].entry is theirs


@pytest.mark.parametrize(
    "entry", [entry for entry in ENTRIES if entry.reads_as], ids=lambda entry: entry.meaning[:60]
)
def test_collectors_read_every_answer_as_its_table_says(entry: Entry) -> None:
    for status in entry.statuses:
        for code in entry.codes or ("",):
            reading = status_of(refused(status, code))
            assert entry.reads_as == ("absent" if reading.absent else reading.reason), (status, code)


def test_every_table_is_whole_and_names_public_pages() -> None:
    assert {entry.system for entry in ENTRIES} == {*ENDPOINTS.values(), "network"}
    assert {entry.reads_as for entry in ENTRIES} <= {"", "absent", *GapReason}
    for entry in ENTRIES:
        assert urlsplit(entry.source).scheme == "https"
        assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", entry.checked_on)
        assert entry.meaning.endswith(".")
        assert entry.remedy.endswith(".")


def test_sign_in_and_decode_read_the_same_tables() -> None:
    assert set(shipped("entra")) <= set(ENTRIES)
    assert set(shipped("network")) <= set(ENTRIES)


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("https://graph.microsoft.com/v1.0/users/megan@contoso.com/photo", "photo"),
        ("https://graph.microsoft.us/v1.0/users/x/photos/48x48/$value", "photo"),
        ("https://graph.microsoft.com/v1.0/users('x')/photo/$value", "photo"),
        ("https://graph.microsoft.com/v1.0/users/photo@contoso.com?$select=id", "directory"),
        ("https://graph.microsoft.com/v1.0/users/x/mailboxSettings/userPurpose", "mailbox"),
        ("https://graph.microsoft.com/v1.0/users/x/settings/exchange", "mailbox"),
        ("https://graph.microsoft.com/v1.0/users/x/drive?$select=webUrl", "drive"),
        ("https://graph.microsoft.com/beta/admin/people/photoUpdateSettings", "policy"),
        ("https://graph.microsoft.com/v1.0/organization?$select=id", "tenant"),
        ("https://graph.microsoft.com/v1.0/sites/root?$select=id", "tenant"),
        ("https://graph.microsoft.com/v1.0/$batch", "batch"),
        ("https://c-admin.sharepoint.com/_api/SP.UserProfiles.PeopleManager/GetPropertiesFor(x)", "profile"),
        ("https://c.sharepoint.com/_api/search/query?querytext='x'", "search"),
        ("https://c-my.sharepoint.com/_api/web/GetFolderByServerRelativePath(x)/Files", "library"),
        ("https://c-my.sharepoint.com:443/User%20Photos/Profile%20Pictures/x_MThumb.jpg?t=1", "library"),
        ("https://c.sharepoint.com/_layouts/15/userphoto.aspx?size=L", "page"),
        ("https://login.microsoftonline.com/t/oauth2/v2.0/token", "sign-in"),
        ("https://outlook.office365.com/adminapi/beta/t/InvokeCommand", "exchange"),
        ("https://example.org/", ""),
        ("https://[", ""),
    ],
)
def test_the_path_tells_the_endpoint_whatever_the_cloud(url: str, endpoint: str) -> None:
    assert endpoint_of(url) == endpoint


@given(st.sampled_from(["", *ENDPOINTS]), st.none() | st.integers(0, 999), st.text(max_size=300))
def test_no_answer_breaks_the_look_up_or_is_guessed(endpoint: str, status: int | None, code: str) -> None:
    decoded = DECODER.decode(endpoint, status, code)
    for match in decoded.matches:
        assert status is None or not match.entry.statuses or status in match.entry.statuses
        assert "code" in match.by or not match.entry.codes
