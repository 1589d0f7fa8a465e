"""People search: GET query and POST postquery, paged by IndexDocId.

https://learn.microsoft.com/sharepoint/dev/general-development/pagination-for-large-result-sets
"""

from __future__ import annotations

import json
import re
from typing import Any

from troubleshooter.sandbox.access import Caller, may_search
from troubleshooter.sandbox.clock import graph_time
from troubleshooter.sandbox.model import Account
from troubleshooter.sandbox.odata import entity, error, mode_of
from troubleshooter.sandbox.sharepoint_profiles import DENIED_CODE
from troubleshooter.sandbox.wire import Call, Reply, json_reply
from troubleshooter.sandbox.world import World

PEOPLE_SOURCE = "b09a7990-05ea-4af9-81ef-edfab16c4e31"
LARGEST_ROWS = 500
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
        code = "-1, Microsoft.SharePoint.Client.InvalidClientQueryException"
        return error(call, 400, code, "The request body is not a search request.")
    return _search(world, call, caller, given)


def _plain(value: Any) -> str:
    items = value.get("results") if isinstance(value, dict) else value
    return ",".join(str(item) for item in items) if isinstance(items, list) else str(value)


def _search(world: World, call: Call, caller: Caller, given: dict[str, str]) -> Reply:
    refused, _ = world.spend("search", world.tenant.quotas.search, 1)
    if refused:
        return refused
    if not may_search(caller):
        return error(call, 403, DENIED_CODE, "Access denied.")
    if given.get("sourceid", "").lower() != PEOPLE_SOURCE:
        return _results(call, [], 0, [])
    text = given.get("querytext", "*")
    rows = [
        (n, a) for n, a in enumerate(world.tenant.accounts) if a.search_url is not None and _fits(text, a)
    ]
    after = re.search(r"IndexDocId\s*>\s*(\d+)", text, re.IGNORECASE)
    if after:
        rows = [(n, a) for n, a in rows if _FIRST_DOCUMENT + n > int(after.group(1))]
    limit = min(int(given.get("rowlimit") or 10), LARGEST_ROWS)
    start = int(given.get("startrow") or 0)
    names = [name.strip() for name in given.get("selectproperties", "").split(",") if name.strip()]
    shown = [_cells(n, a, names) for n, a in rows[start : start + limit]]
    return _results(call, shown, len(rows), names)


def _fits(text: str, account: Account) -> bool:
    words = re.sub(r"IndexDocId\s*>\s*\d+|\bAND\b|[()*]", " ", text)
    wanted = re.findall(r'(\w+)[:=]"?([^"\s]+)"?|"([^"]+)"|(\S+)', words)
    row = {k.lower(): v.lower() for k, v in _row(0, account).items()}
    everything = " ".join(row.values())
    for name, value, quoted, bare in wanted:
        if name and value.lower() not in row.get(name.lower(), ""):
            return False
        if (quoted or bare) and (quoted or bare).lower() not in everything:
            return False
    return True


def _row(number: int, account: Account) -> dict[str, str]:
    document = str(_FIRST_DOCUMENT + number)
    return {
        "AccountName": account.login_name,
        "AADObjectID": account.id,
        "PictureURL": account.search_url or "",
        "UserName": account.upn,
        "WorkEmail": account.mail,
        "PreferredName": account.display_name,
        "Title": account.display_name,
        "LastModifiedTime": graph_time(account.created),
        "DocId": document,
        "IndexDocId": document,
        "Rank": "16.0",
    }


def _cells(number: int, account: Account, names: list[str]) -> dict[str, Any]:
    row = _row(number, account)
    by_name = {name.lower(): value for name, value in row.items()}
    chosen = {name: by_name.get(name.lower()) for name in names} if names else dict(row)
    chosen.setdefault("DocId", row["DocId"])
    cells = [{"Key": k, "Value": v, "ValueType": "Edm.String"} for k, v in chosen.items()]
    return {"Cells": cells}


def _results(call: Call, rows: list[dict[str, Any]], total: int, names: list[str]) -> Reply:
    del names
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
