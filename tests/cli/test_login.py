"""Signing in, staying signed in, being told so, and signing out: by the program, over the sandbox's TLS."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.cli import browser
from tests.cli.program import Done, run
from tests.conftest import SandboxFactory
from troubleshooter.sandbox.apps import (
    CONFIDENTIAL_CLIENT,
    DEMO_CLIENT,
    MACHINE_CLIENT,
    USER_ASSIGNED_CLIENT,
    WORKLOAD_SUBJECT,
)
from troubleshooter.sandbox.identity import IDENTITY_HEADER
from troubleshooter.sandbox.keys import workload_token
from troubleshooter.sandbox.model import TenantState
from troubleshooter.sandbox.server import Sandbox

FINE = "petra.horvat@contoso.example"
PLAIN = "--allow-plaintext-cache"


class Machine:
    """A machine with a folder for sign-ins, on which the program is run against one sandbox."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox, self.folder, self.environment = sandbox, folder / "kept", dict[str, str]()

    def run(self, command: str, *words: str, client: str = DEMO_CLIENT, **environment: str) -> Done:
        return self.plainly(
            command, *words, "--cloud", str(self.sandbox.cloud_file), "--tenant", self.sandbox.tenant.domain,
            "--client-id", client, **environment,
        )  # fmt: skip

    def plainly(self, command: str, *words: str, **environment: str) -> Done:
        env = {"PHOTO_TROUBLESHOOTER_SIGN_IN_DIR": str(self.folder), **self.environment, **environment}
        return run(command, *words, "--lang", "en", environment=env)

    def diagnose(self, *words: str, **environment: str) -> Done:
        return self.run("diagnose", FINE, "--json", *words, **environment)

    def files(self) -> set[str]:
        kept = {path.name for path in self.folder.iterdir()} if self.folder.exists() else set()
        return {name for name in kept if not name.endswith(".lockfile")}


@pytest.fixture
def own(tenant: TenantState, make_sandbox: SandboxFactory) -> Sandbox:
    return make_sandbox(tenant, plain_http=True)


@pytest.fixture
def machine(own: Sandbox, tmp_path: Path) -> Machine:
    return Machine(own, tmp_path)


@pytest.fixture
def with_browser(machine: Machine, own: Sandbox, tmp_path: Path) -> Callable[[], dict[str, str]]:
    """The environment names a browser of ours; the function gives what it saw."""
    notes = tmp_path / "seen.json"
    machine.environment.update(browser.environment(own, notes))
    return lambda: json.loads(notes.read_text(encoding="utf-8"))


def test_a_kept_sign_in_serves_other_commands_silently(machine: Machine, own: Sandbox) -> None:
    done = machine.run("login", PLAIN)
    assert done.code == 0, done.stderr
    assert "enter the code" in done.stderr
    assert f"Signed in as {FINE} in tenant contoso.example of cloud sandbox." in done.stdout
    own.requests.clear()
    done = machine.diagnose()
    assert done.code == 0, done.stderr
    assert "code" not in done.stderr
    assert json.loads(done.stdout)["run"]["signed_in_as"] == FINE
    grants = [r.path for r in own.requests if "devicecode" in r.path or "authorize" in r.path]
    assert grants == []


def test_the_tenant_may_be_called_by_another_name_afterwards(machine: Machine, own: Sandbox) -> None:
    assert machine.run("login", PLAIN).code == 0
    done = machine.plainly(
        "diagnose", FINE, "--json", "--cloud", str(own.cloud_file), "--tenant", own.tenant.id,
        "--client-id", DEMO_CLIENT,
    )  # fmt: skip
    assert (done.code, done.stderr) == (0, "")


def test_what_is_kept_in_a_plain_file_is_private_and_called_unencrypted(machine: Machine) -> None:
    done = machine.run("login", PLAIN)
    tokens = machine.folder / "tokens.json"
    assert f"Kept UNENCRYPTED in {tokens}" in done.stdout
    assert machine.files() == {"tokens.json", "sign-ins.json"}
    if sys.platform != "win32":
        assert stat.S_IMODE(machine.folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE((machine.folder / name).stat().st_mode) for name in machine.files()} == {0o600}
    kept = json.loads(tokens.read_text(encoding="utf-8"))
    secrets = [entry["secret"] for kind in kept.values() for entry in kind.values() if "secret" in entry]
    assert len(secrets) >= 2
    listed = (machine.folder / "sign-ins.json").read_text(encoding="utf-8")
    told = machine.plainly("whoami", "--verbose")
    for secret in secrets:
        assert secret not in done.stdout + done.stderr + listed + told.stdout + told.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="Windows and macOS always have an encrypted place")
