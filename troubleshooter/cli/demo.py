"""`demo`: the whole program on invented people, over the real path, in one command."""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from troubleshooter.cli.connect import connect
from troubleshooter.cli.console import console
from troubleshooter.cli.diagnose import DEFAULT_OUT, collect_all
from troubleshooter.cli.exit_codes import ExitCode
from troubleshooter.cli.options import (
    Connection,
    brand_from,
    language_option,
    languages_from,
    pictures_option,
    rules_option,
    template_option,
)
from troubleshooter.cli.output import private_directory, refuse_foreign, write_private
from troubleshooter.cli.people import as_shown, write_files
from troubleshooter.cli.sandbox import load_sandbox
from troubleshooter.diagnose.result import Diagnosis
from troubleshooter.diagnose.rulebook import Rulebook
from troubleshooter.diagnose.verdict import diagnose_one
from troubleshooter.errors import RunFailed, TroubleshooterError
from troubleshooter.evidence.record import Value
from troubleshooter.render.brand import Brand
from troubleshooter.render.html import IndexEntry, index_page
from troubleshooter.render.language import Language

if TYPE_CHECKING:
    from troubleshooter.sandbox.model import Account, TenantState
    from troubleshooter.sandbox.server import Sandbox


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
@language_option(multiple=True)
@rules_option
@pictures_option
@template_option
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(
    out: Path,
    open_it: bool | None,
    lang: tuple[str, ...],
    rule_directories: tuple[Path, ...],
    pictures: str,
    template_directory: Path | None,
    quiet: bool,
) -> int:
    """Start the sandbox tenant on loopback, diagnose everyone in it, and write all reports.

    Everything is real except the people: TLS, sign-in with msal, Microsoft Graph and SharePoint wire formats.
    With --rules your own rules are tried on them too, and whoever gets another cause than written is listed.
    """
    from troubleshooter.cli.rulebook import rulebook_from

    brand = brand_from(template_directory)
    speaks = languages_from(lang, brand)
    speak, codes = speaks[0], [one.code for one in speaks]
    private_directory(out)
    refuse_foreign(out / "index.html")
    screen = console(quiet=quiet)
    entries: list[IndexEntry] = []
    wrong: list[str] = []
    count = 0
    rulebook = rulebook_from(rule_directories, speak)
    for case in _cases(rulebook, pictures):
        count += 1
        diagnosis, expected = case.diagnosis, case.expected
        written = write_files(diagnosis, codes, out / case.folder, brand=brand)
        entries.append(IndexEntry(diagnosis, written.page.relative_to(out).as_posix()))
        found = diagnosis.verdict.cause.id if diagnosis.verdict.cause else "-"
        name = diagnosis.evidence.person.user_principal_name or "-"
        if found != expected:
            wrong.append(f"{name}: {expected} / {found}")
        state = speak.value(diagnosis.verdict.state.value)
        screen.print(f"{name:<44.44} {state:<16} {found}")
    index = write_private(out / "index.html", index_page(entries, *speaks, brand=brand))
    if wrong and rule_directories:
        people = "; ".join(wrong)
        screen.print(speak.text("With your rules other causes were found: {people}", people=people))
    elif wrong:
        raise DemoFailed(
            "{count} people did not get the cause their situation was written for: {people}.",
            "Please report this, with the folder {folder}.",
            count=len(wrong),
            people="; ".join(wrong),
            folder=str(out),
        )
    else:
        screen.print(speak.text("{count} people diagnosed, each with the expected cause.", count=count))
    page = _audit(out / "audit", rulebook, codes, speak, brand)
    screen.print(speak.text("Audit of the same tenant: {path}", path=str(page)))
    screen.print(speak.text("Overview: {path}", path=str(index)))
    if open_it if open_it is not None else sys.stdout.isatty() and not quiet:
        webbrowser.open(index.resolve().as_uri())
    return ExitCode.FINE


@dataclass(frozen=True, slots=True)
class _Case:
    """One scripted person: the cause their situation was written for, and what was found."""

    folder: str
    expected: str
    diagnosis: Diagnosis


def _cases(rulebook: Rulebook, pictures: str) -> Iterator[_Case]:
    """Everyone of the sandbox tenant, and of the small tenants whose photo policy is the cause."""
    from troubleshooter.sandbox.people import policy_tenants, scripted_tenant

    now = datetime.now(UTC)
    yield from _tenant_cases("", scripted_tenant(now), rulebook, pictures)
    for number, tenant in enumerate(policy_tenants(now), start=2):
        yield from _tenant_cases(f"tenant-{number}", tenant, rulebook, pictures)


def _tenant_cases(folder: str, tenant: TenantState, rulebook: Rulebook, pictures: str) -> Iterator[_Case]:
    """Diagnose a whole tenant over TLS; people with the same ticket are asked about together."""
    sandbox_class, _ = load_sandbox()
    by_ticket: dict[tuple[tuple[str, Value], ...], list[Account]] = {}
    for account in tenant.accounts:
        facts = tuple((f"ticket.{name}", cast(Value, value)) for name, value in account.ticket.items())
        by_ticket.setdefault(facts, []).append(account)
    with sandbox_class(tenant) as sandbox:
        connected = connect(_demo_connection(sandbox))
        for ticket, accounts in by_ticket.items():
            people = tuple(account.upn for account in accounts)
            answers = collect_all(connected, people, dict(ticket))
            for account, collected in zip(accounts, answers, strict=True):
                if isinstance(collected, TroubleshooterError):
                    raise collected
                diagnosis = diagnose_one(as_shown(collected, pictures), rulebook)
                yield _Case(folder, account.situation, diagnosis)


def _audit(folder: Path, rulebook: Rulebook, codes: Sequence[str], speak: Language, brand: Brand) -> Path:
    """Audit the whole tenant as `audit` does; returns its page."""
    from troubleshooter.cli.audit import begin, gather
    from troubleshooter.cli.audit_conclude import conclude
    from troubleshooter.cli.audit_connect import governed
    from troubleshooter.cli.audit_store import open_audit
    from troubleshooter.collect.audit_tools import Choices
    from troubleshooter.collect.workers import DEFAULT_WORKERS
    from troubleshooter.sandbox.people import scripted_tenant

    sandbox_class, _ = load_sandbox()
    with sandbox_class(scripted_tenant(datetime.now(UTC))) as sandbox:
        tenant = governed(_demo_connection(sandbox), 0.9, 0)
        choices = Choices(guests=True, rooms=True)
        opened = open_audit(folder, choices.as_data())
        with opened.store as store:
            begin(opened, tenant, 0)
            resumed = opened.resumed
            gather(store, tenant, choices, rulebook, DEFAULT_WORKERS, speak, quiet=True, resumed=resumed)
            files = conclude(
                store, rulebook, folder, codes, speak, earlier=opened.earlier, xlsx=False, brand=brand
            )
    return files.page


def _demo_connection(sandbox: Sandbox) -> Connection:
    client = sandbox.tenant.clients[0]
    return Connection(
        cloud=str(sandbox.cloud_file),
        tenant=sandbox.tenant.domain,
        client_id=client.id,
        auth="certificate",
        certificate=sandbox.certificate_file(client.id),
        sharepoint_host=None,
    )
