"""Asking a person to sign in, in the language of the command, and where sign-ins are kept."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click
import platformdirs

from troubleshooter.cli.console import language_of, printable
from troubleshooter.cli.options import environment

if TYPE_CHECKING:
    from troubleshooter.render.language import Language
    from troubleshooter.signin.person import Asking

FOLDER_VARIABLE = environment("sign-in-dir")


def sign_in_folder() -> Path:
    """Where `login` keeps sign-ins: the folder for data of programs, or what the environment names."""
    named = os.environ.get(FOLDER_VARIABLE, "").strip()
    if named:
        return Path(named).expanduser()
    return platformdirs.user_data_path("photo-troubleshooter", appauthor=False) / "sign-in"


def asking(*, keeps: bool) -> Asking:
    """How this terminal asks. Without `keeps` it also says that tokens end with the run."""
    from troubleshooter.render.language import language
    from troubleshooter.signin.person import Asking

    speak = language(language_of(sys.argv[1:]))

    def say(text: str) -> None:
        click.echo(printable(text), err=True)
        if not keeps:
            click.echo(printable(speak.text("Tokens stay in memory and end with this command.")), err=True)

    def browser(address: str) -> None:
        if not address:
            say(speak.text("Your browser opens for the sign-in; this command waits for it."))
        else:
            text = speak.text("No browser could be opened. Open this address: {address}", address=address)
            click.echo(printable(text), err=True)

    return Asking(
        device_code=lambda flow: say(_device_text(flow, speak)),
        browser=browser,
        done=speak.text("You are signed in. You may close this window and go back to the terminal."),
        failed=speak.text("The sign-in did not succeed. The terminal says why; you may close this window."),
    )


def _device_text(flow: Mapping[str, object], speak: Language) -> str:
    """Entra's own message is the fallback when it sends no address."""
    address, code = flow.get("verification_uri"), flow.get("user_code")
    if address and code:
        return speak.text(
            "To sign in, open {address} in a browser and enter the code {code}.", address=address, code=code
        )
    return str(flow.get("message", ""))
