"""Options that several commands share: which cloud, which tenant, as whom, in which language.

Every option can also be given by an environment variable; secrets only that way or by prompt.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import click

from troubleshooter.signin.credentials import AuthKind

if TYPE_CHECKING:
    from troubleshooter.render.brand import Brand
    from troubleshooter.render.language import Language

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
    """Add --lang; with `multiple` a report holds each language given, and all of them by default."""
    return click.option(
        "--lang",
        "lang",
        multiple=multiple,
        default=None,
        metavar="CODE",
        envvar=environment("lang"),
        help=(
            "en or hr; may be repeated for reports. Default: your language, and reports in all."
            if multiple
            else "en or hr: the language of the output. Default: yours."
        ),
    )


rules_option = click.option(
    "--rules",
    "rule_directories",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    envvar=environment("rules"),
    help="A folder with rules of your own, besides ours. May be repeated.",
)


template_option = click.option(
    "--template",
    "template_directory",
    type=click.Path(path_type=Path),
    default=None,
    metavar="DIR",
    envvar=environment("template"),
    help="A folder with your own logo, colours, help desk, wording or page templates (docs/branding.md).",
)

pictures_option = click.option(
    "--pictures",
    type=click.Choice(("thumbnails", "none")),
    default="thumbnails",
    show_default=True,
    envvar=environment("pictures"),
    help="What people's pages show: small pictures, or patterns of fingerprints in their place.",
)


def brand_from(directory: Path | None) -> Brand:
    """The company's own look and words; ours when no folder was given. Raises BrandRefused."""
    from troubleshooter.render.brand import NO_BRAND
    from troubleshooter.render.brand_file import read_brand

    return NO_BRAND if directory is None else read_brand(directory)


def languages_from(codes: Sequence[str], brand: Brand) -> tuple[Language, ...]:
    """The languages of a report, the one to be shown first: those asked for, else yours and all others.

    UsageError for one there is not.
    """
    from troubleshooter.cli.console import preferred_language
    from troubleshooter.render.language import language, languages

    wanted = tuple(codes) or (preferred_language(), *languages())
    return tuple(map(brand.language, dict.fromkeys(language(code).code for code in wanted)))


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
