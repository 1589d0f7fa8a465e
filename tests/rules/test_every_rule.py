"""What every rule must keep, walked over the real rules."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.evidence.records import values
from tests.rules.people import READABLE, complete
from troubleshooter.diagnose.rehearsal import person
from troubleshooter.diagnose.result import Role
from troubleshooter.diagnose.rule import Actor, Rule, State
from troubleshooter.diagnose.rulebook import load_rules
from troubleshooter.diagnose.verdict import diagnose_one
from troubleshooter.evidence.record import Collected, Evidence, EvidenceBuilder, GapReason, Value, with_values
from troubleshooter.evidence.schema import FACTS

BOOK = load_rules()
RULES = [pytest.param(rule, id=rule.id) for rule in BOOK.rules]
FOLDER = Path(__file__).parents[2] / "rules"
COLLECTORS = "\n".join(
    path.read_text(encoding="utf-8") for path in (FOLDER.parent / "troubleshooter" / "collect").glob("*.py")
)
CAUSES = (State.PROBLEM, State.ON_ITS_WAY)


def test_every_file_is_a_rule_and_its_name_is_the_id() -> None:
    files = {path.stem: path for path in FOLDER.glob("[!_]*/**/*.toml")}
    assert set(files) == {rule.id for rule in BOOK.rules}
    assert all(files[rule.id].parent.name == rule.area for rule in BOOK.rules)


@pytest.mark.parametrize("rule", RULES)
def test_examples_come_out_as_they_say(rule: Rule) -> None:
    column = BOOK.rules.index(rule)
    rows = BOOK.engine.evaluate_batch([person(example.facts) for example in rule.examples])
    assert [row[column] for row in rows] == [example.expect for example in rule.examples]


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_is_heard_on_one_of_its_own_examples(rule: Rule) -> None:
    """An earlier rule that is always true with it would make it useless."""
    expected = {State.ADVICE: {Role.ADVICE}, State.FINE: set(Role)}.get(rule.state, {Role.CAUSE})
    heard = set()
    for example in rule.examples:
        if example.expect:
            found = diagnose_one(Collected(person(example.facts)), BOOK)
            heard |= {finding.role for finding in found.findings if finding.rule is rule}
    assert heard & expected, heard


@pytest.mark.parametrize("rule", RULES)
def test_whoever_must_act_is_told_what_to_do(rule: Rule) -> None:
    if rule.state is State.PROBLEM and rule.actor is Actor.USER:
        assert rule.user_steps
    if rule.state is State.PROBLEM and rule.actor in (Actor.ADMIN, Actor.DEVELOPER):
        assert rule.admin_steps


@pytest.mark.parametrize("rule", RULES)
def test_a_wait_says_since_when_and_for_how_long(rule: Rule) -> None:
    if rule.state is State.ON_ITS_WAY:
        assert rule.normal_for
        assert rule.wait_from


@pytest.mark.parametrize("rule", RULES)
def test_what_a_rule_explains_stands_after_it(rule: Rule) -> None:
    ids = [other.id for other in BOOK.rules]
    assert all(ids.index(name) > ids.index(rule.id) for name in rule.explains)


@pytest.mark.parametrize("name", READABLE)
def test_where_everything_was_readable_only_people_can_leave_a_rule_open(name: str) -> None:
    found = diagnose_one(Collected(READABLE[name]), BOOK)
    assert [entry.rule.id for entry in found.undecided if not entry.question] == []


@pytest.mark.parametrize("name", READABLE)
def test_where_everything_was_readable_no_rule_hangs_on_what_does_not_apply(name: str) -> None:
    evidence = READABLE[name]
    answered = with_values(
        evidence,
        {
            "ticket.symptom": "missing",
            "ticket.app": "other",
            "ticket.private_window": "blank",
            "ticket.photo_changed_at": evidence.run.collected_at,
            "ticket.people_affected": "one",
            "ticket.since": evidence.run.collected_at,
            "ticket.opened_sharepoint": "since_change",
            "ticket.changed_in": "microsoft_365",
            "ticket.right_in": "nowhere",
            "ticket.seen_by": "everybody",
            "ticket.whose": "own",
            "ticket.policy_changed_at": evidence.run.collected_at,
            "ticket.admin_found": "nothing",
            "ticket.error_text": "",
        },
    )
    truth = BOOK.engine.evaluate_batch([answered])[0]
    assert [rule.id for rule, answer in zip(BOOK.rules, truth, strict=True) if answer is None] == []


def test_nothing_is_wrong_with_the_healthy_person() -> None:
    found = diagnose_one(Collected(complete()), BOOK)
    assert [finding.rule.id for finding in found.findings if finding.rule.state in CAUSES] == []
    assert found.verdict.state is State.FINE


@pytest.mark.parametrize("reason", [reason for reason in GapReason if reason is not GapReason.NOT_APPLICABLE])
def test_who_may_read_nothing_finds_nothing_and_says_so(reason: GapReason) -> None:
    builder = EvidenceBuilder()
    for path, info in FACTS.items():
        if info.group in ("person", "run") and (known := complete().value(path)) is not None:
            builder.know(path, known)
        elif info.group != "ticket":
            builder.miss(path, reason, permission=info.permission if reason is GapReason.DENIED else "")
    found = diagnose_one(Collected(builder.build()), BOOK)
    assert [finding.rule.id for finding in found.findings if finding.rule.state in CAUSES] == []
    assert found.verdict.state is State.UNDECIDED
    if reason is GapReason.DENIED:
        assert found.verdict.actor is Actor.ADMIN


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_reads_only_facts_that_something_collects(rule: Rule) -> None:
    """A problem that hangs on a fact nobody reads would stay open for ever and lower every confidence."""
    for path in rule.needs:
        info = FACTS[path]
        named = path in COLLECTORS or info.name in COLLECTORS
        assert named or info.group == "ticket", path


@st.composite
def _learning(draw: st.DrawFn) -> tuple[dict[str, Value], dict[str, Value]]:
    """A complete person some of whose facts are unknown, and the same person a little better known."""
    base = draw(st.sampled_from(list(READABLE.values())))
    chance = random.Random(draw(st.integers(0, 10**9)))
    changed = draw(st.lists(st.sampled_from(list(FACTS)), max_size=15, unique=True))
    after = dict(base.values()) | {path: draw(values(FACTS[path])) for path in changed}
    before = {path: value if chance.random() < 0.7 else None for path, value in after.items()}
    return before, after


@settings(max_examples=60, deadline=None)
@given(st.lists(_learning(), min_size=1, max_size=5))
def test_learning_a_fact_never_reverses_an_answer(
    steps: list[tuple[dict[str, Value], dict[str, Value]]],
) -> None:
    rows = BOOK.engine.evaluate_batch([with_values(Evidence(), facts) for pair in steps for facts in pair])
    for before, after in zip(rows[::2], rows[1::2], strict=True):
        for rule, old, new in zip(BOOK.rules, before, after, strict=True):
            assert old is None or old is new, rule.id
