"""All rules against what is really collected, against refusals, and against learning more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.collect.conftest import Asker
from tests.rules.situations import BASES, COMES_LATER, SOURCES, Facts, situation
from tests.rules.test_every_rule import BOOK, CAUSES, RULES, _learning
from troubleshooter.diagnose.engine import Truth
from troubleshooter.diagnose.result import Diagnosis, Role
from troubleshooter.diagnose.rule import Rule, State
from troubleshooter.diagnose.verdict import conclude, diagnose
from troubleshooter.evidence.record import Collected, Evidence, EvidenceBuilder, GapReason, Value, with_values
from troubleshooter.evidence.schema import FACTS

# Three people between whom every collector has something to say.
WITNESSES = ("petra.horvat", "stjepan.matic", "ana.maric")
SHAREPOINT_SOURCES = ("profile", "library", "served", "search")
HEARSAY: Facts = {"ticket.symptom": "old", "ticket.app": "teams", "ticket.private_window": "new"}
SITUATIONS: dict[str, Facts] = {
    **BASES,
    "stale, copying off": {**BASES["another picture"], "sharepoint.exchange_sync_state": "off"},
    "guest, never fetched": {**BASES["guest"], **BASES["never fetched"]},
    "healthy, with a ticket": HEARSAY,
}
SUBSETS = [
    frozenset(chosen) for number in range(len(SOURCES) + 1) for chosen in combinations(SOURCES, number)
]


@dataclass(frozen=True, slots=True)
class Case:
    """One situation with some sources refused."""

    hidden: frozenset[str]
    person: Evidence
    truth: Truth
    found: Diagnosis


Refused = dict[str, list[Case]]


@pytest.fixture(scope="module")
def collected_facts(asker: Asker) -> set[str]:
    """Facts that a real run over the sandbox knows of somebody."""
    known: set[str] = set()
    run: dict[str, Value] = {"app_only": True, "sharepoint_app_only_secret": False}
    for found in asker.everything(*(f"{name}@contoso.example" for name in WITNESSES), run=run):
        assert isinstance(found, Collected), found
        known |= {path for path, value in found.evidence.values() if value is not None}
    return known


def test_every_fact_a_rule_reads_is_collected_told_or_known_to_come_later(collected_facts: set[str]) -> None:
    read = {path for rule in BOOK.rules for path in rule.needs if FACTS[path].group != "ticket"}
    assert read - collected_facts <= set(COMES_LATER)
    assert not set(COMES_LATER) & collected_facts, "it is collected now: take it off the list"


@pytest.fixture(scope="module")
def heard() -> dict[str, set[Role]]:
    """In which roles each rule is heard on whole people made from its own examples, all in one batch."""
    people = []
    for rule in BOOK.rules:
        for example in rule.examples:
            if example.expect is True:
                facts: dict[str, Value] = dict(example.facts)  # type: ignore[arg-type]
                told = {path: value for path, value in facts.items() if FACTS[path].group == "ticket"}
                people.append((rule, _person(facts, facts, ())))
                people.append((rule, _person(facts, facts, SHAREPOINT_SOURCES)))
                people.append((rule, _person(facts, told, tuple(SOURCES))))
    truths = BOOK.engine.evaluate_batch([person for _, person in people])
    roles: dict[str, set[Role]] = {rule.id: set() for rule in BOOK.rules}
    for (rule, person), truth in zip(people, truths, strict=True):
        if truth[BOOK.rules.index(rule)] is True:
            found = conclude(Collected(person), truth, BOOK).findings
            roles[rule.id] |= {finding.role for finding in found if finding.rule is rule}
    return roles


@pytest.mark.parametrize("rule", RULES)
def test_a_whole_person_can_have_the_rule_in_its_role(heard: dict[str, set[Role]], rule: Rule) -> None:
    """Not only its own few example facts, but a person of whom everything else is known and healthy."""
    wanted = {State.ADVICE: {Role.ADVICE}, State.FINE: {Role.SYMPTOM, Role.CAUSE}}
    assert wanted.get(rule.state, {Role.CAUSE}) & heard[rule.id], heard[rule.id]


def _person(facts: Facts, shown: Facts, hidden: tuple[str, ...]) -> Evidence:
    """The example as a whole person. What the example states is known even where the rest is hidden."""
    evidence = situation(facts, hidden=hidden)
    builder = EvidenceBuilder()
    for path, value in evidence.values():
        stated = shown.get(path, value)
        if stated is not None:
            builder.know(path, stated)
    for gap in evidence.gaps:
        builder.miss(gap.fact, gap.reason, gap.detail, permission=gap.permission)
    return builder.build()


@pytest.fixture(scope="module")
def refused() -> Refused:
    """Every situation with every subset of sources refused: one batch for all of them."""
    cases = [(name, hidden) for name in SITUATIONS for hidden in SUBSETS]
    people = [situation(SITUATIONS[name], hidden=hidden) for name, hidden in cases]
    truths = BOOK.engine.evaluate_batch(people)
    found: Refused = {name: [] for name in SITUATIONS}
    for (name, hidden), person, truth in zip(cases, people, truths, strict=True):
        found[name].append(Case(hidden, person, truth, conclude(Collected(person), truth, BOOK)))
    return found


def test_all_subsets_of_sources_are_tried() -> None:
    assert len(SUBSETS) == 2 ** len(SOURCES) == 256


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_refusal_never_makes_a_rule_true_that_is_not_true_of_the_whole_person(
    refused: Refused, name: str
) -> None:
    whole = refused[name][0].truth
    for case in refused[name]:
        for rule, seen, real in zip(BOOK.rules, case.truth, whole, strict=True):
            if rule.state is not State.UNDECIDED:
                assert seen is None or seen is real, (rule.id, sorted(case.hidden))


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_rule_all_of_whose_facts_are_refused_says_nothing(refused: Refused, name: str) -> None:
    for case in refused[name]:
        known = {path for path, value in case.person.values() if value is not None}
        for rule, answer in zip(BOOK.rules, case.truth, strict=True):
            if known.isdisjoint(rule.needs):
                assert answer is None, (rule.id, sorted(case.hidden))


@pytest.mark.parametrize("name", SITUATIONS)
def test_fine_is_said_only_where_nothing_refused_could_hold_a_problem(refused: Refused, name: str) -> None:
    """Whatever the refused facts are, no problem would follow without a further word from the person."""
    guesses, cases = [], []
    for case in refused[name]:
        if case.found.verdict.state is State.FINE:
            lost = {path for source in case.hidden for path in SOURCES[source]}
            for other in SITUATIONS.values():
                whole = situation({**SITUATIONS[name], **other})
                guesses.append(with_values(case.person, {path: whole.value(path) for path in lost}))
                cases.append(case)
    for case, truth in zip(cases, BOOK.engine.evaluate_batch(guesses), strict=True):
        for rule, answer in zip(BOOK.rules, truth, strict=True):
            if rule.state in CAUSES and not any(path.startswith("ticket.") for path in rule.needs):
                assert answer is not True, (rule.id, sorted(case.hidden))


@pytest.mark.parametrize("name", SITUATIONS)
def test_fine_leaves_nothing_open_but_questions(refused: Refused, name: str) -> None:
    for case in refused[name]:
        if case.found.verdict.state is State.FINE:
            left = {one.rule.id for one in case.found.undecided if one.rule.state in CAUSES}
            assert left <= {one.rule.id for one in case.found.questions}, sorted(case.hidden)


@pytest.mark.parametrize("name", SITUATIONS)
def test_an_undoubted_cause_is_the_cause_of_the_whole_person_too(refused: Refused, name: str) -> None:
    whole = refused[name][0].found.verdict.cause
    for case in refused[name]:
        verdict = case.found.verdict
        if verdict.state in CAUSES and not verdict.lowered_by:
            assert verdict.cause == whole, sorted(case.hidden)


@pytest.mark.parametrize("name", SITUATIONS)
def test_whoever_may_read_nothing_learns_nothing(refused: Refused, name: str) -> None:
    found = refused[name][-1].found
    assert len(refused[name][-1].hidden) == len(SOURCES)
    assert found.verdict.state is State.UNDECIDED
    assert _causes(found) == []


def test_fine_survives_only_the_refusals_that_do_not_matter(refused: Refused) -> None:
    """Mailbox and policy matter only where something looks wrong; the tests above do not run on nothing."""
    fine = {case.hidden for case in refused["healthy"] if case.found.verdict.state is State.FINE}
    assert {frozenset(), frozenset({"mailbox"}), frozenset({"policy"})} <= fine
    assert not any(hidden & {"directory", "photo", "profile", "library", "served"} for hidden in fine)


@pytest.mark.parametrize("reason", [GapReason.THROTTLED, GapReason.SERVICE_ERROR])
def test_a_failing_source_is_treated_like_a_refused_one(refused: Refused, reason: GapReason) -> None:
    """Another reason may change who acts and what is named, never what is found."""
    denied = [case for name in SITUATIONS for case in refused[name] if len(case.hidden) == 1]
    people = [
        Collected(situation(SITUATIONS[name], hidden=case.hidden, reason=reason))
        for name in SITUATIONS
        for case in refused[name]
        if len(case.hidden) == 1
    ]
    for case, failed in zip(denied, diagnose(people, BOOK), strict=True):
        assert case.found.verdict.state is failed.verdict.state
        assert _causes(case.found) == _causes(failed)


def _causes(found: Diagnosis) -> list[str]:
    return [finding.rule.id for finding in found.findings if finding.rule.state in CAUSES]


@settings(max_examples=60, deadline=None)
@given(st.lists(_learning(), min_size=1, max_size=4))
def test_learning_more_changes_a_cause_only_to_an_earlier_rule_that_was_open(
    steps: list[tuple[dict[str, Value], dict[str, Value]]],
) -> None:
    order = {rule.id: at for at, rule in enumerate(BOOK.rules)}
    for before, after in _verdicts(steps):
        old, new = before.verdict, after.verdict
        if old.state not in CAUSES or old.cause is None:
            continue
        assert new.cause is not None
        assert new.state in CAUSES
        if new.cause is old.cause:
            continue
        assert order[new.cause.id] < order[old.cause.id]
        was = next(one for one in before.undecided if one.rule is new.cause)
        assert was.before_cause
        assert was.question or new.cause.id in old.lowered_by
        assert old.cause.id in {finding.rule.id for finding in after.findings}


def _verdicts(
    steps: list[tuple[dict[str, Value], dict[str, Value]]],
) -> Iterator[tuple[Diagnosis, Diagnosis]]:
    people = [Collected(_known(facts)) for pair in steps for facts in pair]
    truths = BOOK.engine.evaluate_batch([one.evidence for one in people])
    found = [conclude(one, truth, BOOK) for one, truth in zip(people, truths, strict=True)]
    yield from zip(found[::2], found[1::2], strict=True)


def _known(facts: dict[str, Value]) -> Evidence:
    builder = EvidenceBuilder()
    for path, value in facts.items():
        if value is not None:
            builder.know(path, value)
        elif FACTS[path].group != "ticket":
            builder.miss(path, GapReason.DENIED, permission=FACTS[path].permission)
    return builder.build()
