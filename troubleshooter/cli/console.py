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
    """An error in the user's language: what happened, what to try, who can do it, what support asks for.

    With `warning` the run goes on. A service's own words come last, and only with --verbose. `configured` is
    the language that the settings ask for, if any.
    """
    from troubleshooter.render.codes import ACTORS
    from troubleshooter.render.language import language

    speak = language(language_of(arguments, configured=configured))
    values = {name: _translated(value, speak) for name, value in error.values.items()}
    prefix = speak.text("Warning") if warning else speak.text("Error")
    remedy = speak.text("Try")
    lines = [
        f"{prefix}: {fill(speak.text(error.what), values)}",
        f"{remedy}: {fill(speak.text(error.remedy), values)}",
    ]
    if error.actor:
        lines.append(f"{speak.text('Who can do it')}: {speak.text(ACTORS[error.actor])}")
    if error.trail:
        lines.append(f"{speak.text('For support')}: {_trail(error, speak)}")
    if error.raw and verbose_wanted(arguments):
        lines.append(f"{speak.text('In its own words')}: {error.raw}")
    return [printable(line) for line in lines]


def _trail(error: TroubleshooterError, speak: Language) -> str:
    parts = []
    for name, value in error.trail.items():
        if name == "correlation_id":
            parts.append(speak.text("correlation id {id}", id=value))
        elif name == "trace_id":
            parts.append(speak.text("trace id {id}", id=value))
        else:
            parts.append(value)
    return ", ".join(parts)


def verbose_wanted(arguments: Sequence[str]) -> bool:
    """Whether the raw words of services were asked for; before click has read the command line."""
    from troubleshooter.cli.options import environment

    told = os.environ.get(environment("verbose"), "").lower() in ("1", "true", "yes", "on")
    return told or "--verbose" in arguments


def _translated(value: object, speak: Language) -> object:
    if isinstance(value, Message):
        inner = {name: _translated(one, speak) for name, one in value.values.items()}
        return fill(speak.text(value.template), inner)
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
