"""What the people index knows of somebody's picture.

https://learn.microsoft.com/sharepoint/dev/general-development/sharepoint-search-rest-api-overview
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from troubleshooter.collect import details
from troubleshooter.collect.addresses import FileAddress, file_address
from troubleshooter.collect.classify import (
    Reading,
    gap,
    inherit,
    miss_all,
    note,
    sharepoint_json_of,
    without_secrets,
)
from troubleshooter.collect.clients import SharePoint
from troubleshooter.collect.library import Look
from troubleshooter.collect.values import not_applicable
from troubleshooter.evidence.record import EvidenceBuilder, GapReason
from troubleshooter.transport.answer import Answer

_FILE_EXISTS = "sharepoint.indexed_file_exists"
SEARCH_FACTS = ("sharepoint.search_picture_url", "sharepoint.search_state", _FILE_EXISTS)
PEOPLE_SOURCE = "b09a7990-05ea-4af9-81ef-edfab16c4e31"
_COLUMNS = "AccountName,AADObjectID,PictureURL,UserName,WorkEmail,LastModifiedTime,DocId"
_ROWS = 500


@dataclass(frozen=True, slots=True)
class Sought:
    """Whom to find: by object id where it is known, else by sign-in name."""

    object_id: str
    user_principal_name: str


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The row of one person, None when the index has none; `reading` is a gap when that is not certain."""

    answer: Answer | None
    row: Mapping[str, str] | None = None
    reading: Reading = Reading()  # noqa: RUF009 - frozen


def search_url(host: str, text: str, rows: int = _ROWS) -> str:
    """The request for people rows that fit a query text."""
    query = quote(text.replace("'", "''"), safe="*")
    return (
        f"https://{host}/_api/search/query?querytext='{query}'&sourceid='{PEOPLE_SOURCE}'"
        f"&selectproperties='{_COLUMNS}'&rowlimit={rows}&trimduplicates=false"
    )


def people_page_url(host: str, after: int, rows: int = _ROWS) -> str:
    """The request for the next people of the whole index, in order of document.

    https://learn.microsoft.com/sharepoint/dev/general-development/pagination-for-large-result-sets
    """
    return search_url(host, f"IndexDocId>{after} AND (*)", rows) + "&sortlist='[docid]:ascending'"


def find_people(sharepoint: SharePoint, host: str, people: Sequence[Sought]) -> list[SearchResult]:
    """One result for each person, in order: sought by object id, then by name, then among everybody."""
    results = _ask(sharepoint, host, people, [_by_id(one) or _by_name(one) for one in people])
    lost = [place for place, one in enumerate(results) if one.reading.ok and one.row is None]
    again = [people[place] for place in lost]
    for place, result in zip(lost, _ask(sharepoint, host, again, list(map(_by_name, again))), strict=True):
        results[place] = result
    lost = [place for place in lost if results[place].reading.ok and results[place].row is None]
    if lost:
        # An app that may not see people gets an empty answer, no refusal: see whether it sees anybody.
        # In a small tenant the same answer holds everybody, so that the person is certainly not in it.
        everybody = sharepoint.get(search_url(host, "*"))
        for place in lost:
            results[place] = _verified(_result(everybody, people[place]))
    return results


def _ask(
    sharepoint: SharePoint, host: str, people: Sequence[Sought], queries: Sequence[str]
) -> list[SearchResult]:
    urls = [search_url(host, query) for query in queries]
    answers = sharepoint.batch(host, urls) if urls else []
    return [_result(answer, person) for answer, person in zip(answers, people, strict=True)]


def result_from(answer: Answer, rows: Sequence[Mapping[str, str]], person: Sought) -> SearchResult:
    """What `find_people` would have found, from rows of the whole index."""
    return SearchResult(answer, next((row for row in rows if _fits(row, person)), None))


def _by_id(person: Sought) -> str:
    return f'AADObjectID:"{person.object_id}"' if person.object_id else ""


def _by_name(person: Sought) -> str:
    return 'UserName:"{}"'.format(person.user_principal_name.replace('"', ""))


def rows_of(answer: Answer) -> list[dict[str, str]] | Reading:
    """The rows of an answer as column to text; a gap when there is no table in it."""
    reading = sharepoint_json_of(answer)
    if not reading.ok:
        return reading if reading.reason is not None else gap(GapReason.NOT_AVAILABLE, details.NOT_OFFERED)
    body = reading.body
    if not isinstance(body, dict):
        return gap(GapReason.UNREADABLE, details.WRONG_SHAPE)
    for step in ("query", "PrimaryQueryResult", "RelevantResults", "Table", "Rows"):
        if isinstance(body, dict) and (step in body or step != "query"):
            body = body.get(step)
    if body is None and _number(reading.body, "RowCount") == 0:
        return []
    if not isinstance(body, list):
        return gap(GapReason.UNREADABLE, details.WRONG_SHAPE)
    return [_cells(row) for row in body if isinstance(row, dict)]


