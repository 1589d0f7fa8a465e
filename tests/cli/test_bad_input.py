"""Bad input: each kind says what happened and what to try, and leaves with the documented exit code."""

from __future__ import annotations

import json
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.conftest import Options
from tests.cli.program import run
from tests.conftest import SandboxFactory
from troubleshooter.sandbox.apps import DEMO_CLIENT, EXPIRED_CLIENT, UNCONSENTED_CLIENT, demo_secret
from troubleshooter.sandbox.model import TenantState
from troubleshooter.sandbox.server import Sandbox

FINE = "petra.horvat@contoso.example"
URL_FOR_HOST = (
    'name = "x"\nlogin = "https://login.x.test"\ngraph = "graph.x.test"\n'
    'exchange = "mail.x.test"\nsharepoint_suffix = "sites.x.test"\n'
)
SECRET = "PHOTO_TROUBLESHOOTER_CLIENT_SECRET"


def lines(text: str) -> tuple[str, str]:
    """What happened and what to try."""
    what, remedy = text.splitlines()[:2]
    return what, remedy


def test_an_unknown_person_is_named_and_the_others_are_still_diagnosed(as_app: Options) -> None:
    done = run("diagnose", "nobody@contoso.example", FINE, *as_app(), "--json", "--lang", "en")
    what, remedy = lines(done.stderr)
    assert done.code == 2
    assert what.startswith("Error: ")
    assert "nobody@contoso.example" in what
    assert remedy.startswith("Try: ")
    assert json.loads(done.stdout)["person"]["user_principal_name"] == FINE


def test_an_address_that_several_accounts_have_lists_them(
    tenant: TenantState, make_sandbox: SandboxFactory, as_app: Options
) -> None:
    one, other = [a for a in tenant.accounts if a.situation == "fine-everywhere"][:2]
    twins = tenant.with_accounts(
        replace(one, mail="team@contoso.example"), replace(other, mail="team@contoso.example")
    )
    done = run("diagnose", "team@contoso.example", *as_app(where=make_sandbox(twins)), "--lang", "en")
    assert done.code == 2
    assert one.upn in done.stderr
    assert other.upn in done.stderr


def test_the_address_of_a_group_is_recognised(as_app: Options) -> None:
    done = run("diagnose", "everyone@contoso.example", *as_app(), "--lang", "en")
    assert done.code == 2
    assert "group" in lines(done.stderr)[0]


def test_no_network_says_so(sandbox: Sandbox, as_app: Options, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    text = sandbox.cloud_file.read_text(encoding="utf-8").replace(f":{sandbox.port}", f":{port}")
    closed = tmp_path / "closed.toml"
    closed.write_text(text, encoding="utf-8")
    options = as_app()
    options[options.index("--cloud") + 1] = str(closed)
    done = run("diagnose", FINE, *options, "--lang", "en")
    assert done.code == 4, done.stderr
    assert "Error: " in done.stderr
    assert "Try: " in done.stderr


@pytest.mark.parametrize(
    ("client", "secret", "number"),
    [
        (EXPIRED_CLIENT, demo_secret(EXPIRED_CLIENT), "7000222"),
        (DEMO_CLIENT, "guessed", "7000215"),
        ("33333333-0000-4000-8000-000000000000", "some~other~secret", "700016"),
    ],
    ids=["expired secret", "wrong secret", "unknown app"],
)
def test_a_refused_sign_in_names_the_reason_and_never_the_secret(
    sandbox: Sandbox, client: str, secret: str, number: str
) -> None:
    done = run(
        "diagnose", FINE, "--cloud", str(sandbox.cloud_file), "--tenant", sandbox.tenant.domain,
        "--client-id", client, "--lang", "en", environment={SECRET: secret},
    )  # fmt: skip
    assert done.code == 4
    assert f"AADSTS{number}" in done.stderr
    assert secret not in done.stderr


def test_a_wrong_tenant_is_named(as_app: Options) -> None:
    options = as_app()
    options[options.index("--tenant") + 1] = "nowhere.example"
    done = run("diagnose", FINE, *options, "--lang", "en")
    assert done.code == 4
    assert "nowhere.example" in done.stderr


def test_missing_consent_says_who_can_give_it(sandbox: Sandbox, as_app: Options) -> None:
    done = run("diagnose", FINE, *as_app(UNCONSENTED_CLIENT), "--lang", "en")
    assert done.code == 4
    assert "Try: " in done.stderr


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (None, "missing.toml"),
        ("name = ", "not valid TOML"),
        (URL_FOR_HOST, "login"),
        ('name = "x"\nlogn = "login.x.test"\n', "login"),
    ],
    ids=["absent", "not TOML", "a URL for a host", "a misspelt key"],
)
def test_an_unreadable_cloud_file_names_file_and_fault(
    as_app: Options, tmp_path: Path, content: str | None, named: str
) -> None:
    path = tmp_path / "missing.toml"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    options = as_app()
    options[options.index("--cloud") + 1] = str(path)
    done = run("diagnose", FINE, *options, "--lang", "en")
    assert done.code == 2
    assert named in done.stderr
    assert "missing.toml" in done.stderr


