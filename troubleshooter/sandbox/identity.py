"""Managed identity: the endpoints that a virtual machine and an app service find on their own machine.

https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token and
https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
"""

from __future__ import annotations

import time

from troubleshooter.sandbox.model import Client
from troubleshooter.sandbox.tokens import Refused, announced, app_token, resource_of
from troubleshooter.sandbox.wire import Call, Reply, json_reply
from troubleshooter.sandbox.world import World

MACHINE_PATH = "/metadata/identity/oauth2/token"
APP_SERVICE_PATH = "/msi/token"
IDENTITY_HEADER = "sandbox-identity-header"
BY_CERTIFICATE = "2"


def handle_identity(world: World, call: Call) -> Reply:
    """A token for an identity of this machine, in the shape of the endpoint that was asked."""
    world.kind = "sign_in"
    service = call.path.lower() == APP_SERVICE_PATH
    if service and call.headers.get("x-identity-header") != IDENTITY_HEADER:
        return json_reply(401, {"statusCode": 401, "message": "X-IDENTITY-HEADER is missing or wrong."})
    if call.headers.get("metadata", "").lower() != "true":
        return _error("invalid_request", "Required metadata header not specified")
    client = _identity(world, call.parameter("client_id") or "")
    if client is None:
        return _error("invalid_request", "Identity not found")
    try:
        resource, audience = resource_of(world, f"{(call.parameter('resource') or '').rstrip('/')}/.default")
    except Refused as refusal:
        return _error(refusal.error, f"AADSTS{refusal.number}: {refusal.message}")
    answer = {
        "access_token": app_token(world, client, resource, audience, BY_CERTIFICATE, fresh=True),
        "client_id": client.id,
        "resource": audience,
        "token_type": "Bearer",
        "expires_on": str(int(time.time()) + announced(world)),
    }
    return json_reply(200, answer if service else {**answer, "expires_in": str(announced(world))})


def is_identity_path(path: str) -> bool:
    """Whether a path on loopback is one of these endpoints."""
    return path.lower() in (MACHINE_PATH, APP_SERVICE_PATH)


def _identity(world: World, client_id: str) -> Client | None:
    kind = "user" if client_id else "system"
    found = (client for client in world.tenant.clients if client.managed == kind)
    return next((client for client in found if not client_id or client.id == client_id.lower()), None)


def _error(error: str, description: str) -> Reply:
    return json_reply(400, {"error": error, "error_description": description})
