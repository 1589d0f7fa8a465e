"""Which settings count: flag, environment, the profile, the defaults of the file, what is built in.

The order is click's own: a settings file becomes the `default_map` of the commands, so that every option of
every command can stand in it without a line of code in the command.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from troubleshooter.cli.settings_file import EMPTY, Entry, SettingsError, SettingsFile
from troubleshooter.cli.settings_keys import (
    SELECTING,
    Words,
    given,
    key_of,
    leaves,
    settings_of,
    table_name,
    variables_of,
)

# `config` must be able to say what is wrong with a file that stops everything else.
UNTOUCHED = "config"
_PROGRAM = "photo-troubleshooter"


def default_path() -> Path:
    """Where the settings file is when nobody says otherwise, by the custom of the platform."""
    from platformdirs import user_config_path

    return user_config_path(_PROGRAM, appauthor=False) / "config.toml"


class Settings:
    """The settings of one run, read when the first command asks for one."""

    def __init__(self, group: click.Group) -> None:
        self.group = group
        self.chosen: dict[str, str] = {}
        self.language = ""
        self.forgiving = False
        self._file: SettingsFile | None = None
        self._read = False
        self._values: dict[Words, dict[str, Any]] = {}

    def choose(self, what: str, value: str) -> None:
        """Take `config` or `profile` from a flag or the environment; what was read before is forgotten."""
        self.chosen[what] = value
        self._read = False
        self._values.clear()

    @property
    def path(self) -> Path:
        """The file that counts, whether or not it is there."""
        return Path(self.chosen["config"]).expanduser() if self.chosen.get("config") else default_path()

    def file(self) -> SettingsFile | None:
        """The file, checked; None when there is none and none was asked for. Raises SettingsError."""
        if not self._read:
            self._file = self._load()
            self._read = True
        return self._file

    def profile(self) -> str:
        """The name of the profile in use, '' for none. Raises SettingsError."""
        file = self.file()
        return self.chosen.get("profile") or (file.profile if file else "")

    def entries(self, words: Words) -> dict[str, Entry]:
        """What the file says to one command, by key. Raises SettingsError."""
        file = self.file()
        if file is None:
            return {}
        table = table_name(words)
        section = file.profiles.get(self.profile(), EMPTY)
        return {**file.defaults.entries(table), **section.entries(table)}

    def values(self, words: Words) -> dict[str, Any]:
        """The same as click wants it, by the name of the parameter. Raises SettingsError."""
        if words not in self._values:
            self._values[words] = self._as_parameters(words)
        return self._values[words]

    def _as_parameters(self, words: Words) -> dict[str, Any]:
        try:
            entries = self.entries(words)
        except SettingsError:
            # Whoever asks for help gets it, whatever the file is like.
            if self.forgiving:
                return {}
            raise
        if not entries:
            return {}
        command = dict(leaves(self.group)).get(words)
        options = settings_of(command) if command else {}
        values = {
            str(options[key].name): given(options[key], entry.value)
            for key, entry in entries.items()
            if key in options
        }
        language = values.get("lang")
        self.language = str(language[0] if isinstance(language, list) and language else language or "")
        return values

    def _load(self) -> SettingsFile | None:
        from troubleshooter.cli.settings_file import no_such_profile, read_settings

        asked = self.chosen.get("profile", "")
        if not self.chosen.get("config") and not self.path.exists():
            if asked:
                raise SettingsError(
                    "There is no profile {name!r}, because there is no settings file {file}.",
                    "Write one with `photo-troubleshooter config new`, or name yours with --config FILE.",
                    name=asked,
                    file=str(self.path),
                )
            return None
        file = read_settings(self.path, leaves(self.group))
        if asked and asked not in file.profiles:
            raise no_such_profile(file, asked, str(self.path))
        return file


class Defaults(dict[str, Any]):
    """click's `default_map` for one command or group, empty until an option is looked up."""

    def __init__(self, settings: Settings, words: Words = ()) -> None:
        super().__init__()
        self._settings, self._words = settings, words

    def get(self, key: str, default: Any = None) -> Any:
        """The map of a command below this one: click asks when it begins with it."""
        if not self._words and key == UNTOUCHED:
            return None
        return Defaults(self._settings, (*self._words, key))

    def __contains__(self, key: object) -> bool:
        return key not in (*SELECTING, "help") and key in self._settings.values(self._words)

    def __getitem__(self, key: str) -> Any:
        return self._settings.values(self._words)[key]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from: `source` is flag, environment, file or built-in; `where` names the place."""

    source: str
    where: str = ""


def origin(ctx: click.Context, option: click.Parameter, settings: Settings, words: Words) -> Origin:
    """Where click took the value of an option from. Raises SettingsError."""
    source = ctx.get_parameter_source(str(option.name))
    if source is ParameterSource.ENVIRONMENT and isinstance(option, click.Option):
        return Origin("environment", next((one for one in variables_of(option) if os.environ.get(one)), ""))
    if source is ParameterSource.DEFAULT_MAP and isinstance(option, click.Option):
        entry = settings.entries(words)[key_of(option)]
        return Origin("file", f"{settings.path}:{entry.line} [{entry.section}]")
    return Origin("flag" if source is ParameterSource.COMMANDLINE else "built-in")


def words_of(ctx: click.Context) -> Words:
    """The words of the command of a context: `("rules", "list")`."""
    names: list[str] = []
    at: click.Context | None = ctx
    while at is not None and at.parent is not None:
        names.append(str(at.info_name))
        at = at.parent
    return tuple(reversed(names))
