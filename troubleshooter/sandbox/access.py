"""Who may call what: tokens are checked for audience, lifetime and the permission each call needs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from troubleshooter.sandbox.casting import SUFFIX
from troubleshooter.sandbox.challenges import SERIAL, challenge, revoked
from troubleshooter.sandbox.faults import inner_error
from troubleshooter.sandbox.keys import read_token
from troubleshooter.sandbox.wire import Call, Reply, json_reply, text_reply
from troubleshooter.sandbox.world import EXCHANGE_HOST, GRAPH_HOST, World

_SHAREPOINT_PRINCIPAL = "00000003-0000-0ff1-ce00-000000000000"


@dataclass(frozen=True, slots=True)
class Caller:
    """The bearer of a good token."""

    client_id: str
    app_only: bool
    permissions: frozenset[str]
    person_id: str = ""
    by_secret: bool = False

    def may(self, *sufficient: str) -> bool:
        """One of these permissions is enough."""
        return not self.permissions.isdisjoint(sufficient)


# Each call's permissions, least first; any one is enough.
USERS = ("User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All")
PHOTOS = (
    "ProfilePhoto.Read.All",
    "ProfilePhoto.ReadWrite.All",
    "User.Read.All",
    "User.ReadWrite.All",
    "User.ReadBasic.All",
)
MAILBOX = ("MailboxSettings.Read", "MailboxSettings.ReadWrite")
PEOPLE_SETTINGS = ("PeopleSettings.Read.All", "PeopleSettings.ReadWrite.All")
DRIVES = ("Files.Read.All", "Files.ReadWrite.All", "Sites.Read.All", "Sites.ReadWrite.All")
ORGANIZATION = (
    "Organization.Read.All",
    "Directory.Read.All",
    "Organization.ReadWrite.All",
    "User.Read",
    *USERS,
)
SITES = ("Sites.Read.All", "Sites.ReadWrite.All", "Sites.Manage.All", "Sites.FullControl.All")
GROUPS = ("GroupMember.Read.All", "Group.Read.All", "Directory.Read.All", "Group.ReadWrite.All")

SP_PROFILES = ("User.Read.All", "User.ReadWrite.All")
SP_SITES_APP = ("Sites.Read.All", "Sites.ReadWrite.All", "Sites.Manage.All", "Sites.FullControl.All")
SP_SITES_USER = ("AllSites.Read", "AllSites.Write", "AllSites.Manage", "AllSites.FullControl")


def claims_of(call: Call) -> Mapping[str, Any] | None:
    """Claims of the bearer token; None when there is none or the sandbox did not sign it."""
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    return read_token(token.strip()) if scheme.lower() == "bearer" and token.strip() else None


def _expired(world: World, call: Call, claims: Mapping[str, Any]) -> bool:
    """Out of date. A request counts once against a token's uses, whatever is in its batch."""
    worn_out = world.worn_out(int(claims.get(SERIAL, 0)), use=not call.batched)
    return worn_out or float(claims.get("exp", 0)) <= time.time()


def _caller(claims: Mapping[str, Any]) -> Caller:
    app_only = claims.get("idtyp") == "app"
    granted = claims.get("roles", ()) if app_only else str(claims.get("scp", "")).split()
    return Caller(
        str(claims.get("appid", "")),
        app_only,
        frozenset(granted),
        str(claims.get("oid", "")),
        app_only and claims.get("appidacr") == "1",
    )


def graph_error(call: Call, status: int, code: str, message: str) -> Reply:
    """An error in Graph's shape."""
    inner = inner_error(call.headers.get("client-request-id", ""))
    return json_reply(status, {"error": {"code": code, "message": message, "innerError": inner}})


