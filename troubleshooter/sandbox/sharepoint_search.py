"""People search: GET query and POST postquery, paged by IndexDocId.

https://learn.microsoft.com/sharepoint/dev/general-development/pagination-for-large-result-sets
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from troubleshooter.sandbox.access import Caller, may_search
from troubleshooter.sandbox.clock import graph_time
from troubleshooter.sandbox.model import Account
from troubleshooter.sandbox.odata import entity, error, mode_of
from troubleshooter.sandbox.sharepoint_profiles import DENIED_CODE
from troubleshooter.sandbox.wire import Call, Reply, json_reply
from troubleshooter.sandbox.world import World, throttled

PEOPLE_SOURCE = "b09a7990-05ea-4af9-81ef-edfab16c4e31"
LARGEST_ROWS = 500
LARGEST_START = 50_000
MALFORMED_CODE = "-1, Microsoft.SharePoint.Client.InvalidClientQueryException"
_FIRST_DOCUMENT = 17_000_000


def search_query(world: World, call: Call, caller: Caller) -> Reply:
    """GET /_api/search/query."""
    given = {name.lower(): value.strip("'") for name, value in call.parameters()}
    return _search(world, call, caller, given)


def search_post(world: World, call: Call, caller: Caller) -> Reply:
    """POST /_api/search/postquery with `{"request": {...}}`."""
    try:
        request = json.loads(call.body)["request"]
        given = {name.lower(): _plain(value) for name, value in request.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return error(call, 400, MALFORMED_CODE, "The request body is not a search request.")
    return _search(world, call, caller, given)


def _plain(value: Any) -> str:
    items = value.get("results") if isinstance(value, dict) else value
    return ",".join(str(item) for item in items) if isinstance(items, list) else str(value)


def _search(world: World, call: Call, caller: Caller, given: dict[str, str]) -> Reply:
    quota = world.tenant.quotas.search
    spending = world.spend("search", quota, 1)
    if spending.refused:
        return throttled(quota, spending)
    if not may_search(caller):
        return error(call, 403, DENIED_CODE, "Access denied.")
    if given.get("sourceid", "").lower() != PEOPLE_SOURCE:
        return _results(call, [], 0)
    text = given.get("querytext", "*")
    try:
        limit = min(int(given.get("rowlimit") or 10), LARGEST_ROWS)
        start = int(given.get("startrow") or 0)
    except ValueError:
        return error(call, 400, MALFORMED_CODE, "rowlimit and startrow are numbers.")
    if start > LARGEST_START:
        return error(call, 500, "-1, System.ArgumentOutOfRangeException", "startrow is too large.")
    found = _matching(world, text)
    after = re.search(r"IndexDocId\s*>\s*(\d+)", text, re.IGNORECASE)
    first = bisect_right(found, int(after.group(1)) - _FIRST_DOCUMENT) if after else 0
    names = [name.strip() for name in given.get("selectproperties", "").split(",") if name.strip()]
    page = found[first + start : first + start + limit]
    shown = [_cells(n, world.tenant.accounts[n], names) for n in page]
    return _results(call, shown, len(found) - first)


def _matching(world: World, text: str) -> Sequence[int]:
    """Numbers of the indexed accounts that the words of a query fit; the words alone, not the page."""
    words = re.sub(r"IndexDocId\s*>\s*\d+|\bAND\b|[()*]", " ", text).split()
    rest = " ".join(words)
    directory = world.directory
    if not rest:
        return directory.in_search
    return directory.where(("search", rest), lambda account: _fits(rest, account), directory.in_search)


def _fits(text: str, account: Account) -> bool:
    wanted = re.findall(r'(\w+)[:=]"?([^"\s]+)"?|"([^"]+)"|(\S+)', text)
    row = {name: value(0, account).lower() for name, value in _BY_NAME.items()}
    everything = " ".join(row.values())
    for name, value, quoted, bare in wanted:
        if name and value.lower() not in row.get(name.lower(), ""):
            return False
        if (quoted or bare) and (quoted or bare).lower() not in everything:
            return False
    return True


_ROW: Mapping[str, Callable[[int, Account], str]] = {
    "AccountName": lambda number, account: account.login_name,
    "AADObjectID": lambda number, account: account.id,
    "PictureURL": lambda number, account: account.search_url or "",
    "UserName": lambda number, account: account.upn,
    "WorkEmail": lambda number, account: account.mail,
    "PreferredName": lambda number, account: account.display_name,
    "Department": lambda number, account: account.department,
    "Title": lambda number, account: account.display_name,
    "LastModifiedTime": lambda number, account: graph_time(account.created),
    "DocId": lambda number, account: str(_FIRST_DOCUMENT + number),
    "IndexDocId": lambda number, account: str(_FIRST_DOCUMENT + number),
    "Rank": lambda number, account: "16.0",
}
_BY_NAME = {name.lower(): value for name, value in _ROW.items()}


def _cells(number: int, account: Account, names: list[str]) -> dict[str, Any]:
    asked = list(names or _ROW)
    if "DocId" not in asked:
        asked.append("DocId")
    cells = []
    for name in asked:
        value = _BY_NAME.get(name.lower())
        cells.append({"Key": name, "Value": value and value(number, account), "ValueType": "Edm.String"})
    return {"Cells": cells}


def _results(call: Call, rows: list[dict[str, Any]], total: int) -> Reply:
    relevant: dict[str, Any] = {
        "GroupTemplateId": None,
        "ItemTemplateId": None,
        "Properties": [],
        "RowCount": len(rows),
        "Table": {"Rows": rows},
        "TotalRows": total,
        "TotalRowsIncludingDuplicates": total,
    }
    result = {
        "ElapsedTime": 12,
        "PrimaryQueryResult": {"CustomResults": [], "RelevantResults": relevant},
        "Properties": [],
        "SecondaryQueryResults": [],
        "SpellingSuggestion": "",
        "TriggeredRules": [],
    }
    if mode_of(call) != "verbose":
        return entity(call, result, "Microsoft.Office.Server.Search.REST.SearchResult", "search")
    wrapped = json.loads(
        entity(call, result, "Microsoft.Office.Server.Search.REST.SearchResult", "search").body
    )
    name = "postquery" if call.method == "POST" else "query"
    return json_reply(200, {"d": {name: wrapped["d"]}}, "application/json;odata=verbose;charset=utf-8")