def test_a_cloud_file_cannot_send_us_to_another_machine(
    sandbox: Sandbox, as_app: Options, tmp_path: Path
) -> None:
    path = tmp_path / "away.toml"
    text = sandbox.cloud_file.read_text(encoding="utf-8")
    path.write_text(text.replace("127.0.0.1", "198.51.100.7"), encoding="utf-8")
    options = as_app()
    options[options.index("--cloud") + 1] = str(path)
    done = run("diagnose", FINE, *options, "--lang", "en")
    assert done.code == 2
    assert "loopback" in done.stderr


def test_an_unknown_cloud_name_lists_the_known_ones(as_app: Options) -> None:
    options = as_app()
    options[options.index("--cloud") + 1] = "mars"
    done = run("diagnose", FINE, *options, "--lang", "en")
    assert done.code == 2
    assert "gcc-high" in done.stderr


def test_a_missing_option_is_asked_for_by_name() -> None:
    done = run("diagnose", FINE, "--lang", "en")
    assert done.code == 2
    assert "--tenant" in done.stderr


def test_a_broken_rule_of_ones_own_is_named_and_stops_nothing(as_app: Options, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('title = "x"\nwhen = "photo.presnt"\n', encoding="utf-8")
    done = run("diagnose", FINE, *as_app(), "--json", "--rules", str(tmp_path), "--lang", "en")
    assert done.code == 0
    assert "mine.toml, line 2" in done.stderr
    assert "photo.present" in done.stderr
    checked = run("rules", "check", str(tmp_path), "--lang", "en")
    assert checked.code == 2
    assert "mine.toml, line 2" in checked.stderr


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ('{"schema": "photo-troubleshooter/evidence/99"}', "evidence/99"),
        ('{"schema": "photo-troubleshooter/evidence/1", "photo": {"presnt": true}}', "presnt"),
        ('{"schema": ', "line 1"),
        ("<html>", "line 1"),
        ("", "evidence.json"),
    ],
    ids=["another version", "an unknown fact", "truncated", "HTML", "empty"],
)
def test_evidence_that_cannot_be_read_is_a_clear_error(tmp_path: Path, content: str, named: str) -> None:
    path = tmp_path / "evidence.json"
    path.write_text(content, encoding="utf-8")
    done = run("analyze", str(path), "--lang", "en")
    assert done.code == 4, done
    assert named in done.stderr
    assert "Try: " in done.stderr


def test_an_unknown_language_names_the_known_ones() -> None:
    done = run("rules", "list", "--lang", "xx")
    assert done.code == 2
    assert "en, hr" in done.stderr


def test_errors_speak_croatian_too(as_app: Options) -> None:
    done = run("diagnose", "nobody@contoso.example", *as_app(), "--lang", "hr")
    assert done.code == 2
    assert done.stderr.startswith("Pogreška: ")


def test_an_interview_without_a_terminal_says_how_to_answer(as_app: Options) -> None:
    done = run("diagnose", FINE, *as_app(), "--interview", "--lang", "en", standard_input="old\n")
    assert done.code == 2
    assert "--symptom" in done.stderr
