"""docs/audit-files.md is made from code, and says of an audit's folder what is really in it."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import duckdb
import pytest

from tests.render import tenant_samples as samples
from tests.render.test_tenant_views import workbook
from troubleshooter.cli.accept import command as accept_command
from troubleshooter.cli.audit import command as audit_command
from troubleshooter.cli.audit_output import write_audit
from troubleshooter.cli.audit_store import open_audit
from troubleshooter.cli.recheck import command as recheck_command
from troubleshooter.diagnose.accepted_file import TEXTS, read_accepted
from troubleshooter.diagnose.audit_schema import audit_schema, keys
from troubleshooter.evidence.parquet import KEY, PARQUET_COLUMNS, export_parquet
from troubleshooter.evidence.schema import GROUPS
from troubleshooter.render.audit_files_page import (
    EXAMPLE,
    FILES,
    METADATA,
    PARQUET,
    SHEETS,
    audit_files_page,
    kind,
)
from troubleshooter.render.tenant_rows import COLUMNS

FILE = Path(__file__).parents[2] / "docs" / "audit-files.md"
PAGE = audit_files_page()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an audit with everything, after one more was begun in it."""
    place, book = tmp_path_factory.mktemp("audit"), samples.rulebook()
    with samples.fill(place, samples.small_tenant(), book) as store:
        write_audit(store, book, place, ["en", "hr"], xlsx=True)
        export_parquet(store, place / "evidence.parquet")
        with store.transaction():
            store.put("reported_at", "2026-11-22T10:13:00+00:00")
    (place / "accepted.toml").write_text(EXAMPLE, encoding="utf-8")
    open_audit(place, {}).store.close()
    return place


def test_the_page_is_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == PAGE, "run: make docs"


def test_every_file_of_an_audit_is_on_the_page_and_the_other_way_round(folder: Path) -> None:
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    found = {name: {one for one in written if _pattern(name).fullmatch(one)} for name in FILES}
    assert [name for name, matching in found.items() if not matching] == []
    assert written == set().union(*found.values())
    assert all(f"| `{name}` |" in PAGE for name in FILES)


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(
        "".join("[^/]+" if part[0] == "<" else re.escape(part) for part in _PARTS.findall(name))
    )


_PARTS = re.compile(r"<\w+>|[^<]+")


def test_it_tells_every_column_of_the_lists_and_every_key_of_the_summary() -> None:
    assert all(f"\n| `{name}` | {meaning} |\n" in PAGE for name, meaning in COLUMNS.items())
    for path, shape in keys(audit_schema()):
        if not path.startswith("run."):
            assert PAGE.count(f"\n| `{path}` | {kind(shape)} | {shape['description']} |\n") == 1


def test_it_tells_every_column_of_the_evidence_and_who_wrote_it(folder: Path) -> None:
    assert set(PARQUET_COLUMNS) == {*PARQUET, *GROUPS}
    file = str(folder / "evidence.parquet")
    with duckdb.connect(":memory:") as memory:
        columns = memory.execute("SELECT column_name FROM (DESCRIBE FROM read_parquet(?))", [file]).fetchall()
        metadata = memory.execute("SELECT decode(key) FROM parquet_kv_metadata(?)", [file]).fetchall()
    assert all(f"\n| `{name}` | " in PAGE for (name,) in columns)
    assert {name for (name,) in metadata if name.startswith(KEY)} == {f"{KEY}{name}" for name in METADATA}


def test_it_tells_every_sheet_of_the_workbook_and_where_its_columns_are_explained(folder: Path) -> None:
    sheets = workbook(folder / "audit.xlsx")
    assert list(sheets) == list(SHEETS)
    documented = {path for path, _ in keys(audit_schema())}
    for sheet, listed in (("Causes", "causes[]."), ("Undecided", "unknown[].")):
        assert {f"{listed}{head}" for head in sheets[sheet][0]} <= documented
    assert sheets["People"][0] == list(COLUMNS)


def test_the_example_of_an_accepted_finding_is_a_whole_one(folder: Path) -> None:
    read = read_accepted(folder / "accepted.toml", date(2026, 11, 22))
    assert read.faults == ()
    assert [one.person for one in read.acceptances] == ["adele@contoso.com"]
    assert set(re.findall(r"^(\w+) = ", EXAMPLE, re.MULTILINE)) == {*TEXTS, "until", "added_on"}


def test_every_option_it_names_exists() -> None:
    commands = (audit_command, recheck_command, accept_command)
    known = {option for command in commands for one in command.params for option in one.opts}
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE))
    assert named
    assert named <= known


def test_every_link_leads_somewhere() -> None:
    for name, heading in re.findall(r"\]\(([^)#]+)(?:#([^)]*))?\)", PAGE):
        target = (FILE.parent / name).read_text(encoding="utf-8")
        assert not heading or f"\n## {heading}\n" in target, (name, heading)