def test_without_an_encrypted_place_nobody_is_asked_and_nothing_is_kept(
    machine: Machine, own: Sandbox
) -> None:
    done = machine.run("login", DBUS_SESSION_BUS_ADDRESS="unix:path=/nonexistent")
    assert done.code == 2
    assert "This machine offers no encrypted place to keep a sign-in (" in done.stderr
    assert PLAIN in done.stderr
    assert machine.files() == set()
    assert not [r for r in own.requests if "devicecode" in r.path]


def test_without_login_tokens_stay_in_memory_and_the_terminal_says_so(machine: Machine) -> None:
    done = machine.diagnose()
    assert done.code == 0, done.stderr
    assert "Tokens stay in memory and end with this command." in done.stderr
    assert machine.files() == set()


def test_the_browser_posts_a_code_that_only_the_proof_key_redeems(
    machine: Machine, with_browser: Callable[[], dict[str, str]]
) -> None:
    done = machine.run("login", PLAIN, "--auth", "browser")
    assert done.code == 0, done.stderr
    assert "Your browser opens for the sign-in" in done.stderr
    assert f"Signed in as {FINE}" in done.stdout
    seen = with_browser()
    asked = {name: values[0] for name, values in parse_qs(urlsplit(seen["address"]).query).items()}
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["response_mode"] == "form_post"
    assert re.fullmatch(r"http://localhost:\d+", asked["redirect_uri"])
    assert "You are signed in." in seen["end"]
    assert machine.diagnose().code == 0


def test_without_a_browser_the_address_is_told_and_may_be_opened_by_hand(
    machine: Machine, own: Sandbox, tmp_path: Path
) -> None:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PHOTO_TROUBLESHOOTER_")}
    nowhere = {"PATH": str(tmp_path), "BROWSER": str(tmp_path / "none"), "DISPLAY": "", "WAYLAND_DISPLAY": ""}
    command = [
        sys.executable, "-c", "from troubleshooter.cli.main import main; main()", "diagnose", FINE, "--json",
        "--cloud", str(own.cloud_file), "--tenant", own.tenant.domain, "--client-id", DEMO_CLIENT,
        "--auth", "browser", "--lang", "en",
    ]  # fmt: skip
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
    with subprocess.Popen(command, env={**inherited, **nowhere}, **pipes) as program:
        assert program.stderr is not None
        told = next(line for line in program.stderr if "Open this address: " in line)
        address = told.partition("Open this address: ")[2].strip()
        by_hand = {**inherited, **browser.environment(own, tmp_path / "seen.json")}
        subprocess.run([sys.executable, browser.__file__, address], env=by_hand, check=True, timeout=60)
        result, _ = program.communicate(timeout=60)
    assert json.loads(result)["run"]["signed_in_as"] == FINE


def test_declining_in_the_browser_is_told_with_what_support_asks_for(
    machine: Machine, own: Sandbox, with_browser: Callable[[], dict[str, str]]
) -> None:
    own.tenant = replace(own.tenant, device_approval="declined")
    done = machine.diagnose("--auth", "browser")
    assert done.code == 4
    assert "Error: The sign-in was declined." in done.stderr
    assert "AADSTS65004" in done.stderr
    assert "did not succeed" in with_browser()["end"]


def test_an_application_that_is_not_public_cannot_sign_people_in(machine: Machine) -> None:
    done = machine.run("login", PLAIN, client=CONFIDENTIAL_CLIENT)
    assert done.code == 4
    assert "Allow public client flows" in done.stderr
    assert machine.files() <= {"tokens.json"}


