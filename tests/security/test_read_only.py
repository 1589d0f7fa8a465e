"""The program changes nothing in a tenant: what it asks, and what it asks permission for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.security.programs import run
from troubleshooter.evidence.schema import FACTS
from troubleshooter.sandbox.apps import DEMO_CLIENT
from troubleshooter.sandbox.model import TenantState
from troubleshooter.sandbox.server import Sandbox

PERSON = "petra.horvat@contoso.example"
READING_POSTS = ("/$batch", "/_api/$batch", "/oauth2/v2.0/token", "/oauth2/v2.0/devicecode", "/InvokeCommand")


def test_every_request_reads(tenant: TenantState, tmp_path: Path) -> None:
    few = {account.id: account for account in (*tenant.accounts[:3], tenant.person(PERSON))}
    with Sandbox(replace(tenant, accounts=tuple(few.values()))) as sandbox:
        connection = ["--cloud", str(sandbox.cloud_file), "--tenant", sandbox.tenant.domain]
        connection += [
            "--client-id",
            DEMO_CLIENT,
            "--certificate",
            str(sandbox.certificate_file(DEMO_CLIENT)),
        ]
        commands = [
            ("diagnose", PERSON, *connection, "--allow-unsupported-exchange", "--out", "person"),
            ("audit", *connection, "--out", "audit", "--quiet"),
            ("recheck", "audit", *connection, "--person", PERSON),
        ]
        for words in commands:
            done = run(*words, folder=tmp_path)
            assert done.code in (0, 1, 3), done.said
        asked = list(sandbox.requests)
    assert {one.method for one in asked} == {"GET", "POST"}
    posted = {one.path for one in asked if one.method == "POST"}
    assert [path for path in posted if not path.endswith(READING_POSTS)] == []


def test_no_fact_needs_a_permission_to_write() -> None:
    permissions = {info.permission for info in FACTS.values() if info.permission}
    assert len(permissions) > 5
    assert [name for name in permissions if "write" in name.lower() or "fullcontrol" in name.lower()] == []
