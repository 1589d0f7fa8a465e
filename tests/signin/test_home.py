"""Which cloud a tenant lives in: told by discovery, before anything secret is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msal.authority
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.signin.entra import CLIENT, TENANT, Entra
from tests.transport.tls_server import Asked, Reply, TlsServer
from troubleshooter.signin.clouds import CLOUDS, LOGIN_ALIASES, SOVEREIGN, Cloud, CloudError, load_cloud
from troubleshooter.signin.credentials import SignIn
from troubleshooter.signin.errors import SignInError, TenantUnknown
from troubleshooter.signin.home import TenantInOtherCloud, home_of
from troubleshooter.signin.tokens import MsalTokens
from troubleshooter.transport.session import build_session

LOGINS = {cloud.login for cloud in CLOUDS.values()}
SOVEREIGN_LOGINS = {one.login for one in SOVEREIGN.values()}
SECRET = "very-secret-value"


def document(login: str, **more: Any) -> dict[str, Any]:
    """A discovery document as Microsoft's sign-in host `login` writes it."""
    base = f"https://{login}/{TENANT}"
    return {
        "token_endpoint": f"{base}/oauth2/v2.0/token",
        "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "issuer": f"{base}/v2.0",
        "tenant_region_scope": "EU",
        "cloud_instance_name": login.removeprefix("login."),
        **more,
    }


US = "login.microsoftonline.us"


@pytest.mark.parametrize(
    ("told", "homes"),
    [
        (document("login.microsoftonline.com"), ("global",)),
        (document("login.microsoftonline.com", tenant_region_sub_scope="GCC"), ("global",)),
        (document(US, tenant_region_scope="USGov", tenant_region_sub_scope="DODCON"), ("gcc-high",)),
        (document(US, tenant_region_scope="USGov", tenant_region_sub_scope="DOD"), ("dod",)),
        (document(US, tenant_region_scope="USGov"), ("gcc-high", "dod")),
        (document(US, msgraph_host="dod-graph.microsoft.us"), ("dod",)),
        (document("login.partner.microsoftonline.cn"), ("china",)),
        (document("login.chinacloudapi.cn"), ("china",)),
        (document("login.sovcloud-identity.fr"), ("bleu",)),
        ({"cloud_instance_name": "microsoftonline.us"}, ("gcc-high", "dod")),
        ({"cloud_instance_name": "partner.microsoftonline.cn"}, ("china",)),
        ({"issuer": "https://sts.windows.net/x/"}, ("global",)),
        (document("login.contoso.test"), ()),
        ({"tenant_region_scope": "USGov"}, ()),
        ({}, ()),
        ({"token_endpoint": 7, "issuer": "https://[", "cloud_instance_name": None}, ()),
    ],
)
def test_the_document_tells_the_cloud_or_nothing(told: dict[str, Any], homes: tuple[str, ...]) -> None:
    assert home_of(told) == homes


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.sampled_from(["DOD", "https://["]),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)
_MEMBERS = (
    "token_endpoint",
    "issuer",
    "tenant_region_scope",
    "tenant_region_sub_scope",
    "cloud_instance_name",
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.sampled_from((*_MEMBERS, "msgraph_host")), _JSON))
def test_no_document_breaks_the_reading(told: dict[str, Any]) -> None:
    assert set(home_of(told)) <= {*CLOUDS, *SOVEREIGN}


@pytest.fixture(scope="module")
def everywhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsServer]:
    """One server that stands in for the sign-in hosts of all clouds."""
    server = TlsServer(tmp_path_factory.mktemp("clouds"), (*sorted(LOGINS | SOVEREIGN_LOGINS), "login.test"))
    yield server
    server.close()


@contextmanager
def signing_in(
    server: TlsServer, cloud: str, answer: Callable[[Asked], Reply], tenant: str = TENANT
) -> Iterator[MsalTokens]:
    """Tokens for a cloud of Microsoft's, whose hosts are all found at the server."""
    server.asked.clear()
    server.answer = answer
    known = CLOUDS[cloud]
    there = Cloud(
        known.name, known.login, known.graph, known.exchange, known.sharepoint_suffix,
        connect_to=("127.0.0.1", server.port), ca_bundle=server.ca_bundle,
    )  # fmt: skip
    with build_session(there, connect_seconds=5, read_seconds=5) as session:
        yield MsalTokens(
            there, SignIn(tenant, CLIENT, "secret", secret=SECRET), session, sleep=lambda _: None
        )


def refused(
    server: TlsServer, cloud: str, answer: Callable[[Asked], Reply], tenant: str = TENANT
) -> SignInError:
    with signing_in(server, cloud, answer, tenant) as tokens, pytest.raises(SignInError) as caught:
        tokens.token(tokens.cloud.graph_resource)
    return caught.value


