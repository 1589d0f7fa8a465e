"""Batches, pages and sign-in answers through the real session, service and clients; names and addresses."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

import requests
from hypothesis import strategies as st
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from tests.fuzz.counts import fuzzed
from tests.fuzz.hostile import STATUSES, TEXTS, damaged, encoded, shaken
from tests.signin.entra import CLIENT, TENANT, Entra, jwt, refusal
from tests.transport.fakes import Waits, WrittenTokens
from tests.transport.tls_server import Asked
from troubleshooter.cli.output import file_stem
from troubleshooter.collect.addresses import file_address, hosts_from, mangled, stem_kind, thumbnail_size
from troubleshooter.collect.classify import without_secrets
from troubleshooter.collect.resolve import _clean, _filters, user_path
from troubleshooter.errors import TroubleshooterError
from troubleshooter.signin.claims import describe, read_claims
from troubleshooter.signin.clouds import CLOUDS
from troubleshooter.signin.credentials import SignIn
from troubleshooter.signin.hosts import is_host_name, is_loopback, split_address
from troubleshooter.signin.tokens import MsalTokens
from troubleshooter.transport.answer import FAILURES, Answer
from troubleshooter.transport.graph import GraphClient
from troubleshooter.transport.multipart import MultipartError, read_batch, write_batch
from troubleshooter.transport.retry import ABSURD_WAIT, retry_after
from troubleshooter.transport.service import Service, claims_challenge
from troubleshooter.transport.session import GuardedSession
from troubleshooter.transport.sharepoint import SharePointClient, profile_url

CLOUD = CLOUDS["global"]
HOST = "contoso-admin.sharepoint.com"
PATHS = ["/users/a/photo", "/users/b/photo/$value", "/users/c"]
URLS = [profile_url(HOST, f"{name}@contoso.com") for name in "abc"]
JSON_HEAD = b"Content-Type: application/json\r\n"
PART = b"Content-Type: application/http\r\n\r\nHTTP/1.1 200 OK\r\n" + JSON_HEAD + b'\r\n{"d":null}\r\n'
MULTIPART = b"".join(b"--batchresponse_9\r\n" + PART for _ in URLS) + b"--batchresponse_9--\r\n"
BOUNDARY = "multipart/mixed; boundary=batchresponse_9"
ITEMS = [
    {"id": str(number), "status": 200, "headers": {"Content-Type": "image/jpeg"}, "body": "/9j/4AAQ"}
    for number in (1, 2, 3)
]


class Canned(BaseAdapter):
    """Answers every request of a session with these bytes: a server without the wire."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__()
        self._status, self._headers, self._body = status, dict(headers), body
        self.asked: list[requests.PreparedRequest] = []

    def answer(self, request: requests.PreparedRequest) -> tuple[int, Mapping[str, str], bytes]:
        return self._status, self._headers, self._body

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:  # type: ignore[override]
        self.asked.append(request)
        status, headers, body = self.answer(request)
        response = requests.Response()
        response.status_code, response.request, response.url = status, request, str(request.url)
        response.headers.update(headers)
        response.raw = HTTPResponse(io.BytesIO(body), headers, status, preload_content=False)
        return response

    def close(self) -> None:
        """Nothing is open."""


def _session(canned: Canned) -> requests.Session:
    session = GuardedSession((5, 5), 200_000)
    session.adapters.clear()
    session.mount("https://", canned)
    return session


def _service(canned: Canned) -> Service:
    waits = Waits()
    return Service(_session(canned), WrittenTokens(), sleep=waits.sleep, now=waits.now, jitter=lambda: 1.0)


def _check(canned: Canned, answers: list[Answer], asked: int, host: str) -> None:
    """One answer for each question, each with a status or a failure; few requests, and all to one host."""
    assert len(answers) == asked
    for answer in answers:
        assert answer.status == 0 or 100 <= answer.status <= 599
        assert (answer.status == 0) is bool(answer.failure)
        assert not answer.failure or answer.failure in FAILURES
        assert b"token-" not in answer.body
    assert len(canned.asked) <= 60
    assert {re.split("[/:?#]", str(request.url))[3] for request in canned.asked} == {host}


