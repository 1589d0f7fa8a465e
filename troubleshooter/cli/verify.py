"""`verify`: ask again about one person until the stores agree, or the time is over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import click

from troubleshooter.cli.console import preferred_language, printable
from troubleshooter.cli.durations import Span
from troubleshooter.cli.exchange import from_files, from_tenant, output_option, unsupported_option
from troubleshooter.cli.exit_codes import ExitCode, of_wait
from troubleshooter.cli.options import connection_from, connection_options, language_option, rules_option
from troubleshooter.cli.ticket import ticket_from, ticket_options
from troubleshooter.cli.verify_lines import ended, result_data, told_round
from troubleshooter.cli.verify_loop import Round, Waiting, asker, baseline, stopped_words
from troubleshooter.evidence.record import Evidence
from troubleshooter.render.language import language


@click.command("verify")
@click.argument("person", metavar="PERSON")
@click.option(
    "--wait",
    type=Span(timedelta(0), timedelta(days=30)),
    default="24h",
    show_default=True,
    metavar="SPAN",
    help="How long to go on asking at most, such as 90m, 24h or 3d; 0 asks once.",
)
@click.option(
    "--every",
    type=Span(timedelta(seconds=0.1), timedelta(days=1)),
    default=None,
    metavar="SPAN",
    help="Pause between two questions. Default: a minute at first, then longer, up to half an hour; up to an "
    "hour while waiting is normal.",
)
@click.option(
    "--since",
    type=click.Path(path_type=Path),
    default=None,
    metavar="FILE",
    help="An earlier result (diagnose --json or verify --json): says what changed since.",
)
@connection_options
@partial(ticket_options, without=("since",))
@output_option
@unsupported_option
@click.option(
    "--json", "as_json", is_flag=True, help="Print JSON at the end; what happens meanwhile on stderr."
)
@language_option()
@rules_option
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(person: str, **values: Any) -> int:
    """Ask again until a person's photo is right in every store, or the time is over.

    For after somebody acted. Each answer is a line, so it can be read in a pipe; Ctrl-C says how to go on.
    Exit code 0: the stores agree. 1: the time is over and there is still a problem. 3: the time is over and
    the photo is still on its way, or nothing could decide. 4: the last question got no answer.

    \b
    Example:
      photo-troubleshooter verify adele@contoso.com --tenant contoso.com --client-id GUID
      photo-troubleshooter verify adele@contoso.com --wait 3d --since adele.json --json > now.json
    """
    from troubleshooter.cli.connect import connect
    from troubleshooter.cli.rulebook import rulebook_from

    speak = language(values["lang"] or preferred_language())
    connection = connection_from(values)
    since = values.pop("since")  # a file here, no ticket fact
    before = baseline(since) if since else None
    rulebook = rulebook_from(values["rule_directories"], speak)
    from_files(values["exchange_files"])  # a wrong file stops before anybody is asked
    connected = connect(connection)

    def told(evidence: Evidence) -> Evidence:
        """What Exchange says now: what it said an hour ago may be what somebody has changed since."""
        return from_tenant(connected, values)(from_files(values["exchange_files"])(evidence))

    ask = asker(connected, person, ticket_from(values), before, rulebook, told)
    waiting = Waiting(ask, values["wait"], values["every"])

    def say(lines: Iterator[str]) -> None:
        for line in () if values["quiet"] else lines:
            click.echo(printable(line), err=values["as_json"])

    last: Round | None = None
    try:
        for last in waiting.rounds():
            say(told_round(last, before, waiting, speak))
    except KeyboardInterrupt:
        click.echo(printable(stopped_words(waiting, speak)), err=True)
        raise click.exceptions.Exit(ExitCode.FAILED) from None
    assert last is not None  # there is always a first question
    say(ended(last, waiting, speak))
    if values["as_json"]:
        click.echo(json.dumps(result_data(last, before, waiting, speak), ensure_ascii=True, indent=2))
    return of_wait(last.diagnosis.verdict.state if last.diagnosis else None)
