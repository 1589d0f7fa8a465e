"""`permissions` as a person runs it: apps with different rights, against the sandbox over TLS."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from tests.cli.conftest import Options
from tests.cli.foreign_tenant import TENANT, foreign_tenant
from tests.cli.program import certificate, run
from tests.conftest import SandboxFactory
from troubleshooter.evidence.permissions import (
    ACCOUNTS,
    ALL,
    FILES,
    GRAPH,
    MAILBOXES,
    PHOTOS,
    POLICY,
    PROFILES,
    SHAREPOINT,
    SITE_ADDRESS,
    writes,
)
from troubleshooter.render.permissions import KEYS
from troubleshooter.sandbox.apps import (
    DEMO_CLIENT,
    NARROW_CLIENT,
    UNCONSENTED_CLIENT,
    demo_secret,
)
from troubleshooter.sandbox.model import TenantState
from troubleshooter.sandbox.server import Sandbox

NEEDED = [key for key, one in ALL.items() if not one.optional]
BROAD = {
    GRAPH: (
        "Directory.Read.All",
        "ProfilePhoto.ReadWrite.All",
        "MailboxSettings.ReadWrite",
        "PeopleSettings.ReadWrite.All",
        "Sites.FullControl.All",
        "Mail.Read",
    ),
    SHAREPOINT: ("User.ReadWrite.All", "Sites.FullControl.All"),
}
KINDS = {"graph": GRAPH, "sharepoint": SHAREPOINT}


def asked(*arguments: str, **options: Any) -> tuple[int, dict[str, Any]]:
    done = run("permissions", *arguments, "--json", **options)
    assert "Traceback" not in done.stderr
    return done.code, json.loads(done.stdout)


def states(found: dict[str, Any]) -> dict[str, str]:
    return {one["permission"]: one["state"] for one in found["permissions"]}


def with_roles(tenant: TenantState, roles: dict[str, tuple[str, ...]]) -> TenantState:
    """The tenant, its full app holding these application permissions instead, by service."""
    kinds = {ours: kind for kind, ours in KINDS.items()}
    changed = [
        replace(client, roles={kinds[name]: listed for name, listed in roles.items()})
        if client.id == DEMO_CLIENT
        else client
        for client in tenant.clients
    ]
    return replace(tenant, clients=tuple(changed))


def test_an_app_with_everything_is_complete_and_each_permission_was_proven(as_app: Options) -> None:
    code, found = asked(*as_app())
    assert (code, found["complete"], found["undecided"]) == (0, True, [])
    assert list(found) == list(KEYS)
    assert states(found) == dict.fromkeys(NEEDED, "have")
    assert {one["proof"] for one in found["permissions"]} == {"works"}
    assert found["grant"] == {}
    assert found["commands"] == {}


def test_whom_it_was_tried_with_is_nobodys_business(as_app: Options, sandbox: Sandbox) -> None:
    _, found = asked(*as_app(), "--person", "rita.supek@contoso.example")
    assert all(one["tried"].startswith("https://") for one in found["permissions"])
    person = next(one for one in sandbox.tenant.accounts if one.upn.startswith("rita.supek"))
    for private in (person.id, person.upn, "rita.supek", person.display_name):
        assert private not in json.dumps(found)


def test_it_only_reads(tenant: TenantState, make_sandbox: SandboxFactory, as_app: Options) -> None:
    sandbox = make_sandbox(tenant)
    code, _ = asked(*as_app(where=sandbox), "--mode", "audit")
    assert code == 0
    sent = [request for request in sandbox.requests if not request.path.endswith("/token")]
    assert len(sent) > len(NEEDED)
    assert {r.method for r in sent if not r.path.endswith("/$batch")} == {"GET"}


def test_an_app_for_users_alone_lacks_the_rest_and_photos_are_covered(as_app: Options) -> None:
    code, found = asked(*as_app(NARROW_CLIENT))
    assert (code, found["complete"]) == (3, False)
    assert states(found) == {
        ACCOUNTS: "have",
        PHOTOS: "have",
        MAILBOXES: "missing",
        POLICY: "missing",
        SITE_ADDRESS: "missing",
        PROFILES: "unknown",
        FILES: "unknown",
    }
    photos = found["permissions"][1]
    assert photos["granted_by"] == {"ProfilePhoto.Read.All": "User.Read.All"}
    assert found["grant"] == {GRAPH: ["MailboxSettings.Read", "PeopleSettings.Read.All", "Sites.Read.All"]}
    assert found["consent"].startswith(
        "https://login.sandbox.example/contoso.example/adminconsent?client_id="
    )


def test_with_the_address_given_sharepoints_permissions_are_seen_to_be_missing_too(as_app: Options) -> None:
    code, found = asked(*as_app(NARROW_CLIENT), "--sharepoint-host", "contoso.sharepoint.sandbox.example")
    assert code == 3
    assert SITE_ADDRESS not in states(found)
    assert (states(found)[PROFILES], states(found)[FILES]) == ("missing", "missing")
    assert found["grant"][SHAREPOINT] == ["User.Read.All", "Sites.Read.All"]


FULL = {
    GRAPH: tuple(one.application[0] for one in ALL.values() if one.resource == GRAPH),
    SHAREPOINT: ("User.Read.All", "Sites.Read.All"),
}


@pytest.mark.parametrize("key", NEEDED)
def test_what_one_missing_permission_leaves_undecided_was_foretold(
    tenant: TenantState, make_sandbox: SandboxFactory, as_app: Options, key: str
) -> None:
    """Rules to facts to calls to permissions, against what a diagnosis really cannot decide."""
    # Photos are covered by User.Read.All, so they are missing only without both.
    taken = {key, ACCOUNTS} if key == PHOTOS else {key}
    roles = {
        service: tuple(name for name in names if f"{service} {name}" not in taken)
        for service, names in FULL.items()
    }
    where = as_app(where=make_sandbox(with_roles(tenant, roles)))
    code, found = asked(*where, "--person", "petra.horvat@contoso.example")
    assert code == 3
    assert states(found)[key] == "missing"
    people = ["petra.horvat@contoso.example", "rita.supek@contoso.example", "josip.knez@contoso.example"]
    done = run("diagnose", *people, *where, "--json")
    kept_open = {
        entry["rule"]
        for line in done.stdout.splitlines()
        for entry in json.loads(line)["undecided"]
        if entry["permissions"]
    }
    assert kept_open or key in (MAILBOXES, POLICY), done.stderr
    assert kept_open <= set(found["undecided"])


def test_broader_permissions_cover_and_those_that_write_are_named(
    tenant: TenantState, make_sandbox: SandboxFactory, as_app: Options
) -> None:
    sandbox = make_sandbox(with_roles(tenant, BROAD))
    code, found = asked(*as_app(where=sandbox))
    by = {one["permission"]: one["granted_by"] for one in found["permissions"]}
    assert (code, states(found)) == (0, dict.fromkeys(NEEDED, "have"))
    assert by[ACCOUNTS] == {"User.Read.All": "Directory.Read.All"}
    assert by[PHOTOS] == {"ProfilePhoto.Read.All": "ProfilePhoto.ReadWrite.All"}
    assert by[FILES] == {"Sites.Read.All": "Sites.FullControl.All"}
    surplus = {(one["resource"], one["permission"]): one["writes"] for one in found["not_needed"]}
    assert surplus[GRAPH, "Mail.Read"] is False
    assert all(surplus[service, name] for service, names in BROAD.items() for name in names if writes(name))
    shown = run("permissions", *as_app(where=sandbox), "--lang", "en").stdout
    assert "covered" not in shown
    assert "the broader Sites.FullControl.All covers it" in shown
    assert "may also change things" in shown
    assert "This program needs none of that" in shown


def test_full_control_of_sites_is_no_right_to_profiles(
    tenant: TenantState, make_sandbox: SandboxFactory, as_app: Options
) -> None:
    roles = {**BROAD, SHAREPOINT: ("Sites.FullControl.All",)}
    _, found = asked(*as_app(where=make_sandbox(with_roles(tenant, roles))))
    assert (states(found)[PROFILES], states(found)[FILES]) == ("missing", "have")
    assert found["grant"] == {SHAREPOINT: ["User.Read.All"]}


def test_granted_and_refused_is_told_apart_from_missing(
    tenant: TenantState, make_sandbox: SandboxFactory, as_app: Options
) -> None:
    sandbox = make_sandbox(replace(tenant, policy_denied=True))
    code, found = asked(*as_app(where=sandbox))
    policy = next(one for one in found["permissions"] if one["permission"] == POLICY)
    assert code == 3
    assert (policy["state"], policy["proof"], policy["status"]) == ("not_working", "refused", 403)
    assert policy["granted_by"] == {"PeopleSettings.Read.All": "PeopleSettings.Read.All"}
    assert policy["request_id"]
    assert found["grant"] == {}, "granting it once more would not help"
    shown = run("permissions", *as_app(where=sandbox), "--lang", "en").stdout
    assert "Granted, but refused all the same." in shown


def test_a_secret_reads_graph_and_sharepoint_is_blocked_not_missing(sandbox: Sandbox) -> None:
    where = [
        "--cloud",
        str(sandbox.cloud_file),
        "--tenant",
        sandbox.tenant.domain,
        "--client-id",
        DEMO_CLIENT,
    ]
    secret = {"PHOTO_TROUBLESHOOTER_CLIENT_SECRET": demo_secret(DEMO_CLIENT)}
    code, found = asked(*where, environment=secret)
    assert code == 3
    assert (states(found)[PHOTOS], states(found)[PROFILES], states(found)[FILES]) == (
        "have",
        "blocked",
        "blocked",
    )
    assert found["grant"] == {}
    assert demo_secret(DEMO_CLIENT) not in json.dumps(found)


def test_an_app_for_a_person_is_measured_by_delegated_names(sandbox: Sandbox) -> None:
    where = [
        "--cloud",
        str(sandbox.cloud_file),
        "--tenant",
        sandbox.tenant.domain,
        "--client-id",
        DEMO_CLIENT,
    ]
    code, found = asked(*where, "--auth", "device")
    assert (code, found["app_only"]) == (3, False)
    by = {one["permission"]: one["granted_by"] for one in found["permissions"]}
    assert by[PROFILES] == {"User.Read.All": "User.Read.All", "AllSites.Read": "AllSites.Read"}
    assert states(found) == {**dict.fromkeys(NEEDED, "have"), MAILBOXES: "not_working"}
    shown = run("permissions", *where, "--auth", "device", "--lang", "en").stdout
    assert "that person's own mailbox alone" in shown


def test_the_proof_speaks_where_tokens_cannot_be_read(tmp_path_factory: pytest.TempPathFactory) -> None:
    pem = certificate(tmp_path_factory.mktemp("app"))
    with foreign_tenant(tmp_path_factory.mktemp("elsewhere")) as elsewhere:
        where = ["--cloud", str(elsewhere.cloud_file), "--tenant", TENANT, "--client-id", "any-app"]
        _, found = asked(
            *where, "--certificate", str(pem), "--person", "fine@fabrikam.test", "--mode", "policy"
        )
    photos = next(one for one in found["permissions"] if one["permission"] == PHOTOS)
    assert (photos["state"], photos["granted_by"]) == ("have", None)


def test_a_sign_in_without_consent_is_told_and_the_needs_are_printed_all_the_same(sandbox: Sandbox) -> None:
    where = [
        "--cloud", str(sandbox.cloud_file), "--tenant", sandbox.tenant.domain,
        "--client-id", UNCONSENTED_CLIENT, "--auth", "device", "--lang", "en",
    ]  # fmt: skip
    done = run("permissions", *where)
    assert done.code == 4
    assert "Nobody has consented" in done.stderr
    assert "Needed for" in done.stdout
    assert f"adminconsent?client_id={UNCONSENTED_CLIENT}" in done.stdout


OFFLINE = {
    "global": ("login.microsoftonline.com", "-Environment Global ", "--name AzureCloud\n", True),
    "gcc-high": ("login.microsoftonline.us", "-Environment USGov ", "--name AzureUSGovernment\n", False),
    "dod": ("login.microsoftonline.us", "-Environment USGovDoD ", "--name AzureUSGovernment\n", False),
    "china": ("login.chinacloudapi.cn", "-Environment China ", "--name AzureChinaCloud\n", False),
}


@pytest.mark.parametrize("cloud", OFFLINE)
def test_offline_it_prints_needs_link_and_commands_of_the_cloud(cloud: str) -> None:
    login, environment, azure, m365 = OFFLINE[cloud]
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9"}
    arguments = ("permissions", "--offline", "--cloud", cloud, "--tenant", "contoso.test", "--lang", "en")
    done = run(*arguments, environment=nowhere)
    assert (done.code, done.stderr) == (0, "")
    assert f"https://{login}/contoso.test/adminconsent?client_id=CLIENT-ID" in done.stdout
    assert environment in done.stdout
    assert azure in done.stdout
    assert ("m365 entra app add" in done.stdout) is m365
    assert done.stdout.count("Undo:") == done.stdout.count("Effect:") == done.stdout.count("Verify:") > 4


@pytest.mark.parametrize("given", [(), ("--tenant", "contoso.test"), ("--client-id", "x")])
def test_without_tenant_and_app_nobody_is_asked(given: tuple[str, ...]) -> None:
    code, found = asked("--mode", "audit", *given)
    assert (code, found["complete"], found["undecided"], found["tokens"]) == (0, None, None, None)
    assert {one["state"] for one in found["permissions"]} == {None}
    assert all(one["unlocks"] for one in found["permissions"])


@pytest.mark.parametrize(("lang", "title"), [("en", "The account is blocked"), ("hr", "Račun je blokiran")])
def test_it_names_the_conclusions_under_each_permission_in_both_languages(lang: str, title: str) -> None:
    few = run("permissions", "--offline", "--lang", lang).stdout
    every = run("permissions", "--offline", "--conclusions", "--lang", lang).stdout
    named = [line for line in few.splitlines() if re.fullmatch(r" {6}\S.* \[[a-z0-9-]+\]", line)]
    assert len(named) == 3 * len(NEEDED)
    assert every.count(" [account-blocked]") == len(NEEDED) - 1, "all but who may change photos"
    assert title in every


def test_the_commands_grant_reading_alone() -> None:
    _, found = asked("--offline", "--mode", "audit")
    granted = [name for names in found["grant"].values() for name in names]
    assert granted
    assert not any(map(writes, granted))
    for steps in found["commands"].values():
        text = "\n".join(step["command"] for step in steps if "-Scopes" not in step["command"])
        assert "ReadWrite" not in text
        assert "FullControl" not in text
        assert all(step["effect"] and step["undo"] and step["verify"] for step in steps)


def test_for_an_app_that_exists_the_commands_add_what_it_lacks() -> None:
    client = "33333333-0000-4000-8000-000000000009"
    _, found = asked("--offline", "--client-id", client, "--tenant", "contoso.test")
    for steps in found["commands"].values():
        assert len(steps) == 1
        assert client in steps[0]["command"]


@pytest.mark.parametrize("tenant", ["x'; Remove-Item *; '", "$(reboot)", "a b", "`id`", "x\nrm -rf /"])
def test_a_hostile_tenant_or_app_never_reaches_a_command(tenant: str) -> None:
    done = run("permissions", "--offline", "--tenant", tenant, "--client-id", tenant, "--lang", "en")
    assert done.code == 0
    assert tenant not in done.stdout
    assert "TENANT" in done.stdout


def test_it_speaks_croatian_and_the_conclusions_too(as_app: Options) -> None:
    shown = run("permissions", *as_app(NARROW_CLIENT), "--lang", "hr").stdout
    assert "Dozvole potrebne za: diagnose" in shown
    assert "Nedostaje." in shown
    assert "Zajednički poštanski sandučići" in shown
    assert "Fotografija je" in shown
    for english in ("Needed for", "Without it", "The service", "Missing", "conclusions"):
        assert english not in shown


def test_somebody_who_does_not_exist_proves_nothing_wrong(as_app: Options) -> None:
    code, found = asked(*as_app(), "--person", "nobody.at.all@contoso.example")
    assert code in (0, 3)
    assert states(found)[POLICY] == "have"
