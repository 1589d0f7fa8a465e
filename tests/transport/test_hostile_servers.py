"""What a hostile server can do to us: nothing without end, and no token goes where it was not made for."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.transport.fakes import Waits, WrittenTokens
from tests.transport.raw_server import RawServer, Speak
from tests.transport.tls_server import Asked, Reply, TlsServer
from troubleshooter.transport.answer import Answer, Token, UnreadableAnswer
from troubleshooter.transport.graph import GraphClient
from troubleshooter.transport.service import Service
from troubleshooter.transport.session import build_session
from troubleshooter.transport.sharepoint import SharePointClient

RESOURCE = "https://graph.test"
URL = f"{RESOURCE}/v1.0/me"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
LIMIT = 200_000

Ask = Callable[[Speak], Answer]


@pytest.fixture
def ask(tmp_path: Path, waits: Waits, tokens: WrittenTokens) -> Iterator[Ask]:
    """The answer of a service that speaks so; bodies are limited to LIMIT bytes."""
    servers: list[RawServer] = []

    def asked(speak: Speak) -> Answer:
        server = RawServer(tmp_path, speak)
        servers.append(server)
        with build_session(server.cloud, largest_body=LIMIT, read_seconds=0.5) as session:
            return Service(session, tokens, sleep=waits.sleep).send("GET", URL, resource=RESOURCE)

    yield asked
    for server in servers:
        server.close()


def _endless(head: bytes, piece: bytes) -> Speak:
    def speak(connection: socket.socket) -> None:
        connection.sendall(head)
        while True:  # until we hang up
            connection.sendall(piece)

    return speak


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b"x" * 4096 + b"\r\n"),
        (HEAD + b"Connection: close\r\n\r\n", b"x" * 4096),
        (HEAD + b"Content-Length: 99999999999999\r\n\r\n", b"x" * 4096),
    ],
    ids=["chunked", "until closed", "a length of terabytes"],
)
def test_a_body_without_end_is_dropped_at_the_limit(ask: Ask, head: bytes, piece: bytes) -> None:
    answer = ask(_endless(head, piece))
    assert (answer.status, answer.failure, answer.body) == (0, "too_large", b"")


def test_a_body_that_drips_for_ever_is_given_up(ask: Ask) -> None:
    ended = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(HEAD + b"Connection: close\r\n\r\n")
        while not ended.wait(0.02):
            connection.sendall(b"x")

    answer = ask(drip)
    ended.set()
    assert (answer.status, answer.failure) == (0, "timeout")


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (HEAD + b"X-Long: ", b"x" * 4096),
        (HEAD, b"X-Many: yes\r\n"),
        (b"HTTP/1.1 200 ", b"x" * 4096),
        (b"", b"x" * 4096),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["one long header", "many headers", "a long reason", "no HTTP at all", "continue for ever"],
)
def test_headers_without_end_are_a_failure_and_not_a_wait(ask: Ask, head: bytes, piece: bytes) -> None:
    answer = ask(_endless(head, piece))
    assert answer.status == 0
    assert answer.failure in ("other", "timeout")


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 99 Too small\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: five\r\nConnection: close\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\nnot gzip at all",
        b"\x16\x03\x01\x00",
        b"",
    ],
)
def test_nonsense_instead_of_http_is_an_answer_that_says_so(ask: Ask, head: bytes) -> None:
    answer = ask(lambda connection: connection.sendall(head))
    assert answer.failure or len(answer.body) < 10


def test_a_body_compressed_twice_is_refused_before_it_is_unpacked(
    server: TlsServer, service: Service
) -> None:
    bomb = gzip.compress(gzip.compress(bytes(50_000_000)))
    assert len(bomb) < 2000
    server.answer = lambda asked: Reply(200, bomb, {"Content-Encoding": "gzip, gzip"})
    answer = service.send("GET", URL, resource=RESOURCE)
    assert (answer.status, answer.failure) == (0, "other")
    assert "more than once" in answer.failure_detail


def test_a_compressed_bomb_is_too_large(server: TlsServer, service: Service) -> None:
    bomb = gzip.compress(bytes(40_000_000))
    server.answer = lambda asked: Reply(200, bomb, {"Content-Encoding": "gzip"})
    assert service.send("GET", URL, resource=RESOURCE).failure == "too_large"


@pytest.mark.parametrize(
    "link",
    [
        "https://graph.test:443@elsewhere.example/v1.0/users",
        "https://graph.test:x@elsewhere.example/v1.0/users",
        "https://graph.test@elsewhere.example/v1.0/users",
        "https://graph.test:443:443/v1.0/users",
        "https://graph.test.elsewhere.example/",
        "https://elsewhere.example/?graph.test",
        "https://graph.test\\@elsewhere.example/",
        "https://graph.test:8443/",
        "http://graph.test/",
        "https://[graph.test/",
        "//graph.test/",
    ],
)
def test_no_next_page_takes_the_token_to_another_place(
    graph: GraphClient, server: TlsServer, link: str
) -> None:
    server.answer = lambda asked: Reply.of({"value": [], "@odata.nextLink": link})
    pages = list(graph.pages("/users"))
    assert [page.status for page in pages] == [200, 0]
    assert graph.get(link).status == 0 or not link.startswith("https://")
    assert {asked.host for asked in server.asked} == {"graph.test"}


def test_a_redirect_there_and_back_never_mixes_the_tokens_up(
    sharepoint: SharePointClient, server: TlsServer
) -> None:
    class Named:
        def token(self, resource: str, *, claims: str = "", renew: bool = False) -> Token:
            return Token(f"token-of-{resource.removeprefix('https://')}", app_only=True)

    sharepoint.service.tokens = Named()
    root, mine = "contoso.sharepoint.test", "contoso-my.sharepoint.test"
    onward = {(root, "/a"): f"https://{mine}/b", (mine, "/b"): f"https://{root}/c"}

    def answer(asked: Asked) -> Reply:
        target = onward.get((asked.host, asked.path))
        return Reply(302, headers={"Location": target}) if target else Reply(200, b"fine")

    server.answer = answer
    assert sharepoint.get(f"https://{root}/a").ok
    shown = [(asked.host, asked.headers.get("authorization")) for asked in server.asked]
    assert shown == [(host, f"Bearer token-of-{host}") for host in (root, mine, root)]


def test_a_redirect_in_a_circle_ends(service: Service, server: TlsServer) -> None:
    server.answer = lambda asked: Reply(302, headers={"Location": asked.path})
    answer = service.send("GET", URL, resource=RESOURCE)
    assert (answer.status, answer.failure) == (0, "redirect_refused")
    assert len(server.asked) == 6


def test_a_server_that_repeats_the_token_does_not_get_it_into_the_evidence(
    service: Service, server: TlsServer
) -> None:
    def echo(asked: Asked) -> Reply:
        sent = asked.headers["authorization"]
        code = {"error": {"code": f"Refused {sent}", "message": sent}}
        return Reply.of(code, 403, request_id=sent)

    server.answer = echo
    answer = service.send("GET", URL, resource=RESOURCE)
    assert answer.error_code == "Refused Bearer ***"
    assert answer.request_id == "Bearer ***"
    assert b"token-1" not in answer.body


def test_a_token_that_no_header_can_carry_is_not_quoted_in_the_failure(
    service: Service, server: TlsServer
) -> None:
    class Broken:
        def token(self, resource: str, *, claims: str = "", renew: bool = False) -> Token:
            return Token("secret\r\nX-More: header", app_only=True)

    service.tokens = Broken()
    answer = service.send("GET", URL, resource=RESOURCE)
    assert answer.status == 0
    assert "secret" not in answer.failure_detail
    assert not server.asked


@pytest.mark.parametrize(
    "body", [b'{"a": NaN}', b'{"a": 1e999}', b'{"a": 1234567890123456789012}', b'{"a": "\xed\xa0\x80"}']
)
def test_values_that_no_json_has_are_unreadable(body: bytes, waits: Waits) -> None:
    answer = Answer("GET", URL, 200, {"content-type": "application/json"}, body, waits.now())
    with pytest.raises(UnreadableAnswer):
        answer.json()


def test_half_a_character_becomes_a_replacement_that_can_be_stored(waits: Waits) -> None:
    body = b'{"\\ud83d": ["\\uDC00x", "\\ud83d\\ude00"], "fine": 1.5}'
    answer = Answer("GET", URL, 200, {}, body, waits.now())
    assert answer.json() == {"\ufffd": ["\ufffdx", "\U0001f600"], "fine": 1.5}
