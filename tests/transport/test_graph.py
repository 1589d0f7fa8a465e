"""Graph: single reads, batches in every shape clients have met, and pages."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.transport.fakes import Waits, WrittenTokens
from tests.transport.tls_server import Asked, Reply, TlsServer
from troubleshooter.transport.graph import GraphClient

Item = dict[str, Any]


def _batching(
    server: TlsServer,
    item: Callable[[str], Item],
    arrange: Callable[[list[Item]], list[Item]] = lambda items: items,
) -> None:
    """Answer batches with one item for each relative URL, single reads with the same status and body."""

    def answer(asked: Asked) -> Reply:
        if not asked.path.endswith("/$batch"):
            single = item(asked.path.removeprefix("/v1.0"))
            return Reply.of(single.get("body"), single["status"])
        items = [{"id": request["id"], **item(request["url"])} for request in asked.json["requests"]]
        return Reply.of({"responses": arrange(items)})

    server.answer = answer


def _named(url: str) -> Item:
    return {"status": 200, "headers": {"Content-Type": "application/json"}, "body": {"path": url}}


def test_a_path_goes_below_v1_and_on_request_below_beta(graph: GraphClient, server: TlsServer) -> None:
    server.answer = lambda asked: Reply.of({})
    graph.get("/users/ada_fabrikam.com%23EXT%23@contoso.test/photo")
    graph.get("admin/people/photoUpdateSettings", beta=True)
    assert [(asked.host, asked.path) for asked in server.asked] == [
        ("graph.test", "/v1.0/users/ada_fabrikam.com%23EXT%23@contoso.test/photo"),
        ("graph.test", "/beta/admin/people/photoUpdateSettings"),
    ]


def test_a_batch_answers_in_the_order_of_the_question(graph: GraphClient, server: TlsServer) -> None:
    _batching(server, _named, arrange=lambda items: items[::-1])
    paths = [f"/users/{number}" for number in range(45)]
    answers = graph.batch(paths)
    assert [answer.json()["path"] for answer in answers] == paths
    assert [answer.url for answer in answers] == [f"https://graph.test/v1.0{path}" for path in paths]
    assert [len(asked.json["requests"]) for asked in server.asked] == [20, 20, 5]
    assert len({request["id"] for request in server.asked[0].json["requests"]}) == 20


def test_an_empty_batch_asks_nothing(graph: GraphClient, server: TlsServer) -> None:
    assert graph.batch([]) == []
    assert not server.asked


def test_throttled_items_alone_are_asked_again_after_the_longest_wait(
    graph: GraphClient, server: TlsServer, waits: Waits
) -> None:
    seen: set[str] = set()

    def item(url: str) -> Item:
        if url in ("/users/1", "/users/3") and url not in seen:
            seen.add(url)
            wait = {"/users/1": "2.5", "/users/3": "7"}[url]
            code = {"error": {"code": "ApplicationThrottled", "message": ""}}
            return {"status": 429, "headers": {"Retry-After": wait}, "body": code}
        return _named(url)

    _batching(server, item)
    answers = graph.batch([f"/users/{number}" for number in range(5)])
    assert [answer.status for answer in answers] == [200] * 5
    assert [answer.attempts for answer in answers] == [1, 2, 1, 2, 1]
    assert answers[1].waited == 7.0
    assert waits.slept == [7.0]
    assert [request["url"] for request in server.asked[1].json["requests"]] == ["/users/1", "/users/3"]


def test_an_item_throttled_for_ever_ends_as_429_and_spoils_no_other(
    graph: GraphClient, server: TlsServer, waits: Waits
) -> None:
    def item(url: str) -> Item:
        if url == "/users/1":
            return {"status": 429, "headers": {"Retry-After": "20"}, "body": {"error": {"code": "TooMany"}}}
        return _named(url)

    _batching(server, item)
    answers = graph.batch([f"/users/{number}" for number in range(3)])
    assert [answer.status for answer in answers] == [200, 429, 200]
    assert sum(waits.slept) <= 60.0


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
@pytest.mark.parametrize("kind", ["image/jpeg", "application/json", ""])
@pytest.mark.parametrize("padded", [True, False])
def test_a_binary_item_is_decoded_from_either_alphabet(
    graph: GraphClient, server: TlsServer, encode: Callable[[bytes], bytes], kind: str, padded: bool
) -> None:
    picture = bytes(range(256)) + b"\xff\xfe\xfb"
    text = encode(picture + b"1").decode()
    body = text if padded else text.rstrip("=")
    _batching(server, lambda url: {"status": 200, "headers": {"content-TYPE": kind}, "body": body})
    answers = graph.batch(["/users/1/photo/$value", "/users/2/photo/$value"])
    assert answers[0].body == picture + b"1"


def test_a_binary_item_that_is_not_base64_keeps_its_text(graph: GraphClient, server: TlsServer) -> None:
    _batching(server, lambda url: {"status": 200, "headers": {"Content-Type": "image/jpeg"}, "body": "n/a!"})
    assert graph.batch(["/a/photo/$value", "/b/photo/$value"])[0].body == b"n/a!"


def test_an_error_item_keeps_its_code_and_headers(graph: GraphClient, server: TlsServer) -> None:
    error = {"error": {"code": "ImageNotFound", "message": "", "innerError": {}}}
    headers = {"Content-Type": "application/json", "request-id": "r-1"}
    _batching(server, lambda url: {"status": 404, "headers": headers, "body": error})
    answer = graph.batch(["/users/1/photo/$value", "/users/2/photo/$value"])[0]
    assert (answer.status, answer.error_code, answer.request_id) == (404, "ImageNotFound", "r-1")


def test_items_left_out_are_asked_once_more_and_then_failures_not_absent_photos(
    graph: GraphClient, server: TlsServer
) -> None:
    _batching(server, _named, arrange=lambda items: items[:1])
    answers = graph.batch(["/users/0", "/users/1", "/users/2"])
    assert [(answer.status, answer.failure) for answer in answers] == [(200, ""), (200, ""), (0, "other")]
    assert "left this request out" in answers[2].failure_detail


def test_items_nobody_asked_for_change_nothing(graph: GraphClient, server: TlsServer) -> None:
    stray: list[Item] = [{"id": "99", "status": 200}, {"status": 404}, {"id": None}]

    def arrange(items: list[Item]) -> list[Item]:
        return [*stray, *items, *[{**item, "status": 500} for item in items]]

    _batching(server, _named, arrange=arrange)
    assert [answer.status for answer in graph.batch(["/users/0", "/users/1"])] == [200, 200]


@pytest.mark.parametrize("status", ["200", 200.0])
def test_a_status_written_otherwise_is_understood(
    graph: GraphClient, server: TlsServer, status: object
) -> None:
    _batching(server, lambda url: {"status": status, "body": {}})
    assert [answer.status for answer in graph.batch(["/a", "/b"])] == [200, 200]


@pytest.mark.parametrize("status", ["abc", None, 0, 99999, {}, 1e400])
def test_a_status_that_makes_no_sense_is_a_failure(
    graph: GraphClient, server: TlsServer, status: object
) -> None:
    _batching(server, lambda url: {"status": status, "body": {}})
    assert [answer.status for answer in graph.batch(["/a", "/b"])] == [0, 0]


@pytest.mark.parametrize(
    "refusal",
    [
        Reply(400),
        Reply(404),
        Reply(405),
        Reply(501),
        Reply(200, b"<html>", {"Content-Type": "text/html"}),
        Reply(200, b"[]", {"Content-Type": "application/json"}),
        Reply.of({"responses": "none"}),
    ],
)
def test_where_batches_do_not_work_single_reads_do(
    graph: GraphClient, server: TlsServer, refusal: Reply
) -> None:
    server.answer = lambda asked: refusal if asked.method == "POST" else Reply.of({"path": asked.path})
    answers = graph.batch(["/users/0", "/users/1"])
    assert [answer.json()["path"] for answer in answers] == ["/v1.0/users/0", "/v1.0/users/1"]


def test_a_cloud_without_batches_is_asked_for_one_only_once(graph: GraphClient, server: TlsServer) -> None:
    server.answer = lambda asked: Reply(404) if asked.method == "POST" else Reply.of({})
    graph.batch(["/users/0", "/users/1"])
    graph.batch(["/users/2", "/users/3"])
    assert [asked.method for asked in server.asked] == ["POST", "GET", "GET", "GET", "GET"]


def test_a_whole_batch_denied_denies_each_item(graph: GraphClient, server: TlsServer) -> None:
    server.answer = lambda asked: Reply.of({"error": {"code": "Authorization_RequestDenied"}}, 403)
    answers = graph.batch(["/users/0", "/users/1"])
    assert [(answer.status, answer.error_code) for answer in answers] == [
        (403, "Authorization_RequestDenied")
    ] * 2
    assert [answer.url for answer in answers] == [
        "https://graph.test/v1.0/users/0",
        "https://graph.test/v1.0/users/1",
    ]


def test_a_whole_batch_throttled_is_not_tried_five_times_five(graph: GraphClient, server: TlsServer) -> None:
    server.answer = lambda asked: Reply(503, headers={"Retry-After": "1"})
    assert [answer.status for answer in graph.batch(["/a", "/b"])] == [503, 503]
    assert len(server.asked) == 5


def test_an_item_with_an_expired_token_is_read_alone_with_a_new_one(
    graph: GraphClient, server: TlsServer, tokens: WrittenTokens
) -> None:
    def answer(asked: Asked) -> Reply:
        stale = {"error": {"code": "InvalidAuthenticationToken"}}
        if asked.method == "GET":
            fresh = asked.headers["authorization"] == "Bearer token-2"
            return Reply.of({"fresh": True}) if fresh else Reply.of(stale, 401)
        items = [{"id": request["id"], "status": 401, "body": stale} for request in asked.json["requests"]]
        return Reply.of({"responses": items})

    server.answer = answer
    assert [answer.status for answer in graph.batch(["/a", "/b"])] == [200, 200]
    assert tokens.number == 2


def test_pages_are_followed_to_the_last_with_the_same_headers(graph: GraphClient, server: TlsServer) -> None:
    link = "https://graph.test/v1.0/users?$select=id&$skiptoken=RFNwdAIAAQ~%2B(x)"

    def answer(asked: Asked) -> Reply:
        first = "skiptoken" not in asked.path
        return Reply.of({"value": [1], "@odata.nextLink": link} if first else {"value": []})

    server.answer = answer
    pages = list(graph.pages("/users?$select=id", headers={"ConsistencyLevel": "eventual"}))
    assert [page.json()["value"] for page in pages] == [[1], []]
    assert server.asked[1].path == link.removeprefix("https://graph.test")
    assert [asked.headers["consistencylevel"] for asked in server.asked] == ["eventual", "eventual"]


@pytest.mark.parametrize(
    "link",
    [
        "https://elsewhere.example/v1.0/users?$skiptoken=x",
        "http://graph.test/v1.0/users",
        "https://graph.test:8443/v1.0/users",
        "https://graph.test@elsewhere.example/",
        "https://graph.test.elsewhere.example/",
        "https://[",
        "/v1.0/users?$skiptoken=x",
        "https://graph.test/v1.0/users",
    ],
)
def test_a_next_link_elsewhere_or_in_a_circle_ends_with_a_failure(
    graph: GraphClient, server: TlsServer, link: str
) -> None:
    server.answer = lambda asked: Reply.of({"value": [], "@odata.nextLink": link})
    pages = list(graph.pages("/users"))
    assert [page.status for page in pages] == [200, 0]
    assert pages[1].failure == "host_refused"
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "reply", [Reply(403), Reply(200, b"{", {"Content-Type": "application/json"}), Reply.of([1])]
)
def test_an_answer_that_is_no_page_is_the_last_one(
    graph: GraphClient, server: TlsServer, reply: Reply
) -> None:
    server.answer = lambda asked: reply
    assert [page.status for page in graph.pages("/users")] == [reply.status]


def test_a_token_is_never_sent_to_another_host_than_graph(graph: GraphClient, server: TlsServer) -> None:
    assert graph.get("https://elsewhere.example/v1.0/users").failure == "host_refused"
    assert not server.asked


def test_json_in_the_envelope_that_is_nested_endlessly_falls_back(
    graph: GraphClient, server: TlsServer
) -> None:
    deep = b'{"responses":' + b"[" * 200_000
    server.answer = lambda asked: (
        Reply(200, deep, {"Content-Type": "application/json"}) if asked.method == "POST" else Reply.of({})
    )
    assert [json.loads(answer.body) for answer in graph.batch(["/a", "/b"])] == [{}, {}]
