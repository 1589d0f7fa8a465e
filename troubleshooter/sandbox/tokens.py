"""Tokens of the sandbox: which resource they are for, and what they claim.

Claims: https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference
"""

from __future__ import annotations

import base64
import json
import secrets
import time
from typing import Any

from troubleshooter.sandbox.casting import SUFFIX
from troubleshooter.sandbox.challenges import MEETS, SERIAL, claims_granted
from troubleshooter.sandbox.keys import sign
from troubleshooter.sandbox.model import EXCHANGE, GRAPH, SHAREPOINT, Client
from troubleshooter.sandbox.world import EXCHANGE_HOST, GRAPH_HOST, LOGIN_HOST, Session, World

_RESERVED = {"openid", "profile", "offline_access", "email"}
_GRAPH_APP = "00000003-0000-0000-c000-000000000000"
_SHAREPOINT_APP = "00000003-0000-0ff1-ce00-000000000000"


class Refused(Exception):
    """An OAuth error to send."""

    def __init__(self, error: str, number: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.error, self.number, self.message, self.status = error, number, message, status


def announced(world: World) -> int:
    """The lifetime that the sign-in tells a client, in seconds."""
    told = world.tenant.announced_seconds
    return world.tenant.token_seconds - 1 if told is None else told


def resource_of(world: World, scope: str) -> tuple[str, str]:
    """The one resource a scope text asks for: its kind (graph, sharepoint, exchange) and its audience."""
    wanted = [part for part in scope.split() if part not in _RESERVED]
    found: set[tuple[str, str]] = set()
    for part in wanted:
        prefix, slash, _ = part.rpartition("/")
        found.add(_known_resource(world, prefix.rstrip("/") if slash else f"https://{GRAPH_HOST}"))
    if len(found) > 1:
        raise Refused("invalid_request", 28000, "Provided value for the input parameter scope is not valid "
                      "because it contains more than one resource.")  # fmt: skip
    return found.pop() if found else (GRAPH, f"https://{GRAPH_HOST}")


def _known_resource(world: World, name: str) -> tuple[str, str]:
    lowered = name.lower()
    if lowered in (f"https://{GRAPH_HOST}", _GRAPH_APP):
        return GRAPH, f"https://{GRAPH_HOST}"
    if lowered == f"https://{EXCHANGE_HOST}":
        return EXCHANGE, lowered
    prefix = f"https://{world.tenant.sharepoint_name}"
    if lowered.endswith(f".{SUFFIX}") and lowered.startswith(prefix):
        return SHAREPOINT, lowered
    if lowered == _SHAREPOINT_APP:
        return SHAREPOINT, f"https://{world.sharepoint_host()}"
    message = (
        f"The resource principal named {name} was not found in the tenant named {world.tenant.display_name}. "
        "This can happen if the application has not been installed by the administrator of the tenant."
    )
    raise Refused("invalid_resource", 500011, message)


def app_token(
    world: World,
    client: Client,
    resource: str,
    audience: str,
    appidacr: str,
    wanted: str = "",
    *,
    fresh: bool = False,
) -> str:
    """An app-only access token; `appidacr` is 1 for a secret and 2 for a certificate.

    `wanted` is the `claims` parameter of the request; `fresh` is good whatever was revoked before.
    """
    claims = _claims(world, client, audience, appidacr, wanted, fresh=fresh)
    return sign({**claims, "idtyp": "app", "roles": list(client.roles.get(resource, ()))})


def user_token(
    world: World,
    client: Client,
    resource: str,
    audience: str,
    wanted: str = "",
    person: str = "",
    *,
    fresh: bool = False,
) -> str:
    """A delegated access token for a person; '' is the tenant's signed-in one. `fresh` as in `app_token`."""
    account = world.account(person or world.tenant.signed_in)
    who = {"upn": account.upn, "oid": account.id, "name": account.display_name} if account else {}
    scopes = " ".join(client.scopes.get(resource, ()))
    claims = _claims(world, client, audience, "0", wanted, fresh=fresh)
    return sign({**claims, **who, "idtyp": "user", "scp": scopes})


def _claims(
    world: World, client: Client, audience: str, appidacr: str, wanted: str, *, fresh: bool
) -> dict[str, Any]:
    now = int(time.time())
    return {
        "aud": audience,
        "iss": f"https://{LOGIN_HOST}/{world.tenant.id}/v2.0",
        "iat": now,
        "nbf": now,
        "exp": now + world.tenant.token_seconds,
        "tid": world.tenant.id,
        "appid": client.id,
        "app_displayname": client.name,
        "appidacr": appidacr,
        "ver": "1.0",
        SERIAL: world.next_serial(),
        **claims_granted(wanted),
        **({MEETS: world.revoked_at} if fresh else {}),
    }


def signed_in_answer(
    world: World,
    client: Client,
    scope: str,
    nonce: str,
    wanted: str = "",
    person: str = "",
    *,
    fresh: bool = False,
) -> dict[str, Any]:
    """What the token endpoint answers after a person signed in; Refused without consent."""
    who = person or world.tenant.signed_in
    if not client.consented:
        message = f"The user or administrator has not consented to use the application with ID '{client.id}'."
        raise Refused("invalid_grant", 65001, message)
    resource, audience = resource_of(world, scope)
    account = world.account(who)
    subject = account.id if account else world.tenant.id
    refresh = secrets.token_urlsafe(24)
    world.refresh_tokens[refresh] = Session(client.id, scope, who)
    identity = {
        "aud": client.id,
        "iss": f"https://{LOGIN_HOST}/{world.tenant.id}/v2.0",
        "iat": int(time.time()),
        "exp": int(time.time()) + announced(world),
        "oid": subject,
        "sub": subject,
        "tid": world.tenant.id,
        "preferred_username": account.upn if account else "",
        "name": account.display_name if account else "",
        **({"nonce": nonce} if nonce else {}),
    }
    info = json.dumps({"uid": subject, "utid": world.tenant.id}).encode()
    granted = client.scopes.get(resource, ())
    named = [s if resource == GRAPH else f"{audience}/{s}" for s in granted]
    return {
        "token_type": "Bearer",
        "scope": " ".join([*named, "openid", "profile", "offline_access"]),
        "expires_in": announced(world),
        "ext_expires_in": announced(world),
        "access_token": user_token(world, client, resource, audience, wanted, who, fresh=fresh),
        "refresh_token": refresh,
        "id_token": sign(identity),
        "client_info": base64.urlsafe_b64encode(info).rstrip(b"=").decode(),
    }
