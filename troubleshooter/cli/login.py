"""`login`: a person signs in once, and other commands use that silently."""

from __future__ import annotations

from typing import Any

import click

from troubleshooter.cli.asking import sign_in_folder
from troubleshooter.cli.connect import signer
from troubleshooter.cli.console import preferred_language, printable
from troubleshooter.cli.exit_codes import ExitCode
from troubleshooter.cli.options import connection_from, connection_options, language_option
from troubleshooter.render.language import language
from troubleshooter.render.signins import place_line, who_line
from troubleshooter.signin.credentials import PERSONAL
from troubleshooter.signin.errors import NobodySignedIn


@click.command("login")
@connection_options
@click.option(
    "--allow-plaintext-cache",
    "allow_plain",
    is_flag=True,
    help="Where the system cannot encrypt, keep the sign-in in a file that only your account may read.",
)
@language_option()
def command(allow_plain: bool, lang: str | None, **values: Any) -> int:
    """Sign in and keep it, so that diagnose, audit and the others ask nobody again.

    What is kept can renew itself for weeks; Windows, the macOS Keychain or libsecret encrypts it. Where there
    is no such place nothing is kept unless --allow-plaintext-cache is given. An application (secret,
    certificate, federated, managed-identity) is tried out, and nothing is kept: it signs in by itself.
    Several people may be signed in; --account chooses.

    \b
    Example:
      photo-troubleshooter login --tenant contoso.com --client-id GUID --auth browser
      photo-troubleshooter diagnose adele@contoso.com --tenant contoso.com --client-id GUID
    """
    from troubleshooter.signin.vault import safest

    speak = language(lang or preferred_language())
    connection = connection_from(values)
    if connection.auth not in PERSONAL:
        tokens = signer(connection)
        token = tokens.token(tokens.cloud.graph_resource)
        who = who_line(token.signed_in_as, connection.tenant or token.tenant, tokens.cloud.name, speak)
        _say(who)
        _say(speak.text("Nothing is kept: an application signs in by itself in every command."))
        return ExitCode.FINE
    folder = sign_in_folder()
    # Before anybody is asked: a sign-in that cannot be kept would be for nothing.
    vault = safest(folder, allow_plain=allow_plain)
    tokens = signer(connection, keep_in=vault)
    tokens.token(tokens.cloud.graph_resource)
    kept = tokens.kept
    if kept is None:
        raise NobodySignedIn(
            "Entra did not say who signed in, so nothing was kept.",
            "Use the other commands without `login`: they sign in by themselves.",
        )
    _say(who_line(kept.username, connection.tenant, tokens.cloud.name, speak))
    _say(place_line(vault.protection, str(vault.location), speak))
    return ExitCode.FINE


def _say(text: str) -> None:
    click.echo(printable(text))
