"""`audit`: the truth about every person of a tenant, in one command that can be killed and goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import click

from troubleshooter.cli.audit_conclude import conclude
from troubleshooter.cli.audit_connect import Governed, TrafficLog, governed, stoppable, utc_now
from troubleshooter.cli.audit_output import refuse_foreign_files
from troubleshooter.cli.audit_plan import missing_permissions, plan_lines, tenant_size
from troubleshooter.cli.audit_store import Opened, open_audit
from troubleshooter.cli.console import console, printable
from troubleshooter.cli.exit_codes import ExitCode, gravest, of_state
from troubleshooter.cli.options import (
    brand_from,
    connection_from,
    connection_options,
    language_option,
    languages_from,
    rules_option,
    template_option,
)
from troubleshooter.cli.progress import Progress
from troubleshooter.cli.rulebook import rulebook_from
from troubleshooter.collect.audit import Audit
from troubleshooter.collect.audit_tools import Choices, Tools
from troubleshooter.collect.crowd import Depths
from troubleshooter.collect.estimate import worth_lists
from troubleshooter.collect.workers import DEFAULT_WORKERS, Workers
from troubleshooter.diagnose.needs import Needs
from troubleshooter.diagnose.rule import State
from troubleshooter.diagnose.rulebook import Rulebook
from troubleshooter.diagnose.tenant import totals
from troubleshooter.evidence.store import Store
from troubleshooter.evidence.store_file import was_interrupted
from troubleshooter.render.labels import marked as _
from troubleshooter.render.language import Language
from troubleshooter.transport.quota import DEFAULT_SHARE
from troubleshooter.transport.traffic import Stopped

DEFAULT_OUT = Path("photo-audit")
INCLUDE = ("guests", "rooms")


def _included(ctx: click.Context, param: click.Parameter, value: str) -> frozenset[str]:
    names = [name.strip().lower() for name in value.split(",") if name.strip()]
    for name in names:
        if name not in INCLUDE:
            raise click.BadParameter(f"{name!r} is none of {', '.join(INCLUDE)}", ctx, param)
    return frozenset(names)


@click.command("audit")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=DEFAULT_OUT,
    show_default=True,
    help="Folder of the audit. The same command with the same folder goes on where it was stopped.",
)
@click.option("--where", default="", metavar="FILTER", help="Some people only: a $filter of Microsoft Graph.")
@click.option("--sample", type=click.IntRange(1), default=None, help="So many people, drawn at random.")
@click.option(
    "--include",
    default="",
    metavar="guests,rooms",
    callback=_included,
    help="Also guests, or rooms and equipment, which are left out otherwise.",
)
@click.option(
    "--pictures",
    type=click.Choice(("all", "needed", "none")),
    default="needed",
    show_default=True,
    help="Whose pictures to download and compare. Without them nobody can be called fine.",
)
@click.option(
    "--profiles",
    type=click.Choice(("all", "needed")),
    default="needed",
    show_default=True,
    help="Read every SharePoint profile that could change a verdict, or a random sample where lists agree.",
)
@click.option(
    "--pages",
    type=click.Choice(("all", "needed", "none")),
    default="needed",
    show_default=True,
    help="Look at everybody's page, or at a random sample, and at all when the sample is not right.",
)
@click.option(
    "--share",
    type=click.FloatRange(0.05, 0.95),
    default=DEFAULT_SHARE,
    show_default=True,
    help="How much of the published request limits to use.",
)
@click.option(
    "--licences",
    type=click.IntRange(1),
    default=None,
    help="Size of the tenant, which sets its limits. Default: counted.",
)
@click.option(
    "--plan", "plan_only", is_flag=True, help="Say what would be asked and how long that takes, and stop."
)
@click.option("--xlsx", is_flag=True, help="Also write audit.xlsx.")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=DEFAULT_WORKERS,
    show_default=True,
    help="Requests in flight at once.",
)
@connection_options
@language_option(multiple=True)
@rules_option
@template_option
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(
    out: Path,
    where: str,
    sample: int | None,
    include: frozenset[str],
    pictures: Any,
    profiles: Any,
    pages: Any,
    share: float,
    licences: int | None,
    plan_only: bool,
    xlsx: bool,
    workers: int,
    lang: tuple[str, ...],
    rule_directories: tuple[Path, ...],
    template_directory: Path | None,
    as_json: bool,
    quiet: bool,
    **connection: Any,
) -> int:
    """Audit a whole tenant: how many people, which causes, what one change helps most.

    Asks in bulk, keeps to Microsoft's published limits, and goes on after Ctrl-C or a crash when the same
    command is given again. It never writes to the tenant.

    \b
    Example:
      photo-troubleshooter audit --tenant contoso.com --client-id GUID --certificate app.pem --out contoso
    """
    brand = brand_from(template_directory)
    speaks = languages_from(lang, brand)
    speak, codes = speaks[0], [one.code for one in speaks]
    refuse_foreign_files(out)
    rulebook = rulebook_from(rule_directories, speak)
    choices = Choices(
        where.strip(),
        sample or 0,
        guests="guests" in include,
        rooms="rooms" in include,
        depths=Depths(pictures, profiles, pages),
    )
    say = console(quiet=quiet or as_json, stderr=False)
    tenant = governed(connection_from(connection), share, licences or 0)
    with stoppable(tenant.stop):
        size = tenant_size(tenant, choices.where)
        everybody = tenant_size(tenant, "") if choices.where else size
        missing = missing_permissions(tenant, tenant.connected.sharepoint_host or "")
        for line in plan_lines(tenant, choices, size, share, missing, speak):
            say.print(line)
        if plan_only:
            return ExitCode.FINE
        opened = open_audit(out, choices.as_data(), tenant.tenant_id)
        with opened.store as store:
            if opened.resumed:
                say.print(_going_on(store, speak))
            begin(opened, tenant, size, in_bulk=worth_lists(choices, size, everybody))
            with told_how_to_go_on(tenant, out, speak):
                if store.finished_at is None:
                    gather(store, tenant, choices, rulebook, workers, speak, quiet, opened.resumed)
                with Progress(speak, quiet=quiet) as progress:
                    progress("writing", 0, 0)
                    files = conclude(
                        store, rulebook, out, codes, speak, earlier=opened.earlier, xlsx=xlsx, brand=brand
                    )
            if as_json:
                click.echo(files.summary.read_text(encoding="utf-8"))
            tell(store, files.page, speak, say)
            return outcome(store)


def outcome(store: Store) -> ExitCode:
    """The exit code of an audit: what the gravest of all people's verdicts says, accepted findings aside."""
    rows = store.query(
        "SELECT DISTINCT state FROM verdicts WHERE person_id NOT IN "
        "(SELECT person_id FROM accepted WHERE NOT expired)"
    )
    return gravest(of_state(State(state)) for (state,) in rows)


