"""Files beside the tenant report are whole, private, and harmless to whatever opens them."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.render import tenant_samples as samples
from tests.render.test_tenant_views import workbook
from troubleshooter.cli.audit_output import write_audit
from troubleshooter.cli.output import WriteFailed, streamed
from troubleshooter.diagnose.audit_result import audit_result
from troubleshooter.diagnose.audit_result_people import everybody
from troubleshooter.diagnose.audit_result_types import PersonRow
from troubleshooter.diagnose.rule import State
from troubleshooter.errors import UsageError
from troubleshooter.evidence.store import Store
from troubleshooter.render import csv as csv_view
from troubleshooter.render import jsonl
from troubleshooter.render.junit import junit_xml
from troubleshooter.render.language import language
from troubleshooter.render.summary import summary_dict
from troubleshooter.render.tenant_rows import COLUMNS, record

BOOK = samples.rulebook()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with samples.fill(tmp_path / "audit", samples.small_tenant(), BOOK) as opened:
        yield opened


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "audit"
    made.mkdir()
    return made


ROW = PersonRow(
    *("id", "upn", "name", "mail"), State.PROBLEM, "sync-off", "admin", "high", None, None, None, "",
    *(None,) * 9, ("sync-off",), (),
)  # fmt: skip
HOSTILE = st.text(st.characters(codec="utf-8"), max_size=60) | st.sampled_from(
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1",
        "\u200b=1",
        "\uff1d1",
        "'=1",
        '"\n',
        "a;b,c",
    ]
)


@given(HOSTILE)
def test_no_cell_of_a_csv_file_is_a_formula_and_every_person_is_one_line(name: str) -> None:
    written = csv_view.line(replace(ROW, display_name=name, department=name))
    assert written.endswith("\r\n")
    assert written.count("\n") == 1
    cells = next(csv.reader(io.StringIO(written)))
    assert len(cells) == len(COLUMNS)
    for cell in cells:
        assert not cell.lstrip().startswith(("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"))


@given(HOSTILE)
def test_json_lines_keep_every_value_as_it_was_read(name: str) -> None:
    row = replace(ROW, display_name=name)
    written = jsonl.line(row)
    assert len(written.splitlines()) == 1
    assert json.loads(written) == record(row)


def test_a_csv_file_tells_excel_its_encoding_and_says_nothing_for_unknown(store: Store, folder: Path) -> None:
    files = write_audit(store, BOOK, folder, ["en"])
    data = files.people_csv.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\r\n") == data.count(b"\n") == 61
    with files.people_csv.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    denied = next(row for row in rows if row["state"] == "undecided")
    assert denied["sharepoint_picture"] == ""
    assert {row["photo_present"] for row in rows} == {"true", "false", ""}


def test_hostile_names_are_plain_text_in_the_workbook(store: Store, folder: Path) -> None:
    files = write_audit(store, BOOK, folder, ["en"], xlsx=True)
    assert files.workbook is not None
    names = [row[2] for row in workbook(files.workbook)["People"][1:]]
    assert "=cmd|' /C calc'!A0" in names
    assert "two lines and more" in names
    assert ("x" * 10_000) in names


def test_without_the_library_a_workbook_is_refused_with_advice(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(UsageError, match=r"pip install 'photo-troubleshooter\[xlsx\]'"):
        write_audit(store, BOOK, folder, ["en"], xlsx=True)
    assert write_audit(store, BOOK, folder, ["en"]).workbook is None


def test_junit_has_the_shape_that_pipelines_read(store: Store) -> None:
    """Elements and attributes of https://github.com/testmoapp/junitxml, the numbers added up."""
    result = audit_result(store, BOOK)
    root = ET.fromstring(junit_xml(result, {}).encode("utf-8"))
    assert root.tag == "testsuites"
    totals = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    names: list[tuple[str | None, str | None]] = []
    for suite in root:
        assert suite.tag == "testsuite"
        assert suite.get("name")
        assert suite.get("timestamp") == "2026-11-22T08:00:00"
        cases = list(suite)
        assert {case.tag for case in cases} == {"testcase"}
        for case in cases:
            assert set(case.attrib) == {"name", "classname", "time"}
            assert [child.tag for child in case] in (
                [],
                ["failure"],
                ["skipped"],
                ["system-out"],
                ["skipped", "system-out"],
            )
            names.append((case.get("classname"), case.get("name")))
        counted = {
            "tests": len(cases),
            "failures": sum(case.find("failure") is not None for case in cases),
            "errors": 0,
            "skipped": sum(case.find("skipped") is not None for case in cases),
        }
        assert {name: int(suite.get(name) or "-1") for name in counted} == counted
        totals = {name: totals[name] + counted[name] for name in totals}
        float(suite.get("time") or "none")
    assert {name: int(root.get(name) or "-1") for name in totals} == totals
    assert len(names) == len(set(names))
    assert {name for _, name in names} >= {rule.id for rule in BOOK.rules if rule.state is State.PROBLEM}


