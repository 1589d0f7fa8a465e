"""`evaluate` as a person runs it: files in, verdicts, counts and an exit code out; DuckDB and real Spark."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.cli.program import Done, run
from tests.diagnose.books import TOO_SMALL, write_folder
from tests.diagnose.fleet import evidence_file
from tests.diagnose.test_tenant import HEALTHY, people
from troubleshooter.evidence.record import Evidence, with_values

pytestmark = pytest.mark.xdist_group("spark")
FINE = with_values(Evidence(), {**HEALTHY, "person.id": "fine"})


@pytest.fixture(scope="module")
def audits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three audits as a scheduler leaves them, one with a hostile name."""
    folder = tmp_path_factory.mktemp("audits")
    # The generated people may carry names of tenants; here the first tenant is known by its domain alone.
    nameless = [with_values(one, {"run.tenant_name": None}) for one in people(60, 1)]
    evidence_file(folder / "a" / "evidence.parquet", nameless, "contoso.com")
    evidence_file(
        folder / "b" / "evidence.parquet",
        people(50, 2),
        "fabrikam.com",
        {"run.tenant_name": "Fab\x1b[31m\u202erikam"},
    )
    unknown = {"run.tenant": None, "run.tenant_name": None}
    evidence_file(folder / "c" / "evidence.parquet", [with_values(one, unknown) for one in people(40, 3)])
    return folder


def evaluated(
    *arguments: object, environment: dict[str, str] | None = None, directory: Path | None = None
) -> Done:
    return run("evaluate", *map(str, arguments), environment=environment, directory=directory)


def rows(out: Path) -> list[tuple[Any, ...]]:
    return sorted(duckdb.sql(f"FROM '{out / 'verdicts.parquet'}'").fetchall(), key=str)


def test_both_engines_write_the_same_verdicts_wherever_the_computer_stands(
    audits: Path, tmp_path: Path
) -> None:
    for engine, zone in (("duckdb", "UTC"), ("duckdb", "Pacific/Apia"), ("spark", "Asia/Kathmandu")):
        done = evaluated(
            audits,
            "--engine",
            engine,
            "--out",
            tmp_path / f"{engine}-{zone[:3]}",
            "--json",
            environment={"TZ": zone},
        )
        assert (done.code, done.stderr) == (1, "")
        assert json.loads(done.stdout)["people"] == 150
    assert len(rows(tmp_path / "duckdb-UTC")) == 150
    assert rows(tmp_path / "duckdb-UTC") == rows(tmp_path / "duckdb-Pac") == rows(tmp_path / "spark-Asi")
    assert sorted(one.name for one in (tmp_path / "spark-Asi").iterdir()) == [
        "summary.json",
        "verdicts.parquet",
    ]


def test_the_table_shows_tenants_and_causes_and_no_control_signs(audits: Path, tmp_path: Path) -> None:
    done = evaluated(audits, "--out", tmp_path, "--lang", "en")
    assert (done.code, done.stderr) == (1, "")
    assert done.stdout.startswith("150 people of 3 tenants. Engine: duckdb ")
    for text in ("contoso.com", "Fab [31m rikam", "not known", "Together", "Could not decide"):
        assert text in done.stdout
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout
    summary = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert f"[{summary['causes'][0]['cause']}]" in done.stdout
    assert str(tmp_path / "verdicts.parquet") in done.stdout


