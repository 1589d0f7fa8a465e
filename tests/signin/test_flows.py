"""Each way to sign in, against the sandbox over TLS: renewal, revoked sessions, expired tokens, proofs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.cli import browser
from tests.conftest import SandboxFactory
from tests.signin.certificates import certificate, key_pem, pfx, rsa_key
from troubleshooter.sandbox.apps import (
    DEMO_CLIENT,
    MACHINE_CLIENT,
    WORKLOAD_SUBJECT,
    demo_secret,
)
from troubleshooter.sandbox.identity import IDENTITY_HEADER
from troubleshooter.sandbox.keys import workload_token
from troubleshooter.sandbox.model import TenantState
from troubleshooter.sandbox.server import Sandbox
from troubleshooter.signin.clouds import load_cloud
from troubleshooter.signin.credentials import SignIn, msal_certificate, needs_passphrase
from troubleshooter.signin.errors import BrowserTimeout, CredentialRejected, InteractionNeeded
from troubleshooter.signin.federated import AssertionProblem
from troubleshooter.signin.kept import KeptSignIns
from troubleshooter.signin.person import Asking, Person, SettingsError
from troubleshooter.signin.tokens import MsalTokens
from troubleshooter.signin.vault import opened
from troubleshooter.transport.graph import GraphClient
from troubleshooter.transport.service import Service
from troubleshooter.transport.session import build_session

GRAPH = "https://graph.sandbox.example"
ROOT = "https://contoso.sharepoint.sandbox.example"
Sign = Callable[..., MsalTokens]


@pytest.fixture
def own(tenant: TenantState, make_sandbox: SandboxFactory, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """A sandbox of one's own, which is also the identity service of this machine."""
    sandbox = make_sandbox(tenant, plain_http=True)
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"http://127.0.0.1:{sandbox.http_port}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", IDENTITY_HEADER)
    return sandbox


@pytest.fixture
def sign(own: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sign]:
    """Tokens by a way to sign in, with everything that way needs."""
    for name, value in browser.environment(own, tmp_path / "seen.json").items():
        monkeypatch.setenv(name, value)
    (tmp_path / "workload").write_text(workload_token(WORKLOAD_SUBJECT), encoding="ascii")
    given: dict[str, dict[str, Any]] = {
        "secret": {"secret": demo_secret(DEMO_CLIENT)},
        "certificate": {"certificate": own.certificate_file(DEMO_CLIENT)},
        "federated": {"assertion_file": tmp_path / "workload"},
        "managed-identity": {"client_id": ""},
    }
    with ExitStack() as stack:

        def make(auth: str, **ways: Any) -> MsalTokens:
            cloud = load_cloud(str(own.cloud_file))
            session = stack.enter_context(build_session(cloud))
            values = {"tenant": own.tenant.id, "client_id": DEMO_CLIENT, "auth": auth, **given.get(auth, {})}
            asking = Asking(device_code=lambda shown: None, browser=lambda address: None)
            return MsalTokens(cloud, SignIn(**values), session, **{"asking": asking, **ways})

        yield make


def _users(tokens: MsalTokens) -> int:
    graph = GraphClient(Service(tokens.session, tokens), tokens.cloud)
    return graph.get("/users?$top=1").status


WAYS = ("device", "browser", "secret", "certificate", "federated", "managed-identity")


@pytest.mark.parametrize("auth", WAYS)
def test_a_revoked_session_in_the_middle_of_a_run_is_renewed(sign: Sign, own: Sandbox, auth: str) -> None:
    tokens = sign(auth)
    assert _users(tokens) == 200
    own.revoke_sessions()
    assert _users(tokens) == 200
    asked = [r for r in own.requests if r.path.endswith(("/devicecode", "/authorize"))]
    assert len(asked) == (auth in ("device", "browser"))


@pytest.mark.parametrize("auth", WAYS)
def test_an_expired_token_in_the_middle_of_a_run_is_renewed(sign: Sign, own: Sandbox, auth: str) -> None:
    tokens = sign(auth)
    first = tokens.token(GRAPH)
    own.expire_tokens()
    assert _users(tokens) == 200
    assert tokens.token(GRAPH).value != first.value