@pytest.mark.parametrize(
    ("cloud", "told", "named"),
    [
        ("global", document(US, tenant_region_sub_scope="DODCON"), "Use --cloud gcc-high,"),
        ("global", document(US, tenant_region_sub_scope="DOD"), "Use --cloud dod,"),
        ("global", document("login.partner.microsoftonline.cn"), "Use --cloud china,"),
        ("gcc-high", document("login.microsoftonline.com"), "Use --cloud global,"),
        ("gcc-high", document(US, tenant_region_sub_scope="DOD"), "Use --cloud dod,"),
        ("dod", document(US, tenant_region_sub_scope="DODCON"), "Use --cloud gcc-high,"),
        ("global", document(US), "gcc-high or dod"),
        ("global", document("login.sovcloud-identity.de"), "Delos, Germany"),
    ],
)
def test_a_tenant_of_another_cloud_is_named_and_no_secret_is_sent(
    everywhere: TlsServer, cloud: str, told: dict[str, Any], named: str
) -> None:
    problem = refused(everywhere, cloud, lambda asked: Reply.of(told))
    assert isinstance(problem, TenantInOtherCloud)
    assert named in str(problem)
    assert [asked.method for asked in everywhere.asked] == ["GET"]
    assert not any(SECRET.encode() in asked.body for asked in everywhere.asked)


@pytest.mark.parametrize("told", [{"tenant_region_sub_scope": "GCC"}, {"tenant_region_scope": "USGov"}, {}])
def test_a_tenant_of_the_global_cloud_signs_in_whatever_its_region(
    everywhere: TlsServer, told: dict[str, Any]
) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.method == "GET":
            return Reply.of(document("login.microsoftonline.com", **told))
        return Reply.of({"token_type": "Bearer", "access_token": "opaque", "expires_in": 3600})

    with signing_in(everywhere, "global", answer) as tokens:
        assert tokens.token(tokens.cloud.graph_resource).value == "opaque"


UNKNOWN = {
    "error": "invalid_tenant",
    "error_description": "AADSTS90002: Tenant not found.",
    "error_codes": [90002],
}


def known_at(login: str) -> Callable[[Asked], Reply]:
    return lambda asked: Reply.of(document(login)) if asked.host == login else Reply.of(UNKNOWN, 400)


def test_a_tenant_that_the_global_cloud_does_not_know_is_looked_for_in_the_others(
    everywhere: TlsServer,
) -> None:
    problem = refused(everywhere, "global", known_at("login.chinacloudapi.cn"))
    assert isinstance(problem, TenantInOtherCloud)
    assert "it lives in china. Use --cloud china" in str(problem)
    hosts = {asked.host for asked in everywhere.asked}
    assert hosts == LOGINS, "the sovereign clouds are no business of a name that is not theirs"
    assert all(not asked.body and "authorization" not in asked.headers for asked in everywhere.asked)


def test_a_name_of_a_sovereign_cloud_is_looked_for_there(everywhere: TlsServer) -> None:
    problem = refused(everywhere, "global", known_at("login.sovcloud-identity.fr"), "contoso.onsovcloud.fr")
    assert isinstance(problem, TenantInOtherCloud)
    assert "Bleu, France" in str(problem)
    assert "login.sovcloud-identity.de" not in {asked.host for asked in everywhere.asked}


def test_a_tenant_that_nobody_knows_is_unknown(everywhere: TlsServer) -> None:
    problem = refused(everywhere, "global", lambda asked: Reply.of(UNKNOWN, 400))
    assert isinstance(problem, TenantUnknown)
    assert "no tenant" in str(problem)


def test_other_clouds_that_fail_or_talk_nonsense_change_nothing(everywhere: TlsServer) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.host == "login.microsoftonline.com":
            return Reply.of(UNKNOWN, 400)
        return Reply(200, b"<html>", {"Content-Type": "text/html"}) if asked.host == US else Reply(503)

    assert isinstance(refused(everywhere, "global", answer), TenantUnknown)


def test_a_cloud_file_asks_nobody_else_and_decides_about_its_own_host(
    everywhere: TlsServer, tmp_path: Path
) -> None:
    """Its own emulator may repeat Microsoft's words; only tokens from another host contradict it."""
    told = {"cloud_instance_name": "microsoftonline.us", "tenant_region_sub_scope": "DODCON"}
    entra = Entra(discovery=Reply.of(document("login.test", **told)))
    everywhere.asked.clear()
    everywhere.answer = entra.answer
    with build_session(everywhere.cloud(), connect_seconds=5, read_seconds=5) as session:
        tokens = MsalTokens(everywhere.cloud(), SignIn(TENANT, CLIENT, "secret", secret=SECRET), session)
        assert tokens.token("https://graph.test").value
        everywhere.answer = lambda asked: Reply.of(UNKNOWN, 400)
        other = MsalTokens(everywhere.cloud(), SignIn(TENANT, CLIENT, "secret", secret=SECRET), session)
        with pytest.raises(TenantUnknown):
            other.token("https://graph.test")
    assert {asked.host for asked in everywhere.asked} == {"login.test"}


def test_every_sign_in_host_that_msal_knows_is_a_cloud_of_ours_or_named() -> None:
    retired = {"login.microsoftonline.de"}
    ours = LOGINS | set(LOGIN_ALIASES) | SOVEREIGN_LOGINS
    assert set(msal.authority.WELL_KNOWN_AUTHORITY_HOSTS) - retired == ours
    assert set(LOGIN_ALIASES.values()) <= LOGINS


@pytest.mark.parametrize("name", SOVEREIGN)
def test_a_half_known_cloud_says_what_is_known_and_what_to_write(name: str) -> None:
    with pytest.raises(CloudError, match="cloud file") as caught:
        load_cloud(name.title())
    for part in (SOVEREIGN[name].login, SOVEREIGN[name].graph, "sharepoint_suffix"):
        assert part in str(caught.value)
