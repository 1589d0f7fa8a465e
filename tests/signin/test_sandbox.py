"""Cloud file, session, msal and clients together, against the sandbox tenant."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from troubleshooter.sandbox.apps import (
    CONFIDENTIAL_CLIENT,
    DEMO_CLIENT,
    EXPIRED_CLIENT,
    UNCONSENTED_CLIENT,
    demo_secret,
)
from troubleshooter.sandbox.server import Sandbox
from troubleshooter.signin.clouds import load_cloud
from troubleshooter.signin.credentials import SignIn
from troubleshooter.signin.errors import (
    CredentialRejected,
    SharePointSecretRefused,
    SignInError,
    TenantUnknown,
)
from troubleshooter.signin.tokens import MsalTokens
from troubleshooter.transport.graph import GraphClient
from troubleshooter.transport.service import Service
from troubleshooter.transport.session import build_session
from troubleshooter.transport.sharepoint import SharePointClient, json_of, profile_url

Connect = Callable[[SignIn], tuple[GraphClient, SharePointClient]]


@pytest.fixture
def connect(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    """Everything from the cloud file, with an environment that would lead a careless client astray."""
    (tmp_path / "nothing.pem").write_text("", encoding="utf-8")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "nothing.pem"))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with ExitStack() as stack:

        def make(settings: SignIn) -> tuple[GraphClient, SharePointClient]:
            cloud = load_cloud(str(sandbox.cloud_file))
            session = stack.enter_context(build_session(cloud))
            tokens = MsalTokens(cloud, settings, session, on_device_code=lambda shown: None)
            service = Service(session, tokens)
            return GraphClient(service, cloud), SharePointClient(service, cloud)

        yield make


def _by_certificate(sandbox: Sandbox) -> SignIn:
    file = sandbox.certificate_file(DEMO_CLIENT)
    return SignIn(sandbox.tenant.id, DEMO_CLIENT, "certificate", certificate=file)


def test_graph_pages_batches_and_pictures_by_certificate(sandbox: Sandbox, connect: Connect) -> None:
    graph, _ = connect(_by_certificate(sandbox))
    people = [
        person
        for page in graph.pages("/users?$select=id,userPrincipalName&$top=7")
        for person in page.json()["value"]
    ]
    assert len({person["id"] for person in people}) == len(people) > 20
    single = [graph.get(f"/users/{person['id']}/photo/$value") for person in people[:8]]
    batched = graph.batch([f"/users/{person['id']}/photo/$value" for person in people])
    assert [answer.status for answer in single] == [answer.status for answer in batched[:8]]
    assert all(one.body == other.body for one, other in zip(single, batched, strict=False) if one.ok)
    assert {answer.status for answer in batched} >= {200, 404}


def test_sharepoint_profiles_single_and_batched_by_certificate(sandbox: Sandbox, connect: Connect) -> None:
    graph, sharepoint = connect(_by_certificate(sandbox))
    root = graph.get("/sites/root?$select=webUrl").json()["webUrl"].removeprefix("https://")
    admin = sharepoint.cloud.sharepoint_host(root.partition(".")[0], "admin")
    names = [person["userPrincipalName"] for person in graph.get("/users?$top=9").json()["value"]]
    urls = [profile_url(admin, name) for name in names]
    batched = sharepoint.batch(admin, urls)
    assert [answer.status for answer in batched] == [200] * len(urls)
    assert [json_of(answer) for answer in batched] == [json_of(sharepoint.get(url)) for url in urls]


def test_a_secret_reads_graph_and_is_refused_for_sharepoint(sandbox: Sandbox, connect: Connect) -> None:
    graph, sharepoint = connect(
        SignIn(sandbox.tenant.id, DEMO_CLIENT, "secret", secret=demo_secret(DEMO_CLIENT))
    )
    assert graph.get("/users?$top=1").ok
    with pytest.raises(SharePointSecretRefused):
        sharepoint.get(f"https://{sharepoint.cloud.sharepoint_host('contoso')}/_api/web")


def test_a_device_code_serves_graph_and_sharepoint(sandbox: Sandbox, connect: Connect) -> None:
    graph, sharepoint = connect(SignIn(sandbox.tenant.id, DEMO_CLIENT))
    root = graph.get("/sites/root?$select=webUrl").json()["webUrl"]
    name = graph.get("/users?$top=1").json()["value"][0]["userPrincipalName"]
    assert sharepoint.get(profile_url(root.removeprefix("https://"), name)).ok


@pytest.mark.parametrize(
    ("settings", "kind", "text"),
    [
        (SignIn("{tenant}", EXPIRED_CLIENT, "secret", secret=demo_secret(EXPIRED_CLIENT)), None, "expired"),
        (SignIn("{tenant}", DEMO_CLIENT, "secret", secret="wrong"), CredentialRejected, "is wrong"),
        (SignIn("{tenant}", UNCONSENTED_CLIENT), None, "adminconsent"),
        (SignIn("{tenant}", CONFIDENTIAL_CLIENT), CredentialRejected, "public client flows"),
        (SignIn("nobody.example", DEMO_CLIENT, "secret", secret="x"), TenantUnknown, "--cloud"),
        (SignIn("{tenant}", "00000000-0000-4000-8000-00000000dead"), None, "no application"),
    ],
    ids=["expired", "wrong-secret", "no-consent", "not-public", "unknown-tenant", "unknown-app"],
)
def test_what_is_wrong_with_a_sign_in_is_said(
    sandbox: Sandbox, connect: Connect, settings: SignIn, kind: type[SignInError] | None, text: str
) -> None:
    tenant = settings.tenant.replace("{tenant}", sandbox.tenant.id)
    graph, _ = connect(
        SignIn(tenant, settings.client_id, settings.auth, None, settings.secret, settings.passphrase)
    )
    with pytest.raises(kind or SignInError, match=text):
        graph.get("/users")
