"""`diagnose` and `analyze` as a person runs them: a process, the sandbox over TLS, files, exit codes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema

from tests.cli.conftest import Options
from tests.cli.program import run
from troubleshooter.sandbox.apps import DEMO_CLIENT, NARROW_CLIENT, demo_secret
from troubleshooter.sandbox.server import Sandbox

FINE = "petra.horvat@contoso.example"
STALE = "rita.supek@contoso.example"
WAITING = "josip.knez@contoso.example"


def test_a_fine_person_leaves_with_0_and_a_report_a_letter_and_a_ticket_note(
    as_app: Options, tmp_path: Path
) -> None:
    done = run("diagnose", FINE, *as_app(), "--out", str(tmp_path), "--lang", "en", "--lang", "hr")
    assert (done.code, done.stderr) == (0, "")
    stem = "petra.horvat_at_contoso.example"
    expected = {f"{stem}.json", f"{stem}.html"}
    for code in ("en", "hr"):
        endings = (f"letter.{code}.txt", f"letter.{code}.html", f"ticket.{code}.txt")
        expected |= {f"{stem}.{ending}" for ending in endings}
    assert {path.name for path in tmp_path.iterdir()} == expected
    page = (tmp_path / f"{stem}.html").read_text(encoding="utf-8")
    assert re.findall(r'<html lang="(..)"|id="language-(..)"', page) == [("en", ""), ("", "en"), ("", "hr")]


def test_a_problem_leaves_with_1_and_says_who_acts(as_app: Options, tmp_path: Path) -> None:
    done = run("diagnose", STALE, *as_app(), "--out", str(tmp_path), "--lang", "en")
    assert done.code == 1
    assert "stale-beyond-window" in done.stdout
    assert "Who acts" in done.stdout


def test_on_its_way_leaves_with_0_and_the_json_names_the_end_of_the_wait(as_app: Options) -> None:
    done = run("diagnose", WAITING, *as_app(), "--json")
    result = json.loads(done.stdout)
    assert done.code == 0
    assert result["verdict"]["state"] == "on_its_way"
    assert result["verdict"]["wait_until"] > result["evidence"]["run"]["collected_at"]


def test_the_json_follows_the_published_schema_and_analyze_gives_the_same_verdict(
    as_app: Options, tmp_path: Path
) -> None:
    people = [FINE, STALE, WAITING]
    done = run("diagnose", *people, *as_app(), "--json")
    assert done.code == 1
    results = [json.loads(line) for line in done.stdout.splitlines()]
    schema = json.loads(run("schema", "result").stdout)
    for result in results:
        jsonschema.Draft202012Validator(schema).validate(result)
    kept = tmp_path / "results.jsonl"
    kept.write_text(done.stdout, encoding="utf-8")
    again = run("analyze", str(kept), "--json")
    assert again.code == 1
    later = [json.loads(line) for line in again.stdout.splitlines()]
    assert [entry["verdict"] for entry in later] == [entry["verdict"] for entry in results]
    assert [entry["person"] for entry in later] == [entry["person"] for entry in results]


def test_json_alone_writes_no_file(as_app: Options, tmp_path: Path) -> None:
    done = run("diagnose", FINE, *as_app(), "--json", directory=tmp_path)
    assert done.code == 0
    assert list(tmp_path.iterdir()) == []


def test_what_the_ticket_says_can_decide(as_app: Options) -> None:
    ticket = ("--symptom", "old", "--app", "teams")
    done = run("diagnose", FINE, *as_app(), "--json", *ticket)
    assert json.loads(done.stdout)["verdict"]["cause"] == "teams-cache"


def test_without_rights_to_sharepoint_nothing_is_claimed_and_the_code_is_3(as_app: Options) -> None:
    done = run("diagnose", STALE, *as_app(NARROW_CLIENT), "--json")
    result = json.loads(done.stdout)
    assert done.code == 3
    assert result["verdict"]["state"] == "undecided"
    denied = {gap["fact"]: gap["permission"] for gap in result["gaps"] if gap["reason"] == "denied"}
    assert denied["sharepoint.profile_exists"] == "Microsoft Graph Sites.Read.All"


def test_a_secret_reads_graph_and_says_why_sharepoint_was_not_asked(sandbox: Sandbox) -> None:
    secret = demo_secret(DEMO_CLIENT)
    before = len(sandbox.requests)
    done = run(
        "diagnose", STALE, "--json",
        "--cloud", str(sandbox.cloud_file), "--tenant", sandbox.tenant.domain, "--client-id", DEMO_CLIENT,
        environment={"PHOTO_TROUBLESHOOTER_CLIENT_SECRET": secret},
    )  # fmt: skip
    result = json.loads(done.stdout)
    assert done.code == 3
    assert result["evidence"]["photo"]["present"] is True
    gap = next(gap for gap in result["gaps"] if gap["fact"] == "sharepoint.profile_exists")
    assert "certificate" in gap["detail"] + gap["permission"]
    assert "certificate" in done.stderr
    hosts = {entry.host for entry in list(sandbox.requests)[before:]}
    assert not any("sharepoint" in host for host in hosts)
    assert secret not in done.stdout + done.stderr


def test_a_shared_mailbox_is_diagnosed_as_one(as_app: Options) -> None:
    done = run("diagnose", "info@contoso.example", *as_app(), "--json")
    assert json.loads(done.stdout)["verdict"]["cause"] == "mailbox-nobody-signs-in"
    assert done.code == 1


def test_a_report_that_cannot_be_written_leaves_the_good_one(as_app: Options, tmp_path: Path) -> None:
    good = tmp_path / "petra.horvat_at_contoso.example.html"
    good.mkdir()
    done = run("diagnose", FINE, *as_app(), "--out", str(tmp_path), "--lang", "en")
    assert done.code == 4
    assert "cannot be written" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [good.name]


def test_the_same_report_in_croatian_speaks_croatian(as_app: Options, tmp_path: Path) -> None:
    done = run("diagnose", STALE, *as_app(), "--out", str(tmp_path), "--lang", "hr")
    page = (tmp_path / "rita.supek_at_contoso.example.html").read_text(encoding="utf-8")
    assert '<html lang="hr"' in page
    assert "Izvješće" in done.stdout