def graph_caller(world: World, call: Call) -> Caller | Reply:
    """The bearer, or Graph's 401."""
    claims = claims_of(call)
    if not call.headers.get("authorization", "").partition(" ")[2].strip():
        problem = "Access token is empty."
    elif claims is None:
        problem = "IDX14100: JWT is not well formed, there are no dots (.)."
    elif claims.get("tid") != world.tenant.id or claims.get("aud") != f"https://{GRAPH_HOST}":
        problem = "Access token validation failure. Invalid audience."
    elif _expired(world, call, claims):
        problem = "Lifetime validation failed, the token is expired."
    elif revoked(world, claims):
        problem = "Continuous access evaluation resulted in challenge with result: InteractionRequired."
    else:
        return _caller(claims)
    reply = graph_error(call, 401, "InvalidAuthenticationToken", problem)
    return reply.with_headers(WWW_Authenticate=challenge(world, claims or {}))


def denied(call: Call) -> Reply:
    """Graph's 403 for a missing permission."""
    return graph_error(
        call, 403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation."
    )


def realm_challenge(world: World) -> str:
    """SharePoint's WWW-Authenticate, which tells the tenant id to anybody."""
    issuers = f"00000001-0000-0000-c000-000000000000@*,https://sts.windows.net/*/,{_SHAREPOINT_PRINCIPAL}"
    return f'Bearer realm="{world.tenant.id}",client_id="{_SHAREPOINT_PRINCIPAL}",trusted_issuers="{issuers}"'


def _sharepoint_401(world: World, reason: str, number: str, body: Reply) -> Reply:
    return body.with_headers(
        WWW_Authenticate=realm_challenge(world),
        x_ms_diagnostics=f'{number};reason="{reason}";category="invalid_client"',
    )


def sharepoint_caller(world: World, call: Call) -> Caller | Reply:
    """The bearer, or SharePoint's 401."""
    claims = claims_of(call)
    if claims is None:
        body = text_reply(401, "401 UNAUTHORIZED")
        return _sharepoint_401(world, "Token contains invalid signature or is missing.", "3000003", body)
    audience = str(claims.get("aud", ""))
    wanted = (
        audience.endswith(f".{SUFFIX}") and audience.startswith(f"https://{world.tenant.sharepoint_name}")
    ) or audience.startswith(f"{_SHAREPOINT_PRINCIPAL}/")
    if claims.get("tid") != world.tenant.id or not wanted:
        message = f"Invalid JWT token. The audience '{audience}' is not the one of this host."
        body = json_reply(401, {"error_description": message})
        return _sharepoint_401(world, "Invalid audience Uri.", "3000003", body)
    if _expired(world, call, claims):
        body = json_reply(401, {"error_description": "Invalid JWT token. The token is expired."})
        return _sharepoint_401(world, "The token is expired.", "3000003", body)
    if revoked(world, claims):
        body = json_reply(401, {"error_description": "The session was revoked."})
        return body.with_headers(WWW_Authenticate=challenge(world, claims))
    caller = _caller(claims)
    if caller.by_secret:
        body = text_reply(401, "Unsupported app only token.")
        return _sharepoint_401(world, "Unsupported app only token.", "3001000", body)
    return caller


def may_read_sites(caller: Caller) -> bool:
    """Library, files and pages."""
    return caller.may(*(SP_SITES_APP if caller.app_only else SP_SITES_USER))


def may_read_profiles(caller: Caller) -> bool:
    """PeopleManager. Graph's permission of the same name does not count: the token has another audience."""
    return caller.may(*SP_PROFILES) and (caller.app_only or caller.may(*SP_SITES_USER))


def may_search(caller: Caller) -> bool:
    """People search."""
    return caller.may(*(SP_SITES_APP if caller.app_only else (*SP_SITES_USER, "Sites.Search.All")))


def exchange_claims_ok(world: World, claims: Mapping[str, Any] | None) -> bool:
    """A living token for Exchange Online."""
    return (
        claims is not None
        and claims.get("tid") == world.tenant.id
        and claims.get("aud") == f"https://{EXCHANGE_HOST}"
        and float(claims.get("exp", 0)) > time.time()
    )
