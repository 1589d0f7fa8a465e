"""The result of an audit says of everybody together what the verdicts say of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.diagnose.test_tenant import HEALTHY, people
from tests.render import tenant_samples as samples
from troubleshooter.diagnose.audit_result import audit_result
from troubleshooter.diagnose.audit_result_people import everybody, people_of
from troubleshooter.diagnose.audit_result_types import AuditCause, AuditResult, Breakdown, Span
from troubleshooter.diagnose.rule import State
from troubleshooter.diagnose.rulebook import Rulebook
from troubleshooter.diagnose.verdict import diagnose_one
from troubleshooter.evidence.record import Collected, Evidence, GapReason, with_values
from troubleshooter.evidence.store import Store
from troubleshooter.render.tenant_words import upper_bound


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return samples.rulebook()


@pytest.fixture
def store(tmp_path: Path, rulebook: Rulebook) -> Iterator[Store]:
    with samples.fill(tmp_path, samples.small_tenant(), rulebook) as opened:
        yield opened


def cause(result: AuditResult, rule_id: str) -> AuditCause:
    return next(one for one in result.causes if one.id == rule_id)


NO_PERMISSION_READS = (GapReason.NOT_APPLICABLE, GapReason.NOT_ASKED)


def granted(evidence: Evidence, permission: str) -> Evidence:
    """The same person with the facts of a permission read: as of a healthy person, where there is a value.

    What does not apply, and what only people can tell, no permission reads.
    """
    facts = {
        gap.fact: HEALTHY[gap.fact]
        for gap in evidence.gaps
        if gap.permission == permission and gap.fact in HEALTHY and gap.reason not in NO_PERMISSION_READS
    }
    return with_values(evidence, facts)


def test_the_totals_count_everybody_once_and_causes_come_by_people(store: Store, rulebook: Rulebook) -> None:
    result = audit_result(store, rulebook)
    counted = Counter(row.state for row in everybody(store))
    assert result.totals.people == store.count() == 60
    assert {state: result.totals.of(state) for state in counted} == counted
    assert result.totals.undecided == 14
    assert [(one.id, one.people) for one in result.problems] == [
        ("sync-off", 14),
        ("never-triggered", 6),
        ("account-blocked", 1),
        ("photo-policy-roles", 1),
    ]
    assert [(one.id, one.people) for one in result.waiting] == [("stale-within-window", 4)]
    assert [(one.id, one.people) for one in result.fine_by] == [("fine-everywhere", 20)]


def test_each_list_holds_exactly_the_people_that_were_counted(store: Store, rulebook: Rulebook) -> None:
    result = audit_result(store, rulebook)
    for one in result.causes:
        listed = list(people_of(store, one.state, one.id))
        assert len(listed) == one.people
        assert list(one.first) == listed[:50]
        assert {row.cause for row in listed} == {one.id}


def test_an_accepted_finding_counts_as_accepted_and_nowhere_else(store: Store, rulebook: Rulebook) -> None:
    samples.accept(store, "sync-off", 3, until=date(2027, 3, 1), expired=False)
    result = audit_result(store, rulebook)
    assert result.totals.accepted == 3
    assert result.totals.people == 60
    assert (cause(result, "sync-off").people, cause(result, "sync-off").accepted) == (11, 3)
    assert len(list(people_of(store, State.PROBLEM, "sync-off"))) == 11
    assert Counter(row.accepted for row in everybody(store)) == {"": 57, "accepted": 3}


def test_an_expired_acceptance_counts_as_a_problem_again(store: Store, rulebook: Rulebook) -> None:
    samples.accept(store, "sync-off", 2, until=date(2026, 11, 1), expired=True)
    result = audit_result(store, rulebook)
    assert result.totals.accepted == 0
    assert cause(result, "sync-off").people == 14
    assert result.expired == 2
    assert Counter(row.accepted for row in everybody(store)) == {"": 58, "expired": 2}


def test_what_the_people_of_a_cause_share_is_known_and_what_differs_is_not(
    store: Store, rulebook: Rulebook
) -> None:
    result = audit_result(store, rulebook)
    shared = cause(result, "sync-off").common
    assert shared["sharepoint.exchange_sync_state"] == "off"
    assert shared["run.sharepoint_host"] == "contoso.sharepoint.com"
    assert "person.display_name" not in shared
    flag = next(one for one in cause(result, "sync-off").pattern if one.fact == "photo.present")
    assert isinstance(flag, Breakdown)
    assert [(count.value, count.people) for count in flag.counts] == [(True, 14)]
    attempt = next(
        one for one in cause(result, "stale-within-window").pattern if one.fact.endswith("picture_timestamp")
    )
    assert isinstance(attempt, Span)
    assert attempt.low == attempt.high == samples.WAITING["sharepoint.picture_timestamp"]


def test_where_and_since_when_are_counted_with_the_unknown_as_a_row_of_its_own(
    tmp_path: Path, rulebook: Rulebook
) -> None:
    changed = {**samples.SYNC_OFF, "sharepoint.picture_timestamp": None}
    known = {path: value for path, value in changed.items() if value is not None}
    crowd = [samples.person(n, known) for n in range(12)]
    crowd[0] = with_values(crowd[0], {"sharepoint.picture_timestamp": None, "directory.department": None})
    with samples.fill(tmp_path, iter(crowd), rulebook) as store:
        one = audit_result(store, rulebook).causes[0]
    department = next(place for place in one.where if place.fact == "directory.department")
    counts = {count.value: (count.people, count.of) for count in department.counts}
    assert counts == {"Sales": (3, 3), "Finance": (4, 4), "": (4, 4), None: (1, 1)}
    assert one.since is not None
    assert one.since.unknown == 1
    assert sum(people for _, people in one.since.months) == 11


def test_a_permission_is_said_to_decide_exactly_those_whom_it_decides(
    store: Store, rulebook: Rulebook
) -> None:
    """Found by granting it: with the facts of the permission known, the verdict of each person is asked."""
    result = audit_result(store, rulebook)
    decided: Counter[str] = Counter()
    for evidence in store.people():
        if diagnose_one(Collected(evidence), rulebook).verdict.state is not State.UNDECIDED:
            continue
        for permission in {gap.permission for gap in evidence.gaps if gap.permission}:
            after = diagnose_one(Collected(granted(evidence, permission)), rulebook)
            decided[permission] += after.verdict.state is not State.UNDECIDED
    said = {one.permission: one.decides for one in result.permissions}
    assert said == {samples.SITES: 7, samples.PHOTOS: 0}
    assert said == dict(decided)
    assert {one.permission: one.blocks for one in result.permissions} == {
        samples.SITES: 10,
        samples.PHOTOS: 3,
    }


def test_a_missing_fact_is_listed_with_its_reason_and_with_whom_it_concerns(
    store: Store, rulebook: Rulebook
) -> None:
    found = {(one.reason, one.permission): one for one in audit_result(store, rulebook).unknown}
    denied = found["denied", samples.SITES]
    assert denied.groups == ("sharepoint", "comparison")
    assert denied.missing == 10
    failed = found["service_error", ""]
    assert (failed.groups, failed.missing, failed.decides) == (("photo",), 4, 4)
    assert all(one.decides <= one.blocks <= 14 for one in found.values())


@pytest.mark.parametrize("seed", [3, 4])
def test_whoever_a_permission_would_prove_to_be_fine_is_among_those_it_could_decide(
    tmp_path: Path, rulebook: Rulebook, seed: int
) -> None:
    everyone = list(people(200, seed))
    with samples.fill(tmp_path, iter(everyone), rulebook) as store:
        said = {one.permission: one for one in audit_result(store, rulebook).permissions}
    fine: Counter[str] = Counter()
    undecided = 0
    for evidence in everyone:
        if diagnose_one(Collected(evidence), rulebook).verdict.state is not State.UNDECIDED:
            continue
        undecided += 1
        for permission in said:
            after = diagnose_one(Collected(granted(evidence, permission)), rulebook)
            fine[permission] += after.verdict.state is State.FINE
    assert sum(fine.values()) > 0
    for permission, one in said.items():
        assert fine[permission] <= one.decides <= one.blocks <= undecided


def test_rules_are_counted_with_those_for_whom_they_are_open(store: Store, rulebook: Rulebook) -> None:
    outcomes = {one.rule.id: one for one in audit_result(store, rulebook).outcomes}
    assert set(outcomes) == {
        rule.id for rule in rulebook.rules if rule.state in (State.PROBLEM, State.ON_ITS_WAY)
    }
    open_for: Counter[str] = Counter()
    for row in everybody(store):
        open_for.update(row.undecided)
    assert {rule: one.undecided for rule, one in outcomes.items() if one.undecided} == {
        rule: number for rule, number in open_for.items() if rule in outcomes
    }


def test_an_audit_without_the_tables_of_others_is_a_result_too(tmp_path: Path, rulebook: Rulebook) -> None:
    with samples.fill(tmp_path, iter(()), rulebook, finished=False) as store:
        store.connection.execute("DELETE FROM meta WHERE key NOT IN ('schema', 'run')")
        result = audit_result(store, rulebook)
    assert result.totals.people == 0
    assert result.finished_at is None
    assert (result.changes, result.sample, result.traffic) == (None, None, None)
    assert (result.causes, result.obstacles, result.accepted, result.tenant_findings) == ((), (), (), ())


def test_changes_are_counted_by_class(store: Store, rulebook: Rulebook) -> None:
    samples.compare(
        store,
        [
            ("fixed", "problem", "sync-off", "fine", "fine-everywhere", True),
            ("fixed", "problem", "sync-off", "fine", "fine-everywhere", False),
            ("became_undecided", "fine", "fine-everywhere", "undecided", "", False),
        ],
    )
    changes = audit_result(store, rulebook).changes
    assert changes is not None
    assert (changes.of("fixed"), changes.of("became_undecided"), changes.of("left")) == (2, 1, 0)
    assert changes.photos == 1
    assert changes.moves[0].people == 2


def test_an_upper_bound_is_the_rule_of_three_where_nothing_was_wrong_and_exact_otherwise() -> None:
    assert upper_bound(0, 300) == pytest.approx(0.01)
    assert upper_bound(2, 300) == pytest.approx(0.0208, abs=0.0002)  # Clopper-Pearson, one-sided
    assert upper_bound(5, 100) == pytest.approx(0.1023, abs=0.0005)
    assert upper_bound(3, 3) == 1.0
    assert upper_bound(0, 0) == 1.0
