"""Microsoft Graph: routing and the small calls. Users, photos and batches have their own modules."""

from __future__ import annotations

import re
from uuid import NAMESPACE_DNS, uuid5

from troubleshooter.sandbox import access
from troubleshooter.sandbox.access import Caller, denied, graph_error
from troubleshooter.sandbox.clock import graph_time
from troubleshooter.sandbox.faults import inner_error
from troubleshooter.sandbox.graph_batch import handle_batch
from troubleshooter.sandbox.graph_photos import get_bytes, get_metadata, list_sizes
from troubleshooter.sandbox.graph_users import count_users, get_user, list_users
from troubleshooter.sandbox.logbook import ENVELOPE
from troubleshooter.sandbox.model import Account, PhotoPolicy
from troubleshooter.sandbox.wire import Call, Handler, Reply, Route, find_route, json_reply, route, text_reply
from troubleshooter.sandbox.world import World, throttled

_OUTSIDE = re.compile(r"/(?:v1\.0|beta)/\$batch", re.IGNORECASE)


def handle_graph(world: World, call: Call) -> Reply:
    """Answer one request to the Graph host; each item of a batch passes here again."""
    reply, headers = _answer(world, call)
    if call.batched:  # items carry none of these
        return reply
    ids = inner_error(call.headers.get("client-request-id", ""))
    diagnostic = '{"ServerInfo":{"DataCenter":"Sandbox","Slice":"E","Ring":"5","ScaleUnit":"001"}}'
    common = {
        "request-id": ids["request-id"],
        "client-request-id": ids["client-request-id"],
        "x-ms-ags-diagnostic": diagnostic,
        **headers,
    }
    return Reply(reply.status, reply.body, {**common, **reply.headers})


def _answer(world: World, call: Call) -> tuple[Reply, dict[str, str]]:
    caller = access.graph_caller(world, call)
    if isinstance(caller, Reply):
        return caller, {}
    if _OUTSIDE.fullmatch(call.path):
        reply = handle_batch(world, call, handle_graph)
        world.kind = ENVELOPE
        return reply, {}
    found = find_route(_ROUTES, call.method, call.path)
    if found:
        world.kind = found[0].kind
    quota = world.tenant.quotas.graph_units
    spending = world.spend("graph", quota, 1, caller.client_id)
    headers = {"x-ms-resource-unit": "1"}
    if quota and spending.almost_empty(quota):
        share = 1 - (spending.left or 0) / quota.limit
        headers["x-ms-throttle-limit-percentage"] = f"{share + 0.8 * spending.refused:.2f}"
    if spending.refused:
        scope = f"Tenant_Application/ReadWrite/{caller.client_id}/{world.tenant.id}"
        return throttled(quota, spending), {**headers, "x-ms-throttle-scope": scope}
    if found is None:
        message = f"Resource not found for the segment '{call.path.rstrip('/').rpartition('/')[2]}'."
        return graph_error(call, 404, "ResourceNotFound", message), headers
    handler, groups = found[0].handler, found[1]
    if "user" not in groups:
        return handler(world, call, caller, **groups), headers
    return _about_user(world, call, caller, handler, groups), headers


def _about_user(world: World, call: Call, caller: Caller, handler: Handler, groups: dict[str, str]) -> Reply:
    name = groups.pop("user")
    if name.lower() == "me":
        if caller.app_only:
            message = "/me request is only valid with delegated authentication flow."
            return graph_error(call, 400, "BadRequest", message)
        name = caller.person_id
    account = world.account(name)
    if account is None:
        message = f"Resource '{name}' does not exist or one of its queried reference-property objects are not present."  # noqa: E501
        if not caller.may(*access.USERS, *access.PHOTOS, *access.MAILBOX):
            return denied(call)
        return graph_error(call, 404, "Request_ResourceNotFound", message)
    return handler(world, call, caller, account, **groups)


