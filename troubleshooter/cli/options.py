"""Options that several commands share: which cloud, which tenant, as whom, in which language.

Every option can also be given by an environment variable; secrets only that way or by prompt.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, get_args

import click

from troubleshooter.signin.credentials import AuthKind

Command = TypeVar("Command", bound=Callable[..., Any])

PREFIX = "PHOTO_TROUBLESHOOTER_"
SECRET_VARIABLE = PREFIX + "CLIENT_SECRET"
PASSPHRASE_VARIABLE = PREFIX + "CERTIFICATE_PASSWORD"
ASSERTION_VARIABLE = PREFIX + "FEDERATED_TOKEN"
# Set by the Azure workload identity webhook of a cluster, and read by Microsoft's own libraries.
AZURE_ASSERTION_FILE = "AZURE_FEDERATED_TOKEN_FILE"


def environment(name: str) -> str:
    """The environment variable of an option: `--client-id` is PHOTO_TROUBLESHOOTER_CLIENT_ID."""
    return PREFIX + name.upper().replace("-", "_")


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach a tenant, as the command line gave it."""

    cloud: str
    tenant: str
    client_id: str
    auth: AuthKind
    certificate: Path | None
    sharepoint_host: str | None
    federated_token_file: Path | None = None
    account: str = ""
    verbose: bool = False


def connection_options(command: Command) -> Command:
    """Add --cloud, --tenant, --client-id, --auth and what each way to sign in needs, --sharepoint-host."""
    for option in reversed(
        (
            click.option(
                "--cloud",
                default="global",
                show_default=True,
                metavar="NAME|FILE",
                envvar=environment("cloud"),
                help="global, gcc-high, dod, china, or a TOML file that describes a cloud.",
            ),
            click.option(
                "--tenant",
                default="",
                metavar="ID|DOMAIN",
                envvar=environment("tenant"),
                help="Whose tenant.",
            ),
            click.option(
                "--client-id",
                default="",
                metavar="GUID",
                envvar=environment("client-id"),
                help="The app registration to sign in with; for managed-identity a user-assigned identity.",
            ),
            click.option(
                "--auth",
                type=click.Choice(get_args(AuthKind)),
                default=None,
                envvar=environment("auth"),
                help="How to sign in. Default: certificate when one is given, secret when "
                f"{SECRET_VARIABLE} is set, otherwise whoever signed in with `login`, or a device code.",
            ),
            click.option(
                "--certificate",
                type=click.Path(path_type=Path, dir_okay=False),
                default=None,
                envvar=environment("certificate"),
                help=f"PEM with key and certificate, or PFX (passphrase in {PASSPHRASE_VARIABLE}).",
            ),
            click.option(
                "--federated-token-file",
                type=click.Path(path_type=Path, dir_okay=False),
                default=None,
                envvar=[environment("federated-token-file"), AZURE_ASSERTION_FILE],
                help=f"A workload's token for --auth federated (or the token in {ASSERTION_VARIABLE}).",
            ),
            click.option(
                "--account",
                default="",
                metavar="NAME",
                envvar=environment("account"),
                help="Which of several people that signed in, by sign-in name.",
            ),
            click.option(
                "--verbose",
                is_flag=True,
                envvar=environment("verbose"),
                help="Also print what services answer in their own words, secrets blacked out.",
            ),
            click.option(
                "--sharepoint-host",
                default=None,
                metavar="HOST",
                envvar=environment("sharepoint-host"),
                help="Such as contoso.sharepoint.com, when Graph may not tell it.",
            ),
        )
    ):
        command = option(command)
    return command


def connection_from(values: dict[str, Any]) -> Connection:
    """Take the connection options out of a command's values and settle the kind of sign-in."""
    certificate = values.pop("certificate")
    auth = values.pop("auth")
    if auth is None:
        auth = "certificate" if certificate else "secret" if os.environ.get(SECRET_VARIABLE) else "device"
    return Connection(
        cloud=values.pop("cloud"),
        tenant=values.pop("tenant"),
        client_id=values.pop("client_id"),
        auth=auth,
        certificate=certificate,
        sharepoint_host=values.pop("sharepoint_host"),
        federated_token_file=values.pop("federated_token_file"),
        account=values.pop("account"),
        verbose=values.pop("verbose"),
    )


def language_option(*, multiple: bool = False) -> Callable[[Command], Command]:
    """Add --lang; with `multiple` a report is written in each language given."""
    return click.option(
        "--lang",
        "lang",
        multiple=multiple,
        default=None,
        metavar="en|hr",
        envvar=environment("lang"),
        help="Language of the output"
        + (" (give it twice for both)." if multiple else ".")
        + " Default: yours.",
    )


rules_option = click.option(
    "--rules",
    "rule_directories",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    envvar=environment("rules"),
    help="A folder with rules of your own, besides ours. May be repeated.",
)


class Moment(click.ParamType[datetime]):
    """A date or time in ISO 8601; without a zone it is the local one, without a time midnight."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The moment in UTC; a usage error when it cannot be read."""
        if isinstance(value, datetime):
            return value
        try:
            read = datetime.fromisoformat(str(value).strip())
        except ValueError:
            self.fail(f"{value!r} is not a time such as 2026-11-22 or 2026-11-22T09:15+01:00", param, ctx)
        return read.astimezone(UTC)
