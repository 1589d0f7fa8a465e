"""What holds for every rule anybody can write, and for every person."""

from __future__ import annotations

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.diagnose.expressions import EXPRESSIONS, PATHS, people, values
from troubleshooter.diagnose.complaint import ExpressionRefused
from troubleshooter.diagnose.engine import Engine
from troubleshooter.diagnose.expression import Node, decide, facts_of, reachable
from troubleshooter.diagnose.grammar import read_expression
from troubleshooter.evidence.record import Evidence, Value, with_values
from troubleshooter.evidence.schema import FACTS

_RELAXED = settings(max_examples=60, deadline=None)


def _node(text: str) -> Node:
    try:
        return read_expression(text)
    except ExpressionRefused as refused:
        assume(False)  # an expression without any fact is refused, and says nothing here
        raise AssertionError from refused


def _person(facts: dict[str, Value]) -> Evidence:
    return with_values(Evidence(), facts)


@st.composite
def _learning(draw: st.DrawFn) -> tuple[dict[str, Value], dict[str, Value]]:
    """A person, and the same person after some unknown facts became known."""
    before = draw(people())
    after = dict(before)
    for path in PATHS:
        if before[path] is None and draw(st.booleans()):
            after[path] = draw(values(FACTS[path]))
    return before, after


@_RELAXED
@given(st.lists(EXPRESSIONS, min_size=1, max_size=6), st.lists(_learning(), min_size=1, max_size=4))
def test_learning_a_fact_never_reverses_an_answer(
    texts: list[str], steps: list[tuple[dict[str, Value], dict[str, Value]]]
) -> None:
    nodes = [_node(text) for text in texts]
    people_before_and_after = [_person(facts) for pair in steps for facts in pair]
    engine = Engine(nodes)
    rows = list(engine.evaluate(people_before_and_after))
    for before, after in zip(rows[::2], rows[1::2], strict=True):
        for text, old, new in zip(texts, before, after, strict=True):
            assert old is None or old is new, text


@_RELAXED
@given(st.lists(EXPRESSIONS, min_size=1, max_size=6), st.lists(people(), min_size=1, max_size=4))
def test_the_database_and_the_explanation_agree(texts: list[str], crowd: list[dict[str, Value]]) -> None:
    nodes = [_node(text) for text in texts]
    engine = Engine(nodes)
    rows = engine.evaluate_batch([_person(facts) for facts in crowd])
    for facts, row in zip(crowd, rows, strict=True):
        for text, node, answer in zip(texts, nodes, row, strict=True):
            outcome = decide(node, facts.get)
            assert outcome.value is answer, text
            assert bool(outcome.unknown) is (answer is None), text


@_RELAXED
@given(EXPRESSIONS, people(), st.data())
def test_facts_that_are_not_asked_for_could_not_have_helped(
    text: str, facts: dict[str, Value], data: st.DataObject
) -> None:
    node = _node(text)
    outcome = decide(node, facts.get)
    assume(outcome.unknown)
    assert outcome.unknown <= set(facts_of(node))
    for path in set(facts_of(node)) - outcome.unknown:
        if facts[path] is None:
            facts[path] = data.draw(values(FACTS[path]))
    assert decide(node, facts.get).value is None


@_RELAXED
@given(EXPRESSIONS, st.fixed_dictionaries({path: values(FACTS[path]) for path in PATHS}))
def test_a_person_about_whom_everything_is_known_leaves_nothing_undecided(
    text: str, facts: dict[str, Value]
) -> None:
    engine = Engine([_node(text)])
    assert engine.evaluate_batch([_person(facts)])[0][0] is not None


@_RELAXED
@given(EXPRESSIONS, _learning(), st.booleans())
def test_no_reading_alone_shows_what_only_an_answer_can_show(
    text: str, steps: tuple[dict[str, Value], dict[str, Value]], wanted: bool
) -> None:
    node = _node(text)
    before, after = steps
    assume(before["ticket.symptom"] is None)
    if not reachable(node, before.get, lambda path: path.startswith("ticket."), wanted=wanted):
        assert decide(node, (after | {"ticket.symptom": None}).get).value is not wanted
