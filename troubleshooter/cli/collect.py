"""`collect`: what a diagnosis needs, in one file that a customer dares to send."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from troubleshooter.cli.audit import included
from troubleshooter.cli.bundle_write import Plan, Target, write_bundle
from troubleshooter.cli.console import console, preferred_language, printable
from troubleshooter.cli.exchange import from_files, output_option, unsupported_option
from troubleshooter.cli.exit_codes import ExitCode
from troubleshooter.cli.options import connection_from, connection_options, language_option
from troubleshooter.cli.ticket import ticket_from, ticket_options
from troubleshooter.errors import UsageError
from troubleshooter.evidence.record import Value
from troubleshooter.render.labels import marked as _
from troubleshooter.render.language import language
from troubleshooter.transport.traffic import Stopped

DEFAULT_OUT = Path("photo-bundle.zip")


@click.command("collect")
@click.argument("people", nargs=-1, metavar="[PERSON...]")
@click.option("--all", "everybody", is_flag=True, help="Everybody of the tenant instead of some people.")
@click.option("--where", default="", metavar="FILTER", help="With --all: a $filter of Microsoft Graph.")
@click.option(
    "--include",
    default="",
    metavar="guests,rooms",
    callback=included,
    help="With --all: also guests, or rooms and equipment, which are left out otherwise.",
)
@click.option(
    "--from",
    "files",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Ask no tenant: take a bundle, or evidence as `diagnose --json` writes it. May be repeated.",
)
@click.option(
    "-o",
    "--output",
    "out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=DEFAULT_OUT,
    show_default=True,
    help="The bundle to write. A file that is there already stays.",
)
@click.option("--redact", is_flag=True, help="Pseudonyms instead of names, fingerprints instead of pictures.")
@click.option(
    "--map",
    "map_file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    metavar="FILE",
    help="With --redact: where the private map goes that puts names back. Default: beside the bundle.",
)
@click.option("--no-pictures", is_flag=True, help="Leave the pictures out; names stay as they are.")
@connection_options
@ticket_options
@output_option
@unsupported_option
@language_option()
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(
    people: tuple[str, ...],
    everybody: bool,
    where: str,
    include: frozenset[str],
    files: tuple[Path, ...],
    out: Path,
    redact: bool,
    map_file: Path | None,
    no_pictures: bool,
    lang: str | None,
    quiet: bool,
    **values: Any,
) -> int:
    """Write what a diagnosis needs into a bundle; `analyze` gives the verdict elsewhere.

    With --redact names, addresses, ids, hosts and the tenant become pseudonyms. The private map that leads
    back is written beside the bundle: keep it, and never send it.

    \b
    Example:
      photo-troubleshooter collect adele@contoso.com --tenant contoso.com --client-id GUID -o adele.zip
      photo-troubleshooter collect --all --redact -o everybody.zip --tenant contoso.com --client-id GUID
      photo-troubleshooter bundle show everybody.zip
    """
    speak = language(lang or preferred_language())
    connection = connection_from(values)
    ticket = ticket_from(values)
    _check(people, everybody, files, ticket, where=where, include=include)
    target = Target(out, _map_for(out, map_file, redact=redact), pictures=not no_pictures)
    target.refuse_existing()
    target.refuse_named(people, connection.tenant)
    pasted = from_files(values["exchange_files"])
    # What asks a tenant is imported when one is asked.
    from troubleshooter.cli import collect_sources as sources

    try:
        if files:
            plan: Plan = sources.from_evidence(files, ticket, pasted)
        elif everybody:
            plan = sources.from_list(connection, where.strip(), include, pasted, speak, values, quiet=quiet)
        else:
            plan = sources.from_people(connection, people, ticket, pasted, values)
        written = write_bundle(plan, target)
    except (KeyboardInterrupt, Stopped):
        click.echo(printable(speak.text(_("Stopped. Nothing was written."))), err=True)
        return ExitCode.FAILED
    if not quiet:
        say = console()
        for line in written.lines(speak):
            say.print(line)
    return written.code


def _check(
    people: tuple[str, ...],
    everybody: bool,
    files: tuple[Path, ...],
    ticket: dict[str, Value],
    **only_for_all: Iterable[str],
) -> None:
    if sum(map(bool, (people, everybody, files))) != 1:
        raise UsageError(
            _("Say whom to collect: some people, or --all, or --from FILE."),
            _("Give one of the three, such as `photo-troubleshooter collect adele@contoso.com`."),
        )
    for option, value in only_for_all.items():
        if value and not everybody:
            raise UsageError(
                _("{option} is for --all only."), _("Leave it out, or add --all."), option=f"--{option}"
            )
    if everybody and ticket:
        raise UsageError(
            _("What one person told does not hold for everybody."),
            _("Leave out options such as --symptom; `analyze` takes them for one person."),
        )


def _map_for(out: Path, map_file: Path | None, *, redact: bool) -> Path | None:
    if redact:
        return map_file or out.with_name(f"{out.stem}.map.json")
    if map_file is not None:
        raise UsageError(
            _("--map is for --redact only."), _("Add --redact, or leave --map out: there is nothing to map.")
        )
    return None
