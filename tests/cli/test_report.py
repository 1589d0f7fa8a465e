"""`report`: pages again from stored data, with the verdicts that the data gives, and nobody asked again."""

from __future__ import annotations

import json
import os
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.program import Done, run
from troubleshooter.evidence.store import open_store
from troubleshooter.sandbox.people import scripted_tenant
from troubleshooter.sandbox.server import Sandbox

RULE = """
title = "The account has a department"
status = "test"
state = "problem"
actor = "admin"
confidence = "high"
when = "photo.present"
because = "A photo is there."
headline = "Your photo is there, and here that is a problem."
near_miss = "There is no photo."
false_positives = ["In every other company."]

[[admin_steps]]
text = "Look at it."
why = "It is a test."

[[references]]
url = "https://contoso.example/photo"
title = "House rules"
checked_on = "2026-11-22"
supports = "documented"

[[examples]]
name = "somebody with a photo"
facts = { "photo.present" = true }
expect = true

[[examples]]
name = "somebody without a photo"
facts = { "photo.present" = false }
expect = false

[[examples]]
name = "somebody of whom nothing is known"
facts = { "person.mail" = "a@contoso.example" }
expect = "unknown"
"""
Verdicts = dict[str, tuple[str, str]]


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An audit of everybody in the sandbox tenant, whose server is gone."""
    folder = tmp_path_factory.mktemp("audit") / "a"
    with Sandbox(scripted_tenant(datetime.now(UTC).replace(microsecond=0))) as sandbox:
        client = sandbox.tenant.clients[0]
        done = run(
            "audit", "--out", str(folder), "--include", "guests,rooms", "--lang", "en", "--quiet",
            "--cloud", str(sandbox.cloud_file), "--tenant", sandbox.tenant.domain,
            "--client-id", client.id, "--certificate", str(sandbox.certificate_file(client.id)),
        )  # fmt: skip
        assert done.code == 1, done.stderr
    return folder


@pytest.fixture
def folder(audited: Path, tmp_path: Path) -> Path:
    """A copy of that audit to work on."""
    shutil.copytree(audited, tmp_path / "audit")
    return tmp_path / "audit"


def verdicts(folder: Path) -> Verdicts:
    with open_store(folder) as store:
        rows = store.query("SELECT person_id, state, cause FROM verdicts")
    return {one: (state, cause) for one, state, cause in rows}


def report(*arguments: str | Path) -> Done:
    return run("report", *map(str, arguments), "--lang", "en", "--no-open")


def test_everybody_of_an_audit_gets_the_verdict_that_the_audit_gave(audited: Path) -> None:
    known = verdicts(audited)
    assert len(known) > 40
    named = [word for one in known for word in ("--person", one)]
    done = report(audited, *named, "--json")
    results = [json.loads(line) for line in done.stdout.splitlines()]
    found = {one["person"]["id"]: (one["verdict"]["state"], one["verdict"]["cause"] or "") for one in results}
    assert found == known
    assert done.code == 1, done.stderr


@pytest.mark.parametrize("key", ["person_id", "person.user_principal_name", "person.mail"])
def test_a_person_is_found_by_id_sign_in_name_and_address(key: str, audited: Path, tmp_path: Path) -> None:
    with open_store(audited) as store:
        name, upn = store.query(
            f"SELECT {key}, person.user_principal_name FROM people "
            "WHERE person.mail <> '' AND photo.present ORDER BY person_id LIMIT 1"
        )[0]
    done = report(audited, "--person", name.upper(), "--out", tmp_path)
    assert done.code in (0, 1), done.stderr
    (page,) = (path for path in tmp_path.glob("*.html") if ".letter." not in path.name)
    text = page.read_text(encoding="utf-8")
    assert upn in text
    assert "From the evidence of the audit that ended " in text
    assert "nobody was asked again." in text
    assert "It shows no pictures, because none are kept with this evidence." in text
    assert "<img" not in text
    assert "From the evidence of the audit" in next(tmp_path.glob("*.ticket.en.txt")).read_text("utf-8")


def test_somebody_who_is_not_in_the_audit_is_named(audited: Path) -> None:
    done = report(audited, "--person", "nobody@contoso.example")
    assert done.code == 2
    assert "nobody@contoso.example is not in the audit of" in done.stderr
    assert "Look into people.csv" in done.stderr


def test_the_tenant_report_is_written_again_and_differs_only_in_what_it_says_of_that(
    audited: Path, folder: Path
) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    lists = [name for name in before if name.endswith((".csv", ".jsonl"))]
    known = verdicts(folder)
    for name in (*lists, "report.html", "summary.json"):
        (folder / name).unlink()
    done = report(folder)
    assert done.code == 1, done.stderr
    assert "nobody was asked again. No verdict differs from the audit's own." in done.stdout
    assert verdicts(folder) == known
    assert {name: (folder / name).read_bytes() for name in lists} == {name: before[name] for name in lists}
    assert json.loads((folder / "summary.json").read_bytes()) == json.loads(before["summary.json"])
    page = (folder / "report.html").read_text(encoding="utf-8")
    row = re.search(r"<div><dt>Verdicts given anew</dt>.*?</div>", page)
    assert row
    elsewhere = before["report.html"].decode().replace(str(audited), str(folder))
    assert page.replace(row[0], "") == elsewhere
    assert f"photo-troubleshooter report '{folder}' --person" in page.replace("&#39;", "'") or (
        f"photo-troubleshooter report {folder} --person" in page
    )


def test_other_rules_give_other_verdicts_and_the_report_says_so(folder: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules" / "client"
    rules.mkdir(parents=True)
    (rules / "photo-is-there.toml").write_text(RULE, encoding="utf-8")
    own = ("--rules", rules.parent)
    known = verdicts(folder)
    done = report(folder, *own)
    assert "Rule left out" not in done.stderr
    changed = {one for one, verdict in verdicts(folder).items() if verdict != known[one]}
    assert changed
    told = f"{len(changed)} verdict{'s differ' if len(changed) > 1 else ' differs'} from the audit's own."
    assert "The audit itself was judged by the rules " in done.stdout
    assert told in done.stdout
    assert told.replace("'", "&#39;") in (folder / "report.html").read_text(encoding="utf-8")
    # A second time the audit's own verdicts are still what is compared with.
    assert told in report(folder, *own).stdout
    assert "No verdict differs" in report(folder).stdout
    assert verdicts(folder) == known


def test_a_page_says_what_the_audit_had_answered_when_other_rules_say_otherwise(
    audited: Path, tmp_path: Path
) -> None:
    rules = tmp_path / "rules" / "client"
    rules.mkdir(parents=True)
    (rules / "photo-is-there.toml").write_text(RULE, encoding="utf-8")
    fine = next(one for one, (state, _) in verdicts(audited).items() if state == "fine")
    cause = verdicts(audited)[fine][1]
    done = report(audited, "--person", fine, "--rules", rules.parent, "--out", tmp_path / "out")
    assert done.code == 1, done.stderr
    note = next((tmp_path / "out").glob("*.ticket.en.txt")).read_text(encoding="utf-8")
    assert "The audit was judged by the rules " in note
    assert f"In the audit the answer was: Fine [{cause}]" in note


def test_what_was_accepted_is_told_on_the_persons_page_and_in_the_tenant_report(
    folder: Path, tmp_path: Path
) -> None:
    someone, cause = next(
        (one, cause) for one, (state, cause) in verdicts(folder).items() if state == "problem"
    )
    until = f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%d}"
    done = run(
        "accept", str(folder), "--person", someone, "--cause", cause,
        "--reason", "No camera here", "--author", "Nestor",
        "--until", until, "--lang", "en",
    )  # fmt: skip
    assert done.code == 0, done.stderr
    assert report(folder).code == 1
    assert "No camera here" in (folder / "report.html").read_text(encoding="utf-8")
    report(folder, "--person", someone, "--out", tmp_path / "out")
    note = next((tmp_path / "out").glob("*.ticket.en.txt")).read_text(encoding="utf-8")
    assert re.search(r"This finding is accepted until .* by Nestor: No camera here", note)


def test_another_folder_gets_a_copy_of_the_audit_and_the_audit_stays_as_it_is(
    folder: Path, tmp_path: Path
) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    done = report(folder, "--out", tmp_path / "copy", "--lang", "hr")
    assert done.code == 1, done.stderr
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert verdicts(tmp_path / "copy") == verdicts(folder)
    assert (tmp_path / "copy" / "report.html").exists()
    if os.name == "posix":
        assert (tmp_path / "copy" / "audit.duckdb").stat().st_mode & 0o777 == 0o600
    again = report(folder, "--out", tmp_path / "copy")
    assert again.code == 2
    assert "There is an audit in" in again.stderr


def test_an_audit_that_is_not_finished_gives_no_report(folder: Path) -> None:
    with open_store(folder, read_only=False) as store, store.transaction():
        store.connection.execute("DELETE FROM meta WHERE key = 'finished_at'")
    for more in ((), ("--person", "x")):
        done = report(folder, *more)
        assert done.code == 2
        assert "is not finished." in done.stderr


def test_a_folder_without_an_audit_and_a_path_to_nothing_are_said_to_be_that(tmp_path: Path) -> None:
    assert "There is no audit in" in report(tmp_path).stderr
    done = report(tmp_path / "nothing")
    assert done.code == 2
    assert "does not exist" in done.stderr


@pytest.fixture
def evidence(audited: Path, tmp_path: Path) -> Path:
    """Two people's results as `diagnose --json` prints them."""
    some = list(verdicts(audited))[:2]
    done = report(audited, "--person", some[0], "--person", some[1], "--json")
    path = tmp_path / "results.jsonl"
    path.write_text(done.stdout, encoding="utf-8")
    return path


