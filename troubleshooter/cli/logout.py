"""`logout`: forget what `login` kept, and say what that does not do."""

from __future__ import annotations

import click

from troubleshooter.cli.asking import sign_in_folder
from troubleshooter.cli.console import preferred_language, printable
from troubleshooter.cli.exit_codes import ExitCode
from troubleshooter.cli.options import environment, language_option
from troubleshooter.errors import UsageError
from troubleshooter.render.language import language
from troubleshooter.render.signins import NOT_REVOKED
from troubleshooter.signin.kept import Kept, KeptSignIns


@click.command("logout")
@click.option("--account", default="", metavar="NAME", envvar=environment("account"), help="Whose sign-in.")
@click.option("--client-id", default="", metavar="GUID", help="Only sign-ins to this application.")
@click.option("--all", "everything", is_flag=True, help="All sign-ins, readable or not.")
@click.option("--verbose", is_flag=True, envvar=environment("verbose"), help="As in the other commands.")
@language_option()
def command(account: str, client_id: str, everything: bool, verbose: bool, lang: str | None) -> int:
    """Forget a sign-in that is kept on this machine; works without a network.

    With one sign-in kept no option is needed. It does not end tokens at Microsoft, and says how to do that.

    \b
    Example:
      photo-troubleshooter logout --account petra@contoso.com
      photo-troubleshooter logout --all
    """
    speak = language(lang or preferred_language())
    keeper = KeptSignIns(sign_in_folder())
    if everything:
        gone: tuple[Kept, ...] = keeper.all()
        keeper.remove_all()
    else:
        gone = _chosen(keeper.all(), account, client_id)
        keeper.remove(gone)
    lines = [
        speak.text("Forgotten: {name} in tenant {tenant}.", name=one.username, tenant=one.tenants[0])
        for one in gone
    ]
    if not gone:
        lines = [speak.text("Nobody's sign-in is kept on this machine.")]
    for line in (*lines, *(map(speak.text, NOT_REVOKED) if gone else ())):
        click.echo(printable(line))
    return ExitCode.FINE


def _chosen(kept: tuple[Kept, ...], account: str, client_id: str) -> tuple[Kept, ...]:
    found = tuple(
        one
        for one in kept
        if (not account or one.named(account)) and client_id.lower() in ("", one.client_id.lower())
    )
    if kept and not found:
        raise UsageError(
            "No sign-in of {account} is kept on this machine.",
            "Kept are those of: {people}.",
            account=account or client_id,
            people=", ".join(one.username for one in kept),
        )
    if len(found) > 1 and not account:
        raise UsageError(
            "Several people are signed in: {people}.",
            "Name one with --account, or forget all with --all.",
            people=", ".join(one.username for one in found),
        )
    return found
