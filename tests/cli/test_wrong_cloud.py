"""A tenant that lives in another cloud than the one that was named, as a person meets it."""

from __future__ import annotations

from dataclasses import replace

from tests.cli.conftest import Options
from tests.cli.program import run
from tests.conftest import SandboxFactory
from troubleshooter.sandbox.model import TenantState


def test_diagnose_names_the_right_cloud_and_sends_no_credential(
    tenant: TenantState, make_sandbox: SandboxFactory, as_app: Options
) -> None:
    away = make_sandbox(
        replace(
            tenant,
            cloud_instance="microsoftonline.us",
            region_scope="USGov",
            region_sub_scope="DODCON",
            msgraph_host="graph.microsoft.us",
        )
    )
    done = run("diagnose", "petra.horvat@contoso.example", *as_app(where=away), "--lang", "en")
    assert done.code == 4
    assert "Tenant contoso.example does not live in cloud sandbox: it lives in gcc-high." in done.stderr
    assert "Use --cloud gcc-high" in done.stderr
    assert [request.path.rpartition("/")[2] for request in away.requests] == ["openid-configuration"]


def test_the_sandbox_tells_its_own_cloud_and_is_believed(
    tenant: TenantState, make_sandbox: SandboxFactory, as_app: Options
) -> None:
    sandbox = make_sandbox(tenant)
    done = run("diagnose", "petra.horvat@contoso.example", *as_app(where=sandbox), "--json")
    assert done.code == 0, done.stderr


def test_a_cloud_of_which_too_little_is_published_asks_for_a_file() -> None:
    done = run("diagnose", "x@contoso.fr", "--cloud", "bleu", "--tenant", "contoso.fr", "--lang", "hr")
    assert done.code == 2
    assert "login.sovcloud-identity.fr" in done.stderr
    assert "docs/clouds.md" in done.stderr
    assert "Za oblak bleu" in done.stderr
