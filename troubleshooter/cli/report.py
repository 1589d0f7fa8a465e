"""`report`: pages written again from what is stored, by the rules of today, without asking anybody."""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from troubleshooter.cli.exit_codes import ExitCode, gravest, of_state
from troubleshooter.cli.options import (
    brand_from,
    language_option,
    languages_from,
    pictures_option,
    rules_option,
    template_option,
)
from troubleshooter.cli.rulebook import rulebook_from
from troubleshooter.errors import UsageError
from troubleshooter.evidence.store_file import FILE
from troubleshooter.render.labels import marked as _

if TYPE_CHECKING:
    from troubleshooter.diagnose.rulebook import Rulebook
    from troubleshooter.evidence.record import Collected
    from troubleshooter.render.brand import Brand
    from troubleshooter.render.language import Language


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for besides the source. `out` None: where these files are written otherwise."""

    rulebook: Rulebook
    speaks: Sequence[Language]
    brand: Brand
    out: Path | None
    pictures: str
    as_json: bool
    quiet: bool

    @property
    def codes(self) -> list[str]:
        """The languages by code."""
        return [speak.code for speak in self.speaks]


@click.command("report")
@click.argument("source", type=click.Path(path_type=Path, exists=True), metavar="EVIDENCE|AUDIT")
@click.option(
    "--person",
    "persons",
    multiple=True,
    metavar="NAME|ID",
    help="One person in full: object id, sign-in name or address. May be repeated.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Folder for the reports. Default: photo-reports; for an audit its own folder.",
)
@click.option("--xlsx", is_flag=True, help="Of an audit: also write audit.xlsx.")
@click.option("--open/--no-open", "open_it", default=None, help="Open the first page in the browser.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print results as JSON; people become files only with --out.",
)
@language_option(multiple=True)
@rules_option
@pictures_option
@template_option
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(
    source: Path,
    persons: tuple[str, ...],
    out: Path | None,
    xlsx: bool,
    open_it: bool | None,
    as_json: bool,
    lang: tuple[str, ...],
    rule_directories: tuple[Path, ...],
    pictures: str,
    template_directory: Path | None,
    quiet: bool,
) -> int:
    """Write reports again from stored data; nobody is asked again, and verdicts are given by today's rules.

    EVIDENCE is a file of `diagnose --json` or of evidence, AUDIT the folder of an audit.

    \b
    Example:
      photo-troubleshooter report adele.json --lang hr --template contoso
      photo-troubleshooter report photo-audit --person adele@contoso.com
      photo-troubleshooter report photo-audit --lang en --lang hr
    """
    brand = brand_from(template_directory)
    speaks = languages_from(lang, brand)
    wish = Wish(rulebook_from(rule_directories, speaks[0]), speaks, brand, out, pictures, as_json, quiet)
    if source.is_file() and source.name == FILE:
        source = source.parent
    pages: list[Path] = []
    if not source.is_dir():
        if xlsx:
            raise UsageError(_("--xlsx is for the report of an audit."), _("Leave it out."))
        code = gravest(_people(_evidence(source, persons, wish), wish, pages, (source,)))
    elif persons:
        if xlsx:
            raise UsageError(_("--xlsx is for the report of an audit."), _("Leave --person or --xlsx out."))
        code = gravest(_people(_of_audit(source, persons, wish), wish, pages, ()))
    else:
        code = _tenant(source, wish, pages, xlsx=xlsx)
    wanted = open_it if open_it is not None else sys.stdout.isatty() and not (quiet or as_json)
    if wanted and pages:
        webbrowser.open(pages[0].resolve().as_uri())
    return code


@dataclass(frozen=True, slots=True)
class _Stored:
    """One person's evidence, and sentences about where it comes from."""

    collected: Collected
    origin: Callable[[Language], Sequence[str]]


