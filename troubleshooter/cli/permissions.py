"""`permissions`: what is needed, what is there, what each unlocks, and how an administrator grants it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from troubleshooter.cli.connect import Connected, connect
from troubleshooter.cli.console import error_lines, preferred_language, printable
from troubleshooter.cli.exit_codes import ExitCode
from troubleshooter.cli.options import (
    Connection,
    connection_from,
    connection_options,
    language_option,
    rules_option,
)
from troubleshooter.cli.rulebook import rulebook_from
from troubleshooter.diagnose.permissions import Mode, needs_of
from troubleshooter.diagnose.tenant_rules import load_tenant_rules
from troubleshooter.evidence.permissions import ALL
from troubleshooter.render.language import language
from troubleshooter.signin.clouds import load_cloud
from troubleshooter.transport.answer import NoToken

if TYPE_CHECKING:
    from troubleshooter.render.permissions import Report


@click.command("permissions")
@connection_options
@click.option(
    "--mode",
    type=click.Choice([mode.value for mode in Mode]),
    default=Mode.DIAGNOSE.value,
    show_default=True,
    help="What for: single people, a whole tenant, or who may change photos.",
)
@click.option("--person", default="", metavar="NAME", help="Whom to try with; anybody will do.")
@click.option("--offline", is_flag=True, help="Ask nobody: print what is needed, and the commands.")
@click.option("--conclusions", is_flag=True, help="Name every conclusion under its permissions.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@language_option()
@rules_option
def command(**values: Any) -> int:
    """Say which permissions are needed, which are there, what each unlocks, and how to grant the rest.

    With a tenant and an app it signs in and tries each permission with one harmless read. Without them it
    prints what is needed. It never asks for a permission that can change anything, and changes nothing
    itself. Exit code 0 when everything is there, 3 when something is missing or could not be tried, 4 when
    the sign-in failed.

    \b
    Example:
      photo-troubleshooter permissions --offline --tenant contoso.com
      photo-troubleshooter permissions --mode audit --tenant contoso.com --client-id GUID
    """
    from troubleshooter.render.permissions import Report, as_data, lines
    from troubleshooter.render.registration import Place

    speak = language(values["lang"] or preferred_language())
    connection = connection_from(values)
    cloud = load_cloud(connection.cloud)
    needs = needs_of(
        Mode(values["mode"]),
        rulebook_from(values["rule_directories"], speak).rules,
        load_tenant_rules().rules,
        host_given=bool(connection.sharepoint_host),
    )
    place = Place(connection.cloud, cloud.name, cloud.login, connection.tenant, connection.client_id)
    report, code = Report(needs, place, every_conclusion=values["conclusions"]), ExitCode.FINE
    alone = connection.auth == "managed-identity"  # a machine needs neither tenant nor client id
    if not values["offline"] and (alone or (connection.tenant and connection.client_id)):
        report, code = _asked(report, connection, values["person"], speak.code)
    if values["as_json"]:
        click.echo(json.dumps(as_data(report, speak), indent=2))
        return code
    for line in lines(report, speak):
        click.echo(printable(line))
    return code


def _asked(report: Report, connection: Connection, person: str, lang: str) -> tuple[Report, ExitCode]:
    """The report with what was found. What is needed is told even when the sign-in fails."""
    from troubleshooter.collect.permissions import take_inventory

    try:
        connected = connect(connection)
    except NoToken as problem:
        for line in error_lines(problem, ("--lang", lang)):
            click.echo(line, err=True)
        return report, ExitCode.FAILED
    app_only = connected.run.get("run.app_only") is True
    found = take_inventory(
        connected.graph,
        connected.sharepoint,
        connected.service.tokens,
        connected.cloud.graph_resource,
        connected.cloud.sharepoint_suffix,
        tuple(ALL),
        app_only=app_only,
        by_secret=connected.run.get("run.sharepoint_app_only_secret") is True,
        person=person,
        sharepoint_host=connection.sharepoint_host,
    )
    report = replace(report, inventory=found, app_only=app_only, signed_in_as=_name(connected))
    return report, ExitCode.FINE if report.complete else ExitCode.UNDECIDED


def _name(connected: Connected) -> str:
    return str(connected.run.get("run.signed_in_as") or "")