def test_several_people_may_be_signed_in_and_account_chooses(machine: Machine, own: Sandbox) -> None:
    other = next(one for one in own.tenant.accounts if one.upn != FINE)
    assert machine.run("login", PLAIN).code == 0
    own.tenant = replace(own.tenant, signed_in=other.id)
    assert machine.run("login", PLAIN).code == 0
    done = machine.diagnose()
    assert done.code == 2
    assert FINE in done.stderr
    assert other.upn in done.stderr
    assert "--account" in done.stderr
    for name in (FINE, other.upn):
        done = machine.diagnose("--account", name.upper())
        assert done.code == 0, done.stderr
        assert json.loads(done.stdout)["run"]["signed_in_as"] == name
    assert machine.plainly("logout").code == 2
    assert machine.plainly("logout", "--account", FINE).code == 0
    done = machine.diagnose()
    assert json.loads(done.stdout)["run"]["signed_in_as"] == other.upn


def test_whoever_signs_in_instead_of_the_wanted_account_is_refused_and_not_kept(machine: Machine) -> None:
    done = machine.run("login", PLAIN, "--account", "somebody.else@contoso.example")
    assert done.code == 2
    assert FINE in done.stderr
    assert "somebody.else@contoso.example" in done.stderr
    tokens = json.loads((machine.folder / "tokens.json").read_text(encoding="utf-8"))
    assert not tokens.get("RefreshToken")
    assert machine.plainly("whoami").code == 4


def test_a_kept_sign_in_that_was_revoked_asks_again_and_is_replaced_by_nothing(
    machine: Machine, own: Sandbox
) -> None:
    assert machine.run("login", PLAIN).code == 0
    own.revoke_sessions(refresh_tokens=True)
    silent = machine.run("whoami")
    assert silent.code == 4
    assert "earlier sign-in has expired or was revoked" in silent.stderr
    other = next(one for one in own.tenant.accounts if one.upn != FINE)
    own.tenant = replace(own.tenant, signed_in=other.id)
    for _ in range(2):
        done = machine.diagnose()
        assert done.code == 0, done.stderr
        assert "enter the code" in done.stderr
        assert "Tokens stay in memory" in done.stderr
        assert json.loads(done.stdout)["run"]["signed_in_as"] == other.upn
    assert other.upn not in (machine.folder / "tokens.json").read_text(encoding="utf-8")


def test_a_revoked_session_is_renewed_by_its_claims_challenge_in_the_middle_of_a_run(
    machine: Machine, own: Sandbox
) -> None:
    assert machine.run("login", PLAIN).code == 0
    own.revoke_sessions()
    done = machine.diagnose()
    assert done.code == 0, done.stderr
    assert "enter the code" not in done.stderr


def test_whoami_tells_who_with_which_rights_and_where_that_is_kept(machine: Machine, own: Sandbox) -> None:
    assert machine.run("login", PLAIN).code == 0
    own.requests.clear()
    told = machine.plainly("whoami")
    assert len(own.requests) == 0
    assert told.stdout.splitlines()[:5] == [
        FINE,
        "  Tenant: contoso.example",
        "  Cloud: sandbox",
        f"  Application: {DEMO_CLIENT}",
        "  Way to sign in: device",
    ]
    assert "ProfilePhoto.Read.All" in told.stdout
    assert "Kept UNENCRYPTED" in told.stdout
    now = json.loads(
        machine.run("whoami", "--json", "--sharepoint-host", "contoso.sharepoint.sandbox.example").stdout
    )
    (person,) = now
    assert (person["account"], person["tenant"]) == (FINE, own.tenant.id)
    assert person["rights"]["https://contoso.sharepoint.sandbox.example"] == [
        "AllSites.Read",
        "User.Read.All",
    ]
    assert (person["protection"], person["place"]) == ("plain", str(machine.folder / "tokens.json"))


def test_whoami_of_nobody_says_how_to_sign_in(machine: Machine) -> None:
    for done in (machine.plainly("whoami"), machine.run("whoami")):
        assert done.code == 4
        assert "photo-troubleshooter login" in done.stderr


def test_whoami_of_an_application_tells_its_roles(machine: Machine, own: Sandbox) -> None:
    done = machine.run("whoami", "--json", "--certificate", str(own.certificate_file(DEMO_CLIENT)))
    (app,) = json.loads(done.stdout)
    assert app["auth"] == "certificate"
    assert "ProfilePhoto.Read.All" in app["rights"]["https://graph.sandbox.example"]
    assert app["protection"] == "memory"


