"""What an audit refuses before it asks about anybody, and what it leaves alone then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.conftest import Options
from tests.cli.program import run
from troubleshooter.evidence.store import open_store
from troubleshooter.sandbox.people import generated_tenant
from troubleshooter.sandbox.server import Sandbox


@pytest.fixture(scope="module")
def here() -> Iterator[Sandbox]:
    with Sandbox(generated_tenant(12, 3, datetime.now(UTC).replace(microsecond=0))) as running:
        yield running


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Sandbox]:
    """Another tenant, of other people."""
    tenant = generated_tenant(12, 4, datetime.now(UTC).replace(microsecond=0))
    with Sandbox(replace(tenant, id="99999999-2222-3333-4444-555555555555")) as running:
        yield running


def test_a_filter_that_the_directory_does_not_take_is_wrong_usage_and_begins_nothing(
    here: Sandbox, as_app: Options, tmp_path: Path
) -> None:
    folder = tmp_path / "audit"
    done = run("audit", "--where", "department eq", "--out", str(folder), "--lang", "en", *as_app(where=here))
    assert done.code == 2
    assert "does not take the filter department eq (Request_BadRequest)" in done.stderr
    assert "filter-query-parameter" in done.stderr
    assert not folder.exists()


def test_a_filter_that_nobody_fits_gives_no_green_light(
    here: Sandbox, as_app: Options, tmp_path: Path
) -> None:
    folder = tmp_path / "audit"
    where = "department eq 'Slaes'"
    done = run("audit", "--where", where, "--out", str(folder), "--lang", "en", *as_app(where=here))
    assert done.code == 2
    assert f"No account fits the filter {where}." in done.stderr
    assert not folder.exists()


def people_of(folder: Path) -> list[tuple[str, ...]]:
    with open_store(folder) as store:
        return store.query("SELECT person_id FROM people ORDER BY 1")


@pytest.mark.parametrize("finished", [True, False])
def test_an_audit_of_another_tenant_is_neither_gone_on_with_nor_replaced_nor_rechecked(
    here: Sandbox, elsewhere: Sandbox, as_app: Options, tmp_path: Path, finished: bool
) -> None:
    assert run("audit", "--out", str(tmp_path), "--quiet", *as_app(where=here)).code in (0, 1)
    before = people_of(tmp_path)
    assert len(before) == 12
    if not finished:
        with open_store(tmp_path, read_only=False) as store, store.transaction():
            store.put("finished_at", None)
    for command in (["audit", "--out", str(tmp_path)], ["recheck", str(tmp_path)]):
        done = run(*command, "--lang", "en", *as_app(where=elsewhere))
        assert done.code == 2
        assert "is of another tenant" in done.stderr
    assert people_of(tmp_path) == before
