"""What can be set, and by which names: every option of every command, read from the commands themselves.

`--client-id` of `diagnose` is `client-id` in the settings file and PHOTO_TROUBLESHOOTER_DIAGNOSE_CLIENT_ID in
the environment; what means the same everywhere also has a short variable, PHOTO_TROUBLESHOOTER_CLIENT_ID.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import date

import click

from troubleshooter.cli.options import PASSPHRASE_VARIABLE, SECRET_VARIABLE
from troubleshooter.render.labels import marked as _

Words = tuple[str, ...]
"""The words of a command: `("rules", "list")`."""

# They say which settings count, so they cannot be settings themselves.
SELECTING = ("config", "profile")
_SECRET = re.compile(
    r"secret|passw|passphrase|pass-?code|token|private-?key|api-?key|credential", re.IGNORECASE
)
_PASSPHRASE = re.compile(r"passw|passphrase|certificate|private", re.IGNORECASE)
_NUMBERS = (click.types.IntParamType, click.types.FloatParamType)


def leaves(group: click.Group, path: Words = ()) -> Iterator[tuple[Words, click.Command]]:
    """Every command that does something, with its words; this imports all of them."""
    ctx = click.Context(group)
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        if isinstance(command, click.Group):
            yield from leaves(command, (*path, name))
        elif command is not None:
            yield (*path, name), command


def table_name(path: Words) -> str:
    """The table of a command in the settings file: `rules-list`."""
    return "-".join(path)


def key_of(option: click.Option) -> str:
    """The name of an option in the settings file, '' when it has no long form."""
    return next((word[2:] for word in option.opts if word.startswith("--")), "")


def settings_of(command: click.Command) -> dict[str, click.Option]:
    """What of a command can be set, by key."""
    options = (parameter for parameter in command.params if isinstance(parameter, click.Option))
    return {
        key_of(option): option
        for option in options
        if option.expose_value and key_of(option) and key_of(option) not in SELECTING
    }


def variables_of(option: click.Option) -> tuple[str, ...]:
    """The environment variables of an option, the one that wins first."""
    if option.envvar is None:
        return ()
    return (option.envvar,) if isinstance(option.envvar, str) else tuple(option.envvar)


def secret_variable(key: str) -> str:
    """The environment variable for a key that names a secret; '' when it names none, or a file."""
    plain = key.lower().replace("_", "-")
    if not _SECRET.search(plain) or plain.endswith("-file"):
        return ""
    return PASSPHRASE_VARIABLE if _PASSPHRASE.search(key) else SECRET_VARIABLE


def expected(option: click.Option, value: object) -> str:
    """What should stand there instead of this value of the file; '' when its kind is right."""
    if option.multiple:
        single = value if isinstance(value, list) else [value]
        return next(filter(None, (_expected_one(option, one) for one in single)), "")
    return _expected_one(option, value)


def _expected_one(option: click.Option, value: object) -> str:
    if option.is_flag:
        return "" if isinstance(value, bool) else _("true or false, without quotes")
    if isinstance(option.type, _NUMBERS):
        whole = isinstance(option.type, click.types.IntParamType)
        kinds = (int,) if whole else (int, float)
        right = isinstance(value, kinds) and not isinstance(value, bool)
        words = _("a whole number, without quotes") if whole else _("a number, without quotes")
        return "" if right else words
    return "" if isinstance(value, str | date) else _("a text in quotes")


def given(option: click.Option, value: object) -> object:
    """A value of the file as click takes it: dates as text, one value of a repeatable option as a list."""
    values = [_as_text(one) for one in value] if isinstance(value, list) else [_as_text(value)]
    return values if option.multiple else values[0]


def _as_text(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str) and value.startswith(("~/", "~\\")):
        # On a command line the shell does this.
        return os.path.expanduser(value)  # noqa: PTH111 - a text that may be no path at all stays as it is
    return value
