"""The settings file that `config new` writes: every line a comment, made from the options there are."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping

import click

from troubleshooter.cli.options import PASSPHRASE_VARIABLE, SECRET_VARIABLE
from troubleshooter.cli.settings_keys import Words, settings_of, variables_of

_HEAD = f"""\
# Settings of photo-troubleshooter. Take away the # of a line to use it.
#
# What counts, the first that says something: a flag, an environment variable, the profile in use, [defaults],
# and what is built in. `photo-troubleshooter config show` tells what counts now and where it comes from.
# Paths are what they would be on the command line; ~ is your home folder.
#
# No secrets here: a client secret belongs into {SECRET_VARIABLE}, the passphrase of a
# certificate into {PASSPHRASE_VARIABLE}, or wait for the prompt.

# The profile that is used when --profile names none.
# profile = "contoso"
"""

_PROFILE = """
# One table for each tenant. It wins over [defaults].
[profiles.contoso]
# tenant = "contoso.com"
# client-id = "00000000-0000-0000-0000-000000000000"
# certificate = "~/contoso.pem"

# What holds for one command only stands in a table with its name, such as rules-list for `rules list`.
[profiles.contoso.audit]
# out = "contoso-audit"
# share = 0.3
"""


def template(commands: Mapping[Words, click.Command]) -> str:
    """The text of a new file: what several commands share, then a profile to copy."""
    return "\n".join((_HEAD, "# For every profile and command.", "[defaults]", *_shared(commands), _PROFILE))


def _shared(commands: Mapping[Words, click.Command]) -> Iterator[str]:
    seen: set[str] = set()
    for command in commands.values():
        for key, option in settings_of(command).items():
            # Besides its own variable, an option that means the same everywhere has a short one.
            if key in seen or len(variables_of(option)) < 2:
                continue
            seen.add(key)
            yield ""
            yield from textwrap.wrap(option.help or "", 110, initial_indent="# ", subsequent_indent="# ")
            yield f"# {key} = {_example(option)}"


def _example(option: click.Option) -> str:
    if option.is_flag:
        return "true"
    if isinstance(option.type, click.types.IntParamType | click.types.FloatParamType):
        return str(option.default if isinstance(option.default, int | float) else 1)
    if isinstance(option.type, click.Choice):
        text = str(next(iter(option.type.choices)))
    elif isinstance(option.default, str) and option.default:
        text = option.default
    elif isinstance(option.type, click.Path):
        text = "FILE" if option.type.file_okay else "FOLDER"
    else:
        text = (option.metavar or "TEXT").partition("|")[0]
    return json.dumps([text] if option.multiple else text)
