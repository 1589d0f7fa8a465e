"""A tenant of 100,000 people with every cause: one page that opens anywhere, and the full lists beside it."""

from __future__ import annotations

from pathlib import Path

from tests.render import tenant_samples as samples
from troubleshooter.cli.audit_output import write_audit
from troubleshooter.diagnose.tenant import verdict_table

BUDGET = 3_000_000


def test_the_page_of_100_000_people_with_every_cause_stays_under_3_mb(tmp_path: Path) -> None:
    book = samples.rulebook()
    with samples.fill(tmp_path, samples.every_cause(book), book) as store:
        samples.multiplied(store, 100_000 // store.count() + 1)
        verdict_table(store, book)
        people = store.count()
        files = write_audit(store, book, tmp_path, ["en", "hr"])
    assert people >= 100_000
    assert len(files.lists) >= 80
    assert files.page.stat().st_size < BUDGET
    with files.people_csv.open("rb") as lines:
        assert sum(1 for _ in lines) == people + 1
    with files.people_jsonl.open("rb") as lines:
        assert sum(1 for _ in lines) == people