def test_a_bad_file_is_named_and_the_exit_code_says_so(audits: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 nothing PAR1")
    done = evaluated(
        audits / "a" / "evidence.parquet", tmp_path / "bad.parquet", "--out", tmp_path / "out", "--quiet"
    )
    assert (done.code, done.stdout) == (4, "")
    assert done.stderr.startswith(f"Warning: {tmp_path / 'bad.parquet'} is damaged or no Parquet file")
    assert "\nTry: Copy it again" in done.stderr
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert (summary["people"], len(summary["left_out"])) == (60, 1)


def test_nothing_usable_is_a_failed_run(tmp_path: Path) -> None:
    (tmp_path / "bad.parquet").write_bytes(b"")
    done = evaluated(tmp_path / "bad.parquet", "--out", tmp_path / "out")
    assert done.code == 4
    assert not (tmp_path / "out" / "verdicts.parquet").exists()


@pytest.mark.parametrize(
    ("facts", "code"),
    [({}, 0), ({"directory.account_enabled": False}, 1), ({"sharepoint.served_is_default_image": None}, 3)],
)
def test_exit_codes_are_those_of_the_verdicts(tmp_path: Path, facts: dict[str, Any], code: int) -> None:
    evidence_file(tmp_path / "evidence.parquet", [with_values(FINE, facts)], "contoso.com")
    assert evaluated(tmp_path / "evidence.parquet", "--out", tmp_path / "out").code == code


def test_a_folder_counts_with_all_below_it_but_our_own_results(audits: Path, tmp_path: Path) -> None:
    shutil.copytree(audits, tmp_path / "all")
    for _ in range(2):
        done = evaluated(".", "--json", directory=tmp_path / "all")
        assert (done.code, json.loads(done.stdout)["people"]) == (1, 150)
    assert (tmp_path / "all" / "photo-verdicts" / "verdicts.parquet").is_file()


def test_rules_of_ones_own_count_too(audits: Path, tmp_path: Path) -> None:
    own = TOO_SMALL.replace("photo.width < 96", "photo.width < 649").replace("width = 48", "width = 648")
    folder = write_folder(tmp_path / "rules", {"own-small": own, "broken": "title = 1\n"}, order=False)
    done = evaluated(audits, "--rules", folder, "--out", tmp_path / "out", "--json", "--lang", "en")
    assert done.stderr.startswith("Rule left out: ")
    assert "own-small" in {rule for row in rows(tmp_path / "out") for rule in row[7]}
    plain = evaluated(audits, "--out", tmp_path / "plain", "--json")
    assert json.loads(plain.stdout)["rules_version"] != json.loads(done.stdout)["rules_version"]


def test_wrong_usage_is_said_before_anything_is_read(audits: Path, tmp_path: Path) -> None:
    missing = evaluated(tmp_path / "none.parquet")
    assert (missing.code, "does not exist" in missing.stderr) == (2, True)
    (tmp_path / "void").mkdir()
    void = evaluated(tmp_path / "void")
    assert (void.code, "There is no .parquet file in" in void.stderr) == (2, True)
    master = evaluated(audits, "--master", "local[1]")
    assert (master.code, "--master is for Spark alone." in master.stderr) == (2, True)


def without_java(folder: Path) -> dict[str, str]:
    folder.mkdir()
    return {"PATH": str(folder), "JAVA_HOME": str(folder)}


def test_without_java_the_error_says_what_to_install(audits: Path, tmp_path: Path) -> None:
    done = evaluated(
        audits, "--engine", "spark", "--out", tmp_path / "out", environment=without_java(tmp_path / "bin")
    )
    assert (done.code, done.stdout) == (2, "")
    assert done.stderr.startswith(
        "Error: Apache Spark needs Java, which is not installed or not found.\nTry: Install Java 17"
    )
    assert list((tmp_path / "out").iterdir()) == []


def test_without_pyspark_the_error_names_the_extra(audits: Path, tmp_path: Path) -> None:
    (tmp_path / "pyspark").mkdir()
    (tmp_path / "pyspark" / "__init__.py").write_text(
        "raise ImportError('not here', name='pyspark')\n", encoding="utf-8"
    )
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    done = evaluated(audits, "--engine", "spark", "--out", tmp_path / "out", environment={"PYTHONPATH": path})
    assert done.code == 2
    assert "needs the package pyspark" in done.stderr
    assert "pip install 'photo-troubleshooter[spark]'" in done.stderr


def test_a_spark_that_does_not_start_is_an_error_with_a_log(audits: Path, tmp_path: Path) -> None:
    done = evaluated(audits, "--engine", "spark", "--master", "nonsense", "--out", tmp_path)
    assert done.code == 4
    assert done.stderr.startswith("Error: Apache Spark did not start (")
    assert "Traceback" not in done.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["spark.log"]


def test_the_folder_of_the_results_must_be_writable(audits: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = evaluated(audits, "--out", tmp_path / "file" / "out")
    assert (done.code, "cannot be written" in done.stderr) == (4, True)
