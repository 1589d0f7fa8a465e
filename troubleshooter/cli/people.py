"""From diagnoses to files and to the terminal: what `diagnose`, `analyze` and `demo` have in common."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from troubleshooter.cli.console import console
from troubleshooter.cli.output import file_stem, private_directory, write_private
from troubleshooter.diagnose.result import Diagnosis
from troubleshooter.render.console import print_summary
from troubleshooter.render.html import person_page
from troubleshooter.render.json import result_dict
from troubleshooter.render.language import Language, language
from troubleshooter.render.letter import letter_html, letter_text, ticket_note
from troubleshooter.render.redaction import redaction_note


@dataclass(frozen=True, slots=True)
class Written:
    """Where one person's files are; `pages` by language code."""

    pages: dict[str, Path]
    letters: dict[str, Path]


def person_name(diagnosis: Diagnosis) -> str:
    """What a person is called in file names: the sign-in name, or the object id."""
    person = diagnosis.evidence.person
    return person.user_principal_name or person.id or "person"


def write_files(diagnosis: Diagnosis, codes: Sequence[str], directory: Path) -> Written:
    """Write report, letter (text and HTML) and ticket note in each language, and the result as JSON."""
    private_directory(directory)
    stem = file_stem(person_name(diagnosis))
    pages = {code: directory / f"{stem}.{code}.html" for code in codes}
    letters: dict[str, Path] = {}
    for code in codes:
        speak = language(code)
        siblings = {other: path.name for other, path in pages.items() if other != code}
        write_private(pages[code], person_page(diagnosis, speak, siblings=siblings))
        letters[code] = write_private(directory / f"{stem}.letter.{code}.txt", letter_text(diagnosis, speak))
        write_private(directory / f"{stem}.letter.{code}.html", letter_html(diagnosis, speak))
        write_private(directory / f"{stem}.ticket.{code}.txt", ticket_note(diagnosis, speak))
    result = json.dumps(result_dict(diagnosis, language(codes[0])), ensure_ascii=False, indent=2)
    write_private(directory / f"{stem}.json", result + "\n")
    return Written(pages, letters)


def print_json(diagnosis: Diagnosis, speak: Language, *, single: bool) -> None:
    """The result object on standard output: indented for one person, JSON Lines for several."""
    # ASCII escapes keep the output valid on consoles and in PowerShell redirections of any encoding.
    click.echo(json.dumps(result_dict(diagnosis, speak), ensure_ascii=True, indent=2 if single else None))


def show(diagnosis: Diagnosis, speak: Language, written: Written | None, *, quiet: bool) -> None:
    """The console summary, and where the files are."""
    if quiet:
        return
    out = console()
    print_summary(out, diagnosis, speak)
    if diagnosis.evidence.redaction is not None:
        out.print(redaction_note(diagnosis.evidence.redaction, speak))
    if written is not None:
        for path in written.pages.values():
            out.print(speak.text("Report: {path}", path=str(path)))
