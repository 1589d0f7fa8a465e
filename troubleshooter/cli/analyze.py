"""`analyze`: evidence collected elsewhere in, the same verdict out, without any network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from troubleshooter.cli.exchange import from_files, output_option
from troubleshooter.cli.exit_codes import ExitCode, gravest, of_state
from troubleshooter.cli.options import (
    brand_from,
    language_option,
    languages_from,
    pictures_option,
    rules_option,
    template_option,
)
from troubleshooter.cli.people import as_shown, print_json, show, write_files
from troubleshooter.cli.ticket import ticket_from, ticket_options
from troubleshooter.diagnose.rulebook import Rulebook
from troubleshooter.diagnose.verdict import diagnose_one
from troubleshooter.evidence.codec import read_file
from troubleshooter.evidence.record import Collected, with_values
from troubleshooter.render.brand import Brand
from troubleshooter.render.language import Language


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
@pictures_option
@template_option
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(files: tuple[Path, ...], **values: Any) -> int:
    """Give the verdict on evidence: JSON or JSON Lines, or a result object of `diagnose --json`.

    \b
    Example:
      photo-troubleshooter diagnose adele@contoso.com --json > adele.json
      photo-troubleshooter analyze adele.json --lang hr --out reports
    """
    from troubleshooter.cli.rulebook import rulebook_from

    brand = brand_from(values["template_directory"])
    speaks = languages_from(values["lang"], brand)
    ticket = ticket_from(values)
    rulebook = rulebook_from(values["rule_directories"], speaks[0])
    told = from_files(values["exchange_files"])

    def informed(one: Collected) -> Collected:
        return replace(one, evidence=told(with_values(one.evidence, ticket) if ticket else one.evidence))

    return gravest(_each(map(informed, read(files)), rulebook, speaks, brand, {**values, "files": files}))


def read(files: tuple[Path, ...]) -> Iterator[Collected]:
    """Everybody whose evidence is in these files. Raises EvidenceError, naming file and line."""
    for file in files:
        yield from map(Collected, read_file(file))


def _each(
    people: Iterator[Collected],
    rulebook: Rulebook,
    speaks: Sequence[Language],
    brand: Brand,
    values: dict[str, Any],
) -> Iterator[ExitCode]:
    speak, codes, out = speaks[0], [one.code for one in speaks], values["out"]
    for collected in people:
        diagnosis = diagnose_one(as_shown(collected, values["pictures"]), rulebook)
        written = None
        if out is not None:
            written = write_files(diagnosis, codes, out, brand=brand, sources=values["files"])
        if values["as_json"]:
            print_json(diagnosis, speak, single=False)
        else:
            show(diagnosis, speak, written, quiet=values["quiet"])
        yield of_state(diagnosis.verdict.state)
