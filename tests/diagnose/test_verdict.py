"""From answers to a verdict: cause, symptoms, doubts, questions, waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.diagnose.books import book, flag_rule, known
from troubleshooter.diagnose.result import Diagnosis, Role
from troubleshooter.diagnose.rule import Actor, Confidence, State
from troubleshooter.diagnose.verdict import diagnose, diagnose_one
from troubleshooter.evidence.record import Collected, Evidence, EvidenceBuilder, GapReason, Value

# Yes-or-no facts that stand for causes; what they mean does not matter here.
FIRST, SECOND, THIRD = "directory.account_enabled", "photo.animated", "photo.has_alpha"
QUIET = dict.fromkeys((FIRST, SECOND, THIRD), False)


def _diagnosis(folder: Path, rules: dict[str, str], evidence: Evidence) -> Diagnosis:
    return diagnose_one(Collected(evidence), book(folder, rules))


def _answer(diagnosis: Diagnosis) -> tuple[State, str, Actor]:
    verdict = diagnosis.verdict
    return verdict.state, verdict.cause.id if verdict.cause else "", verdict.actor


def _roles(diagnosis: Diagnosis) -> dict[str, Role]:
    return {finding.rule.id: finding.role for finding in diagnosis.findings}


def test_the_first_true_rule_is_the_cause(tmp_path: Path) -> None:
    rules = {"one": flag_rule(FIRST), "two": flag_rule(SECOND, actor="admin"), "three": flag_rule(THIRD)}
    found = _diagnosis(tmp_path, rules, known(QUIET | {SECOND: True, THIRD: True}))
    assert found.verdict.cause is not None
    assert (found.verdict.cause.id, found.verdict.state, found.verdict.actor) == (
        "two",
        State.PROBLEM,
        Actor.ADMIN,
    )
    assert found.verdict.confidence is Confidence.HIGH
    assert _roles(found) == {"two": Role.CAUSE, "three": Role.SEPARATE}
    assert [rule.id for rule in found.ruled_out] == ["one"]


def test_what_the_cause_explains_is_a_symptom_also_through_others_that_are_true(tmp_path: Path) -> None:
    rules = {
        "one": flag_rule(FIRST, explains='["two"]'),
        "two": flag_rule(SECOND, explains='["three"]'),
        "three": flag_rule(THIRD),
    }
    everything = dict.fromkeys((FIRST, SECOND, THIRD), True)
    found = _diagnosis(tmp_path / "chain", rules, known(everything))
    assert _roles(found) == {"one": Role.CAUSE, "two": Role.SYMPTOM, "three": Role.SYMPTOM}
    assert [finding.explained_by for finding in found.findings] == ["", "one", "one"]
    broken = _diagnosis(tmp_path / "broken", rules, known(QUIET | {FIRST: True, THIRD: True}))
    assert _roles(broken) == {"one": Role.CAUSE, "three": Role.SEPARATE}


def test_advice_is_never_the_cause(tmp_path: Path) -> None:
    rules = {"tip": flag_rule(FIRST, "advice"), "two": flag_rule(SECOND)}
    found = _diagnosis(tmp_path, rules, known(QUIET | {FIRST: True, SECOND: True}))
    assert found.verdict.cause is not None
    assert found.verdict.cause.id == "two"
    assert _roles(found) == {"tip": Role.ADVICE, "two": Role.CAUSE}


def test_an_earlier_rule_that_could_not_be_decided_lowers_the_confidence_by_one_step(tmp_path: Path) -> None:
    rules = {
        "one": flag_rule(FIRST),
        "two": flag_rule(SECOND),
        "three": flag_rule(THIRD),
        "four": flag_rule("photo.present"),
    }
    permission = "Microsoft Graph User.Read.All"
    found = _diagnosis(tmp_path, rules, known({THIRD: True}, permission=permission))
    assert found.verdict.confidence is Confidence.MEDIUM
    assert found.verdict.lowered_by == ("one", "two")
    assert [(entry.rule.id, entry.needs, entry.permissions) for entry in found.would_change_our_mind] == [
        ("one", (FIRST,), (permission,)),
        ("two", (SECOND,), (permission,)),
    ]
    assert [entry.rule.id for entry in found.undecided if not entry.before_cause] == ["four"]


@pytest.mark.parametrize(("before", "after"), [("high", "medium"), ("medium", "low"), ("low", "low")])
def test_confidence_falls_one_step_and_not_below_low(tmp_path: Path, before: str, after: str) -> None:
    rules = {"one": flag_rule(FIRST), "two": flag_rule(SECOND, confidence=before)}
    assert _diagnosis(tmp_path, rules, known({SECOND: True})).verdict.confidence == after


@pytest.mark.parametrize("state", ["advice", "fine", "undecided"])
def test_an_undecided_rule_that_could_not_be_the_cause_lowers_nothing(tmp_path: Path, state: str) -> None:
    rules = {"one": flag_rule(FIRST, state), "two": flag_rule(SECOND)}
    found = _diagnosis(tmp_path, rules, known({SECOND: True}))
    assert (found.verdict.confidence, found.verdict.lowered_by) == (Confidence.HIGH, ())
    assert [entry.before_cause for entry in found.undecided] == [False]


QUESTION = (
    flag_rule(SECOND)
    .replace(f'when = "{SECOND}"', "when = \"ticket.symptom = 'old'\"")
    .replace(f"{SECOND} = true", 'ticket.symptom = "old"')
    .replace(f"{SECOND} = false", 'ticket.symptom = "missing"')
)


def test_a_question_to_a_person_neither_lowers_nor_blocks(tmp_path: Path) -> None:
    rules = {"ask": QUESTION, "all-well": flag_rule(FIRST, "fine", actor="nobody")}
    found = _diagnosis(tmp_path, rules, known({FIRST: True}))
    assert found.verdict.state is State.FINE
    assert [(entry.rule.id, entry.needs) for entry in found.questions] == [("ask", ("ticket.symptom",))]
    assert found.would_change_our_mind == ()


def test_fine_needs_a_rule_that_proves_it(tmp_path: Path) -> None:
    rules = {"one": flag_rule(FIRST), "all-well": flag_rule(SECOND, "fine", actor="nobody")}
    proven = _diagnosis(tmp_path, rules, known({FIRST: False, SECOND: True}))
    assert _answer(proven) == (State.FINE, "all-well", Actor.NOBODY)
    assert _roles(proven) == {"all-well": Role.CAUSE}
    unexplained = _diagnosis(tmp_path, rules, known({FIRST: False, SECOND: False}))
    assert _answer(unexplained) == (State.UNDECIDED, "", Actor.NOBODY)


def test_nothing_is_fine_while_a_cause_is_undecided(tmp_path: Path) -> None:
    rules = {"one": flag_rule(FIRST), "all-well": flag_rule(SECOND, "fine")}
    found = _diagnosis(tmp_path, rules, known({SECOND: True}, permission="Microsoft Graph User.Read.All"))
    assert (found.verdict.state, found.verdict.cause, found.verdict.actor) == (
        State.UNDECIDED,
        None,
        Actor.ADMIN,
    )
    assert [entry.rule.id for entry in found.would_change_our_mind] == ["one"]


def test_an_obstacle_names_why_nothing_can_be_decided(tmp_path: Path) -> None:
    rules = {"one": flag_rule(FIRST), "refused": flag_rule(SECOND, "undecided", actor="admin")}
    found = _diagnosis(tmp_path, rules, known({SECOND: True}))
    assert found.verdict.cause is not None
    assert (found.verdict.state, found.verdict.cause.id, found.verdict.actor) == (
        State.UNDECIDED,
        "refused",
        Actor.ADMIN,
    )


def test_a_cause_beats_an_obstacle(tmp_path: Path) -> None:
    rules = {"refused": flag_rule(SECOND, "undecided"), "one": flag_rule(FIRST)}
    found = _diagnosis(tmp_path, rules, known({FIRST: True, SECOND: True}))
    assert found.verdict.state is State.PROBLEM
    assert _roles(found) == {"refused": Role.SEPARATE, "one": Role.CAUSE}


def test_a_refused_read_that_matters_only_after_a_complaint_is_a_question(tmp_path: Path) -> None:
    when = f"{FIRST} and (not photo.present or ticket.symptom = 'cannot_change')"
    blocked = (
        flag_rule(FIRST)
        .replace(f'when = "{FIRST}"', f'when = "{when}"')
        .replace(f"{FIRST} = true", f"{FIRST} = true, photo.present = false")
    )
    rules = {"one": blocked, "all-well": flag_rule(SECOND, "fine", actor="nobody")}
    quiet = _diagnosis(tmp_path / "quiet", rules, known({SECOND: True, "photo.present": True}))
    assert _answer(quiet) == (State.FINE, "all-well", Actor.NOBODY)
    assert [(entry.needs, entry.question) for entry in quiet.undecided] == [((FIRST, "ticket.symptom"), True)]
    facts = {SECOND: True, "photo.present": True, "ticket.symptom": "cannot_change"}
    complaint = _diagnosis(tmp_path / "complaint", rules, known(facts))
    assert _answer(complaint) == (State.UNDECIDED, "", Actor.NOBODY)
    assert [entry.rule.id for entry in complaint.would_change_our_mind] == ["one"]


def test_only_an_answer_of_the_person_is_missing_so_the_person_acts(tmp_path: Path) -> None:
    assert _diagnosis(tmp_path, {"ask": QUESTION}, known({})).verdict.actor is Actor.USER


def test_what_does_not_apply_is_ruled_out_and_blocks_nothing(tmp_path: Path) -> None:
    builder = EvidenceBuilder()
    builder.know(SECOND, True)
    builder.miss(FIRST, GapReason.NOT_APPLICABLE)
    rules = {"one": flag_rule(FIRST), "all-well": flag_rule(SECOND, "fine")}
    found = _diagnosis(tmp_path, rules, builder.build())
    assert found.verdict.state is State.FINE
    assert (found.undecided, [rule.id for rule in found.ruled_out]) == ((), ["one"])


def test_only_facts_that_would_decide_the_rule_are_asked_for(tmp_path: Path) -> None:
    when = f"({FIRST} and {SECOND}) or ({THIRD} and photo.decodes)"
    rule = (
        flag_rule(FIRST)
        .replace(f'when = "{FIRST}"', f'when = "{when}"')
        .replace(f"{FIRST} = true", f"{FIRST} = true, {SECOND} = true")
        .replace(f"{FIRST} = false", f"{FIRST} = false, {THIRD} = false")
    )
    found = _diagnosis(tmp_path, {"one": rule}, known({FIRST: False, THIRD: True}))
    assert [entry.needs for entry in found.undecided] == [("photo.decodes",)]


CLOCK = """
wait_from = ["sharepoint.picture_timestamp", "run.collected_at"]
normal_for = "24 h"
stuck_after = "3 d"
"""


@pytest.mark.parametrize(
    ("times", "start"),
    [
        ({"sharepoint.picture_timestamp": 1, "run.collected_at": 9}, 1),
        ({"run.collected_at": 9}, 9),
        ({}, None),
    ],
    ids=["first fact", "second fact", "no fact"],
)
def test_the_wait_clock_starts_at_the_first_known_fact(
    tmp_path: Path, times: dict[str, int], start: int | None
) -> None:
    facts: dict[str, Value] = {path: datetime(2026, 11, day, tzinfo=UTC) for path, day in times.items()}
    rules = {"one": flag_rule(FIRST, "on_its_way", more=CLOCK)}
    verdict = _diagnosis(tmp_path, rules, known(facts | {FIRST: True})).verdict
    assert verdict.state is State.ON_ITS_WAY
    if start is None:
        assert (verdict.wait_from, verdict.wait_until, verdict.stuck_at) == (None, None, None)
    else:
        begun = datetime(2026, 11, start, tzinfo=UTC)
        assert verdict.wait_from == begun
        assert verdict.wait_until == begun + timedelta(hours=24)
        assert verdict.stuck_at == begun + timedelta(days=3)


def test_many_people_get_what_each_would_get_alone(tmp_path: Path) -> None:
    rules = book(
        tmp_path, {"one": flag_rule(FIRST), "two": flag_rule(SECOND), "three": flag_rule(THIRD, "fine")}
    )
    crowd = [Collected(known({path: True})) for path in (FIRST, SECOND, THIRD)] * 400
    together = list(diagnose(crowd, rules))
    assert len(together) == len(crowd)
    assert together[:3] == [diagnose_one(one, rules) for one in crowd[:3]]
    assert [one.collected for one in together] == crowd