def test_stored_results_become_pages_again(evidence: Path, tmp_path: Path) -> None:
    done = report(evidence, "--out", tmp_path / "out", "--lang", "hr")
    assert done.code in (0, 1), done.stderr
    assert len(list((tmp_path / "out").glob("*.ticket.hr.txt"))) == 2
    page = next(path for path in (tmp_path / "out").glob("*.html") if ".letter." not in path.name)
    assert "Written from stored evidence by the rules " in page.read_text(encoding="utf-8")


def test_of_stored_results_those_that_are_named_alone(evidence: Path, tmp_path: Path) -> None:
    upn = json.loads(evidence.read_text(encoding="utf-8").splitlines()[1])["person"]["user_principal_name"]
    report(evidence, "--person", upn.upper(), "--out", tmp_path / "out")
    assert len(list((tmp_path / "out").glob("*.json"))) == 1
    done = report(evidence, "--person", upn, "--person", "nobody@x", "--out", tmp_path / "out")
    assert done.code == 2
    assert "nobody@x is not in" in done.stderr


def test_a_result_is_not_written_over_the_evidence_it_is_made_from(evidence: Path, tmp_path: Path) -> None:
    report(evidence, "--out", tmp_path / "out")
    source = next((tmp_path / "out").glob("*.json"))
    before = source.read_bytes()
    for command in ("report", "analyze"):
        done = run(command, str(source), "--out", str(tmp_path / "out"), "--lang", "en")
        assert done.code == 2
        assert "is the evidence itself, and the new result would take its place." in done.stderr
    assert source.read_bytes() == before


def test_damaged_evidence_names_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"person": ', encoding="utf-8")
    done = report(path)
    assert done.code == 4
    assert "a.json" in done.stderr
    assert "The JSON ends too early." in done.stderr


def test_a_workbook_is_for_audits_alone(evidence: Path) -> None:
    done = report(evidence, "--xlsx")
    assert done.code == 2
    assert "--xlsx is for the report of an audit." in done.stderr


def test_a_person_is_judged_with_what_the_sample_showed_of_all(folder: Path) -> None:
    with open_store(folder, read_only=False) as store, store.transaction():
        store.put("run", {**store.get("run"), "run.profiles_sampled": 321, "run.profiles_differing": 1})
    done = report(folder, "--person", next(iter(verdicts(folder))), "--json")
    run_facts = json.loads(done.stdout)["evidence"]["run"]
    assert (run_facts["profiles_sampled"], run_facts["profiles_differing"]) == (321, 1)
