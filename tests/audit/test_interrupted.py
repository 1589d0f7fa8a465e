"""An audit that ends before its time: Ctrl-C, a full disk, a second audit of one folder, a damaged store."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.audit.audits import mixed_tenant
from tests.audit.processes import Result, begin, result_of, started, whole_run
from troubleshooter.evidence.store import open_store
from troubleshooter.evidence.store_file import FILE
from troubleshooter.sandbox.model import TenantState
from troubleshooter.sandbox.server import Sandbox

GOES_ON = "Everything read so far is kept in {}; the same command goes on from here."
LIMITED = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))"


@pytest.fixture(scope="module")
def tenant(now: datetime) -> TenantState:
    """Every situation, and a few people more."""
    return mixed_tenant(now, 35)


@pytest.fixture(scope="module")
def sandbox(tenant: TenantState) -> Iterator[Sandbox]:
    with Sandbox(tenant) as running:
        yield running


@pytest.fixture(scope="module")
def undisturbed(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """What the command finds when it is left alone."""
    folder = tmp_path_factory.mktemp("undisturbed") / "audit"
    begin(folder)
    code, told = whole_run(sandbox, folder)
    assert code == 1, told
    return result_of(folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An audit that was begun with small pages."""
    place = tmp_path / "audit"
    begin(place)
    return place


def test_ctrl_c_at_any_stage_says_how_to_go_on_and_the_same_command_does(
    sandbox: Sandbox, undisturbed: Result, folder: Path
) -> None:
    for stage, number in (
        ("Listing people", signal.SIGINT),
        ("Looking at people", signal.SIGTERM),
        ("Looking at the sample", signal.SIGINT),
        ("Writing the report", signal.SIGINT),
        ("Writing the report", signal.SIGTERM),
    ):
        with started(sandbox, folder) as process:
            assert process.wait_until_told(stage), process.told
            process.glance(10)
            process.running.send_signal(number)
            assert process.wait() == 4, process.told
        assert GOES_ON.format(folder) in process.told.replace("\n", " ")
        assert "Traceback" not in process.told
    code, told = whole_run(sandbox, folder)
    assert code == 1, told
    assert result_of(folder) == undisturbed


def test_ctrl_c_is_heard_while_the_service_makes_us_wait(tenant: TenantState, folder: Path) -> None:
    from troubleshooter.sandbox.model import FaultAnswer

    with Sandbox(tenant) as sandbox:
        sandbox.inject(r"graph.*/\$batch", FaultAnswer(429, retry_after=600), forever=True)
        with started(sandbox, folder) as process:
            assert process.wait_until(lambda: sandbox.stats()["refused"] > 0), process.told
            process.running.send_signal(signal.SIGINT)
            assert process.ended(20), process.told
            assert process.wait() == 4
    assert GOES_ON.format(folder) in process.told.replace("\n", " ")


@pytest.mark.parametrize("size", [20_000, 150_000, 800_000])
def test_a_full_disk_is_named_and_with_more_room_the_same_command_goes_on(
    sandbox: Sandbox, undisturbed: Result, folder: Path, size: int
) -> None:
    code, told = whole_run(sandbox, folder, first=LIMITED.format(size=size))
    assert code == 4, told
    assert "Traceback" not in told
    assert "took no more data" in told or "cannot be written" in told, told
    code, told = whole_run(sandbox, folder)
    assert code == 1, told
    assert result_of(folder) == undisturbed


def test_a_second_audit_of_one_folder_is_refused_and_the_first_goes_on_unharmed(
    sandbox: Sandbox, undisturbed: Result, folder: Path
) -> None:
    with started(sandbox, folder) as first:
        assert first.wait_until_told("Looking at people"), first.told
        first.running.send_signal(signal.SIGSTOP)
        beside = folder.with_name("second")
        beside.symlink_to(folder)
        code, told = whole_run(sandbox, beside)
        first.running.send_signal(signal.SIGCONT)
        assert (code, "Another audit is working in" in told) == (4, True), told
        assert first.wait() == 1, first.told
    assert result_of(folder) == undisturbed


def test_a_damaged_store_is_named_and_left_as_it_is(sandbox: Sandbox, folder: Path) -> None:
    file = folder / FILE
    whole = file.read_bytes()
    for damaged in (b"no database" * 3000, whole[:5000], whole[:100] + b"\0" * 200 + whole[300:]):
        file.write_bytes(damaged)
        code, told = whole_run(sandbox, folder)
        assert code == 4, told
        assert "is damaged or no audit" in told
        assert "Keep a copy, move the file away and start again" in told
        assert file.read_bytes() == damaged


def test_a_step_that_reached_the_disk_by_half_is_taken_again(
    sandbox: Sandbox, undisturbed: Result, folder: Path
) -> None:
    journal = folder / f"{FILE}.wal"
    for share in (0.3, 0.7, 0.99):
        with started(sandbox, folder) as process:
            assert process.wait_until_told("Looking at people")
            process.glance(60)
            process.running.send_signal(signal.SIGKILL)
            process.wait()
        written = journal.read_bytes()
        journal.write_bytes(written[: int(len(written) * share)])
    code, told = whole_run(sandbox, folder)
    assert code == 1, told
    assert result_of(folder) == undisturbed


def test_another_version_of_the_options_is_refused_until_the_audit_has_ended(
    sandbox: Sandbox, folder: Path
) -> None:
    code, told = whole_run(sandbox, folder, "--sample", "5")
    assert code == 2, told
    assert "was begun with other options" in told
    with open_store(folder) as store:
        assert store.get("listed_users") is None
