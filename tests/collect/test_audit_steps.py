"""What an audit tells of its steps, and what stays as it was decided when it goes on."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from tests.audit.audits import Run
from tests.conftest import SandboxFactory
from troubleshooter.cli.audit import begin
from troubleshooter.cli.audit_store import Opened
from troubleshooter.collect.audit_tools import Sizes
from troubleshooter.collect.workers import Workers
from troubleshooter.evidence.store import open_store
from troubleshooter.sandbox.casting import Casting
from troubleshooter.sandbox.people import generated_tenant
from troubleshooter.transport.traffic import Stopped


def test_no_step_has_done_more_than_there_is_to_do(
    make_sandbox: SandboxFactory, now: datetime, tmp_path: Path
) -> None:
    cast = Casting(now)
    people = tuple(cast.healthy(f"well{n}", f"Well {n}", "fine-everywhere", n % 7) for n in range(120))
    tenant = replace(generated_tenant(0, 1, now), accounts=people, signed_in=people[0].id)
    told: list[tuple[str, int, int]] = []
    run = Run(sizes=Sizes(), report=lambda *what: told.append(what))
    run.audit(make_sandbox(tenant), tmp_path)
    sample = [(done, total) for stage, done, total in told if stage == "sample"]
    assert sample[-1] == (200, 200)  # a hundred profiles, a hundred pages
    assert all(done <= total for _, done, total in told if total)


def test_the_first_failure_of_a_group_is_raised_and_the_rest_is_not_begun() -> None:
    begun: list[int] = []
    gate = threading.Event()

    def task(number: int) -> None:
        begun.append(number)
        if number == 0:
            gate.set()
            raise Stopped
        gate.wait(30)

    def fails() -> None:
        with Workers(2) as pool:
            pool.map(task, range(50))

    with pytest.raises(Stopped):
        fails()
    assert len(begun) < 50


def test_how_a_directory_is_taken_apart_does_not_change_when_it_grows(tmp_path: Path) -> None:
    with open_store(tmp_path, read_only=False) as store:
        for size, resumed in ((9_990, False), (10_010, True)):
            begin(Opened(store, resumed, None), _Anybody(), size)  # type: ignore[arg-type]
        assert store.get("tenant_size") == 9_990


class _Anybody:
    licences = 0