def more_are_said_to_follow(answer: Answer) -> bool:
    """The answer counts rows that it does not hold, as when a page in the middle comes empty."""
    reading = sharepoint_json_of(answer)
    total = _number(reading.body, "TotalRows") if reading.ok else 0
    return isinstance(total, int) and total > 0


def _number(body: object, name: str) -> object:
    for step in ("query", "PrimaryQueryResult", "RelevantResults", name):
        if isinstance(body, dict) and (step in body or step != "query"):
            body = body.get(step)
    return body


def _cells(row: Mapping[str, object]) -> dict[str, str]:
    cells = row.get("Cells")
    return {
        str(cell.get("Key")): str(cell["Value"]) if cell.get("Value") is not None else ""
        for cell in (cells if isinstance(cells, list) else [])
        if isinstance(cell, dict)
    }


def _result(answer: Answer, person: Sought) -> SearchResult:
    rows = rows_of(answer)
    if isinstance(rows, Reading):
        return SearchResult(answer, reading=rows)
    return SearchResult(answer, next((row for row in rows if _fits(row, person)), None))


def _fits(row: Mapping[str, str], person: Sought) -> bool:
    """Same object id; the account name decides only where one of the two ids is unknown (or the zero id)."""
    row_id = row.get("AADObjectID", "").strip("{}").lower()
    if person.object_id and row_id.strip("0-"):
        return row_id == person.object_id.lower()
    name = person.user_principal_name.lower()
    account = row.get("AccountName", "").lower().rpartition("|")[2]
    return bool(name) and name in (account, row.get("UserName", "").lower())


def _verified(result: SearchResult) -> SearchResult:
    if result.row is None and result.reading.ok and result.answer is not None:
        rows = rows_of(result.answer)
        if not rows:
            return SearchResult(result.answer, reading=gap(GapReason.DENIED, details.SEARCH_EMPTY))
    return result


def read_search(
    builder: EvidenceBuilder, result: SearchResult, default_host: str, look: Look | None = None
) -> None:
    """State the search facts. Read the profile first: the index is held against it.

    `look` is what was found of the person in the library.
    """
    source = note(builder, result.answer) if result.answer is not None else ""
    if not result.reading.ok:
        miss_all(builder, SEARCH_FACTS, result.reading, source)
        return
    if result.row is None:
        builder.know("sharepoint.search_state", "not_indexed", source)
        missing = ("sharepoint.search_picture_url", _FILE_EXISTS)
        miss_all(builder, missing, not_applicable(details.NOT_INDEXED), source)
        return
    indexed = result.row.get("PictureURL", "").strip()
    builder.know("sharepoint.search_picture_url", without_secrets(indexed), source)
    _read_file(builder, indexed, default_host, look, source)
    profile = builder.known("sharepoint.picture_url")
    if not indexed:
        builder.know("sharepoint.search_state", "no_picture", source)
    elif isinstance(profile, str):
        same = file_address(indexed, default_host).key == file_address(profile, default_host).key
        builder.know("sharepoint.search_state", "same" if same and profile else "different", source)
    else:
        needed = details.PICTURE_URL_UNKNOWN
        inherit(builder, ["sharepoint.search_state"], "sharepoint.picture_url", needed)


def _read_file(
    builder: EvidenceBuilder, indexed: str, default_host: str, look: Look | None, source: str
) -> None:
    if not indexed:
        builder.know(_FILE_EXISTS, False, source)
    elif look is None or not (look.files or look.reading.ok or look.reading.absent):
        inherit(builder, [_FILE_EXISTS], "sharepoint.thumbnails_present", details.THUMBNAILS_UNKNOWN)
    else:
        named = file_address(indexed, default_host)
        there = {FileAddress(look.wanted.host, f"{look.folder}/{file.name}").key for file in look.files}
        best = FileAddress(look.wanted.host, look.best.name) if look.best is not None else named
        # Files under the object id and under the name may both be there, with two pictures.
        same_picture = named.stem.lower() == best.stem.lower()
        builder.know(_FILE_EXISTS, named.key in there and same_picture, source)