def _mailbox_error(call: Call, account: Account) -> Reply | None:
    if account.mailbox.place == "on_premises":
        code = "MailboxNotHostedInExchangeOnline"
        message = "Mailbox is hosted by an on-premise or non-Exchange server."
        return graph_error(call, 404, code, message)
    if account.mailbox.place == "none" or account.mailbox.pending:
        code = "MailboxNotEnabledForRESTAPI"
        return graph_error(call, 404, code, "REST API is not yet supported for this mailbox.")
    return None


def _mailbox_settings(world: World, call: Call, caller: Caller, account: Account) -> Reply:
    if not caller.may(*access.MAILBOX):
        return denied(call)
    if not caller.app_only and caller.person_id != account.id:
        return graph_error(
            call, 403, "ErrorAccessDenied", "Access is denied. Check credentials and try again."
        )
    wrong = world.account_fault(account, "mailbox") or _mailbox_error(call, account)
    if wrong:
        return wrong
    context = f"{call.base}/v1.0/$metadata#users('{account.id}')/mailboxSettings"
    if call.path.lower().endswith("/userpurpose"):
        return json_reply(200, {"@odata.context": f"{context}/userPurpose", "value": account.mailbox.purpose})
    settings = {"timeZone": "Central European Standard Time", "userPurpose": account.mailbox.purpose}
    return json_reply(200, {"@odata.context": context, **settings})


def _exchange_settings(world: World, call: Call, caller: Caller, account: Account) -> Reply:
    if not caller.may(*access.USERS):
        return denied(call)
    wrong = world.account_fault(account, "exchange") or _mailbox_error(call, account)
    if wrong:
        return wrong
    context = f"{call.base}/v1.0/$metadata#users('{account.id}')/settings/exchange/$entity"
    mailbox_id = f"MBX:{uuid5(NAMESPACE_DNS, account.id)}@{world.tenant.id}"
    return json_reply(200, {"@odata.context": context, "primaryMailboxId": mailbox_id})


def _drive(world: World, call: Call, caller: Caller, account: Account) -> Reply:
    if not caller.may(*access.DRIVES):
        return denied(call)
    fault = world.account_fault(account, "drive")
    if fault:
        return fault
    if not any(plan.service == "SharePoint" and plan.status == "Enabled" for plan in account.plans):
        return graph_error(call, 400, "BadRequest", "Unable to retrieve user's mysite URL.")
    if account.profile.missing or account.profile.personal_site != "2":
        return graph_error(call, 404, "ResourceNotFound", "User's mysite not found.")
    personal = account.upn.lower().replace("@", "_").replace(".", "_")
    host = account.profile.home_host or world.sharepoint_host("-my")
    drive = {
        "@odata.context": f"{call.base}/v1.0/$metadata#drives/$entity",
        "id": f"b!{uuid5(NAMESPACE_DNS, account.upn).hex}",
        "webUrl": f"https://{host}/personal/{personal}/Documents",
        "driveType": "business",
        "createdDateTime": graph_time(account.created),
    }
    return json_reply(200, drive)


def _organization(world: World, call: Call, caller: Caller) -> Reply:
    if not caller.may(*access.ORGANIZATION):
        return denied(call)
    tenant = world.tenant

    def domain(name: str, initial: bool) -> dict[str, object]:
        kind = {"isDefault": not initial, "isInitial": initial, "name": name, "type": "Managed"}
        return {"capabilities": "Email, OfficeCommunicationsOnline", **kind}

    last = graph_time(tenant.now) if tenant.on_premises_sync else None
    known = {
        "id": tenant.id,
        "displayName": tenant.display_name,
        "verifiedDomains": [domain(tenant.initial_domain, True), domain(tenant.domain, False)],
        "onPremisesSyncEnabled": tenant.on_premises_sync,
        "onPremisesLastSyncDateTime": last,
        "preferredDataLocation": None,
        "countryLetterCode": "HR",
        "tenantType": "AAD",
    }
    names = [name for name in (call.parameter("$select") or "").split(",") if name]
    chosen = {name: known.get(name) for name in names} if names else known
    context = f"{call.base}/v1.0/$metadata#organization"
    return json_reply(200, {"@odata.context": context, "value": [chosen]})


