"""Terminal matters: which language to speak, and how to print when the terminal cannot draw every sign."""

from __future__ import annotations

import locale
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from troubleshooter.cli.settings import Settings
from troubleshooter.errors import Message, TroubleshooterError, fill

if TYPE_CHECKING:
    from rich.console import Console

    from troubleshooter.render.language import Language

LANGUAGE_VARIABLE = "PHOTO_TROUBLESHOOTER_LANG"


def preferred_language(*, configured: str = "") -> str:
    """The language of the user's environment or settings, when it is one of ours; English otherwise.

    `configured` is what the settings say; a running command needs not give it.
    """
    from troubleshooter.render.language import languages

    asked = os.environ.get(LANGUAGE_VARIABLE) or configured or _configured()
    wanted = asked or locale.getlocale()[0] or os.environ.get("LANG", "")
    code = wanted.replace("-", "_").partition("_")[0].lower()
    known = set(languages())
    # Windows names locales in words: "Croatian_Croatia".
    code = {"croatian": "hr", "english": "en"}.get(code, code)
    return code if code in known else "en"


def _configured() -> str:
    ctx = click.get_current_context(silent=True)
    settings = ctx.find_object(Settings) if ctx else None
    return settings.language if settings else ""


def language_of(arguments: Sequence[str], *, configured: str = "") -> str:
    """The language asked for on the command line before click has read it; for errors that come early."""
    from troubleshooter.render.language import languages

    known = set(languages())
    for position, word in enumerate(arguments):
        if word.startswith("--lang="):
            asked = word.partition("=")[2]
        elif word == "--lang" and position + 1 < len(arguments):
            asked = arguments[position + 1]
        else:
            continue
        if asked in known:
            return asked
    return preferred_language(configured=configured)


def error_lines(
    error: TroubleshooterError, arguments: Sequence[str], *, warning: bool = False, configured: str = ""
) -> list[str]:
    """The two sentences of an error in the user's language: what happened, what to try.

    With `warning` the run goes on. `configured` is the language that the settings ask for, if any.
    """
    from troubleshooter.render.language import language

    speak = language(language_of(arguments, configured=configured))
    values = {name: _translated(value, speak) for name, value in error.values.items()}
    prefix = speak.text("Warning") if warning else speak.text("Error")
    remedy = speak.text("Try")
    return [
        printable(f"{prefix}: {fill(speak.text(error.what), values)}"),
        printable(f"{remedy}: {fill(speak.text(error.remedy), values)}"),
    ]


def _translated(value: object, speak: Language) -> object:
    if isinstance(value, Message):
        return fill(speak.text(value.template), dict(value.values))
    return speak.text(value) if isinstance(value, str) else value


def printable(text: str) -> str:
    """The text as this terminal's encoding can show it, control characters of hostile names made visible."""
    visible = "".join(c if c.isprintable() or c in "\n\t" else f"\\x{ord(c):02x}" for c in text)
    encoding = sys.stderr.encoding or "ascii"
    return visible.encode(encoding, errors="replace").decode(encoding)


def console(*, quiet: bool = False, stderr: bool = False) -> Console:
    """A rich console that neither guesses markup in names nor draws colours into a pipe."""
    from rich.console import Console

    return Console(
        quiet=quiet,
        stderr=stderr,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=not sys.stdout.isatty(),
    )
