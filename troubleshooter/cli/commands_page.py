"""docs/commands.md: every command, made from the help of the commands themselves."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

import click

from troubleshooter.cli.main import cli
from troubleshooter.cli.options import environment
from troubleshooter.cli.settings_keys import SELECTING, key_of, leaves, settings_of, variables_of

_PROGRAM = "photo-troubleshooter"
_EVERYWHERE = (*SELECTING, "help")
_HEAD = """\
# Every command

Made from the program's own help; do not edit. `photo-troubleshooter COMMAND --help` prints the same.

Every option also has a key in the [settings file](configuration.md) and an environment variable of its own:
`--share` of `audit` is `share` and `PHOTO_TROUBLESHOOTER_AUDIT_SHARE`. Those that mean the same everywhere
have a short variable, too, which is named here. `--config`, `--profile` and `--help` may stand before or
after the name of a command. What the exit codes say stands on a [page of its own](exit-codes.md).
"""


def commands_page() -> str:
    """The whole page as Markdown."""
    commands = list(leaves(cli))
    lines = [_HEAD, "| command | what it does |", "|---|---|"]
    for words, command in commands:
        name = " ".join(words)
        lines.append(f"| [{name}](#{'-'.join(words)}) | {_cell(command.get_short_help_str(200))} |")
    lines += ["", "## Options of the program", "", *_options(click.Context(cli, info_name=_PROGRAM))]
    for words, command in commands:
        # Only the names of the contexts above count, for the line that tells the usage.
        parent = click.Context(cli, info_name=" ".join((_PROGRAM, *words[:-1])))
        lines += ["", *_section(click.Context(command, info_name=words[-1], parent=parent), " ".join(words))]
    return "\n".join(lines) + "\n"


def _section(ctx: click.Context, name: str) -> Iterator[str]:
    yield f"## {name}"
    yield ""
    yield "    " + " ".join((ctx.command_path, *ctx.command.collect_usage_pieces(ctx)))
    yield ""
    yield from _prose(ctx.command.help or "")
    yield ""
    yield from _options(ctx)


def _prose(text: str) -> Iterator[str]:
    """The help text; a paragraph that click leaves alone (\\b) becomes a line and a block of commands."""
    for number, paragraph in enumerate(re.split(r"\n\s*\n", inspect.cleandoc(text).strip())):
        if number:
            yield ""
        if not paragraph.lstrip().startswith("\b"):
            yield " ".join(_escaped(line) for line in paragraph.splitlines())
            continue
        for line in paragraph.replace("\b", "").strip("\n").splitlines():
            if line.startswith(" "):
                yield f"    {line[2:].rstrip()}"
            else:
                yield from (_escaped(line), "")


def _options(ctx: click.Context) -> Iterator[str]:
    yield "| option | meaning |"
    yield "|---|---|"
    for option in ctx.command.get_params(ctx):
        if not isinstance(option, click.Option) or option.hidden:
            continue
        if ctx.parent is not None and key_of(option) in _EVERYWHERE:
            continue
        record = option.get_help_record(ctx)
        if record is None:
            continue
        short = _short_variable(ctx, option)
        meaning = _cell(record[1]) + (f" `{short}`" if short else "")
        yield f"| `{record[0].replace('|', chr(92) + '|')}` | {meaning} |"


def _short_variable(ctx: click.Context, option: click.Option) -> str:
    if ctx.parent is None:
        return environment(key_of(option)) if key_of(option) in SELECTING else ""
    shared = variables_of(option)[1:] if key_of(option) in settings_of(ctx.command) else ()
    return ", ".join(shared)


def _cell(text: str) -> str:
    return _escaped(" ".join(text.split())).replace("|", "\\|")


def _escaped(text: str) -> str:
    """Help is plain text: only what stands between back-quotes is meant as Markdown."""
    parts = re.split(r"(`[^`]*`)", text.strip())
    return "".join(part if part.startswith("`") else re.sub(r"([*\[<])", r"\\\1", part) for part in parts)
