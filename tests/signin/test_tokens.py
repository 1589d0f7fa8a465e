"""Signing in with the real msal over TLS."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import jwt as pyjwt
import pytest
import requests

from tests.signin.certificates import certificate, certificate_pem, key_pem, rsa_key
from tests.signin.conftest import Signer
from tests.signin.entra import BASE, CLIENT, TENANT, Entra, jwt, refusal
from tests.transport.tls_server import Asked, Reply, TlsServer
from troubleshooter.errors import RunFailed, UsageError
from troubleshooter.signin.credentials import SignIn
from troubleshooter.signin.errors import (
    CredentialRejected,
    InteractionNeeded,
    SharePointSecretRefused,
    SignInEnded,
    SignInError,
    SignInUnreachable,
    TenantUnknown,
)
from troubleshooter.signin.tokens import MsalTokens, SettingsError
from troubleshooter.transport.session import build_session

GRAPH = "https://graph.test"
ADMIN = "https://contoso-admin.sharepoint.test"


def _shown() -> tuple[list[Mapping[str, Any]], Any]:
    messages: list[Mapping[str, Any]] = []
    return messages, messages.append


def test_a_secret_gives_an_app_only_token_with_its_roles(signer: Signer, entra: Entra) -> None:
    entra.claims = {"roles": ["User.Read.All"], "appid": CLIENT, "appidacr": "1", "app_displayname": "Photo"}
    token = signer().token(GRAPH)
    assert (token.app_only, token.permissions, token.signed_in_as) == (True, ("User.Read.All",), "Photo")
    assert token.app_secret
    form = entra.forms[0]
    assert form["scope"] == "https://graph.test/.default"
    assert form["client_secret"] == "very-secret-value"


def test_only_the_clouds_own_sign_in_host_is_asked(signer: Signer, entra: Entra) -> None:
    signer().token(GRAPH)
    assert entra.urls == [f"{BASE}/v2.0/.well-known/openid-configuration", f"{BASE}/oauth2/v2.0/token"]


def test_the_environment_cannot_choose_another_region(
    signer: Signer, entra: Entra, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MSAL_FORCE_REGION", "westeurope")
    signer().token(GRAPH)
    assert all(url.startswith("https://login.test/") for url in entra.urls)


def test_a_token_is_kept_and_another_resource_gets_its_own(signer: Signer, entra: Entra) -> None:
    tokens = signer()
    assert tokens.token(GRAPH) is tokens.token(GRAPH)
    tokens.token("https://exchange.test")
    assert [form["scope"] for form in entra.forms] == [f"{GRAPH}/.default", "https://exchange.test/.default"]


def test_a_token_near_its_end_is_replaced(signer: Signer, entra: Entra) -> None:
    entra.lifetime = 200
    now = [1_000_000.0]
    tokens = signer(clock=lambda: now[0])
    first = tokens.token(GRAPH)
    now[0] += 99
    assert tokens.token(GRAPH) is first
    now[0] += 2
    assert tokens.token(GRAPH).value != first.value


def test_renewing_asks_for_a_new_token(signer: Signer, entra: Entra) -> None:
    tokens = signer()
    assert tokens.token(GRAPH).value != tokens.token(GRAPH, renew=True).value
    assert len(entra.forms) == 2


def test_a_claims_challenge_reaches_entra_beside_our_capability(signer: Signer, entra: Entra) -> None:
    tokens = signer()
    first = tokens.token(GRAPH)
    second = tokens.token(GRAPH, claims='{"access_token":{"nbf":{"essential":true,"value":"17"}}}')
    assert first.value != second.value
    sent = json.loads(entra.forms[1]["claims"])["access_token"]
    assert sent["nbf"] == {"essential": True, "value": "17"}
    assert sent["xms_cc"] == {"values": ["CP1"]}


def test_a_certificate_signs_with_ps256_and_shows_itself(
    signer: Signer, entra: Entra, tmp_path: Path
) -> None:
    entra.claims = {"roles": [], "appidacr": "2"}
    key, made = rsa_key(), certificate(rsa_key())
    path = tmp_path / "sign-in.pem"
    path.write_bytes(key_pem(key) + certificate_pem(made))
    token = signer("certificate", certificate=path).token(ADMIN)
    assert token.app_only
    assert not token.app_secret
    assertion = entra.forms[0]["client_assertion"]
    header = pyjwt.get_unverified_header(assertion)
    assert header["alg"] == "PS256"
    assert "x5t#S256" in header
    assert len(header["x5c"]) == 1
    claims = pyjwt.decode(assertion, key.public_key(), ["PS256"], audience=f"{BASE}/oauth2/v2.0/token")
    assert claims["iss"] == CLIENT


def test_sharepoint_by_secret_is_refused_before_any_request(signer: Signer, server: TlsServer) -> None:
    with pytest.raises(SharePointSecretRefused) as caught:
        signer().token(ADMIN)
    assert "only with a certificate" in caught.value.what
    assert "--auth certificate" in caught.value.remedy
    assert not server.asked


def test_a_device_code_is_shown_without_its_secret_half(signer: Signer, entra: Entra) -> None:
    messages, show = _shown()
    entra.claims = {"scp": "User.Read ProfilePhoto.Read.All", "upn": "megan@contoso.test"}
    entra.errors = [refusal("authorization_pending"), refusal("authorization_pending")]
    token = signer("device", on_device_code=show).token(GRAPH)
    assert (token.app_only, token.signed_in_as) == (False, "megan@contoso.test")
    assert token.permissions == ("User.Read", "ProfilePhoto.Read.All")
    assert messages == [
        {
            "user_code": "ABCD-1234",
            "verification_uri": "https://login.test/device",
            "expires_in": 900,
            "message": "Open https://login.test/device and enter ABCD-1234.",
        }
    ]


def test_one_device_sign_in_serves_graph_and_sharepoint(signer: Signer, entra: Entra) -> None:
    messages, show = _shown()
    tokens = signer("device", on_device_code=show)
    tokens.token(GRAPH)
    tokens.token(ADMIN)
    tokens.token(GRAPH, renew=True)
    assert len(messages) == 1
    assert [form["grant_type"].rpartition(":")[2] for form in entra.forms] == [
        "device_code",
        "refresh_token",
        "refresh_token",
    ]
    assert entra.forms[1]["refresh_token"] == "refresh-1"
    assert entra.forms[1]["scope"].startswith(f"{ADMIN}/.default")


def test_an_opaque_token_is_as_good_as_any(signer: Signer, entra: Entra) -> None:
    entra.opaque = "EwCAA8l6BAAU"
    token = signer("device", on_device_code=_shown()[1]).token(GRAPH)
    assert token.value == "EwCAA8l6BAAU"
    assert token.permissions == ("User.Read", "ProfilePhoto.Read.All")
    assert token.signed_in_as == "megan@contoso.test"
    assert signer().token(GRAPH).signed_in_as == CLIENT


@pytest.mark.parametrize("value", ["a.b.c", "a.!!.c", "..", jwt(scp=5, upn=["x"], roles={"a": 1}), "e.W10.s"])
def test_a_token_with_strange_claims_breaks_nothing(signer: Signer, entra: Entra, value: str) -> None:
    entra.opaque = value
    token = signer().token(GRAPH)
    assert (token.value, token.permissions, token.signed_in_as) == (value, (), CLIENT)


def test_a_declined_device_code_ends_the_sign_in(signer: Signer, entra: Entra) -> None:
    entra.errors = [refusal("authorization_declined", 70018)]
    with pytest.raises(SignInEnded, match="declined"):
        signer("device", on_device_code=_shown()[1]).token(GRAPH)


def test_a_refresh_that_is_refused_asks_for_a_new_sign_in(signer: Signer, entra: Entra) -> None:
    tokens = signer("device", on_device_code=_shown()[1])
    tokens.token(GRAPH)
    entra.errors = [refusal("invalid_grant", 700082)]
    with pytest.raises(InteractionNeeded, match="Sign in again"):
        tokens.token(ADMIN)


def test_nobody_to_show_the_code_to_is_a_wrong_usage(signer: Signer) -> None:
    with pytest.raises(SettingsError, match="device code"):
        signer("device").token(GRAPH)


def test_an_expired_secret_is_named_with_the_ids_support_asks_for(signer: Signer, entra: Entra) -> None:
    entra.errors = [refusal("invalid_client", 7000222, "The provided client secret keys are expired.")]
    with pytest.raises(CredentialRejected) as caught:
        signer().token(GRAPH)
    problem = caught.value
    assert str(problem).startswith(f"The client secret of application {CLIENT} has expired. Make a new")
    assert problem.actor == "admin"
    assert problem.trail == {
        "code": "AADSTS7000222",
        "correlation_id": "c-1",
        "trace_id": "t-1",
        "timestamp": "2026-11-22 10:00:00Z",
    }
    assert "keys are expired" in problem.raw
    assert "keys are expired" not in str(problem)


def test_a_server_that_repeats_our_secret_does_not_get_it_printed(signer: Signer, entra: Entra) -> None:
    entra.errors = [refusal("invalid_client", 7000215, "Bad: very-secret-value.")]
    with pytest.raises(SignInError) as caught:
        signer().token(GRAPH)
    problem = caught.value
    assert "Bad: ***." in problem.raw
    for said in (str(problem), problem.raw, repr(problem.values), repr(problem.trail)):
        assert "very-secret-value" not in said


def test_nothing_secret_is_logged_at_any_level(
    signer: Signer, entra: Entra, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    tokens = signer("device", on_device_code=_shown()[1])
    value = tokens.token(GRAPH).value
    signer().token(GRAPH)
    for hidden in (value, "very-secret-value", "refresh-1", "the-device-code"):
        assert hidden not in caplog.text
    assert "very-secret-value" not in repr(signer())


def test_an_unknown_tenant_is_named_with_its_cloud(signer: Signer, entra: Entra) -> None:
    entra.discovery = Reply.of(refusal("invalid_tenant", 90002, "Tenant not found."), 400)
    with pytest.raises(TenantUnknown, match=rf"no tenant {TENANT} in cloud test.*--cloud") as caught:
        signer().token(GRAPH)
    assert caught.value.trail["correlation_id"] == "c-1"


@pytest.mark.parametrize(("minutes", "word"), [(47, "behind"), (-47, "ahead"), (0, "")])
def test_a_wrong_clock_is_measured_by_the_answer(
    signer: Signer, entra: Entra, server: TlsServer, minutes: int, word: str
) -> None:
    theirs = format_datetime(datetime.now(UTC) + timedelta(minutes=minutes), usegmt=True)

    def answer(asked: Asked) -> Reply:
        reply = entra.answer(asked)
        return replace(reply, headers={**reply.headers, "Date": theirs})

    server.answer = answer
    entra.errors = [refusal("invalid_client", 700024, "Client assertion is not within its valid time range.")]
    with pytest.raises(CredentialRejected) as caught:
        signer().token(GRAPH)
    told = str(caught.value)
    assert "Set the clock of this computer right" in told
    if word:
        assert re.search(rf"The clock of this computer is 4[678] minutes {word}, says login\.test", told)
    else:
        assert "minutes" not in told


@pytest.mark.parametrize(
    "discovery",
    [
        Reply(200, b"<html>Welcome to the guest network</html>", {"Content-Type": "text/html"}),
        Reply(404, b"not here"),
        Reply.of({"hello": "world"}),
        Reply.of([1, 2]),
    ],
)
def test_what_is_no_sign_in_service_is_called_so(signer: Signer, entra: Entra, discovery: Reply) -> None:
    entra.discovery = discovery
    with pytest.raises(SignInUnreachable, match="not a sign-in service"):
        signer().token(GRAPH)


def test_a_sign_in_service_in_trouble_is_called_so(signer: Signer, entra: Entra) -> None:
    entra.discovery = Reply(503, b"busy")
    with pytest.raises(SignInUnreachable, match=r"problem of its own\. \(HTTP.*503\)"):
        signer().token(GRAPH)


@pytest.mark.parametrize("path", ["openid-configuration", "token"])
@pytest.mark.parametrize(
    "trouble",
    [
        Reply(503, b"<html>Server Too Busy</html>", {"Content-Type": "text/html", "Retry-After": "1"}),
        Reply(429, b"", {"Retry-After": "0.5"}),
        Reply(200, b'{"token_type": "Bearer"}', cut=5),
    ],
)
def test_a_passing_failure_of_the_sign_in_host_does_not_end_the_run(
    signer: Signer, server: TlsServer, entra: Entra, trouble: Reply, path: str
) -> None:
    troubles = [trouble]

    def answer(asked: Asked) -> Reply:
        return troubles.pop() if troubles and asked.path.endswith(path) else entra.answer(asked)

    server.answer = answer
    assert signer().token(GRAPH).app_only
    assert not troubles


@pytest.mark.parametrize(("wait", "times"), [("900", 1), ("1", 3)])
def test_a_sign_in_host_that_stays_in_trouble_is_not_waited_for_long(
    signer: Signer, server: TlsServer, entra: Entra, wait: str, times: int
) -> None:
    entra.discovery = Reply(503, b"busy", {"Retry-After": wait})
    with pytest.raises(SignInUnreachable) as caught:
        signer().token(GRAPH)
    assert len(server.asked) == times
    assert caught.value.passing


def test_a_token_answer_that_is_html_is_called_so(signer: Signer, server: TlsServer, entra: Entra) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(200, b"<html>") if asked.path.endswith("/token") else entra.answer(asked)

    server.answer = answer
    with pytest.raises(SignInUnreachable, match="not a sign-in service"):
        signer().token(GRAPH)


def test_a_host_that_refuses_connections_is_called_so(server: TlsServer) -> None:
    cloud = server.cloud(connect_to=("127.0.0.1", 9))
    with build_session(cloud) as session, pytest.raises(SignInUnreachable, match="refuses connections"):
        MsalTokens(cloud, SignIn(TENANT, CLIENT, "secret", secret="x"), session).token(GRAPH)


def test_an_untrusted_sign_in_host_is_called_so(server: TlsServer) -> None:
    cloud = server.cloud(login="login.elsewhere.test")
    with build_session(cloud) as session, pytest.raises(SignInUnreachable, match="is not trusted") as caught:
        MsalTokens(cloud, SignIn(TENANT, CLIENT, "secret", secret="x"), session).token(GRAPH)
    assert "REQUESTS_CA_BUNDLE" in caught.value.remedy


@pytest.mark.parametrize("tenant", ["", "contoso.com/x", "https://contoso.com", "a b", "../common"])
def test_a_tenant_that_cannot_be_one_is_refused_before_any_request(
    signer: Signer, server: TlsServer, tenant: str
) -> None:
    with pytest.raises(UsageError, match="neither a tenant id nor a domain"):
        signer(tenant=tenant).token(GRAPH)
    assert not server.asked


def test_every_sign_in_error_is_a_failed_run(session: requests.Session) -> None:
    assert issubclass(SignInError, RunFailed)
