"""The statement that Spark is given says of everybody what DuckDB's and the verdict on each person say.

Real PySpark, inside this machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.diagnose.books import TOO_SMALL, write_folder
from tests.diagnose.expressions import EXPRESSIONS
from tests.diagnose.fleet import MOMENTS, NUMBERS, TEXTS, evidence_file, hostile_people
from tests.diagnose.sparks import ELSEWHERE
from tests.diagnose.test_tenant import expected, people
from troubleshooter.diagnose import engine as rules_engine
from troubleshooter.diagnose.complaint import ExpressionRefused
from troubleshooter.diagnose.engine import select
from troubleshooter.diagnose.evaluate import Engine, evaluate
from troubleshooter.diagnose.evaluate_duckdb import DuckEngine
from troubleshooter.diagnose.evaluate_spark import SparkEngine
from troubleshooter.diagnose.expression import Node
from troubleshooter.diagnose.grammar import MAX_NESTING, read_expression
from troubleshooter.diagnose.portable import FLEET_COLUMNS, NotPortable, spark_sql
from troubleshooter.diagnose.rulebook import Rulebook, load_rules
from troubleshooter.diagnose.verdict import diagnose
from troubleshooter.evidence.parquet_read import relation
from troubleshooter.evidence.record import Collected, Evidence, EvidenceBuilder, Value, with_values

NAMES = [one.partition(" ")[0] for one in FLEET_COLUMNS]
Row = dict[str, object]


def by_spark(spark: SparkEngine, files: Sequence[Path], statement: str) -> list[tuple[Any, ...]]:
    """The rows of a statement of ours over a view `evidence`, as Spark gives them."""
    spark.read(files).createOrReplaceTempView("evidence")
    return [tuple(row) for row in spark.spark.sql(spark_sql(statement)).collect()]


def verdicts(engine: Engine, files: Sequence[Path], rulebook: Rulebook, folder: Path) -> list[Row]:
    """The rows of verdicts.parquet, in order."""
    fleet = evaluate(files, rulebook, folder / engine.name, engine)
    assert not fleet.left_out
    assert fleet.verdicts is not None
    found = duckdb.sql(f"FROM {relation([fleet.verdicts])}")
    assert found.columns == NAMES
    assert [str(kind) for kind in found.types] == [one.partition(" ")[2] for one in FLEET_COLUMNS]
    rows = [dict(zip(NAMES, row, strict=True)) for row in found.fetchall()]
    return sorted(rows, key=lambda row: (str(row["tenant"]), str(row["person_id"])))


def said_of_each(crowds: dict[str, list[Evidence]], rulebook: Rulebook) -> list[Row]:
    rows = [
        {"tenant": tenant, **expected(one)}
        for tenant, crowd in crowds.items()
        for one in diagnose(map(Collected, crowd), rulebook)
    ]
    return sorted(rows, key=lambda row: (str(row["tenant"]), str(row["person_id"])))


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return load_rules()


def test_every_column_of_every_row_is_equal_in_three_ways(
    spark: SparkEngine, rulebook: Rulebook, tmp_path: Path
) -> None:
    crowds = {
        "contoso.com": list(people(400, 1)),
        "fabrikam.com": list(people(300, 2)),
        "": list(hostile_people(400, 3)),
        "o'brien \\ ž": list(hostile_people(300, 4)),
    }
    files = [
        evidence_file(tmp_path / f"{place}.parquet", crowd, tenant)
        for place, (tenant, crowd) in enumerate(crowds.items())
    ]
    ours = verdicts(DuckEngine(), files, rulebook, tmp_path)
    theirs = verdicts(spark, files, rulebook, tmp_path)
    each = said_of_each(crowds, rulebook)
    assert len(ours) == 1400
    assert theirs == ours
    assert without_tenant(ours) == without_tenant(each)  # an audit that knows none takes that of its people
    assert {row["tenant"] for row in ours} >= {"contoso.com", "fabrikam.com", "o'brien \\ ž"}
    assert len({row["cause"] for row in ours}) > 15
    assert {row["state"] for row in ours} == {"problem", "on_its_way", "fine", "undecided"}
    for column in ("wait_from", "wait_until", "stuck_at"):
        assert {row[column] is None for row in ours} == {True, False}
    for column in ("lowered_by", "true_rules", "undecided"):
        assert {bool(row[column]) for row in ours} == {True, False}


def without_tenant(rows: list[Row]) -> list[Row]:
    rest = [{name: row[name] for name in NAMES[1:]} for row in rows]
    return sorted(rest, key=lambda row: [str(value) for value in row.values()])


def test_a_rule_of_ones_own_says_the_same_on_both(spark: SparkEngine, tmp_path: Path) -> None:
    own = TOO_SMALL.replace(
        "and photo.width < 96",
        "and photo.width < 700 and upper(photo.colour_mode) = 'RGB' and len(photo.sizes) < 3",
    ).replace("photo.width = 48", 'photo.width = 48, photo.colour_mode = "rgb", photo.sizes = ["48x48"]')
    folder = write_folder(tmp_path / "rules", {"own-too-small": own}, order=False)
    rulebook = load_rules([folder])
    assert not rulebook.complaints, "\n".join(map(str, rulebook.complaints))
    crowd = [
        with_values(one, {"photo.sizes": ("48x48",), "photo.colour_mode": "rgb"}) for one in people(120, 5)
    ]
    files = [evidence_file(tmp_path / "own.parquet", crowd, "contoso.com")]
    ours = verdicts(DuckEngine(), files, rulebook, tmp_path)
    assert verdicts(spark, files, rulebook, tmp_path) == ours
    assert ours == said_of_each({"contoso.com": crowd}, rulebook)
    assert any("own-too-small" in row["true_rules"] for row in ours)  # type: ignore[operator]


def compare(
    spark: SparkEngine, folder: Path, crowd: Sequence[Evidence], texts: Sequence[str]
) -> list[tuple[Any, ...]]:
    """What the rules say of everybody: equal on DuckDB over a file, on Spark, and in the engine; returned."""
    nodes = [read_expression(text) for text in texts]
    numbered = [with_values(one, {"person.id": f"{place:06}"}) for place, one in enumerate(crowd)]
    files = [evidence_file(folder / "some.parquet", numbered)]
    statement = select(nodes, "evidence").replace("SELECT ", "SELECT person_id, ", 1)
    duckdb.sql(f"CREATE OR REPLACE TEMP VIEW evidence AS FROM {relation(files)}")
    ours = sorted(duckdb.sql(statement).fetchall())
    theirs = sorted(by_spark(spark, files, statement))
    engine = rules_engine.Engine(nodes).evaluate_batch(numbered)
    for mine, other, direct in zip(ours, theirs, engine, strict=True):
        for text, one, two, three in zip(("id", *texts), mine, other, (mine[0], *direct), strict=True):
            assert one is two is three or (text == "id" and one == two), (text, one, two, three)
    return ours


def person(**facts: Value) -> Evidence:
    builder = EvidenceBuilder()
    for path, value in facts.items():
        if value is not None:
            builder.know(path.replace("__", "."), value)
    return builder.build()


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def test_functions_on_texts_mean_the_same_for_every_awkward_text(spark: SparkEngine, tmp_path: Path) -> None:
    crowd = [
        person(photo__etag=text, person__mail=other) for text in (*TEXTS, None) for other in ("a", "", None)
    ]
    crowd += [person(photo__etag=text, person__mail=text[-2:]) for text in TEXTS]
    words = [text for text in TEXTS if "\0" not in text and len(text) < 100]
    texts = [f"{name}(photo.etag) = {quoted(word)}" for name in ("lower", "upper") for word in words]
    texts += [
        f"{name}(photo.etag) {sign} {name}(person.mail)" for name in ("lower", "upper") for sign in ("<", "=")
    ]
    texts += [
        f"length({value}) = {n}"
        for value in ("photo.etag", "upper(photo.etag)")
        for n in (0, 1, 2, 3, 5, 9, 10_000)
    ]
    for name in ("starts_with", "ends_with", "contains"):
        texts += [f"{name}(photo.etag, {quoted(word)})" for word in words]
        texts += [f"{name}(photo.etag, person.mail)", f"{name}(lower(photo.etag), upper(person.mail))"]
    texts += [f"photo.etag {sign} {quoted(word)}" for sign in ("=", "<", ">=", "<>") for word in words]
    texts += [f"photo.etag in ({', '.join(map(quoted, words))})", "photo.etag not in ('a', '')"]
    rows = compare(spark, tmp_path, crowd, texts)
    assert {value for row in rows for value in row[1:]} == {True, False, None}


def test_every_letter_there_is_gets_the_same_lower_and_upper_case(spark: SparkEngine, tmp_path: Path) -> None:
    letters = [chr(code) for code in range(1, 0x110000) if not 0xD800 <= code < 0xE000]
    crowd = [person(photo__etag="".join(letters[at : at + 4000])) for at in range(0, len(letters), 4000)]
    files = [evidence_file(tmp_path / "letters.parquet", crowd)]
    statement = "SELECT lower(photo.etag), upper(photo.etag), length(photo.etag) FROM "
    ours = duckdb.sql(statement + relation(files)).fetchall()
    assert sorted(by_spark(spark, files, statement + "evidence")) == sorted(ours)


def test_lists_mean_the_same_and_a_null_in_one_is_no_item(spark: SparkEngine, tmp_path: Path) -> None:
    lists: list[Value] = [(), ("",), ("a", "b"), ("A", "ß", "it's"), ("x" * 9000,) * 3, None]
    crowd = [person(photo__sizes=sizes, photo__etag=etag) for sizes in lists for etag in ("a", "", None)]
    texts = [f"len(photo.sizes) = {count}" for count in range(4)] + ["len(photo.sizes) > 1"]
    texts += [f"list_contains(photo.sizes, {quoted(word)})" for word in ("a", "", "ß", "it's")]
    texts += ["list_contains(photo.sizes, photo.etag)", "not list_contains(photo.sizes, lower(photo.etag))"]
    rows = compare(spark, tmp_path, crowd, texts)
    assert {value for row in rows for value in row[1:]} == {True, False, None}
    found = spark.spark.sql(
        spark_sql("SELECT list_contains(['a', NULL], 'b'), list_contains(['a', NULL], 'a')")
    )
    assert [tuple(row) for row in found.collect()] == [(False, True)]


def test_numbers_mean_the_same_to_the_last_digit(spark: SparkEngine, tmp_path: Path) -> None:
    crowd = [
        person(photo__width=one, photo__height=two)
        for one in (*NUMBERS, None)
        for two in (0, 3, -7, 2**53, None)
    ]
    crowd += [
        person(comparison__distance=value) for value in (0.0, -0.0, 0.1, 0.3, 1e-300, 0.30000000000000004)
    ]
    texts = [f"photo.width {sign} 96" for sign in ("=", "<>", "<", "<=", ">", ">=")]
    texts += [f"photo.width {sign} photo.height > 12.5" for sign in "+-*"]
    texts += [
        f"photo.width {sign} {by} = {result}"
        for sign in "/%"
        for by in (2, 3, 0.5, -7)
        for result in (0, -1, 0.5)
    ]
    texts += ["abs(photo.width) = abs(photo.height)", "- photo.width < 5", "photo.width between 47 and 96.5"]
    texts += ["photo.width in (1, 2.5, 48)", "photo.width = 999999999999999", "photo.width / 3 = 16"]
    texts += [
        f"comparison.distance {sign} {value}"
        for sign in ("=", "<")
        for value in (0, 0.1, 0.3, 0.30000000000000004)
    ]
    texts += [
        "comparison.distance * 3 = 0.3",
        "photo.width * photo.width * photo.width * photo.width > 1000000000",
    ]
    texts += ["photo.width" + " * 999999999999999" * 25 + f" {sign} photo.height" for sign in (">", "=")]
    overflown = "photo.width" + " * 999999999999999" * 25
    texts += [f"({overflown}) - ({overflown}) = 0", f"({overflown}) % 2 > 1"]
    rows = compare(spark, tmp_path, crowd, texts)
    assert {value for row in rows for value in row[1:]} == {True, False, None}


def test_times_mean_the_same_wherever_java_believes_to_be(spark: SparkEngine, tmp_path: Path) -> None:
    zone = spark.spark.sparkContext._jvm.java.util.TimeZone.getDefault().getID()
    assert zone == ELSEWHERE
    crowd = [
        person(run__collected_at=one, sharepoint__picture_timestamp=two)
        for one in (*MOMENTS, None)
        for two in (MOMENTS[1], MOMENTS[4], MOMENTS[-1], None)
    ]
    age = "run.collected_at - sharepoint.picture_timestamp"
    texts = [
        f"{age} {sign} interval {span}"
        for sign in ("<", "=", ">=")
        for span in ("0 days", "24 hours", "2 weeks")
    ]
    texts += [f"{age} > interval 36500 days", "run.collected_at = sharepoint.picture_timestamp"]
    texts += [f"run.collected_at {sign} timestamp '2026-03-29 02:30:00'" for sign in ("=", "<", ">")]
    texts += [
        "run.collected_at = timestamp '9998-12-31 23:59:59.999999'",
        "run.collected_at < date '1582-10-15'",
    ]
    texts += ["run.collected_at = timestamp '2026-11-01 02:00:00-03:30'"]
    texts += ["run.collected_at + interval 36500 days > sharepoint.picture_timestamp - interval 1 second"]
    texts += ["interval 1 hour + interval 90 minutes < run.collected_at - sharepoint.picture_timestamp"]
    rows = compare(spark, tmp_path, crowd, texts)
    assert {value for row in rows for value in row[1:]} == {True, False, None}
    (file,) = (evidence_file(tmp_path / "same.parquet", [person(run__collected_at=one) for one in MOMENTS]),)
    back = by_spark(spark, [file], "SELECT run.collected_at FROM evidence")
    assert sorted(row[0].replace(tzinfo=UTC) for row in back) == sorted(MOMENTS)


@settings(
    max_examples=3, deadline=None, phases=[Phase.generate],
    suppress_health_check=[*HealthCheck],
)  # fmt: skip
@given(texts=st.lists(EXPRESSIONS, min_size=30, max_size=40), seed=st.integers(1, 10**6))
def test_rules_nobody_has_thought_of_mean_the_same(
    spark: SparkEngine, tmp_path: Path, texts: list[str], seed: int
) -> None:
    compare(spark, tmp_path, list(hostile_people(60, seed)), [text for text in texts if _readable(text)])


def _readable(text: str) -> Node | None:
    try:
        return read_expression(text)
    except ExpressionRefused:
        return None


def test_the_topmost_bit_of_a_mask_is_read_as_what_it_is(spark: SparkEngine) -> None:
    for mask in (0, 5, 2**62, 2**63, 2**63 + 2**62, 2**64 - 1):
        signed = mask - 2**64 if mask >= 2**63 else mask
        for place in (0, 1, 62, 63):
            question = f"SELECT CAST({signed + 1} - 1 AS BIGINT) & {1 << place} <> 0"
            wanted = bool(mask & 1 << place)
            assert duckdb.sql(question).fetchall() == [(wanted,)]
            assert [tuple(row) for row in spark.spark.sql(spark_sql(question)).collect()] == [(wanted,)]


def test_a_rule_as_deep_as_rules_may_be_is_written_for_spark_too(
    spark: SparkEngine, rulebook: Rulebook, tmp_path: Path
) -> None:
    def nested(levels: int) -> str:
        text = "photo.present"
        for level in range(levels):
            text = f"({text} {'and' if level % 2 else 'or'} photo.width > {level})"
        return text

    deepest = next(levels for levels in range(MAX_NESTING, 0, -1) if _readable(nested(levels)))
    assert deepest > 20
    node = _readable(nested(deepest))
    assert node is not None
    first = next(rule for rule in rulebook.rules if rule.state == "problem")
    deep = Rulebook(rules=(first,), expressions=(node,))
    files = [evidence_file(tmp_path / "deep.parquet", people(20, 9), "contoso.com")]
    ours = verdicts(DuckEngine(), files, deep, tmp_path)
    assert verdicts(spark, files, deep, tmp_path) == ours


def test_a_statement_that_cannot_be_written_says_what_to_do() -> None:
    with pytest.raises(NotPortable, match="Leave --engine out"):
        spark_sql("SELECT (((")


def test_moments_are_in_utc() -> None:
    assert all(isinstance(one, datetime) and one.tzinfo is UTC for one in MOMENTS)
