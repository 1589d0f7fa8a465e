"""What goes wrong while a run goes on: refused sign-ins are told, and with --verbose every bad answer."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import click

from troubleshooter.cli.console import error_lines, printable
from troubleshooter.errors import TroubleshooterError
from troubleshooter.signin.errors import SharePointSecretRefused
from troubleshooter.transport.answer import Answer, NoToken, Token, TokenProvider
from troubleshooter.transport.blackout import black_out

_LONGEST = 2000


class TellingTokens:
    """Tokens of another provider; a refusal is told once, with what support asks for, and the run goes on.

    The facts that cost are gaps in the evidence, where there is no room for ids.
    """

    def __init__(self, tokens: TokenProvider) -> None:
        self._tokens = tokens
        self._told: set[str] = set()

    def token(self, resource: str, *, claims: str = "", renew: bool = False) -> Token:
        """What the other provider gives. Raises what it raises."""
        try:
            return self._tokens.token(resource, claims=claims, renew=renew)
        except NoToken as problem:
            self._tell(problem)
            raise

    def _tell(self, problem: TroubleshooterError) -> None:
        kind = f"{type(problem).__name__} {problem.trail.get('code', '')}"
        # That one is told before anything is asked, by `connect`.
        if kind in self._told or isinstance(problem, SharePointSecretRefused):
            return
        self._told.add(kind)
        for line in error_lines(problem, sys.argv[1:], warning=True):
            click.echo(line, err=True)


def watcher(secrets: Sequence[str]) -> Callable[[Answer], None]:
    """Prints every answer that is not a good one: request, time, ids, body."""

    def watch(answer: Answer) -> None:
        for line in _lines(answer):
            click.echo(printable(black_out(line, *secrets)), err=True)

    return watch


def _lines(answer: Answer) -> list[str]:
    came = str(answer.status) if answer.status else answer.failure
    ids = " ".join(part for part in (answer.error_code, answer.request_id) if part)
    head = f"{answer.at.isoformat(timespec='seconds')} {answer.method} {answer.url}: {came} {ids}".rstrip()
    said = [answer.failure_detail] if answer.failure_detail else []
    if challenge := answer.headers.get("www-authenticate"):
        said.append(f"WWW-Authenticate: {challenge}")
    if any(kind in answer.content_type for kind in ("text/", "json", "xml")):
        said.append(" ".join(answer.body[: 4 * _LONGEST].decode("utf-8", "replace").split()))
    elif answer.body:
        said.append(f"{len(answer.body)} bytes of {answer.content_type or 'no content type'}")
    return [head, *(f"  {text[:_LONGEST]}" for text in said if text)]
