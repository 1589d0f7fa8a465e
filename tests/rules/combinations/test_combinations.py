"""Combined situations, one sentence each, with the verdict that the documents named beside them ask for.

The tables stand in the TOML files of this folder. `from` names people of `tests.rules.situations.BASES`,
`facts` what is special (times relative to the collection), `hidden` the sources that were refused.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.rules.people import NOW
from tests.rules.situations import from_table, hours
from troubleshooter.diagnose.result import Diagnosis, Role
from troubleshooter.diagnose.rule import State
from troubleshooter.diagnose.rulebook import load_rules
from troubleshooter.diagnose.verdict import diagnose
from troubleshooter.evidence.record import Collected

BOOK = load_rules()
CAUSES = (State.PROBLEM, State.ON_ITS_WAY)
IDS = {rule.id for rule in BOOK.rules}
TABLES: list[dict[str, Any]] = [
    {**table, "file": path.stem}
    for path in sorted(Path(__file__).parent.glob("*.toml"))
    for table in tomllib.loads(path.read_text(encoding="utf-8"))["situation"]
]
EXPECTED = {
    "state", "cause", "actor", "confidence", "lowered_by", "symptoms", "separate", "advice", "asks",
    "wait_until", "stuck_at",
}  # fmt: skip


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Diagnosis]:
    """All situations in one batch, by name."""
    people = [Collected(from_table(table)) for table in TABLES]
    return dict(zip((table["name"] for table in TABLES), diagnose(people, BOOK), strict=True))


def _ids(diagnosis: Diagnosis, role: Role) -> set[str]:
    return {finding.rule.id for finding in diagnosis.findings if finding.role is role}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table["name"])
def test_a_combined_situation(verdicts: dict[str, Diagnosis], table: dict[str, Any]) -> None:
    found, expect = verdicts[table["name"]], table["expect"]
    verdict = found.verdict
    cause = verdict.cause.id if verdict.cause else ""
    assert (verdict.state, cause) == (expect["state"], expect["cause"])
    separate = {name for name in _ids(found, Role.SEPARATE) if BOOK.rule(name).state in CAUSES}
    assert separate == set(expect.get("separate", []))
    assert set(expect.get("symptoms", [])) <= _ids(found, Role.SYMPTOM)
    assert set(expect.get("advice", [])) <= _ids(found, Role.ADVICE)
    assert set(expect.get("asks", [])) <= {entry.rule.id for entry in found.questions}
    if "actor" in expect:
        assert verdict.actor == expect["actor"]
    if "confidence" in expect:
        assert verdict.confidence == expect["confidence"]
    assert set(expect.get("lowered_by", [])) <= set(verdict.lowered_by)
    assert bool(verdict.lowered_by) is bool(expect.get("lowered_by"))
    for key, when in (("wait_until", verdict.wait_until), ("stuck_at", verdict.stuck_at)):
        if key in expect:
            assert when == NOW + hours(expect[key])


def test_there_are_at_least_sixty_and_each_is_told_once() -> None:
    names = Counter(table["name"] for table in TABLES)
    assert len(names) >= 60
    assert [name for name, times in names.items() if times > 1] == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table["name"])
def test_each_situation_gives_its_reason_and_a_public_source(table: dict[str, Any]) -> None:
    keys = {"name", "from", "facts", "hidden", "hidden_as", "unknown", "expect", "why", "source", "file"}
    assert set(table) <= keys
    assert table["name"][0].isupper()
    assert table["name"].endswith(".")
    assert table["why"].endswith(".")
    assert urlsplit(table["source"]).scheme == "https"
    assert set(table["expect"]) <= EXPECTED
    named = {table["expect"]["cause"]} - {""}
    for key in ("symptoms", "separate", "advice", "asks", "lowered_by"):
        named |= set(table["expect"].get(key, []))
    assert named <= IDS
