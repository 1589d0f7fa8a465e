"""Published limits: token buckets that tell how long to wait, whole answers and parts of a batch alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from tests.sandbox.wire_client import ADMIN, GRAPH, ROOT, Wire, profile_url
from troubleshooter.sandbox.model import Quota, Quotas, TenantState
from troubleshooter.sandbox.people import generated_tenant
from troubleshooter.sandbox.quotas import Meter, published_quotas
from troubleshooter.sandbox.server import Sandbox

NONE = "application/json;odata=nometadata"
PETRA = "petra.horvat@contoso.example"


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def meter(clock: Clock) -> Meter:
    return Meter(clock, clock)


@pytest.fixture
def small(now: datetime) -> Iterator[Sandbox]:
    """Almost nothing is allowed, and the window is long enough for nothing to come back."""
    quotas = Quotas(
        people_manager=Quota(2, 3600, retry_after=None),
        graph_units=Quota(3, 3600, retry_after=None),
        search=Quota(1, 3600, retry_after=None),
    )
    with Sandbox(generated_tenant(30, 2, now).with_quotas(quotas)) as running:
        yield running


TIERS = [
    (30, 1_250, 3_000, 3_500),
    (400, 1_250, 3_000, 5_000),
    (1_000, 1_250, 3_000, 8_000),
    (1_001, 2_500, 6_000, 8_000),
    (10_000, 3_750, 9_000, 8_000),
    (50_000, 5_000, 12_000, 8_000),
    (100_000, 6_250, 15_000, 8_000),
]


@pytest.mark.parametrize(("licences", "units", "people", "graph"), TIERS)
def test_the_published_limits_grow_with_the_licences(
    licences: int, units: int, people: int, graph: int
) -> None:
    quotas = published_quotas(licences)
    assert quotas.sharepoint_units
    assert (quotas.sharepoint_units.limit, quotas.sharepoint_units.window) == (units, 60)
    assert quotas.people_manager
    assert (quotas.people_manager.limit, quotas.people_manager.window) == (people, 300)
    assert quotas.graph_units
    assert (quotas.graph_units.limit, quotas.graph_units.window) == (graph, 10)
    assert quotas.search
    assert (quotas.search.limit, quotas.search.window) == (25, 1)


def test_a_full_bucket_may_be_emptied_at_once_and_then_fills_evenly(meter: Meter, clock: Clock) -> None:
    quota = Quota(15_000, 300)
    burst = [meter.spend("people_manager", quota, 1).refused for _ in range(15_001)]
    assert burst.count(True) == 1
    clock.now += 1
    after_a_second = [meter.spend("people_manager", quota, 1).refused for _ in range(51)]
    assert after_a_second.count(False) == 49  # fifty a second, and one was owed


def test_the_wait_that_is_told_is_long_enough_and_not_longer(meter: Meter, clock: Clock) -> None:
    quota = Quota(10, 10)
    for _ in range(10):
        assert not meter.spend("search", quota, 1).refused
    refused = meter.spend("search", quota, 1)
    assert refused.refused
    clock.now += refused.wait - 0.01
    early = meter.spend("search", quota, 1)
    assert early.refused
    clock.now += early.wait
    assert not meter.spend("search", quota, 1).refused


def test_refused_calls_count_too_up_to_one_window(meter: Meter) -> None:
    quota = Quota(10, 10)
    waits = [meter.spend("search", quota, 1).wait for _ in range(100)]
    assert waits[:10] == [0] * 10
    assert waits[10:13] == [2, 3, 4]
    assert waits[-1] == 11


def test_apps_have_buckets_of_their_own_and_one_tally(meter: Meter, clock: Clock) -> None:
    quota = Quota(1, 60)
    assert not meter.spend("graph", quota, 1, "one app").refused
    clock.now += 5
    assert not meter.spend("graph", quota, 1, "another app").refused
    assert meter.spend("graph", quota, 1, "another app").refused
    assert meter.report() == {
        "graph": {"limit": 1, "window": 60, "spent": 3, "refused": 1, "first_at": 1000.0, "last_at": 1005.0}
    }


def test_forgetting_the_tallies_gives_no_new_quota(meter: Meter) -> None:
    quota = Quota(1, 60)
    meter.spend("search", quota, 1)
    meter.forget()
    assert meter.spend("search", quota, 1).refused


def parts_of(wire: Wire, *urls: str) -> list[str]:
    head = "--batch_0a\r\nContent-Type: application/http\r\n\r\n"
    body = "".join(f"{head}GET {url} HTTP/1.1\r\nAccept: {NONE}\r\n\r\n" for url in urls) + "--batch_0a--\r\n"
    answer = wire.post(f"{ADMIN}/_api/$batch", body, Content_Type="multipart/mixed; boundary=batch_0a")
    assert answer.status_code == 200
    boundary = answer.headers["Content-Type"].partition("boundary=")[2]
    return answer.text.split(f"--{boundary}")[1:-1]


def test_each_part_of_a_sharepoint_batch_is_refused_on_its_own(small: Sandbox) -> None:
    url = profile_url(small.tenant.accounts[0].upn)
    parts = parts_of(Wire(small), *[url] * 4)
    assert ["200 OK" in part for part in parts] == [True, True, False, False]
    assert "HTTP/1.1 429 Too Many Requests" in parts[2]
    assert "RETRY-AFTER: 3600" in parts[2]
    assert "RETRY-AFTER: 5400" in parts[3]


def test_each_item_of_a_graph_batch_is_refused_on_its_own(small: Sandbox) -> None:
    answers = Wire(small).batch(*[f"/users/{small.tenant.accounts[0].id}"] * 5)
    assert [answers[str(n)]["status"] for n in range(5)] == [200, 200, 200, 429, 429]
    assert answers["3"]["headers"]["Retry-After"] == "2400"
    assert answers["3"]["body"]["error"]["code"] == "TooManyRequests"


def test_a_whole_answer_is_refused_with_the_wait_and_the_scope(small: Sandbox) -> None:
    wire = Wire(small)
    answers = [wire.get(f"{GRAPH}/v1.0/users?$top=1") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[0].headers["x-ms-resource-unit"] == "1"
    assert float(answers[2].headers["x-ms-throttle-limit-percentage"]) == 1.0
    assert int(answers[3].headers["Retry-After"]) > 1000
    assert answers[3].headers["x-ms-throttle-scope"].startswith("Tenant_Application/ReadWrite/")
    search = f"{ROOT}/_api/search/query?querytext='*'"
    assert [wire.get(search).status_code for _ in range(2)] == [200, 429]


def test_every_bucket_is_counted_even_without_a_limit(now: datetime) -> None:
    with Sandbox(generated_tenant(5, 2, now)) as sandbox:
        wire = Wire(sandbox)
        person = sandbox.tenant.accounts[0]
        parts_of(wire, *[profile_url(person.upn)] * 3)
        wire.batch(*[f"/users/{person.id}/photo"] * 4)
        wire.get(f"{ROOT}/_api/search/query?querytext='*'")
        stats = sandbox.stats()
    spent = {name: (bucket["spent"], bucket["limit"]) for name, bucket in stats["quotas"].items()}
    assert spent == {
        "graph": (4, None),
        "people_manager": (3, None),
        "search": (1, None),
        "sharepoint": (8, None),
    }
    assert (stats["http_requests"], stats["batches"], stats["items"]) == (3, 2, 8)
    assert stats["by_kind"] == {"photo": 4, "profile": 3, "search": 1}


def test_a_fixed_wait_can_still_be_told(tenant: TenantState) -> None:
    quota = Quota(1, 3600, retry_after=7)
    with Sandbox(tenant.with_quotas(Quotas(people_manager=quota))) as sandbox:
        wire = Wire(sandbox)
        wire.get(profile_url(PETRA))
        assert wire.get(profile_url(PETRA)).headers["Retry-After"] == "7"
