"""SharePoint: profiles in three OData modes, batches, search, the library, and what pages show."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import replace

import pytest
from PIL import Image

from tests.conftest import SandboxFactory
from tests.sandbox.wire_client import ADMIN, EUROPE, MY, ROOT, Wire, profile_url, session_for
from troubleshooter.sandbox.casting import TENANT_ID
from troubleshooter.sandbox.clock import YEAR_ONE_TO_UNIX
from troubleshooter.sandbox.model import TenantState
from troubleshooter.sandbox.server import Sandbox

PETRA = "petra.horvat@contoso.example"
NONE, VERBOSE = "application/json;odata=nometadata", "application/json;odata=verbose"
FOLDER = "/_api/web/GetFolderByServerRelativePath(decodedurl='/User Photos/Profile Pictures')/Files"


def values(profile: dict[str, object]) -> dict[str, str]:
    pairs = profile["UserProfileProperties"]
    assert isinstance(pairs, list)
    return {pair["Key"]: pair["Value"] for pair in pairs}


def test_a_profile_carries_its_picture_flags_as_text(wire: Wire, tenant: TenantState) -> None:
    profile = wire.get(profile_url(PETRA), Accept=NONE).json()
    found = values(profile)
    assert found["PictureURL"].startswith(f"{MY}:443/User%20Photos/Profile%20Pictures/")
    assert profile["PictureUrl"] == f"{found['PictureURL']}?t={found['SPS-PictureTimestamp']}"
    assert found["SPS-PicturePlaceholderState"] == "0"
    assert found["SPS-PictureExchangeSyncState"] == "1"
    assert found["msOnline-ObjectId"] == tenant.person(PETRA).id
    age = tenant.now.timestamp() - (int(found["SPS-PictureTimestamp"]) - YEAR_ONE_TO_UNIX)
    assert age == 5 * 24 * 3600


def test_the_three_modes_differ_as_documented(wire: Wire) -> None:
    verbose = wire.get(profile_url(PETRA), Accept=VERBOSE).json()["d"]
    assert verbose["__metadata"]["type"] == "SP.UserProfiles.PersonProperties"
    assert verbose["UserProfileProperties"]["results"][0]["__metadata"]["type"] == "SP.KeyValue"
    minimal = wire.get(profile_url(PETRA), Accept="application/json;odata=minimalmetadata").json()
    assert "odata.metadata" in minimal
    assert "odata.metadata" not in wire.get(profile_url(PETRA), Accept=NONE).json()


def test_post_literals_guests_and_any_host_work_alike(wire: Wire, tenant: TenantState) -> None:
    literal = "/_api/sp.userprofiles.PEOPLEMANAGER/getpropertiesfor(accountName='i:0%23.f%7Cmembership%7C{}')"
    for host in (ROOT, ADMIN, f"{MY}/personal/somebody"):
        answer = wire.post(host + literal.format(PETRA), Accept=NONE)
        assert answer.json()["DisplayName"] == "Petra Horvat"
    guest = tenant.person("ada@fabrikam.example")
    found = wire.get(profile_url(guest.upn.lower()), Accept=NONE).json()
    assert values(found)["SPS-UserType"] == "1"


def test_one_property_is_case_sensitive_and_unset_is_an_empty_text(wire: Wire) -> None:
    def read(name: str, accept: str = NONE) -> object:
        rest = f",propertyName='{name}'"
        url = profile_url(PETRA, function="GetUserProfilePropertyFor", rest=rest)
        return wire.get(url, Accept=accept).json()

    assert read("SPS-PictureExchangeSyncState") == {"value": "1"}
    assert read("sps-pictureexchangesyncstate") == {"value": ""}
    assert read("SPS-PicturePlaceholderState", VERBOSE) == {"d": {"GetUserProfilePropertyFor": "0"}}


def test_no_profile_is_said_in_several_ways(
    wire: Wire, tenant: TenantState, make_sandbox: SandboxFactory
) -> None:
    missing = profile_url("lea.novosel@contoso.example")
    assert wire.get(missing, Accept=NONE).json() == {"odata.null": True}
    assert wire.get(missing, Accept=VERBOSE).json() == {"d": {"GetPropertiesFor": None}}
    lost = wire.get(profile_url("jan.radic@contoso.example"), Accept=NONE)
    assert lost.status_code == 404
    assert "UserNotFound" in lost.json()["odata.error"]["code"]
    person = tenant.person("lea.novosel@contoso.example")
    empty = replace(person, profile=replace(person.profile, missing="empty"))
    other = Wire(make_sandbox(tenant.with_accounts(empty)))
    assert other.get(missing, Accept=NONE).json()["AccountName"] is None


def test_a_malformed_name_is_a_400_in_sharepoints_shape(wire: Wire) -> None:
    answer = wire.get(
        f"{ADMIN}/_api/SP.UserProfiles.PeopleManager/GetPropertiesFor(accountName=@v)", Accept=NONE
    )
    assert answer.status_code == 400
    assert "InvalidClientQueryException" in answer.json()["odata.error"]["code"]


def batch_body(*urls: str, eol: str = "\r\n", preamble: str = "") -> str:
    lines = [preamble] if preamble else []
    for url in urls:
        head = ["--batch_0a", "Content-Type:application/http", "Content-Transfer-Encoding: binary", ""]
        lines += [*head, f"GET {url} HTTP/1.1", f"Accept: {NONE}", "", ""]
    return eol.join([*lines, "--batch_0a--", ""])


@pytest.mark.parametrize(("eol", "preamble"), [("\r\n", ""), ("\n", ""), ("\n", "a MIME preamble")])
def test_a_batch_comes_back_in_order_with_a_status_each(wire: Wire, eol: str, preamble: str) -> None:
    body = batch_body(
        profile_url(PETRA), profile_url("jan.radic@contoso.example"), eol=eol, preamble=preamble
    )
    answer = wire.post(f"{ADMIN}/_api/$batch", body, Content_Type='multipart/mixed; boundary="batch_0a"')
    assert answer.status_code == 200
    boundary = answer.headers["Content-Type"].partition("boundary=")[2]
    parts = answer.content.decode().split(f"--{boundary}")[1:-1]
    assert boundary.startswith("batchresponse_")
    first, second = (part.split("\r\n\r\n", 2) for part in parts)
    assert first[1].startswith("HTTP/1.1 200 OK")
    assert json.loads(first[2])["DisplayName"] == "Petra Horvat"
    assert second[1].startswith("HTTP/1.1 404 Not Found")


def test_more_than_a_hundred_parts_are_refused(wire: Wire) -> None:
    body = batch_body(*[profile_url(PETRA)] * 101)
    answer = wire.post(f"{ADMIN}/_api/$batch", body, Content_Type="multipart/mixed; boundary=batch_0a")
    assert answer.status_code == 400


PEOPLE = "b09a7990-05ea-4af9-81ef-edfab16c4e31"


def rows(answer: dict[str, object]) -> list[dict[str, str]]:
    found = answer["PrimaryQueryResult"]["RelevantResults"]["Table"]["Rows"]  # type: ignore[index]
    return [{cell["Key"]: cell["Value"] for cell in row["Cells"]} for row in found]


def test_people_search_pages_by_document_id(wire: Wire, tenant: TenantState) -> None:
    seen: list[str] = []
    after = ""
    while True:
        query = f"'IndexDocId>{after} AND (*)'" if after else "'*'"
        url = (
            f"{ROOT}/_api/search/query?querytext={query}&sourceid='{PEOPLE}'&rowlimit=20&trimduplicates=false"
            "&selectproperties='AccountName,AADObjectID,PictureURL,DocId'&sortlist='[docid]:ascending'"
        )
        page = rows(wire.get(url, Accept=NONE).json())
        if not page:
            break
        seen += [row["AADObjectID"] for row in page]
        after = page[-1]["DocId"]
    assert seen == [account.id for account in tenant.accounts if account.search_url is not None]


def test_search_by_post_finds_one_person_and_shows_the_index_not_the_profile(wire: Wire) -> None:
    request = {
        "Querytext": 'UserName:"dora.vlasic@contoso.example"',
        "SourceId": PEOPLE,
        "RowLimit": 10,
        "SelectProperties": ["AccountName", "PictureURL"],
    }
    body = json.dumps({"request": request})
    headers = {"Accept": NONE, "Content_Type": "application/json;odata=nometadata"}
    (row,) = rows(wire.post(f"{ROOT}/_api/search/postquery", body, **headers).json())
    profile = values(wire.get(profile_url("dora.vlasic@contoso.example"), Accept=NONE).json())
    assert row["PictureURL"] != profile["PictureURL"]


def test_the_folder_lists_three_files_a_person_with_length_as_text(wire: Wire, tenant: TenantState) -> None:
    files = wire.get(MY + FOLDER + "?$select=Name,Length,TimeLastModified", Accept=NONE).json()["value"]
    person = tenant.person("layla.haddad@contoso.example")
    own = {file["Name"]: file for file in files if file["Name"].startswith(person.id)}
    assert set(own) == {f"{person.id}_{size}Thumb.jpg" for size in "SML"}
    for name, file in own.items():
        image = wire.get(f"{MY}/User%20Photos/Profile%20Pictures/{name}")
        assert file["Length"] == str(len(image.content))
        assert "Last-Modified" in image.headers


def test_a_big_folder_is_refused_and_the_list_pages_instead(
    tenant: TenantState, make_sandbox: SandboxFactory
) -> None:
    wire = Wire(make_sandbox(replace(tenant, list_view_threshold=50)))
    refused = wire.get(MY + FOLDER, Accept=NONE)
    assert refused.status_code == 500
    assert "SPQueryThrottledException" in refused.json()["odata.error"]["code"]
    url, names = f"{MY}/_api/web/lists/getbytitle('User Photos')/items?$select=Id,FileLeafRef&$top=40", []
    while url:
        page = wire.get(url, Accept=NONE).json()
        names += [row["FileLeafRef"] for row in page["value"]]
        url = page.get("odata.nextLink")
    assert len(names) == len(set(names)) > 50


def test_a_localised_folder_is_found_by_listing_the_library(
    tenant: TenantState, make_sandbox: SandboxFactory
) -> None:
    wire = Wire(make_sandbox(replace(tenant, photo_folder="Profielafbeeldingen")))
    listing = wire.get(f"{MY}/_api/web/GetFolderByServerRelativeUrl('User Photos')/Folders", Accept=NONE)
    (folder,) = listing.json()["value"]
    assert folder["Name"] == "Profielafbeeldingen"
    assert wire.get(MY + FOLDER, Accept=NONE).status_code == 404
    localised = FOLDER.replace("Profile Pictures", folder["Name"])
    assert wire.get(MY + localised, Accept=NONE).status_code == 200


def shown(wire: Wire, name: str, size: str = "L") -> bytes:
    url = f"{MY}/_layouts/15/userphoto.aspx?size={size}&accountname={name}@contoso.example"
    answer = wire.get(url)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
    return answer.content


def test_pages_show_the_thumbnail_or_the_same_grey_image_with_200(wire: Wire) -> None:
    grey = {"sven.car", "klara.vidovic", "paula.herceg", "mia.cavar", "nobody", "lea.novosel", "toni.basic"}
    digests = {hashlib.sha256(shown(wire, name)).hexdigest() for name in grey}
    assert len(digests) == 1
    face = shown(wire, "layla.haddad")
    assert hashlib.sha256(face).hexdigest() not in digests
    assert Image.open(io.BytesIO(face)).size == (300, 300)
    assert Image.open(io.BytesIO(shown(wire, "layla.haddad", "S"))).size == (48, 48)


def test_a_person_of_another_geography_has_files_on_that_host_only(wire: Wire, tenant: TenantState) -> None:
    name = f"{tenant.person('greta.lindqvist@contoso.example').id}_MThumb.jpg"
    assert wire.get(f"{EUROPE}/User%20Photos/Profile%20Pictures/{name}").status_code == 200
    assert wire.get(f"{MY}/User%20Photos/Profile%20Pictures/{name}").status_code == 404


def test_anybody_may_ask_for_the_realm_and_site_usage_needs_a_token(sandbox: Sandbox, wire: Wire) -> None:
    answer = session_for(sandbox).get(f"{ROOT}/_vti_bin/client.svc", headers={"Authorization": "Bearer"})
    assert answer.status_code == 401
    assert f'realm="{TENANT_ID}"' in answer.headers["WWW-Authenticate"]
    assert 'category="invalid_client"' in answer.headers["x-ms-diagnostics"]
    assert "StoragePercentageUsed" in wire.get(f"{MY}/_api/site/usage", Accept=NONE).json()
