"""What `bundle show` tells whoever decides whether to send a bundle."""

from __future__ import annotations

import json
from pathlib import Path

from tests.bundles.conftest import Bundled, Options
from tests.bundles.test_redaction import hostile
from tests.cli.program import run
from troubleshooter.evidence.codec import dump
from troubleshooter.sandbox.apps import DEMO_CLIENT, demo_secret
from troubleshooter.sandbox.model import TenantState
from troubleshooter.sandbox.server import Sandbox

FINE = "petra.horvat@contoso.example"


def test_it_says_whose_names_are_in_it_what_is_known_and_which_pictures(
    as_app: Options, tmp_path: Path
) -> None:
    out = tmp_path / "b.zip"
    run("collect", FINE, *as_app(), "-o", str(out))
    lines = run("bundle", "show", str(out), "--lang", "en").stdout.splitlines()
    assert lines[0].startswith("b.zip · ")
    assert lines[1].startswith("Collected ")
    assert lines[1].endswith("people: 1.")
    assert lines[2].startswith("NOT redacted: it holds the names and addresses")
    assert f"1. Petra Horvat · {FINE}" in lines
    assert any(line.startswith("   facts known: ") for line in lines)
    assert "   picture, Microsoft 365: 648 × 648, image/jpeg, " in "\n".join(lines)
    assert any(line.startswith("  evidence.jsonl · ") and "SHA-256" in line for line in lines)
    assert any(line.startswith("  pictures/0001/photo.jpg · ") for line in lines)


def test_a_redacted_bundle_is_called_so_and_tells_what_was_replaced(redacted: Bundled) -> None:
    done = run("bundle", "show", str(redacted.path), "--lang", "en")
    assert done.code == 0
    assert "Redacted: pseudonyms stand for names 4" in done.stdout
    assert "NOT redacted" not in done.stdout
    assert "The private map that leads back to the names is not in it" in done.stdout
    assert "Pictures replaced by their fingerprints: " in done.stdout
    assert "no picture in the bundle" in done.stdout
    assert "5 more people: --json lists them." in done.stdout
    assert "contoso" not in done.stdout.lower().replace("hidden.zip", "")


def test_it_speaks_croatian(redacted: Bundled) -> None:
    done = run("bundle", "show", str(redacted.path), "--lang", "hr")
    assert "Redigirano, pseudonimima je zamijenjeno: imena 4" in done.stdout
    assert "Kontrolni zbrojevi se podudaraju." in done.stdout


def test_json_lists_everybody_and_every_file(bundle: Bundled, tenant: TenantState) -> None:
    shown = json.loads(run("bundle", "show", str(bundle.path), "--json").stdout)
    assert [one["person"] for one in shown["people"]] == [account.upn for account in tenant.accounts]
    assert shown["count"] == len(tenant.accounts)
    named = {picture["file"] for one in shown["people"] for picture in one["pictures"]}
    assert named < {file["name"] for file in shown["files"]}
    assert all(len(file["sha256"]) == 64 for file in shown["files"])


def test_what_could_not_be_read_is_told_with_the_reason(sandbox: Sandbox, tmp_path: Path) -> None:
    out = tmp_path / "b.zip"
    done = run(
        "collect", FINE, "-o", str(out), "--cloud", str(sandbox.cloud_file),
        "--tenant", sandbox.tenant.domain, "--client-id", DEMO_CLIENT,
        environment={"PHOTO_TROUBLESHOOTER_CLIENT_SECRET": demo_secret(DEMO_CLIENT)},
    )  # fmt: skip
    assert done.code == 0
    shown = run("bundle", "show", str(out), "--lang", "en").stdout
    assert "SharePoint refuses apps that sign in with a client secret, so it was not asked." in shown
    manifest = json.loads(run("bundle", "show", str(out), "--json").stdout)
    denied = [one for one in manifest["missing"] if one["reason"] == "denied"]
    assert denied[0]["permission"].startswith("A certificate")
    assert demo_secret(DEMO_CLIENT).encode() not in out.read_bytes()


def test_without_pictures_there_are_none_and_it_says_so(bundle: Bundled, tmp_path: Path) -> None:
    out = tmp_path / "b.zip"
    assert run("collect", "--from", str(bundle.path), "--no-pictures", "-o", str(out)).code == 0
    shown = run("bundle", "show", str(out), "--lang", "en").stdout
    assert "Pictures left out, as was asked for: " in shown
    assert "pictures/" not in shown
    assert run("analyze", str(out), "--quiet").code == 1


def test_a_name_cannot_play_with_the_terminal(tmp_path: Path) -> None:
    file, out = tmp_path / "e.json", tmp_path / "b.zip"
    name = "\x1b]0;owned\x07 Zed \u202e[red]x[/red]"
    file.write_text(json.dumps(dump(hostile(**{"person.display_name": name}))), encoding="utf-8")
    assert run("collect", "--from", str(file), "-o", str(out)).code == 0
    shown = run("bundle", "show", str(out), "--lang", "en").stdout
    assert "Zed" in shown
    assert "[red]" in shown
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)


def test_wrong_use_is_explained(tmp_path: Path) -> None:
    for arguments, words in (
        ((), "Say whom to collect"),
        (("a@b.example", "--all"), "Say whom to collect"),
        (("a@b.example", "--where", "x"), "--where is for --all only"),
        (("--all", "--symptom", "old"), "What one person told does not hold for everybody"),
        (("a@b.example", "--map", "m"), "--map is for --redact only"),
    ):
        done = run("collect", *arguments, "-o", str(tmp_path / "b.zip"), "--lang", "en")
        assert done.code == 2
        assert words in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_nobody_found_writes_no_bundle(as_app: Options, tmp_path: Path) -> None:
    done = run("collect", "nobody@contoso.example", *as_app(), "-o", str(tmp_path / "b.zip"), "--lang", "en")
    assert done.code == 2
    assert "Nobody in this tenant is called nobody@contoso.example." in done.stderr
    assert list(tmp_path.iterdir()) == []
