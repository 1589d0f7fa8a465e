"""Looking into an access token, for diagnosis only.

Access tokens are opaque by contract (https://learn.microsoft.com/entra/identity-platform/access-tokens), so
nothing here may fail, and nothing may be decided by it that a server has to decide.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from troubleshooter.transport.answer import Token


def read_claims(value: str) -> dict[str, Any]:
    """The claims of a JWT, unverified; {} for anything else."""
    pieces = value.split(".")
    if len(pieces) != 3:
        return {}
    try:
        raw = base64.urlsafe_b64decode(pieces[1] + "=" * (-len(pieces[1]) % 4))
        claims = json.loads(raw)
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def describe(value: str, *, app_only: bool, by_secret: bool, granted: str = "", fallback: str = "") -> Token:
    """A Token with what its claims tell; of an opaque one `granted` (OAuth scope) and `fallback` (a name)."""
    claims = read_claims(value)
    acr = claims.get("appidacr", claims.get("azpacr"))
    return Token(
        value=value,
        app_only=app_only,
        permissions=_permissions(claims, app_only) or (() if app_only else tuple(granted.split())),
        signed_in_as=_name(claims, app_only) or fallback,
        app_secret=app_only and (str(acr) == "1" if acr is not None else by_secret),
        tenant=tid.lower() if isinstance(tid := claims.get("tid"), str) else "",
    )


def _permissions(claims: Mapping[str, Any], app_only: bool) -> tuple[str, ...]:
    found = claims.get("roles" if app_only else "scp")
    if isinstance(found, str):
        return tuple(found.split())
    return tuple(item for item in found if isinstance(item, str)) if isinstance(found, list) else ()


def _name(claims: Mapping[str, Any], app_only: bool) -> str:
    names = ("app_displayname", "appid", "azp") if app_only else ("upn", "preferred_username", "unique_name")
    return next((claims[name] for name in names if isinstance(claims.get(name), str) and claims[name]), "")