def test_login_of_an_application_keeps_nothing(machine: Machine, own: Sandbox) -> None:
    done = machine.run("login", PLAIN, "--certificate", str(own.certificate_file(DEMO_CLIENT)))
    assert done.code == 0, done.stderr
    assert "Nothing is kept" in done.stdout
    assert machine.files() == set()


def test_logout_forgets_the_tokens_without_a_network_and_says_what_it_cannot_do(
    machine: Machine, own: Sandbox
) -> None:
    assert machine.run("login", PLAIN).code == 0
    own.requests.clear()
    done = machine.plainly("logout")
    assert (done.code, done.stderr) == (0, "")
    assert f"Forgotten: {FINE} in tenant contoso.example." in done.stdout
    assert "Revoke-MgUserSignInSession" in done.stdout
    assert machine.files() == set()
    assert len(own.requests) == 0
    assert "Nobody's sign-in is kept" in machine.plainly("logout").stdout


@pytest.mark.parametrize("content", [b"{", b"[1]", b'{"AccessToken": 5}', b"\xff\xfe\x00", b"null"])
def test_a_damaged_place_is_named_and_can_be_forgotten(machine: Machine, content: bytes) -> None:
    assert machine.run("login", PLAIN).code == 0
    (machine.folder / "tokens.json").write_bytes(content)
    done = machine.diagnose()
    assert "Traceback" not in done.stderr
    assert done.code == 4, done.stderr
    assert "logout --all" in done.stderr
    assert machine.plainly("whoami").code == 0
    assert machine.plainly("logout", "--all").code == 0
    assert machine.files() == set()


@pytest.mark.parametrize("content", ["", "[]", '{"sign_ins": [1, {"username": 5}]}', '{"sign_ins": {}}', "x"])
def test_a_damaged_list_of_sign_ins_is_like_none(machine: Machine, content: str) -> None:
    machine.folder.mkdir()
    (machine.folder / "sign-ins.json").write_text(content, encoding="utf-8")
    assert machine.plainly("whoami").code == 4
    assert machine.plainly("logout", "--all").code == 0


def test_a_folder_that_cannot_be_made_is_named(machine: Machine) -> None:
    machine.folder.write_text("in the way", encoding="utf-8")
    done = machine.run("login", PLAIN)
    assert done.code == 4
    assert str(machine.folder) in done.stderr
    assert "Traceback" not in done.stderr


def test_the_usual_folder_is_that_of_the_system(machine: Machine, tmp_path: Path) -> None:
    done = machine.run(
        "login", PLAIN, PHOTO_TROUBLESHOOTER_SIGN_IN_DIR="", XDG_DATA_HOME=str(tmp_path), HOME=str(tmp_path)
    )
    assert done.code == 0, done.stderr
    assert list(tmp_path.rglob("tokens.json"))


def test_a_broker_is_refused_where_there_is_none(machine: Machine) -> None:
    done = machine.diagnose("--auth", "broker")
    assert done.code == 2
    assert "broker of the operating system signs in to Microsoft's clouds only" in done.stderr
    if sys.platform == "linux":
        done = machine.plainly(
            "diagnose", FINE, "--tenant", "contoso.example", "--client-id", DEMO_CLIENT, "--auth", "broker"
        )
        assert done.code == 2
        assert "works on Windows and macOS" in done.stderr


