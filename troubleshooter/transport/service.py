"""Sending one request to a Microsoft service: token, retries, redirects. The result is always an Answer."""

from __future__ import annotations

import base64
import binascii
import json
import random
import re
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from threading import Lock
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

from troubleshooter.transport.answer import Answer, NoToken, Token, TokenProvider
from troubleshooter.transport.failures import classify
from troubleshooter.transport.quota import SLOW_DOWN, Governor
from troubleshooter.transport.retry import Patience, RetryPolicy, current_patience, shared_patience

_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 5
_MOST_HANDED_ON = 5
_BLACKED_OUT = "***"


def _no_host(host: str) -> bool:
    return False


def _unwatched(answer: Answer) -> None:
    """Nobody looks at what went wrong."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Service:
    """Sends requests with a token. Safe to use from several threads.

    With a `governor` every request keeps to its quotas. `watch` sees every answer that is none of the good
    ones, parts of a batch included. `sleep`, `clock` (monotonic seconds), `now` and
    `jitter` are given by tests.
    """

    def __init__(
        self,
        session: requests.Session,
        tokens: TokenProvider,
        *,
        retries: RetryPolicy | None = None,
        governor: Governor | None = None,
        watch: Callable[[Answer], None] = _unwatched,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = _utc_now,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.session = session
        self.tokens = tokens
        self.retries = retries or RetryPolicy()
        self.governor = governor
        self._watch = watch
        self._sleep = sleep
        self._clock = clock
        self._now = now
        self._jitter = jitter
        self._renewing = Lock()

    def one_person(self, seconds: float | None = None) -> AbstractContextManager[Patience]:
        """`with service.one_person():` all requests inside share one allowance of waiting (default 60 s)."""
        return shared_patience(self.retries.max_wait if seconds is None else seconds)

    def send(
        self,
        method: str,
        url: str,
        *,
        resource: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        items: Sequence[str] = (),
        siblings: Callable[[str], bool] = _no_host,
    ) -> Answer:
        """The answer, whatever its status; status 0 when none came. Raises only NoToken.

        `items` are the addresses inside a batch: they count against the quotas, the envelope does not.
        `siblings` says which other hosts get a token of their own when a redirect leads to them.
        """
        patience = current_patience(self.retries.max_wait)
        renewed = challenged = False
        handed_on = 0  # tokens that others renewed, which may be used up before our turn comes
        attempt, waited = 1, 0.0
        token = self.tokens.token(resource)
        while True:
            answer = self._governed(method, url, token.value, headers or {}, body, items, siblings)
            answer = replace(answer, attempts=attempt, waited=waited)
            if not answer.ok:
                self._watch(answer)
            if answer.status == 401:
                claims = claims_challenge(answer)
                if claims and not challenged:
                    token, own = self._renewed(resource, token, claims)
                    handed_on += not own
                    challenged = own or handed_on > _MOST_HANDED_ON
                elif not claims and not renewed and _token_is_stale(answer):
                    token, own = self._renewed(resource, token)
                    handed_on += not own
                    renewed = own or handed_on > _MOST_HANDED_ON
                else:
                    return answer
            elif attempt < self.retries.tries(answer.status, answer.failure):
                pause = self.pause(answer, attempt)
                if not patience.spend(pause):
                    return answer
                if not self._held(answer):
                    self._sleep(pause)
                waited += pause
                token = self.tokens.token(resource)  # a long wait may outlive it
            else:
                return answer
            attempt += 1

    def pause(self, answer: Answer, attempt: int) -> float:
        """Seconds to wait before trying again after this answer."""
        return self.retries.pause(answer.headers, attempt, self._now(), self._jitter())

    def wait(self, seconds: float, answers: Sequence[Answer] = ()) -> bool:
        """Wait between the rounds of a batch; False at once when the person's patience does not reach.

        `answers` are those to be asked again: where the governor holds all of them, it does the waiting.
        """
        if not current_patience(self.retries.max_wait).spend(seconds):
            return False
        if not answers or not all(map(self._held, answers)):
            self._sleep(seconds)
        return True

    def _held(self, answer: Answer) -> bool:
        """Whether the next try is held up by the governor anyhow, which also counts the waiting."""
        governor = self.governor
        return governor is not None and answer.status in SLOW_DOWN and governor.governs(answer.url)

    def failed(self, method: str, url: str, failure: str, detail: str) -> Answer:
        """An answer that never came."""
        return Answer(method, url, 0, {}, b"", self._now(), failure=failure, failure_detail=detail)

    def heard(self, answers: Sequence[Answer]) -> None:
        """Let governor and watch see the items of a batch, each of which has an answer of its own."""
        for answer in answers:
            if not answer.ok:
                self._watch(answer)
        if self.governor is not None:
            for answer in answers:
                if answer.status in SLOW_DOWN:
                    self.governor.traffic.throttled_item()
                self.governor.learn(answer, self._clock() - answer.milliseconds / 1000)

    def _governed(
        self,
        method: str,
        url: str,
        token: str,
        headers: Mapping[str, str],
        body: bytes | None,
        items: Sequence[str],
        siblings: Callable[[str], bool],
    ) -> Answer:
        """One try that keeps to the quotas."""
        if self.governor is None:
            return self._once(method, url, token, headers, body, siblings)
        asked_at = self.governor.enter(url, items)
        with self.governor.traffic.flight():
            sent = {**self.governor.headers(items[0] if items else url), **headers}
            answer = self._once(method, url, token, sent, body, siblings)
        self.governor.traffic.count(url, items, answer.status)
        self.governor.learn(answer, asked_at, items)
        return answer

    def _renewed(self, resource: str, old: Token, claims: str = "") -> tuple[Token, bool]:
        """A token other than `old`, and whether it was made for us.

        Only the first of many threads that meet a useless one asks for another.
        """
        with self._renewing:
            token = self.tokens.token(resource)
            if token.value != old.value:
                return token, False
            return self.tokens.token(resource, claims=claims, renew=not claims), True

    def _once(
        self,
        method: str,
        url: str,
        token: str,
        headers: Mapping[str, str],
        body: bytes | None,
        siblings: Callable[[str], bool],
    ) -> Answer:
        """One try, including the redirects it leads to. The token stays with the host it was made for."""
        sent = {
            "Accept": "application/json",
            **headers,
            "client-request-id": str(uuid.uuid4()),
            "Authorization": f"Bearer {token}",
        }
        place = url
        for _ in range(_MOST_REDIRECTS + 1):
            answer = self._exchange(method, place, sent, body)
            target = answer.headers.get("location", "")
            if answer.status not in _REDIRECTS or not target:
                return replace(answer, url=url)
            place, refusal = _follow(method, place, target)
            if refusal:
                return self.failed(method, url, "redirect_refused", refusal)
            sent.pop("Authorization", None)
            if _host(place) == _host(url):
                sent["Authorization"] = f"Bearer {token}"
            elif siblings(_host(place)):
                sent |= self._authorization(_host(place))
        return self.failed(method, url, "redirect_refused", f"more than {_MOST_REDIRECTS} redirects")

    def _authorization(self, host: str) -> dict[str, str]:
        """The header with a host's own token; without one the redirect is followed as a stranger would."""
        try:
            return {"Authorization": f"Bearer {self.tokens.token(f'https://{host}').value}"}
        except NoToken:
            return {}

    def _exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        at, started = self._now(), self._clock()
        try:
            got = self.session.request(method, url, headers=dict(headers), data=body, allow_redirects=False)
        except (
            requests.RequestException,
            HTTPError,
            OSError,
            ValueError,
        ) as problem:  # ValueError: not a URL
            failure, detail = classify(problem)
            answer = Answer(method, url, 0, {}, b"", at, failure=failure, failure_detail=detail)
        else:
            received = {name.lower(): value for name, value in got.headers.items()}
            answer = Answer(method, url, got.status_code, received, got.content, at)
        answer = _without(headers.get("Authorization", "").removeprefix("Bearer "), answer)
        return replace(answer, milliseconds=round((self._clock() - started) * 1000))


