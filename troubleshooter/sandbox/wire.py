"""One request and one reply, free of any web framework, so that batches can carry them too."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import unquote, unquote_plus

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True)
class Call:
    """A request. `path` and `query` stay percent-encoded as sent; header names are lower case."""

    method: str
    host: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    authority: str = ""
    scheme: str = "https"
    batched: bool = False

    @property
    def base(self) -> str:
        """Scheme and host for generated links: never a port, except on loopback the caller's own."""
        if self.host in LOOPBACK_NAMES:
            return f"{self.scheme}://{self.authority or self.host}"
        return f"https://{self.host}"

    def parameters(self) -> list[tuple[str, str]]:
        """Query parameters in order, decoded; a `+` is a blank, as services read it."""
        return [
            (unquote_plus(name), unquote_plus(value))
            for name, _, value in (part.partition("=") for part in self.query.split("&") if part)
        ]

    def parameter(self, name: str) -> str | None:
        """One query parameter, its name compared without case; None when absent."""
        wanted = name.lower()
        return next((value for key, value in self.parameters() if key.lower() == wanted), None)

    def form(self) -> dict[str, str]:
        """A form body, decoded."""
        pairs = (part.partition("=") for part in self.body.decode("utf-8", "replace").split("&") if part)
        return {unquote_plus(name): unquote_plus(value) for name, _, value in pairs}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; `headers` keeps the case it is sent with.

    `cut`: after the first `sent` bytes of the body the connection is reset, or goes silent.
    """

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: Literal["", "reset", "stall"] = ""
    sent: int = 0

    def with_headers(self, **headers: str) -> Reply:
        """The same answer with headers added; underscores in names become hyphens."""
        added = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **added})


def json_reply(status: int, value: Any, content_type: str = "application/json") -> Reply:
    """A JSON answer."""
    return Reply(status, json.dumps(value, ensure_ascii=False).encode(), {"Content-Type": content_type})


def text_reply(status: int, text: str, content_type: str = "text/plain; charset=utf-8") -> Reply:
    """A plain or HTML answer."""
    return Reply(status, text.encode(), {"Content-Type": content_type})


Handler = Callable[..., Reply]


@dataclass(frozen=True, slots=True)
class Route:
    """A path pattern, matched without case against the encoded path; groups are passed on decoded.

    `kind` is what such requests are counted as.
    """

    methods: frozenset[str]
    pattern: re.Pattern[str]
    handler: Handler
    kind: str


def route(methods: str, pattern: str, handler: Handler, kind: str) -> Route:
    """`methods` is a list such as `GET POST`; the pattern must match the whole path."""
    return Route(frozenset(methods.split()), re.compile(pattern, re.IGNORECASE), handler, kind)


def find_route(routes: Iterable[Route], method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The first route that fits, with its decoded groups; None when there is none."""
    for candidate in routes:
        match = candidate.pattern.fullmatch(path)
        if match and method in candidate.methods:
            groups = {name: unquote(value) for name, value in match.groupdict().items() if value is not None}
            return candidate, groups
    return None