def test_a_workload_signs_in_by_the_token_of_its_platform(machine: Machine, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(workload_token(WORKLOAD_SUBJECT) + "\n", encoding="ascii")
    for words, environment in (
        (["--federated-token-file", str(file)], {}),
        ([], {"AZURE_FEDERATED_TOKEN_FILE": str(file)}),
        ([], {"PHOTO_TROUBLESHOOTER_FEDERATED_TOKEN": workload_token(WORKLOAD_SUBJECT)}),
    ):
        done = machine.diagnose("--auth", "federated", *words, **environment)
        assert done.code == 0, done.stderr
        result = json.loads(done.stdout)
        assert result["run"]["app_only"] is True
        assert result["evidence"]["sharepoint"]["profile_exists"] is True


@pytest.mark.parametrize(
    ("make", "code", "said"),
    [
        (lambda: workload_token("system:serviceaccount:photos:somebody-else"), 4, "AADSTS700213"),
        (lambda: workload_token(WORKLOAD_SUBJECT, audience="api://other"), 4, "AADSTS700212"),
        (lambda: workload_token(WORKLOAD_SUBJECT, seconds=-60), 4, "AADSTS700024"),
        (lambda: "no token", 2, "holds no token"),
        (lambda: "", 2, "holds no token"),
        (None, 2, "cannot be read"),
    ],
    ids=["subject", "audience", "expired", "text", "empty", "absent"],
)
def test_a_workloads_token_that_cannot_work_is_refused_with_the_reason(
    machine: Machine, tmp_path: Path, make: Callable[[], str] | None, code: int, said: str
) -> None:
    file = tmp_path / "token"
    token = make() if make else ""
    if make:
        file.write_text(token, encoding="ascii")
    done = machine.diagnose("--auth", "federated", "--federated-token-file", str(file))
    assert done.code == code, done.stderr
    assert said in done.stderr
    assert token.count(".") < 2 or token not in done.stderr


def test_a_workload_without_a_token_is_told_where_it_comes_from(machine: Machine) -> None:
    done = machine.diagnose("--auth", "federated")
    assert done.code == 2
    assert "AZURE_FEDERATED_TOKEN_FILE" in done.stderr


def _service(own: Sandbox, header: str = IDENTITY_HEADER) -> dict[str, str]:
    return {"IDENTITY_ENDPOINT": f"http://127.0.0.1:{own.http_port}/msi/token", "IDENTITY_HEADER": header}


def _virtual_machine(own: Sandbox) -> dict[str, str]:
    return {"AZURE_POD_IDENTITY_AUTHORITY_HOST": f"http://127.0.0.1:{own.http_port}"}


@pytest.mark.parametrize("place", [_service, _virtual_machine])
@pytest.mark.parametrize("identity", [MACHINE_CLIENT, USER_ASSIGNED_CLIENT])
def test_a_machine_signs_in_by_its_own_identity(
    machine: Machine, own: Sandbox, place: Callable[[Sandbox], dict[str, str]], identity: str
) -> None:
    words = ["--cloud", str(own.cloud_file), "--auth", "managed-identity"]
    if identity == USER_ASSIGNED_CLIENT:
        words += ["--client-id", identity]
    done = machine.plainly("diagnose", FINE, "--json", *words, **place(own))
    assert done.code == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["run"]["app_only"] is True
    assert result["run"]["tenant"] == own.tenant.id
    assert result["evidence"]["sharepoint"]["profile_exists"] is True


def test_a_machine_whose_sessions_were_revoked_gets_another_token(machine: Machine, own: Sandbox) -> None:
    own.revoke_sessions()
    words = ["--cloud", str(own.cloud_file), "--auth", "managed-identity"]
    done = machine.plainly("diagnose", FINE, "--json", *words, **_service(own))
    assert done.code == 0, done.stderr


@pytest.mark.parametrize(
    ("words", "environment", "said"),
    [
        (["--client-id", DEMO_CLIENT], {}, "Assign this user-assigned identity"),
        ([], {"IDENTITY_HEADER": "wrong"}, "Switch the system-assigned identity"),
        ([], {"IDENTITY_ENDPOINT": "http://127.0.0.1:9/msi/token"}, "no managed identity service"),
        (
            [],
            {"IDENTITY_ENDPOINT": "http://identity.attacker.test/msi/token"},
            "not an address of this machine",
        ),
        ([], {"IDENTITY_ENDPOINT": "http://93.184.216.34/msi/token"}, "not an address of this machine"),
    ],
)
def test_a_machine_without_the_identity_is_told_so(
    machine: Machine, own: Sandbox, words: list[str], environment: dict[str, str], said: str
) -> None:
    done = machine.plainly(
        "diagnose", FINE, "--json", "--cloud", str(own.cloud_file), "--auth", "managed-identity", *words,
        **{**_service(own), **environment},
    )  # fmt: skip
    assert done.code == 4, done.stderr
    assert said in done.stderr
    assert IDENTITY_HEADER not in done.stderr