def claims_challenge(answer: Answer) -> str:
    """The claims of a continuous access evaluation challenge as JSON text; '' when there is none.

    https://learn.microsoft.com/entra/identity-platform/claims-challenge
    """
    challenge = answer.headers.get("www-authenticate", "")
    found = re.search(r'\bclaims="([A-Za-z0-9+/=_-]+)"', challenge)
    if found is None or "insufficient_claims" not in challenge:
        return ""
    raw = found[1].rstrip("=").replace("-", "+").replace("_", "/")
    try:
        text = base64.b64decode(raw + "=" * (-len(raw) % 4)).decode("utf-8")
        return text if isinstance(json.loads(text), dict) else ""
    except (binascii.Error, ValueError, RecursionError):
        return ""


def _token_is_stale(answer: Answer) -> bool:
    """Whether a new token may help. Not when a workload or the kind of token was refused."""
    if answer.error_code:
        return answer.error_code == "InvalidAuthenticationToken"
    return "www-authenticate" in answer.headers and b"Unsupported app only token" not in answer.body


def _without(token: str, answer: Answer) -> Answer:
    """The answer with our token blacked out, wherever a server or a library repeats what it was sent.

    What an answer says (an error code, an address) ends in evidence and reports, and those are sent on.
    """
    if not token:
        return answer
    for written in (token, repr(token)[1:-1]):  # a token that no header can carry is quoted by requests
        if written in answer.failure_detail:
            answer = replace(answer, failure_detail=answer.failure_detail.replace(written, _BLACKED_OUT))
    if any(token in value for value in answer.headers.values()):
        clean = {name: value.replace(token, _BLACKED_OUT) for name, value in answer.headers.items()}
        answer = replace(answer, headers=clean)
    if token.encode() in answer.body:
        answer = replace(answer, body=answer.body.replace(token.encode(), _BLACKED_OUT.encode()))
    return answer


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()


def _follow(method: str, place: str, location: str) -> tuple[str, str]:
    """Where a redirect leads, and why it is not followed ('' when it is).

    Allowed: a GET to https, on the same host or a sibling below the same parent domain, as
    `contoso.sharepoint.com` and `contoso-my.sharepoint.com` are.
    """
    if method != "GET":
        return place, "a redirect of a POST"
    try:
        after = urljoin(place, location)
        target = urlsplit(after)
        port = target.port or 443
    except ValueError:
        return place, "a redirect to something that is not a URL"
    host, origin = (target.hostname or "").lower(), _host(place)
    if target.scheme != "https" or port != 443 or target.username is not None:
        return after, f"a redirect to {target.scheme} on {host}"
    same_parent = host.partition(".")[2] == origin.partition(".")[2] and host.count(".") >= 2
    return after, "" if host == origin or same_parent else f"a redirect to another domain, {host}"
