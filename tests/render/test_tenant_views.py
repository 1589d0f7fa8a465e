"""Page, summary, lists, workbook and JUnit are views of one result: the same ids, states and counts."""

from __future__ import annotations

import csv
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.render import tenant_samples as samples
from troubleshooter.cli.audit_output import AuditFiles, write_audit
from troubleshooter.diagnose.audit_result import audit_result
from troubleshooter.diagnose.audit_result_people import everybody
from troubleshooter.diagnose.audit_result_types import AuditResult
from troubleshooter.diagnose.rule import State
from troubleshooter.render.tenant_rows import COLUMNS, record

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@dataclass(frozen=True)
class Written:
    """One audit: its result, its people as the store has them, and its files."""

    result: AuditResult
    people: list[dict[str, object]]
    files: AuditFiles


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    folder = tmp_path_factory.mktemp("audit")
    book = samples.rulebook()
    with samples.fill(folder, samples.small_tenant(), book) as store:
        samples.accept(store, "sync-off", 3, until=date(2027, 3, 1), expired=False)
        samples.accept(store, "never-triggered", 1, until=date(2026, 11, 1), expired=True)
        samples.compare(store, [("fixed", "problem", "sync-off", "fine", "fine-everywhere", True)])
        files = write_audit(store, book, folder, ["en", "hr"], xlsx=True)
        people = [record(row) for row in everybody(store)]
        yield Written(audit_result(store, book), people, files)


class Counts(HTMLParser):
    """What the page says of totals, causes and rows, read without running its script."""

    def __init__(self) -> None:
        super().__init__()
        self.totals: dict[str, str] = {}
        self.causes: dict[str, list[str]] = {}
        self.states: dict[str, str] = {}
        self.rows: Counter[str] = Counter()
        self._total = self._cause = ""
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("class") or ""
        if tag == "li" and name in ("problem", "on_its_way", "fine", "undecided", "accepted"):
            self._total = name
        if tag == "details" and "cause" in name.split():
            self._cause = given.get("data-cause") or ""
            self.causes[self._cause] = []
            self.states[self._cause] = given.get("data-state") or ""
        if tag == "table":
            self._inside.append(name)
        if tag == "tr" and self._inside[-1:] == ["persons"]:
            self.rows[self._cause] += 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        number = re.fullmatch(r"\s*([\d.,]+)\s*", data)
        if number and self._total and self._total not in self.totals:
            self.totals[self._total] = number.group(1)
        if self._cause:
            self.causes[self._cause].append(data)


def page(written: Written, code: str) -> Counts:
    """What the page says in one of its languages."""
    html = written.files.page.read_text(encoding="utf-8")
    found = Counts()
    found.feed(
        next(part for part in html.split('<div class="edition"')[1:] if f' lang="{code}"' in part[:300])
    )
    return found


@pytest.mark.parametrize("code", ["en", "hr"])
def test_the_page_counts_what_the_result_counts(written: Written, code: str) -> None:
    totals, found = written.result.totals, page(written, code)
    said = {state.value: str(totals.of(state)) for state in State if state is not State.ADVICE}
    assert found.totals == {**said, "accepted": str(totals.accepted)}
    causes = {one.id: one for one in written.result.causes}
    assert set(found.causes) == {*causes, ""}
    for rule_id, one in causes.items():
        assert found.states[rule_id] == one.state.value
        assert re.search(rf"\b{one.people} ", " ".join(found.causes[rule_id]))
        assert found.rows[rule_id] == len(one.first) + 1  # and the row of headings
    assert found.rows[""] == len(written.result.undecided_first) + 1


def test_the_summary_counts_what_the_result_counts(written: Written) -> None:
    told = json.loads(written.files.summary.read_text(encoding="utf-8"))
    totals = written.result.totals
    assert told["schema"] == "photo-troubleshooter/audit/1"
    assert told["totals"] == {
        "people": 60,
        "problem": totals.problem,
        "on_its_way": totals.on_its_way,
        "fine": totals.fine,
        "undecided": totals.undecided,
        "accepted": 3,
    }
    assert {one["rule"]: (one["state"], one["people"]) for one in told["causes"]} == {
        one.id: (one.state.value, one.people) for one in written.result.causes
    }
    assert told["expired"] == 1
    assert told["changes"]["fixed"] == 1
    for name in [*told["files"]["people"], told["files"]["junit"], told["files"]["report"]]:
        assert (written.files.summary.parent / name).is_file()


def test_csv_and_json_lines_hold_everybody_with_the_same_values(written: Written) -> None:
    with written.files.people_csv.open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    lines = [
        json.loads(line) for line in written.files.people_jsonl.read_text(encoding="utf-8").split("\n")[:-1]
    ]
    assert lines == written.people
    assert list(table[0]) == list(COLUMNS)
    for name in ("id", "state", "cause", "actor", "confidence", "accepted"):
        assert [row[name] for row in table] == [line[name] for line in lines]
    counted = Counter(row["state"] for row in table if row["accepted"] != "accepted")
    assert counted == {
        state.value: number
        for state in State
        if state is not State.ADVICE and (number := written.result.totals.of(state))
    }


