"""The three lists of an audit: accounts, people index, picture library. Each page is one transaction.

A list that was cut off goes on after its last whole page. Pages that come twice add nobody twice, and a list
that leads in a circle, or ends without having ended, is said to be incomplete.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import quote

from troubleshooter.collect import details
from troubleshooter.collect.addresses import DEFAULT_FOLDER, Hosts
from troubleshooter.collect.classify import Reading, gap, json_of, sharepoint_json_of
from troubleshooter.collect.clients import Graph, SharePoint
from troubleshooter.collect.directory import USER_SELECT, has_licence
from troubleshooter.collect.library import byte_count, file_stem
from troubleshooter.collect.search import more_are_said_to_follow, people_page_url, rows_of
from troubleshooter.errors import RunFailed
from troubleshooter.evidence.record import GapReason
from troubleshooter.evidence.store import Store
from troubleshooter.transport.answer import Answer

USERS, INDEX, LIBRARY = "users", "index", "library"
_TRIES = 3
_WORTH_PARTS, _PAGES_OF_A_PART = 10_000, 1_000_000
_LETTERS = ("abc", "def", "ghi", "jkl", "mno", "pqr", "stu", "vwxyz")
_MOST_EMPTY_PAGES = 20  # in a row; a page may be short or empty, but no list is made of nothing for ever
_TITLE = "User Photos"
_COLUMNS = ("AccountName", "AADObjectID", "PictureURL", "UserName")
_ZEROS = "0-"
_DOCUMENT = re.compile(r"[0-9]{1,18}")

Told = Callable[[str, int], None]


class ListingFailed(RunFailed):
    """The accounts of the tenant could not be listed, so nobody can be audited."""


@dataclass(frozen=True, slots=True)
class State:
    """How far a list has come: pages read, where it goes on ('' at its end), and why it stopped early."""

    pages: int
    next: str
    ended: bool
    reading: Reading


def users_path(where: str, rows: int) -> str:
    """The accounts, filtered in the directory where the user wants some only."""
    path = f"/users?$select={USER_SELECT}&$top={rows}"
    return f"{path}&$filter={quote(where, safe='')}&$count=true" if where else path


def state_of(store: Store, listing: str) -> State:
    """What the store knows of a list."""
    rows = store.query(
        "SELECT page, next, failed, answer FROM pages WHERE listing = ? ORDER BY page DESC LIMIT 1", [listing]
    )
    if not rows:
        return State(0, "", False, Reading())
    page, following, failed, kept = rows[0]
    reading = _reading(json.loads(kept).get("reading")) if failed else Reading()
    return State(page + 1, following, failed or not following, reading)


def answers_of(store: Store, listing: str) -> dict[int, Answer]:
    """The answer of each page, of all parts, without its body, to be named as a source."""
    rows = store.query(
        "SELECT page, answer FROM pages WHERE listing = ? OR starts_with(listing, ?)",
        [listing, f"{listing}/"],
    )
    return {page: kept_answer(json.loads(text)) for page, text in rows}


def user_parts(people: int) -> tuple[str, ...]:
    """Filters that take a directory apart: each account fits exactly one. A small one stays whole ('').

    One chain of pages is slow for many accounts, because each page names the next. Names that begin with
    none of the letters belong to the last part, so nobody is lost.
    https://learn.microsoft.com/graph/aad-advanced-queries
    """
    if people < _WORTH_PARTS:
        return ("",)
    begins = [[f"startswith(userPrincipalName,'{letter}')" for letter in letters] for letters in _LETTERS]
    rest = " or ".join(test for tests in begins for test in tests)
    return (*(f"({' or '.join(tests)})" for tests in begins), f"not ({rest})")


def part_name(part: int) -> str:
    """The name of a part of the list of accounts; that of the whole for the first."""
    return f"{USERS}/{part}" if part else USERS


def list_users(
    store: Store, graph: Graph, where: str, tell: Told, rows: int, *, part: int = 0, within: str = ""
) -> bool:
    """Everybody of the directory, or of one part of it, into `roster`. Raises ListingFailed; what was read
    is kept. False when the directory takes no such part.

    `rows` is how many to ask for in one page, here and below.
    """
    listing, first = part_name(part), part * _PAGES_OF_A_PART
    where = " and ".join(f"({one})" for one in (where, within) if one) if within else where
    headers = {"ConsistencyLevel": "eventual"} if where else None
    state = state_of(store, listing)
    empty = 0
    while not state.ended:
        url = state.next or users_path(where, rows)
        page = state.pages or first
        answer = _tried(partial(graph.get, url, headers=headers), partial(_is_new, store, listing, json_of))
        reading = json_of(answer)
        if within and answer.status == 400 and page == first:
            return False
        if not reading.ok or not isinstance(reading.body.get("value"), list):
            raise _cannot_list(answer, reading)
        people = {
            _text(one, "id"): one
            for one in reading.body["value"]
            if isinstance(one, dict) and _text(one, "id")
        }
        following = _next(reading.body)
        new = _new_ids(store, list(people))
        empty = 0 if new else empty + 1
        circle = bool(following) and (_was_read(store, listing, following) or empty > _MOST_EMPTY_PAGES)
        added = [one for key, one in people.items() if key in new]
        with store.transaction():
            store.insert("roster", [(None, *_names(one), json.dumps(one), page) for one in added])
            stopped = gap(GapReason.UNREADABLE, details.LIST_IN_A_CIRCLE) if circle else Reading()
            _keep(store, listing, page, following, answer, stopped)
            store.put("listed_users", int(store.get("listed_users", 0)) + len(added))
            store.put("licences", int(store.get("licences", 0)) + sum(map(has_licence, added)))
        tell(USERS, len(added))
        state = state_of(store, listing)
    return True


def list_index(store: Store, sharepoint: SharePoint, hosts: Hosts, tell: Told, rows: int) -> None:
    """The whole people index, into `people_index`. A refusal is kept as the reason why it is unknown."""
    _forget_silence(store, INDEX)
    state = state_of(store, INDEX)
    while not state.ended:
        after = int(state.next or 0)
        url = people_page_url(hosts.root, after, rows)
        answer = _tried(partial(sharepoint.get, url), partial(_is_further, after))
        found = rows_of(answer)
        if isinstance(found, list) and not found and state.pages == 0:
            found = gap(GapReason.DENIED, details.SEARCH_EMPTY)
        if isinstance(found, Reading):
            _keep_alone(store, INDEX, state.pages, state.next, answer, found)
            return
        stopped = Reading() if _goes_on(found, after) else gap(GapReason.UNREADABLE, details.LIST_IN_A_CIRCLE)
        if not found and more_are_said_to_follow(answer):
            stopped = gap(GapReason.UNREADABLE, details.LIST_CUT_OFF)
        kept = [(*_keys(row), json.dumps(_cells(row)), state.pages) for row in found]
        with store.transaction():
            store.insert("people_index", kept if stopped.ok else [])
            _keep(store, INDEX, state.pages, str(_last(found)) if found else "", answer, stopped)
        tell(INDEX, len(kept))
        state = state_of(store, INDEX)


def list_library(store: Store, sharepoint: SharePoint, hosts: Hosts, tell: Told, rows: int) -> None:
    """Every file of the User Photos library, into `library`."""
    _forget_silence(store, LIBRARY)
    state = state_of(store, LIBRARY)
    new = partial(_is_new, store, LIBRARY, sharepoint_json_of)
    while not state.ended:
        url = state.next or _library_url(hosts.my, rows, by_title=True)
        answer = _tried(partial(sharepoint.get, url), new)
        reading = sharepoint_json_of(answer)
        if reading.absent and state.pages == 0 and not state.next:
            # A library's title is translated with the site; its address is not.
            url = _library_url(hosts.my, rows, by_title=False)
            answer = _tried(partial(sharepoint.get, url), new)
            reading = sharepoint_json_of(answer)
        body = reading.body
        found = body.get("value") if isinstance(body, dict) else body
        if not reading.ok or not isinstance(found, list):
            why = reading if reading.reason is not None else gap(GapReason.NOT_AVAILABLE, details.NOT_FOUND)
            _keep_alone(store, LIBRARY, state.pages, state.next, answer, why)
            return
        following = _next(body)
        circle = bool(following) and _was_read(store, LIBRARY, following)
        files = [file for row in found if isinstance(row, dict) and (file := _file(row))]
        with store.transaction():
            store.insert("library", [(*file, state.pages) for file in files])
            stopped = gap(GapReason.UNREADABLE, details.LIST_IN_A_CIRCLE) if circle else Reading()
            _keep(store, LIBRARY, state.pages, following, answer, stopped)
        tell(LIBRARY, len(files))
        state = state_of(store, LIBRARY)


def kept_answer(kept: Mapping[str, Any]) -> Answer:
    """An answer as it was kept: everything that a source names, and no body."""
    headers = {"request-id": kept["request_id"]} if kept["request_id"] else {}
    return Answer(
        kept["method"],
        kept["url"],
        kept["status"],
        headers,
        b"",
        datetime.fromisoformat(kept["at"]),
        attempts=kept["attempts"],
        milliseconds=kept["milliseconds"],
        failure=kept["failure"],
    )


def _keep(store: Store, listing: str, page: int, following: str, answer: Answer, stopped: Reading) -> None:
    kept: dict[str, Any] = {
        "method": answer.method,
        "url": answer.url,
        "status": answer.status,
        "request_id": answer.request_id,
        "at": answer.at.isoformat(),
        "attempts": answer.attempts,
        "milliseconds": answer.milliseconds,
        "failure": answer.failure or ("" if answer.ok else answer.error_code),
    }
    if not stopped.ok:
        kept["reading"] = [
            stopped.reason or GapReason.UNREADABLE,
            stopped.detail,
            stopped.lacks_permission,
        ]
    store.insert("pages", [(listing, page, following, not stopped.ok, json.dumps(kept))])


def _keep_alone(
    store: Store, listing: str, page: int, following: str, answer: Answer, stopped: Reading
) -> None:
    with store.transaction():
        _keep(store, listing, page, following, answer, stopped)


def _forget_silence(store: Store, listing: str) -> None:
    """A list that broke off because nothing came goes on in the next run, if nobody was looked at yet."""
    if store.get("chosen"):
        return
    with store.transaction():
        store.connection.execute(
            "DELETE FROM pages WHERE listing = ? AND failed "
            "AND json_extract_string(answer, '$.status') = '0'",
            [listing],
        )


def _reading(kept: Sequence[Any] | None) -> Reading:
    if not kept:
        return gap(GapReason.UNREADABLE, details.WRONG_SHAPE)
    reason, detail, permission = kept
    return Reading(reason=GapReason(reason), detail=detail, lacks_permission=bool(permission))


def _was_read(store: Store, listing: str, following: str) -> bool:
    """Whether a page of this address was read, or is the one to read now: then the list leads in a circle."""
    return bool(
        store.query(
            "SELECT 1 FROM pages WHERE listing = ? "
            "AND (next = ? OR json_extract_string(answer, '$.url') = ?) LIMIT 1",
            [listing, following, following],
        )
    )


def _new_ids(store: Store, ids: Sequence[str]) -> set[str]:
    known = store.query("SELECT id FROM roster WHERE id IN (SELECT unnest(?))", [list(ids)])
    return set(ids) - {one for (one,) in known}


def _cannot_list(answer: Answer, reading: Reading) -> ListingFailed:
    return ListingFailed(
        "The directory did not list its people ({why} status {status}, {code}).",
        "Grant Microsoft Graph User.Read.All when the status is 401 or 403; otherwise run the same command "
        "again: it goes on where it stopped.",
        why=reading.detail or details.WRONG_SHAPE,
        status=answer.status,
        code=answer.error_code or answer.failure or "-",
    )


def _text(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    return value if isinstance(value, str) else ""


def _names(person: Mapping[str, Any]) -> tuple[str, str]:
    return _text(person, "id"), _text(person, "userPrincipalName")


def _keys(row: Mapping[str, str]) -> tuple[str, str]:
    """Object id ('' for none, and for the zero id) and account name, both in lower case."""
    object_id = row.get("AADObjectID", "").strip("{}").lower()
    account = row.get("AccountName", "").lower().rpartition("|")[2]
    return (object_id if object_id.strip(_ZEROS) else ""), account or row.get("UserName", "").lower()


def _cells(row: Mapping[str, str]) -> dict[str, str]:
    return {name: row[name] for name in _COLUMNS if name in row}


def _library_url(host: str, rows: int, *, by_title: bool) -> str:
    select = "$select=Id,FileLeafRef,FileRef,Modified,File_x0020_Size"
    if by_title:
        items = f"getbytitle('{quote(_TITLE)}')/items?{select}&$top={rows}"
        return f"https://{host}/_api/web/lists/{items}"
    path = quote(DEFAULT_FOLDER.rpartition("/")[0])
    return f"https://{host}/_api/web/GetList('{path}')/items?{select}&$top={rows}"


def _next(body: object) -> str:
    """Where the next page of a list is, in any of the ways the services say it; '' on the last page."""
    if not isinstance(body, dict):
        return ""
    link = body.get("@odata.nextLink") or body.get("odata.nextLink") or body.get("__next")
    return link if isinstance(link, str) else ""


def _tried(ask: Callable[[], Answer], good: Callable[[Answer], bool]) -> Answer:
    """An answer; one that came and is no good page, as when it broke on its way, is asked for again."""
    answer = ask()
    for _ in range(_TRIES - 1):
        if not answer.ok or good(answer):
            break
        answer = ask()
    return answer


def _is_new(store: Store, listing: str, read: Callable[[Answer], Reading], answer: Answer) -> bool:
    """It can be read, and leads to a page that was not read before."""
    reading = read(answer)
    following = _next(reading.body)
    return reading.ok and not (following and _was_read(store, listing, following))


def _is_further(after: int, answer: Answer) -> bool:
    return _goes_on(rows_of(answer), after)


def _goes_on(rows: list[dict[str, str]] | Reading, after: int) -> bool:
    """A page of the index that comes after what was read, or the end."""
    return isinstance(rows, list) and (not rows or _last(rows) > after)


def _last(rows: Sequence[Mapping[str, str]]) -> int:
    return max((int(row["DocId"]) for row in rows if _DOCUMENT.fullmatch(row.get("DocId", ""))), default=0)


def _file(row: Mapping[str, Any]) -> tuple[str, str, str, int, str] | None:
    """(folder, name, stem, bytes, modified) of a thumbnail; None for any other file."""
    name = _text(row, "FileLeafRef")
    stem = file_stem(name)
    if not stem:
        return None
    folder = _text(row, "FileRef").rpartition("/")[0] or DEFAULT_FOLDER
    return folder, name, stem, byte_count(row.get("File_x0020_Size")), _text(row, "Modified")
