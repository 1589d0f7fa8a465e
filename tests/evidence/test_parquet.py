"""Evidence as Parquet: what goes in comes out, and a file that cannot be used says why."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings

from tests.evidence.records import evidences
from troubleshooter import __version__
from troubleshooter.evidence import parquet
from troubleshooter.evidence.parquet import KEY, PARQUET_COLUMNS, export_parquet, fact_digest
from troubleshooter.evidence.parquet_read import ParquetRefused, inspect, read_people, read_whole, relation
from troubleshooter.evidence.record import Evidence, EvidenceBuilder, GapReason
from troubleshooter.evidence.store import Store, open_store
from troubleshooter.evidence.store_file import StoreError

AWKWARD = ["a b.parquet", "[x]*?.parquet", "it's ž {c}.parquet", "_hidden.parquet", "50%20#.parquet"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    (tmp_path / "audit").mkdir()
    with open_store(tmp_path / "audit", read_only=False) as opened:
        yield opened


def somebody(name: str, **known: object) -> Evidence:
    builder = EvidenceBuilder()
    builder.know("person.id", name)
    for path, value in known.items():
        builder.know(path.replace("__", "."), value)  # type: ignore[arg-type]
    return builder.build()


def filled(store: Store, *people: Evidence, **run: object) -> Store:
    with store.transaction():
        store.add_people(people or [somebody("a"), somebody("b")])
        store.put("run", {path.replace("__", "."): value for path, value in run.items()})
    return store


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(evidence=evidences())
def test_what_was_written_comes_back_unchanged(store: Store, tmp_path: Path, evidence: Evidence) -> None:
    with store.transaction():
        store.connection.execute("DELETE FROM people")
        store.add_people([evidence])
    path = tmp_path / "evidence.parquet"
    assert export_parquet(store, path) == 1
    (back,) = read_people(path)
    assert dict(back.values()) == dict(evidence.values())
    assert (back.gaps, back.sources) == (evidence.gaps, evidence.sources)
    assert dict(back.fact_sources) == dict(evidence.fact_sources)


def test_facts_of_the_whole_run_stand_with_everybody_who_has_none_of_their_own(
    store: Store, tmp_path: Path
) -> None:
    filled(
        store,
        somebody("a"),
        somebody("b", run__cloud="china"),
        run__cloud="global",
        run__permissions=["User.Read.All", "it's\x00"],
        run__collected_at="2026-11-22T10:00:00+01:00",
        run__pages_default=0,
    )
    export_parquet(store, tmp_path / "evidence.parquet")
    one, other = read_people(tmp_path / "evidence.parquet")
    assert (one.run.cloud, other.run.cloud) == ("global", "china")
    assert one.run.permissions == ("User.Read.All", "it's\x00")
    assert one.run.collected_at is not None
    assert one.run.collected_at.isoformat() == "2026-11-22T09:00:00+00:00"
    assert one.run.pages_default == 0
    assert one.gap("run.cloud") is None
    assert one.gap("run.tenant") is not None


def test_a_file_says_whose_it_is_and_who_wrote_it(store: Store, tmp_path: Path) -> None:
    filled(store, run__tenant="contoso.com", run__tenant_name="Contoso d.o.o. 'x'")
    store.put("finished_at", "2026-11-22T10:00:00+00:00")
    path = tmp_path / "new folder" / "evidence.parquet"
    export_parquet(store, path)
    found = inspect(path)
    assert (found.tenant, found.tenant_name, found.people) == ("contoso.com", "Contoso d.o.o. 'x'", 2)
    assert found.finished_at is not None
    assert found.finished_at.isoformat() == "2026-11-22T10:00:00+00:00"
    assert found.tool_version == __version__


def test_the_tenant_of_the_people_counts_when_the_audit_names_none(store: Store, tmp_path: Path) -> None:
    filled(store, somebody("a"), somebody("b", run__tenant="fabrikam.com"))
    export_parquet(store, tmp_path / "evidence.parquet")
    assert inspect(tmp_path / "evidence.parquet").tenant == "fabrikam.com"


def test_every_bit_of_a_mask_survives(store: Store, tmp_path: Path) -> None:
    masks = [0, 1, 2**31, 2**62 + 5, 2**63, 2**63 + 1, 2**64 - 1]
    filled(store, *(somebody(str(number)) for number in range(len(masks))))
    for number, mask in enumerate(masks):
        store.connection.execute(
            "UPDATE people SET absent = struct_update(absent, photo := CAST(? AS UBIGINT)) "
            "WHERE person_id = ?",
            [mask, str(number)],
        )
    path = tmp_path / "evidence.parquet"
    export_parquet(store, path)
    rows = duckdb.sql(f"SELECT absent.photo FROM '{path}' ORDER BY person_id").fetchall()
    assert [value & (2**64 - 1) for (value,) in rows] == masks
    assert all(-(2**63) <= value < 2**63 for (value,) in rows)


def test_times_carry_no_zone_and_columns_are_those_of_the_store(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "evidence.parquet"
    export_parquet(filled(store), path)
    logical = duckdb.sql(
        f"SELECT DISTINCT logical_type FROM parquet_schema('{path}') WHERE logical_type LIKE 'Timestamp%'"
    ).fetchall()
    assert len(logical) == 1
    assert "isAdjustedToUTC=0" in logical[0][0]
    assert tuple(duckdb.sql(f"SELECT * FROM '{path}' LIMIT 0").columns) == PARQUET_COLUMNS


def test_a_file_is_its_owners_alone_and_replaces_the_older_one(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "evidence.parquet"
    export_parquet(filled(store), path)
    with store.transaction():
        store.add_people([somebody("c")])
    assert export_parquet(store, path) == 3
    assert inspect(path).people == 3
    assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
    assert sorted(one.name for one in tmp_path.iterdir()) == ["audit", "evidence.parquet"]


def test_a_store_opened_for_reading_can_be_exported(tmp_path: Path) -> None:
    with open_store(tmp_path, read_only=False) as store:
        filled(store)
    with open_store(tmp_path) as store:
        assert export_parquet(store, tmp_path / "evidence.parquet") == 2


def test_long_texts_of_everybody_fit_and_the_memory_of_the_store_is_as_before(
    store: Store, tmp_path: Path
) -> None:
    long = [f"{number:04}" + chr(0x4E00 + number) * 3_000 for number in range(2048)]
    for start in range(0, len(long), 256):
        some = (
            somebody(text[:4], person__display_name=text, directory__department=text + "d")
            for text in long[start : start + 256]
        )
        filled(store, *some)
    path = tmp_path / "evidence.parquet"
    assert export_parquet(store, path) == 2048
    (told,) = store.query("SELECT current_setting('memory_limit')")[0]
    assert told.startswith("53.")  # 56 MB, told in MiB and rounded
    assert sorted(str(one.person.display_name) for one in read_people(path)) == long


def test_a_writing_that_fails_leaves_the_older_file_and_nothing_else(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "evidence.parquet"
    export_parquet(filled(store), path)
    before = path.read_bytes()
    store.connection.execute("ALTER TABLE people DROP COLUMN gaps")
    with pytest.raises(duckdb.Error):
        export_parquet(store, path)
    assert path.read_bytes() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["audit", "evidence.parquet"]


def test_a_folder_that_is_none_is_an_error_in_words(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(StoreError, match="cannot be written"):
        export_parquet(filled(store), tmp_path / "file" / "evidence.parquet")


@pytest.mark.parametrize("name", AWKWARD)
def test_signs_in_a_name_mean_themselves(store: Store, tmp_path: Path, name: str) -> None:
    export_parquet(filled(store), tmp_path / name)
    export_parquet(filled(store, somebody("c")), tmp_path / "xxx.parquet")
    assert inspect(tmp_path / name).people == 2
    assert len(list(read_people(tmp_path / name))) == 2


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def text_instead(path: Path) -> None:
    path.write_text("person_id;name\n1;Adele\n" * 50, encoding="utf-8")


def removed(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("harm", [cut, emptied, text_instead, removed])
def test_a_damaged_file_is_named(store: Store, tmp_path: Path, harm: Callable[[Path], None]) -> None:
    path = tmp_path / "evidence.parquet"
    export_parquet(filled(store), path)
    harm(path)
    with pytest.raises(ParquetRefused) as caught:
        inspect(path)
    assert str(path) in str(caught.value)
    assert "is damaged or no Parquet file" in str(caught.value)
    assert "Copy it again" in caught.value.remedy


def test_damage_in_the_middle_is_found_by_reading_all(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "evidence.parquet"
    builder = EvidenceBuilder()
    builder.know("person.id", "a")
    builder.miss("photo.width", GapReason.DENIED, "".join(chr(0x4E00 + n) for n in range(5000)))
    export_parquet(filled(store, builder.build()), path)
    whole = path.read_bytes()
    read_whole(path)
    path.write_bytes(whole[:400] + bytes(2000) + whole[2400:])
    assert inspect(path).people == 1
    with pytest.raises(ParquetRefused, match="is damaged"):
        read_whole(path)
    with pytest.raises(ParquetRefused, match="is damaged"):
        list(read_people(path))


def test_a_foreign_parquet_file_is_no_evidence(tmp_path: Path) -> None:
    path = tmp_path / "other.parquet"
    duckdb.sql(f"COPY (SELECT 1 AS one) TO '{path}'")
    with pytest.raises(ParquetRefused, match="not the evidence of an audit"):
        inspect(path)


def test_a_file_that_only_says_it_is_ours_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "forged.parquet"
    said = f"{KEY}schema: '{parquet.PARQUET_SCHEMA}', {KEY}facts: '{fact_digest()}'"
    duckdb.sql(f"COPY (SELECT 1 AS one) TO '{path}' (KV_METADATA {{{said}}})")
    with pytest.raises(ParquetRefused, match="columns"):
        inspect(path)


@pytest.mark.parametrize(
    "changed", [{"schema": "photo-troubleshooter/parquet/9 x"}, {"facts": "0123456789abcdef"}]
)
def test_a_file_with_other_facts_names_the_version_that_wrote_it(
    store: Store, tmp_path: Path, changed: dict[str, str]
) -> None:
    ours, other = tmp_path / "evidence.parquet", tmp_path / "other.parquet"
    export_parquet(filled(store), ours)
    about = {"schema": parquet.PARQUET_SCHEMA, "facts": fact_digest(), "tool_version": "9.9", **changed}
    said = ", ".join(f"{KEY}{key}: '{value}'" for key, value in about.items())
    duckdb.sql(f"COPY (FROM {relation([ours])}) TO '{other}' (KV_METADATA {{{said}}})")
    with pytest.raises(ParquetRefused, match=r"version 9\.9"):
        inspect(other)


def test_a_file_without_people_says_so(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "evidence.parquet"
    assert export_parquet(store, path) == 0
    with pytest.raises(ParquetRefused, match="holds nobody"):
        inspect(path)
