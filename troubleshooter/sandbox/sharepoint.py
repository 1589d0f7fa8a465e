"""SharePoint Online: three hosts, one way in."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from uuid import uuid4

from troubleshooter.sandbox import sharepoint_files as files
from troubleshooter.sandbox.access import Caller, may_read_sites, sharepoint_caller
from troubleshooter.sandbox.casting import SUFFIX
from troubleshooter.sandbox.logbook import ENVELOPE
from troubleshooter.sandbox.model import Quota
from troubleshooter.sandbox.odata import entity, error
from troubleshooter.sandbox.quotas import Spending
from troubleshooter.sandbox.sharepoint_batch import handle_batch
from troubleshooter.sandbox.sharepoint_profiles import (
    DENIED_CODE,
    get_my_properties,
    get_properties_for,
    get_property_for,
)
from troubleshooter.sandbox.sharepoint_search import search_post, search_query
from troubleshooter.sandbox.wire import Call, Reply, find_route, route, text_reply
from troubleshooter.sandbox.world import World, throttled

UNITS_OF_REST = 2
"""What Microsoft suggests to reckon with for a REST call; the true prices are unpublished."""
UNITS_OF_FILE = 1
"""What a download costs by way of Graph, the only price of a download that is published."""
_BATCH = re.compile(r"(?:/[^_][^/]*)*/_api/(?:\$|%24)batch", re.IGNORECASE)


def known_host(world: World, host: str) -> bool:
    """Whether it is one of the tenant's three or the My Site host of another geography."""
    own = any(host == world.sharepoint_host(kind) for kind in ("", "-my", "-admin"))
    return own or host in world.directory.hosts


def handle_sharepoint(world: World, call: Call) -> Reply:
    """Answer one request to a SharePoint host; each part of a batch passes here again."""
    reply = _answer(world, call)
    if call.batched:  # parts carry none of these
        return reply
    common = {
        "SPRequestGuid": str(uuid4()),
        "request-id": str(uuid4()),
        "MicrosoftSharePointTeamServices": "16.0.0.26121",
        "X-MS-InvokeApp": "1; RequireReadOnly",
    }
    return Reply(reply.status, reply.body, {**common, **reply.headers})


def _answer(world: World, call: Call) -> Reply:
    if call.host.endswith(f".{SUFFIX}") and not known_host(world, call.host):
        return text_reply(404, "404 FILE NOT FOUND")
    caller = sharepoint_caller(world, call)
    if isinstance(caller, Reply):
        return caller
    if _BATCH.fullmatch(call.path):
        if call.method != "POST":
            return error(call, 405, "-1, System.NotSupportedException", "Batch requests are sent by POST.")
        reply = handle_batch(world, call, handle_sharepoint)
        world.kind = ENVELOPE
        return reply
    found = find_route(_ROUTES, call.method, call.path)
    if found:
        world.kind = found[0].kind
    quota = world.tenant.quotas.sharepoint_units
    units = UNITS_OF_FILE if found and found[0].kind == "file_bytes" else UNITS_OF_REST
    spending = world.spend("sharepoint", quota, units, caller.client_id)
    headers = _left_over(quota, spending)
    if spending.refused:
        refused = throttled(quota, spending)
        return Reply(refused.status, refused.body, {**headers, **refused.headers})
    if found is None:
        message = f"Cannot find resource for the request {call.path.rpartition('/')[2]}."
        return error(call, 404, "-1, Microsoft.SharePoint.Client.ResourceNotFoundException", message)
    handler, groups = found[0].handler, found[1]
    reply = handler(world, call, caller, **groups)
    return Reply(reply.status, reply.body, {**headers, **reply.headers})


def _left_over(quota: Quota | None, spending: Spending) -> dict[str, str]:
    if quota is None or not spending.almost_empty(quota):
        return {}
    return {
        "RateLimit-Limit": str(int(quota.limit)),
        "RateLimit-Remaining": str(int(spending.left or 0)),
        "RateLimit-Reset": str(max(1, round(quota.window))),
    }


