"""All rules in one SELECT: many people, hostile values, and a database that can reach nothing."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import duckdb
import pytest

from troubleshooter.diagnose.engine import BATCH, Engine, select
from troubleshooter.diagnose.grammar import read_expression
from troubleshooter.evidence.ddl import create_table
from troubleshooter.evidence.record import Evidence, Value, with_values


def _answers(when: str, **facts: Value) -> bool | None:
    values = {name.replace("__", "."): value for name, value in facts.items()}
    engine = Engine([read_expression(when)])
    return engine.evaluate_batch([with_values(Evidence(), values)])[0][0]


def test_an_unknown_fact_leaves_the_answer_open() -> None:
    assert _answers("photo.present") is None


def test_one_false_part_settles_a_conjunction_whatever_is_unknown() -> None:
    assert _answers("photo.present and photo.width < 96", photo__present=False) is False


def test_one_true_part_settles_an_alternative_whatever_is_unknown() -> None:
    assert _answers("photo.present or photo.width < 96", photo__present=True) is True


@pytest.mark.parametrize(
    ("hours", "expected"), [(23, False), (24, False), (25, True)], ids=["before", "exactly", "after"]
)
def test_times_compare_with_intervals(hours: int, expected: bool) -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    when = "run.collected_at - sharepoint.picture_timestamp > interval 24 hours"
    then = now - timedelta(hours=hours)
    assert _answers(when, run__collected_at=now, sharepoint__picture_timestamp=then) is expected


def test_times_of_other_zones_are_compared_in_utc() -> None:
    zagreb = timezone(timedelta(hours=1))
    moment = datetime(2026, 11, 22, 13, tzinfo=zagreb)
    assert _answers("run.collected_at = timestamp '2026-11-22 12:00:00'", run__collected_at=moment) is True


def test_times_outside_the_usual_years_stop_nothing() -> None:
    first, last = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
    when = "run.collected_at - sharepoint.picture_timestamp > interval 36500 days"
    assert _answers(when, run__collected_at=last, sharepoint__picture_timestamp=first) is True


def test_numbers_at_the_limit_do_not_overflow() -> None:
    when = "photo.bytes * photo.bytes * photo.bytes > 1"
    assert _answers(when, photo__bytes=2**53) is True


@pytest.mark.parametrize(
    "name", ["'; drop table evidence; --", "\x00", "\ud800", "\u202e", '"', "\\", "{{ 7 * 7 }}"]
)
def test_hostile_names_are_only_text(name: str) -> None:
    assert _answers("length(person.display_name) >= 1", person__display_name=name) is True


def test_a_text_in_a_rule_keeps_its_quotation_marks() -> None:
    assert _answers("person.display_name = 'O''Hara'", person__display_name="O'Hara") is True


def test_lists_are_searched_and_counted() -> None:
    when = "list_contains(photo.sizes, '48x48') and len(photo.sizes) = 2"
    assert _answers(when, photo__sizes=("48x48", "96x96")) is True
    assert _answers(when, photo__sizes=()) is False


def test_no_rules_give_an_empty_answer_for_everybody() -> None:
    engine = Engine([])
    assert list(engine.evaluate([Evidence(), Evidence()])) == [(), ()]


def test_people_stream_through_in_order_and_one_batch_at_a_time() -> None:
    read = 0

    def crowd() -> Iterator[Evidence]:
        nonlocal read
        for number in range(3 * BATCH):
            read += 1
            yield with_values(Evidence(), {"photo.width": number})

    engine = Engine([read_expression("photo.width % 2 = 1")])
    rows = engine.evaluate(crowd())
    assert next(rows) == (False,)
    assert read == BATCH
    assert [row[0] for row in rows] == [number % 2 == 1 for number in range(1, 3 * BATCH)]


def test_memory_does_not_grow_with_the_number_of_people() -> None:
    def peak(count: int) -> int:
        engine = Engine([read_expression("photo.width < 96")])
        tracemalloc.start()
        crowd = (with_values(Evidence(), {"photo.width": number}) for number in range(count))
        assert sum(1 for _ in engine.evaluate(crowd)) == count
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(BATCH)
    assert peak(6 * BATCH) < 2 * peak(2 * BATCH)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('/etc/hosts')",
        "SELECT * FROM glob('*')",
        "COPY (SELECT 1) TO 'stolen.csv'",
        "ATTACH 'other.db'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
    ],
)
def test_the_database_of_the_engine_reaches_neither_files_nor_network(statement: str) -> None:
    engine = Engine([read_expression("photo.present")])
    with pytest.raises(duckdb.Error):
        engine.cursor().execute(statement)


def test_the_same_select_runs_on_a_stored_table_of_evidence() -> None:
    nodes = [read_expression("photo.present and photo.width < 96"), read_expression("len(photo.sizes) > 1")]
    with duckdb.connect(":memory:") as store:
        store.execute(create_table())
        store.execute(
            "INSERT INTO evidence (photo) VALUES ({'present': true, 'width': 48, 'sizes': ['a', 'b']})"
        )
        assert store.execute(select(nodes, "evidence")).fetchall() == [(True, True)]
