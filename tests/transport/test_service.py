"""One request: retries, tokens, redirects, failures."""

from __future__ import annotations

import base64
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.transport.fakes import Waits, WrittenTokens
from tests.transport.tls_server import Asked, Reply, TlsServer
from troubleshooter.errors import RunFailed
from troubleshooter.transport.answer import FAILURES, Answer, NoToken, Token, UnreadableAnswer
from troubleshooter.transport.service import Service, claims_challenge
from troubleshooter.transport.session import build_session

URL = "https://graph.test/v1.0/users/megan"
RESOURCE = "https://graph.test"
OK = Reply.of({"id": "megan"})
STALE = Reply.of({"error": {"code": "InvalidAuthenticationToken", "message": "expired"}}, 401)
ROOT = "https://contoso.sharepoint.test"


def _script(server: TlsServer, *replies: Reply) -> None:
    """Answer with these in turn, then with the last one for ever."""
    rest = list(replies)
    server.answer = lambda asked: rest.pop(0) if len(rest) > 1 else rest[0]


def test_a_request_carries_the_headers_microsoft_asks_for(service: Service, server: TlsServer) -> None:
    _script(server, OK)
    answer = service.send("GET", URL, resource=RESOURCE, headers={"ConsistencyLevel": "eventual"})
    assert (answer.status, answer.attempts, answer.failure) == (200, 1, "")
    headers = server.asked[0].headers
    assert headers["authorization"] == "Bearer token-1"
    assert headers["accept"] == "application/json"
    assert headers["consistencylevel"] == "eventual"
    assert headers["user-agent"].startswith("NONISV|PhotoTroubleshooter|photo-troubleshooter/")
    assert uuid.UUID(headers["client-request-id"])


@pytest.mark.parametrize("status", [429, 502, 503, 504, 509, 500])
def test_a_passing_failure_is_tried_again_after_what_the_service_asked(
    service: Service, server: TlsServer, waits: Waits, status: int
) -> None:
    _script(server, Reply(status, headers={"Retry-After": "2.128"}), OK)
    answer = service.send("GET", URL, resource=RESOURCE)
    assert (answer.status, answer.attempts, answer.waited) == (200, 2, 3.0)
    assert waits.slept == [3.0]


def test_without_retry_after_the_waiting_grows(service: Service, server: TlsServer, waits: Waits) -> None:
    _script(server, Reply(503, b"<html>Server Too Busy</html>", {"Content-Type": "text/html"}))
    answer = service.send("GET", URL, resource=RESOURCE)
    assert (answer.status, answer.attempts) == (503, 5)
    assert waits.slept == [1.0, 2.0, 4.0, 8.0]


def test_we_do_not_wait_longer_than_one_persons_patience(
    service: Service, server: TlsServer, waits: Waits
) -> None:
    _script(server, Reply(429, headers={"Retry-After": "25"}))
    answer = service.send("GET", URL, resource=RESOURCE)
    assert (answer.status, answer.attempts, answer.waited) == (429, 3, 50.0)


@pytest.mark.parametrize("asked", ["61", "3600", "999999999999", "inf"])
def test_a_wait_that_exceeds_our_patience_is_not_begun(
    service: Service, server: TlsServer, waits: Waits, asked: str
) -> None:
    _script(server, Reply(429, headers={"Retry-After": asked}), OK)
    assert service.send("GET", URL, resource=RESOURCE).status == 429
    assert waits.slept == []


def test_all_requests_of_one_person_share_one_patience(
    service: Service, server: TlsServer, waits: Waits
) -> None:
    _script(server, Reply(429, headers={"Retry-After": "20"}))
    with service.one_person():
        for _ in range(4):
            service.send("GET", URL, resource=RESOURCE)
    assert sum(waits.slept) == 60.0
    service.send("GET", URL, resource=RESOURCE)
    assert sum(waits.slept) == 120.0


@pytest.mark.parametrize("status", [400, 403, 404, 410, 423, 501])
def test_a_lasting_answer_is_not_asked_for_twice(service: Service, server: TlsServer, status: int) -> None:
    _script(server, Reply(status))
    assert service.send("GET", URL, resource=RESOURCE).status == status
    assert len(server.asked) == 1


def test_an_expired_token_is_renewed_once(service: Service, server: TlsServer, tokens: WrittenTokens) -> None:
    server.answer = lambda asked: OK if asked.headers["authorization"] == "Bearer token-2" else STALE
    answer = service.send("GET", URL, resource=RESOURCE)
    assert (answer.status, answer.attempts, tokens.number) == (200, 2, 2)


