"""Keeping to the published limits, over real sockets: how long, why, at which share, and how it recovers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from tests.audit.audits import Audited, Run, SleepClock
from tests.conftest import SandboxFactory
from tests.transport.fakes import START, WrittenTokens
from tests.transport.tls_server import Asked, Reply, TlsServer
from troubleshooter.cli.audit_connect import utc_now
from troubleshooter.cli.progress import Progress
from troubleshooter.render.language import language
from troubleshooter.sandbox.model import TenantState
from troubleshooter.transport.graph import GraphClient
from troubleshooter.transport.limits import IDENTITY, PEOPLE_MANAGER, SEARCH, SHAREPOINT, limits_for
from troubleshooter.transport.quota import TOLD_TO_WAIT, Governor, Wait
from troubleshooter.transport.retry import RetryPolicy
from troubleshooter.transport.service import Service
from troubleshooter.transport.session import USER_AGENT, build_session
from troubleshooter.transport.sharepoint import SharePointClient, profile_url

NAMES = ("login.test", "graph.test", "*.sharepoint.test")
ADMIN = "contoso-admin.sharepoint.test"
OK = Reply.of({"id": "megan"})
LICENCES = 10_000


class Client:
    """Graph and SharePoint clients behind one governor, on a clock that passes while somebody waits."""

    def __init__(self, server: TlsServer, clock: SleepClock, share: float) -> None:
        cloud = server.cloud()
        self.clock = clock
        self.governor = Governor(
            cloud, limits_for(LICENCES), share=share, sleep=clock.sleep, clock=clock, now=lambda: START
        )
        self.session = build_session(cloud, connect_seconds=5, read_seconds=5)
        service = Service(
            self.session,
            WrittenTokens(),
            retries=RetryPolicy(max_tries=12, max_wait=1800),
            governor=self.governor,
            sleep=clock.sleep,
            clock=clock,
            now=lambda: START + timedelta(seconds=clock() - 1000),
            jitter=lambda: 1.0,
        )
        self.graph = GraphClient(service, cloud)
        self.sharepoint = SharePointClient(service, cloud)

    def wait(self, bucket: str) -> Wait:
        """What a bucket cost so far."""
        return next((one for one in self.governor.waits() if one.bucket == bucket), Wait(bucket))

    def rate(self, bucket: str) -> float:
        """Units per second that it allows itself."""
        return self.governor.buckets[bucket].rate


@pytest.fixture(scope="module")
def one_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsServer]:
    server = TlsServer(tmp_path_factory.mktemp("tls"), NAMES)
    yield server
    server.close()


@pytest.fixture
def server(one_server: TlsServer) -> TlsServer:
    one_server.asked.clear()
    one_server.answer = lambda asked: OK
    return one_server


@pytest.fixture
def make_client(server: TlsServer) -> Iterator[Callable[..., Client]]:
    made: list[Client] = []

    def make(share: float = 0.5) -> Client:
        made.append(Client(server, SleepClock(), share))
        return made[-1]

    yield make
    for one in made:
        one.session.close()


@pytest.fixture
def client(make_client: Callable[..., Client]) -> Client:
    return make_client()


def script(server: TlsServer, *replies: Reply) -> None:
    """Answer with these in turn, then with the last one for ever."""
    rest = list(replies)
    server.answer = lambda asked: rest.pop(0) if len(rest) > 1 else rest[0]


def refused(retry_after: str = "", status: int = 429) -> Reply:
    told = {"Retry-After": retry_after} if retry_after else {}
    return Reply(
        status, b'{"error": {"code": "TooManyRequests"}}', {"Content-Type": "application/json", **told}
    )


def profile(number: int) -> str:
    return profile_url(ADMIN, f"person{number}@contoso.test")


@pytest.mark.parametrize(("text", "seconds"), [("7", 7), ("2.128", 3), ("", 5), ("soon", 5)])
def test_a_refusal_holds_everybody_of_its_quota_for_as_long_as_it_says(
    client: Client, server: TlsServer, text: str, seconds: float
) -> None:
    script(server, refused(text), OK)
    assert client.graph.get("/users/megan").ok
    assert client.clock() - 1000 == pytest.approx(seconds, abs=0.01)
    told = client.wait(IDENTITY)
    assert told.told_to_wait == pytest.approx(seconds, abs=0.01)
    assert (told.refusals, told.own_rate) == (1, 0)
    assert client.wait(SHAREPOINT) == Wait(SHAREPOINT)


def test_a_date_to_wait_for_counts_from_the_date_of_the_answer_whatever_our_clock_says(
    client: Client, server: TlsServer
) -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)
    script(server, refused(until), OK)
    assert client.graph.get("/users/megan").ok
    assert client.clock() - 1000 == pytest.approx(40, abs=2)
    assert client.wait(IDENTITY).told_to_wait == pytest.approx(40, abs=2)


def test_while_it_waits_the_governor_says_for_which_quota_why_and_until_when(
    client: Client, server: TlsServer
) -> None:
    script(server, refused("120", 503), OK)
    seen: list[tuple[str, str, float]] = []
    words: list[str] = []
    with Progress(language("en"), client.governor, quiet=True, clock=client.clock) as progress:
        progress("people", 3, 10)
        sleep = client.clock.sleep

        def look(seconds: float) -> None:
            seen.extend((hold.bucket, hold.reason, hold.until) for hold in client.governor.holds())
            words.append(progress.line())
            sleep(seconds)

        client.governor._sleep = look
        assert client.sharepoint.get(f"https://{ADMIN}/_api/web").ok
    assert set(seen) == {(SHAREPOINT, TOLD_TO_WAIT, 1120.0)}
    assert re.fullmatch(r"Looking at people · .* · SharePoint asked us to wait until [0-9:]{8}", words[0])
    assert client.governor.holds() == []


@pytest.mark.parametrize("share", [0.25, 0.5, 0.9])
def test_a_share_of_the_published_rate_is_kept_over_any_window(
    make_client: Callable[..., Client], share: float
) -> None:
    client = make_client(share)
    limit = limits_for(LICENCES)[SEARCH]
    times = [_asked_at(client) for _ in range(150)]
    for first in range(len(times)):
        within = [one for one in times if times[first] <= one < times[first] + limit.window]
        assert len(within) <= limit.units + 1
    whole = times[-1] - times[0]
    assert len(times) / whole == pytest.approx(limit.rate * share, rel=0.25)
    assert client.wait(SEARCH).own_rate == pytest.approx(whole, rel=0.1)
    assert (client.wait(SEARCH).refusals, client.wait(SEARCH).told_to_wait) == (0, 0)


def _asked_at(client: Client) -> float:
    assert client.sharepoint.get("https://contoso.sharepoint.test/_api/search/query?querytext='*'").ok
    return client.clock()


def test_the_rate_is_halved_once_for_one_storm_and_grows_back_step_by_step(
    client: Client, server: TlsServer
) -> None:
    full = client.rate(PEOPLE_MANAGER)
    whole = client.sharepoint.batch(ADMIN, [profile(1)])
    assert whole[0].ok
    script(server, refused("10"), OK)
    assert client.sharepoint.get(profile(1)).ok
    assert client.rate(PEOPLE_MANAGER) == pytest.approx(full / 2, rel=0.02)
    assert client.rate(IDENTITY) == limits_for(LICENCES)[IDENTITY].rate * 0.5
    rates = []
    for _ in range(8):
        client.clock.sleep(10)
        client.governor.holds()
        rates.append(client.rate(PEOPLE_MANAGER) / full)
    assert rates == sorted(rates)
    assert rates[0] == pytest.approx(0.6, rel=0.02)
    assert rates[-1] == 1.0


def test_refusals_of_many_parts_of_one_batch_halve_once(client: Client, server: TlsServer) -> None:
    full = client.rate(PEOPLE_MANAGER)
    server.answer = _profiles_refused_once(set())
    answers = client.sharepoint.batch(ADMIN, [profile(number) for number in range(12)])
    assert [one.status for one in answers] == [200] * 12
    assert client.rate(PEOPLE_MANAGER) == pytest.approx(full / 2, rel=0.02)
    assert client.wait(PEOPLE_MANAGER).refusals == 6
    assert client.wait(PEOPLE_MANAGER).told_to_wait == pytest.approx(4, abs=0.01)
    second = server.asked[1].body.decode()
    assert [f"person{number}%40" in second for number in range(12)] == [
        number % 2 == 1 for number in range(12)
    ]


def _profiles_refused_once(seen: set[bytes]) -> Callable[[Asked], Reply]:
    """Every odd part of the first batch is told to wait four seconds."""

    def answer(asked: Asked) -> Reply:
        parts = []
        first = not seen
        for number, line in enumerate(one for one in asked.body.split(b"\r\n") if one.startswith(b"GET ")):
            seen.add(line)
            status = b"429 Too Many Requests\r\nRetry-After: 4" if first and number % 2 else b"200 OK"
            head = b"--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 " + status
            parts.append(head + b"\r\nContent-Type: application/json\r\n\r\n{}\r\n")
        return Reply(200, b"".join([*parts, b"--b--\r\n"]), {"Content-Type": "multipart/mixed; boundary=b"})

    return answer


def test_a_storm_that_never_ends_slows_down_to_a_crawl_and_gives_up_with_the_refusal(
    client: Client, server: TlsServer
) -> None:
    script(server, refused())
    answer = client.sharepoint.get(profile(1))
    assert (answer.status, answer.attempts) == (429, 12)
    assert client.rate(PEOPLE_MANAGER) > 0
    assert len(server.asked) == 12


def test_what_the_headers_leave_is_all_that_is_spent(client: Client, server: TlsServer) -> None:
    script(server, Reply.of({}, RateLimit_Limit="1250", RateLimit_Remaining="4", RateLimit_Reset="30"))
    at = []
    for _ in range(4):
        client.sharepoint.get(f"https://{ADMIN}/_api/web")
        at.append(client.clock())
    assert at[:3] == [1000.0] * 3  # two units each: four are left after the first, none after the third
    assert at[3] > 1000
    before = client.clock()
    script(server, Reply.of({}, RateLimit_Remaining="0"))
    client.sharepoint.get(f"https://{ADMIN}/_api/web")
    client.sharepoint.get(f"https://{ADMIN}/_api/web")
    assert client.clock() > before
    assert client.wait(SHAREPOINT).own_rate > 0


def test_near_the_limit_of_graph_the_pace_eases_before_anybody_is_refused(
    client: Client, server: TlsServer
) -> None:
    full = client.rate(IDENTITY)
    script(server, Reply.of({}, x_ms_throttle_limit_percentage="0.7"))
    client.graph.get("/users/megan")
    assert client.rate(IDENTITY) == full
    script(server, Reply.of({}, x_ms_throttle_limit_percentage="1.1"))
    for _ in range(5):
        client.graph.get("/users/megan")
    assert client.rate(IDENTITY) == pytest.approx(full * 0.9)


def test_graph_is_told_to_refuse_us_first_alone_and_in_batches_and_sharepoint_who_we_are(
    client: Client, server: TlsServer
) -> None:
    client.graph.get("/users/megan")
    client.graph.batch(["/users/megan/photo", "/users/adele/photo"])
    client.sharepoint.get(profile(1))
    client.sharepoint.batch(ADMIN, [profile(1), profile(2)])
    by_host: dict[str, set[str | None]] = {}
    for one in server.asked:
        by_host.setdefault(one.host, set()).add(one.headers.get("x-ms-throttle-priority"))
        assert one.headers["user-agent"] == USER_AGENT
    assert by_host == {"graph.test": {"Low"}, ADMIN: {None}}
    assert re.fullmatch(r"NONISV\|PhotoTroubleshooter\|photo-troubleshooter/[0-9][0-9.]*", USER_AGENT)


def test_a_tenant_that_turns_out_larger_gets_its_own_limits_and_keeps_its_account(
    client: Client, server: TlsServer
) -> None:
    script(server, refused("6"), OK)
    client.sharepoint.get(profile(1))
    before = client.wait(PEOPLE_MANAGER)
    spent = client.governor.buckets[PEOPLE_MANAGER].spent
    client.governor.resize(limits_for(100_000))
    bucket = client.governor.buckets[PEOPLE_MANAGER]
    assert bucket.limit == limits_for(100_000)[PEOPLE_MANAGER]
    assert bucket.rate == pytest.approx(bucket.limit.rate * 0.5 * bucket.factor)
    assert bucket.factor < 1
    assert (client.wait(PEOPLE_MANAGER), bucket.spent) == (before, spent)


def test_a_clock_that_jumps_gives_no_quota_and_takes_no_time(client: Client, server: TlsServer) -> None:
    for jump in (-7200.0, 86_400.0, -86_400.0):
        client.clock.seconds += jump
        assert client.graph.get("/users/megan").ok
        assert client.sharepoint.get(profile(1)).ok
    buckets = client.governor.buckets.values()
    assert all(bucket.level <= bucket.capacity for bucket in buckets)
    script(server, refused("5"), OK)
    leaps = iter([-3600.0, 0.0, 0.0])
    sleep = client.clock.sleep

    def leap(seconds: float) -> None:
        client.clock.seconds += next(leaps, 0.0)
        sleep(seconds)

    client.governor._sleep = leap
    before = len(client.clock.slept)
    assert client.graph.get("/users/megan").ok
    assert sum(client.clock.slept[before:]) < 6


def test_an_audit_whose_clock_jumps_finds_the_same(
    make_sandbox: SandboxFactory, mixed: TenantState, undisturbed: Audited, tmp_path: Path
) -> None:
    jumps = iter([timedelta(hours=-1), timedelta(minutes=50), timedelta(hours=-1), timedelta()] * 1000)
    clock = SleepClock()
    leaps = iter([-3600.0, 7200.0, -1.0, 86_400.0, -86_400.0] * 1000)

    def now() -> datetime:
        clock.seconds += next(leaps)
        return utc_now() + next(jumps)

    found = Run(now=now, clock=clock).audit(make_sandbox(mixed), tmp_path)
    assert found.verdicts == undisturbed.verdicts
    assert found.traffic["seconds"] >= 0
    assert all(one["own_rate"] >= 0 and one["told_to_wait"] >= 0 for one in found.traffic["waits"])
