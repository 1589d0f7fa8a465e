"""The `audit` command from its plan to its second run in one folder."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.audit.processes import result_of, whole_run
from troubleshooter.evidence.store import open_store
from troubleshooter.sandbox.casting import Casting
from troubleshooter.sandbox.model import TenantState
from troubleshooter.sandbox.people import generated_tenant
from troubleshooter.sandbox.server import Sandbox


@pytest.fixture(scope="module")
def tenant(now: datetime) -> TenantState:
    """Forty people and a guest."""
    tenant = generated_tenant(40, 9, now)
    guest = Casting(now).guest("ivo", "elsewhere.example", "Ivo", "guest-no-photo", 3)
    return tenant.with_accounts(guest)


@pytest.fixture(scope="module")
def sandbox(tenant: TenantState) -> Iterator[Sandbox]:
    with Sandbox(tenant) as running:
        yield running


def test_a_plan_asks_about_no_person_and_writes_nothing(tenant: TenantState, tmp_path: Path) -> None:
    with Sandbox(tenant) as sandbox:
        code, told = whole_run(sandbox, tmp_path / "audit", "--plan")
        kinds = sandbox.stats()["by_kind"]
        asked = [one.path for one in sandbox.requests if "login" not in one.host]
    assert code == 0, told
    assert "The directory counts 41 accounts that fit." in told
    assert set(kinds) <= {"sign_in", "users_count"}
    assert asked == ["/v1.0/users/$count"]
    assert not (tmp_path / "audit").exists()


def test_a_plan_for_some_counts_those_alone(sandbox: Sandbox, tmp_path: Path) -> None:
    some = ("--where", "startsWith(userPrincipalName,'person00000')", "--sample", "4")
    code, told = whole_run(sandbox, tmp_path / "audit", "--plan", *some)
    assert code == 0, told
    assert "The directory counts 10 accounts that fit." in told
    assert "4 of them are drawn at random." in told


def test_a_finished_audit_makes_room_for_the_next_one_and_is_kept(sandbox: Sandbox, tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    code, told = whole_run(sandbox, folder)
    assert code == 1, told
    first = result_of(folder)
    assert len(first.verdicts) == 41
    code, told = whole_run(sandbox, folder)
    assert code == 1, told
    assert result_of(folder).verdicts == first.verdicts
    (earlier,) = (folder / "earlier").iterdir()
    with open_store(folder) as store:
        assert store.get("resumed_at") is None
        assert {one for (one,) in store.query('SELECT DISTINCT "class" FROM changes')} <= {
            "same",
            "unchanged",
        }
    assert earlier.suffix == ".duckdb"
    assert not list(folder.rglob("*.wal"))


def test_an_audit_that_was_stopped_between_its_last_answer_and_its_reports_asks_about_nobody_again(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    folder = tmp_path / "audit"
    code, told = whole_run(sandbox, folder)
    assert code == 1, told
    first = result_of(folder)
    with open_store(folder, read_only=False) as store:
        store.connection.execute("DELETE FROM meta WHERE key = 'reported_at'")
    (folder / "summary.json").unlink()
    before = len(sandbox.requests)
    code, told = whole_run(sandbox, folder)
    assert code == 1, told
    later = [one.path for one in sandbox.requests][before:]
    assert [path for path in later if path.startswith("/v1.0/")] == ["/v1.0/users/$count"]
    assert result_of(folder) == first
    assert (folder / "summary.json").exists()
    assert not (folder / "earlier").exists()
