"""Reading the settings file: `defaults` and `profiles`, every fault named with file, line and remedy."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from troubleshooter.cli.settings_keys import Words, expected, secret_variable, settings_of, table_name
from troubleshooter.diagnose.complaint import nearest
from troubleshooter.diagnose.toml_lines import KeyPath, key_lines, line_of
from troubleshooter.errors import UsageError

TOP = ("profile", "defaults", "profiles")
DEFAULTS = "defaults"
_LARGEST = 1_000_000


class SettingsError(UsageError):
    """The settings file cannot be used as it is."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of the file and where it stands. `section` is such as `profiles.contoso.audit`."""

    value: Any
    line: int
    section: str


@dataclass(frozen=True, slots=True)
class Section:
    """`defaults`, or one profile: what holds for every command, and by command what holds for it alone."""

    everywhere: Mapping[str, Entry]
    commands: Mapping[str, Mapping[str, Entry]]

    def entries(self, table: str) -> dict[str, Entry]:
        """What this section says to one command; its own table wins."""
        return {**self.everywhere, **self.commands.get(table, {})}


EMPTY = Section({}, {})


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """A whole, checked file. `profile` is the one it names itself, '' when it names none."""

    path: Path
    profile: str
    defaults: Section
    profiles: Mapping[str, Section]


def read_settings(path: Path, commands: Iterable[tuple[Words, click.Command]]) -> SettingsFile:
    """Read and check a file against the options there are. Raises SettingsError."""
    text = _read(path)
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        raise SettingsError(
            "{file} is not valid TOML: {problem}.",
            "See how settings are written with: photo-troubleshooter --config new.toml config new",
            file=str(path),
            problem=str(problem),
        ) from problem
    options = {table_name(words): settings_of(command) for words, command in commands}
    return _Reader(path, key_lines(text), options).file(table)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise SettingsError(
                "The settings file {file} is larger than {limit} bytes.",
                "Check the path: this is hardly a settings file.",
                file=str(path),
                limit=_LARGEST,
            )
        return content.decode("utf-8-sig")
    except OSError as problem:
        raise SettingsError(
            "The settings file {file} cannot be read: {problem}.",
            "Check the path after --config, and that you may read the file.",
            file=str(path),
            problem=problem.strerror or type(problem).__name__,
        ) from problem
    except UnicodeDecodeError as problem:
        raise SettingsError(
            "The settings file {file} is not UTF-8 text.", "Save it again as UTF-8.", file=str(path)
        ) from problem


class _Reader:
    """The parts of one file, kept with its lines so that a complaint can name them."""

    def __init__(
        self, path: Path, lines: Mapping[KeyPath, int], options: Mapping[str, Mapping[str, click.Option]]
    ) -> None:
        self.path, self.lines, self.options = path, lines, options
        self.keys: dict[str, list[click.Option]] = {}
        for of_command in options.values():
            for key, option in of_command.items():
                self.keys.setdefault(key, []).append(option)

    def file(self, table: Mapping[str, Any]) -> SettingsFile:
        for key in table:
            if key not in TOP:
                self._refuse_secret((key,), key)
                raise self._unknown((key,), key, TOP)
        profiles = self._table(table, ("profiles",))
        read = SettingsFile(
            path=self.path,
            profile=self._profile(table.get("profile", "")),
            defaults=self._section(self._table(table, (DEFAULTS,)), (DEFAULTS,)),
            profiles={
                name: self._section(self._table(profiles, ("profiles", name)), ("profiles", name))
                for name in profiles
            },
        )
        if read.profile and read.profile not in read.profiles:
            raise no_such_profile(read, read.profile, self._where(("profile",)))
        return read

    def _where(self, keys: KeyPath) -> str:
        return f"{self.path}:{line_of(self.lines, keys)}"

    def _profile(self, value: object) -> str:
        if isinstance(value, str):
            return value
        raise self._misfit(("profile",), "profile", "a text in quotes")

    def _table(self, holder: Mapping[str, Any], keys: tuple[str, ...]) -> Mapping[str, Any]:
        value = holder.get(keys[-1], {})
        if isinstance(value, dict):
            return value
        raise SettingsError(
            "{where}: {key} must be a table.",
            "Begin it with a line of its own: [{table}]",
            where=self._where(keys),
            key=keys[-1],
            table=".".join(keys if keys[0] != "profiles" or len(keys) > 1 else ("profiles", "contoso")),
        )

    def _section(self, table: Mapping[str, Any], at: tuple[str, ...]) -> Section:
        tables = {name: value for name, value in table.items() if isinstance(value, dict)}
        everywhere = {
            key: self._entry((*at, key), value, self.keys)
            for key, value in table.items()
            if key not in tables
        }
        for name in tables:
            if name not in self.options:
                self._refuse_secret((*at, name), name)
                raise self._unknown((*at, name), name, (*self.options, *self.keys))
        commands = {
            name: {
                key: self._entry((*at, name, key), one, {k: [o] for k, o in self.options[name].items()}, name)
                for key, one in value.items()
            }
            for name, value in tables.items()
        }
        return Section(everywhere, commands)

    def _entry(
        self,
        at: tuple[str, ...],
        value: object,
        known: Mapping[str, list[click.Option]],
        command: str = "",
    ) -> Entry:
        key = at[-1]
        if key not in known:
            self._refuse_secret(at, key)
            if command and key in self.keys:
                raise SettingsError(
                    "{where}: the command {command} has no option --{key}.",
                    "Set it where it belongs, or for all commands in [{section}].",
                    where=self._where(at),
                    command=command,
                    key=key,
                    section=".".join(at[:-2]),
                )
            raise self._unknown(at, key, known)
        wrong = [expected(option, value) for option in known[key]]
        if all(wrong):
            raise self._misfit(at, key, wrong[0])
        return Entry(value, line_of(self.lines, at), ".".join(at[:-1]))

    def _misfit(self, at: KeyPath, key: str, wanted: str) -> SettingsError:
        return SettingsError(
            "{where}: {key} must be {expected}.",
            "See how settings are written with: photo-troubleshooter --config new.toml config new",
            where=self._where(at),
            key=key,
            expected=wanted,
        )

    def _refuse_secret(self, at: KeyPath, key: str) -> None:
        variable = secret_variable(key)
        if variable:
            raise SettingsError(
                "{where}: {key} would be a secret, and this file holds none.",
                "Take it out, and change it if others could read it. Give it by the environment variable "
                "{variable} or at the prompt.",
                where=self._where(at),
                key=key,
                variable=variable,
            )

    def _unknown(self, at: KeyPath, key: str, known: Iterable[str]) -> SettingsError:
        names = list(known)
        near = nearest(key.replace("_", "-"), names)
        if near:
            return SettingsError(
                "{where}: there is no setting {key!r}.",
                "Did you mean {near!r}?",
                where=self._where(at),
                key=key,
                near=near,
            )
        return SettingsError(
            "{where}: there is no setting {key!r}.",
            "The settings here are: {known}.",
            where=self._where(at),
            key=key,
            known=", ".join(names),
        )


def no_such_profile(file: SettingsFile, name: str, where: str) -> SettingsError:
    """What to say when a profile is asked for that the file does not hold."""
    near = nearest(name, file.profiles)
    if near:
        return SettingsError(
            "{where}: there is no profile {name!r}.",
            "Did you mean {near!r}?",
            where=where,
            name=name,
            near=near,
        )
    return SettingsError(
        "{where}: there is no profile {name!r}.",
        "The profiles there are: {known}.",
        where=where,
        name=name,
        known=", ".join(file.profiles) or "-",
    )
