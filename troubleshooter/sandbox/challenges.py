"""Continuous access evaluation: revoked sessions, the challenge they are met with, the token it asks for.

https://learn.microsoft.com/entra/identity-platform/claims-challenge
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from troubleshooter.sandbox.world import LOGIN_HOST, World

MEETS = "sandbox_meets"
"""A claim of our own: up to which revocation a token is good. Real tokens say it by `nbf`, in whole seconds,
which is too coarse for a test."""


SERIAL = "sandbox_serial"
"""A claim of our own: the number of the token, so that two made in the same second are not the same text."""


def claims_granted(wanted: str) -> dict[str, Any]:
    """What the `claims` parameter of a token request adds to the token; nothing for nonsense."""
    try:
        asked = json.loads(wanted)["access_token"] if wanted else {}
        capabilities = asked.get("xms_cc", {}).get("values", [])
        meets = int(asked.get("nbf", {}).get("value", 0))
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
    return {"xms_cc": capabilities, MEETS: meets}


def revoked(world: World, claims: Mapping[str, Any]) -> bool:
    """Whether the token was made before sessions were revoked."""
    return int(claims.get(MEETS, 0)) < world.revoked_at


def challenge(world: World, claims: Mapping[str, Any]) -> str:
    """WWW-Authenticate for a revoked token; the claims only for clients that said they understand them."""
    plain = f'Bearer realm="", authorization_uri="https://{LOGIN_HOST}/common/oauth2/authorize"'
    if "CP1" not in claims.get("xms_cc", ()):
        return plain
    wanted = {"access_token": {"nbf": {"essential": True, "value": str(world.revoked_at)}}}
    encoded = base64.b64encode(json.dumps(wanted).encode()).decode()
    return f'{plain}, error="insufficient_claims", claims="{encoded}"'