def test_a_token_that_stays_refused_is_renewed_only_once(
    service: Service, server: TlsServer, tokens: WrittenTokens
) -> None:
    _script(server, STALE)
    answer = service.send("GET", URL, resource=RESOURCE)
    assert (answer.status, answer.error_code, tokens.number) == (401, "InvalidAuthenticationToken", 2)
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    "reply",
    [
        Reply.of({"error": {"code": "AuthenticationError", "message": "Error authenticating"}}, 401),
        Reply(401, b"Unsupported app only token.", {"WWW-Authenticate": "Bearer"}),
        Reply.of({"error_description": "Unsupported app only token."}, 401, WWW_Authenticate="Bearer"),
    ],
)
def test_a_refusal_that_no_new_token_can_change_renews_nothing(
    service: Service, server: TlsServer, tokens: WrittenTokens, reply: Reply
) -> None:
    _script(server, reply)
    assert service.send("GET", URL, resource=RESOURCE).status == 401
    assert tokens.number == 1


def test_a_claims_challenge_is_decoded_and_passed_on_once(
    service: Service, server: TlsServer, tokens: WrittenTokens
) -> None:
    claims = '{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}'
    coded = base64.b64encode(claims.encode()).decode().rstrip("=")
    challenge = f'Bearer realm="", error="insufficient_claims", claims="{coded}"'
    _script(server, Reply(401, headers={"WWW-Authenticate": challenge}))
    assert service.send("GET", URL, resource=RESOURCE).status == 401
    assert [request for request in tokens.requests if request[1]] == [(RESOURCE, claims, False)]
    assert len(server.asked) == 2


@pytest.mark.parametrize("coded", ["!!!", "bm90IGpzb24", "W10", "____", ""])
def test_a_challenge_that_is_not_json_claims_is_no_challenge(server: TlsServer, coded: str) -> None:
    header = {"www-authenticate": f'Bearer error="insufficient_claims", claims="{coded}"'}
    answer = Answer("GET", URL, 401, header, b"", Waits().now())
    assert claims_challenge(answer) == ""


def test_a_redirect_within_the_host_keeps_the_token(service: Service, server: TlsServer) -> None:
    server.answer = lambda asked: Reply(302, headers={"Location": "/b"}) if asked.path == "/a" else OK
    assert service.send("GET", f"{ROOT}/a", resource=ROOT).ok
    assert "authorization" in server.asked[1].headers


def test_a_redirect_to_a_sibling_host_is_followed_without_the_token(
    service: Service, server: TlsServer
) -> None:
    target = "https://contoso-my.sharepoint.test/photo.jpg"
    server.answer = lambda asked: Reply(302, headers={"Location": target}) if "my" not in asked.host else OK
    answer = service.send("GET", f"{ROOT}/_layouts/15/userphoto.aspx", resource=ROOT)
    assert (answer.status, answer.url) == (200, f"{ROOT}/_layouts/15/userphoto.aspx")
    assert server.asked[1].host == "contoso-my.sharepoint.test"
    assert "authorization" not in server.asked[1].headers


@pytest.mark.parametrize(
    "target",
    [
        "https://elsewhere.example/steal",
        "http://contoso.sharepoint.test/plain",
        "https://contoso.sharepoint.test:8443/port",
        "https://megan@contoso.sharepoint.test/user",
        "https://sharepoint.test.elsewhere.example/",
        "//elsewhere.example/",
        "https://[broken/",
        "file:///etc/passwd",
    ],
)
def test_a_redirect_to_another_place_is_refused(service: Service, server: TlsServer, target: str) -> None:
    _script(server, Reply(302, headers={"Location": target}))
    answer = service.send("GET", f"{ROOT}/a", resource=ROOT)
    assert (answer.status, answer.failure) == (0, "redirect_refused")
    assert len(server.asked) == 1


def test_ten_redirects_are_too_many(service: Service, server: TlsServer) -> None:
    def onward(asked: Asked) -> Reply:
        step = int(asked.path.rpartition("/")[2])
        return Reply(302, headers={"Location": f"/{step + 1}"}) if step < 10 else OK

    server.answer = onward
    answer = service.send("GET", f"{ROOT}/0", resource=ROOT)
    assert (answer.status, answer.failure) == (0, "redirect_refused")
    assert len(server.asked) < 10


