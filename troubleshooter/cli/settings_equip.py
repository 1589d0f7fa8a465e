"""What every command gets without a line of its own: environment variables, --config and --profile."""

from __future__ import annotations

from collections.abc import Iterator

import click
from click.shell_completion import CompletionItem

from troubleshooter.cli.options import environment
from troubleshooter.cli.settings import Settings
from troubleshooter.cli.settings_file import SettingsError
from troubleshooter.cli.settings_keys import SELECTING, Words, settings_of, variables_of

_METAVAR = {"config": "FILE", "profile": "NAME"}
_HELP = {
    "config": "Settings file. Default: see `photo-troubleshooter config path`.",
    "profile": "Profile of the settings file.",
}


def equip(command: click.Command, words: Words) -> click.Command:
    """Give all options of a command, or of those below a group, their environment variables. Does so once."""
    if isinstance(command, click.Group):
        ctx = click.Context(command)
        for name in command.list_commands(ctx):
            if below := command.get_command(ctx, name):
                equip(below, (*words, name))
        return command
    taken = {word for parameter in command.params for word in parameter.opts}
    command.params += [one for one in selecting_options() if not taken.intersection(one.opts)]
    for key, option in settings_of(command).items():
        own = environment("-".join((*words, key)))
        if own not in variables_of(option):
            option.envvar = (own, *variables_of(option))
    return command


def selecting_options(*, of_program: bool = False) -> Iterator[click.Option]:
    """--config and --profile; only those of the program itself also read the environment."""
    for name in SELECTING:
        yield click.Option(
            [f"--{name}"],
            metavar=_METAVAR[name],
            envvar=environment(name) if of_program else None,
            expose_value=False,
            is_eager=True,
            callback=_choose,
            shell_complete=_profiles if name == "profile" else None,
            help=_HELP[name],
        )


def _choose(ctx: click.Context, option: click.Parameter, value: str | None) -> None:
    settings = ctx.find_object(Settings)
    if settings is not None and value:
        settings.choose(str(option.name), value)


def _profiles(ctx: click.Context, option: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The profiles of the file for a shell; a file that cannot be used has none."""
    settings = ctx.find_object(Settings)
    try:
        file = settings.file() if settings else None
    except SettingsError:
        return []
    return [CompletionItem(name) for name in (file.profiles if file else ()) if name.startswith(incomplete)]
