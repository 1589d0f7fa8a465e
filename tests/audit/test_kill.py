"""Kill -9 at any moment: the same command goes on, loses nothing, and asks only the page in flight again."""

from __future__ import annotations

import random
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.audit.audits import mixed_tenant
from tests.audit.processes import SMALL, STAGES, Asked, Result, begin, result_of, started, whole_run, work
from tests.conftest import SandboxFactory
from troubleshooter.sandbox.model import TenantState
from troubleshooter.sandbox.server import Sandbox

KILLS, KILLS_AT_ONCE = 50, 10
LISTS = ("/users?$select=id,", "/items?", "/_api/search/query?")
PAGE = "userphoto.aspx"
SINGLY = ("/photo?", "/photo/$value", "/mailboxSettings/", "PeopleManager", PAGE, "_LThumb.jpg")


@pytest.fixture(scope="module")
def tenant(now: datetime) -> TenantState:
    """Enough people for many small pages."""
    return mixed_tenant(now, 90)


@pytest.fixture(scope="module")
def undisturbed(tenant: TenantState, tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Asked]:
    """What the command finds when nobody kills it, and what it asks."""
    folder = tmp_path_factory.mktemp("undisturbed") / "audit"
    begin(folder)
    with Sandbox(tenant) as sandbox:
        code, told = whole_run(sandbox, folder)
        assert code == 1, told
        return result_of(folder), work(sandbox.requests)


def moments() -> Iterator[tuple[int, int]]:
    """When to kill each run: after so many requests, or so many glances after writing has begun."""
    pick = random.Random(4)
    for number in range(KILLS):
        yield pick.randint(2, 14) if number < KILLS_AT_ONCE else pick.randint(30, 110), pick.randint(0, 60)


def repeated(run: Asked, earlier: Asked, once: set[tuple[str, str, str]]) -> Counter[str]:
    """How many things a run asked that an earlier one had asked, by the part of the address they share."""
    again = [f"{path}?{query}" for host, path, query in run if (host, path, query) in earlier.keys() & once]
    return Counter({part: sum(part in address for address in again) for part in (*LISTS, *SINGLY)})


def test_fifty_kills_change_nothing_and_repeat_at_most_the_page_in_flight(
    make_sandbox: SandboxFactory,
    tenant: TenantState,
    undisturbed: tuple[Result, Asked],
    tmp_path: Path,
) -> None:
    expected, asked = undisturbed
    once = {request for request, count in asked.items() if count == 1}
    folder, sandbox = tmp_path / "audit", make_sandbox(tenant)
    begin(folder)
    phases: Counter[str] = Counter()
    earlier: Asked = Counter()
    for requests, glances in moments():
        sandbox.requests.clear()
        with started(sandbox, folder) as process:
            alive = process.wait_until_told("Writing", sandbox, requests)
            assert alive, process.told
            if "Writing" in process.told:
                process.glance(glances)
            process.running.send_signal(signal.SIGKILL)
            assert process.wait() == -signal.SIGKILL, process.told
            phases[process.stage] += 1
        run = work(sandbox.requests)
        again = repeated(run, earlier, once)
        assert all(again[part] <= 1 for part in LISTS), again
        # What pages show for nobody is asked once by each run.
        assert all(again[part] <= SMALL.people + (part == PAGE) for part in SINGLY), again
        earlier += run
    code, told = whole_run(sandbox, folder)
    assert code == 1, told
    assert result_of(folder) == expected
    assert set(phases) == {"", *STAGES}
