"""Many files, some of them bad: the good ones are evaluated, the bad ones named, nobody is counted twice."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from tests.diagnose.fleet import evidence_file
from tests.diagnose.test_tenant import people
from troubleshooter.diagnose.evaluate import Fleet, evaluate
from troubleshooter.diagnose.evaluate_duckdb import DuckEngine, EvaluationFailed
from troubleshooter.diagnose.evaluate_spark import LOG, SparkEngine, SparkFailed
from troubleshooter.diagnose.evaluate_summary import by_tenant, summary, tally
from troubleshooter.diagnose.rulebook import Rulebook, load_rules
from troubleshooter.diagnose.tenant import verdict_table
from troubleshooter.errors import UsageError
from troubleshooter.evidence.parquet import export_parquet
from troubleshooter.evidence.parquet_read import read_people
from troubleshooter.evidence.record import Evidence, with_values
from troubleshooter.evidence.store import open_store

AWKWARD = ("_hidden.parquet", ".dotted.parquet", "a:b.parquet", "[x]*?.parquet", "{c,d} 50%20#ž'.parquet")


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return load_rules()


def crowd(count: int, seed: int, start: int = 0) -> list[Evidence]:
    return [
        with_values(one, {"person.id": f"person-{start + place}"})
        for place, one in enumerate(people(count, seed))
    ]


def reasons(fleet: Fleet) -> dict[str, str]:
    return {Path(str(problem.values["file"])).name: str(problem) for problem in fleet.left_out}


def counted(fleet: Fleet) -> dict[str, int]:
    return {tenant: one.people for tenant, one in by_tenant(fleet).items()}


def damaged_in_the_middle(path: Path) -> Path:
    """Beginning and end stay whole, so only reading the values shows it."""
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + bytes(len(whole) // 2) + whole[100 + len(whole) // 2 :])
    return path


def three(folder: Path) -> list[Path]:
    return [
        evidence_file(folder / f"{name}.parquet", crowd(30, seed), f"{name}.com")
        for seed, name in enumerate(("contoso", "fabrikam", "northwind"), 1)
    ]


def test_one_bad_file_never_stops_the_others(rulebook: Rulebook, tmp_path: Path) -> None:
    files = three(tmp_path)
    (tmp_path / "cut.parquet").write_bytes(files[0].read_bytes()[:5000])
    (tmp_path / "empty.parquet").write_bytes(b"")
    duckdb.sql(f"COPY (SELECT 1 AS one) TO '{tmp_path / 'foreign.parquet'}'")
    evidence_file(tmp_path / "nobody.parquet", [], "nobody.com")
    damaged_in_the_middle(evidence_file(tmp_path / "torn.parquet", crowd(400, 5), "torn.com"))
    bad = [tmp_path / f"{name}.parquet" for name in ("cut", "empty", "foreign", "nobody", "torn")]
    fleet = evaluate([*bad, *files], rulebook, tmp_path / "out", DuckEngine())
    assert counted(fleet) == {"contoso.com": 30, "fabrikam.com": 30, "northwind.com": 30}
    assert reasons(fleet).keys() == {path.name for path in bad}
    assert "holds nobody" in reasons(fleet)["nobody.parquet"]
    assert "not the evidence of an audit" in reasons(fleet)["foreign.parquet"]
    for name in ("cut", "empty", "torn"):
        assert "is damaged" in reasons(fleet)[f"{name}.parquet"]


def test_spark_leaves_the_same_file_out(spark: SparkEngine, rulebook: Rulebook, tmp_path: Path) -> None:
    files = three(tmp_path)
    torn = damaged_in_the_middle(evidence_file(tmp_path / "torn.parquet", crowd(400, 5), "torn.com"))
    fleet = evaluate([torn, *files], rulebook, tmp_path / "out", spark)
    assert fleet.totals == evaluate(files, rulebook, tmp_path / "duck", DuckEngine()).totals
    assert reasons(fleet).keys() == {"torn.parquet"}


def test_names_that_spark_would_pass_over_lose_nobody(
    spark: SparkEngine, rulebook: Rulebook, tmp_path: Path
) -> None:
    folder = tmp_path / "[all] {of} them*"
    files = [
        evidence_file(folder / name, crowd(20, place, place * 100), f"tenant{place}")
        for place, name in enumerate(AWKWARD)
    ]
    fleet = evaluate(files, rulebook, folder / "out", spark)
    assert not fleet.left_out
    assert counted(fleet) == {f"tenant{place}": 20 for place in range(len(AWKWARD))}
    assert fleet.totals == evaluate(files, rulebook, folder / "duck", DuckEngine()).totals


@pytest.mark.parametrize("later_first", [True, False])
def test_of_two_audits_of_one_tenant_the_later_counts(
    rulebook: Rulebook, tmp_path: Path, later_first: bool
) -> None:
    old = evidence_file(tmp_path / "old.parquet", crowd(20, 1), "c", finished_at="2026-11-01T10:00:00+00:00")
    new = evidence_file(
        tmp_path / "new.parquet", crowd(25, 2, 10), "c", finished_at="2026-11-02T09:00:00+00:00"
    )
    other = evidence_file(tmp_path / "other.parquet", crowd(20, 1), "d")
    files = [new, old, other] if later_first else [old, other, new]
    fleet = evaluate(files, rulebook, tmp_path / "out", DuckEngine())
    assert counted(fleet) == {"c": 25, "d": 20}
    assert reasons(fleet).keys() == {"old.parquet"}
    assert "holds 10 people" in reasons(fleet)["old.parquet"]
    assert "new.parquet" in reasons(fleet)["old.parquet"]


def test_parts_of_one_tenant_that_share_nobody_are_put_together(rulebook: Rulebook, tmp_path: Path) -> None:
    files = [evidence_file(tmp_path / f"{n}.parquet", crowd(10, n, n * 10), "contoso.com") for n in range(3)]
    fleet = evaluate(files, rulebook, tmp_path / "out", DuckEngine())
    assert counted(fleet) == {"contoso.com": 30}
    assert not fleet.left_out


def test_a_file_that_names_somebody_twice_is_left_out(rulebook: Rulebook, tmp_path: Path) -> None:
    twice = evidence_file(tmp_path / "twice.parquet", [*crowd(10, 1), *crowd(3, 2)], "contoso.com")
    good = evidence_file(tmp_path / "good.parquet", crowd(10, 1), "contoso.com")
    fleet = evaluate([twice, good], rulebook, tmp_path / "out", DuckEngine())
    assert counted(fleet) == {"contoso.com": 10}
    assert "names 3 people more than once" in reasons(fleet)["twice.parquet"]


def test_a_file_given_twice_counts_once(rulebook: Rulebook, tmp_path: Path) -> None:
    (file, *_) = three(tmp_path)
    fleet = evaluate([file, tmp_path / "out" / ".." / file.name], rulebook, tmp_path / "o", DuckEngine())
    assert (counted(fleet), fleet.left_out) == ({"contoso.com": 30}, ())


def test_when_nothing_is_left_nothing_is_written(rulebook: Rulebook, tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"nothing")
    fleet = evaluate([tmp_path / "a.parquet"], rulebook, tmp_path / "out", DuckEngine())
    assert (fleet.verdicts, fleet.people, len(fleet.left_out)) == (None, 0, 1)
    assert not (tmp_path / "out").exists()


def test_the_file_of_an_audit_says_what_the_audit_said(rulebook: Rulebook, tmp_path: Path) -> None:
    wide = {
        "run.profiles_sampled": 60,
        "run.profiles_differing": 0,
        "run.pages_sampled": 60,
        "run.pages_default": 0,
    }
    nobody = dict.fromkeys(wide, 0)
    file = tmp_path / "evidence.parquet"
    with open_store(tmp_path, read_only=False) as store:
        with store.transaction():
            store.add_people(with_values(one, nobody) for one in crowd(200, 8))
            store.put("run", {**wide, "run.tenant": "contoso.com"})
        wanted = store.query(f"FROM {verdict_table(store, rulebook)} ORDER BY ALL")
        export_parquet(store, file)
    fleet = evaluate([file], rulebook, tmp_path / "out", DuckEngine())
    assert fleet.verdicts is not None
    found = duckdb.sql(f"SELECT * EXCLUDE tenant FROM '{fleet.verdicts}' ORDER BY ALL").fetchall()
    assert found == wanted
    assert all(one.run.profiles_sampled == 60 for one in read_people(file))


class Forgetful(DuckEngine):
    """An engine that loses somebody, as Spark does with files it takes for hidden."""

    def write(self, files: Sequence[Path], rulebook: Rulebook, target: Path) -> None:
        super().write(files[1:], rulebook, target)


def test_verdicts_that_are_too_few_are_no_result(rulebook: Rulebook, tmp_path: Path) -> None:
    files = three(tmp_path)
    evaluate(files[:1], rulebook, tmp_path / "out", DuckEngine())
    before = (tmp_path / "out" / "verdicts.parquet").read_bytes()
    with pytest.raises(EvaluationFailed, match="hold 90 people, but 60 verdicts"):
        evaluate(files, rulebook, tmp_path / "out", Forgetful())
    assert (tmp_path / "out" / "verdicts.parquet").read_bytes() == before
    assert [one.name for one in (tmp_path / "out").iterdir()] == ["verdicts.parquet"]


def test_verdicts_are_their_owners_alone(spark: SparkEngine, rulebook: Rulebook, tmp_path: Path) -> None:
    files = three(tmp_path)
    for engine in (DuckEngine(), spark):
        fleet = evaluate(files, rulebook, tmp_path / engine.name, engine)
        assert fleet.verdicts is not None
        assert stat.S_IMODE(fleet.verdicts.stat().st_mode) & 0o077 == 0
        assert [one.name for one in (tmp_path / engine.name).iterdir()] == ["verdicts.parquet"]


def test_the_summary_counts_everybody_once_in_every_way(rulebook: Rulebook, tmp_path: Path) -> None:
    (tmp_path / "bad.parquet").write_bytes(b"nothing")
    fleet = evaluate([*three(tmp_path), tmp_path / "bad.parquet"], rulebook, tmp_path / "out", DuckEngine())
    found = summary(fleet)
    assert (
        found["people"]
        == sum(found["states"].values())
        == sum(one["people"] for one in found["tenants"])
        == 90
    )
    assert found["rules_version"] == rulebook.version
    assert found["engine"] == {"name": "duckdb", "version": duckdb.__version__}
    assert [one["people"] for one in found["files"]] == [30, 30, 30]
    assert [Path(one["file"]).name for one in found["left_out"]] == ["bad.parquet"]
    for one in found["causes"]:
        per_tenant = [
            c["people"] for t in found["tenants"] for c in t["causes"] if c["cause"] == one["cause"]
        ]
        assert (sum(per_tenant), len(per_tenant)) == (one["people"], one["tenants"])
    assert tally(fleet.totals).people == 90


def test_spark_without_a_cluster_listens_on_loopback_alone(spark: SparkEngine) -> None:
    java = Path("/proc") / str(spark.spark.sparkContext._gateway.proc.pid)
    sockets = {str(one.readlink()) for one in (java / "fd").iterdir() if one.is_symlink()}
    listening = []
    for table in ("tcp", "tcp6"):
        for line in (java / "net" / table).read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                listening.append(fields[1].partition(":")[0])
    assert listening
    assert set(listening) <= {"0100007F", "0000000000000000FFFF00000100007F"}


def test_what_spark_says_goes_to_a_log_of_its_own(
    spark: SparkEngine, capfd: pytest.CaptureFixture[str]
) -> None:
    assert spark.spark.sql("SELECT 1").collect()[0][0] == 1
    assert capfd.readouterr() == ("", "")
    assert (spark.scratch / LOG).is_file()
    assert stat.S_IMODE(spark.scratch.stat().st_mode) & 0o077 == 0


def test_spark_connect_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Spark Connect"), SparkEngine("sc://head:15002", tmp_path):
        pass


def test_an_address_that_is_none_is_an_error_in_words(spark: SparkEngine, tmp_path: Path) -> None:
    """A second Spark in one process cannot start either: the reason is told, and the log kept."""
    with pytest.raises(SparkFailed, match="did not start") as caught, SparkEngine("nonsense", tmp_path):
        pass
    assert Path(str(caught.value.values["log"])).is_file()
    assert [one.name for one in tmp_path.iterdir()] == [LOG]
