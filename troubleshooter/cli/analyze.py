"""`analyze`: evidence collected elsewhere in, the same verdict out, without any network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from troubleshooter.cli.console import report_languages
from troubleshooter.cli.exchange import from_files, output_option
from troubleshooter.cli.exit_codes import ExitCode, gravest, of_state
from troubleshooter.cli.options import language_option, rules_option
from troubleshooter.cli.people import print_json, show, write_files
from troubleshooter.cli.ticket import ticket_from, ticket_options
from troubleshooter.diagnose.rulebook import Rulebook
from troubleshooter.diagnose.verdict import diagnose_one
from troubleshooter.evidence.codec import read_file
from troubleshooter.evidence.record import Collected, Evidence, with_values
from troubleshooter.render.language import language


@click.command("analyze")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@ticket_options
@output_option
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=None, help="Folder for the reports."
)
@click.option("--json", "as_json", is_flag=True, help="Print result objects, one per line.")
@language_option(multiple=True)
@rules_option
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(files: tuple[Path, ...], **values: Any) -> int:
    """Give the verdict on evidence: JSON or JSON Lines, or a result object of `diagnose --json`.

    \b
    Example:
      photo-troubleshooter diagnose adele@contoso.com --json > adele.json
      photo-troubleshooter analyze adele.json --lang hr --out reports
    """
    from troubleshooter.cli.rulebook import rulebook_from

    codes = report_languages(values["lang"])
    ticket = ticket_from(values)
    rulebook = rulebook_from(values["rule_directories"], language(codes[0]))
    told = from_files(values["exchange_files"])
    evidences = (told(with_values(one, ticket) if ticket else one) for one in _read(files))
    return gravest(_each(evidences, rulebook, codes, values))


def _read(files: tuple[Path, ...]) -> Iterator[Evidence]:
    for file in files:
        yield from read_file(file)


def _each(
    evidences: Iterator[Evidence], rulebook: Rulebook, codes: tuple[str, ...], values: dict[str, Any]
) -> Iterator[ExitCode]:
    speak = language(codes[0])
    for evidence in evidences:
        diagnosis = diagnose_one(Collected(evidence), rulebook)
        written = write_files(diagnosis, codes, values["out"]) if values["out"] is not None else None
        if values["as_json"]:
            print_json(diagnosis, speak, single=False)
        else:
            show(diagnosis, speak, written, quiet=values["quiet"])
        yield of_state(diagnosis.verdict.state)
