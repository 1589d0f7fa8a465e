"""SharePoint: hosts, names, batches and its ways of writing JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest

from tests.transport.fakes import Waits, WrittenTokens
from tests.transport.tls_server import Asked, Reply, TlsServer
from troubleshooter.transport.answer import Answer, UnreadableAnswer
from troubleshooter.transport.sharepoint import (
    SharePointClient,
    account_name,
    json_of,
    profile_url,
    quote_claims,
)

HOST = "contoso-admin.sharepoint.test"
URLS = [f"https://{HOST}/_api/item/{number}" for number in range(3)]


def _part(status: int, body: str, kind: str = "application/json;odata=nometadata", extra: str = "") -> str:
    return (
        "Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        f"HTTP/1.1 {status} X\r\nCONTENT-TYPE: {kind}\r\n{extra}\r\n{body}\r\n"
    )


def _multipart(parts: list[str]) -> Reply:
    text = "".join(f"--batchresponse_9\r\n{part}" for part in parts) + "--batchresponse_9--\r\n"
    kind = "multipart/mixed; boundary=batchresponse_9"
    return Reply(200, text.encode(), {"Content-Type": kind, "SPRequestGuid": "sp-1"})


def _batching(server: TlsServer, part: Callable[[str], str]) -> None:
    def answer(asked: Asked) -> Reply:
        if asked.method == "GET":
            return Reply.of({"single": asked.path})
        urls = re.findall(r"^GET (\S+) HTTP/1\.1\r$", asked.body.decode(), re.MULTILINE)
        return _multipart([part(url) for url in urls])

    server.answer = answer


def test_a_name_becomes_a_claims_name_in_a_url() -> None:
    assert account_name(" Megan@Contoso.com ") == "i:0#.f|membership|megan@contoso.com"
    assert (
        quote_claims(account_name("Megan@contoso.com")) == "'i%3A0%23.f%7Cmembership%7Cmegan%40contoso.com'"
    )


def test_an_apostrophe_is_doubled_and_a_guest_keeps_its_hashes_encoded() -> None:
    assert quote_claims(account_name("o'neil@contoso.com")).endswith("o%27%27neil%40contoso.com'")
    guest = quote_claims(account_name("ada_fabrikam.com#EXT#@contoso.onmicrosoft.com"))
    assert guest.endswith("%7Cada_fabrikam.com%23ext%23%40contoso.onmicrosoft.com'")


def test_the_profile_url_is_the_one_people_manager_knows() -> None:
    assert profile_url(HOST, "megan@contoso.com") == (
        f"https://{HOST}/_api/SP.UserProfiles.PeopleManager/GetPropertiesFor(accountName=@v)"
        "?@v='i%3A0%23.f%7Cmembership%7Cmegan%40contoso.com'"
    )


def test_a_read_carries_the_token_of_its_own_host(
    sharepoint: SharePointClient, server: TlsServer, tokens: WrittenTokens
) -> None:
    server.answer = lambda asked: Reply.of({})
    sharepoint.get(profile_url(HOST, "megan@contoso.com"))
    sharepoint.get("https://contoso-my.sharepoint.test:443/User%20Photos/x.jpg", accept="image/*")
    assert [request[0] for request in tokens.requests] == [
        f"https://{HOST}",
        "https://contoso-my.sharepoint.test",
    ]
    assert server.asked[0].headers["accept"] == "application/json;odata=nometadata"
    assert "'i%3A0%23.f%7Cmembership%7Cmegan%40contoso.com'" in server.asked[0].path
    assert server.asked[1].headers["accept"] == "image/*"


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/photo.jpg",
        "https://sharepoint.test/",
        "https://a.b.sharepoint.test/",
        "https://contoso.sharepoint.test.elsewhere.example/",
        "https://contoso.sharepoint.test@elsewhere.example/",
        "https://megan@contoso.sharepoint.test/",
        "http://contoso.sharepoint.test/",
        "https://contoso.sharepoint.test:8443/",
        "https://[",
        "/User Photos/x.jpg",
        "",
    ],
)
def test_a_picture_url_elsewhere_gets_no_token(
    sharepoint: SharePointClient, server: TlsServer, tokens: WrittenTokens, url: str
) -> None:
    answer = sharepoint.get(url)
    assert (answer.status, answer.failure) == (0, "host_refused")
    assert not server.asked
    assert not tokens.requests


@pytest.mark.parametrize(
    ("target", "given"),
    [
        ("contoso-my.sharepoint.test", "Bearer token-1"),
        ("contoso.sharepoint.test", "Bearer token-1"),
        ("fabrikam-my.sharepoint.test", None),
    ],
)
def test_a_redirect_to_another_host_of_the_tenant_gets_a_token_of_that_host(
    sharepoint: SharePointClient,
    server: TlsServer,
    tokens: WrittenTokens,
    target: str,
    given: str | None,
) -> None:
    server.answer = lambda asked: (
        Reply(302, headers={"Location": f"https://{target}:443/User%20Photos/x.jpg?t=1"})
        if asked.host == HOST
        else Reply.of({})
    )
    sharepoint.get(f"https://{HOST}/_layouts/15/userphoto.aspx")
    asked = server.asked[1]
    assert (asked.host.partition(":")[0], asked.headers.get("authorization")) == (target, given)
    resources = [f"https://{HOST}", *([f"https://{target}"] if given else [])]
    assert [request[0] for request in tokens.requests] == resources


def test_batch_parts_come_back_in_order(sharepoint: SharePointClient, server: TlsServer) -> None:
    _batching(server, lambda url: _part(200, json.dumps({"url": url})))
    urls = [f"https://{HOST}/_api/item/{number}" for number in range(230)]
    answers = sharepoint.batch(HOST, urls)
    assert [json_of(answer)["url"] for answer in answers] == urls
    assert [answer.url for answer in answers] == urls
    assert answers[0].request_id == "sp-1"
    assert [asked.body.count(b"GET https://") for asked in server.asked] == [100, 100, 30]
    assert b"\n" not in server.asked[0].body.replace(b"\r\n", b"")


def test_a_throttled_part_alone_is_asked_again(
    sharepoint: SharePointClient, server: TlsServer, waits: Waits
) -> None:
    seen: set[str] = set()

    def part(url: str) -> str:
        if url in URLS[:2] and url not in seen:
            seen.add(url)
            return _part(503, "<html>Server Too Busy</html>", "text/html", "Retry-After: 4\r\n")
        return _part(200, "{}")

    _batching(server, part)
    answers = sharepoint.batch(HOST, URLS)
    assert [(answer.status, answer.attempts) for answer in answers] == [(200, 2), (200, 2), (200, 1)]
    assert waits.slept == [4.0]
    assert server.asked[1].body.count(b"GET https://") == 2


def test_a_part_that_failed_leaves_the_others_alone(sharepoint: SharePointClient, server: TlsServer) -> None:
    error = json.dumps({"odata.error": {"code": "-2147024891, System.UnauthorizedAccessException"}})
    _batching(server, lambda url: _part(403, error) if url == URLS[1] else _part(200, "{}"))
    answers = sharepoint.batch(HOST, URLS)
    assert [answer.status for answer in answers] == [200, 403, 200]
    assert answers[1].error_code.startswith("-2147024891")


@pytest.mark.parametrize(
    "refusal",
    [
        Reply(400),
        Reply(404),
        Reply(405),
        Reply(501),
        Reply(200, b"<html>", {"Content-Type": "text/html"}),
        _multipart([_part(200, "{}")]),
        _multipart([_part(200, "{}")] * 4),
        Reply(200, b"--b\r\n", {"Content-Type": "multipart/mixed; boundary=b"}),
    ],
    ids=["400", "404", "405", "501", "html", "too-few", "too-many", "truncated"],
)
def test_where_batches_do_not_work_single_reads_do(
    sharepoint: SharePointClient, server: TlsServer, refusal: Reply
) -> None:
    server.answer = lambda asked: refusal if asked.method == "POST" else Reply.of({"single": asked.path})
    answers = sharepoint.batch(HOST, URLS)
    assert [json_of(answer)["single"] for answer in answers] == [
        f"/_api/item/{number}" for number in range(3)
    ]


def test_a_whole_batch_denied_denies_each_part(sharepoint: SharePointClient, server: TlsServer) -> None:
    server.answer = lambda asked: Reply(401, b"Unsupported app only token.", {"Content-Type": "text/plain"})
    assert [answer.status for answer in sharepoint.batch(HOST, URLS)] == [401] * 3
    assert len(server.asked) == 1


def test_a_url_of_another_host_does_not_enter_a_batch(
    sharepoint: SharePointClient, server: TlsServer
) -> None:
    _batching(server, lambda url: _part(200, "{}"))
    answers = sharepoint.batch(HOST, [URLS[0], "https://elsewhere.example/x"])
    assert [answer.failure for answer in answers] == ["", "host_refused"]


def _answer(body: object, kind: str = "application/json;odata=verbose;charset=utf-8") -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer("GET", URLS[0], 200, {"content-type": kind}, raw, Waits().now())


def test_all_three_modes_of_json_read_alike() -> None:
    plain = {"PictureUrl": None, "UserProfileProperties": [{"Key": "a", "Value": ""}]}
    verbose = {"d": {**plain, "UserProfileProperties": {"results": plain["UserProfileProperties"]}}}
    minimal = {"odata.metadata": "https://x", **plain}
    assert json_of(_answer(plain, "application/json;odata=nometadata")) == plain
    assert json_of(_answer(verbose)) == plain
    assert json_of(_answer(minimal))["UserProfileProperties"] == plain["UserProfileProperties"]


def test_a_verbose_collection_loses_its_wrappers_but_not_its_next_page() -> None:
    assert json_of(_answer({"d": {"results": [{"a": 1}]}})) == [{"a": 1}]
    paged = {"d": {"results": [1], "__next": "https://x"}}
    assert json_of(_answer(paged)) == {"results": [1], "__next": "https://x"}


def test_a_missing_profile_reads_as_null_in_both_modes() -> None:
    assert json_of(_answer({"odata.null": True})) == {"odata.null": True}
    assert json_of(_answer({"d": {"GetPropertiesFor": None}})) == {"GetPropertiesFor": None}


@pytest.mark.parametrize("kind", ["text/html", "text/plain; charset=utf-8", "", "image/jpeg"])
def test_only_a_json_content_type_is_parsed_as_json(kind: str) -> None:
    with pytest.raises(UnreadableAnswer, match="JSON was due"):
        json_of(_answer({"a": 1}, kind))


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", b"\xff\xfe", b"[" * 100_000])
def test_a_json_content_type_with_another_body_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableAnswer, match="contoso-admin"):
        json_of(_answer(body))


@pytest.mark.parametrize("depth", [300, 600, 900, 990])
def test_json_nested_deeply_is_read_or_unreadable_but_never_breaks_the_run(depth: int) -> None:
    try:
        value = json_of(_answer(b"[" * depth + b"]" * depth))
    except UnreadableAnswer:
        return
    assert isinstance(value, list)