def begin(opened: Opened, tenant: Governed, size: int, *, in_bulk: bool = True) -> None:
    """Note that a run works on this audit."""
    store = opened.store
    with store.transaction():
        if opened.resumed:
            # What was decided by the size stays decided, however the directory grows in the meantime.
            in_bulk, size = store.get("in_bulk", True), store.get("tenant_size") or 0
            store.put("resumed_at", [*store.get("resumed_at", []), utc_now().isoformat()])
        store.put("tenant_size", size or None)
        store.put("licences_said", tenant.licences)
        store.put("in_bulk", in_bulk)


def gather(
    store: Store,
    tenant: Governed,
    choices: Choices,
    rulebook: Rulebook,
    workers: int,
    speak: Language,
    quiet: bool,
    resumed: bool,
) -> None:
    """Collect everything that is not there yet. Raises what `Audit.collect` raises, and Stopped."""
    connected = tenant.connected
    with Progress(speak, tenant.governor, quiet=quiet) as progress, Workers(workers) as pool:
        tools = Tools(
            graph=connected.graph,
            sharepoint=connected.sharepoint,
            cloud=connected.cloud,
            needs=Needs(rulebook),
            workers=pool,
            now=utc_now,
            batch_size=tenant.batch_size,
            sized=tenant.sized,
            traffic=TrafficLog(tenant.governor, store.get("traffic", {}), utc_now),
            report=progress,
            check=tenant.stop.check,
        )
        audit = Audit(store, tools, choices, connected.run, connected.sharepoint_host)
        if not resumed:
            audit.begin()
        audit.collect()


@contextmanager
def told_how_to_go_on(tenant: Governed, folder: Path, speak: Language) -> Iterator[None]:
    """Whoever stops the run learns that the same command goes on."""
    try:
        yield
    except (KeyboardInterrupt, Stopped):
        tenant.stop.set()
        stopped(folder, speak)
    except Exception as problem:
        # Ctrl-C in the middle of a query is no fault; whatever else fails then is one, and is shown.
        if not (tenant.stop.is_set and was_interrupted(problem)):
            raise
        stopped(folder, speak)


def stopped(folder: Path, speak: Language) -> NoReturn:
    """Say how to go on, and leave."""
    words = _("Stopped. Everything read so far is kept in {folder}; the same command goes on from here.")
    click.echo(printable(speak.text(words, folder=str(folder))), err=True)
    raise click.exceptions.Exit(ExitCode.FAILED) from None


def _going_on(store: Store, speak: Language) -> str:
    """That this is no new audit."""
    text = _("Going on with the audit begun {when}; {count} people are there already.")
    when = speak.when(datetime.fromisoformat(store.get("started_at")))
    return speak.text(text, when=when, count=speak.number(store.count()))


def tell(store: Store, page: Path, speak: Language, say: Any) -> None:
    """How many people are in which state, what it took, and where the page is."""
    by_state: dict[str, int] = {}
    for total in totals(store):
        by_state[total.state] = by_state.get(total.state, 0) + total.people
    for state in ("problem", "on_its_way", "fine", "undecided"):
        say.print(f"{speak.number(by_state.get(state, 0)):>12}  {speak.value(state)}")
    traffic = store.get("traffic", {})
    say.print(
        speak.text(
            "{requests} requests, {throttled} of {items} items refused.",
            requests=speak.number(traffic.get("requests", 0)),
            throttled=speak.number(traffic.get("throttled", 0)),
            items=speak.number(traffic.get("items", 0)),
        )
    )
    say.print(speak.text("Report: {path}", path=str(page)))