def _people(
    found: Iterator[_Stored], wish: Wish, pages: list[Path], sources: Sequence[Path]
) -> Iterator[ExitCode]:
    """Verdict and files of each person; the pages are added to `pages`."""
    from troubleshooter.cli.diagnose import DEFAULT_OUT
    from troubleshooter.cli.people import as_shown, print_json, show, write_files
    from troubleshooter.diagnose.verdict import diagnose_one

    out = wish.out or (None if wish.as_json else DEFAULT_OUT)
    for one in found:
        diagnosis = diagnose_one(as_shown(one.collected, wish.pictures), wish.rulebook)
        written = None
        if out is not None:
            written = write_files(
                diagnosis, wish.codes, out, brand=wish.brand, origin=one.origin, sources=sources
            )
            pages.append(written.page)
        if wish.as_json:
            print_json(diagnosis, wish.speaks[0], single=False)
        else:
            show(diagnosis, wish.speaks[0], written, quiet=wish.quiet)
        yield of_state(diagnosis.verdict.state)


def _evidence(source: Path, persons: Sequence[str], wish: Wish) -> Iterator[_Stored]:
    """Everybody of a file, or those that were named. Raises EvidenceError and NotInTheEvidence."""
    from troubleshooter.cli.analyze import read

    open_names = {name.strip().lower(): name for name in persons}
    wanted = set(open_names)

    def origin(speak: Language) -> list[str]:
        told = _("Written from stored evidence by the rules {rules}; nobody was asked again.")
        return [speak.text(told, rules=wish.rulebook.version)]

    for one in read((source,)):
        person = one.evidence.person
        names = {str(name).lower() for name in (person.id, person.user_principal_name, person.mail) if name}
        if not wanted or names & wanted:
            for name in names:
                open_names.pop(name, None)
            yield _Stored(one, origin)
    for name in open_names.values():
        raise UsageError(
            _("{person} is not in {file}."),
            _("Give the object id, sign-in name or address as the evidence has it, or leave --person out."),
            person=name,
            file=str(source),
        )


def _of_audit(folder: Path, persons: Sequence[str], wish: Wish) -> Iterator[_Stored]:
    """People of an audit, with what the audit said of them."""
    from troubleshooter.cli.audit_folder import demand_finished, people_named
    from troubleshooter.cli.report_origin import Origin
    from troubleshooter.evidence.record import Collected
    from troubleshooter.evidence.store import open_store

    with open_store(folder) as store:
        demand_finished(store)
        for evidence in people_named(store, persons):
            origin = Origin.of(store, evidence, wish.rulebook)
            yield _Stored(Collected(evidence), origin.lines)


def _tenant(folder: Path, wish: Wish, pages: list[Path], *, xlsx: bool) -> ExitCode:
    """The report of an audit and everything beside it."""
    from troubleshooter.cli.audit import outcome, tell
    from troubleshooter.cli.audit_conclude import conclude
    from troubleshooter.cli.audit_folder import copied, demand_finished, with_pages_there
    from troubleshooter.cli.audit_output import WORKBOOK
    from troubleshooter.cli.console import console
    from troubleshooter.diagnose.audit_result import audit_result
    from troubleshooter.diagnose.changes_stores import latest_earlier
    from troubleshooter.evidence.store import open_store
    from troubleshooter.render.tenant import again_words

    with open_store(folder) as store:  # opening it for writing would make one where there is none
        demand_finished(store)
    place = folder
    if wish.out is not None and wish.out.resolve() != folder.resolve():
        place = copied(folder, wish.out)
    speak = wish.speaks[0]
    with open_store(place, read_only=False) as store:
        files = conclude(
            store,
            wish.rulebook,
            place,
            with_pages_there(store, wish.codes),
            speak,
            earlier=latest_earlier(folder),
            xlsx=xlsx or (folder / WORKBOOK).exists(),
            brand=wish.brand,
            again=True,
        )
        pages.append(files.page)
        if wish.as_json:
            click.echo(files.summary.read_text(encoding="utf-8"))
        say = console(quiet=wish.quiet or wish.as_json)
        result = audit_result(store, wish.rulebook)
        if result.again:
            say.print(again_words(result.again, result.rules_version, speak))
        tell(store, files.page, speak, say)
        return outcome(store)
