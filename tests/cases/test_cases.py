"""Public cases through the real engine: the cause, or the one thing to ask for, and never a wrong cause.

The score is printed at the end of the run.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.cases.conftest import SCORE
from tests.rules.people import IMAGE, NOW
from troubleshooter.diagnose.examples import typed
from troubleshooter.diagnose.result import Diagnosis
from troubleshooter.diagnose.rule import Actor, State
from troubleshooter.diagnose.rulebook import load_rules
from troubleshooter.diagnose.verdict import diagnose_one
from troubleshooter.evidence.record import Collected, EvidenceBuilder, GapReason
from troubleshooter.evidence.schema import FACTS

BOOK = load_rules()
TABLE = Path(__file__).with_name("cases.toml")
CASES: list[dict[str, Any]] = tomllib.loads(TABLE.read_text(encoding="utf-8"))["case"]
IN_SCOPE = [case for case in CASES if case["who_acts"] != "developer"]
OUT_OF_SCOPE = [case for case in CASES if case["who_acts"] == "developer"]
LEAST_RIGHT = 0.85


def _told(facts: Mapping[str, Any]) -> Diagnosis:
    """The diagnosis of what a case tells; everything else is a gap with its reason."""
    builder = EvidenceBuilder()
    builder.know("run.collected_at", NOW)
    for path, value in facts.items():
        if FACTS[path].kind == "datetime":
            builder.know(path, NOW + timedelta(hours=float(value.removesuffix(" h"))))
        else:
            builder.know(path, typed(path, value))  # type: ignore[arg-type]
    if facts.get("photo.present") is False:
        for path in IMAGE:
            builder.miss(path, GapReason.NOT_APPLICABLE)
    return diagnose_one(Collected(builder.build()), BOOK)


def _score(case: dict[str, Any]) -> str:
    found = _told(case["facts"])
    if found.verdict.cause is not None and found.verdict.state is not State.UNDECIDED:
        return "right" if found.verdict.cause.id in case["expect"] else "wrong"
    then = case.get("then", {})
    named = {path for entry in found.undecided for path in entry.needs if entry.rule.id in case["expect"]}
    if not then or not set(then) & named:
        return "undecided"
    after = _told(case["facts"] | then).verdict
    if after.cause is None or after.state is State.UNDECIDED:
        return "undecided"
    return "right after the named fact" if after.cause.id in case["expect"] else "wrong"


@pytest.mark.parametrize("case", IN_SCOPE, ids=lambda case: case["name"])
def test_a_public_case_is_never_given_a_wrong_cause(case: dict[str, Any]) -> None:
    found = _told(case["facts"]).verdict
    assert _score(case) != "wrong", found.cause.id if found.cause else found.state


@pytest.mark.parametrize("case", OUT_OF_SCOPE, ids=lambda case: case["name"])
def test_a_case_for_developers_is_not_blamed_on_something_else(case: dict[str, Any]) -> None:
    verdict = _told(case["facts"]).verdict
    assert verdict.state is State.UNDECIDED or (verdict.cause and verdict.cause.id in case["expect"])


def test_most_cases_are_right(record_property: Callable[[str, object], None]) -> None:
    score = Counter(_score(case) for case in IN_SCOPE)
    record_property(SCORE, dict(score))
    assert score["wrong"] == 0
    assert score["right"] >= LEAST_RIGHT * len(IN_SCOPE)


def test_nothing_told_gives_no_cause() -> None:
    verdict = _told({}).verdict
    assert (verdict.state, verdict.cause, verdict.actor) == (State.UNDECIDED, None, Actor.USER)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_case_has_its_address_and_known_rules(case: dict[str, Any]) -> None:
    assert set(case) <= {"name", "url", "year", "who_acts", "facts", "expect", "then"}
    assert urlsplit(case["url"]).scheme == "https"
    assert {BOOK.rule(rule_id).id for rule_id in case["expect"]} == set(case["expect"])
    assert len({FACTS[path].source for path in case.get("then", {}) if FACTS[path].group != "ticket"}) <= 1
    asked = [path for path in case.get("then", {}) if FACTS[path].group == "ticket"]
    assert len(asked) <= 1


def test_each_case_is_told_once() -> None:
    assert [name for name, times in Counter(case["name"] for case in CASES).items() if times > 1] == []
