"""People search answers, in both JSON modes, against the profile."""

from __future__ import annotations

import pytest

from tests.collect.answers import MEGAN, answer, html, reason, refused, with_account
from troubleshooter.collect.search import (
    SearchResult,
    Sought,
    find_people,
    more_are_said_to_follow,
    read_search,
    rows_of,
)
from troubleshooter.evidence.record import Evidence
from troubleshooter.transport.answer import Answer

MY = "contoso-my.sharepoint.com"
URL = f"https://{MY}:443/User%20Photos/Profile%20Pictures/{MEGAN}_MThumb.jpg"
SOUGHT = Sought(MEGAN, "megan@contoso.com")


def table(*rows: dict[str, str | None]) -> dict[str, object]:
    cells = [
        {"Cells": [{"Key": k, "Value": v, "ValueType": "Edm.String"} for k, v in row.items()]} for row in rows
    ]
    return {"PrimaryQueryResult": {"RelevantResults": {"RowCount": len(rows), "Table": {"Rows": cells}}}}


def verbose(*rows: dict[str, str | None]) -> dict[str, object]:
    cells = [{"Cells": {"results": [{"Key": k, "Value": v} for k, v in row.items()]}} for row in rows]
    results = {"RowCount": len(rows), "Table": {"Rows": {"results": cells}}}
    return {"d": {"query": {"PrimaryQueryResult": {"RelevantResults": results}}}}


def row(
    url: str | None = URL, object_id: str = MEGAN, account: str = "megan@contoso.com"
) -> dict[str, str | None]:
    return {"AADObjectID": object_id, "AccountName": f"i:0#.f|membership|{account}", "PictureURL": url}


class Index:
    """Answers the queries one after the other."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def get(self, url: str, *, accept: str = "") -> Answer:
        self.asked.append(url)
        return self.answers.pop(0)

    def batch(self, host: str, urls: list[str], *, accept: str = "") -> list[Answer]:
        return [self.get(url) for url in urls]


def found(*answers: Answer, person: Sought = SOUGHT) -> SearchResult:
    (result,) = find_people(Index(*answers), "contoso.sharepoint.com", [person])  # type: ignore[arg-type]
    return result


def read(result: SearchResult, profile_url: str | None = URL) -> Evidence:
    builder = with_account()
    if profile_url is not None:
        builder.know("sharepoint.picture_url", profile_url)
    read_search(builder, result, MY)
    return builder.build()


@pytest.mark.parametrize("shape", [table, verbose])
def test_a_row_is_read_in_both_modes(shape: object) -> None:
    result = found(answer(200, shape(row())))  # type: ignore[operator]
    assert result.row is not None
    assert read(result).sharepoint.search_state == "same"


@pytest.mark.parametrize(
    ("indexed", "profile", "expected"),
    [
        (URL.replace(":443", "").replace("%20", " ") + "?t=63930000000", URL, "same"),
        (URL.replace(MEGAN, "megan_contoso_com"), URL, "different"),
        (URL, "", "different"),
        ("", URL, "no_picture"),
        (None, "", "no_picture"),
    ],
)
def test_the_index_is_held_against_the_profile(indexed: str | None, profile: str, expected: str) -> None:
    assert read(found(answer(200, table(row(indexed)))), profile).sharepoint.search_state == expected


def test_without_the_profile_the_state_is_unknown_but_the_address_is_not() -> None:
    evidence = read(found(answer(200, table(row()))), None)
    assert evidence.sharepoint.search_picture_url == URL
    assert reason(evidence, "sharepoint.search_state") == "not_collected"


def test_the_row_of_another_object_is_not_taken_although_the_name_fits() -> None:
    other = row(object_id="bbbbbbbb-0000-4000-8000-000000000002")
    result = found(*[answer(200, table(other))] * 3)
    assert read(result).sharepoint.search_state == "not_indexed"


def test_the_zero_id_is_no_id_and_the_name_decides() -> None:
    zero = row(object_id="00000000-0000-0000-0000-000000000000")
    assert found(answer(200, table(zero))).row is not None


def test_a_person_is_asked_for_again_by_name_and_then_looked_for_among_everybody() -> None:
    index = Index(answer(200, table()), answer(200, table()), answer(200, table(row())))
    (result,) = find_people(index, "contoso.sharepoint.com", [SOUGHT])  # type: ignore[arg-type]
    assert result.row is not None
    assert ["AADObjectID" in index.asked[0], "UserName%3A" in index.asked[1], "'*'" in index.asked[2]] == [
        True
    ] * 3


def test_an_index_that_shows_nobody_proves_nothing() -> None:
    evidence = read(found(*[answer(200, table())] * 3))
    assert reason(evidence, "sharepoint.search_state") == "denied"


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (refused(403), "denied"),
        (refused(404), "not_available"),
        (refused(429), "throttled"),
        (html(), "unreadable"),
        (answer(200, {"PrimaryQueryResult": None}), "unreadable"),
        (answer(200, {"PrimaryQueryResult": {"RelevantResults": {"Table": {"Rows": "x"}}}}), "unreadable"),
        (answer(200, []), "unreadable"),
    ],
)
def test_a_search_that_failed_says_nothing_about_the_person(got: Answer, expected: str) -> None:
    evidence = read(found(got))
    assert reason(evidence, "sharepoint.search_state") == expected
    assert reason(evidence, "sharepoint.search_picture_url") == expected


def test_an_empty_result_without_a_table_is_empty() -> None:
    assert (
        rows_of(answer(200, {"PrimaryQueryResult": {"RelevantResults": {"RowCount": 0, "Table": None}}}))
        == []
    )


def test_an_empty_page_that_counts_more_rows_is_no_end() -> None:
    def page(total: int) -> Answer:
        results = {"RowCount": 0, "TotalRows": total, "Table": {"Rows": []}}
        return answer(200, {"PrimaryQueryResult": {"RelevantResults": results}})

    assert rows_of(page(0)) == rows_of(page(3)) == []
    assert not more_are_said_to_follow(page(0))
    assert more_are_said_to_follow(page(3))
