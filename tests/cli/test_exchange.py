"""Exchange's own controls from the command line: pasted output, and the endpoint nobody supports."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Options
from tests.cli.program import run
from troubleshooter.sandbox.server import Sandbox

PERSON = "petra.horvat@contoso.example"
OUTPUT = "Identity : OwaMailboxPolicy-Default\nIsDefault : True\nSetPhotoEnabled : False\n"


def test_pasted_output_decides_live_and_later_and_the_report_names_the_file(
    as_app: Options, tmp_path: Path
) -> None:
    pasted = tmp_path / "owa.txt"
    pasted.write_text(OUTPUT, encoding="utf-16")
    paste = ("--exchange-output", str(pasted), "--symptom", "cannot_change")
    live = run("diagnose", PERSON, *as_app(), "--json", *paste)
    assert json.loads(live.stdout)["verdict"]["cause"] == "owa-policy-blocks"
    plain = run("diagnose", PERSON, *as_app(), "--json")
    kept = tmp_path / "result.json"
    kept.write_text(plain.stdout, encoding="utf-8")
    later = run("analyze", str(kept), *paste, "--out", str(tmp_path / "out"), "--lang", "en")
    assert (live.code, later.code) == (1, 1)
    (page,) = (tmp_path / "out").glob("*example.html")
    assert "Exchange Online PowerShell output, owa.txt" in page.read_text(encoding="utf-8")


def test_exchange_is_not_asked_unless_it_was_allowed(as_app: Options, sandbox: Sandbox) -> None:
    before = len(sandbox.requests)
    run("diagnose", PERSON, *as_app(), "--json")
    assert not [one for one in list(sandbox.requests)[before:] if one.host.startswith("exchange.")]


def test_the_report_says_that_the_endpoint_is_unsupported(as_app: Options, tmp_path: Path) -> None:
    out = ("--out", str(tmp_path), "--lang", "en")
    done = run("diagnose", PERSON, *as_app(), "--json", "--allow-unsupported-exchange", *out)
    evidence = json.loads(done.stdout)["evidence"]
    assert evidence["mailbox"]["photo_change_allowed"] is True
    assert evidence["policy"]["owa_set_photo_enabled"] is True
    (page,) = tmp_path.glob("*example.html")
    text = page.read_text(encoding="utf-8")
    assert "endpoint that Microsoft does not support" in text
    assert "InvokeCommand (unsupported): Get-CASMailbox" in text


def test_a_wrong_file_stops_before_anybody_is_asked(
    as_app: Options, sandbox: Sandbox, tmp_path: Path
) -> None:
    pasted = tmp_path / "table.txt"
    pasted.write_text("Name  SetPhotoEnabled\n----  ---------------\n", encoding="utf-8")
    before = len(sandbox.requests)
    done = run("diagnose", PERSON, *as_app(), "--exchange-output", str(pasted), "--lang", "en")
    assert done.code == 4
    assert "table.txt, line 2" in done.stderr
    assert "Format-List" in done.stderr
    assert len(sandbox.requests) == before
