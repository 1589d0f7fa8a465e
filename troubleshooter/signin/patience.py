"""The HTTP client that msal gets: the run's session, patient with passing failures of the sign-in host."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from troubleshooter.transport.certificate import presented_issuer
from troubleshooter.transport.failures import classify
from troubleshooter.transport.retry import Patience, RetryPolicy

# Somebody may sit in front of the terminal: less patience than for the services themselves.
SIGN_IN_RETRIES = RetryPolicy(max_tries=3, max_tries_server_error=2, max_wait=20.0)

_ONE_TRY_SECONDS = (3.0, 5.0)  # to connect, to read


class PatientClient:
    """`get`, `post` and `close` as msal wants them. Answers that will not change are given back at once.

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
        answer = self._patiently(lambda: self._session.get(url, **options))
        if url.endswith("/.well-known/openid-configuration"):
            self.discovery = answer
        return answer

    def once(self, url: str) -> requests.Response:
        """The answer to one short try. Raises what requests raises."""
        return self._session.get(url, timeout=_ONE_TRY_SECONDS)

    def presented_issuer(self, host: str) -> str:
        """Who made the certificate that a host shows us; '' when that cannot be found out."""
        return presented_issuer(self._session, host)

    def post(self, url: str, **options: Any) -> requests.Response:
        """The last answer. Raises what requests raises."""
        return self._patiently(lambda: self._session.post(url, **options))

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
