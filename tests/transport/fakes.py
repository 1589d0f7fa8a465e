"""Waiting that takes no time, and tokens that are written down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from troubleshooter.transport.answer import Token

START = datetime(2026, 11, 22, 10, 0, 0, tzinfo=UTC)


class Waits:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    def now(self) -> datetime:
        return START + timedelta(seconds=sum(self.slept))


class WrittenTokens:
    """Gives `token-1`, and a higher number whenever it is renewed."""

    def __init__(self) -> None:
        self.number = 1
        self.requests: list[tuple[str, str, bool]] = []

    def token(self, resource: str, *, claims: str = "", renew: bool = False) -> Token:
        self.requests.append((resource, claims, renew))
        if claims or renew:
            self.number += 1
        return Token(f"token-{self.number}", app_only=True)
