"""The HTTP client that msal gets: the run's session, patient with passing failures of the sign-in host."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from troubleshooter.signin.credentials import ways_to_write
from troubleshooter.transport.certificate import presented_issuer
from troubleshooter.transport.failures import classify
from troubleshooter.transport.retry import Patience, RetryPolicy
from troubleshooter.transport.session import BodyTooLarge

# Somebody may sit in front of the terminal: less patience than for the services themselves.
SIGN_IN_RETRIES = RetryPolicy(max_tries=3, max_tries_server_error=2, max_wait=20.0)
LARGEST_ANSWER = 1024 * 1024  # bytes; a token of somebody in many groups has 100 kB
# What a request for a token is proved with; an error must not repeat it.
_PROOFS = (
    "client_secret",
    "client_assertion",
    "assertion",
    "refresh_token",
    "device_code",
    "code",
    "code_verifier",
    "password",
)

_ONE_TRY_SECONDS = (3.0, 5.0)  # to connect, to read


class PatientClient:
    """`get`, `post` and `close` as msal wants them. Answers that will not change are given back at once.

    A refusal that repeats what was sent (a secret, an assertion, a device code) has it blacked out.

    A request that was lost is sent once more: discovery and requests for tokens may be repeated.
    """

    def __init__(
        self,
        session: requests.Session,
        *,
        retries: RetryPolicy = SIGN_IN_RETRIES,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._session = session
        self._retries = retries
        self._sleep = sleep
        self.skew = 0.0
        """Seconds by which the clock of this computer is ahead of the latest answer's; 0 when unknown."""
        self.discovery: requests.Response | None = None
        """The last OpenID discovery document that was asked for; msal keeps only a part of it."""

    def get(self, url: str, **options: Any) -> requests.Response:
        """The last answer. Raises what requests raises."""
        answer = _readable(self._patiently(lambda: self._session.get(url, **options)))
        if url.endswith("/.well-known/openid-configuration"):
            self.discovery = answer
        return answer

    def once(self, url: str) -> requests.Response:
        """The answer to one short try. Raises what requests raises."""
        return _readable(self._session.get(url, timeout=_ONE_TRY_SECONDS))

    def presented_issuer(self, host: str) -> str:
        """Who made the certificate that a host shows us; '' when that cannot be found out."""
        return presented_issuer(self._session, host)

    def post(self, url: str, **options: Any) -> requests.Response:
        """The last answer. Raises what requests raises."""
        answer = _readable(self._patiently(lambda: self._session.post(url, **options)))
        return _without(options.get("data"), answer) if _refuses(answer) else answer

    def close(self) -> None:
        """Nothing: the session belongs to the run."""

    def _patiently(self, ask: Callable[[], requests.Response]) -> requests.Response:
        patience = Patience(self._retries.max_wait)
        attempt = 1
        while True:
            try:
                answer = ask()
            except requests.RequestException as problem:
                if not self._again(0, classify(problem)[0], {}, attempt, patience):
                    raise
            else:
                received = {name.lower(): value for name, value in answer.headers.items()}
                self._note_time(received.get("date", ""))
                if not self._again(answer.status_code, "", received, attempt, patience):
                    return answer
            attempt += 1

    def _note_time(self, date: str) -> None:
        try:
            theirs = parsedate_to_datetime(date)
        except (ValueError, TypeError, IndexError, OverflowError):
            return
        self.skew = (datetime.now(UTC) - theirs.astimezone(UTC)).total_seconds()

    def _again(
        self, status: int, failure: str, headers: dict[str, str], attempt: int, patience: Patience
    ) -> bool:
        if attempt >= self._retries.tries(status, failure):
            return False
        pause = self._retries.pause(headers, attempt, datetime.now(UTC), random.random())  # noqa: S311 - jitter, no secret
        if not patience.spend(pause):
            return False
        self._sleep(pause)
        return True


def _readable(answer: requests.Response) -> requests.Response:
    """The answer, if msal can be left alone with it: it would guess the encoding of any length of bytes."""
    if len(answer.content) > LARGEST_ANSWER:
        raise BodyTooLarge(f"more than {LARGEST_ANSWER} bytes", response=answer)
    answer.encoding = answer.encoding or "utf-8"
    return answer


def _refuses(answer: requests.Response) -> bool:
    """It is no answer with tokens in it: such a one may hold what was sent, as the same refresh token."""
    try:
        body = answer.json()
    except ValueError:
        return True
    return not answer.ok or not isinstance(body, dict) or "error" in body


def _without(sent: object, answer: requests.Response) -> requests.Response:
    proofs = [sent.get(name) for name in _PROOFS] if isinstance(sent, Mapping) else []
    body = answer.content
    for proof in proofs:
        raw = proof.decode("utf-8", "replace") if isinstance(proof, bytes) else str(proof or "")
        for written in ways_to_write(raw):
            body = body.replace(written.encode(), b"***")
    answer._content = body
    return answer