@fuzzed(
    "Graph: $batch",
    STATUSES.filter(bool),
    st.one_of(shaken([{"responses": ITEMS}]).map(encoded), damaged([encoded({"responses": ITEMS})])),
)
def test_a_batch_of_graph(status: int, body: bytes) -> None:
    canned = Canned(status, {"Content-Type": "application/json"}, body)
    answers = GraphClient(_service(canned), CLOUD).batch(PATHS)
    _check(canned, answers, len(PATHS), "graph.microsoft.com")


PAGE = {"value": [{"id": "1"}], "@odata.nextLink": "https://graph.microsoft.com/v1.0/users?$skiptoken=1"}
LINKS = st.one_of(TEXTS, TEXTS.map(lambda text: f"https://graph.microsoft.com{text}"))


@fuzzed("Graph: pages", shaken([PAGE]), LINKS)
def test_pages_of_graph(page: Any, link: str) -> None:
    if isinstance(page, dict) and "@odata.nextLink" in page:
        page["@odata.nextLink"] = link
    canned = Canned(200, {"Content-Type": "application/json"}, encoded(page))
    pages = list(GraphClient(_service(canned), CLOUD).pages("/users"))
    _check(canned, pages, len(pages), "graph.microsoft.com")
    assert len(pages) <= 3


@fuzzed(
    "SharePoint: $batch",
    STATUSES.filter(bool),
    st.sampled_from([BOUNDARY, BOUNDARY, "multipart/mixed", "application/json", f"{BOUNDARY}é"]),
    damaged([MULTIPART]),
)
def test_a_batch_of_sharepoint(status: int, kind: str, body: bytes) -> None:
    canned = Canned(status, {"Content-Type": kind}, body)
    answers = SharePointClient(_service(canned), CLOUD).batch(HOST, URLS)
    _check(canned, answers, len(URLS), HOST)


@fuzzed("multipart", st.one_of(st.just(BOUNDARY), TEXTS), damaged([MULTIPART, b"--x\r\n--x--"]), share=4)
def test_multipart(kind: str, body: bytes) -> None:
    try:
        parts = read_batch(kind, body)
    except MultipartError:
        return
    for part in parts:
        assert 100 <= part.status <= 599
        assert all(name == name.lower() for name in part.headers)


class SignInService(Canned):
    """Discovery, device codes and tokens, with one hostile answer among them."""

    def __init__(self, place: str, hostile: bytes, status: int) -> None:
        super().__init__(status, {}, hostile)
        self._place, self._entra = place, Entra()

    def answer(self, request: requests.PreparedRequest) -> tuple[int, Mapping[str, str], bytes]:
        url = str(request.url)
        if url.endswith(self._place):
            return self._status, {"Content-Type": "application/json"}, self._body
        body = request.body if isinstance(request.body, bytes) else str(request.body or "").encode()
        reply = self._entra.answer(Asked(str(request.method), "login.test", "", request.path_url, {}, body))
        return reply.status, reply.headers, reply.body


BASE = f"https://{CLOUD.login}/{TENANT}"
DISCOVERY = {
    "issuer": f"{BASE}/v2.0",
    "authorization_endpoint": f"{BASE}/oauth2/v2.0/authorize",
    "token_endpoint": f"{BASE}/oauth2/v2.0/token",
    "device_authorization_endpoint": f"{BASE}/oauth2/v2.0/devicecode",
}
GIVEN = {
    "token_type": "Bearer",
    "expires_in": 3600,
    "access_token": jwt(roles=["User.Read.All"], tid=TENANT, appidacr="1"),
    "refresh_token": "refresh",
    "id_token": jwt(sub="s", oid="u", tid=TENANT, preferred_username="megan@contoso.test", aud=CLIENT),
    "client_info": "eyJ1aWQiOiJ1IiwidXRpZCI6InQifQ",
    "scope": "User.Read",
}
CODE = {
    "user_code": "ABCD",
    "device_code": "the-code",
    "verification_uri": "https://login.test/device",
    "expires_in": 900,
    "interval": 0,
    "message": "Open it.",
}
SEEDS = {
    "/openid-configuration": DISCOVERY,
    "/token": GIVEN,
    "/devicecode": CODE,
}
PLACES = st.sampled_from(sorted(SEEDS)).flatmap(
    lambda place: st.tuples(
        st.just(place),
        st.one_of(
            shaken([SEEDS[place], refusal("invalid_client", 7000215)]).map(encoded),
            damaged([encoded(SEEDS[place])]),
        ),
    )
)


