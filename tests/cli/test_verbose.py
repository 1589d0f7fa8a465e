"""Errors as a person sees them, whole; and what --verbose adds: the raw words, without secrets."""

from __future__ import annotations

import re

import pytest

from tests.cli.conftest import Options
from tests.cli.program import run
from tests.conftest import SandboxFactory
from troubleshooter.sandbox.apps import DEMO_CLIENT, EXPIRED_CLIENT, UNCONSENTED_CLIENT, demo_secret
from troubleshooter.sandbox.model import FaultAnswer, TenantState, deny
from troubleshooter.sandbox.server import Sandbox

FINE = "petra.horvat@contoso.example"
SECRET = "PHOTO_TROUBLESHOOTER_CLIENT_SECRET"
_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def _by_secret(sandbox: Sandbox, client: str, *words: str, secret: str = "", lang: str = "en") -> list[str]:
    done = run(
        *words, "diagnose", FINE, "--cloud", str(sandbox.cloud_file), "--tenant", sandbox.tenant.domain,
        "--client-id", client, "--lang", lang, environment={SECRET: secret or demo_secret(client)},
    )  # fmt: skip
    assert done.code == 4
    return done.stderr.splitlines()


def test_an_expired_secret_says_cause_remedy_actor_ids_and_time(sandbox: Sandbox) -> None:
    what, remedy, who, support = _by_secret(sandbox, EXPIRED_CLIENT)
    assert what == f"Error: The client secret of application {EXPIRED_CLIENT} has expired."
    assert remedy == (
        "Try: Make a new secret in the application's registration, or better use a certificate."
    )
    assert who == "Who can do it: An administrator"
    ids = rf"correlation id {_ID}, trace id {_ID}"
    assert re.fullmatch(rf"For support: AADSTS7000222, {ids}, \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\dZ", support)


def test_verbose_adds_entras_own_words_and_blacks_out_what_they_repeat(sandbox: Sandbox) -> None:
    quiet = _by_secret(sandbox, EXPIRED_CLIENT)
    told = _by_secret(sandbox, EXPIRED_CLIENT, "--verbose")
    assert len(told) == len(quiet) + 1
    assert told[-1].startswith("In its own words: invalid_client: AADSTS7000222: The provided client secret")
    assert not any("The provided client secret" in line for line in quiet)
    assert not any(demo_secret(EXPIRED_CLIENT) in line for line in told)


def test_the_same_error_in_croatian(sandbox: Sandbox) -> None:
    what, remedy, who, support = _by_secret(sandbox, EXPIRED_CLIENT, lang="hr")
    assert what.startswith("Pogreška: ")
    assert who == "Tko to može učiniti: Administrator"
    assert "ID korelacije" in support
    assert remedy.startswith("Pokušajte: ")


@pytest.mark.parametrize(
    ("client", "who", "link"),
    [(UNCONSENTED_CLIENT, "Who can do it: An administrator", "adminconsent?client_id=")],
)
def test_missing_consent_names_the_link_and_who_opens_it(
    sandbox: Sandbox, client: str, who: str, link: str
) -> None:
    done = run(
        "diagnose", FINE, "--cloud", str(sandbox.cloud_file), "--tenant", sandbox.tenant.domain,
        "--client-id", client, "--lang", "en",
    )  # fmt: skip
    assert done.code == 4
    assert who in done.stderr
    assert link in done.stderr
    assert "AADSTS65001" in done.stderr


def test_verbose_shows_refusals_of_the_services_with_ids_and_without_tokens(
    tenant: TenantState, make_sandbox: SandboxFactory, as_app: Options
) -> None:
    where = make_sandbox(deny(tenant, DEMO_CLIENT, "graph", "MailboxSettings.Read"))
    options = as_app(where=where)
    quiet = run("diagnose", FINE, *options, "--json", "--lang", "en")
    told = run("diagnose", FINE, *options, "--json", "--lang", "en", "--verbose")
    assert "Insufficient privileges" not in quiet.stderr
    assert told.stdout.count("{") == quiet.stdout.count("{")
    assert re.search(r"GET https://graph\S+mailboxSettings\S*: 403 Authorization_RequestDenied", told.stderr)
    assert "Insufficient privileges to complete the operation." in told.stderr
    assert "eyJ" not in told.stderr
    assert "Bearer eyJ" not in told.stderr


def test_verbose_blacks_out_a_token_that_a_service_repeats(
    tenant: TenantState, make_sandbox: SandboxFactory, as_app: Options
) -> None:
    where = make_sandbox(tenant)
    planted = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"
    said = f"Your token Bearer {planted} and access_token=abc.def are bad \x1b[31m."
    where.inject(r"mailboxSettings", FaultAnswer(403, code="ErrorAccessDenied", message=said), forever=True)
    told = run("diagnose", FINE, *as_app(where=where), "--json", "--lang", "en", "--verbose")
    assert "ErrorAccessDenied" in told.stderr
    assert "are bad" in told.stderr
    assert planted not in told.stderr
    assert "abc.def" not in told.stderr
    assert "\x1b" not in told.stderr


def test_a_sign_in_refused_in_the_middle_is_told_once_with_its_ids_and_the_run_goes_on(
    as_app: Options,
) -> None:
    elsewhere = ["--sharepoint-host", "fabrikam.sharepoint.sandbox.example"]
    done = run("diagnose", FINE, *as_app(), *elsewhere, "--json", "--lang", "en")
    assert done.code in (0, 1, 3), done.stderr
    what, remedy, who, support = done.stderr.splitlines()
    assert what.startswith("Warning: The tenant does not know the service https://fabrikam")
    assert remedy.startswith("Try: Check the host name of SharePoint")
    assert who == "Who can do it: Whoever runs this program"
    assert re.match(rf"For support: AADSTS500011, correlation id {_ID}, ", support)
