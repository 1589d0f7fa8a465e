"""`config`: which settings count and where each comes from; where the settings file is, and a new one."""

from __future__ import annotations

import json

import click

from troubleshooter.cli.console import preferred_language, printable
from troubleshooter.cli.exit_codes import ExitCode
from troubleshooter.cli.options import language_option
from troubleshooter.cli.settings import Settings
from troubleshooter.errors import RunFailed, UsageError
from troubleshooter.render.labels import marked as _
from troubleshooter.render.language import Language, language


@click.group("config")
def command() -> None:
    """The settings: a file with profiles, the environment, and what is built in.

    A flag wins over an environment variable, that over the profile in use, that over the defaults of the
    file, and that over what is built in. Secrets are never taken from the file and never shown.
    """


@command.command("show")
@click.argument("words", nargs=-1, metavar="[COMMAND]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@language_option()
@click.pass_context
def show(ctx: click.Context, words: tuple[str, ...], as_json: bool, lang: str | None) -> int:
    """Show the settings that something sets, or all settings of one COMMAND, with their origin.

    \b
    Examples:
      photo-troubleshooter config show
      photo-troubleshooter --profile contoso config show audit
    """
    from troubleshooter.cli.config_rows import all_rows, as_data, lines, settable

    settings = ctx.ensure_object(Settings)
    commands = settable(settings)
    if words and words not in commands:
        raise _no_such_command(" ".join(words), [" ".join(known) for known in commands])
    rows = all_rows(settings, {words: commands[words]} if words else commands, everything=bool(words))
    if as_json:
        click.echo(json.dumps(as_data(settings, rows), ensure_ascii=True, indent=2))
        return ExitCode.FINE
    asked = settings.entries(("config", "show")).get("lang")
    configured = asked.value if asked else ""
    speak = language(
        lang or preferred_language(configured=configured if isinstance(configured, str) else configured[0])
    )
    for line in lines(settings, rows, commands, speak, single=bool(words)):
        click.echo(printable(line))
    return ExitCode.FINE


@command.command("path")
@language_option()
@click.pass_context
def path(ctx: click.Context, lang: str | None) -> int:
    """Print where the settings file is.

    \b
    Example:
      photo-troubleshooter config path
    """
    settings = ctx.ensure_object(Settings)
    click.echo(printable(str(settings.path)))
    if not settings.path.exists():
        words = _("There is no such file yet; `photo-troubleshooter config new` writes one.")
        click.echo(_say(lang).text(words), err=True)
    return ExitCode.FINE


@command.command("new")
@language_option()
@click.pass_context
def new(ctx: click.Context, lang: str | None) -> int:
    """Write a settings file to fill in, readable by you alone. Never overwrites one.

    \b
    Example:
      photo-troubleshooter config new
      photo-troubleshooter --config contoso.toml config new
    """
    from troubleshooter.cli.config_new import template
    from troubleshooter.cli.config_rows import settable
    from troubleshooter.cli.output import WriteFailed, private_directory, write_private

    settings = ctx.ensure_object(Settings)
    file = settings.path
    if file.exists():
        raise UsageError(
            "{file} is there already, and is left as it is.",
            "Edit it, or give another place with --config FILE.",
            file=str(file),
        )
    try:
        private_directory(file.parent)
        write_private(file, template(settable(settings)))
    except WriteFailed as problem:
        raise RunFailed(
            "{path} cannot be written ({reason}).", "Give another place with --config FILE.", **problem.values
        ) from problem
    click.echo(printable(_say(lang).text("Written: {path}", path=str(file))))
    return ExitCode.FINE


def _say(lang: str | None) -> Language:
    return language(lang or preferred_language())


def _no_such_command(asked: str, known: list[str]) -> UsageError:
    from troubleshooter.diagnose.complaint import nearest

    near = nearest(asked, known)
    if near:
        return UsageError("There is no command {command}.", "Did you mean {near}?", command=asked, near=near)
    return UsageError(
        "There is no command {command}.", "The commands are: {known}.", command=asked, known=", ".join(known)
    )
