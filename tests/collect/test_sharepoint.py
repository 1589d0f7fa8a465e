"""The user profile in all three JSON modes, its flags and its timestamp."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.collect.answers import AT, MEGAN, answer, html, reason, refused, with_account
from troubleshooter.collect.addresses import hosts_from
from troubleshooter.collect.sharepoint import PROFILE_FACTS, SHAREPOINT_FACTS, decode_timestamp, read_profile
from troubleshooter.evidence.record import Evidence
from troubleshooter.transport.answer import Answer

HOSTS = hosts_from("contoso", "sharepoint.com")
assert HOSTS is not None
MY = "https://contoso-my.sharepoint.com:443"
PICTURE = f"{MY}/User%20Photos/Profile%20Pictures/{MEGAN}_MThumb.jpg"
PROPERTIES = {
    "PictureURL": PICTURE,
    "SPS-PictureTimestamp": "63783110969",
    "SPS-PicturePlaceholderState": "0",
    "SPS-PictureExchangeSyncState": "1",
    "msOnline-ObjectId": MEGAN,
    "SPS-PersonalSiteInstantiationState": "2",
}


def entity(**changes: str) -> dict[str, object]:
    properties = {**PROPERTIES, **{name.replace("__", "-"): value for name, value in changes.items()}}
    return {
        "AccountName": "i:0#.f|membership|megan@contoso.com",
        "PersonalSiteHostUrl": f"{MY}/",
        "PersonalUrl": "https://contoso-my.sharepoint.com/personal/megan_contoso_com/",
        "PictureUrl": f"{PICTURE}?t=63783110969",
        "UserProfileProperties": [
            {"Key": k, "Value": v, "ValueType": "Edm.String"} for k, v in properties.items()
        ],
    }


def verbose(body: dict[str, object]) -> dict[str, object]:
    rows = body["UserProfileProperties"]
    assert isinstance(rows, list)
    results = [{"__metadata": {"type": "SP.KeyValue"}, **row} for row in rows]
    return {"d": {"__metadata": {"type": "x"}, **body, "UserProfileProperties": {"results": results}}}


def read(got: Answer) -> Evidence:
    builder = with_account()
    assert HOSTS is not None
    read_profile(builder, got, HOSTS, AT, "megan@contoso.com")
    return builder.build()


@pytest.mark.parametrize(
    "body",
    [
        entity(),
        verbose(entity()),
        {
            "odata.metadata": "https://x/$metadata#x",
            "odata.type": "SP.UserProfiles.PersonProperties",
            **entity(),
        },
        {"d": {"GetPropertiesFor": entity()}},
    ],
    ids=["nometadata", "verbose", "minimalmetadata", "wrapped"],
)
def test_a_profile_reads_alike_in_every_json_mode(body: object) -> None:
    profile = read(answer(200, body)).sharepoint
    assert profile.profile_exists is True
    assert profile.picture_url == PICTURE
    assert profile.picture_url_state == "set"
    assert (profile.file_stem_kind, profile.file_stem_matches) == ("object_id", True)
    assert profile.picture_timestamp == datetime(2022, 3, 17, 10, 49, 29, tzinfo=UTC)
    assert (profile.timestamp_state, profile.placeholder_state, profile.exchange_sync_state) == (
        "set",
        "picture",
        "on",
    )
    assert (profile.personal_site_state, profile.object_id_state) == ("created", "same")
    assert (profile.home_host, profile.home_host_matches) == ("contoso-my.sharepoint.com", True)


@pytest.mark.parametrize(
    "got",
    [
        answer(200, {"odata.null": True}),
        answer(200, {"d": {"GetPropertiesFor": None}}),
        answer(
            200, {"AccountName": None, "DisplayName": None, "PictureUrl": None, "UserProfileProperties": []}
        ),
        refused(404, "-1, Microsoft.Office.Server.UserProfiles.UserNotFoundException"),
        refused(500, "-1, Microsoft.Office.Server.UserProfiles.UserNotFoundException"),
        refused(404),
    ],
)
def test_no_profile_however_it_is_said(got: Answer) -> None:
    evidence = read(got)
    assert evidence.sharepoint.profile_exists is False
    others = set(SHAREPOINT_FACTS) - {"sharepoint.profile_exists", "sharepoint.status"}
    assert {reason(evidence, path) for path in others} == {"not_applicable"}


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (refused(401), "denied"),
        (refused(403, "-2147024891, System.UnauthorizedAccessException"), "denied"),
        (refused(423), "denied"),
        (refused(429), "throttled"),
        (refused(500, "-1, System.Exception"), "service_error"),
        (html(503), "service_error"),
        (html(200), "unreadable"),
        (answer(200, b'{"AccountName":"i:0#.f'), "unreadable"),
        (answer(200, {"something": "else"}), "unreadable"),
        (answer(200, [1]), "unreadable"),
    ],
)
def test_a_profile_that_could_not_be_read_is_not_a_missing_one(got: Answer, expected: str) -> None:
    evidence = read(got)
    assert evidence.sharepoint.profile_exists is None
    assert {reason(evidence, path) for path in PROFILE_FACTS} == {expected}


def test_an_unset_picture_is_known_to_be_empty() -> None:
    evidence = read(answer(200, entity(PictureURL="", **{"SPS-PictureTimestamp": ""})))
    profile = evidence.sharepoint
    assert (profile.picture_url, profile.picture_url_state, profile.file_stem_kind) == ("", "empty", "none")
    assert (profile.picture_timestamp_raw, profile.timestamp_state) == ("", "empty")
    assert reason(evidence, "sharepoint.file_stem_matches") == "not_applicable"
    assert reason(evidence, "sharepoint.picture_timestamp") == "not_applicable"


def test_the_member_is_used_when_the_key_is_not_listed() -> None:
    body = entity()
    rows = body["UserProfileProperties"]
    assert isinstance(rows, list)
    body["UserProfileProperties"] = [row for row in rows if row["Key"] != "PictureURL"]
    assert read(answer(200, body)).sharepoint.picture_url == f"{PICTURE}?t=63783110969"


def test_flags_that_are_not_listed_were_never_evaluated() -> None:
    body = entity()
    body["UserProfileProperties"] = [{"Key": "PictureURL", "Value": None}]
    profile = read(answer(200, body)).sharepoint
    assert (profile.timestamp_state, profile.placeholder_state, profile.exchange_sync_state) == ("empty",) * 3
    assert (profile.personal_site_state, profile.object_id_state) == ("none", "empty")


def test_a_profile_without_its_properties_leaves_gaps() -> None:
    body = entity()
    del body["UserProfileProperties"]
    evidence = read(answer(200, body))
    assert evidence.sharepoint.picture_url_state == "set"
    assert reason(evidence, "sharepoint.timestamp_state") == "unreadable"


@pytest.mark.parametrize(
    ("url", "state"),
    [
        ("https://contosoold-my.sharepoint.com/User%20Photos/Profile%20Pictures/x_MThumb.jpg", "elsewhere"),
        ("https://contoso.sharepoint.com/_layouts/15/userphoto.aspx?size=M", "elsewhere"),
        ("https://evil.example/a_MThumb.jpg", "elsewhere"),
        ("https://[", "elsewhere"),
        ("/User Photos/Profile Pictures/x_MThumb.jpg", "set"),
    ],
)
def test_where_the_picture_address_points(url: str, state: str) -> None:
    assert read(answer(200, entity(PictureURL=url))).sharepoint.picture_url_state == state


def test_a_picture_in_the_persons_own_geography_is_at_home() -> None:
    body = entity(
        PictureURL="https://contosoeur-my.sharepoint.com/User%20Photos/Profile%20Pictures/x_MThumb.jpg"
    )
    body["PersonalUrl"] = "https://contosoeur-my.sharepoint.com/personal/megan_contoso_com/"
    profile = read(answer(200, body)).sharepoint
    assert profile.picture_url_state == "set"
    assert (profile.home_host, profile.home_host_matches) == ("contosoeur-my.sharepoint.com", False)


def test_a_file_named_after_somebody_else() -> None:
    other = "bbbbbbbb-0000-4000-8000-000000000002"
    url = f"{MY}/User%20Photos/Profile%20Pictures/{other}_MThumb.jpg"
    profile = read(answer(200, entity(PictureURL=url, **{"msOnline-ObjectId": other}))).sharepoint
    assert (profile.file_stem_kind, profile.file_stem_matches) == ("object_id", False)
    assert profile.object_id_state == "other"


@pytest.mark.parametrize(
    ("raw", "state", "year"),
    [
        ("", "empty", None),
        ("63605901091", "script_constant", 2016),
        ("63783110969", "set", 2022),
        ("63677664000", "set", 2018),
        ("0", "unreadable", None),
        ("abc", "unreadable", None),
        ("6378311096", "unreadable", None),
        ("637831109690", "unreadable", None),
        ("-6378311096", "unreadable", None),
        ("٦٣٧٨٣١١٠٩٦٩", "unreadable", None),
        ("99999999999", "unreadable", None),
        ("63783110969.5", "unreadable", None),
    ],
)
def test_the_timestamp_counts_seconds_since_year_one(raw: str, state: str, year: int | None) -> None:
    found, when = decode_timestamp(raw, AT)
    assert found == state
    assert (when.year if when else None) == year


def test_a_timestamp_still_to_come_is_unreadable_but_clocks_may_differ_a_little() -> None:
    def at(moment: datetime) -> str:
        return str(int(moment.timestamp()) + 62135596800)

    assert decode_timestamp(at(AT + timedelta(hours=1)), AT) == ("unreadable", None)
    assert decode_timestamp(at(AT + timedelta(minutes=1)), AT)[0] == "set"


@pytest.mark.parametrize(
    ("key", "raw", "fact", "expected"),
    [
        ("SPS-PicturePlaceholderState", "1", "placeholder_state", "placeholder"),
        ("SPS-PicturePlaceholderState", "2", "placeholder_state", "unreadable"),
        ("SPS-PictureExchangeSyncState", "0", "exchange_sync_state", "off"),
        ("SPS-PictureExchangeSyncState", "yes", "exchange_sync_state", "unreadable"),
        ("SPS-PersonalSiteInstantiationState", "1", "personal_site_state", "queued"),
        ("SPS-PersonalSiteInstantiationState", "3", "personal_site_state", "deleted"),
        ("SPS-PersonalSiteInstantiationState", "7", "personal_site_state", "failed"),
        ("SPS-PersonalSiteInstantiationState", "x", "personal_site_state", "unreadable"),
    ],
)
def test_what_the_flags_mean(key: str, raw: str, fact: str, expected: str) -> None:
    assert getattr(read(answer(200, entity(**{key: raw}))).sharepoint, fact) == expected
