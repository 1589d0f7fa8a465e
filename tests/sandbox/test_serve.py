"""The sandbox as a process of its own, and what it tells about itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import requests

from tests.sandbox.wire_client import GRAPH, ROOT, Wire, session_for
from troubleshooter.sandbox.model import TenantState
from troubleshooter.sandbox.people import generated_tenant
from troubleshooter.sandbox.server import Sandbox


@contextmanager
def served(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`sandbox serve` with these options, and the first line it printed."""
    program = "from troubleshooter.cli.main import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", program, "sandbox", "serve", *options],
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        try:
            assert process.stdout
            yield process, process.stdout.readline()
        finally:
            process.kill()


def own(where: dict[str, Any], path: str, method: str = "GET") -> requests.Response:
    session = requests.Session()
    session.trust_env = False
    address = f"https://localhost:{where['port']}{path}"
    return session.request(method, address, verify=where["ca_file"], timeout=30)


def test_a_process_of_its_own_says_in_one_line_where_everything_is(tmp_path: Path) -> None:
    with served("--people", "120", "--licences", "120", "--dir", str(tmp_path), "--json") as (_, line):
        where = json.loads(line)
        assert Path(where["cloud_file"]) == tmp_path.resolve() / "cloud.toml"
        assert "PRIVATE KEY" in Path(where["certificate_file"]).read_text(encoding="utf-8")
        assert (where["tenant"], where["people"]) == ("contoso.example", 120)
        stats = requests.get(where["stats"], verify=where["ca_file"], timeout=30).json()
        assert (stats["people"], stats["http_requests"]) == (120, 0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_well_when_it_is_told_to_and_takes_its_files_away(number: signal.Signals) -> None:
    with served("--json") as (process, line):
        directory = Path(json.loads(line)["cloud_file"]).parent
        assert directory.exists()
        if os.name == "posix":  # Windows ends a process without asking it
            process.send_signal(number)
            assert process.wait(timeout=60) == 0
            assert not directory.exists()


def test_without_json_it_says_what_to_type() -> None:
    with served() as (process, line):
        assert process.stdout
        assert line.startswith("Sandbox tenant contoso.example on 127.0.0.1:")
        assert process.stdout.readline() == "In another terminal:\n"
        assert "photo-troubleshooter diagnose" in process.stdout.readline()


def test_the_limits_and_the_delay_of_a_process_are_those_asked_for() -> None:
    with served("--people", "5", "--licences", "20000", "--latency", "3", "--seed", "9", "--json") as (
        _,
        line,
    ):
        where = json.loads(line)
        own(where, "/v1.0/users")
        own(where, "/_api/search/query")
        stats = own(where, "/_sandbox/stats").json()
        assert stats["latency"] == pytest.approx(0.003)
        assert stats["delayed"] == pytest.approx(0.006)
        assert stats["by_status"] == {"401": 2}


@pytest.fixture
def busy(now: datetime) -> Iterator[Sandbox]:
    with Sandbox(generated_tenant(30, 3, now)) as running:
        yield running


def stats_of(sandbox: Sandbox, path: str = "/_sandbox/stats", method: str = "GET") -> dict[str, Any]:
    where = {"port": sandbox.port, "ca_file": str(sandbox.ca_file)}
    answer = own(where, path, method)
    assert answer.status_code == 200
    return dict(answer.json())


def test_the_counters_tell_requests_items_kinds_and_quotas_apart(busy: Sandbox) -> None:
    wire = Wire(busy)
    wire.get(f"{GRAPH}/v1.0/users")
    wire.batch(*["/users/nobody@contoso.example/photo"] * 3)
    wire.get(f"{ROOT}/_api/web")
    told = stats_of(busy)
    assert (told["http_requests"], told["batches"], told["items"]) == (3, 1, 5)
    assert told["by_kind"] == {"photo": 3, "users": 1, "web": 1}
    assert told["by_status"] == {"200": 2, "404": 3}
    assert told["quotas"]["graph"]["spent"] == 4
    assert told["quotas"]["sharepoint"]["spent"] == 2
    assert told["since"] <= told["quotas"]["graph"]["first_at"] <= told["quotas"]["graph"]["last_at"]


def test_asking_for_the_counters_counts_nothing_and_a_reset_zeroes_them(busy: Sandbox) -> None:
    Wire(busy).get(f"{GRAPH}/v1.0/users")
    assert stats_of(busy) == stats_of(busy)
    assert stats_of(busy, "/_sandbox/reset", "POST")["items"] == 1
    after = stats_of(busy)
    assert (after["http_requests"], after["items"], after["by_kind"], after["quotas"]) == (0, 0, {}, {})
    assert len(busy.requests) == 0


def test_the_counters_are_for_loopback_names_only_and_a_reset_is_a_post(busy: Sandbox) -> None:
    for host in (GRAPH, ROOT):
        assert session_for(busy).get(f"{host}/_sandbox/stats").status_code in (401, 404)
    where = {"port": busy.port, "ca_file": str(busy.ca_file)}
    assert own(where, "/_sandbox/reset").status_code == 404
    assert own(where, "/_sandbox/other").status_code == 404


def test_a_delay_is_per_answer_and_not_per_part(now: datetime) -> None:
    with Sandbox(generated_tenant(5, 3, now), latency=0.01) as slow:
        Wire(slow).batch(*["/organization"] * 20)
        told = stats_of(slow)
    assert told["items"] == 20
    assert told["delayed"] == pytest.approx(0.01)


def test_delayed_answers_do_not_wait_for_each_other(now: datetime) -> None:
    together = 8
    with Sandbox(generated_tenant(5, 3, now), latency=0.5) as slow:
        wires = [Wire(slow) for _ in range(together)]
        start = Barrier(together)

        def ask(wire: Wire) -> int:
            start.wait()
            return wire.get(f"{GRAPH}/v1.0/organization").status_code

        with ThreadPoolExecutor(together) as pool:
            assert set(pool.map(ask, wires)) == {200}
        assert stats_of(slow)["most_at_once"] > together // 2


def test_a_generated_tenant_lets_the_demo_app_read_everything(now: datetime) -> None:
    tenant: TenantState = generated_tenant(3, 1, now)
    scripted = tenant.clients[0]
    assert scripted.certificate
    assert {"graph", "sharepoint", "exchange"} == set(scripted.roles)
    assert tenant.person(tenant.signed_in) == tenant.accounts[0]
