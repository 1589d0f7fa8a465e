"""A whole tenant of invented people: every list in pages, and a page costs no more than itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote

import pytest

from tests.sandbox.wire_client import GRAPH, MY, ROOT, Wire
from troubleshooter.sandbox.directory import Directory
from troubleshooter.sandbox.model import Account, FaultAnswer, PathFault, TenantState
from troubleshooter.sandbox.people import generated_people, generated_tenant
from troubleshooter.sandbox.pictures import render
from troubleshooter.sandbox.server import Sandbox
from troubleshooter.sandbox.world import World

PEOPLE = 2300
USERS = f"{GRAPH}/v1.0/users"
ITEMS = f"{MY}/_api/web/lists/getbytitle('User Photos')/items"
NONE = "application/json;odata=nometadata"
SOURCE = "b09a7990-05ea-4af9-81ef-edfab16c4e31"


@pytest.fixture(scope="module")
def crowd(now: datetime) -> TenantState:
    return generated_tenant(PEOPLE, 11, now)


@pytest.fixture(scope="module")
def town(crowd: TenantState) -> Iterator[Wire]:
    with Sandbox(crowd) as running:
        yield Wire(running)


def test_the_situations_of_a_seed_are_the_proportions_of_an_ordinary_tenant(now: datetime) -> None:
    found = Counter(person.situation for person in generated_people(4000, 5, now))
    assert found.keys() == {
        "fine-everywhere",
        "never-triggered",
        "no-photo-anywhere",
        "stale-beyond-window",
        "stale-within-window",
        "account-blocked",
        "placeholder-stuck",
    }
    assert 0.58 < found["fine-everywhere"] / 4000 < 0.66
    assert 0.10 < found["never-triggered"] / 4000 < 0.14


def test_people_work_in_departments_and_countries_and_a_few_in_none(crowd: TenantState) -> None:
    departments = Counter(person.department for person in crowd.accounts)
    countries = Counter(person.usage_location for person in crowd.accounts)
    assert len(departments) == 10
    assert len(countries) == 7
    assert departments[""]
    assert departments["Production"] > departments["Legal"]


def test_users_come_in_pages_of_999_with_the_number_of_all(town: Wire, crowd: TenantState) -> None:
    url, sizes, seen = f"{USERS}?$select=id,department,usageLocation&$top=999&$count=true", [], []
    while url:
        page = town.get(url, ConsistencyLevel="eventual").json()
        assert page["@odata.count"] == PEOPLE
        sizes.append(len(page["value"]))
        seen += page["value"]
        url = page.get("@odata.nextLink")
    assert sizes == [999, 999, 302]
    assert [user["id"] for user in seen] == [person.id for person in crowd.accounts]
    assert {user["department"] for user in seen} == {p.department or None for p in crowd.accounts}
    assert {user["usageLocation"] for user in seen} == {p.usage_location or None for p in crowd.accounts}


def test_counting_alone_needs_the_header(town: Wire) -> None:
    assert town.get(f"{USERS}/$count").status_code == 400
    answer = town.get(f"{USERS}/$count", ConsistencyLevel="eventual")
    assert (answer.text, answer.headers["Content-Type"].partition(";")[0]) == (str(PEOPLE), "text/plain")
    guests = town.get(f"{USERS}/$count?$filter=userType eq 'Guest'", ConsistencyLevel="eventual")
    assert guests.text == "0"


def test_a_filtered_list_keeps_its_filter_from_page_to_page(town: Wire, crowd: TenantState) -> None:
    url, seen = f"{USERS}?$filter=department eq 'sales'&$select=id&$top=50", []
    while url:
        page = town.get(url).json()
        seen += [user["id"] for user in page["value"]]
        url = page.get("@odata.nextLink")
    assert seen == [person.id for person in crowd.accounts if person.department == "Sales"]


def test_people_search_goes_on_after_the_last_document_of_a_page(town: Wire, crowd: TenantState) -> None:
    last, sizes = 0, []
    rows: list[dict[str, str]] = []
    while True:
        text = quote(f"'IndexDocId>{last} AND (*)'")
        names = "'AccountName,AADObjectID,PictureURL,DocId'"
        page = town.get(
            f"{ROOT}/_api/search/query?querytext={text}&sourceid='{SOURCE}'&selectproperties={names}"
            "&rowlimit=500&trimduplicates=false&sortlist='[docid]:ascending'",
            Accept=NONE,
        ).json()["PrimaryQueryResult"]["RelevantResults"]
        found = [{c["Key"]: c["Value"] for c in row["Cells"]} for row in page["Table"]["Rows"]]
        if not found:
            break
        assert page["TotalRows"] == PEOPLE - len(rows)
        sizes.append(page["RowCount"])
        rows += found
        last = int(found[-1]["DocId"])
    assert sizes == [500, 500, 500, 500, 300]
    assert [row["AADObjectID"] for row in rows] == [person.id for person in crowd.accounts]
    assert [row["PictureURL"] for row in rows] == [person.search_url for person in crowd.accounts]


def test_search_by_row_number_ends_at_fifty_thousand(town: Wire) -> None:
    url = f"{ROOT}/_api/search/query?querytext='*'&sourceid='{SOURCE}'&startrow="
    assert town.get(f"{url}50000", Accept=NONE).status_code == 200
    assert town.get(f"{url}50001", Accept=NONE).status_code == 500


def test_a_big_library_is_listed_by_item_id_and_not_by_folder(town: Wire, crowd: TenantState) -> None:
    owners = [person for person in crowd.accounts if person.thumbnails]
    folder = "/_api/web/GetFolderByServerRelativePath(decodedurl='/User Photos/Profile Pictures')"
    assert town.get(f"{MY}{folder}/Files").status_code == 500
    (listed,) = town.get(
        f"{MY}/_api/web/GetFolderByServerRelativeUrl('User Photos')/Folders", Accept=NONE
    ).json()["value"]
    assert listed["ItemCount"] == 3 * len(owners)
    url, sizes, names = f"{ITEMS}?$select=Id,FileLeafRef,Modified,File_x0020_Size&$top=2000", [], []
    while url:
        page = town.get(url, Accept=NONE).json()
        sizes.append(len(page["value"]))
        names += [row["FileLeafRef"] for row in page["value"]]
        assert all(int(row["File_x0020_Size"]) > 300 for row in page["value"])
        url = page.get("odata.nextLink")
    assert sizes == [2000, 2000, 3 * len(owners) - 4000]
    assert names == [f"{p.id}_{size}Thumb.jpg" for p in owners for size in "SML"]


def test_a_file_tells_its_size_by_name_whatever_the_size_of_the_folder(
    town: Wire, crowd: TenantState
) -> None:
    owner = next(person for person in crowd.accounts if person.thumbnails)
    path = f"/User Photos/Profile Pictures/{owner.id.upper()}_LThumb.jpg"
    url = f"{MY}/_api/web/GetFileByServerRelativePath(decodedurl='{path}')"
    row = town.get(f"{url}?$select=Name,Length,TimeLastModified", Accept=NONE).json()
    assert row.keys() == {"Name", "Length", "TimeLastModified"}
    assert int(row["Length"]) == len(town.get(f"{url}/$value").content)
    missing = town.get(url.replace("_LThumb", "_XThumb"), Accept=NONE)
    assert missing.status_code == 404
    assert "FileNotFoundException" in missing.json()["odata.error"]["code"]


def test_a_listing_without_sizes_draws_nothing(town: Wire) -> None:
    before = render.cache_info().misses
    town.get(f"{ITEMS}?$select=Id,FileLeafRef&$top=5000", Accept=NONE)
    assert render.cache_info().misses == before


def test_a_listing_with_sizes_draws_each_different_picture_once(town: Wire, crowd: TenantState) -> None:
    before = render.cache_info().misses
    for _ in range(2):
        town.get(f"{ITEMS}?$select=Id,File_x0020_Size&$top=5000", Accept=NONE)
    assert render.cache_info().misses - before <= len(Directory(crowd.accounts, "").thumbnails()) <= 52 * 3


def test_a_question_is_worked_out_once_and_indexes_survive_injected_faults(crowd: TenantState) -> None:
    world = World(crowd)
    directory = world.directory
    asked: list[str] = []

    def everybody(person: Account) -> bool:
        asked.append(person.id)
        return True

    for _ in range(2):
        assert len(directory.where("everybody", everybody)) == PEOPLE
    assert len(asked) == PEOPLE
    world.tenant = crowd.with_faults(PathFault("photo", (FaultAnswer(503),)))
    assert world.directory is directory
    world.tenant = crowd.with_accounts(crowd.accounts[0])
    assert world.directory is not directory


def test_a_batch_reads_the_photos_of_anybody(town: Wire, crowd: TenantState) -> None:
    people = crowd.accounts[-20:]
    answers = town.batch(*(f"/users/{person.id}/photo" for person in people))
    for number, person in enumerate(people):
        assert answers[str(number)]["status"] == (200 if person.photo.picture else 404)
