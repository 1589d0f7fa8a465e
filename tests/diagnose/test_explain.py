"""Why a rule said what it said: every part with its value, and the fewest changes that turn it round."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given

from tests.diagnose.books import known
from tests.diagnose.expressions import EXPRESSIONS, people
from troubleshooter.diagnose.explain import explain, literal, written
from troubleshooter.diagnose.expression import decide
from troubleshooter.diagnose.grammar import read_expression
from troubleshooter.diagnose.result import Change
from troubleshooter.evidence.record import GapReason, Value

PERSON = known(
    {"photo.present": True, "photo.width": 48, "photo.format": "png", "photo.animated": False},
    permission="Graph ProfilePhoto.Read.All",
)


def _changes(changes: tuple[Change, ...]) -> list[tuple[str, bool]]:
    return [(change.text, change.wanted) for change in changes]


@pytest.mark.parametrize(
    ("when", "value", "changes"),
    [
        ("photo.present and photo.width < 96", True, [("photo.present", False)]),
        ("photo.present and photo.width > 96", False, [("photo.width > 96", True)]),
        (
            "photo.width > 96 and photo.animated",
            False,
            [("photo.width > 96", True), ("photo.animated", True)],
        ),
        ("photo.width > 96 or photo.animated", False, [("photo.width > 96", True)]),
        ("photo.present or photo.width < 96", True, [("photo.present", False), ("photo.width < 96", False)]),
        ("not (photo.present and photo.width < 96)", False, [("photo.present", False)]),
        ("not photo.present", False, [("photo.present", False)]),
        (
            "(photo.width > 96 and photo.animated) or photo.format = 'jpeg'",
            False,
            [("photo.format = 'jpeg'", True)],
        ),
        ("photo.present and photo.height < 96", None, [("photo.height < 96", True)]),
        ("photo.width between 96 and 200", False, [("photo.width >= 96", True)]),
        ("photo.format in ('jpeg', 'gif')", False, [("photo.format in ('jpeg', 'gif')", True)]),
        ("photo.present and false", False, []),
    ],
)
def test_the_fewest_comparisons_that_would_turn_the_answer_round(
    when: str, value: bool | None, changes: list[tuple[str, bool]]
) -> None:
    found = explain(read_expression(when), PERSON)
    assert found.value is value
    assert _changes(found.changes) == changes


def test_every_part_stands_with_its_depth_value_and_facts() -> None:
    found = explain(read_expression("photo.present and not (photo.height < 9 or photo.animated)"), PERSON)
    assert [(part.depth, part.text, part.value) for part in found.parts] == [
        (0, "and", None),
        (1, "photo.present", True),
        (1, "not", None),
        (2, "or", None),
        (3, "photo.height < 9", None),
        (3, "photo.animated", False),
    ]
    (seen,) = found.parts[4].facts
    assert (seen.path, seen.value) == ("photo.height", None)
    assert seen.gap is not None
    assert (seen.gap.reason, seen.gap.permission) == (GapReason.DENIED, "Graph ProfilePhoto.Read.All")


def test_a_fact_nobody_was_asked_for_says_so() -> None:
    found = explain(read_expression("ticket.symptom = 'old'"), PERSON)
    (seen,) = found.parts[0].facts
    assert seen.gap is not None
    assert seen.gap.reason is GapReason.NOT_ASKED


@pytest.mark.parametrize(
    "when",
    [
        "photo.present and (photo.width < 96 or photo.height < 96)",
        "not (photo.width < 96)",
        "run.collected_at >= ticket.photo_changed_at + interval 72 hours",
        "run.collected_at < timestamp '2026-11-22 12:00:00'",
        "contains(lower(photo.etag), 'it''s') and list_contains(photo.sizes, '48x48')",
        "(photo.width - 1) * 2 > 7.5",
        "photo.format in ('jpeg', 'png')",
    ],
)
def test_an_expression_is_written_as_a_rule_writes_it(when: str) -> None:
    node = read_expression(when)
    assert read_expression(written(node)) == node


@given(EXPRESSIONS, people())
def test_a_written_expression_means_the_same_of_everybody(when: str, values: dict[str, Value]) -> None:
    known_values = {path: value for path, value in values.items() if value is not None}
    node, person = read_expression(f"photo.present and {when}"), known(known_values)
    again = read_expression(written(node))
    assert decide(again, person.value).value == decide(node, person.value).value
    found = explain(node, person)
    assert found.value is decide(node, person.value).value
    assert found.parts[0].value is found.value
    for change in found.changes:
        assert change.value is not change.wanted


def test_long_and_hostile_values_are_cut_not_interpreted() -> None:
    assert literal("it's") == "'it''s'"
    assert len(literal("x" * 100_000)) < 200
    assert len(literal(tuple("x" * 1000 for _ in range(10_000)))) < 5000
    assert literal(datetime(2026, 11, 22, 12, tzinfo=UTC)) == "timestamp '2026-11-22 12:00:00'"
    assert (literal(True), literal(2.5), literal(-3)) == ("true", "2.5", "-3")
