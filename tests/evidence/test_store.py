"""The file of an audit: what goes in comes out, whole pages only, one process at a time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.evidence.records import evidences
from troubleshooter.evidence import store_file
from troubleshooter.evidence.record import Evidence, EvidenceBuilder
from troubleshooter.evidence.store import Store, open_store
from troubleshooter.evidence.store_file import StoreDamaged, StoreInUse, StoreMissing, StoreOutdated

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path, read_only=False) as opened:
        yield opened


def somebody(name: str, mark: str = "") -> Evidence:
    builder = EvidenceBuilder()
    builder.know("person.id", name)
    if mark:
        builder.know("photo.fingerprint", mark)
        builder.know("photo.first_seen_at", NOW)
        builder.know("photo.previous_fingerprint", "")
    return builder.build()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(evidence=evidences())
def test_what_was_stored_comes_back_unchanged(store: Store, evidence: Evidence) -> None:
    with store.transaction():
        store.connection.execute("DELETE FROM people")
        store.add_people([evidence])
    (back,) = store.people()
    assert dict(back.values()) == dict(evidence.values())
    assert (back.gaps, back.sources) == (evidence.gaps, evidence.sources)
    assert dict(back.fact_sources) == dict(evidence.fact_sources)


def broken() -> Evidence:
    builder = EvidenceBuilder()
    builder.know("person.id", None)
    return builder.build()


def test_a_page_that_fails_leaves_nothing_behind(store: Store) -> None:
    with store.transaction():
        store.add_people([somebody("a")])
    with pytest.raises(ValueError, match="not None"), store.transaction():
        store.add_people(one for one in (somebody("b"), broken()))
    assert [one.person.id for one in store.people()] == ["a"]


def test_a_second_process_is_refused_and_told_why(store: Store, tmp_path: Path) -> None:
    code = (
        "import sys, pathlib\n"
        "from troubleshooter.evidence.store import open_store\n"
        "from troubleshooter.evidence.store_file import StoreInUse\n"
        "try: open_store(pathlib.Path(sys.argv[1]), read_only=False)\n"
        "except StoreInUse as error: print(error.what)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "Another audit is working in {folder}.\n"


def test_the_same_process_is_refused_a_second_opening_in_another_mode(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreInUse):
        open_store(tmp_path)


def test_no_audit_no_database_half_a_database_and_an_older_one_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(StoreMissing):
        open_store(tmp_path)
    file = tmp_path / store_file.FILE
    file.write_bytes(b"this is no database" * 500)
    with pytest.raises(StoreDamaged):
        open_store(tmp_path)
    file.unlink()
    with open_store(tmp_path, read_only=False) as whole, whole.transaction():
        whole.add_people([somebody(str(number)) for number in range(3000)])
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 3])
    with pytest.raises(StoreDamaged):
        list(open_store(tmp_path).people())
    file.write_bytes(data)
    with open_store(tmp_path, read_only=False) as whole, whole.transaction():
        whole.put("schema", "photo-troubleshooter/store/0")
    with pytest.raises(StoreOutdated):
        open_store(tmp_path)


def test_a_full_disk_is_named_and_what_was_whole_stays(tmp_path: Path) -> None:
    code = (
        "import resource, signal, sys, pathlib\n"
        "from troubleshooter.evidence.store import open_store\n"
        "from troubleshooter.evidence.store_file import StoreFull\n"
        "from tests.evidence.test_store import somebody\n"
        "store = open_store(pathlib.Path(sys.argv[1]), read_only=False)\n"
        "with store.transaction(): store.add_people([somebody('first')])\n"
        "store.connection.execute('CHECKPOINT')\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))\n"
        "try:\n"
        "    for page in range(500):\n"
        "        with store.transaction():\n"
        "            store.add_people([somebody(f'{page}-{n}', f'{page * n:0200d}') for n in range(200)])\n"
        "except StoreFull as error: print('full', error.what)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert "full {folder} took no more data" in done.stdout, done.stdout + done.stderr
    with open_store(tmp_path, read_only=False) as after:
        people = [one.person.id for one in after.people()]
    assert people[0] == "first"
    assert (len(people) - 1) % 200 == 0


def test_a_later_audit_knows_when_a_photo_was_first_seen(tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    with open_store(tmp_path / "old", read_only=False) as old, old.transaction():
        old.see_photos([somebody("a", "f0"), somebody("b")], NOW)
        old.see_photos([somebody("a", "f1")], NOW.replace(hour=12))
    with open_store(tmp_path / "new", read_only=False) as new:
        new.adopt_history(tmp_path / "old" / store_file.FILE)
        seen = new.photos_seen(["a", "b", "c"])
    assert set(seen) == {"a"}
    assert (seen["a"].fingerprint, seen["a"].first_seen_at) == ("f1", NOW)


def test_run_facts_and_sql_read_the_same_people(store: Store) -> None:
    with store.transaction():
        store.put("run", {"run.cloud": "sandbox", "run.collected_at": "2026-11-22T10:00:00Z"})
        store.add_people([replace(somebody("a"), sources=())])
    assert store.run_facts == {"run.cloud": "sandbox", "run.collected_at": NOW}
    assert store.query(f"SELECT person.id FROM {store.relation}") == [("a",)]
    assert store.count() == 1
