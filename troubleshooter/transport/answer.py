"""One answer of a service, whatever became of it. Nothing here raises for an HTTP status."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from troubleshooter.errors import RunFailed

FAILURES = (
    "dns",
    "refused",
    "tls",
    "timeout",
    "proxy",
    "proxy_sign_in",
    "too_large",
    "redirect_refused",
    "host_refused",
    "other",
)


class NoToken(RunFailed):
    """There is no token for a resource, so nothing can be asked there. Collectors turn it into a gap.

    `passing`: the sign-in service failed, and nobody was refused.
    """

    passing = False


class UnreadableAnswer(RunFailed):
    """A body that is not what the content type or the protocol promised. Collectors turn it into a gap."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A request and what came back. Header names are lower case. Status 0: nothing came, `failure` says why.

    `failure` is one of FAILURES, `failure_detail` the raw words of the library or system, for a log.
    `waited` is the seconds spent on Retry-After and back-off, `attempts` counts from 1.
    """

    method: str
    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    at: datetime
    attempts: int = 1
    milliseconds: int = 0
    waited: float = 0.0
    failure: str = ""
    failure_detail: str = ""

    @property
    def ok(self) -> bool:
        """A 2xx status."""
        return 200 <= self.status < 300

    @property
    def content_type(self) -> str:
        """Media type without parameters, lower case; '' when absent."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def request_id(self) -> str:
        """The service's id of this request (`request-id`, `SPRequestGuid`); '' when absent."""
        return self.headers.get("request-id") or self.headers.get("sprequestguid") or ""

    def json(self) -> Any:
        """The parsed body. UnreadableAnswer when it is not JSON (HTML, truncated, wrong encoding)."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as problem:
            raise UnreadableAnswer(
                "{url} answered {status} with something that is not JSON ({kind}, {size} bytes).",
                "Try again; if it stays, look for a proxy that rewrites answers.",
                url=self.url,
                status=self.status,
                kind=self.content_type or "no content type",
                size=len(self.body),
            ) from problem

    @property
    def error_code(self) -> str:
        """The raw code of a Graph or SharePoint error body; '' when there is none."""
        if self.ok or not self.body:
            return ""
        try:
            body = json.loads(self.body)
        except (ValueError, RecursionError):
            return ""
        if not isinstance(body, dict):
            return ""
        error = body.get("error") or body.get("odata.error")
        code = error.get("code") if isinstance(error, dict) else error
        return code if isinstance(code, str) else ""


@dataclass(frozen=True, slots=True)
class Token:
    """An access token for one resource. `permissions` are its scopes or roles, when it can be read at all.

    `tenant` is the id of the tenant that it lets into, '' when that cannot be read.
    """

    value: str
    app_only: bool
    permissions: tuple[str, ...] = ()
    signed_in_as: str = ""
    app_secret: bool = False  # claim appidacr 1: app-only by secret, which SharePoint refuses
    tenant: str = ""

    def __repr__(self) -> str:  # a token must never reach a log or a traceback
        return f"Token(app_only={self.app_only})"


class TokenProvider(Protocol):
    """Who gives tokens; `signin` implements it."""

    def token(self, resource: str, *, claims: str = "", renew: bool = False) -> Token:
        """A token for a resource such as `https://graph.microsoft.com`; NoToken when there is none."""
        ...