@pytest.mark.parametrize("auth", WAYS)
def test_a_token_says_who_for_which_tenant_and_as_what(sign: Sign, own: Sandbox, auth: str) -> None:
    token = sign(auth).token(GRAPH)
    assert token.tenant == own.tenant.id
    assert token.app_only == (auth not in ("device", "browser"))
    assert token.app_secret == (auth == "secret")
    assert "ProfilePhoto.Read.All" in token.permissions


@pytest.mark.parametrize("auth", [way for way in WAYS if way != "secret"])
def test_one_sign_in_serves_sharepoint_too(sign: Sign, own: Sandbox, auth: str) -> None:
    tokens = sign(auth)
    tokens.token(GRAPH)
    assert "User.Read.All" in tokens.token(ROOT).permissions
    asked = [r for r in own.requests if r.path.endswith(("/devicecode", "/authorize"))]
    assert len(asked) == (auth in ("device", "browser"))


@pytest.mark.parametrize("auth", ["device", "browser"])
def test_a_person_whose_sign_in_was_revoked_is_not_asked_in_the_middle_of_a_run(
    sign: Sign, own: Sandbox, auth: str
) -> None:
    tokens = sign(auth)
    assert _users(tokens) == 200
    own.revoke_sessions(refresh_tokens=True)
    with pytest.raises(InteractionNeeded) as caught:
        _users(tokens)
    assert caught.value.trail["code"] == "AADSTS700082"


def test_the_token_of_a_workload_is_read_anew_for_every_request(sign: Sign, tmp_path: Path) -> None:
    tokens = sign("federated")
    tokens.token(GRAPH)
    file = tmp_path / "workload"
    file.write_text(workload_token(WORKLOAD_SUBJECT, seconds=-60), encoding="ascii")
    with pytest.raises(CredentialRejected) as caught:
        tokens.token(GRAPH, renew=True)
    assert caught.value.trail["code"] == "AADSTS700024"
    file.write_text(workload_token(WORKLOAD_SUBJECT), encoding="ascii")
    assert sign("federated").token(GRAPH).app_only
    file.unlink()
    with pytest.raises(AssertionProblem, match="cannot be read"):
        tokens.token(ROOT)


def test_the_token_of_another_issuer_is_refused(sign: Sign, own: Sandbox, tmp_path: Path) -> None:
    import jwt

    forged = jwt.encode(
        jwt.decode(workload_token(WORKLOAD_SUBJECT), options={"verify_signature": False}),
        key_pem(rsa_key(3)),
        algorithm="RS256",
    )
    (tmp_path / "workload").write_text(forged, encoding="ascii")
    with pytest.raises(CredentialRejected) as caught:
        sign("federated").token(GRAPH)
    assert caught.value.trail["code"] == "AADSTS700211"
    assert forged not in caught.value.raw


def test_a_pfx_file_signs_in_as_its_pem_does(sign: Sign, own: Sandbox, tmp_path: Path) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    pem = own.certificate_file(DEMO_CLIENT).read_bytes()
    key = serialization.load_pem_private_key(pem, None)
    own_certificate = x509.load_pem_x509_certificate(pem[pem.index(b"-----BEGIN CERTIFICATE") :])
    path = tmp_path / "app.pfx"
    path.write_bytes(pfx(key, own_certificate, "šifra"))  # type: ignore[arg-type]
    cloud = load_cloud(str(own.cloud_file))
    settings = SignIn(own.tenant.id, DEMO_CLIENT, "certificate", certificate=path, passphrase="šifra")
    with build_session(cloud) as session:
        token = MsalTokens(cloud, settings, session).token(ROOT)
    assert token.app_only
    assert not token.app_secret


@pytest.mark.parametrize(
    ("content", "needed"),
    [
        (key_pem(rsa_key()), False),
        (key_pem(rsa_key(), "x"), True),
        (pfx(rsa_key(), certificate(rsa_key())), False),
        (pfx(rsa_key(), certificate(rsa_key()), "x"), True),
        (b"hello", False),
        (None, False),
    ],
    ids=["pem", "encrypted pem", "pfx", "encrypted pfx", "nothing", "absent"],
)
def test_a_passphrase_is_asked_for_only_where_there_is_one(
    tmp_path: Path, content: bytes | None, needed: bool
) -> None:
    path = tmp_path / "app"
    if content is not None:
        path.write_bytes(content)
    assert needs_passphrase(path) is needed