def test_the_lists_of_causes_add_up_to_everybody_who_has_one(written: Written) -> None:
    with_cause = {
        line["id"]
        for line in written.people
        if line["cause"] and line["state"] != "fine" and line["accepted"] != "accepted"
    }
    listed: list[str] = []
    for one in written.result.causes:
        as_csv, as_lines = written.files.lists[one.id]
        with as_csv.open(encoding="utf-8-sig", newline="") as file:
            ids = [row["id"] for row in csv.DictReader(file)]
        assert ids == [
            json.loads(line)["id"] for line in as_lines.read_text(encoding="utf-8").split("\n")[:-1]
        ]
        assert len(ids) == one.people
        listed += ids
    assert len(listed) == len(set(listed))
    assert set(listed) == with_cause


def test_a_plan_names_exactly_the_people_of_its_cause(written: Written) -> None:
    assert set(written.files.plans) == {one.id for one in written.result.problems}
    for rule_id, folder in written.files.plans.items():
        assert (folder / "people.csv").read_bytes() == written.files.lists[rule_id][0].read_bytes()
        assert (folder / "letter.en.txt").is_file()
        assert (folder / "letter.hr.txt").is_file()


def test_the_workbook_holds_the_same_numbers_and_people(written: Written) -> None:
    assert written.files.workbook is not None
    sheets = workbook(written.files.workbook)
    assert list(sheets) == ["Totals", "Causes", "People", "Undecided"]
    numbers = {str(row[0]): row[1] for row in sheets["Totals"] if len(row) > 1}
    totals = written.result.totals
    assert [numbers[word] for word in ("Problem", "On its way", "Fine", "Could not decide", "Accepted")] == [
        totals.problem,
        totals.on_its_way,
        totals.fine,
        totals.undecided,
        totals.accepted,
    ]
    assert {row[0]: row[3] for row in sheets["Causes"][1:]} == {
        one.id: one.people for one in written.result.causes
    }
    assert sheets["People"][0] == list(COLUMNS)
    assert [row[0] for row in sheets["People"][1:]] == [line["id"] for line in written.people]
    assert [row[4] for row in sheets["People"][1:]] == [line["state"] for line in written.people]


def test_junit_fails_for_problems_and_never_passes_what_is_open(written: Written) -> None:
    suites = ET.parse(written.files.junit).getroot()
    causes = {one.id: one for one in written.result.causes}
    cases = {case.get("name"): case for case in suites.iter("testcase")}
    for outcome in written.result.outcomes:
        case = cases[outcome.rule.id]
        failure, skipped = case.find("failure"), case.find("skipped")
        failed = outcome.rule.state is State.PROBLEM and outcome.people > 0
        assert (failure is not None) is failed
        assert (skipped is not None) is (not failed and outcome.undecided > 0)
        if failure is not None:
            assert (failure.get("message") or "").startswith(f"{causes[outcome.rule.id].people} people: ")
            first = causes[outcome.rule.id].first[0]
            assert first.user_principal_name in (failure.text or "")
            assert f"cause-{outcome.rule.id}.csv" in (failure.text or "")
    assert cases["everybody was decided"].find("skipped") is not None
    assert cases["no accepted finding has expired"].find("failure") is not None
    assert cases["the audit has ended"].find("skipped") is None


def workbook(path: Path) -> dict[str, list[Sequence[object]]]:
    """The cells of a workbook by sheet: strings, numbers and truth values, and no formula."""
    with zipfile.ZipFile(path) as archive:
        names = [
            sheet.get("name") or ""
            for sheet in ET.fromstring(archive.read("xl/workbook.xml")).iter(f"{SHEET}sheet")
        ]
        found = {}
        for number, name in enumerate(names, 1):
            root = ET.fromstring(archive.read(f"xl/worksheets/sheet{number}.xml"))
            assert list(root.iter(f"{SHEET}f")) == []
            found[name] = [_cells(row) for row in root.iter(f"{SHEET}row")]
    return found


def _cells(row: ET.Element) -> list[object]:
    cells: dict[int, object] = {}
    for cell in row.iter(f"{SHEET}c"):
        letters = re.sub(r"\d", "", cell.get("r") or "")
        column = 0
        for letter in letters:
            column = column * 26 + ord(letter) - 64
        text = "".join(part.text or "" for part in cell.iter(f"{SHEET}t"))
        value = cell.find(f"{SHEET}v")
        number = value.text if value is not None else None
        cells[column - 1] = int(number) if number is not None and cell.get("t") != "inlineStr" else text
    return [cells.get(place, "") for place in range(max(cells, default=-1) + 1)]