def _context_info(world: World, call: Call, caller: Caller) -> Reply:
    del world, caller
    stamp = datetime.now(UTC).strftime("%d %b %Y %H:%M:%S -0000")
    info = {
        "FormDigestTimeoutSeconds": 1800,
        "FormDigestValue": f"0x{uuid4().hex.upper()},{stamp}",
        "LibraryVersion": "16.0.26121.12000",
        "SiteFullUrl": call.base,
        "SupportedSchemaVersions": ["14.0.0.0", "15.0.0.0"],
        "WebFullUrl": call.base,
    }
    if "verbose" in call.headers.get("accept", "").lower():
        reply = entity(call, {"GetContextWebInformation": info}, "SP.ContextWebInformation", "contextinfo")
    else:
        reply = entity(call, info, "SP.ContextWebInformation", "contextinfo")
    return reply


def _usage(world: World, call: Call, caller: Caller) -> Reply:
    del world
    if not may_read_sites(caller):
        return error(call, 403, DENIED_CODE, "Access denied.")
    usage = {
        "Bandwidth": "0",
        "DiscussionStorage": "0",
        "Hits": "0",
        "Storage": "1073741824",
        "StoragePercentageUsed": 0.04,
        "Visits": "0",
    }
    return entity(call, usage, "SP.UsageInfo", "site/usage")


def _web(world: World, call: Call, caller: Caller) -> Reply:
    if not may_read_sites(caller):
        return error(call, 403, DENIED_CODE, "Access denied.")
    web = {"Title": world.tenant.display_name, "Url": call.base, "ServerRelativeUrl": "/", "Language": 1033}
    return entity(call, web, "SP.Web", "web")


def _realm(world: World, call: Call, caller: Caller) -> Reply:
    del world, call, caller
    return text_reply(200, "")


_SITE = r"(?:/(?:sites|personal|teams)/[^/]+)?"
_MANAGER = _SITE + r"/_api/sp\.userprofiles\.peoplemanager"
_ARGUMENTS = r"\((?P<arguments_text>.*)\)"
_FOLDER = _SITE + r"/_api/web/getfolderbyserverrelative(?:path|url)" + _ARGUMENTS
_FILE = _SITE + r"/_api/web/getfilebyserverrelative(?:path|url)" + _ARGUMENTS
_BOTH = "GET POST"
_LIST = _SITE + r"/_api/web/lists/getbytitle\((?:'|%27)(?P<title>[^/]+?)(?:'|%27)\)"
_ROUTES = (
    route(_BOTH, _MANAGER + r"(?:\(\))?/getpropertiesfor" + _ARGUMENTS, get_properties_for, "profile"),
    route(_BOTH, _MANAGER + r"(?:\(\))?/getuserprofilepropertyfor" + _ARGUMENTS, get_property_for, "profile"),
    route(_BOTH, _MANAGER + r"(?:\(\))?/getmyproperties(?:\(\))?", get_my_properties, "profile"),
    route("POST", _SITE + r"/_api/contextinfo", _context_info, "context_info"),
    route("GET", _SITE + r"/_api/search/query", search_query, "search"),
    route("POST", _SITE + r"/_api/search/postquery", search_post, "search"),
    route("GET", _FOLDER + r"/files", files.list_folder, "folder_files"),
    route("GET", _FOLDER + r"/folders", files.list_folders, "folders"),
    route("GET", _FILE + r"/(?:\$|%24)value", files.get_file_by_path, "file_bytes"),
    route("GET", _FILE, files.describe_file, "file"),
    route("GET", _LIST + r"/items", files.list_items, "library_items"),
    route("GET", _SITE + r"/_api/site/usage", _usage, "usage"),
    route("GET", _SITE + r"/_api/web", _web, "web"),
    route("GET", _SITE + r"/_layouts/15/userphoto\.aspx", files.user_photo, "page_photo"),
    route(_BOTH, _SITE + r"/_vti_bin/client\.svc(?:/.*)?", _realm, "realm"),
    route("GET", r"/(?P<folder>[^/_][^/]*/[^/]+)/(?P<name>[^/]+\.jpg)", files.get_file, "file_bytes"),
)