def test_where_nobody_can_be_shown_a_browser_the_usage_is_wrong(sign: Sign) -> None:
    with pytest.raises(SettingsError, match="nobody can be shown a browser"):
        sign("browser", asking=Asking()).token(GRAPH)


def test_a_browser_in_which_nobody_signs_in_ends_the_wait(
    sign: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SANDBOX_PORT")  # our browser cannot find its way now
    asking = Asking(browser=lambda address: None, seconds=1)
    with pytest.raises(BrowserTimeout, match="--auth device"):
        sign("browser", asking=asking).token(GRAPH)


def test_many_threads_share_one_sign_in(sign: Sign, own: Sandbox) -> None:
    tokens = sign("device")
    with ThreadPoolExecutor(8) as pool:
        values = {token.value for token in pool.map(tokens.token, [GRAPH] * 16)}
    assert len(values) == 1
    assert len([r for r in own.requests if r.path.endswith("/devicecode")]) == 1


def test_a_kept_sign_in_is_used_from_several_processes_worth_of_tokens(
    sign: Sign, own: Sandbox, tmp_path: Path
) -> None:
    kept = KeptSignIns(tmp_path / "kept")
    vault = opened(kept.folder, "plain")
    first = sign("device", kept=kept, keep_in=vault)
    assert first.token(GRAPH)
    assert first.kept is not None
    others = [sign("device", kept=kept, silent=True) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        tokens = list(pool.map(lambda one: one.token(ROOT), others))
    assert {token.signed_in_as for token in tokens} == {"petra.horvat@contoso.example"}
    own.revoke_sessions()
    assert [_users(one) for one in others] == [200] * 4
    (entry,) = kept.all()
    assert set(kept.scopes(entry)) >= {ROOT}
    kept.remove([entry])
    assert not list((tmp_path / "kept").glob("tokens.*"))


def test_forgetting_one_of_two_leaves_the_tokens_of_the_other(
    sign: Sign, own: Sandbox, tmp_path: Path
) -> None:
    from dataclasses import replace

    kept = KeptSignIns(tmp_path / "kept")
    sign("device", kept=kept, keep_in=opened(kept.folder, "plain")).token(GRAPH)
    other = next(one for one in own.tenant.accounts if one.upn != "petra.horvat@contoso.example")
    own.tenant = replace(own.tenant, signed_in=other.id)
    sign("device", kept=kept, keep_in=opened(kept.folder, "plain")).token(GRAPH)
    petra, second = kept.all()
    kept.remove([petra])
    text = (kept.folder / "tokens.json").read_text(encoding="utf-8")
    assert petra.account_id not in text
    assert petra.username not in text
    assert sign("device", kept=kept, silent=True).token(GRAPH).signed_in_as == second.username == other.upn


def test_a_plain_file_does_not_outlive_the_change_to_an_encrypted_place(
    sign: Sign, own: Sandbox, tmp_path: Path
) -> None:
    from dataclasses import replace

    kept = KeptSignIns(tmp_path / "kept")
    sign("device", kept=kept, keep_in=opened(kept.folder, "plain")).token(GRAPH)
    (entry,) = kept.all()
    kept.add(replace(entry, protection="libsecret"))
    assert not (kept.folder / "tokens.json").exists()
    assert [one.protection for one in kept.all()] == ["libsecret"]


def test_a_machine_is_no_person(sign: Sign) -> None:
    tokens = sign("managed-identity")
    assert tokens.token(GRAPH).signed_in_as in ("The machine", MACHINE_CLIENT)
    assert tokens.kept is None
    assert not isinstance(tokens, Person)


def test_certificates_name_themselves_by_sha256(own: Sandbox) -> None:
    """msal gets the certificate itself, never a SHA-1 thumbprint."""
    credential = msal_certificate(own.certificate_file(DEMO_CLIENT))
    assert set(credential) == {"private_key", "public_certificate"}
