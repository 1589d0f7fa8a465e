"""`demo`: the whole program on invented people, over the real path, in one command."""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from troubleshooter.cli.connect import connect
from troubleshooter.cli.console import console, preferred_language
from troubleshooter.cli.diagnose import DEFAULT_OUT
from troubleshooter.cli.exit_codes import ExitCode
from troubleshooter.cli.options import Connection, language_option
from troubleshooter.cli.output import private_directory, write_private
from troubleshooter.cli.people import write_files
from troubleshooter.cli.sandbox import load_sandbox
from troubleshooter.collect.people import collect_people
from troubleshooter.diagnose.result import Diagnosis
from troubleshooter.diagnose.rulebook import load_rules
from troubleshooter.diagnose.verdict import diagnose_one
from troubleshooter.errors import RunFailed, TroubleshooterError
from troubleshooter.render.html import IndexEntry, index_page
from troubleshooter.render.language import language, languages


class DemoFailed(RunFailed):
    """The demo's own check: somebody did not get the cause their situation was written for."""


@click.command("demo")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=DEFAULT_OUT,
    show_default=True,
    help="Folder for the reports.",
)
@click.option("--open/--no-open", "open_it", default=None, help="Open the overview in the browser.")
@language_option()
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(out: Path, open_it: bool | None, lang: str | None, quiet: bool) -> int:
    """Start the sandbox tenant on loopback, diagnose everyone in it, and write all reports.

    Everything is real except the people: TLS, sign-in with msal, Microsoft Graph and SharePoint wire formats.
    """
    first = lang or preferred_language()
    codes = (first, *(code for code in languages() if code != first))
    speak = language(first)
    private_directory(out)
    screen = console(quiet=quiet)
    entries: dict[str, list[IndexEntry]] = {code: [] for code in codes}
    wrong: list[str] = []
    count = 0
    for expected, diagnosis in _diagnoses():
        count += 1
        written = write_files(diagnosis, codes, out)
        for code in codes:
            entries[code].append(IndexEntry(diagnosis, written.pages[code].name))
        found = diagnosis.verdict.cause.id if diagnosis.verdict.cause else "-"
        name = diagnosis.evidence.person.user_principal_name or "-"
        if found != expected:
            wrong.append(f"{name}: {expected} / {found}")
        state = speak.value(diagnosis.verdict.state.value)
        screen.print(f"{name:<44.44} {state:<16} {found}")
    for code in codes:
        siblings = {other: f"index.{other}.html" for other in codes if other != code}
        write_private(
            out / f"index.{code}.html", index_page(entries[code], language(code), siblings=siblings)
        )
    index = out / f"index.{first}.html"
    if wrong:
        raise DemoFailed(
            "{count} people did not get the cause their situation was written for: {people}.",
            "Please report this, with the folder {folder}.",
            count=len(wrong),
            people="; ".join(wrong),
            folder=str(out),
        )
    screen.print(speak.text("{count} people diagnosed, each with the expected cause.", count=count))
    screen.print(speak.text("Overview: {path}", path=str(index)))
    if open_it if open_it is not None else sys.stdout.isatty() and not quiet:
        webbrowser.open(index.resolve().as_uri())
    return ExitCode.FINE


def _diagnoses() -> Iterator[tuple[str, Diagnosis]]:
    """Each scripted person of the sandbox with the expected cause, diagnosed over the real path."""
    sandbox_class, _ = load_sandbox()
    rulebook = load_rules()
    with sandbox_class() as sandbox:
        client = sandbox.tenant.clients[0]
        connected = connect(
            Connection(
                cloud=str(sandbox.cloud_file),
                tenant=sandbox.tenant.domain,
                client_id=client.id,
                auth="certificate",
                certificate=sandbox.certificate_file(client.id),
                sharepoint_host=None,
            )
        )
        groups: dict[tuple[tuple[str, object], ...], list[int]] = {}
        accounts = sandbox.tenant.accounts
        for position, account in enumerate(accounts):
            groups.setdefault(tuple(sorted(account.ticket.items())), []).append(position)
        for ticket, positions in groups.items():
            answers = collect_people(
                connected.graph,
                connected.sharepoint,
                connected.cloud,
                [accounts[position].upn for position in positions],
                ticket=dict(ticket),
                run=connected.run,
                now=lambda: datetime.now(UTC),
            )
            for position, collected in zip(positions, answers, strict=True):
                if isinstance(collected, TroubleshooterError):
                    raise collected
                yield accounts[position].situation, diagnose_one(collected, rulebook)
