"""`decode`: what a status or an error code means, who can do something about it, and who says so."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import click

from troubleshooter.cli.console import preferred_language, printable
from troubleshooter.cli.exit_codes import ExitCode
from troubleshooter.cli.options import language_option, rules_option
from troubleshooter.codes.decoder import Decoded, Decoder, Match
from troubleshooter.codes.endpoints import ENDPOINTS
from troubleshooter.errors import UsageError
from troubleshooter.render import codes
from troubleshooter.render.labels import marked as _
from troubleshooter.render.language import Language, language

_STATUS = re.compile(r"[1-5]\d\d|0")
_ENTRA_NUMBER = re.compile(r"\d{4,9}")


# SharePoint's codes begin with a minus, as options do.
@click.command("decode", context_settings={"ignore_unknown_options": True})
@click.argument("answers", nargs=-1, required=True, metavar="STATUS|CODE...")
@click.option("--endpoint", type=click.Choice(list(ENDPOINTS)), default=None, help="What was asked.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@language_option()
@rules_option
def command(
    answers: tuple[str, ...],
    endpoint: str | None,
    as_json: bool,
    lang: str | None,
    rule_directories: tuple[Path, ...],
) -> int:
    """Say what HTTP statuses and error codes mean. Exit code 3 when one of them is unknown to us.

    A status and a code together are one answer: the status is looked at first, then the code. Without
    --endpoint every system's meaning is listed.

    \b
    Example:
      photo-troubleshooter decode --endpoint photo 404 ErrorItemNotFound
      photo-troubleshooter decode AADSTS7000215
    """
    from troubleshooter.cli.rulebook import rulebook_from

    speak = language(lang or preferred_language())
    questions = list(_questions(answers))
    decoder: Decoder = rulebook_from(rule_directories, speak).decoder
    found = [decoder.decode(endpoint or "", status, code) for status, code in questions]
    if as_json:
        click.echo(json.dumps([_data(decoded, speak) for decoded in found], indent=2))
    else:
        for line in (line for decoded in found for line in (*_lines(decoded, speak), "")):
            click.echo(printable(line))
    return ExitCode.FINE if all(decoded.known for decoded in found) else ExitCode.UNDECIDED


def _questions(answers: tuple[str, ...]) -> Iterator[tuple[int | None, str]]:
    """Statuses and codes as they belong together: each status with each code."""
    statuses: list[int | None] = [int(word) for word in answers if _STATUS.fullmatch(word)]
    words = [word.strip() for word in answers if not _STATUS.fullmatch(word)]
    if wrong := next((word for word in words if not word or word.startswith("--")), None):
        raise UsageError(
            _("There is no option {option}."),
            _("See the options with: photo-troubleshooter decode --help"),
            option=wrong,
        )
    entra = [f"AADSTS{word}" if _ENTRA_NUMBER.fullmatch(word) else word for word in words]
    yield from product(statuses or [None], entra or [""])


def _lines(decoded: Decoded, speak: Language) -> Iterator[str]:
    yield decoded.raw
    if not decoded.code_known:
        yield "  " + speak.text(
            _("We do not know the code {code}; it is kept as it came, and nothing is guessed."),
            code=decoded.code,
        )
    elif not decoded.matches:
        yield "  " + speak.text(_("We do not know this answer, and nothing is guessed."))
    if decoded.matches and not decoded.code_known:
        yield "  " + speak.text(_("What its status alone says:"))
    for match in decoded.matches:
        yield from _match_lines(match, speak)


def _match_lines(match: Match, speak: Language) -> Iterator[str]:
    entry = match.entry
    meaning, remedy = codes.words(entry, speak, {})
    supports = codes.SUPPORTS[entry.supports]
    rows = (
        (_("Where"), codes.where(entry)),
        (_("Meaning"), meaning),
        (_("Try"), remedy),
        (_("Who can do it"), speak.text(codes.ACTORS[entry.actor])),
        (_("Confidence"), speak.value(entry.confidence)),
        (_("Known by"), ", ".join(speak.text(codes.PARTS[part]) for part in match.by)),
        (_("Source"), f"{entry.source} ({speak.text(supports)}, {entry.checked_on})"),
    )
    for label, text in rows:
        yield f"  {speak.text(label)}: {text}"
    yield ""


def _data(decoded: Decoded, speak: Language) -> dict[str, Any]:
    return {
        "endpoint": decoded.endpoint or None,
        "status": decoded.status,
        "code": decoded.code or None,
        "known": decoded.known,
        "matches": [_match_data(match, speak) for match in decoded.matches],
    }


def _match_data(match: Match, speak: Language) -> dict[str, Any]:
    entry = match.entry
    meaning, remedy = codes.words(entry, speak, {})
    return {
        "system": entry.system,
        "endpoints": list(entry.endpoints),
        "known_by": list(match.by),
        "meaning": meaning,
        "remedy": remedy,
        "actor": entry.actor,
        "confidence": entry.confidence,
        "reads_as": entry.reads_as or None,
        "source": entry.source,
        "supports": entry.supports,
        "checked_on": entry.checked_on,
    }