@given(HOSTILE)
def test_junit_is_well_formed_whatever_people_are_called(name: str) -> None:
    from troubleshooter.diagnose.audit_result_types import AuditCause, AuditResult, Outcome, Totals

    rule = BOOK.rule("sync-off")
    row = replace(ROW, user_principal_name=name)
    nothing = ((),) * 3
    result = AuditResult(
        "", name, None, None, (), None, Totals(problem=1),
        (AuditCause(rule, rule.state, 1, first=(row,)),), (),
        (Outcome(rule, 1, 0, 0),), *nothing, None, (), {}, "", None, None, {}, {}, "",
    )  # fmt: skip
    assert ET.fromstring(junit_xml(result, {}).encode("utf-8")).get("failures") == "1"


def test_an_audit_that_has_not_ended_is_never_green(tmp_path: Path) -> None:
    folder = tmp_path / "unfinished"
    folder.mkdir()
    with samples.fill(folder, iter([samples.person(1)]), BOOK, finished=False) as store:
        files = write_audit(store, BOOK, folder, ["en"])
    told = json.loads(files.summary.read_text(encoding="utf-8"))
    assert (told["finished"], told["finished_at"]) == (False, None)
    case = next(ET.parse(files.junit).iter("testcase"))
    assert (case.get("name"), [child.tag for child in case]) == ("the audit has ended", ["skipped"])
    assert "This audit has not ended: 1 of 1,000 people" in files.page.read_text(encoding="utf-8")


def test_the_keys_of_the_summary_are_a_promise(store: Store) -> None:
    told = summary_dict(audit_result(store, BOOK), {})
    assert list(told) == [
        "schema", "tenant", "started_at", "finished_at", "finished", "resumed_at", "rules_version", "totals",
        "causes", "fine_by", "undecided_by_permission", "unknown", "not_looked_at", "incomplete", "accepted",
        "expired", "tenant_findings", "changes", "sample", "traffic", "settings", "run", "files",
    ]  # fmt: skip
    assert list(told["causes"][0]) == [
        "rule", "title", "state", "people", "accepted", "actor", "confidence", "less_sure", "effort",
        "script", "waits_until", "since", "where",
    ]  # fmt: skip
    assert told["undecided_by_permission"][0] == {
        "permission": samples.SITES, "missing": 10, "blocks": 10, "decides": 7,
    }  # fmt: skip
    assert told["sample"]["profiles_upper_bound_95"] == pytest.approx(0.01)
    assert json.loads(json.dumps(told)) == told
    assert not any(row.display_name and row.display_name in json.dumps(told) for row in everybody(store))


def test_lists_and_plans_of_causes_that_are_gone_are_taken_away(store: Store, folder: Path) -> None:
    write_audit(store, BOOK, folder, ["en"], xlsx=True)
    plan = folder / "plans" / "sync-off"
    (folder / "plans" / "never-triggered" / "new-1.jpg").write_bytes(b"an administrator's own")
    (folder / "notes.csv").write_text("mine", encoding="utf-8")
    store.connection.execute("DELETE FROM people WHERE sharepoint.exchange_sync_state = 'off'")
    store.connection.execute("DELETE FROM people WHERE sharepoint.picture_url_state = 'empty'")
    samples.verdict_table(store, BOOK)
    write_audit(store, BOOK, folder, ["en"])
    assert not plan.exists()
    assert not (folder / "cause-sync-off.csv").exists()
    assert not (folder / "audit.xlsx").exists()
    assert [path.name for path in (folder / "plans" / "never-triggered").iterdir()] == ["new-1.jpg"]
    assert (folder / "notes.csv").exists()


def test_every_file_is_for_its_owner_alone(store: Store, folder: Path) -> None:
    write_audit(store, BOOK, folder, ["en"], xlsx=True)
    for path in folder.rglob("*"):
        if path.is_file() and not path.name.startswith("audit.duckdb") and os.name != "nt":
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert list(folder.rglob(".*")) == []


def test_a_list_that_cannot_be_finished_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("old", encoding="utf-8")

    def broken() -> None:
        with streamed(path) as file:
            file.write("new")
            raise OSError(28, "No space left on device")

    with pytest.raises(WriteFailed, match="No space left"):
        broken()
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path, tmp_path / "audit"]


def test_accepted_people_are_in_the_complete_list_and_in_no_plan(store: Store, folder: Path) -> None:
    samples.accept(store, "sync-off", 14, until=date(2027, 3, 1), expired=False)
    files = write_audit(store, BOOK, folder, ["en"])
    assert "sync-off" not in files.plans
    assert "sync-off" not in files.lists
    assert files.people_csv.read_text(encoding="utf-8").count(",,,,accepted,") == 14


def test_the_workbook_speaks_the_first_language(store: Store, folder: Path) -> None:
    files = write_audit(store, BOOK, folder, ["hr", "en"], xlsx=True)
    assert files.workbook is not None
    words = [row[0] for row in workbook(files.workbook)["Totals"]]
    assert language("hr").text("Could not decide") in words
