"""Injected trouble: broken connections, broken bodies, pages that go in circles, tokens that die early."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest
import requests

from tests.conftest import SandboxFactory
from tests.sandbox.test_quotas import parts_of
from tests.sandbox.wire_client import GRAPH, LOGIN, MY, ROOT, Wire, profile_url, session_for
from troubleshooter.sandbox.apps import DEMO_CLIENT, demo_secret
from troubleshooter.sandbox.model import FaultAnswer, SpoiltAnswer, denied_answer
from troubleshooter.sandbox.people import generated_tenant
from troubleshooter.sandbox.server import Sandbox

USERS = f"{GRAPH}/v1.0/users"
PAGE = f"{USERS}?$select=id&$top=10"
NONE = "application/json;odata=nometadata"
SOURCE = "b09a7990-05ea-4af9-81ef-edfab16c4e31"
SEARCH = f"{ROOT}/_api/search/query?sourceid='{SOURCE}'&rowlimit=10&selectproperties='DocId'&querytext="
ITEMS = f"{MY}/_api/web/lists/getbytitle('User Photos')/items?$select=Id&$top=10"


@pytest.fixture
def sandbox(now: datetime) -> Iterator[Sandbox]:
    with Sandbox(generated_tenant(40, 4, now)) as running:
        yield running


@pytest.fixture
def wire(sandbox: Sandbox) -> Wire:
    return Wire(sandbox)


def raw_get(sandbox: Sandbox, url: str, host: str = "graph.sandbox.example") -> ssl.SSLSocket:
    """A request on a socket of one's own, with its answer still unread."""
    context = ssl.create_default_context(cafile=str(sandbox.ca_file))
    plain = socket.create_connection(("127.0.0.1", sandbox.port), timeout=30)
    tls = context.wrap_socket(plain, server_hostname=host)
    token = sandbox.issue_token(f"https://{host}", DEMO_CLIENT)
    target = url.partition(host)[2]
    tls.sendall(f"GET {target} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
    return tls


def test_a_connection_is_reset_in_the_middle_of_the_body(sandbox: Sandbox, wire: Wire) -> None:
    sandbox.inject("/users", SpoiltAnswer("reset"))
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        wire.get(PAGE)
    assert wire.get(PAGE).status_code == 200


def test_a_reset_arrives_as_a_reset_after_headers_and_half_the_body(sandbox: Sandbox) -> None:
    sandbox.inject("/users", SpoiltAnswer("reset", 0.5))
    with raw_get(sandbox, PAGE) as tls:
        answer = http.client.HTTPResponse(tls)
        answer.begin()
        assert answer.status == 200
        length = int(answer.headers["Content-Length"])
        assert length > 0
        with pytest.raises((ConnectionResetError, ssl.SSLEOFError, http.client.IncompleteRead)):
            answer.read()


def test_a_stalled_body_ends_when_the_client_gives_up_and_nobody_else_waits(
    sandbox: Sandbox, wire: Wire
) -> None:
    sandbox.inject("/users", SpoiltAnswer("stall", 0.5))
    with raw_get(sandbox, PAGE) as tls:
        answer = http.client.HTTPResponse(tls)
        answer.begin()
        length = int(answer.headers["Content-Length"])
        assert 0 < len(answer.read(length // 2)) <= length // 2
        assert wire.get(PAGE).status_code == 200  # while the other one still hangs
        tls.settimeout(0.2)
        with pytest.raises(TimeoutError):
            answer.read()


def test_a_sandbox_stops_although_an_answer_hangs(now: datetime) -> None:
    with Sandbox(generated_tenant(40, 4, now)) as running:
        running.inject("/users", SpoiltAnswer("stall"))
        port = running.port
        tls = raw_get(running, PAGE)
        http.client.HTTPResponse(tls).begin()
    tls.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_a_good_answer_is_cut_short_and_says_the_shorter_length(sandbox: Sandbox, wire: Wire) -> None:
    sandbox.inject("/users", SpoiltAnswer("truncated", 0.9))
    answer = wire.get(PAGE)
    assert answer.status_code == 200
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    with pytest.raises(ValueError, match=r"delimiter|Unterminated|Expecting"):
        answer.json()


def test_a_batch_answer_is_cut_short(sandbox: Sandbox, wire: Wire) -> None:
    sandbox.inject(r"/\$batch", SpoiltAnswer("truncated"))
    items = [{"id": "1", "method": "GET", "url": "/organization"}]
    answer = wire.post(
        f"{GRAPH}/v1.0/$batch", json.dumps({"requests": items}), Content_Type="application/json"
    )
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"delimiter|Unterminated|Expecting"):
        answer.json()


def test_a_graph_batch_answer_lacks_some_items(sandbox: Sandbox, wire: Wire) -> None:
    sandbox.inject(r"/\$batch", SpoiltAnswer("items_missing", 0.75))
    assert len(wire.batch(*["/organization"] * 8)) == 6
    assert len(wire.batch(*["/organization"] * 8)) == 8


def test_a_sharepoint_batch_answer_lacks_some_parts(sandbox: Sandbox, wire: Wire) -> None:
    sandbox.inject(r"/_api/\$batch", SpoiltAnswer("items_missing", 0.5))
    url = profile_url(sandbox.tenant.accounts[0].upn)
    parts = parts_of(wire, *[url] * 4)
    assert len(parts) == 2
    assert all("AccountName" in part for part in parts)
    assert len(parts_of(wire, *[url] * 4)) == 4


def test_a_good_body_comes_under_a_wrong_name(sandbox: Sandbox, wire: Wire) -> None:
    sandbox.inject("/users", SpoiltAnswer("content_type", content_type="text/plain"))
    answer = wire.get(PAGE)
    assert answer.headers["Content-Type"] == "text/plain"
    assert len(json.loads(answer.text)["value"]) == 10


def test_a_portal_answers_html_with_200(sandbox: Sandbox, wire: Wire) -> None:
    sandbox.inject("/users", FaultAnswer(200, "html", message="<html><title>Please sign in</title></html>"))
    answer = wire.get(PAGE)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "Please sign in" in answer.text


def test_a_page_names_itself_as_the_next_one(sandbox: Sandbox, wire: Wire) -> None:
    sandbox.inject("/users", SpoiltAnswer("next_link_self"), after=1, forever=True)
    second = wire.get(PAGE).json()["@odata.nextLink"]
    assert wire.get(second).json()["@odata.nextLink"] == second


def test_a_page_leads_back_to_the_first_one(sandbox: Sandbox, wire: Wire) -> None:
    sandbox.inject("/users", SpoiltAnswer("next_link_first"), after=1)
    first = wire.get(PAGE).json()
    back = wire.get(first["@odata.nextLink"]).json()["@odata.nextLink"]
    assert wire.get(back).json()["value"] == first["value"]


def test_a_list_of_files_goes_in_circles_too(sandbox: Sandbox, wire: Wire) -> None:
    sandbox.inject("/items", SpoiltAnswer("next_link_first"), after=1)
    first = wire.get(ITEMS, Accept=NONE).json()
    back = wire.get(first["odata.nextLink"], Accept=NONE).json()["odata.nextLink"]
    assert wire.get(back, Accept=NONE).json() == first


def documents(answer: requests.Response) -> list[str]:
    rows = answer.json()["PrimaryQueryResult"]["RelevantResults"]["Table"]["Rows"]
    return [cell["Value"] for row in rows for cell in row["Cells"] if cell["Key"] == "DocId"]


def test_a_search_page_comes_a_second_time_instead_of_the_next(sandbox: Sandbox, wire: Wire) -> None:
    sandbox.inject("/search/query", SpoiltAnswer("previous"), after=1)
    first = documents(wire.get(f"{SEARCH}'*'", Accept=NONE))
    again = documents(wire.get(f"{SEARCH}'IndexDocId>{first[-1]} AND (*)'", Accept=NONE))
    assert again == first
    third = documents(wire.get(f"{SEARCH}'IndexDocId>{first[-1]} AND (*)'", Accept=NONE))
    assert not set(third) & set(first)


def test_a_search_page_repeats_rows_within_itself(sandbox: Sandbox, wire: Wire) -> None:
    sandbox.inject("/search/query", SpoiltAnswer("rows_twice", 0.3))
    found = documents(wire.get(f"{SEARCH}'*'", Accept=NONE))
    assert (len(found), len(set(found))) == (13, 10)
    assert found[-1] == max(found)


@pytest.mark.parametrize(
    ("answer", "header"),
    [
        (FaultAnswer(429, retry_after=2.128), "2"),
        (FaultAnswer(429, retry_after=2.128, retry_style="fraction"), "2.128"),
        (FaultAnswer(429, retry_after=2, retry_style="missing"), None),
        (FaultAnswer(429), None),
        (FaultAnswer(503, "html", retry_after=3), "3"),
    ],
)
def test_whole_answers_are_throttled_in_every_style(
    sandbox: Sandbox, wire: Wire, answer: FaultAnswer, header: str | None
) -> None:
    sandbox.inject(r"/_api/\$batch", answer)
    refused = wire.post(f"{MY}/_api/$batch", b"", Content_Type="multipart/mixed; boundary=batch_0a")
    assert (refused.status_code, refused.headers.get("Retry-After")) == (answer.status, header)
    assert refused.headers["Content-Type"].startswith(
        "text/html" if answer.body == "html" else "application/json"
    )


def test_one_source_is_denied_from_the_third_request_on(sandbox: Sandbox, wire: Wire) -> None:
    sandbox.inject("peoplemanager", denied_answer("sharepoint"), after=2, forever=True)
    url = profile_url(sandbox.tenant.accounts[0].upn)
    answers = [wire.get(url, Accept=NONE) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 403, 403]
    assert "UnauthorizedAccessException" in answers[3].json()["odata.error"]["code"]
    assert wire.get(PAGE).status_code == 200


def test_parts_of_a_batch_are_counted_one_by_one(sandbox: Sandbox, wire: Wire) -> None:
    sandbox.inject("/organization", denied_answer("graph"), after=3, times=2)
    answers = wire.batch(*["/organization"] * 7)
    assert [answers[str(n)]["status"] for n in range(7)] == [200, 200, 200, 403, 403, 200, 200]
    assert answers["3"]["body"]["error"]["code"] == "Authorization_RequestDenied"
    assert sandbox.stats()["injected"] == 2


def test_each_answer_is_given_so_many_times_before_the_next(sandbox: Sandbox, wire: Wire) -> None:
    sandbox.inject("/users", FaultAnswer(500), FaultAnswer(502), times=2)
    assert [wire.get(PAGE).status_code for _ in range(5)] == [500, 500, 502, 502, 200]


def test_a_part_of_a_batch_cannot_break_the_connection_and_keeps_the_fault_for_later(
    sandbox: Sandbox, wire: Wire
) -> None:
    sandbox.inject("/organization", SpoiltAnswer("reset"))
    assert wire.batch("/organization")["0"]["status"] == 200
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        wire.get(f"{GRAPH}/v1.0/organization")


def test_a_body_that_is_not_about_the_fault_stays_as_it_is(sandbox: Sandbox, wire: Wire) -> None:
    person = next(p for p in sandbox.tenant.accounts if p.photo.picture)
    url = f"{USERS}/{person.id}/photo/$value"
    good = wire.get(url).content
    sandbox.inject(
        "/photo/", SpoiltAnswer("next_link_self"), SpoiltAnswer("rows_twice"), SpoiltAnswer("items_missing")
    )
    assert all(wire.get(url).content == good for _ in range(3))


def ask(sandbox: Sandbox, url: str, token: str) -> requests.Response:
    return session_for(sandbox).get(url, headers={"Authorization": f"Bearer {token}"})


def test_a_token_is_good_for_so_many_requests_and_a_new_one_again(
    make_sandbox: SandboxFactory, now: datetime
) -> None:
    sandbox = make_sandbox(replace(generated_tenant(5, 1, now), token_uses=2))
    first, second = (sandbox.issue_token(GRAPH, DEMO_CLIENT) for _ in range(2))
    assert first != second
    assert [ask(sandbox, PAGE, first).status_code for _ in range(3)] == [200, 200, 401]
    assert "expired" in ask(sandbox, PAGE, first).text
    assert ask(sandbox, PAGE, second).status_code == 200


def test_a_batch_uses_a_token_once_whatever_is_in_it(make_sandbox: SandboxFactory, now: datetime) -> None:
    sandbox = make_sandbox(replace(generated_tenant(5, 1, now), token_uses=1))
    answers = Wire(sandbox).batch(*["/organization"] * 5)
    assert {item["status"] for item in answers.values()} == {200}


def test_all_tokens_expire_at_once_on_every_service_and_new_ones_are_good(sandbox: Sandbox) -> None:
    old = {host: sandbox.issue_token(host, DEMO_CLIENT) for host in (GRAPH, ROOT)}
    sandbox.expire_tokens()
    profile = profile_url(sandbox.tenant.accounts[0].upn, ROOT)
    for host, url in ((GRAPH, PAGE), (ROOT, profile)):
        refused = ask(sandbox, url, old[host])
        assert refused.status_code == 401
        assert "expired" in refused.text
        assert 'error="insufficient_claims"' not in refused.headers["WWW-Authenticate"]
        assert ask(sandbox, url, sandbox.issue_token(host, DEMO_CLIENT)).status_code == 200


def test_the_sign_in_may_announce_a_longer_life_than_a_token_has(
    make_sandbox: SandboxFactory, now: datetime
) -> None:
    sandbox = make_sandbox(replace(generated_tenant(5, 1, now), token_seconds=0, announced_seconds=3000))
    form = {
        "client_id": DEMO_CLIENT,
        "client_secret": demo_secret(DEMO_CLIENT),
        "grant_type": "client_credentials",
        "scope": f"{GRAPH}/.default",
    }
    answer = session_for(sandbox).post(f"{LOGIN}/contoso.example/oauth2/v2.0/token", data=form).json()
    assert answer["expires_in"] == 3000
    assert ask(sandbox, PAGE, answer["access_token"]).status_code == 401