def _root_site(world: World, call: Call, caller: Caller) -> Reply:
    if not caller.may(*access.SITES):
        return denied(call)
    host = world.sharepoint_host()
    site = {
        "@odata.context": f"{call.base}/v1.0/$metadata#sites/$entity",
        "id": f"{host},{uuid5(NAMESPACE_DNS, host)},{uuid5(NAMESPACE_DNS, 'web ' + host)}",
        "webUrl": f"https://{host}",
        "displayName": "Communication site",
        "root": {},
        "siteCollection": {"hostname": host},
    }
    return json_reply(200, site)


def _groups(world: World, call: Call, caller: Caller) -> Reply:
    if not caller.may(*access.GROUPS):
        return denied(call)
    text = call.parameter("$filter") or ""
    match = re.fullmatch(r"\s*mail\s+eq\s+'((?:[^']|'')*)'\s*", text, re.IGNORECASE)
    if text and not match:
        return graph_error(call, 400, "Request_UnsupportedQuery", "Unsupported filter on groups.")
    wanted = match.group(1).replace("''", "'").lower() if match else ""
    value = [
        {"id": g.id, "displayName": g.display_name, "mail": g.mail, "groupTypes": ["Unified"]}
        for g in world.tenant.groups
        if not match or g.mail.lower() == wanted
    ]
    return json_reply(200, {"@odata.context": f"{call.base}/v1.0/$metadata#groups", "value": value})


def _photo_policy(world: World, call: Call, caller: Caller) -> Reply:
    if not caller.may(*access.PEOPLE_SETTINGS) or world.tenant.policy_denied:
        return denied(call)
    policy = world.tenant.policy or PhotoPolicy()
    empty: object = {"list": [], "object": {}, "null": None}[policy.empty_shape]
    context = f"{call.base}/beta/$metadata#admin/people/photoUpdateSettings/$entity"
    roles = list(policy.allowed_roles) or empty
    return json_reply(200, {"@odata.context": context, "source": policy.source, "allowedRoles": roles})


def _service_root(world: World, call: Call, caller: Caller) -> Reply:
    del world, caller
    return text_reply(
        200, f'{{"@odata.context":"{call.base}/v1.0/$metadata","value":[]}}', "application/json"
    )


_V = r"/v1\.0"
_SIZE = r"/photos(?:/|\((?:'|%27))(?P<size>\d+x\d+)(?:(?:'|%27)\))?"


def _user_patterns(tail: str) -> tuple[str, str]:
    """`/users/{id}` or `/users('{id}')`, and `/me`."""
    named = _V + r"/users(?:/|\((?:'|%27))(?P<user>[^/()']+?)(?:(?:'|%27)\))?" + tail
    return named, _V + r"/(?P<user>me)" + tail


def _user_routes() -> tuple[Route, ...]:
    table = (
        (r"/photo", get_metadata, "photo"),
        ("", get_user, "user"),
        (r"/photo/(?:\$|%24)value", get_bytes, "photo_bytes"),
        (r"/photos", list_sizes, "photo_sizes"),
        (_SIZE, get_metadata, "photo"),
        (_SIZE + r"/(?:\$|%24)value", get_bytes, "photo_bytes"),
        (r"/mailboxSettings(?:/userPurpose)?", _mailbox_settings, "mailbox"),
        (r"/settings/exchange", _exchange_settings, "exchange_settings"),
        (r"/drive", _drive, "drive"),
    )
    return tuple(
        route("GET", pattern, handler, kind)
        for tail, handler, kind in table
        for pattern in _user_patterns(tail)
    )


_ROUTES = (
    route("GET", _V + r"/?", _service_root, "service_root"),
    route("GET", _V + r"/users/?", list_users, "users"),
    route("GET", _V + r"/users/(?:\$|%24)count", count_users, "users_count"),
    *_user_routes(),
    route("GET", _V + r"/organization", _organization, "organization"),
    route("GET", _V + r"/sites/root", _root_site, "root_site"),
    route("GET", _V + r"/groups", _groups, "groups"),
    route("GET", r"/beta/admin/people/photoUpdateSettings", _photo_policy, "photo_policy"),
)
