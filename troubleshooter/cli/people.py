"""From diagnoses to files and to the terminal: what `diagnose`, `analyze` and `demo` have in common."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from troubleshooter.cli.console import console
from troubleshooter.cli.output import file_stem, private_directory, refuse_foreign, write_private
from troubleshooter.diagnose.result import Diagnosis
from troubleshooter.diagnose.rule import Actor
from troubleshooter.errors import UsageError
from troubleshooter.evidence.record import Collected
from troubleshooter.render.brand import NO_BRAND, Brand
from troubleshooter.render.console import print_summary
from troubleshooter.render.html import person_page
from troubleshooter.render.json import result_dict
from troubleshooter.render.language import Language
from troubleshooter.render.letter import letter_html, letter_text, ticket_note
from troubleshooter.render.support_case import support_case


@dataclass(frozen=True, slots=True)
class Written:
    """Where one person's files are; `letters` by language code."""

    page: Path
    letters: dict[str, Path]


def as_shown(collected: Collected, shown: str) -> Collected:
    """The evidence with its pictures, or without their bytes when `shown` is `none` (option --pictures)."""
    if shown != "none":
        return collected
    from troubleshooter.render.pictures import left_out

    return left_out(collected)


def person_name(diagnosis: Diagnosis) -> str:
    """What a person is called in file names: the sign-in name, or the object id."""
    person = diagnosis.evidence.person
    return person.user_principal_name or person.id or "person"


class OverItsSource(UsageError):
    """The result would take the place of the file that it is made from."""


def write_files(
    diagnosis: Diagnosis,
    codes: Sequence[str],
    directory: Path,
    *,
    brand: Brand = NO_BRAND,
    origin: Callable[[Language], Sequence[str]] = lambda speak: (),
    sources: Iterable[Path] = (),
) -> Written:
    """Write one report in these languages, a letter and a ticket note in each, and the result as JSON.

    When Microsoft must act, the text for a case with its support is written, too. `origin` are sentences
    about evidence that was not read for this report; `sources` are files that must not be written over.
    Raises WriteFailed and OverItsSource.
    """
    private_directory(directory)
    stem = file_stem(person_name(diagnosis))
    report, result = directory / f"{stem}.html", directory / f"{stem}.json"
    _spare(result, sources)
    for path in (report, result):
        refuse_foreign(path)
    speaks = [brand.language(code) for code in codes]
    write_private(report, person_page(diagnosis, *speaks, brand=brand, origin=origin))
    letters: dict[str, Path] = {}
    for speak in speaks:
        letter = directory / f"{stem}.letter.{speak.code}"
        letters[speak.code] = write_private(Path(f"{letter}.txt"), letter_text(diagnosis, speak, brand=brand))
        write_private(Path(f"{letter}.html"), letter_html(diagnosis, speak, brand=brand))
        write_private(
            directory / f"{stem}.ticket.{speak.code}.txt",
            ticket_note(diagnosis, speak, brand=brand, origin=origin(speak)),
        )
    if diagnosis.verdict.actor is Actor.MICROSOFT:
        write_private(directory / f"{stem}.case.txt", support_case(diagnosis))
    text = json.dumps(result_dict(diagnosis, speaks[0]), ensure_ascii=False, indent=2)
    write_private(result, text + "\n")
    return Written(report, letters)


def _spare(path: Path, sources: Iterable[Path]) -> None:
    for source in sources:
        if path.exists() and source.exists() and path.samefile(source):
            raise OverItsSource(
                "{path} is the evidence itself, and the new result would take its place.",
                "Give another folder with --out.",
                path=str(path),
            )


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
    if written is not None:
        out.print(speak.text("Report: {path}", path=str(written.page)))
