"""The sign-in service: discovery, device code, authorization code, secrets, certificates, refresh tokens.

Shapes: https://learn.microsoft.com/entra/identity-platform/v2-protocols ; errors:
https://learn.microsoft.com/entra/identity-platform/reference-error-codes
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import secrets
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from troubleshooter.sandbox.assertions import check_credential
from troubleshooter.sandbox.keys import key_set
from troubleshooter.sandbox.model import Client
from troubleshooter.sandbox.tokens import Refused, announced, app_token, resource_of, signed_in_answer
from troubleshooter.sandbox.wire import Call, Reply, find_route, json_reply, route, text_reply
from troubleshooter.sandbox.world import (
    GRAPH_HOST,
    LOGIN_HOST,
    CodeFlow,
    DeviceFlow,
    World,
)


def handle_login(world: World, call: Call) -> Reply:
    """Answer one request to the sign-in host."""
    found = find_route(_ROUTES, call.method, call.path)
    if found is None:
        return text_reply(404, "Not found")
    handler, groups = found[0].handler, found[1]
    world.kind = found[0].kind
    tenant = world.tenant
    named = groups.get("tenant", tenant.id).lower()
    known = (tenant.id, tenant.domain, tenant.initial_domain, "common", "organizations")
    try:
        if named not in known:
            message = (
                f"Tenant '{groups['tenant']}' not found. Check to make sure you have the correct tenant ID."
            )
            raise Refused("invalid_tenant", 90002, message)
        return handler(world, call, **{name: value for name, value in groups.items() if name != "tenant"})
    except Refused as refusal:
        return _oauth_error(refusal)


def _oauth_error(refusal: Refused) -> Reply:
    trace, correlation = str(uuid4()), str(uuid4())
    stamp = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    number = f"AADSTS{refusal.number}: "
    text = f"{number}{refusal.message} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {stamp}"
    return json_reply(
        refusal.status,
        {
            "error": refusal.error,
            "error_description": text,
            "error_codes": [refusal.number],
            "timestamp": stamp,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": f"https://{LOGIN_HOST}/error?code={refusal.number}",
        },
        "application/json; charset=utf-8",
    )


def _discovery(world: World, call: Call) -> Reply:
    elsewhere = world.tenant.cloud_instance
    base = f"https://login.{elsewhere}" if elsewhere else call.base
    base = f"{base}/{world.tenant.id}"
    return json_reply(
        200,
        {
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "end_session_endpoint": f"{base}/oauth2/v2.0/logout",
            "response_types_supported": ["code", "id_token", "code id_token"],
            "response_modes_supported": ["query", "fragment", "form_post"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            **_cloud_of(world),
        },
    )


def _cloud_of(world: World) -> dict[str, str | None]:
    """The cloud, in Microsoft's own members of the document; all of a tenant that is said to live elsewhere.

    https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc#fetch-the-openid-configuration-document
    """
    tenant = world.tenant
    away = bool(tenant.cloud_instance)
    sub_scope = {"tenant_region_sub_scope": tenant.region_sub_scope} if tenant.region_sub_scope else {}
    return {
        "tenant_region_scope": tenant.region_scope,
        **sub_scope,
        "cloud_instance_name": tenant.cloud_instance or LOGIN_HOST.partition(".")[2],
        "cloud_graph_host_name": "graph.windows.net" if away else GRAPH_HOST,
        "msgraph_host": tenant.msgraph_host if away else GRAPH_HOST,
        "rbac_url": "https://pas.windows.net",
    }


def _instances(world: World, call: Call) -> Reply:
    del world, call
    host = {"preferred_network": LOGIN_HOST, "preferred_cache": LOGIN_HOST, "aliases": [LOGIN_HOST]}
    endpoint = f"https://{LOGIN_HOST}/common/.well-known/openid-configuration"
    return json_reply(200, {"tenant_discovery_endpoint": endpoint, "metadata": [host]})


def _keys(world: World, call: Call) -> Reply:
    del world, call
    return json_reply(200, key_set())


def _client(world: World, client_id: str) -> Client:
    if not client_id:
        raise Refused("invalid_request", 900144, "The request body must contain the parameter: 'client_id'.")
    client = world.tenant.client(client_id)
    if client is None:
        message = (
            f"Application with identifier '{client_id}' was not found in the directory "
            f"'{world.tenant.display_name}'."
        )
        raise Refused("unauthorized_client", 700016, message)
    return client


def _token(world: World, call: Call) -> Reply:
    form = call.form()
    client = _client(world, form.get("client_id", "") or _assertion_subject(form))
    grant = form.get("grant_type", "")
    if grant == "client_credentials":
        return json_reply(200, _app_token(world, client, call, form))
    if form.get("client_secret") or form.get("client_assertion"):
        check_credential(client, form, _audiences(world, call), Refused)
    elif not client.public:
        message = (
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
        )
        raise Refused("invalid_client", 7000218, message, 401)
    if grant in ("urn:ietf:params:oauth:grant-type:device_code", "device_code"):
        device = _finish_device(world, client, form)
        scope, nonce, person = device.scope, "", device.person
    elif grant == "authorization_code":
        code = _finish_code(world, client, form)
        scope, nonce, person = code.scope, code.nonce, code.person
    elif grant == "refresh_token":
        session = world.refresh_tokens.get(form.get("refresh_token", ""))
        if session is None or session.client_id != client.id:
            raise Refused("invalid_grant", 700082, "The refresh token has expired due to inactivity.")
        scope, nonce, person = form.get("scope") or session.scope, "", session.person
    else:
        raise Refused(
            "unsupported_grant_type", 70003, f"The app requested an unsupported grant type '{grant}'."
        )
    wanted, fresh = form.get("claims", ""), grant != "refresh_token"
    return json_reply(200, signed_in_answer(world, client, scope, nonce, wanted, person, fresh=fresh))


def _assertion_subject(form: dict[str, str]) -> str:
    try:
        middle = form["client_assertion"].split(".")[1]
        return str(json.loads(base64.urlsafe_b64decode(middle + "=="))["sub"])
    except (KeyError, IndexError, ValueError):
        return ""


def _audiences(world: World, call: Call) -> list[str]:
    base = f"{call.base}/{world.tenant.id}"
    names = (world.tenant.domain, world.tenant.initial_domain, world.tenant.id)
    tokens = [f"{call.base}/{name}/oauth2/v2.0/token" for name in names]
    return [*tokens, f"{base}/v2.0", f"{base}/"]


def _app_token(world: World, client: Client, call: Call, form: dict[str, str]) -> dict[str, Any]:
    how = check_credential(client, form, _audiences(world, call), Refused)
    scope = form.get("scope", "")
    if not scope.endswith("/.default"):
        message = f"The provided request must include a valid scope: '{scope}'. Use a /.default suffix."
        raise Refused("invalid_scope", 1002012, message)
    resource, audience = resource_of(world, scope)
    return {
        "token_type": "Bearer",
        "expires_in": announced(world),
        "ext_expires_in": announced(world),
        "access_token": app_token(world, client, resource, audience, how, form.get("claims", "")),
    }


def _start_device(world: World, call: Call) -> Reply:
    form = call.form()
    client = _client(world, form.get("client_id", ""))
    resource_of(world, form.get("scope", ""))
    device, user_code = secrets.token_urlsafe(24), secrets.token_hex(4).upper()
    polls = world.tenant.device_polls
    world.devices[device] = DeviceFlow(client.id, form.get("scope", ""), user_code, polls)
    page = f"{call.base}/{world.tenant.id}/device"
    return json_reply(
        200,
        {
            "user_code": user_code,
            "device_code": device,
            "verification_uri": page,
            "expires_in": 900,
            # Nobody to wait for when approval is automatic; a person at a page needs a polite client.
            "interval": 0 if world.tenant.device_approval == "auto" else 1,
            "message": f"To sign in, open the page {page} in a web browser and enter the code {user_code}.",
        },
    )


def _finish_device(world: World, client: Client, form: dict[str, str]) -> DeviceFlow:
    code = form.get("device_code") or form.get("code", "")
    flow = world.devices.get(code)
    if flow is None or flow.client_id != client.id:
        raise Refused(
            "expired_token", 70020, "The provided value for the input parameter 'device_code' is not valid."
        )
    approval = world.tenant.device_approval
    if approval == "declined" or flow.decision == "decline":
        raise Refused("authorization_declined", 70018, "The end user declined the authorization request.")
    if flow.polls_left > 0 or (approval == "page" and not flow.decision):
        flow.polls_left -= 1
        raise Refused(
            "authorization_pending", 70016, "OAuth 2.0 device flow error. Authorization is pending."
        )
    del world.devices[code]
    flow.person = world.tenant.signed_in
    return flow


def _device_page(world: World, call: Call) -> Reply:
    form = call.form()
    done = ""
    for flow in world.devices.values():
        if call.method == "POST" and flow.user_code == form.get("code", "").strip().upper():
            flow.decision = "decline" if form.get("decision") == "decline" else "approve"
            done = f"<p>Done: {flow.decision}d.</p>"
    page = (
        f"<!doctype html><title>Sandbox sign-in</title><h1>Device sign-in</h1>{done}"
        "<form method=post><label>Code <input name=code></label>"
        "<button name=decision value=approve>Approve</button>"
        "<button name=decision value=decline>Decline</button></form>"
    )
    return text_reply(200, page, "text/html; charset=utf-8")


def _authorize(world: World, call: Call) -> Reply:
    asked = dict(call.parameters())
    client = _client(world, asked.get("client_id", ""))
    redirect = asked.get("redirect_uri", "")
    if not _REDIRECT.fullmatch(redirect):
        raise Refused(
            "invalid_request", 50011, f"The redirect URI '{redirect}' does not match the application's."
        )
    challenge = asked.get("code_challenge", "")
    if client.public and (not challenge or asked.get("code_challenge_method") != "S256"):
        message = "Proof Key for Code Exchange is required: the parameter 'code_challenge' with method S256."
        raise Refused("invalid_request", 9002325, message)
    code = secrets.token_urlsafe(24)
    hint = world.account(asked.get("login_hint", ""))
    person = hint.id if hint else world.tenant.signed_in
    flow = CodeFlow(client.id, asked.get("scope", ""), redirect, asked.get("nonce", ""), challenge, person)
    fields = {"code": code, "state": asked.get("state", "")}
    if world.tenant.device_approval == "declined":
        said = "AADSTS65004: User declined to consent to access the app."
        fields = {"error": "access_denied", "error_description": said, "state": fields["state"]}
    else:
        world.codes[code] = flow
    if asked.get("response_mode") != "form_post":
        query = "&".join(f"{name}={quote(value)}" for name, value in fields.items())
        return Reply(302, b"", {"Location": f"{redirect}?{query}"})
    inputs = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(value)}">' for name, value in fields.items()
    )
    page = (
        "<!doctype html><title>Working...</title>"
        f'<form method="POST" name="hiddenform" action="{html.escape(redirect)}">{inputs}'
        "<noscript><button>Continue</button></noscript></form><script>document.forms[0].submit();</script>"
    )
    return text_reply(200, page, "text/html; charset=utf-8")


def _finish_code(world: World, client: Client, form: dict[str, str]) -> CodeFlow:
    flow = world.codes.pop(form.get("code", ""), None)
    if flow is None or flow.client_id != client.id:
        raise Refused("invalid_grant", 54005, "OAuth2 Authorization code was already redeemed.")
    if form.get("redirect_uri") != flow.redirect_uri:
        message = "The reply address does not match the one of the authorization request."
        raise Refused("invalid_grant", 500112, message)
    if flow.challenge:
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != flow.challenge:
            message = (
                "The Code_Verifier does not match the code_challenge supplied in the authorization request."
            )
            raise Refused("invalid_grant", 501481, message)
    return flow


_REDIRECT = re.compile(r"http://(?:localhost|127\.0\.0\.1)(?::\d+)?/?")
_T = r"/(?P<tenant>[^/]+)"
_ROUTES = (
    route("GET", r"/common/discovery/instance", _instances, "sign_in"),
    route("GET", _T + r"(/v2\.0)?/\.well-known/openid-configuration", _discovery, "sign_in"),
    route("GET", _T + r"/discovery(/v2\.0)?/keys", _keys, "sign_in"),
    route("POST", _T + r"/oauth2(/v2\.0)?/token", _token, "sign_in"),
    route("POST", _T + r"/oauth2(/v2\.0)?/devicecode", _start_device, "sign_in"),
    route("GET", _T + r"/oauth2(/v2\.0)?/authorize", _authorize, "sign_in"),
    route("GET POST", _T + r"/device", _device_page, "sign_in"),
)
