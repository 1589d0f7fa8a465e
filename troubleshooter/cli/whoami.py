"""`whoami`: who is signed in, with which rights, and where that is kept. No secret is printed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from troubleshooter.cli.asking import sign_in_folder
from troubleshooter.cli.connect import signer
from troubleshooter.cli.console import error_lines, preferred_language, printable
from troubleshooter.cli.exit_codes import ExitCode
from troubleshooter.cli.options import Connection, connection_from, connection_options, language_option
from troubleshooter.errors import TroubleshooterError
from troubleshooter.render.language import Language, language
from troubleshooter.render.signins import LABELS, field, place_line, rights
from troubleshooter.signin.credentials import PERSONAL
from troubleshooter.signin.errors import NobodySignedIn
from troubleshooter.signin.kept import Kept, KeptSignIns
from troubleshooter.signin.vault import place_of


@click.command("whoami")
@connection_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@language_option()
def command(as_json: bool, lang: str | None, **values: Any) -> int:
    """Say who is signed in: account, tenant, cloud, application, rights, and where that is kept.

    With --client-id it asks for a token as the other commands would, but asks no person, and shows what the
    token allows now. Without, it lists the sign-ins kept on this machine, and asks no network.

    \b
    Example:
      photo-troubleshooter whoami
      photo-troubleshooter whoami --tenant contoso.com --client-id GUID --certificate app.pem
    """
    speak = language(lang or preferred_language())
    connection = connection_from(values)
    keeper = KeptSignIns(sign_in_folder())
    if connection.client_id or connection.auth == "managed-identity":
        people = [_now(connection, keeper)]
    else:
        wanted = connection.account
        people = [_told(one, keeper, speak) for one in keeper.all() if not wanted or one.named(wanted)]
    if not people:
        raise NobodySignedIn(
            "Nobody's sign-in is kept on this machine.",
            "Sign in with `photo-troubleshooter login`, or name an application to ask as: --tenant, "
            "--client-id and --certificate.",
        )
    if as_json:
        click.echo(json.dumps(people, indent=2))
    else:
        for line in (line for one in people for line in _lines(one, speak)):
            click.echo(printable(line))
    return ExitCode.FINE


def _now(connection: Connection, keeper: KeptSignIns) -> dict[str, Any]:
    """As the other commands would sign in, now; a person who is not signed in is not asked."""
    tokens = signer(connection, silent=True)
    cloud = tokens.cloud
    resources = [cloud.graph_resource]
    if connection.sharepoint_host and connection.auth != "secret":
        resources.append(f"https://{connection.sharepoint_host}")
    found = {resource: tokens.token(resource) for resource in resources}
    first = found[cloud.graph_resource]
    kept = tokens.kept
    return {
        "account": first.signed_in_as,
        "tenant": first.tenant or connection.tenant,
        "cloud": cloud.name,
        "client_id": connection.client_id or None,
        "auth": kept.auth if kept else connection.auth,
        "person": connection.auth in PERSONAL,
        "signed_in_at": kept.signed_in_at if kept else None,
        "rights": {resource: list(token.permissions) for resource, token in found.items()},
        **_place(kept, keeper.folder),
    }


def _told(kept: Kept, keeper: KeptSignIns, speak: Language) -> dict[str, Any]:
    """What is known of a kept sign-in without asking anybody."""
    try:
        scopes: Mapping[str, tuple[str, ...]] = keeper.scopes(kept)
        problem = None
    except TroubleshooterError as unreadable:
        told = error_lines(unreadable, ("--lang", speak.code))[0]
        scopes, problem = {}, told.partition(": ")[2]
    return {
        "account": kept.username,
        "tenant": kept.tenants[0] if kept.tenants else kept.tenant_id,
        "cloud": kept.cloud,
        "client_id": kept.client_id,
        "auth": kept.auth,
        "person": True,
        "signed_in_at": kept.signed_in_at,
        "rights": {resource: list(names) for resource, names in scopes.items()},
        **({"problem": problem} if problem else {}),
        **_place(kept, keeper.folder),
    }


def _place(kept: Kept | None, folder: Path) -> dict[str, Any]:
    if kept is None:
        return {"protection": "memory", "place": None}
    return {"protection": kept.protection, "place": str(place_of(folder, kept.protection))}


def _lines(person: Mapping[str, Any], speak: Language) -> Iterator[str]:
    yield person["account"] or "-"
    for name, label in LABELS.items():
        if person[name]:
            yield field(label, str(person[name]), speak)
    for line in rights(person["rights"], speak):
        yield f"  {line}"
    if "problem" in person:
        yield f"  {person['problem']}"
    yield f"  {place_line(person['protection'], person['place'] or '', speak)}"
