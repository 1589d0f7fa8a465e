"""How fast the verdict statement runs over Parquet, by DuckDB and by Spark on one machine.

    PYTHONPATH=. python benchmarks/fleet.py [PEOPLE] [TENANTS] [ENGINE...]

People are made by repeating a few thousand different ones, each with ids, addresses and request ids of its
own, so that the size of the files is honest.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.diagnose.test_tenant import people
from troubleshooter.evidence.parquet import export_parquet
from troubleshooter.evidence.record import Evidence, EvidenceBuilder, Value
from troubleshooter.evidence.store import open_store

DIFFERENT = 3000
_AT = datetime(2026, 11, 22, 10, tzinfo=UTC)
_CHILD = """
import json, os, sys, time
from contextlib import ExitStack
from pathlib import Path
from troubleshooter.diagnose.evaluate import evaluate
from troubleshooter.diagnose.evaluate_duckdb import DuckEngine
from troubleshooter.diagnose.evaluate_spark import SparkEngine
from troubleshooter.diagnose.rulebook import load_rules
name, out, *files = sys.argv[1:]
rulebook = load_rules()
begun = time.perf_counter()
with ExitStack() as stack:
    engine = DuckEngine() if name == "duckdb" else stack.enter_context(SparkEngine("local[*]", Path(out)))
    ready = time.perf_counter()
    fleet = evaluate(map(Path, files), rulebook, Path(out), engine)
    done = time.perf_counter()
    pids = ["self"] + ([engine.spark.sparkContext._gateway.proc.pid] if name == "spark" else [])
    peaks = [line for pid in pids for line in open(f"/proc/{pid}/status") if line.startswith("VmHWM")]
    stats = [open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split() for pid in pids]
    cpu = sum(int(one[11]) + int(one[12]) for one in stats) / os.sysconf("SC_CLK_TCK")
    memory = sum(int(line.split()[1]) for line in peaks) / 1024
print(json.dumps({"people": fleet.people, "start": ready - begun, "evaluate": done - ready,
                  "memory": memory, "cpu": cpu}))
"""


def with_sources(person: Evidence) -> Evidence:
    """The same person with the requests an audit keeps for each: about a dozen."""
    builder = EvidenceBuilder()
    sources = [
        builder.add_source(
            method="GET",
            url=f"https://graph.microsoft.com/v1.0/users/{person.person.id}/photo/{place}",
            at=_AT,
            status=200,
            request_id=f"request-of-{person.person.id}-{place}",
            milliseconds=100 + place,
        )
        for place in range(12)
    ]
    facts: list[tuple[str, Value]] = [(path, value) for path, value in person.values() if value is not None]
    for place, (path, value) in enumerate(facts):
        builder.know(path, value, sources[place % 12])
    for gap in person.gaps:
        builder.miss(gap.fact, gap.reason, gap.detail, permission=gap.permission, source=sources[0])
    return builder.build()


def tenant_file(folder: Path, place: int, count: int) -> tuple[Path, float]:
    """One audit's Parquet and the seconds its export took."""
    folder.mkdir()
    with open_store(folder, read_only=False) as store:
        flat = store.query("SELECT current_setting('memory_limit')")[0][0]
        store.connection.execute("SET memory_limit = '6GB'")
        with store.transaction():
            store.put("run", {"run.tenant": f"tenant{place}.onmicrosoft.com"})
            store.add_people(map(with_sources, people(min(count, DIFFERENT), place)))
            copies = -(-count // DIFFERENT)
            texts = ", ".join(
                f"replace({name}, 'request-of-', uuid()::VARCHAR) AS {name}" for name in ("sources",)
            )
            person = (
                "struct_update(person, id := id, user_principal_name := id || '@contoso.com', "
                "display_name := 'Person ' || left(id, 13)) AS person"
            )
            store.connection.execute(
                f"""CREATE TEMP TABLE many AS SELECT * EXCLUDE id REPLACE (id AS person_id, {person}, {texts})
                FROM (SELECT *, uuid()::VARCHAR AS id FROM people, range({copies}) LIMIT {count})"""
            )
            store.connection.execute("DELETE FROM people")
            store.connection.execute("INSERT INTO people BY NAME FROM (SELECT * EXCLUDE range FROM many)")
        store.connection.execute("DROP TABLE many")
        store.connection.execute("CHECKPOINT")
        store.connection.execute(f"SET memory_limit = '{flat}'")
        begun = time.perf_counter()
        export_parquet(store, folder / "evidence.parquet")
        return folder / "evidence.parquet", time.perf_counter() - begun


def main(total: int, tenants: int, engines: list[str]) -> None:
    """Print one line of figures for each engine."""
    with tempfile.TemporaryDirectory() as scratch:
        made = [tenant_file(Path(scratch) / str(place), place, total // tenants) for place in range(tenants)]
        size = sum(path.stat().st_size for path, _ in made)
        print(f"{total} people, {tenants} tenants: {size / total:.0f} bytes a person in Parquet, "
              f"exported at {total / sum(seconds for _, seconds in made):,.0f} people/s")  # fmt: skip
        for engine in engines:
            files = [str(path) for path, _ in made]
            command = [sys.executable, "-c", _CHILD, engine, f"{scratch}/{engine}", *files]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                sys.exit(done.stderr[-3000:])
            found = json.loads(done.stdout.splitlines()[-1])
            pace = found["people"] / found["evaluate"]
            print(
                f"  {engine}: start {found['start']:.1f} s, evaluation {found['evaluate']:.1f} s, "
                f"{pace:,.0f} people/s, {found['cpu']:.0f} s of CPU in all, peak {found['memory']:.0f} MB"
            )


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 100_000,
        int(sys.argv[2]) if len(sys.argv) > 2 else 10,
        sys.argv[3:] or ["duckdb", "spark"],
    )
