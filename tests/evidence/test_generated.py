"""What is made from the schema follows it: the table, the page, the records."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from troubleshooter.evidence.ddl import SQL_TYPES, create_table
from troubleshooter.evidence.facts_page import facts_page
from troubleshooter.evidence.record import EvidenceBuilder, GapReason
from troubleshooter.evidence.schema import FACTS, GROUPS, PERMISSIONS

PAGE = Path(__file__).parents[2] / "docs" / "facts.md"


def test_the_facts_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == facts_page(), "run: make docs"


def test_the_facts_page_names_every_fact_once() -> None:
    page = facts_page()
    assert all(page.count(f"| `{path}` |") == 1 for path in FACTS)
    assert all(f"`{reason.value}`" in page for reason in GapReason)


def test_the_table_has_one_struct_per_group_with_every_fact_in_order() -> None:
    with duckdb.connect(":memory:") as store:
        store.execute(create_table("people"))
        columns = store.execute("SELECT column_name, column_type FROM (DESCRIBE people)").fetchall()
    assert [name for name, _ in columns] == list(GROUPS)
    for name, found in columns:
        members = [f'"{info.name}" {SQL_TYPES[info.kind]}' for info in FACTS.values() if info.group == name]
        assert found.replace('"', "") == f"STRUCT({', '.join(members)})".replace('"', "")


def test_every_fact_has_a_meaning_and_a_source() -> None:
    assert all(info.doc.endswith(".") and info.source for info in FACTS.values())
    assert set(PERMISSIONS) <= {info.source for info in FACTS.values()}


def test_a_closed_record_gives_every_unknown_a_reason() -> None:
    evidence = EvidenceBuilder().build()
    assert [gap.fact for gap in evidence.gaps] == list(FACTS)
    assert all(evidence.gap(path) for path in FACTS)


def test_a_builder_refuses_unknown_facts_and_none() -> None:
    builder = EvidenceBuilder()
    with pytest.raises(KeyError):
        builder.know("photo.widht", 1)
    with pytest.raises(KeyError):
        builder.miss("photo.widht", GapReason.DENIED)
    with pytest.raises(ValueError, match="an unknown fact is a gap"):
        builder.know("photo.width", None)


def test_a_fact_that_is_known_stays_known_whoever_fails_later() -> None:
    builder = EvidenceBuilder()
    builder.know("photo.present", True)
    builder.miss("photo.present", GapReason.SERVICE_ERROR)
    assert builder.build().photo.present is True
    assert builder.build().gap("photo.present") is None
