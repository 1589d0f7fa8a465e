"""`diagnose`: people's addresses in, causes and reports out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from troubleshooter.cli.connect import Connected, connect
from troubleshooter.cli.console import error_lines
from troubleshooter.cli.exchange import from_files, from_tenant, output_option, unsupported_option
from troubleshooter.cli.exit_codes import ExitCode, gravest, of_state
from troubleshooter.cli.options import (
    brand_from,
    connection_from,
    connection_options,
    language_option,
    languages_from,
    pictures_option,
    rules_option,
    template_option,
)
from troubleshooter.cli.people import as_shown, print_json, show, write_files
from troubleshooter.cli.ticket import interview, ticket_from, ticket_options
from troubleshooter.collect.people import collect_people
from troubleshooter.diagnose.rulebook import Rulebook
from troubleshooter.diagnose.verdict import diagnose_one
from troubleshooter.errors import TroubleshooterError, UsageError
from troubleshooter.evidence.record import Collected, Evidence, Value
from troubleshooter.render.brand import Brand
from troubleshooter.render.language import Language

DEFAULT_OUT = Path("photo-reports")


@click.command("diagnose")
@click.argument("people", nargs=-1, required=True, metavar="PERSON...")
@connection_options
@ticket_options
@output_option
@unsupported_option
@click.option("--interview", "ask", is_flag=True, help="Ask for what only people know (on a terminal).")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=None, help="Folder for the reports."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result object; write files only with --out.")
@language_option(multiple=True)
@rules_option
@pictures_option
@template_option
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(people: tuple[str, ...], **values: Any) -> int:
    """Say why a photo does not show, for one person or several.

    PERSON is a sign-in name, a mail address or an object id.

    \b
    Example:
      photo-troubleshooter diagnose adele@contoso.com --tenant contoso.com --client-id GUID
      photo-troubleshooter diagnose adele@contoso.com --symptom old --app teams --json
    """
    from troubleshooter.cli.rulebook import rulebook_from

    brand = brand_from(values["template_directory"])
    speaks = languages_from(values["lang"], brand)
    speak = speaks[0]
    connection = connection_from(values)
    ticket = ticket_from(values)
    if values["ask"]:
        if not sys.stdin.isatty():
            raise UsageError(
                "--interview needs a terminal.", "Give the answers as options instead, such as --symptom old."
            )
        ticket = interview(speak, ticket)
    rulebook = rulebook_from(values["rule_directories"], speak)
    pasted = from_files(values["exchange_files"])
    connected = connect(connection)
    out = values["out"] or (None if values["as_json"] else DEFAULT_OUT)
    asked = from_tenant(connected, values)
    answers = collect_all(connected, people, ticket)
    answers = _with_exchange(answers, lambda one: asked(pasted(one)))
    outcomes = _each(answers, rulebook, speaks, brand, out, values, single=len(people) == 1)
    return gravest(outcomes)


def _with_exchange(
    answers: Iterable[Collected | TroubleshooterError], told: Callable[[Evidence], Evidence]
) -> Iterator[Collected | TroubleshooterError]:
    for one in answers:
        yield replace(one, evidence=told(one.evidence)) if isinstance(one, Collected) else one


def _each(
    answers: Iterable[Collected | TroubleshooterError],
    rulebook: Rulebook,
    speaks: Sequence[Language],
    brand: Brand,
    out: Path | None,
    values: Mapping[str, Any],
    *,
    single: bool,
) -> Iterable[ExitCode]:
    speak, codes = speaks[0], [one.code for one in speaks]
    for collected in answers:
        if isinstance(collected, TroubleshooterError):
            for line in error_lines(collected, ("--lang", codes[0])):
                click.echo(line, err=True)
            yield ExitCode.USAGE if isinstance(collected, UsageError) else ExitCode.FAILED
            continue
        diagnosis = diagnose_one(as_shown(collected, values["pictures"]), rulebook)
        written = write_files(diagnosis, codes, out, brand=brand) if out is not None else None
        if values["as_json"]:
            print_json(diagnosis, speak, single=single)
        else:
            show(diagnosis, speak, written, quiet=values["quiet"])
        yield of_state(diagnosis.verdict.state)


def collect_all(
    connected: Connected, people: tuple[str, ...], ticket: Mapping[str, Value]
) -> Iterable[Collected | TroubleshooterError]:
    """Ask the tenant about these people; each is evidence, or the reason why there is none."""
    return collect_people(
        connected.graph,
        connected.sharepoint,
        connected.cloud,
        people,
        ticket=ticket,
        run=connected.run,
        now=lambda: datetime.now(UTC),
        sharepoint_host=connected.sharepoint_host,
    )
