"""Sign-in, with the real msal through a session that finds the hosts on loopback."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import msal
import pytest

from tests.conftest import SandboxFactory
from tests.sandbox.wire_client import ADMIN, GRAPH, LOGIN, session_for
from troubleshooter.sandbox.apps import (
    CONFIDENTIAL_CLIENT,
    DEMO_CLIENT,
    EXPIRED_CLIENT,
    NARROW_CLIENT,
    UNCONSENTED_CLIENT,
    demo_secret,
)
from troubleshooter.sandbox.casting import TENANT_ID
from troubleshooter.sandbox.model import TenantState
from troubleshooter.sandbox.server import Sandbox

GRAPH_SCOPE = [f"{GRAPH}/.default"]
SHAREPOINT_SCOPE = [f"{ADMIN}/.default"]


def app_of(sandbox: Sandbox, client_id: str, credential: Any, tenant: str = TENANT_ID) -> Any:
    kind = msal.ConfidentialClientApplication if credential else msal.PublicClientApplication
    extra = {"client_credential": credential, "azure_region": False} if credential else {}
    return kind(
        client_id,
        authority=f"{LOGIN}/{tenant}",
        http_client=session_for(sandbox),
        instance_discovery=False,
        **extra,
    )


def certificate_of(path: Path) -> dict[str, str]:
    text = path.read_text(encoding="utf-8")
    at = text.index("-----BEGIN CERTIFICATE-----")
    return {"private_key": text[:at], "public_certificate": text[at:]}


def claims(answer: dict[str, Any]) -> dict[str, Any]:
    assert "access_token" in answer, answer
    return jwt.decode(answer["access_token"], options={"verify_signature": False})


def test_a_secret_gives_an_app_only_token_that_tells_it_is_a_secret(sandbox: Sandbox) -> None:
    app = app_of(sandbox, DEMO_CLIENT, demo_secret(DEMO_CLIENT))
    found = claims(app.acquire_token_for_client(GRAPH_SCOPE))
    assert (found["aud"], found["tid"], found["appid"]) == (GRAPH, TENANT_ID, DEMO_CLIENT)
    assert (found["appidacr"], found["idtyp"]) == ("1", "app")
    assert "ProfilePhoto.Read.All" in found["roles"]
    assert "scp" not in found


def test_a_certificate_gives_a_sharepoint_token_with_sharepoint_roles(sandbox: Sandbox) -> None:
    app = app_of(sandbox, DEMO_CLIENT, certificate_of(sandbox.certificate_file(DEMO_CLIENT)))
    found = claims(app.acquire_token_for_client(SHAREPOINT_SCOPE))
    assert (found["aud"], found["appidacr"]) == (ADMIN, "2")
    assert found["roles"] == ["User.Read.All", "Sites.Read.All"]


def test_the_older_thumbprint_way_of_a_certificate_works_too(sandbox: Sandbox) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    parts = certificate_of(sandbox.certificate_file(DEMO_CLIENT))
    certificate = x509.load_pem_x509_certificate(parts["public_certificate"].encode())
    thumbprint = certificate.fingerprint(hashes.SHA1()).hex()
    credential = {"private_key": parts["private_key"], "thumbprint": thumbprint}
    app = app_of(sandbox, DEMO_CLIENT, credential)
    assert claims(app.acquire_token_for_client(GRAPH_SCOPE))["appidacr"] == "2"


def test_a_device_sign_in_waits_for_approval_and_gives_scopes(sandbox: Sandbox) -> None:
    app = app_of(sandbox, DEMO_CLIENT, None)
    flow = app.initiate_device_flow(["User.Read.All"])
    assert flow["user_code"] in flow["message"]
    answer = app.acquire_token_by_device_flow(flow)
    found = claims(answer)
    assert "ProfilePhoto.Read.All" in found["scp"].split()
    assert found["upn"] == "petra.horvat@contoso.example"
    assert answer["id_token_claims"]["preferred_username"] == "petra.horvat@contoso.example"
    polls = [r for r in sandbox.requests if r.path.endswith("/token") and r.status == 400]
    assert polls, "the first poll is answered with authorization_pending"


def test_one_refresh_token_serves_graph_and_sharepoint(sandbox: Sandbox) -> None:
    app = app_of(sandbox, DEMO_CLIENT, None)
    app.acquire_token_by_device_flow(app.initiate_device_flow(["User.Read.All"]))
    (account,) = app.get_accounts()
    found = claims(app.acquire_token_silent(SHAREPOINT_SCOPE, account))
    assert (found["aud"], found["scp"]) == (ADMIN, "AllSites.Read User.Read.All")


def test_the_browser_flow_posts_the_code_and_keeps_the_nonce(sandbox: Sandbox) -> None:
    app = app_of(sandbox, DEMO_CLIENT, None)
    flow = app.initiate_auth_code_flow(
        ["User.Read.All"], redirect_uri="http://localhost:12345", response_mode="form_post"
    )
    page = session_for(sandbox).get(flow["auth_uri"]).text
    assert 'action="http://localhost:12345"' in page
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
    found = claims(app.acquire_token_by_auth_code_flow(flow, fields))
    assert found["upn"] == "petra.horvat@contoso.example"


def test_a_code_with_the_wrong_verifier_is_refused(sandbox: Sandbox) -> None:
    app = app_of(sandbox, DEMO_CLIENT, None)
    flow = app.initiate_auth_code_flow(
        ["User.Read.All"], redirect_uri="http://localhost:1", response_mode="form_post"
    )
    page = session_for(sandbox).get(flow["auth_uri"]).text
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page))
    answer = app.acquire_token_by_auth_code_flow({**flow, "code_verifier": "x" * 43}, fields)
    assert answer["error_codes"] == [501481]


def test_a_declined_device_sign_in_says_so(tenant: TenantState, make_sandbox: SandboxFactory) -> None:
    sandbox = make_sandbox(replace(tenant, device_approval="declined"))
    app = app_of(sandbox, DEMO_CLIENT, None)
    answer = app.acquire_token_by_device_flow(app.initiate_device_flow(["User.Read"]))
    assert answer["error"] == "authorization_declined"


def test_the_page_approves_a_device_sign_in(tenant: TenantState, make_sandbox: SandboxFactory) -> None:
    sandbox = make_sandbox(replace(tenant, device_approval="page", device_polls=0))
    app = app_of(sandbox, DEMO_CLIENT, None)
    flow = app.initiate_device_flow(["User.Read"])
    pending = app.acquire_token_by_device_flow(flow, exit_condition=lambda _flow: True)
    assert pending["error"] == "authorization_pending"
    form = {"code": flow["user_code"], "decision": "approve"}
    assert "approved" in session_for(sandbox).post(flow["verification_uri"], data=form).text
    assert "access_token" in app.acquire_token_by_device_flow(flow)


REFUSALS = [
    pytest.param(DEMO_CLIENT, "wrong", GRAPH_SCOPE, "invalid_client", 7000215, id="wrong secret"),
    pytest.param(
        EXPIRED_CLIENT,
        demo_secret(EXPIRED_CLIENT),
        GRAPH_SCOPE,
        "invalid_client",
        7000222,
        id="expired secret",
    ),
    pytest.param(
        "99999999-0000-4000-8000-000000000009",
        "x",
        GRAPH_SCOPE,
        "unauthorized_client",
        700016,
        id="unknown app",
    ),
    pytest.param(
        DEMO_CLIENT,
        demo_secret(DEMO_CLIENT),
        ["https://fabrikam.sharepoint.sandbox.example/.default"],
        "invalid_resource",
        500011,
        id="unknown resource",
    ),
]


@pytest.mark.parametrize(("client_id", "secret", "scope", "error", "number"), REFUSALS)
def test_a_refusal_has_entras_shape_and_number(
    sandbox: Sandbox, client_id: str, secret: str, scope: list[str], error: str, number: int
) -> None:
    answer = app_of(sandbox, client_id, secret).acquire_token_for_client(scope)
    assert (answer["error"], answer["error_codes"]) == (error, [number])
    assert answer["error_description"].startswith(f"AADSTS{number}: ")
    assert {"trace_id", "correlation_id", "timestamp"} <= answer.keys()


def test_the_certificate_of_another_app_is_refused(sandbox: Sandbox) -> None:
    other = certificate_of(sandbox.certificate_file(NARROW_CLIENT))
    answer = app_of(sandbox, DEMO_CLIENT, other).acquire_token_for_client(GRAPH_SCOPE)
    assert answer["error_codes"] == [700027]


def test_missing_consent_is_told_after_the_sign_in(sandbox: Sandbox) -> None:
    app = app_of(sandbox, UNCONSENTED_CLIENT, None)
    answer = app.acquire_token_by_device_flow(app.initiate_device_flow(["User.Read.All"]))
    assert answer["error_codes"] == [65001]


def test_an_app_that_is_not_public_cannot_use_device_code(sandbox: Sandbox) -> None:
    app = app_of(sandbox, CONFIDENTIAL_CLIENT, None)
    answer = app.acquire_token_by_device_flow(app.initiate_device_flow(["User.Read"]))
    assert (answer["error"], answer["error_codes"]) == ("invalid_client", [7000218])


def test_an_unknown_tenant_is_told_at_discovery(sandbox: Sandbox) -> None:
    url = f"{LOGIN}/nobody.example/v2.0/.well-known/openid-configuration"
    answer = session_for(sandbox).get(url)
    assert answer.status_code == 400
    assert answer.json()["error_codes"] == [90002]


def test_the_tenant_may_be_named_by_its_domain(sandbox: Sandbox) -> None:
    app = app_of(sandbox, DEMO_CLIENT, demo_secret(DEMO_CLIENT), tenant="contoso.example")
    assert claims(app.acquire_token_for_client(GRAPH_SCOPE))["tid"] == TENANT_ID
