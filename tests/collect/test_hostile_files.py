"""Long and hostile files and answers that once broke a reader, or kept it busy for hours."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from tests.collect.answers import ACCOUNT, AT, answer, reason, with_account
from tests.collect.test_exchange_output import POLICIES
from tests.collect.test_sharepoint import HOSTS
from troubleshooter.collect.classify import Reading, without_secrets
from troubleshooter.collect.exchange import TELLING
from troubleshooter.collect.library import Look, StoredFile, Wanted, byte_count
from troubleshooter.collect.photo import PhotoAnswers, read_photo
from troubleshooter.collect.powershell import records
from troubleshooter.collect.sharepoint import read_profile
from troubleshooter.collect.thumbnails import read_thumbnails
from troubleshooter.evidence.codec import EvidenceError, dump, load
from troubleshooter.evidence.files import read_stream
from troubleshooter.signin.cloud_file import read_cloud_file
from troubleshooter.signin.clouds import CloudError
from troubleshooter.transport.answer import Answer

assert HOSTS is not None
CLOUD = 'name = "x"\nlogin = "l.x"\ngraph = "g.x"\nexchange = "e.x"\nsharepoint_suffix = "s.x"\n'


def test_a_file_of_very_many_small_objects_is_read_in_one_go() -> None:
    text = "{}\n" * 150_000 + '{"Identity": "Managers", "SetPhotoEnabled": true}\n' + POLICIES
    found = records(text, "x.txt", TELLING)
    assert len(found) == 150_003
    assert found[150_000].line == 150_001
    assert found[150_000].values["identity"] == "Managers"


def test_a_value_that_goes_on_for_very_many_lines_is_read_in_one_go() -> None:
    (found,) = records("Identity : a\n" + "   b\n" * 300_000, "x.txt", TELLING)
    assert len(str(found.values["identity"])) == 300_001


def test_very_many_small_tables_are_read_in_one_go() -> None:
    assert records("Identity,SetPhotoEnabled\n\n" * 60_000, "x.txt", TELLING) == []


def test_a_fault_in_json_after_other_parts_names_its_own_line() -> None:
    with pytest.raises(Exception, match="line 4"):
        records('{"a": 1}\n\n{"b":\n?}', "x.txt", TELLING)


def test_an_array_of_many_people_names_the_line_of_each() -> None:
    one = json.dumps({"schema": dump(with_account().build())["schema"]})
    data = ("[\n" + ",\n".join([one] * 30_000) + ',\n{"schema": "other"}]').encode()
    read = read_stream(io.BytesIO(data), "x.json")
    with pytest.raises(EvidenceError, match="line 30002:"):
        list(read)


def test_a_source_with_a_status_of_hundreds_of_digits_is_no_evidence() -> None:
    data = dump(with_account().build())
    source = {"id": "s1", "method": "GET", "url": "x", "at": "2026-11-22T12:00:00Z", "status": 10**400}
    with pytest.raises(EvidenceError, match="sources"):
        load({**data, "sources": [source]})


@pytest.mark.parametrize("size", ["9" * 5000 + "x1", "1234567x1", "٣x٣", "48x48\n"])
def test_an_impossible_size_of_a_photo_is_no_size(size: str) -> None:
    builder = with_account()
    metadata = answer(200, {"id": size, "width": None, "height": None, "@odata.mediaEtag": "e"})
    read_photo(builder, PhotoAnswers(metadata, answer(200, {"value": [{"id": size}]}), None))
    evidence = builder.build()
    assert evidence.photo.sizes == ()
    assert evidence.photo.largest_side is None


@pytest.mark.parametrize("size", ["9" * 30, 10**17, -1, True, "٣", 1.5, None, "1e5", ""])
def test_an_impossible_size_of_a_file_is_unknown(size: object) -> None:
    assert byte_count(size) == -1
    assert byte_count("4711") == byte_count(4711) == 4711


@pytest.mark.parametrize(
    "date", ["Fri, 31 Dec 9999 23:59:59 -2300", "Fri, 99 Xyz 99999 1:1:1", "\0", ";"]
)  # fmt: skip
def test_an_impossible_date_of_a_file_is_unknown(date: str) -> None:
    builder = with_account()
    headers = {"content-type": "image/jpeg", "last-modified": date}
    download = Answer("GET", "https://x/", 200, headers, b"no picture", AT)
    look = Look(Wanted(HOSTS.my, ()), "/x", (StoredFile("a_LThumb.jpg", 5, None),), Reading(), ())
    read_thumbnails(builder, look, download)
    assert reason(builder.build(), "sharepoint.thumbnail_modified_at") == "unreadable"


def test_half_a_character_in_a_name_is_stored_as_a_replacement() -> None:
    body = json.dumps({**ACCOUNT, "displayName": "A\ud800"}).encode()
    assert b"\\ud800" in body
    assert answer(200, body).json()["displayName"] == "A\ufffd"


@pytest.mark.parametrize("name", ["tempauth", "access_token", "sig"])
def test_a_picture_address_that_opens_without_a_sign_in_is_not_kept(name: str) -> None:
    builder = with_account()
    address = f"https://contoso-my.sharepoint.com/a_MThumb.jpg?{name}=opensesame&t=1"
    body = {"AccountName": "x", "PictureUrl": address}
    read_profile(builder, answer(200, body), HOSTS, AT, "megan@contoso.com")
    assert builder.build().sharepoint.picture_url == address.replace("opensesame", "...")


def test_an_address_that_cannot_be_taken_apart_is_not_repeated() -> None:
    assert without_secrets("https://[broken#access_token=x@") == "..."


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ("x = " + "[" * 50_000, "TOML"),
        ("x = " + "9" * 5000, "TOML"),
        ('ca_bundle = "~nobody-of-that-name/ca.pem"', "ca_bundle"),
        ('ca_bundle = "a\\u0000b.pem"', "ca_bundle"),
        ("# " + "x" * 70_000, "larger than 64 kB"),
    ],
    ids=["nested", "a long number", "a stranger's home", "a NUL", "too large"],
)
def test_a_hostile_cloud_file_is_a_clear_error(tmp_path: Path, more: str, named: str) -> None:
    path = tmp_path / "cloud.toml"
    path.write_text(f"{CLOUD}{more}\n", encoding="utf-8")
    with pytest.raises(CloudError, match=named):
        read_cloud_file(path)
