"""What `config show` shows: each setting with its value and its origin, by click's own resolution."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import click

from troubleshooter.cli.options import PASSPHRASE_VARIABLE, PREFIX, SECRET_VARIABLE, environment
from troubleshooter.cli.settings import UNTOUCHED, Defaults, Origin, Settings, origin
from troubleshooter.cli.settings_keys import (
    SELECTING,
    Words,
    leaves,
    secret_variable,
    settings_of,
    variables_of,
)
from troubleshooter.diagnose.complaint import nearest
from troubleshooter.render.labels import marked as _
from troubleshooter.render.language import Language

Commands = Mapping[Words, click.Command]


@dataclass(frozen=True, slots=True)
class Row:
    """One setting of one command. `shown` is the value as it is written in the file or the environment."""

    words: Words
    key: str
    shown: str
    origin: Origin


def settable(settings: Settings) -> dict[Words, click.Command]:
    """Every command whose options can be set."""
    return {words: command for words, command in leaves(settings.group) if words[0] != UNTOUCHED}


def all_rows(settings: Settings, commands: Commands, *, everything: bool) -> list[Row]:
    """The settings of these commands; without `everything` only those that something sets."""
    rows = [row for words, command in commands.items() for row in _rows(settings, words, command)]
    return [row for row in rows if everything or row.origin.source != "built-in"]


def _rows(settings: Settings, words: Words, command: click.Command) -> Iterator[Row]:
    # Resilient parsing resolves every value and complains of none: a required argument is missing here.
    ctx = command.make_context(
        words[-1], [], resilient_parsing=True, default_map=Defaults(settings, words), obj=settings
    )
    entries = settings.entries(words)
    for key, option in settings_of(command).items():
        found = origin(ctx, option, settings, words)
        value: Any = ctx.params.get(str(option.name))
        if found.source == "environment":
            value = os.environ[found.where]
        elif found.source == "file":
            value = entries[key].value
        hidden = option.hide_input or secret_variable(key)
        yield Row(words, key, "***" if hidden and value else _shown(value), found)


def _shown(value: object) -> str:
    if value is None or (value != 0 and not value):
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple | set | frozenset):
        return " ".join(_shown(one) for one in value)
    return str(value)


def as_data(settings: Settings, rows: Iterable[Row]) -> dict[str, Any]:
    """The same for programs."""
    file = settings.file()
    return {
        "file": str(settings.path),
        "file_exists": file is not None,
        "profile": settings.profile() or None,
        "settings": [
            {
                "command": " ".join(row.words),
                "option": row.key,
                "value": row.shown,
                "from": row.origin.source,
                "where": row.origin.where or None,
            }
            for row in rows
        ],
        "secrets_set": secrets_set(),
    }


def secrets_set() -> list[str]:
    """The environment variables that hold secrets at present; their names, never their values."""
    known = {SECRET_VARIABLE, PASSPHRASE_VARIABLE}
    ours = (name for name in os.environ if name.startswith(PREFIX) and os.environ[name])
    return sorted(name for name in ours if name in known or secret_variable(name.removeprefix(PREFIX)))


def lines(
    settings: Settings, rows: Iterable[Row], commands: Commands, speak: Language, *, single: bool
) -> Iterator[str]:
    """The settings for people: what is equal in several commands is told once; `single` means one command."""
    there = settings.file() is not None
    words = _("Settings file: {file}") if there else _("Settings file: {file} (there is none)")
    yield speak.text(words, file=str(settings.path))
    yield speak.text(_("Profile: {name}"), name=settings.profile() or "-")
    yield ""
    together: dict[tuple[str, str, Origin], list[Words]] = {}
    for row in rows:
        together.setdefault((row.key, row.shown, row.origin), []).append(row.words)
    if not together:
        yield speak.text(_("Nothing is set: every option has the value that is built in."))
    for (key, shown, found), where in together.items():
        yield f"{key} = {shown}"
        told = speak.text(_SOURCES[found.source], where=found.where)
        yield f"    {told}" + ("" if single else f" ({', '.join(' '.join(words) for words in where)})")
    if secrets := secrets_set():
        yield ""
        for name in secrets:
            yield speak.text(_("{variable} is set; its value is not shown."), variable=name)
    yield from _strangers(commands, secrets, speak)


_SOURCES = {
    "flag": _("from the command line"),
    "environment": _("from {where}"),
    "file": _("from {where}"),
    "built-in": _("built in"),
}


def _strangers(commands: Commands, secrets: list[str], speak: Language) -> Iterator[str]:
    """Variables that look like ours and are read by nobody, where a slip of the pen is likely."""
    known = {
        variable.removeprefix(PREFIX)
        for command in commands.values()
        for option in settings_of(command).values()
        for variable in variables_of(option)
    } | {environment(name).removeprefix(PREFIX) for name in SELECTING}
    for name in sorted(os.environ):
        rest = name.removeprefix(PREFIX)
        if name == rest or rest in known or name in secrets:
            continue
        if near := nearest(rest, known):
            words = _("No option reads {variable}. Did you mean {near}?")
            yield speak.text(words, variable=name, near=PREFIX + near)