@fuzzed(
    "sign-in: OAuth answers", st.sampled_from(["secret", "device"]), PLACES, STATUSES.filter(bool), share=2
)
def test_a_sign_in(auth: Any, place: tuple[str, bytes], status: int) -> None:
    canned = SignInService(*place, status)
    settings = SignIn(TENANT, CLIENT, auth, secret="very-secret-value")
    steps = iter(range(20))  # a device code that is pending is asked about again

    def sleep(seconds: float) -> None:
        if next(steps, None) is None:
            raise KeyboardInterrupt

    tokens = MsalTokens(CLOUD, settings, _session(canned), on_device_code=lambda flow: None, sleep=sleep)
    try:
        token = tokens.token(CLOUD.graph_resource)
    except TroubleshooterError as problem:
        assert "very-secret-value" not in str(problem)
        return
    assert isinstance(token.value, str)
    assert token.value
    assert all(isinstance(one, str) for one in token.permissions)


@fuzzed("claims of tokens", shaken([{"roles": ["a"], "scp": "a b", "tid": TENANT, "upn": "m@x"}]), TEXTS)
def test_claims(claims: Any, text: str) -> None:
    for value in (jwt(claims=1).replace("e", text[:2], 1), text, f"a.{text}.b"):
        assert isinstance(read_claims(value), dict)
    value = jwt(**claims) if isinstance(claims, dict) else text
    for app_only in (True, False):
        token = describe(value, app_only=app_only, by_secret=False)
        assert all(isinstance(one, str) for one in (*token.permissions, token.signed_in_as, token.tenant))


@fuzzed("Retry-After and challenges", TEXTS, TEXTS, share=3)
def test_headers(text: str, date: str) -> None:
    seconds = retry_after({"retry-after": text, "date": date}, Waits().now())
    assert seconds is None or 0 <= seconds <= ABSURD_WAIT
    header = {"www-authenticate": f'Bearer error="insufficient_claims", claims="{text}"'}
    assert isinstance(claims_challenge(Answer("GET", URLS[0], 401, header, b"", Waits().now())), str)


@fuzzed("names and addresses", TEXTS, share=6)
def test_names_and_addresses(text: str) -> None:
    address = file_address(text, HOST)
    assert address.key == file_address(text, HOST).key
    assert isinstance(address.stem + thumbnail_size(address.name) + stem_kind(address.stem, text), str)
    hosts = hosts_from(text, "sharepoint.com")
    assert hosts is None or hosts.owns(hosts.my)
    clean = without_secrets(f"https://x/?access_token={text}&sig=1#{text}")
    assert len(text) < 8 or "access_token=" + text not in clean
    without_secrets(text)
    assert re.fullmatch(r"[a-z0-9._-]{1,80}", file_stem(text))
    assert not is_host_name(text) or re.fullmatch(r"[A-Za-z0-9.-]+", text)
    is_loopback(text)
    split_address(text)
    mangled(text)


WORDS = TEXTS.map(lambda text: text.encode("utf-8", "replace").decode())


@fuzzed("names in requests", WORDS, share=3)
def test_a_name_cannot_leave_its_place_in_a_request(name: str) -> None:
    path = user_path(_clean(name))
    assert "\n" not in path
    assert path.count("?") == 1
    assert all(literal.count("'") % 2 == 0 for literal in _filters(name))
    body = write_batch("b", [profile_url(HOST, name)], "application/json")
    assert len(re.findall(rb"^GET ", body, re.MULTILINE)) == 1
    assert body.count(b"--b") == 2 or b"--b" in name.lower().encode()