def test_a_post_is_never_redirected(service: Service, server: TlsServer) -> None:
    _script(server, Reply(307, headers={"Location": "/elsewhere"}))
    answer = service.send("POST", f"{ROOT}/a", resource=ROOT, body=b"{}")
    assert answer.failure == "redirect_refused"


def test_a_truncated_answer_is_asked_for_again(service: Service, server: TlsServer) -> None:
    _script(server, Reply(200, b'{"id": "megan"}', cut=4), OK)
    answer = service.send("GET", URL, resource=RESOURCE)
    assert (answer.status, answer.attempts) == (200, 2)


def test_an_answer_that_stays_truncated_is_a_failure_with_a_name(service: Service, server: TlsServer) -> None:
    _script(server, Reply(200, b'{"id": "megan"}', cut=4))
    answer = service.send("GET", URL, resource=RESOURCE)
    assert (answer.status, answer.failure, answer.body, answer.attempts) == (0, "other", b"", 2)


def test_an_answer_that_is_too_large_is_a_failure_with_a_name(
    server: TlsServer, waits: Waits, tokens: WrittenTokens
) -> None:
    _script(server, Reply(200, bytes(5000)))
    with build_session(server.cloud(), largest_body=4000) as session:
        answer = Service(session, tokens, sleep=waits.sleep).send("GET", URL, resource=RESOURCE)
    assert (answer.status, answer.failure) == (0, "too_large")


def test_a_wrong_certificate_is_a_failure_with_a_name(service: Service) -> None:
    answer = service.send("GET", "https://graph.microsoft.com/v1.0/me", resource=RESOURCE)
    assert (answer.status, answer.failure) == (0, "tls")
    assert "graph.microsoft.com" in answer.failure_detail


def test_a_server_that_does_not_answer_is_a_timeout(
    server: TlsServer, waits: Waits, tokens: WrittenTokens
) -> None:
    held = threading.Event()

    def silent(asked: Asked) -> Reply:
        held.wait(10)
        return OK

    server.answer = silent
    with build_session(server.cloud(), read_seconds=0.05) as session:
        answer = Service(session, tokens, sleep=waits.sleep).send("GET", URL, resource=RESOURCE)
    held.set()
    assert (answer.status, answer.failure, answer.attempts) == (0, "timeout", 2)


@pytest.mark.parametrize(
    "url", ["http://graph.test/", "https://", "nonsense", "https://[x/", "https://a..b/"]
)
def test_a_url_that_cannot_be_asked_is_a_failure_and_not_an_exception(service: Service, url: str) -> None:
    answer = service.send("GET", url, resource=RESOURCE)
    assert answer.status == 0
    assert answer.failure in FAILURES


def test_html_where_json_was_due_is_unreadable_and_keeps_its_status(
    service: Service, server: TlsServer
) -> None:
    _script(server, Reply(200, b"<html>Sign in to the guest network</html>", {"Content-Type": "text/html"}))
    answer = service.send("GET", URL, resource=RESOURCE)
    assert (answer.status, answer.error_code) == (200, "")
    with pytest.raises(UnreadableAnswer, match="not JSON"):
        answer.json()


def test_a_missing_token_is_the_one_thing_that_is_raised(server: TlsServer) -> None:
    class Nobody:
        def token(self, resource: str, *, claims: str = "", renew: bool = False) -> Token:
            raise NoToken("There is no token for {resource}.", "Sign in.", resource=resource)

    with build_session(server.cloud()) as session, pytest.raises(RunFailed, match=r"graph\.test"):
        Service(session, Nobody()).send("GET", URL, resource=RESOURCE)
    assert not server.asked


def test_the_token_is_in_no_repr(service: Service, server: TlsServer) -> None:
    _script(server, OK)
    answer = service.send("GET", URL, resource=RESOURCE)
    assert "token-1" not in repr(answer)
    assert "token-1" not in repr(Token("token-1", app_only=True))


def test_many_threads_with_one_expired_token_renew_it_once(
    service: Service, server: TlsServer, tokens: WrittenTokens
) -> None:
    server.answer = lambda asked: STALE if asked.headers["authorization"] == "Bearer token-1" else OK
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: service.send("GET", URL, resource=RESOURCE), range(24)))
    assert {answer.status for answer in answers} == {200}
    assert tokens.number == 2
