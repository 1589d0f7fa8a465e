"""The commands for an administrator do what they say: run for real, with the cloud's tool as a recorder."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from troubleshooter.evidence.permissions import ALL, API_IDS, GRAPH, SHAREPOINT, least
from troubleshooter.render.registration import AZURE_CLI, GRAPH_POWERSHELL, M365_CLI, TOOLS, Place, routes
from troubleshooter.signin.credentials import msal_certificate

PLACE = Place("global", "global", "login.microsoftonline.com", "contoso.com")
KNOWN = Place(
    "global", "global", "login.microsoftonline.com", "contoso.com", "33333333-0000-4000-8000-000000000009"
)
NAMES = least(ALL, app_only=True)
needs_shell = pytest.mark.skipif(
    shutil.which("bash") is None or shutil.which("openssl") is None, reason="needs bash and openssl"
)
# Writes down what it was called with; answers with an id where one is asked for.
RECORDER = """#!/bin/sh
printf '%s\\n' "$(basename "$0") $*" >> "$RECORD"
case "$*" in
  *"sp show"*) echo "id-of-$(printf '%s' "$*" | sed "s/.*value=='\\([^']*\\)'.*/\\1/")" ;;
  *"app create"*) echo 44444444-0000-4000-8000-000000000001 ;;
esac
"""


def play(folder: Path, text: str) -> list[str]:
    """Run a text with bash in a folder; the lines that the recorders wrote down."""
    tools = folder / "bin"
    tools.mkdir(exist_ok=True)
    for name in ("az", "m365"):
        (tools / name).write_text(RECORDER, encoding="utf-8")
        (tools / name).chmod(0o755)
    record = folder / "record.txt"
    record.write_text("", encoding="utf-8")
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "RECORD": str(record)}
    subprocess.run(["bash", "-eu", "-c", text], cwd=folder, env=environment, check=True, capture_output=True)
    return record.read_text(encoding="utf-8").splitlines()


@needs_shell
def test_the_azure_route_makes_a_key_we_can_sign_in_with_and_grants_what_is_wanted(tmp_path: Path) -> None:
    steps = routes(PLACE, NAMES)[AZURE_CLI]
    called = play(tmp_path, "\n".join(step.command for step in steps))
    assert (
        "BEGIN CERTIFICATE" in msal_certificate(tmp_path / "photo-troubleshooter.pem")["public_certificate"]
    )
    assert (tmp_path / "photo-troubleshooter.pem").stat().st_mode & 0o077 == 0
    assert not (tmp_path / "key.pem").exists()
    assert "PRIVATE" not in (tmp_path / "photo-troubleshooter.cer").read_text(encoding="utf-8")
    app = "44444444-0000-4000-8000-000000000001"
    added = [line for line in called if "permission add" in line]
    assert added == [
        f"az ad app permission add --id {app} --api {API_IDS[service]} --api-permissions id-of-{name}=Role"
        for service, names in NAMES.items()
        for name in names
    ]
    assert called[0] == "az cloud set --name AzureCloud"
    assert called[-1] == f"az ad app permission admin-consent --id {app}"
    assert f"az ad app credential reset --id {app} --cert @photo-troubleshooter.cer --append" in called


@needs_shell
def test_the_undo_of_each_step_takes_it_back(tmp_path: Path) -> None:
    steps = routes(PLACE, NAMES)[AZURE_CLI]
    app = "app=44444444-0000-4000-8000-000000000001\n"
    called = play(tmp_path, "\n".join([steps[0].command, app, *(step.undo for step in reversed(steps))]))
    assert called == [f"az ad sp delete --id {app[4:-1]}", f"az ad app delete --id {app[4:-1]}"]
    assert {path.name for path in tmp_path.iterdir()} == {"bin", "record.txt"}


@needs_shell
def test_a_known_app_gets_what_it_lacks_and_a_persons_app_gets_scopes(tmp_path: Path) -> None:
    lacking = {GRAPH: ("MailboxSettings.Read",), SHAREPOINT: ()}
    (step,) = routes(KNOWN, lacking)[AZURE_CLI]
    called = play(tmp_path, step.command)
    wanted = f"--id {KNOWN.client_id} --api {API_IDS[GRAPH]} --api-permissions id-of-MailboxSettings.Read"
    assert [line for line in called if "permission add" in line] == [
        f"az ad app permission add {wanted}=Role"
    ]
    found = routes(KNOWN, lacking, app_only=False)
    assert list(found) == [AZURE_CLI]
    called = play(tmp_path, found[AZURE_CLI][0].command)
    assert any("oauth2PermissionScopes[?value=='MailboxSettings.Read']" in line for line in called)
    assert [line for line in called if "permission add" in line] == [
        f"az ad app permission add {wanted}=Scope"
    ]


@needs_shell
def test_the_route_of_m365_names_both_services(tmp_path: Path) -> None:
    register = routes(PLACE, NAMES)[M365_CLI][1]
    (add,) = [line for line in play(tmp_path, register.command) if "app add" in line]
    assert "https://graph.microsoft.com/User.Read.All," in add
    assert "https://microsoft.sharepoint-df.com/Sites.Read.All " in add
    grant = routes(KNOWN, NAMES)[M365_CLI][0]
    added = [line for line in play(tmp_path, grant.command) if "approleassignment add" in line]
    assert [line.partition("--scopes ")[2] for line in added] == [",".join(names) for names in NAMES.values()]


@pytest.mark.parametrize("place", [PLACE, KNOWN])
def test_every_step_says_effect_undo_and_verification(place: Place) -> None:
    found = routes(place, NAMES)
    assert set(found) == set(TOOLS)
    for step in (step for steps in found.values() for step in steps):
        assert all((step.text, step.command, step.effect, step.undo, step.verify))


def test_powershell_names_every_permission_and_closes_what_it_opens() -> None:
    for place in (PLACE, KNOWN):
        text = "\n".join(step.command + step.undo for step in routes(place, NAMES)[GRAPH_POWERSHELL])
        for name in (name for names in NAMES.values() for name in names):
            assert f"'{name}'" in text
        for opening, closing in ("()", "{}", "[]"):
            assert text.count(opening) == text.count(closing)
        assert text.count("'") % 2 == text.count('"') % 2 == 0


def test_no_tool_is_told_about_a_cloud_it_does_not_know() -> None:
    assert routes(Place("x.toml", "sandbox", "login.x"), NAMES) == {}
    assert set(routes(Place("china", "china", "login.chinacloudapi.cn"), NAMES)) == {
        GRAPH_POWERSHELL,
        AZURE_CLI,
    }
    assert routes(PLACE, {GRAPH: ()}) == {}
