"""--verbose: what services answered in their own words, on standard error, secrets blacked out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import click

from troubleshooter.cli.console import printable
from troubleshooter.transport.answer import Answer
from troubleshooter.transport.blackout import black_out

_LONGEST = 2000


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
